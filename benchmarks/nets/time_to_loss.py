"""How long a net takes to the paper's loss on War and Peace, with the paper's recipe and with ours.

    PYTHONPATH=. python benchmarks/nets/time_to_loss.py TEXT [--recipes paper ...] [--nets ...]

TEXT is the file as the paper's authors published it. A recipe may be cut to fewer epochs, as in
modern:3. A training ends after the first epoch whose test loss is at or below the paper's, or with
the recipe's last. It runs on one thread, and what counts is the core's own time of its steps: other
load on the machine counts little. A line of JSON tells of each training as it ends.
"""

import argparse
import json
import logging
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from visrnn.corpus.corpus import Corpus, build_corpus
from visrnn.nets.inference import right_probabilities
from visrnn.nets.step import set_up_training, take_step
from visrnn.nets.training import keep_freed_memory
from visrnn.predictions.paper import RECURRENT, RECURRENT_COLUMNS
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings

GOALS = {
    f"{cell}-{layers}x64": loss or 0.0
    for (cell, layers), loss in zip(RECURRENT_COLUMNS, RECURRENT["war_and_peace"][64], strict=True)
}


def read_recipe(name: str) -> Recipe:
    """A recipe of the configuration, `name` or `name:epochs`."""
    name, _, epochs = name.partition(":")
    recipe = Recipe(**load_settings({})["recipes"][name])
    return replace(recipe, epochs=int(epochs)) if epochs else recipe


def train_to(goal: float, corpus: Corpus, net: str, recipe: Recipe) -> dict:
    """Train until the test loss is `goal` nats; test losses by epoch, and core-seconds."""
    cpu, seconds, losses = torch.device("cpu"), 0.0, []
    training, inputs, targets = set_up_training(corpus, f"{net}-s1", recipe, net, cpu)
    while len(losses) < recipe.epochs and min(losses, default=goal + 1) > goal:
        training.start_epoch()
        training.net.train()
        started = time.process_time()
        for step in range(len(inputs)):
            training.set_rate(len(inputs))
            take_step(training, inputs[step], targets[step])
            training.step += 1
        seconds += time.process_time() - started
        prob = right_probabilities(training.net, corpus.part("test"), cpu)
        losses.append(float(-np.log(prob.astype(np.float64)).mean()))
        logging.info("%s epoch %d/%d: %.4f", net, len(losses), recipe.epochs, losses[-1])
    return {
        "reached": losses[-1] <= goal,
        "epochs": len(losses),
        "core_seconds": round(seconds, 1),
        "test": round(losses[-1], 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("text", type=Path)
    parser.add_argument("--recipes", nargs="+", default=["paper", "modern:20"])
    parser.add_argument("--nets", nargs="+", choices=GOALS, default=list(GOALS))
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    keep_freed_memory()
    settings = load_settings({"corpora": {"text": {"source": {"file": str(given.text)}}}})
    split = settings["corpora"]["text"]["split"]
    text = build_corpus(given.text.read_bytes(), "byte", split, {})
    for net in given.nets:
        for recipe in given.recipes:
            result = train_to(GOALS[net], text, net, read_recipe(recipe))
            row = {"net": net, "recipe": recipe, "goal": GOALS[net], **result}
            print(json.dumps(row), flush=True)
