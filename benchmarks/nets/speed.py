"""Ours against what PyTorch offers for the same nets, in one run.

    python benchmarks/nets/speed.py [--threads 1] [--device cpu] [--repeats 5] [nets ...]
    python benchmarks/nets/speed.py --products

(a) loops over torch.nn's cells, (b) is its fused layers, where it has such; both take one-hot
input. A step is the forward and backward pass over 100 x 100 characters of 87 symbols. The ways
take turns, and the best of the repeats counts. With one thread it is the core's time that is taken,
so that other load on the machine counts little. `share` is the rate of the operations that a step
needs (weights x 6 x characters; a one-hot product is none) over that of a large sgemm. --products
compares the two BLAS that visrnn.nets.recurrence.linear chooses from.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.nets.modules import build_net
from visrnn.nets.recurrence import prefers_onednn
from visrnn.nets.training import keep_freed_memory
from visrnn.settings.names import CELLS, hidden_size, parse_run

SYMBOLS, BATCH, SEQUENCE = 87, 100, 100
# Rows and inner size of a product, and the other factor's columns: decoders, and inputs of a layer.
PRODUCTS = [(10000, 64, 87), (10000, 128, 87), (10000, 128, 512), (2500, 256, 1024)]
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


def compare_products(seconds: Callable[[Callable[[], object]], float], repeats: int) -> None:
    taken = "oneDNN" if prefers_onednn() else "MKL"
    print(f"{torch.backends.cpu.get_cpu_capability()}: {taken} is taken\n")
    print("| product | MKL ms | oneDNN ms | MKL / oneDNN |\n| --- | ---: | ---: | ---: |")
    for rows, inner, columns in PRODUCTS:
        x, weight = torch.randn(rows, inner), torch.randn(columns, inner)
        ways = [
            lambda x=x, weight=weight: F.linear(x, weight),
            lambda x=x, weight=weight: F.linear(x.to_mkldnn(), weight).to_dense(),
        ]
        for way in ways:
            way()
        rounds = [[seconds(way) for way in ways] for _ in range(repeats)]
        mkl, onednn = (min(column) * 1e3 for column in zip(*rounds, strict=True))
        name = f"{rows} x {inner} by {columns}"
        print(f"| {name} | {mkl:.2f} | {onednn:.2f} | {mkl / onednn:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--products", action="store_true", help="of two BLAS, and no nets")
    parser.add_argument("nets", nargs="*", default=NETS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    keep_freed_memory()
    device = torch.device(given.device)
    alone = given.threads == 1 and device.type == "cpu"
    clock = time.process_time if alone else time.perf_counter

    def seconds(work: Callable[[], object]) -> float:
        started = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return clock() - started

    if given.products:
        compare_products(seconds, given.repeats)
        return
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
        kinds = (Stepped, Fused) if run.cell in FUSED else ()
        others = [kind(run.cell, run.layers, hidden).to(device) for kind in kinds]
        ways = [
            stepper(
                net, lambda net=net: net(tokens, net.start(BATCH))[0].transpose(0, 1), targets.t()
            ),
            *(stepper(other, lambda net=other: net(tokens), targets.t()) for other in others),
            lambda: square @ square,
        ]
        for way in ways:
            way()
        rounds = [[seconds(way) for way in ways] for _ in range(given.repeats)]
        ours, *theirs, product = map(min, zip(*rounds, strict=True))
        if not theirs:
            rate = BATCH * SEQUENCE / ours
            print(f"| {name} | {hidden} | {ours * 1e3:.1f} | | | | {rate:,.0f} | |", flush=True)
            continue
        loop, library = theirs
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
