"""Adapting and the cache on one long stream and on many short ones of the same text.

    PYTHONPATH=. python benchmarks/cures/long_stream.py warpeace_input.txt folder [characters]

Trains a small net on the first 80% of the text (`split: {scheme: tail}`) into `folder`, unless it
is there. Then the validation and the test text are read as streams of 3,300 characters, and as one,
in which the net goes on from the end of the validation text, with or without the cure alike.
`characters`: how many of the test text are read; all if it is left out.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from visrnn.corpus.corpus import Corpus, Part, build_corpus
from visrnn.nets.adaptation import adapted_probabilities, find_scale
from visrnn.nets.cache import cache_probabilities
from visrnn.nets.cures import MEASURED, choose_steps, sample_streams
from visrnn.nets.hidden import temperatures
from visrnn.nets.inference import load_net, right_probabilities
from visrnn.nets.training import train_net
from visrnn.predictions.partial import choose_partner, mix_where_known
from visrnn.predictions.predictions import mean_loss
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings
from visrnn.statistics.resampling import find_units, resample, sum_by

CPU = torch.device("cpu")
# Characters of the validation text that settings are chosen on, and that one stream reads first.
CHOSEN_ON, WARM = 30_000, 30_000


def stream_of(corpus: Corpus, start: int, length: int) -> Part:
    """A piece of the text as one stream."""
    positions = start + np.arange(length)[None]
    return Part(corpus.tokens[positions], corpus.tokens[positions - 1], positions)


def report(name: str, base: np.ndarray, cured: np.ndarray, settings: str) -> None:
    """base, cured: [streams, length], of which the streams are resampled, or blocks of one."""
    losses = [-np.log(prob.astype(np.float64)) for prob in (base, cured)]
    difference = (losses[1] - losses[0]).ravel()
    unit = find_units(difference, len(base))
    estimate = resample(sum_by(unit, difference), sum_by(unit, np.ones(difference.size)))
    low, high = estimate.interval()
    means = " -> ".join(f"{loss.mean():.4f}" for loss in losses)
    print(
        f"{name}: {means}, {estimate.value:+.4f} [{low:+.4f}, {high:+.4f}]; {settings}", flush=True
    )
    # Whether it grows along the way.
    for tenth in np.array_split(difference.reshape(base.shape).mean(0), 5):
        print(f"  {tenth.mean():+.4f}", end="", flush=True)
    print()


def study(name: str, folder: Path, validation: Part, test: Part, train: Part, skip: int) -> None:
    """skip: how many characters of each stream are read and not counted."""
    net, _ = load_net(folder, CPU)
    base = {key: right_probabilities(net, part, CPU) for key, part in
            (("validation", validation), ("test", test))}  # fmt: skip
    tried = temperatures(net, validation, CPU)
    candidates = cache_probabilities(net, validation, tried, CPU)
    choice = choose_partner(base["validation"].ravel(), candidates.reshape(len(tried), -1))
    (other,) = cache_probabilities(net, test, [tried[choice.index]], CPU)
    mixed = mix_where_known(base["test"].ravel(), other.ravel(), choice.weight)
    mixed = mixed.reshape(test.tokens.shape)
    settings = f"weight {choice.weight:.3f}, temperature {tried[choice.index]:.3g}"
    report(f"{name} cache", base["test"][:, skip:], mixed[:, skip:], settings)
    gradients = find_scale(net, train, CPU)
    steps = choose_steps(net, validation, mean_loss(base["validation"]), gradients, CPU)
    adapted = adapted_probabilities(net, test, steps, *gradients, CPU)
    report(f"{name} adapted", base["test"][:, skip:], adapted[:, skip:], str(steps))


def main() -> None:
    text, folder = Path(sys.argv[1]).read_bytes()[:3258246], Path(sys.argv[2])
    characters = int(sys.argv[3]) if len(sys.argv) > 3 else 10**9
    split = {"scheme": "tail", "fractions": [0.8, 0.1, 0.1], "rows": 100, "block": 100}
    corpus = build_corpus(text, "byte", split, {})
    recipe = load_settings({})["recipes"]["quick"]
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "card.json").exists():
        train_net(corpus, "gru-1x64-s1", Recipe(**recipe), "lstm-1x64", folder, device="cpu")
    _, train = sample_streams(corpus.part("train"), MEASURED)
    validation, test = corpus.part("validation"), corpus.part("test")
    few = (sample_streams(part, count)[1] for part, count in
           ((validation, CHOSEN_ON), (test, min(characters, test.tokens.size))))  # fmt: skip
    study("streams of 3,300", folder, *few, train, 0)
    begin = int(test.positions[0, 0])
    long = stream_of(corpus, begin - WARM, WARM + min(characters, test.tokens.size))
    earlier = stream_of(corpus, begin - WARM - CHOSEN_ON, CHOSEN_ON)
    study("one stream", folder, earlier, long, train, WARM)


if __name__ == "__main__":
    main()
