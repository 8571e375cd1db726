"""Cures that go into a net: settings chosen on the validation text, then the test text read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets import adaptation, cache, memory
from visrnn.nets.adaptation import Steps, adapted_probabilities, find_scale
from visrnn.nets.cache import cache_probabilities
from visrnn.nets.hidden import temperatures
from visrnn.nets.memory import NEIGHBOURS, StateMemory
from visrnn.nets.modules import Net
from visrnn.predictions.partial import choose_partner, mix_where_known
from visrnn.predictions.predictions import mean_loss

# Of dynamic evaluation, what is tried, and on how many characters of the validation text.
RATES, DECAYS = (3e-5, 1e-4, 3e-4), (0.0, 1e-3, 1e-2)
TRIED, MEASURED = 30_000, 20_000


@dataclass(frozen=True)
class Cured:
    """What a cure comes to."""

    # By part, float32 [characters].
    probs: dict[str, np.ndarray]
    # For the card.
    settings: dict[str, Any]
    # Of the processor, for the test text.
    seconds: float
    # Bytes that it keeps.
    size: int


def use_cache(
    net: Net, corpus: Corpus, base: Mapping[str, np.ndarray], device: torch.device
) -> Cured:
    """Mix a net with a cache of its stream's past. base: by part, what the net alone gives."""
    validation, test = corpus.part("validation"), corpus.part("test")
    tried = temperatures(net, validation, device)
    candidates = cache_probabilities(net, validation, tried, device)
    choice = choose_partner(base["validation"], candidates.reshape(len(tried), -1))
    temperature = tried[choice.index]
    start = time.process_time()
    (other,) = cache_probabilities(net, test, [temperature], device)
    probs = {
        "validation": choice.prob,
        "test": mix_where_known(base["test"], other.ravel(), choice.weight),
    }
    seconds = time.process_time() - start
    settings = {"weight": choice.weight, "temperature": temperature, "window": cache.WINDOW}
    kept = min(cache.WINDOW, test.tokens.shape[1]) * (4 * net.hidden + 2)
    return Cured(probs, settings, seconds, kept)


def use_memory(
    net: Net, corpus: Corpus, base: Mapping[str, np.ndarray], device: torch.device
) -> Cured:
    """Mix a net with a memory of the training text. base: by part, what the net alone gives."""
    validation, test = corpus.part("validation"), corpus.part("test")
    tried = [(k, t) for k in NEIGHBOURS for t in temperatures(net, validation, device)]
    states = StateMemory(net, corpus.part("train"), device)
    distinct = list(dict.fromkeys(t for _, t in tried))
    candidates = states.probabilities(validation, NEIGHBOURS, distinct)
    choice = choose_partner(base["validation"], candidates.reshape(len(tried), -1))
    k, temperature = tried[choice.index]
    start = time.process_time()
    other = states.probabilities(test, [k], [temperature])
    probs = {
        "validation": choice.prob,
        "test": mix_where_known(base["test"], other.ravel(), choice.weight),
    }
    seconds = time.process_time() - start
    settings = {
        "weight": choice.weight,
        "temperature": temperature,
        "neighbours": k,
        "states": len(states.states),
        "context": memory.CONTEXT,
    }
    return Cured(probs, settings, seconds, states.bytes)


def sample_streams(part: Part, characters: int) -> tuple[np.ndarray, Part]:
    """Streams evenly over a part, with about so many characters: which, and their text.

    Whole streams, or the beginning of one that is longer.
    """
    streams, length = part.tokens.shape
    count = min(streams, max(1, round(characters / length)))
    rows = np.arange(count) * streams // count
    shortened = slice(0, min(length, characters))
    arrays = (part.tokens, part.previous, part.positions)
    return rows, Part(*(each[rows, shortened] for each in arrays))


def adapt(net: Net, corpus: Corpus, base: Mapping[str, np.ndarray]) -> Cured:
    """Let a net adapt to each stream. base: by part, what the trained net gives.

    Rate and decay are chosen on a sample of the validation text's streams, and 0 is among the
    rates: then the net is left as it is.
    """
    device = torch.device("cpu")  # one stream at a time leaves a GPU idle
    validation, test = corpus.part("validation"), corpus.part("test")
    _, measured = sample_streams(corpus.part("train"), MEASURED)
    gradients = find_scale(net, measured, device)
    rows, some = sample_streams(validation, TRIED)
    prob = base["validation"].reshape(validation.tokens.shape)
    lowest = mean_loss(prob[rows, : some.tokens.shape[1]])
    steps = choose_steps(net, some, lowest, gradients, device)
    start, probs = time.process_time(), dict(base)
    if steps.rate:
        probs["test"] = adapted_probabilities(net, test, steps, *gradients, device).ravel()
    seconds = time.process_time() - start
    if steps.rate:
        of_validation = adapted_probabilities(net, validation, steps, *gradients, device)
        probs["validation"] = of_validation.ravel()
    settings = {"rate": steps.rate, "decay": steps.decay, "segment": adaptation.SEGMENT}
    return Cured(probs, settings, seconds, 4 * 3 * len(gradients[0]))


def choose_steps(
    net: Net,
    part: Part,
    alone: float,
    gradients: tuple[torch.Tensor, torch.Tensor],
    device: torch.device,
) -> Steps:
    """The rate, and then the decay, with which a net reads a part best; 0 where none helps.

    alone: the loss of the trained net.
    """
    best, lowest = Steps(0.0, 0.0), alone

    def attempt(steps: Steps) -> None:
        nonlocal best, lowest
        loss = mean_loss(adapted_probabilities(net, part, steps, *gradients, device))
        if loss < lowest:
            best, lowest = steps, loss

    for rate in RATES:
        attempt(Steps(rate, DECAYS[1]))
    if best.rate:
        rate = best.rate
        for decay in (DECAYS[0], *DECAYS[2:]):
            attempt(Steps(rate, decay))
    return best
