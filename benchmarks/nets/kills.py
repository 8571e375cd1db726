"""Kill a training process at random moments, and compare what it leaves with an undisturbed run.

    python benchmarks/nets/kills.py [kills]

Checkpoints are written as often as the loss is looked at. Every other kill waits until one is
being written; one time in four the newest checkpoint is damaged as well. A training that comes to
its end before all kills are done is compared and begun again. Prints a log; exits with 1 when a
byte differs or a training fails by itself.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from visrnn.corpus.corpus import build_corpus, read_corpus, write_corpus
from visrnn.nets import training
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings

NAME = "lstm-2x32-s1"
MODERN = load_settings({})["recipes"]["modern"]
RECIPE = Recipe(**MODERN | {"epochs": 30, "batch": 10, "dropout": 0.2})
SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 10, "block": 100}
FILES = ("card.json", "history.parquet", "predictions.parquet", "weights.safetensors")


def train(place: Path, folder: Path) -> None:
    training.SECONDS_BETWEEN_CHECKPOINTS = 0
    training.train_net(read_corpus(place), NAME, RECIPE, "lstm-1x64", folder, device="cpu")


def damage(path: Path, draw: random.Random) -> str:
    """Cut the file short or change a byte of it, as a power loss or a bad disk might."""
    data = bytearray(path.read_bytes())
    index = draw.randrange(len(data))
    if draw.random() < 0.5:
        path.write_bytes(data[:index])
        return f"newest checkpoint cut to {index:,} bytes"
    data[index] ^= 1 + draw.randrange(255)
    path.write_bytes(data)
    return f"byte {index:,} of the newest checkpoint changed"


def wait_for_writing(folder: Path) -> bool:
    """Wait until a checkpoint is half written, at most ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if any(name.startswith(".checkpoint") for name in os.listdir(folder)):
            return True
    return False


def compare(whole: Path, killed: Path) -> dict[str, bool]:
    """By file of `killed`, whether it has the bytes of `whole`'s; what is left over has not."""
    names = {path.name for path in killed.iterdir()}.union(FILES)
    return {
        name: name in FILES and (whole / name).read_bytes() == (killed / name).read_bytes()
        for name in sorted(names)
    }


def main(kills: int) -> int:
    draw = random.Random(4)
    with tempfile.TemporaryDirectory() as name:
        place, whole, killed = (Path(name, part) for part in ("corpus", "whole", "killed"))
        words = ["the", "a", "cat", "dog", "sat", "ran", "on", "under", "mat,", "house."]
        text = " ".join(draw.choice(words) for _ in range(15_000))
        write_corpus(place, build_corpus(text.encode(), "byte", SPLIT, {}))
        started = time.monotonic()
        subprocess.run([sys.executable, __file__, "train", place, whole], check=True)
        took = time.monotonic() - started
        print(f"{NAME}: {took:.1f} s undisturbed; killed at random moments:")
        count, good = 0, True
        while True:
            process = subprocess.Popen([sys.executable, __file__, "train", place, killed])
            after = draw.uniform(0.05 * took, 0.2 * took) if count < kills else 3600
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                writing = count % 2 and wait_for_writing(killed)
                process.send_signal(signal.SIGKILL)
                process.wait()
            if process.returncode == 0:
                same = compare(whole, killed)
                print("finished;", ", ".join(f"{name} same: {yes}" for name, yes in same.items()))
                good = good and all(same.values())
                if count >= kills:
                    break
                shutil.rmtree(killed)
                continue
            if process.returncode != -signal.SIGKILL:
                return 1
            count += 1
            newest, note = killed / "checkpoint.safetensors", "; in the writing of a checkpoint"
            note = note if writing else ""
            if newest.exists() and draw.random() < 0.25:
                note += "; " + damage(newest, draw)
            print(f"kill {count:2d} after {after:5.2f} s{note}")
    print(f"{count} kills, every byte the same: {good}")
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        train(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
