"""The GPU benchmark, as far as a CPU can tell: every part in small, and what goes wrong."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml

from benchmarks.gpu import (
    __main__,
    common,
    largest,
    memory,
    repeat,
    speed,
    stand_ins,
    tables,
    together,
    train,
)
from tests.unit.cards import RECIPES
from visrnn.nets import training
from visrnn.nets.modules import build_net
from visrnn.predictions.predictions import read_predictions
from visrnn.settings.names import hidden_size, parse_run
from visrnn.system.files import read_table

ROOT = Path(__file__).parents[2]
# What visrnn depends on, and a GPU machine may lack; by the name that is imported.
LACKING = (
    "jsonschema matplotlib pandas pooch psutil pydivsufsort pygments yaml requests safetensors"
)
LACKING += " scipy sklearn snakemake tqdm"


@pytest.fixture(autouse=True)
def path(monkeypatch):
    """As `make bench-gpu` sets it: this folder is not on the path of imports by itself."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def bench(tmp_path):
    """rows of `bench.emit` are in bench.rows."""
    rows = []

    def emit(**row):
        rows.append(json.loads(json.dumps(row)))

    made = common.Bench(
        torch.device("cpu"), True, time.monotonic() + 60, tmp_path, None, "gru-1x8", emit
    )
    made.rows = rows
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield made
    torch.set_num_threads(threads)


def test_recipes_nets_and_text_are_the_projects():
    assert {name: RECIPES[name] for name in common.RECIPES} == common.RECIPES
    grid = yaml.safe_load((ROOT / "config/paper.yaml").read_text())
    assert sorted(tables.TABLE_1) == sorted(grid["nets"])
    manifest = common.generated_corpus(False).manifest
    assert len(manifest["symbols"]) == tables.SYMBOLS
    known = json.loads(train.CPU_LOSSES.read_text())
    assert known["tokens_sha256"] == manifest["tokens_sha256"]
    assert known["losses"].keys() <= {f"{name} {recipe}" for name, recipe in train.NETS}


@pytest.mark.parametrize(("name", "recipe"), [("rnn-1x64", "paper"), ("rnn-2x64", "modern")])
def test_the_known_losses_are_those_of_the_code(bench, name, recipe):
    known = json.loads(train.CPU_LOSSES.read_text())["losses"][f"{name} {recipe}"][0]
    first, last, _ = train.first_and_last_loss(
        replace(bench, small=False), name, recipe, train.SEEDS[0], False
    )
    # On another processor only the last digits differ at first, and then what they grow to.
    assert [first, last] == [pytest.approx(known[0], abs=1e-5), pytest.approx(known[1], abs=0.05)]


def test_cells_train(bench):
    train.run(bench)
    assert [row["net"] for row in bench.rows] == [name for name, _ in train.SMALL_NETS]
    for row in bench.rows:
        assert row["trains"] and row["as_on_cpu"] and row["graph"]
        assert row["cpu"] == pytest.approx(row["captured"], abs=1e-6)
        assert row["gap"] < 1e-6 < row["allowed"]


def test_a_loss_of_another_net_is_told(bench):
    name, recipe = train.SMALL_NETS[0]
    cpu = train.cpu_losses(bench, name, recipe)
    assert train.compare(bench, name, recipe, cpu)["as_on_cpu"]
    cpu[0][0] += 0.1
    assert not train.compare(bench, name, recipe, cpu)["as_on_cpu"]
    assert "cpu" not in train.compare(bench, name, recipe, None)


def test_the_same_bits(bench, monkeypatch):
    repeat.run(bench)
    assert len(bench.rows) == len(repeat.SMALL_NETS)
    for row in bench.rows:
        assert [row[way] for way in ("twice", "resumed", "eager")] == ["same"] * 3
    monkeypatch.setattr(repeat.torch, "manual_seed", lambda seed: None)
    bench.rows.clear()
    repeat.run(replace(bench))
    assert bench.rows[0]["twice"] != "same"


def test_speed_and_hours(bench):
    speed.run(bench)
    assert not [row for row in bench.rows if "error" in row]
    assert {row["peak"] for row in bench.rows if "peak" in row} == {"float32", "tf32"}
    for name in tables.SMALL_TABLE:
        ways = {row["way"] for row in bench.rows if row.get("net") == name}
        assert ways == {*speed.WAYS, "ours_gradient"}
    rows = [{"part": "speed"} | row for row in bench.rows]
    hours = {row["way"]: row for row in tables.hours(rows, tables.SMALL_TABLE)}
    assert all(row["paper"] or row["modern"] for row in hours.values())
    assert "captured, one net at a time" in tables.report(rows, tables.SMALL_TABLE)


def test_nets_side_by_side(bench):
    together.run(bench)
    assert not [row for row in bench.rows if "error" in row]
    timed = [(row["way"], row["at_once"]) for row in bench.rows if row.get("ms", 0) > 0]
    assert timed == [(way, count) for way in ("processes", "streams") for count in (1, 2)]
    assert [row["note"] for row in bench.rows if "note" in row] == ["MPS can't be started here"]


def test_memory_and_inference(bench):
    memory.run(bench)
    assert [row["net"] for row in bench.rows] == [name for name, _ in memory.SMALL_NETS]
    for row in bench.rows:
        assert row["characters"] == 500 and row["graph"]
        assert min(row[key] for key in ("captured_mb", "sampling_ms", "inference_s")) > 0


def test_the_largest_net_is_brought_back(bench, tmp_path):
    largest.run(bench)
    assert bench.rows[-1]["epochs"] == 2
    names = ["card.json", "history.parquet", "predictions.parquet"]
    assert bench.rows[-1]["files"] == [*names, "weights-1-of-1.safetensors"]
    card = json.loads((tmp_path / "card.json").read_bytes())
    assert card["loss"]["test"] == pytest.approx(bench.rows[-2]["test_loss"], abs=1e-4)
    assert read_table(tmp_path / "history.parquet").num_rows == 2
    weights = safetensors.torch.load_file(tmp_path / "weights-1-of-1.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    net = build_net(parse_run(card["run"]), card["hidden"], card["symbols"])
    net.load_state_dict(weights)


def test_what_a_training_leaves_that_did_not_end(bench, tmp_path, monkeypatch):
    """It is stopped in its second epoch: the first one's weights and predictions come back."""
    monkeypatch.setattr(largest, "PART_BYTES", 1000)
    take_step, taken = training.take_step, []

    def late(*arguments):
        taken.append(None)
        if len(taken) > 500:
            raise TimeoutError("late")
        return take_step(*arguments)

    monkeypatch.setattr(training, "take_step", late)
    with pytest.raises(TimeoutError, match="late"):
        largest.run(bench)
    assert not bench.rows[-2]["finished"]
    predictions = read_predictions(tmp_path / "predictions.parquet")
    assert predictions.loss == pytest.approx(bench.rows[-2]["test_loss"], abs=1e-4)
    parts = bench.rows[-1]["files"][1:]
    assert len(parts) > 1
    weights = {}
    for name in parts:
        assert (tmp_path / name).stat().st_size < 12_000  # a table of weights alone has 9,000
        weights |= safetensors.torch.load_file(tmp_path / name)
    net = build_net(parse_run("gru-1x8"), hidden_size(parse_run("gru-1x8"), 87, None), 87)
    net.load_state_dict(weights)


def test_the_time_limit_stops_what_takes_too_long():
    with pytest.raises(TimeoutError), largest.time_limit(0):
        time.sleep(10)


def test_stand_ins_are_like_the_packages():
    tensors = {
        "a": torch.randn(3, 5),
        "b.c": torch.zeros((), dtype=torch.float64),
        "d": torch.arange(7, dtype=torch.uint8),
        "e": torch.randn(2, 3, 4).half(),
        "none": torch.zeros(0),
    }
    metadata = {"identity": "here"}
    ours, theirs = (library.save(tensors, metadata) for library in (stand_ins, safetensors.torch))
    for data in (ours, theirs):
        for load in (stand_ins.load, safetensors.torch.load):
            loaded = load(data)
            assert loaded.keys() == tensors.keys()
            assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
            assert all(loaded[name].dtype == tensors[name].dtype for name in tensors)
    assert b'"__metadata__":{"identity":"here"}' in ours


def test_pytorch_numpy_and_pyarrow_are_enough(tmp_path):
    """Checkpoints, weights, predictions and cards are written in this part."""
    code = f"""if True:
        import runpy, sys
        class Lacking:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {LACKING.split()}:
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Lacking())
        sys.argv[1:] = ["--small", "--part", "largest", "--output", {str(tmp_path)!r}]
        runpy.run_module("benchmarks.gpu", run_name="__main__", alter_sys=True)
    """
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line[4:]) for line in printed.splitlines() if line.startswith("ROW ")]
    assert rows[0]["stand_ins"] == ["safetensors", "tqdm"]
    assert set(rows[-1]["files"]) == {path.name for path in tmp_path.iterdir()}
    safetensors.torch.load_file(tmp_path / "weights-1-of-1.safetensors")


def test_parts_that_fail_and_parts_that_hang(tmp_path, monkeypatch, capsys):
    lines = {
        "train": "print('ROW ' + '{\"net\": \"lstm-1x8\", \"cpu\": 1.5}'); print('said')",
        "repeat": "raise SystemExit('no luck')",
        "speed": 'print(\'ROW \' + \'{"net": "x", "error": "broke"}\')',
        "memory": "import time; time.sleep(60)",
    }
    monkeypatch.setattr(__main__, "GRACE", 0.5)
    monkeypatch.setitem(__main__.PARTS, "memory", 0.1)
    monkeypatch.setattr(__main__, "LEAST", 0)
    monkeypatch.setattr(__main__, "gpu_found", lambda: True)
    monkeypatch.setattr(
        __main__, "part_command", lambda part, *_: [sys.executable, "-c", lines[part]]
    )
    assert __main__.main([*lines, "--output", str(tmp_path)]) == 1
    rows = json.loads((tmp_path / "gpu.json").read_text())
    status = {row["part"]: row["status"] for row in rows if "status" in row}
    assert status == {
        **{"train": "done", "repeat": "failed (1)"},
        **{"speed": "done", "memory": "took too long"},
    }
    table = (tmp_path / "gpu.md").read_text()
    assert "| lstm-1x8 | 1.5 |" in table and "- failed: x: broke" in table
    log = (tmp_path / "gpu.log").read_text()
    assert "said\n" in log and "no luck\n" in log
    assert "not all went well: memory, repeat, speed" in capsys.readouterr().out


def test_no_gpu_and_bad_arguments_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(__main__, "gpu_found", lambda: False)
    for arguments, message in (
        ([], "PyTorch finds no GPU here"),
        (["--text", "nowhere"], "--text nowhere: there is no such file"),
        (["sped"], "unknown part sped: expected train, "),
    ):
        with pytest.raises(SystemExit):
            __main__.main([*arguments, "--output", str(tmp_path / "out")])
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_hours_by_hand():
    """Every net takes 3 ms a step, 1 ms a block without a gradient; two side by side half."""
    rows = [
        {"part": "speed", "net": name, "way": way, "ms": ms}
        for name in tables.TABLE_1
        for way, ms in (("captured", 3.0), ("evaluation", 1.0), ("ours", 2.0))
    ]
    rows += [
        {"part": "together", "net": "gru-2x64", "way": "mps", "at_once": count, "ms": ms}
        for count, ms in ((1, 4.0), (2, 2.0))
    ]
    rows += [{"part": "speed", "peak": "float32", "teraflops": 50.0}]
    hours = {row["way"]: row for row in tables.hours(rows, tables.TABLE_1)}
    paper = 33 * (3 * (260 + 558) * 50 + (32 + 33 + 31 + 31) * 50) / 3.6e6
    modern = 33 * (2 * 4 * (260 + 558) * 50 + (32 + 33 + 31 + 31) * 50) / 3.6e6
    alone = hours["captured, one net at a time"]
    assert [alone["paper"], alone["modern"]] == [pytest.approx(paper), pytest.approx(modern)]
    assert alone["paper_minutes"] == "no"
    # Nine of the nets are of size 64.
    together_ = hours["side by side"]["paper"]
    assert together_ == pytest.approx(paper * (24 + 9 / 2) / 33)
    assert hours["kernel by kernel, one net at a time"]["paper"] is None
    bound = hours["operations at the float32 rate"]["paper"]
    assert bound == pytest.approx(72e15 / 50e12 / 3600, rel=0.02)


@pytest.mark.parametrize("name", ["lstm-2x64", "gru-3x128", "rnn-1x64"])
def test_operations_are_those_of_the_weights(name):
    run = parse_run(name)
    net = build_net(run, hidden_size(run, tables.SYMBOLS, run), tables.SYMBOLS)
    weights = [*net.weights, *list(net.weights_in)[1:], net.decoder.weight]
    assert tables.operations(name) == 6 * sum(weight.numel() for weight in weights)


def test_the_median_of_a_known_time(bench):
    assert common.milliseconds(lambda: time.sleep(0.01), bench.device, 0.06) == (
        pytest.approx(10, abs=3)
    )


def test_what_is_left_out_for_want_of_time(bench):
    late = replace(bench, deadline=time.monotonic())
    assert list(late.in_time(["a", "b"])) == []
    assert bench.rows == [{"left_out": ["a", "b"]}]


def test_numbers_that_json_has_not(capsys):
    __main__.emit(loss=np.inf, other=1.0)
    assert capsys.readouterr().out == 'ROW {"loss": "inf", "other": 1.0}\n'
