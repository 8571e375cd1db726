"""What the paper's Table 1 costs on a GPU, net by net.

    python benchmarks/nets/gpu.py [--device cuda] [--seconds 2] [nets ...]

A step is the paper's, and training's own: 100 x 100 characters of 87 symbols, forward, backward,
clipping and RMSProp. It is taken kernel by kernel (`eager`), as training does it, with forward and
backward pass recorded as a CUDA graph (`graph`), the same in TF32 (`tf32`), and as several nets
side by side, each on a stream of its own (`8 at once`, milliseconds a step of one net). `gap` is
how far TF32's loss is from float32's after 50 steps, `chaos` how far float32's is from itself when
the first weights are moved by their last bit, and `same` whether 50 steps end with the same bits
each time, recorded or not. Under the table: the hours that both corpora would take. All goes to
gpu.md beside this file. On a CPU every way is the eager one: a check that the code runs.
"""

import argparse
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import torch

from visrnn.nets.inference import pick_device
from visrnn.nets.modules import build_net, initialise
from visrnn.nets.step import Training, take_step
from visrnn.settings.names import hidden_size, parse_run
from visrnn.settings.recipe import Recipe

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
# The paper's, written out, as a GPU machine need not have what reads the configuration.
RECIPE = Recipe(
    epochs=50,
    batch=BATCH,
    sequence=SEQUENCE,
    optimizer="rmsprop",
    beta2=0.95,
    learning_rate=2e-3,
    base_size=0,
    schedule="decay",
    hold_epochs=10,
    decay=0.95,
    warmup_steps=0,
    clip=5,
    weight_decay=0,
    init_range=0.08,
    dropout=0,
)


class Step:
    """A net with one batch and the training step over it, on a stream of its own."""

    def __init__(self, name: str, device: torch.device, graph: bool, moved: bool = False):
        run = parse_run(name)
        net = build_net(run, hidden_size(run, SYMBOLS, run), SYMBOLS)
        initialise(net, RECIPE.init_range, torch.Generator().manual_seed(1))
        if moved:
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter.copy_(torch.nextafter(parameter, torch.ones_like(parameter)))
        text = torch.randint(
            SYMBOLS, (2, BATCH, SEQUENCE), generator=torch.Generator().manual_seed(2)
        )
        self.tokens, self.targets = text.to(device)
        stream = torch.cuda.Stream() if device.type == "cuda" else None
        self.stream = torch.cuda.stream(stream) if stream else nullcontext()
        self.training = Training(net.to(device), RECIPE)
        for group in self.training.optimizer.param_groups:
            group["lr"] = RECIPE.learning_rate
        if not graph:
            self.training.graph = None
        if device.type == "cuda":
            torch.cuda.synchronize()

    def __call__(self) -> torch.Tensor:
        with self.stream:
            return take_step(self.training, self.tokens, self.targets)


def milliseconds(steps: list[Step], seconds: float, device: torch.device) -> float:
    """Of one step of one net, with all of `steps` under way together."""

    def once(rounds: int) -> float:
        started = time.perf_counter()
        for _ in range(rounds):
            for step in steps:
                step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - started) / rounds / len(steps)

    return once(max(1, int(seconds / once(2) / len(steps)))) * 1e3


def after(name: str, device: torch.device, count: int, graph: bool, moved: bool) -> torch.Tensor:
    """The losses of the first `count` steps."""
    step = Step(name, device, graph, moved)
    losses = [step() for _ in range(count)]
    if device.type == "cuda":
        torch.cuda.synchronize()
    return torch.stack(losses)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("gpu.md"))
    parser.add_argument("nets", nargs="*", default=NETS)
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU here; --device cpu only checks that this runs")
    device = pick_device(given.device)
    ways = ["eager", "graph", "tf32", f"{AT_ONCE} at once"]
    lines = [
        f"| net | {' | '.join(f'{way} ms' for way in ways)} | gap | chaos | same |",
        "| --- |" + " ---: |" * 7,
    ]
    print("\n".join(lines))
    total = dict.fromkeys(ways, 0.0)
    count = 50 if device.type == "cuda" else 2
    for name in given.nets:
        found = []
        for way in ways:
            set_tf32(way not in ("eager", "graph"))
            many = AT_ONCE if "once" in way else 1
            steps = [Step(name, device, way != "eager") for _ in range(many)]
            found.append(milliseconds(steps, given.seconds, device))
            total[way] += found[-1] * STEPS / 3.6e6
        tf32 = after(name, device, count, graph=True, moved=False)
        set_tf32(False)
        moved = after(name, device, count, graph=True, moved=True)
        first, *again = (
            after(name, device, count, graph=graph, moved=False) for graph in (False, True, True)
        )
        same = all(torch.equal(first, other) for other in again)
        gap, chaos = ((other[-1] - first[-1]).abs().item() for other in (tf32, moved))
        row = " | ".join(f"{value:.2f}" for value in found)
        lines.append(f"| {name} | {row} | {gap:.1e} | {chaos:.1e} | {'yes' if same else 'no'} |")
        print(lines[-1], flush=True)
    where = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    hours = ", ".join(f"{way} {value:.2f}" for way, value in total.items())
    lines += [
        "",
        f"{where}, PyTorch {torch.__version__}. Hours for 50 epochs of both corpora, these nets "
        f"one after the other: {hours}.",
    ]
    print("\n".join(lines[-2:]))
    given.output.write_text("\n".join(lines) + "\n")


def set_tf32(on: bool) -> None:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = on


if __name__ == "__main__":
    main()
