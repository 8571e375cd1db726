import hashlib
import random
import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from visrnn.corpus.corpus import (
    PARTS,
    build_corpus,
    encode,
    part_positions,
    read_corpus,
    split_blocks,
    write_corpus,
)
from visrnn.settings.split import describe_shares
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json


def make_split(scheme="columns", fractions=(0.8, 0.1, 0.1), rows=100, block=100):
    return {"scheme": scheme, "fractions": list(fractions), "rows": rows, "block": block}


def cut_slowly(length, split):
    """The twin of the split: rows of offsets for each part, by the paper's recipe, in lists."""
    rows, block = split["rows"], split["block"]
    train, validation, _ = split["fractions"]
    blocks = length // (rows * block)
    first = int(blocks * train) * block
    second = first + int(blocks * validation) * block
    offsets = list(range(blocks * rows * block))
    if split["scheme"] == "columns":
        row_length = blocks * block
        laid_out = [offsets[row * row_length : (row + 1) * row_length] for row in range(rows)]
        return {
            "train": [row[:first] for row in laid_out],
            "validation": [row[first:second] for row in laid_out],
            "test": [row[second:] for row in laid_out],
        }
    stretches = {
        "train": offsets[: first * rows],
        "validation": offsets[first * rows : second * rows],
        "test": offsets[second * rows :],
    }
    return {
        part: [stretch[row * len(stretch) // rows :][: len(stretch) // rows] for row in range(rows)]
        for part, stretch in stretches.items()
    }


# --- the split


@pytest.mark.parametrize("scheme", ["columns", "tail"])
@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.9, 0.05, 0.05), (0.5, 0.2, 0.3)])
@pytest.mark.parametrize(("rows", "block", "extra"), [(3, 4, 0), (3, 4, 11), (1, 7, 3), (10, 1, 9)])
def test_split_against_the_slow_twin(scheme, fractions, rows, block, extra):
    split = make_split(scheme, fractions, rows, block)
    text = random.Random(0).randbytes(23 * rows * block + extra)
    corpus = build_corpus(text, "byte", split, {})
    expected = cut_slowly(len(text), split)
    symbols = np.array(corpus.manifest["symbols"])
    for name in PARTS:
        part = corpus.part(name)
        assert part.positions.tolist() == expected[name]
        assert symbols[part.tokens].tolist() == [[text[i] for i in row] for row in expected[name]]
        used = corpus.manifest["used"]
        assert symbols[part.previous].tolist() == [
            [text[(i - 1) % used] for i in row] for row in expected[name]
        ]
        np.testing.assert_array_equal(corpus.part_tokens(name), part.tokens)
        assert part.positions.dtype == np.int64
        assert part.tokens.dtype == part.previous.dtype == np.uint16
    everything = np.concatenate([corpus.part(name).positions.ravel() for name in PARTS])
    assert sorted(everything) == list(range(used))
    assert used == 23 * rows * block


def test_blocks_of_the_paper(data_folder):
    text = (data_folder / "warpeace_input.txt").read_bytes()
    corpus = build_corpus(text, "byte", make_split(), {"name": "war_and_peace"})
    manifest = corpus.manifest
    assert manifest["split"]["blocks"] == {"train": 260, "validation": 32, "test": 33}
    assert (manifest["bytes"], manifest["length"], manifest["used"]) == (
        3_258_246,
        3_258_246,
        3_250_000,
    )
    assert len(manifest["symbols"]) == 87
    # The test characters, in reading order, are those that KenLM was measured on.
    kenlm = pq.read_table(data_folder / "kenlm_war_and_peace_log10.parquet")
    column = next(name for name in kenlm.column_names if "byte" in name)
    test = corpus.part("test")
    assert test.tokens.shape == (100, 3300)
    symbols = np.array(manifest["symbols"])
    np.testing.assert_array_equal(symbols[test.tokens].ravel(), kenlm[column].to_numpy())


def test_shares_that_are_off_are_told_with_a_block_that_fits(caplog):
    text = random.Random(0).randbytes(395_099)
    build_corpus(text, "byte", make_split(), {})
    (line,) = caplog.messages
    assert "79.5% / 7.7% / 12.8% of the text and not 80% / 10% / 10%" in line
    assert line.endswith("split.block: 98 would fit.")
    build_corpus(text, "byte", make_split(block=98), {})
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.9, 0.05, 0.05), (1 / 3, 1 / 3, 1 / 3)])
def test_the_block_that_fits_is_the_largest(fractions):
    def off(length, block):
        sizes = split_blocks(length, make_split(fractions=fractions, rows=10, block=block)).values()
        return max(abs(n / sum(sizes) - part) for n, part in zip(sizes, fractions, strict=True))

    offered = 0
    for length in random.Random(1).sample(range(30_000, 300_000), 50):
        line = describe_shares(length, make_split(fractions=fractions, rows=10, block=100))
        assert (line is None) == (off(length, 100) <= 0.01)
        if line:
            block = int(re.search(r"split\.block: (\d+) would fit", line)[1])
            assert off(length, block) <= 0.01
            assert all(off(length, other) > 0.01 for other in range(block + 1, 100))
            offered += 1
    assert offered > 5
    assert "a longer text, or fewer rows" in describe_shares(130, make_split(rows=10, block=1))


def test_fractions_that_do_not_add_up():
    line = re.escape(
        "split.fractions: expected three positive numbers that add up to 1, "
        "found [0.8, 0.1, 0.2], which add up to 1.1"
    )
    with pytest.raises(InputError, match=line):
        split_blocks(10**6, make_split(fractions=(0.8, 0.1, 0.2)))
    with pytest.raises(InputError, match="positive"):
        split_blocks(10**6, make_split(fractions=(0.9, 0.1, 0.0)))


def test_fractions_add_up_in_spite_of_rounding():
    assert 0.7 + 0.2 + 0.1 != 1
    assert split_blocks(10**5, make_split(fractions=(0.7, 0.2, 0.1), block=10))["train"] == 70


@pytest.mark.parametrize("scheme", ["columns", "tail"])
@pytest.mark.parametrize(
    "fractions", [(0.8, 0.1, 0.1), (0.9, 0.05, 0.05), (1 / 3, 1 / 3, 1 / 3), (0.01, 0.9, 0.09)]
)
def test_too_short_says_how_long_it_must_be(scheme, fractions):
    split = make_split(scheme, fractions, rows=3, block=5)
    with pytest.raises(InputError) as caught:
        split_blocks(14, split)
    needed = int(re.search("at least ([0-9,]+)", str(caught.value))[1].replace(",", ""))
    assert min(split_blocks(needed, split).values()) >= 1
    assert "the corpus has 14 tokens" in str(caught.value)
    with pytest.raises(InputError, match=f"at least {needed:,} "):
        split_blocks(needed - 1, split)


def test_too_short_for_a_tiny_fraction_says_so_at_once():
    with pytest.raises(InputError, match="at least 10,000,000,000,000 "):
        split_blocks(10**6, make_split(fractions=(0.8, 0.2 - 1e-9, 1e-9)[::-1]))


def test_empty():
    with pytest.raises(InputError, match="the corpus is empty"):
        build_corpus(b"", "byte", make_split(), {})


# --- symbols


def test_bytes_round_trip():
    noise = random.Random(1)
    for length in range(100):
        text = noise.randbytes(length)
        tokens, symbols = encode(text, "byte")
        assert tokens.dtype == np.uint16
        assert bytes(symbols[token] for token in tokens) == text
        assert symbols == sorted(set(text))


def test_characters_round_trip():
    noise = random.Random(2)
    # Of one, two, three and four bytes each, and the first and last of all.
    alphabet = "\0a\x7f\x80é߿ࠀ中\ud7ff\ue000\uffff\U00010000𝄞\U0010ffff\n\r\ufeff\u0301"
    for length in range(100):
        text = "".join(noise.choices(alphabet, k=length))
        tokens, symbols = encode(text.encode(), "character")
        assert tokens.dtype == np.uint16
        assert "".join(chr(symbols[token]) for token in tokens) == text
        assert symbols == sorted(set(map(ord, text)))


def test_text_of_tokens():
    text = "Война и мир 戰爭與和平 \U0001d11e\r\n" * 10
    split = make_split(rows=1, block=10)
    characters = build_corpus(text.encode(), "character", split, {})
    assert characters.manifest["length"] == len(text)
    assert characters.text(characters.tokens) == text[: characters.manifest["used"]]
    octets = build_corpus(text.encode(), "byte", split, {})
    assert octets.manifest["length"] == len(text.encode())
    assert octets.text(octets.tokens[:12]) == "Война �"


def test_not_utf8_names_byte_and_line():
    line = re.escape(
        "not valid UTF-8 at byte 7 (line 3): invalid start byte; "
        "convert the text to UTF-8, or set unit: byte"
    )
    with pytest.raises(InputError, match=line):
        encode("é\nab\nc".encode() + b"\xffd\n", "character")
    assert len(encode(b"\xff", "byte")[0]) == 1
    for end in (b"\r", b"\r\n"):
        with pytest.raises(InputError, match=r"\(line 3\)"):
            encode(b"a" + end + b"b" + end + b"\xff", "character")


def test_more_symbols_than_tokens_can_tell_apart():
    points = [point for point in range(2**16 + 2**11 + 1) if not 0xD800 <= point < 0xE000]
    assert len(points) == 2**16 + 1
    with pytest.raises(InputError, match="65,537 different characters"):
        encode("".join(map(chr, points)).encode(), "character")
    tokens, _ = encode("".join(map(chr, points[1:])).encode(), "character")
    assert tokens.max() == 2**16 - 1


# --- on disk


@pytest.fixture
def corpus():
    text = random.Random(3).randbytes(5000)
    facts = {"name": "noise", "source": {"file": "noise.bin"}}
    return build_corpus(text, "byte", make_split(rows=2, block=50), facts)


def test_write_and_read(tmp_path, corpus):
    write_corpus(tmp_path, corpus)
    again = read_corpus(tmp_path)
    assert again.manifest == corpus.manifest
    np.testing.assert_array_equal(again.tokens, corpus.tokens)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "tokens.npy"]


def test_manifest_tells_how_to_make_the_corpus_again(tmp_path, corpus):
    write_corpus(tmp_path, corpus)
    manifest = read_json(tmp_path / "manifest.json")
    assert manifest["name"] == "noise" and manifest["source"] == {"file": "noise.bin"}
    assert manifest["unit"] == "byte"
    assert manifest["sha256"] == hashlib.sha256(random.Random(3).randbytes(5000)).hexdigest()
    assert manifest["split"] == make_split(rows=2, block=50) | {
        "blocks": {"train": 40, "validation": 5, "test": 5}
    }


def test_same_text_same_bytes(tmp_path, corpus):
    for name in "ab":
        write_corpus(tmp_path / name, corpus)
    for name in ("manifest.json", "tokens.npy"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_damaged_tokens(tmp_path, corpus):
    write_corpus(tmp_path, corpus)
    path = tmp_path / "tokens.npy"
    whole = path.read_bytes()
    noise = random.Random(4)
    for _ in range(300):
        damaged = bytearray(whole)
        # Half of them in the header.
        place = noise.randrange(len(whole) if noise.random() < 0.5 else 128)
        damaged[place] ^= 1 << noise.randrange(8)
        path.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_corpus(tmp_path).tokens, corpus.tokens)
        except InputError as error:
            assert re.search(r"tokens\.npy: damaged.*delete it and run again", str(error))
    for damaged in (b"", whole[:50], whole[:-1], b"PK\3\4" + whole):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="delete it and run again"):
            read_corpus(tmp_path)


def test_tokens_of_another_corpus(tmp_path, corpus):
    write_corpus(tmp_path, corpus)
    np.save(tmp_path / "tokens.npy", corpus.tokens[::-1])
    with pytest.raises(InputError, match="of another corpus"):
        read_corpus(tmp_path)
    np.save(tmp_path / "tokens.npy", corpus.tokens.astype(np.int64))
    with pytest.raises(InputError, match="damaged"):
        read_corpus(tmp_path)


def test_tokens_do_not_run_code(tmp_path, corpus):
    write_corpus(tmp_path, corpus)
    np.save(tmp_path / "tokens.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="damaged"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("manifest", ["", "{", "{}", "[]", "\xff"])
def test_damaged_manifest(tmp_path, corpus, manifest):
    write_corpus(tmp_path, corpus)
    (tmp_path / "manifest.json").write_text(manifest, encoding="latin-1")
    with pytest.raises(InputError, match="damaged"):
        read_corpus(tmp_path)


def test_positions_of_a_known_split():
    split = make_split(rows=2, block=1) | {"blocks": {"train": 3, "validation": 1, "test": 2}}
    assert part_positions(split, "test").tolist() == [[4, 5], [10, 11]]
    assert part_positions(split | {"scheme": "tail"}, "test").tolist() == [[8, 9], [10, 11]]
