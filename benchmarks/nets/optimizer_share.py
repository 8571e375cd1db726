"""The optimizer's share of a step, in milliseconds of the core's own time.

    PYTHONPATH=. python benchmarks/nets/optimizer_share.py [--recipe modern] [--steps 40] [nets ...]

Means over steps on made-up text of 87 symbols, after ten steps that don't count. SOAP renews its
bases every ten steps, so that --steps should be a multiple of ten.
"""

import argparse
import time
from unittest.mock import patch

import numpy as np
import torch

from visrnn.corpus.corpus import build_corpus
from visrnn.nets.step import set_up_training, take_step
from visrnn.nets.training import keep_freed_memory
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings

UNCOUNTED = 10
SPLIT = {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": 50, "block": 1000}


def measure(net: str, recipe: Recipe, steps: int) -> tuple[float, float]:
    """Milliseconds of a step, and of its optimizer."""
    text = np.random.default_rng(1).integers(33, 120, 500_000).astype(np.uint8).tobytes()
    corpus = build_corpus(text, "byte", SPLIT, {})
    training, inputs, targets = set_up_training(
        corpus, f"{net}-s1", recipe, net, torch.device("cpu")
    )
    training.start_epoch()
    training.net.train()
    optimizer_step, spent = training.optimizer.step, 0.0

    def timed_step() -> None:
        nonlocal spent
        began = time.process_time()
        optimizer_step()
        spent += time.process_time() - began

    began = 0.0
    with patch.object(training.optimizer, "step", timed_step):
        for step in range(UNCOUNTED + steps):
            if step == UNCOUNTED:
                began, spent = time.process_time(), 0.0
            training.set_rate(len(inputs))
            take_step(training, inputs[step], targets[step])
            training.step += 1
    return (time.process_time() - began) * 1e3 / steps, spent * 1e3 / steps


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--recipe", default="modern")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("nets", nargs="*", default=["rnn-2x256", "lstm-2x256", "gru-2x256"])
    given = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    recipe = Recipe(**load_settings({})["recipes"][given.recipe])
    print("| net | step ms | optimizer ms | share |\n| --- | ---: | ---: | ---: |")
    for net in given.nets:
        step, optimizer = measure(net, recipe, given.steps)
        print(f"| {net} | {step:.1f} | {optimizer:.1f} | {optimizer / step:.0%} |", flush=True)
