"""Training a net: truncated back-propagation along the rows of a corpus (the paper, 3.2)."""

import ctypes
import hashlib
import json
import logging
import math
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from visrnn import __version__
from visrnn.checkpoints import read_checkpoint, remove_checkpoints, write_checkpoint
from visrnn.corpus import Corpus, Part
from visrnn.errors import InputError
from visrnn.files import replacing, write_json, write_table
from visrnn.inference import pick_device, right_probabilities
from visrnn.names import hidden_size, parse_run
from visrnn.nets import State, WindowNet, build_net
from visrnn.optimizers import Soap
from visrnn.predictions import SMALLEST, write_predictions

HISTORY = pa.schema(
    [
        ("epoch", pa.int32()),
        ("train", pa.float64()),
        ("validation", pa.float64()),
        ("test", pa.float64()),
    ]
)
SECONDS_BETWEEN_CHECKPOINTS = 30
STEPS_BETWEEN_CHECKS = 20
# An epoch with a loss of this many times the first one's is of a net that has broken down.
BROKEN_DOWN = 1.1

log = logging.getLogger(__name__)


def batches(part: Part, batch: int, sequence: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets for training, int64 [steps, batch, sequence].

    The part's streams are joined, laid out as `batch` rows, and cut into steps of `sequence`
    characters; a remainder that fills no step is left out. Raises InputError where there is no
    whole step.
    """
    steps = part.tokens.size // batch // sequence
    if steps == 0:
        raise InputError(
            f"the training text has {part.tokens.size:,} characters, but one step of this recipe "
            f"takes {batch} x {sequence}; lower batch or sequence, or bring a longer text"
        )

    def cut(tokens: np.ndarray) -> np.ndarray:
        rows = tokens.ravel()[: tokens.size // batch * batch].reshape(batch, -1)
        rows = rows[:, : steps * sequence].reshape(batch, steps, sequence)
        return rows.transpose(1, 0, 2).astype(np.int64)

    return cut(part.previous), cut(part.tokens)


def learning_rate(recipe: dict, step: int, steps: int) -> float:
    """The rate for `step` (counted from 0 over all epochs) with `steps` steps an epoch.

    Schedule `decay` (the paper's): held for `hold_epochs`, then multiplied by `decay` each epoch.
    Schedule `cosine` (Loshchilov & Hutter 2017): a linear rise over `warmup_steps`, then half a
    cosine down to zero at the last step.
    """
    base = recipe["learning_rate"]
    if recipe["schedule"] == "decay":
        return base * recipe["decay"] ** max(0, step // steps + 1 - recipe["hold_epochs"])
    last, warmup = recipe["epochs"] * steps, recipe["warmup_steps"]
    if step < warmup:
        return base * (step + 1) / warmup
    return base * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, last - warmup)))


def initialise(net: nn.Module, recipe: dict, generator: torch.Generator) -> None:
    """Draw all weights and biases, the forget gate's too, from [-init_range, init_range]."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-recipe["init_range"], recipe["init_range"], generator=generator)


def build_optimizer(net: nn.Module, recipe: dict) -> torch.optim.Optimizer | Soap:
    """RMSProp (Tieleman & Hinton 2012) as the paper has it, Adam (Kingma & Ba 2015) or SOAP."""
    if recipe["optimizer"] == "rmsprop":
        return torch.optim.RMSprop(net.parameters(), alpha=recipe["smoothing"])
    kind = {"adam": torch.optim.Adam, "soap": Soap}[recipe["optimizer"]]
    return kind(net.parameters(), betas=(0.9, recipe["smoothing"]))


class Training:
    """A training job in the middle of its work: all that changes from step to step.

    `inputs`, `targets`, `loss` and `state` are filled anew by each step and never replaced, as a
    recorded step reads and writes where it was recorded. `tensors` and `facts` are what a
    checkpoint holds, `restore` the way back.
    """

    def __init__(self, net: nn.Module, recipe: dict):
        self.net, self.recipe = net, recipe
        self.optimizer = build_optimizer(net, recipe)
        device = next(net.parameters()).device
        self.step = 0  # over all epochs
        self.total = torch.zeros((), dtype=torch.float64, device=device)  # of this epoch's losses
        shape = recipe["batch"], recipe["sequence"]
        self.inputs, self.targets = (
            torch.zeros(shape, dtype=torch.int64, device=device) for _ in range(2)
        )
        self.loss = torch.zeros((), dtype=next(net.parameters()).dtype, device=device)
        start = net.start(recipe["batch"])
        self.state: State = [tuple(part.clone() for part in layer) for layer in start]
        self.graph = record(self) if device.type == "cuda" else None
        self.history: list[list] = []
        self.best: dict[str, Tensor] = {}
        self.prob = torch.zeros(0)  # what the best weights give to the test text

    def carry(self, state: State) -> None:
        """Go on from `state` in the next step."""
        for into, layer in zip(self.state, state, strict=True):
            for part, value in zip(into, layer, strict=True):
                part.copy_(value.detach())

    def start_epoch(self) -> None:
        self.carry(self.net.start(self.recipe["batch"]))
        self.total.zero_()

    def tensors(self) -> dict[str, Tensor]:
        found = {f"net.{name}": tensor for name, tensor in self.net.state_dict().items()}
        found |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        for layer, parts in enumerate(self.state):
            found |= {f"state.{layer}.{part}": tensor for part, tensor in enumerate(parts)}
        found["random"] = torch.get_rng_state()
        if torch.cuda.is_available():
            found["random.cuda"] = torch.cuda.get_rng_state()
        return found | {"total": self.total, "prob": self.prob}

    def facts(self, identity: str) -> dict:
        return {"identity": identity, "step": self.step, "history": self.history}

    def restore(self, tensors: dict[str, Tensor], facts: dict) -> None:
        def under(prefix: str) -> dict[str, Tensor]:
            size = len(prefix)
            return {key[size:]: value for key, value in tensors.items() if key.startswith(prefix)}

        device = self.total.device
        self.net.load_state_dict(under("net."))
        self.best = {name: tensor.to(device) for name, tensor in under("best.").items()}
        optimizer = self.optimizer.state_dict()
        for key, value in under("optimizer.").items():
            index, name = key.split(".")
            optimizer["state"].setdefault(int(index), {})[name] = value
        self.optimizer.load_state_dict(optimizer)
        self.carry(
            [
                tuple(tensors[f"state.{layer}.{part}"] for part in range(len(parts)))
                for layer, parts in enumerate(self.state)
            ]
        )
        torch.set_rng_state(tensors["random"])
        if "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        self.total.copy_(tensors["total"])
        self.prob = tensors["prob"]
        self.step, self.history = facts["step"], facts["history"]

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, the first of equals."""
        return min(self.history, key=lambda row: row[2])[0]


def find_gradients(training: Training) -> None:
    """Forward and backward over the batch at hand; sets its loss and carries the state on."""
    net, clip = training.net, training.recipe["clip"]
    net.zero_grad(set_to_none=True)
    logits, state = net(training.inputs, training.state)
    # In the order of the scan, step by step: the other would copy the logits.
    order = logits.transpose(0, 1).flatten(0, 1), training.targets.t().flatten()
    loss = F.cross_entropy(*order)
    loss.backward()
    if clip:
        nn.utils.clip_grad_value_(net.parameters(), clip)
    training.loss.copy_(loss.detach())
    training.carry(state)


def record(training: Training) -> torch.cuda.CUDAGraph | None:
    """`find_gradients` as a CUDA graph: what would be a thousand launches is one.

    None for an n-NN, which has few, and where a graph can't be recorded. Leaves the training as it
    was, random numbers too.
    """
    if isinstance(training.net, WindowNet):
        return None
    random = torch.cuda.get_rng_state()
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
    training.net.train()
    try:
        # Libraries choose their kernels and take their memory in the first passes.
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                find_gradients(training)
        torch.cuda.current_stream().wait_stream(stream)
        with torch.cuda.graph(graph):
            find_gradients(training)
    except RuntimeError as error:
        log.warning("steps are launched kernel by kernel, which takes longer: %s", error)
        graph = None
    training.start_epoch()
    torch.cuda.set_rng_state(random)
    return graph


def take_step(training: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step of truncated back-propagation. Returns the loss before it, nats per character."""
    recipe, optimizer = training.recipe, training.optimizer
    training.inputs.copy_(inputs)
    training.targets.copy_(targets)
    if training.graph:
        training.graph.replay()
    else:
        find_gradients(training)
    if recipe["weight_decay"]:
        # Apart from the gradient (Loshchilov & Hutter 2019).
        with torch.no_grad():
            for group in optimizer.param_groups:
                keep = 1 - group["lr"] * recipe["weight_decay"]
                torch._foreach_mul_(group["params"], keep)
    optimizer.step()
    return training.loss.clone()


def keep_freed_memory() -> None:
    """Let glibc keep what a step frees for the next: asking the system again costs page faults."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:  # glibc's, and musl has none
        mallopt(-4, 0)  # M_MMAP_MAX: no block is mapped on its own
        mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD


def train_net(
    corpus: Corpus,
    name: str,
    recipe: dict,
    like: str,
    folder: str | Path,
    *,
    device: str = "auto",
    threads: int = 1,
    code: str = "",
) -> None:
    """Train the run `name`: card.json, history, weights and predictions go to `folder`.

    recipe: see config/schema. like: the LSTM that sets an n-NN's number of parameters. code: a
    fingerprint of the code; a checkpoint of another one is not gone on from. The weights, and the
    predictions of the test text, are those of the epoch with the lowest validation loss. A job
    that was stopped goes on from its last checkpoint, and ends with the same bytes. Raises
    InputError when the loss explodes or the net breaks down, saying where, and keeps the best
    weights so far (diverged.safetensors).
    """
    folder, run, place = Path(folder), parse_run(name), pick_device(device)
    torch.set_num_threads(threads)
    keep_freed_memory()
    symbols = len(corpus.manifest["symbols"])
    hidden = hidden_size(run, symbols, parse_run(like))
    torch.manual_seed(run.seed)
    net = build_net(run, hidden, symbols, recipe["dropout"])
    initialise(net, recipe, torch.Generator().manual_seed(run.seed))
    net.to(place)
    card = {
        "run": name,
        "cell": run.cell,
        "layers": run.layers,
        "size": run.size,
        "n": run.n,
        "hidden": hidden,
        "symbols": symbols,
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "seed": run.seed,
        "recipe": recipe,
        "corpus": {key: corpus.manifest[key] for key in ("sha256", "unit", "split")},
        "device": torch.cuda.get_device_name() if place.type == "cuda" else "cpu",
        "threads": threads,
        "versions": {
            "visrnn": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
    identity = hashlib.sha256(json.dumps([card, code]).encode()).hexdigest()
    inputs, targets = (
        torch.from_numpy(array).to(place)
        for array in batches(corpus.part("train"), recipe["batch"], recipe["sequence"])
    )
    training = Training(net, recipe)
    if saved := read_checkpoint(folder, identity):
        training.restore(*saved)
        log.info("%s: going on from step %d", name, training.step)
    run_epochs(training, corpus, inputs, targets, name, folder, identity)

    sha256 = write_weights(folder / "weights.safetensors", training.best)
    columns = [list(column) for column in zip(*training.history, strict=True)]
    write_table(folder / "history.parquet", pa.table(columns, schema=HISTORY))
    write_predictions(folder / "predictions.parquet", corpus.part("test"), training.prob.numpy())
    best = next(row for row in training.history if row[0] == training.best_epoch)
    losses = dict(zip(("train", "validation", "test"), best[1:], strict=True))
    card |= {"best_epoch": training.best_epoch, "loss": losses, "weights_sha256": sha256}
    write_json(folder / "card.json", card)
    remove_checkpoints(folder)


def run_epochs(
    training: Training,
    corpus: Corpus,
    inputs: Tensor,
    targets: Tensor,
    name: str,
    folder: Path,
    identity: str,
) -> None:
    """Train to the recipe's last epoch, writing checkpoints into `folder` on the way."""
    recipe, device, steps = training.recipe, inputs.device, len(inputs)
    # A net that knows nothing is at ln(symbols).
    limit = 3 * math.log(len(corpus.manifest["symbols"]) + 1)
    saved = time.monotonic()

    def save() -> None:
        nonlocal saved
        write_checkpoint(folder, training.tensors(), training.facts(identity))
        saved = time.monotonic()

    for epoch in range(training.step // steps + 1, recipe["epochs"] + 1):
        first = training.step % steps
        if first == 0:
            training.start_epoch()
        started = time.monotonic()
        training.net.train()
        bar = tqdm(
            range(first, steps),
            desc=f"{name} epoch {epoch}/{recipe['epochs']}",
            unit_scale=inputs[0].numel(),
            unit=" characters",
            leave=False,
            mininterval=1,
            disable=not sys.stderr.isatty(),
        )
        unchecked: list[Tensor] = []
        for step in bar:
            for group in training.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, training.step, steps)
            unchecked.append(take_step(training, inputs[step], targets[step]))
            training.total += unchecked[-1]
            training.step += 1
            if training.step % STEPS_BETWEEN_CHECKS == 0 or step == steps - 1:
                total = training.total.item()
                bar.set_postfix_str(f"loss {total / (step + 1):.3f}")
                losses = torch.stack(unchecked).tolist()
                for at, loss in enumerate(losses, step + 2 - len(losses)):
                    if not loss < limit:
                        fault = f"exploded ({loss:.3g} nats) in epoch {epoch}, step {at} of {steps}"
                        raise_diverged(training, fault, name, folder)
                # Losses are positive: what is left of the epoch can't make up for it.
                if training.history and total > BROKEN_DOWN * steps * training.history[0][1]:
                    fault = (
                        f"rose again (to {losses[-1]:.3g} nats) by epoch {epoch}, step {step + 1} "
                        f"of {steps}: the epoch will be worse than the first"
                    )
                    raise_diverged(training, fault, name, folder)
                unchecked.clear()
                if step < steps - 1 and time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    save()
        seconds = time.monotonic() - started
        losses = [training.total.item() / steps]
        for part in ("validation", "test"):
            prob = right_probabilities(training.net, corpus.part(part), device)
            losses.append(float(-np.log(np.maximum(prob, SMALLEST).astype(np.float64)).mean()))
        if not all(map(math.isfinite, losses)):
            fault = f"exploded (nan nats) at the end of epoch {epoch}"
            raise_diverged(training, fault, name, folder)
        training.history.append([epoch, *losses])
        if training.best_epoch == epoch:
            training.best = {key: value.clone() for key, value in training.net.state_dict().items()}
            training.prob = torch.from_numpy(prob)  # of the test text, the last that was read
        log.info(
            "%s epoch %d/%d: train %.4f, validation %.4f, test %.4f nats; %.0f characters/s",
            *(name, epoch, recipe["epochs"], *losses),
            (steps - first) * inputs[0].numel() / seconds,
        )
        save()


def raise_diverged(training: Training, fault: str, name: str, folder: Path) -> None:
    """Raise an InputError that says what is wrong with the loss, and what to lower.

    The weights of the best epoch so far, if one was finished, are written to diverged.safetensors.
    """
    recipe, kept = training.recipe, "no epoch was finished"
    if training.best:
        path = folder / "diverged.safetensors"
        write_weights(path, training.best)
        kept = f"the weights of epoch {training.best_epoch}, the best so far, are in {path}"
    raise InputError(
        f"{name}: the loss {fault}; lower learning_rate (now {recipe['learning_rate']:g}) or clip "
        f"(now {recipe['clip']:g}); {kept}"
    )


def write_weights(path: Path, weights: dict[str, Tensor]) -> str:
    """Write weights, which have no checksum of their own, and return their SHA-256."""
    data = safetensors.torch.save({key: value.contiguous().cpu() for key, value in weights.items()})
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
