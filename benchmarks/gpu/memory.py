"""Memory, the capture of large nets, sampling, and inference on 330,000 characters."""

import resource
import time

import numpy as np
import torch

from benchmarks.gpu.common import Bench, generated_corpus, start, synchronize, take_steps
from benchmarks.gpu.speed import in_shape
from visrnn.corpus.corpus import Part
from visrnn.nets.inference import right_probabilities
from visrnn.nets.sampling import prime_tokens, sample_tokens

NETS = [("gru-3x512", "paper"), ("gru-3x512", "modern"), ("lstm-3x512", "paper")]
NETS += [("lstm-3x512", "modern"), ("rnn-3x256", "modern"), ("gru-1x64", "paper")]
SMALL_NETS = [("gru-2x8", "paper"), ("lstm-1x8", "modern")]


def peak_megabytes(device: torch.device) -> float:
    """Of the GPU's memory since it was last reset, or of a CPU's since the process began."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def long_part(bench: Bench, streams: int, length: int) -> Part:
    tokens = np.resize(generated_corpus(bench.small).tokens, (streams, length))
    return Part(tokens, np.roll(tokens, 1), np.arange(tokens.size).reshape(tokens.shape))


def measure(bench: Bench, name: str, recipe: str) -> dict[str, object]:
    clock, row = time.perf_counter, {}
    for way, captured in (("eager", False), ("captured", True)):
        training = None
        if bench.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        started = clock()
        training, inputs, targets = start(bench, f"{name}-s1", in_shape(bench, recipe), captured)
        synchronize(bench.device)
        row[f"{way}_start_s"] = round(clock() - started, 2)
        started = clock()
        take_steps(training, inputs, targets, 1)
        synchronize(bench.device)
        row[f"{way}_first_step_s"] = round(clock() - started, 2)
        take_steps(training, inputs, targets, 12)
        row[f"{way}_mb"] = round(peak_megabytes(bench.device), 1)
    row["graph"] = training.graph is not None
    streams, length = (10, 50) if bench.small else (100, 3300)
    started = clock()
    right_probabilities(training.net, long_part(bench, streams, length), bench.device)
    row |= {"characters": streams * length, "inference_s": round(clock() - started, 3)}
    prime = prime_tokens(generated_corpus(bench.small), None)
    count = 5 if bench.small else 300
    started = clock()
    sample_tokens(training.net, prime, count, (0.5, 1.0), 1)
    row["sampling_ms"] = round((clock() - started) / count * 1e3, 2)
    return row


def run(bench: Bench) -> None:
    for name, recipe in bench.in_time(SMALL_NETS if bench.small else NETS):
        with bench.trying(net=name, recipe=recipe):
            bench.emit(net=name, recipe=recipe, **measure(bench, name, recipe))
