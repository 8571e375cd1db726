"""Bad input as a user meets it: one clear line, a non-zero exit, no traceback, nothing made."""

import io
import tarfile

import pytest
import yaml


def text_file(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def tar_file(name, members):
    def make(folder):
        with tarfile.open(folder / name, "w:gz") as tar:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))

    return make


def nothing(folder):
    pass


TEXT = b"The quick brown fox jumps over the lazy dog.\n" * 100
CASES = {
    "unknown key": (nothing, {"netz": []}, "unknown key 'netz'; did you mean 'nets'?"),
    "unknown net": (nothing, {"nets": ["lstm-2"]}, "corpora.a.nets: unknown net 'lstm-2'"),
    "fractions": (
        nothing,
        {"split": {"fractions": [0.8, 0.1, 0.2]}},
        "corpora.a.split.fractions: expected three positive numbers that add up to 1",
    ),
    "missing file": (nothing, {}, "error: source.file: 'text.txt': no such file"),
    "empty corpus": (text_file("text.txt", b""), {}, "the text is empty"),
    "short corpus": (
        text_file("text.txt", TEXT),
        {},
        "error: the corpus has 4,500 tokens, but the split needs at least 100,000",
    ),
    "not UTF-8": (
        text_file("text.txt", TEXT + b"caf\xe9\n" + TEXT),
        {"unit": "character", "split": {"rows": 5, "block": 20}},
        "error: not valid UTF-8 at byte 4,503 (line 101)",
    ),
    "no match in a tar": (
        tar_file("text.tar.gz", {"a.txt": TEXT}),
        {"source": {"tree": "text.tar.gz", "include": ["**/*.c"]}},
        "**/*.c",
    ),
    "a tar entry outside its folder": (
        tar_file("text.tar.gz", {"../a.txt": TEXT}),
        {"source": {"tree": "text.tar.gz"}},
        "../a.txt",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_told_in_one_line(project, case):
    prepare, keys, line = CASES[case]
    prepare(project.folder)
    top = {key: value for key, value in keys.items() if key in ("netz", "nets")}
    corpus = {"source": {"file": "text.txt"}}
    corpus |= {key: value for key, value in keys.items() if key not in top}
    path = project.folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"corpora": {"a": corpus}, "nnn": []} | top))
    output = project.snakemake(config=path, ok=False)
    assert sum(line in found for found in output.splitlines()) >= 1, output
    assert "Traceback" not in output
    made = project.folder / "results"
    assert not made.exists() or not [path for path in made.rglob("*") if path.is_file()]
