"""Files that carry code, in place of those that the study keeps: nothing in them runs."""

import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from tests.unit.cards import net_card
from visrnn.corpus.corpus import build_corpus, read_corpus, write_corpus
from visrnn.nets.checkpoints import NEWEST, NO_DIGEST, read_checkpoint
from visrnn.nets.inference import load_net
from visrnn.predictions.cards import write_card
from visrnn.predictions.external import read_external
from visrnn.predictions.predictions import read_predictions
from visrnn.system.exceptions import InputError
from visrnn.system.files import DIGEST, read_columns, read_json, read_table

SPLIT = {"scheme": "columns", "fractions": [0.5, 0.2, 0.3], "rows": 3, "block": 4}


class Code:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def code(tmp_path):
    """A pickle that would make the file `ran`, which must not be there in the end."""
    ran = tmp_path / "ran"
    pickle.loads(pickle.dumps(Code(ran)))
    ran.unlink()  # the pickle does what it is said to do
    yield pickle.dumps(Code(ran))
    assert not ran.exists()


@pytest.mark.parametrize("kind", ["pickle", "torch", "numpy"])
def test_weights(code, kind, tmp_path):
    path = tmp_path / "weights.safetensors"
    if kind == "torch":
        torch.save(Code(tmp_path / "ran"), path)
    elif kind == "numpy":
        with open(path, "wb") as file:
            np.save(file, np.array([Code(tmp_path / "ran")], object))
    else:
        path.write_bytes(code)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write_card(tmp_path / "card.json", net_card("lstm-1x8-s1", weights_sha256=digest))
    with pytest.raises(InputError, match=r"weights\.safetensors: damaged weights"):
        load_net(tmp_path, torch.device("cpu"))


def checkpoint(header: str, tensors: bytes) -> bytes:
    """A safetensors file; where the header has NO_DIGEST, the digest is made to fit."""
    data = len(header).to_bytes(8, "little") + header.encode() + tensors
    digest = hashlib.sha256(data).hexdigest()
    return data.replace(NO_DIGEST.encode(), digest.encode(), 1)


@pytest.mark.parametrize(
    "metadata",
    [
        *({"identity": '"mine"', DIGEST: NO_DIGEST}, {DIGEST: NO_DIGEST}, {"identity": '"mine"'}),
        *({}, [], 3, None, "mine", [NO_DIGEST], {DIGEST: [NO_DIGEST]}, {DIGEST: ""}),
        *({"identity": "mine", DIGEST: NO_DIGEST}, {"identity": 3, DIGEST: NO_DIGEST}),
        {"identity": "[" * 200_000, DIGEST: NO_DIGEST},
    ],
)
def test_a_checkpoint(code, metadata, tmp_path):
    header = {"weights": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    for kinds in (header, {}):
        text = json.dumps(kinds | {"__metadata__": metadata})
        (tmp_path / NEWEST).write_bytes(checkpoint(text, code))
        assert read_checkpoint(tmp_path, "mine") is None
    for text in (json.dumps(metadata), NO_DIGEST, "", "\0"):
        (tmp_path / NEWEST).write_bytes(checkpoint(text, code))
        assert read_checkpoint(tmp_path, "mine") is None
    (tmp_path / NEWEST).write_bytes(code)
    assert read_checkpoint(tmp_path, "mine") is None


def test_a_file_that_is_made_like_a_checkpoint_is_read(tmp_path):
    """So that those above are refused for what is wrong with them."""
    header = {"weights": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    header["__metadata__"] = {"identity": '"mine"', DIGEST: NO_DIGEST}
    (tmp_path / NEWEST).write_bytes(checkpoint(json.dumps(header), bytes(8)))
    tensors, metadata = read_checkpoint(tmp_path, "mine")
    assert metadata == {"identity": "mine"}
    assert tensors["weights"].tolist() == [0, 0]


def test_a_checkpoint_of_endless_depth(tmp_path):
    header = "[" * 200_000
    (tmp_path / NEWEST).write_bytes(checkpoint(header, b""))
    assert read_checkpoint(tmp_path, "mine") is None
    (tmp_path / "card.json").write_text(header)
    with pytest.raises(InputError, match=r"card\.json: damaged JSON"):
        read_json(tmp_path / "card.json")


def test_tokens(code, tmp_path):
    write_corpus(tmp_path, build_corpus(b"abcde\nfgh " * 30, "byte", SPLIT, {}))
    with open(tmp_path / "tokens.npy", "wb") as file:
        np.save(file, np.array([Code(tmp_path / "ran")], object))
    with pytest.raises(InputError, match=r"tokens\.npy: damaged"):
        read_corpus(tmp_path)
    # A header that promises more than any memory holds.
    with open(tmp_path / "tokens.npy", "wb") as file:
        header = {"descr": "<u2", "fortran_order": False, "shape": (2**50,)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(InputError, match=r"tokens\.npy: damaged"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("where", ["type", "pandas"])
def test_tables(code, where, tmp_path):
    """Arrow's own type of pickled types, and what pandas would read beside the columns."""
    corpus = build_corpus(b"abcde\nfgh " * 30, "byte", SPLIT, {})
    numbers = pa.array([1, 2], pa.int64())
    field = pa.field("token", pa.int64())
    schema = pa.schema([field])
    if where == "type":
        metadata = {
            b"ARROW:extension:name": b"arrow.py_extension_type",
            b"ARROW:extension:metadata": code,
        }
        schema = pa.schema([field.with_metadata(metadata)])
    else:
        schema = schema.with_metadata({b"pandas": code})
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table([numbers], schema=schema), path)
    assert read_columns(path)["token"].tolist() == [1, 2]
    assert read_table(path).num_rows == 2
    with pytest.raises(InputError):
        read_predictions(path)
    with pytest.raises(InputError):
        read_external(path, corpus)


def test_a_few_bytes_that_stand_for_any_number_of_rows(tmp_path):
    corpus = build_corpus(b"abcde\nfgh " * 30, "byte", SPLIT, {})
    path = tmp_path / "bomb.parquet"
    rows = pa.nulls(10_000_000, pa.int64()).fill_null(0)
    names = ["stream", "position", "token"]
    table = pa.table([rows] * 3 + [rows.cast(pa.float64())], names=[*names, "prob"])
    pq.write_table(table, path, compression="zstd")
    del rows, table
    pa.default_memory_pool().release_unused()
    before = pa.total_allocated_bytes()
    assert path.stat().st_size < 2**20
    with pytest.raises(InputError, match="found 10,000,000 rows"):
        read_external(path, corpus)
    assert pa.default_memory_pool().max_memory() is None or pa.total_allocated_bytes() <= before


def test_no_tag_of_yaml_makes_an_object(tmp_path):
    """What Snakemake reads configurations with, and what we read the schema with."""
    for tag in ("object/apply:os.system", "object/new:os.system", "object:os.system", "name:os"):
        text = f"corpora: !!python/{tag} ['touch {tmp_path}/ran']"
        for loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", None), yaml.FullLoader):
            if loader is None:
                continue
            with pytest.raises(yaml.YAMLError):
                yaml.load(text, loader)
    assert not (tmp_path / "ran").exists()


def test_nothing_here_reads_what_can_carry_code():
    """Of the readers that run code in a file, the project uses none."""
    root = Path(__file__).parents[2]
    forbidden = ("import pickle", "torch.load(", "yaml.load(", "allow_pickle=True", "read_pickle")
    forbidden += ("eval(", "exec(", "import shelve", "import joblib", "shell=True", "os.system")
    for path in [*root.glob("visrnn/**/*.py"), *root.glob("workflow/scripts/*.py")]:
        code = path.read_text().replace(".eval(", "").replace("safetensors.torch.load(", "")
        assert not [word for word in forbidden if word in code], path
