"""What the paper's Table 1 costs on a GPU, net by net.

    python benchmarks/nets/gpu.py [--device cuda] [--seconds 2] [nets ...]

A step is the paper's: 100 x 100 characters of 87 symbols, forward, backward, clipping and RMSProp.
It is run as it stands (`eager`), with its forward and backward pass recorded as a CUDA graph
(`graph`), the same in TF32 (`tf32`), and as several graphs side by side, each net on a stream of
its own (`8 at once`, milliseconds a step of one net). `gap` is how far TF32's loss is from
float32's after 50 steps. The table and the hours that both corpora would take go to gpu.md beside
this file. On a CPU every way is the eager one: a check that the code runs.
"""

import argparse
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.names import hidden_size, parse_run
from visrnn.nets import build_net, detach
from visrnn.training import build_optimizer, initialise

SYMBOLS, BATCH, SEQUENCE, AT_ONCE = 87, 100, 100, 8
# War and Peace has 260 blocks in an epoch, Linux Kernel 558; 50 epochs each.
STEPS = (260 + 558) * 50
NETS = [
    f"{cell}-{layers}x{size}"
    for size in (512, 256, 128, 64)
    for cell in ("lstm", "gru", "rnn")
    for layers in (3, 2, 1)
    if (cell, size) != ("rnn", 512)
]
RECIPE = {"optimizer": "rmsprop", "smoothing": 0.95, "clip": 5, "init_range": 0.08}


class Step:
    """A net with one batch and the training step over it, recorded as a graph where asked."""

    def __init__(self, name: str, device: torch.device, graph: bool):
        run = parse_run(name)
        self.net = build_net(run, hidden_size(run, SYMBOLS, run), SYMBOLS)
        initialise(self.net, RECIPE, torch.Generator().manual_seed(1))
        self.net.to(device)
        self.optimizer = build_optimizer(self.net, RECIPE)
        generator = torch.Generator().manual_seed(2)
        text = torch.randint(SYMBOLS, (2, BATCH, SEQUENCE), generator=generator)
        self.tokens, self.targets = text.to(device)
        self.state = [tuple(part.clone() for part in layer) for layer in self.net.start(BATCH)]
        self.stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.graph = None
        self.loss: Tensor
        if graph and self.stream:
            self._record()

    def _record(self) -> None:
        weights = [parameter.detach().clone() for parameter in self.net.parameters()]
        with torch.cuda.stream(self.stream):
            for _ in range(3):
                self.forward_and_backward()
        torch.cuda.synchronize()
        for parameter in self.net.parameters():
            parameter.grad = None
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, stream=self.stream):
            self.forward_and_backward()
        with torch.no_grad():
            for parameter, weight in zip(self.net.parameters(), weights, strict=True):
                parameter.copy_(weight)
            for part in (part for layer in self.state for part in layer):
                part.zero_()

    def forward_and_backward(self) -> None:
        # Zeroed in place, as a graph writes to where it was recorded.
        self.optimizer.zero_grad(set_to_none=False)
        logits, state = self.net(self.tokens, self.state)
        order = logits.transpose(0, 1).flatten(0, 1), self.targets.t().flatten()
        self.loss = F.cross_entropy(*order)
        self.loss.backward()
        nn.utils.clip_grad_value_(self.net.parameters(), RECIPE["clip"])
        for before, after in zip(self.state, detach(state), strict=True):
            for old, new in zip(before, after, strict=True):
                old.copy_(new)

    def __call__(self) -> None:
        if self.graph:
            self.graph.replay()
        else:
            self.forward_and_backward()
        self.optimizer.step()


def milliseconds(steps: list[Step], seconds: float, device: torch.device) -> float:
    """Of one step of one net, with all of `steps` under way together."""

    def once(rounds: int) -> float:
        started = time.perf_counter()
        for _ in range(rounds):
            for step in steps:
                if step.stream:
                    with torch.cuda.stream(step.stream):
                        step()
                else:
                    step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - started) / rounds / len(steps)

    return once(max(1, int(seconds / once(2) / len(steps)))) * 1e3


def losses(name: str, device: torch.device, graph: bool, count: int) -> float:
    step = Step(name, device, graph)
    for _ in range(count):
        step()
    return step.loss.item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("gpu.md"))
    parser.add_argument("nets", nargs="*", default=NETS)
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU here; --device cpu only checks that this runs")
    device = torch.device(given.device)
    ways = ["eager", "graph", "tf32", f"{AT_ONCE} at once"]
    lines = [
        f"| net | {' | '.join(f'{way} ms' for way in ways)} | gap |",
        "| --- |" + " ---: |" * 5,
    ]
    print("\n".join(lines))
    total = dict.fromkeys(ways, 0.0)
    for name in given.nets:
        found, after = [], []
        for way in ways:
            tf32 = way not in ("eager", "graph")
            torch.set_float32_matmul_precision("high" if tf32 else "highest")
            graph, many = way != "eager", AT_ONCE if "once" in way else 1
            steps = [Step(name, device, graph) for _ in range(many)]
            found.append(milliseconds(steps, given.seconds, device))
            total[way] += found[-1] * STEPS / 3.6e6
            if way in ("graph", "tf32"):
                after.append(losses(name, device, graph, 50 if device.type == "cuda" else 2))
        row = " | ".join(f"{value:.2f}" for value in found)
        lines.append(f"| {name} | {row} | {abs(after[0] - after[1]):.1e} |")
        print(lines[-1], flush=True)
    hours = ", ".join(f"{way} {value:.2f}" for way, value in total.items())
    where = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    lines += ["", f"{where}, PyTorch {torch.__version__}. Hours for 50 epochs of both corpora, "]
    lines[-1] += f"these nets one after the other: {hours}."
    print("\n".join(lines[-2:]))
    given.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
