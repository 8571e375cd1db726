"""Ours against what PyTorch offers for the same nets, in one run.

    python benchmarks/nets/speed.py [--threads 1] [--device cpu] [--repeats 5] [nets ...]

(a) loops over torch.nn's cells, (b) is its fused layers; both take one-hot input. A step is the
forward and backward pass over 100 x 100 characters of 87 symbols. The ways take turns, and the
best of the repeats counts. With one thread it is the core's time that is taken, so that other load
on the machine counts little. `share` is the rate of the operations that a step needs (weights x 6
x characters; a one-hot product is none) over that of a large sgemm.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.nets.modules import build_net
from visrnn.nets.training import keep_freed_memory
from visrnn.settings.names import CELLS, hidden_size, parse_run

SYMBOLS, BATCH, SEQUENCE = 87, 100, 100
NETS = [
    f"{cell}-{shape}" for shape in ("1x64", "2x64", "1x128", "2x128", "1x256") for cell in CELLS
]
FUSED = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
STEPPED = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


class Fused(nn.Module):
    """One-hot characters into the library's own layers."""

    def __init__(self, cell: str, layers: int, hidden: int):
        super().__init__()
        self.body = FUSED[cell](SYMBOLS, hidden, layers)
        self.decoder = nn.Linear(hidden, SYMBOLS)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.decoder(self.body(F.one_hot(tokens.t(), SYMBOLS).float())[0])


class Stepped(nn.Module):
    """One-hot characters into the library's cells, one step at a time."""

    def __init__(self, cell: str, layers: int, hidden: int):
        super().__init__()
        sizes = [SYMBOLS] + [hidden] * (layers - 1)
        self.body = nn.ModuleList(STEPPED[cell](size, hidden) for size in sizes)
        self.decoder = nn.Linear(hidden, SYMBOLS)

    def forward(self, tokens: Tensor) -> Tensor:
        states, logits = [None] * len(self.body), []
        for step in F.one_hot(tokens.t(), SYMBOLS).float():
            for layer, cell in enumerate(self.body):
                states[layer] = cell(step, states[layer])
                step = states[layer][0] if isinstance(states[layer], tuple) else states[layer]
            logits.append(self.decoder(step))
        return torch.stack(logits)


def stepper(net: nn.Module, logits: Callable, targets: Tensor) -> Callable[[], None]:
    def step() -> None:
        net.zero_grad(set_to_none=True)
        F.cross_entropy(logits().flatten(0, 1), targets.flatten()).backward()

    return step


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("nets", nargs="*", default=NETS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    keep_freed_memory()
    device = torch.device(given.device)
    alone = given.threads == 1 and device.type == "cpu"
    clock = time.process_time if alone else time.perf_counter

    def seconds(work: Callable[[], None]) -> float:
        started = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return clock() - started

    tokens, targets = torch.randint(SYMBOLS, (2, BATCH, SEQUENCE), device=device)
    square = torch.randn(1024, 1024, device=device)
    print("| net | hidden | ours ms | (a) ms | (b) ms | (b) / ours | characters/s | share |")
    print("| --- |" + " ---: |" * 7)
    for name in given.nets:
        run = parse_run(name)
        hidden = hidden_size(run, SYMBOLS, run)
        net = build_net(run, hidden, SYMBOLS)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.uniform_(-0.08, 0.08)
        net.to(device)
        stepped, fused = (
            kind(run.cell, run.layers, hidden).to(device) for kind in (Stepped, Fused)
        )
        ways = [
            stepper(
                net, lambda net=net: net(tokens, net.start(BATCH))[0].transpose(0, 1), targets.t()
            ),
            stepper(stepped, lambda net=stepped: net(tokens), targets.t()),
            stepper(fused, lambda net=fused: net(tokens), targets.t()),
            lambda: square @ square,
        ]
        for way in ways:
            way()
        rounds = [[seconds(way) for way in ways] for _ in range(given.repeats)]
        ours, loop, library, product = map(min, zip(*rounds, strict=True))
        weights = sum(weight.numel() for weight in [*net.weights, *list(net.weights_in)[1:]])
        rate = 6 * (weights + hidden * SYMBOLS) * BATCH * SEQUENCE / ours
        print(
            f"| {name} | {hidden} | {ours * 1e3:.1f} | {loop * 1e3:.1f} | {library * 1e3:.1f} "
            f"| {library / ours:.2f} | {BATCH * SEQUENCE / ours:,.0f} "
            f"| {rate / (2 * 1024**3 / product):.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
