"""The set-up of a training, its steps, and all that they change (the paper, 3.2)."""

import logging
import math
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.corpus.corpus import Corpus, Part
from visrnn.nets.modules import Net, State, WindowNet, build_net, initialise
from visrnn.nets.optimizers import build_optimizer
from visrnn.nets.precision import widest
from visrnn.settings.names import hidden_size, parse_run
from visrnn.settings.recipe import Recipe
from visrnn.system.exceptions import InputError

log = logging.getLogger(__name__)


class Epoch(NamedTuple):
    """A row of training's history."""

    # Counted from 1.
    epoch: int
    # As in visrnn.predictions.cards.Losses.
    train: float
    validation: float
    test: float


def training_part(corpus: Corpus, share: float) -> Part:
    """The training text that a recipe reads: of each of its streams the first `share`.

    A smaller share is part of a larger one, and is spread over the whole text as that is.
    """
    part = corpus.part("train")
    length = max(1, round(share * part.tokens.shape[1]))
    return Part(part.tokens[:, :length], part.previous[:, :length], part.positions[:, :length])


def count_steps(part: Part, batch: int, sequence: int) -> int:
    """Steps in an epoch."""
    return part.tokens.size // batch // sequence


def batches(part: Part, batch: int, sequence: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets for training, int64 [steps, batch, sequence].

    The part's streams are joined, laid out as `batch` rows, and cut into steps of `sequence`
    characters; a remainder that fills no step is left out. Raises InputError where there is no
    whole step.
    """
    steps = count_steps(part, batch, sequence)
    if steps == 0:
        raise InputError(
            f"{part.tokens.size:,} characters of training text are read, but one step of this "
            f"recipe takes {batch} x {sequence}; lower batch or sequence, or bring a longer text"
        )

    def cut(tokens: np.ndarray) -> np.ndarray:
        rows = tokens.ravel()[: tokens.size // batch * batch].reshape(batch, -1)
        cells = rows[:, : steps * sequence].reshape(batch, steps, sequence)
        return cells.transpose(1, 0, 2).astype(np.int64)  # [steps, batch, sequence]

    return cut(part.previous), cut(part.tokens)


def learning_rate(recipe: Recipe, hidden: int, step: int, steps: int) -> float:
    """The rate for `step` (counted from 0 over all epochs) with `steps` steps an epoch.

    A recurrent net of more `hidden` units than `base_size` has a rate that is lower in proportion,
    as optimizers of Adam's kind need it for matrices from hidden to hidden units (Yang et al. 2022,
    Tensor Programs V); `hidden` is 0 for an n-NN, which has none and is better at the full rate.
    Schedule `decay` (the paper's): held for `hold_epochs`, then multiplied by `decay` each epoch.
    Schedule `cosine` (Loshchilov & Hutter 2017): a linear rise over `warmup_steps`, then half a
    cosine down to zero at the last step.
    """
    base = recipe.learning_rate
    if 0 < recipe.base_size < hidden:
        base *= recipe.base_size / hidden
    if recipe.schedule == "decay":
        decayed: float = recipe.decay ** max(0, step // steps + 1 - recipe.hold_epochs)
        return base * decayed
    last, warmup = recipe.epochs * steps, recipe.warmup_steps
    if step < warmup:
        return base * (step + 1) / warmup
    return base * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, last - warmup)))


# Epochs before the first snapshot.
FIRST_SNAPSHOT = 0.01


def milestones(steps: int, epochs: int, points: int) -> list[int]:
    """After which steps to keep a snapshot of the weights, with `steps` an epoch.

    Up to `points`, evenly on a logarithmic scale; the last is the end of `epochs`.
    """
    last = epochs * steps
    spread = np.geomspace(max(1, FIRST_SNAPSHOT * steps), last, points).round().astype(int)
    return [int(step) for step in np.unique(np.minimum(spread, last))]


class Training:
    """A training job in the middle of its work: all that changes from step to step.

    `inputs`, `targets`, `loss` and `state` are filled anew by each step and never replaced, as a
    captured graph reads and writes where it was captured. `tensors` and `metadata` are what a
    checkpoint holds, `restore` the way back.
    """

    def __init__(self, net: Net, recipe: Recipe):
        self.net, self.recipe = net, recipe
        self.optimizer = build_optimizer(net, recipe)
        device = next(net.parameters()).device
        # Steps taken, over all epochs.
        self.step = 0
        # Sum of this epoch's losses, [].
        self.total = torch.zeros((), dtype=widest(device), device=device)
        # The batch at hand, int64 [batch, sequence] each, and its loss [].
        shape = recipe.batch, recipe.sequence
        self.inputs, self.targets = (
            torch.zeros(shape, dtype=torch.int64, device=device) for _ in range(2)
        )
        self.loss = torch.zeros((), dtype=next(net.parameters()).dtype, device=device)
        # What the net carries from the last step to the next.
        start = net.start(recipe.batch)
        self.state: State = [tuple(part.clone() for part in layer) for layer in start]
        # `forward_backward`, captured; None where it runs kernel by kernel.
        self.graph = capture_graph(self) if device.type == "cuda" else None
        # One row for each finished epoch.
        self.history: list[Epoch] = []
        # The weights of the best epoch by name, and the probabilities they give to the validation
        # and the test text, by the part's name.
        self.best: dict[str, Tensor] = {}
        self.probs: dict[str, Tensor] = {}
        # The weights at the ends of the last epochs that are averaged, by name, the newest last.
        self.ends: list[dict[str, Tensor]] = []
        # Weights on the way by the step after which they were these, and by name: "{step}.{name}".
        self.snapshots: dict[str, Tensor] = {}

    def keep_snapshot(self) -> None:
        for name, tensor in self.net.state_dict().items():
            self.snapshots[f"{self.step}.{name}"] = tensor.to("cpu", copy=True)

    def end_epoch(self) -> Net:
        """The net that stands for the epoch: its weights are the mean of the last epochs' ends."""
        if self.recipe.average == 1:
            return self.net
        weights = {name: value.clone() for name, value in self.net.state_dict().items()}
        self.ends = [*self.ends, weights][-self.recipe.average :]
        averaged = deepcopy(self.net)
        averaged.load_state_dict(
            {name: torch.stack([each[name] for each in self.ends]).mean(0) for name in weights}
        )
        return averaged

    def set_rate(self, steps: int) -> None:
        """Set the next step's learning rate, with `steps` steps an epoch."""
        hidden = 0 if isinstance(self.net, WindowNet) else self.net.hidden
        rate = learning_rate(self.recipe, hidden, self.step, steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def set_state(self, state: State) -> None:
        """Go on from `state` in the next step."""
        for into, layer in zip(self.state, state, strict=True):
            for part, value in zip(into, layer, strict=True):
                part.copy_(value.detach())

    def start_epoch(self) -> None:
        self.set_state(self.net.start(self.recipe.batch))
        self.total.zero_()

    def tensors(self) -> dict[str, Tensor]:
        tensors = {f"net.{name}": tensor for name, tensor in self.net.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for at, weights in enumerate(self.ends):
            tensors |= {f"ends.{at}.{name}": tensor for name, tensor in weights.items()}
        tensors |= {f"snapshots.{name}": tensor for name, tensor in self.snapshots.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        for layer, parts in enumerate(self.state):
            tensors |= {f"state.{layer}.{part}": tensor for part, tensor in enumerate(parts)}
        tensors["random"] = torch.get_rng_state()
        if self.total.is_cuda:
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        tensors |= {f"probs.{part}": prob for part, prob in self.probs.items()}
        return tensors | {"total": self.total}

    def metadata(self, identity: str) -> dict[str, Any]:
        return {"identity": identity, "step": self.step, "history": self.history}

    def restore(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
        def under(prefix: str) -> dict[str, Tensor]:
            size = len(prefix)
            return {key[size:]: value for key, value in tensors.items() if key.startswith(prefix)}

        device = self.total.device
        self.net.load_state_dict(under("net."))
        self.best = {name: tensor.to(device) for name, tensor in under("best.").items()}
        self.ends = []
        while weights := under(f"ends.{len(self.ends)}."):
            self.ends.append({name: tensor.to(device) for name, tensor in weights.items()})
        self.snapshots = under("snapshots.")
        optimizer = self.optimizer.state_dict()
        for key, value in under("optimizer.").items():
            index, name = key.split(".")
            optimizer["state"].setdefault(int(index), {})[name] = value
        self.optimizer.load_state_dict(optimizer)
        self.set_state(
            [
                tuple(tensors[f"state.{layer}.{part}"] for part in range(len(parts)))
                for layer, parts in enumerate(self.state)
            ]
        )
        torch.set_rng_state(tensors["random"])
        if "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        self.total.copy_(tensors["total"])
        self.probs = under("probs.")
        self.step = metadata["step"]
        self.history = [Epoch(*row) for row in metadata["history"]]

    @property
    def best_epoch(self) -> Epoch:
        """The epoch with the lowest validation loss, the first of equals."""
        return min(self.history, key=lambda row: row.validation)


def set_up_training(
    corpus: Corpus, name: str, recipe: Recipe, like: str, device: torch.device
) -> tuple[Training, Tensor, Tensor]:
    """A training of the run `name` before its first step, and all its batches.

    like: the LSTM that sets an n-NN's number of parameters. The batches are inputs and targets,
    int64 [steps, batch, sequence]. Raises InputError as `batches` does.
    """
    run, symbols = parse_run(name), len(corpus.manifest["symbols"])
    if run.seed is None:
        raise InputError(f"{name}: expected a name with a seed, such as {name}-s1")
    torch.manual_seed(run.seed)
    hidden = hidden_size(run, symbols, parse_run(like))
    net = build_net(run, hidden, symbols, recipe.dropout, recipe.recurrent_dropout)
    initialise(net, recipe.init_range, torch.Generator().manual_seed(run.seed))
    inputs, targets = (
        torch.from_numpy(array).to(device)
        for array in batches(training_part(corpus, recipe.share), recipe.batch, recipe.sequence)
    )
    return Training(net.to(device), recipe), inputs, targets


def forward_backward(training: Training) -> None:
    """Forward and backward over the batch at hand; sets its loss and the next step's state."""
    net, clip = training.net, training.recipe.clip
    net.zero_grad(set_to_none=True)
    logits, state = net(training.inputs, training.state)
    # In the order of the scan, step by step: the other would copy the logits.
    by_step = logits.transpose(0, 1).flatten(0, 1)  # [sequence * batch, symbols]
    loss = F.cross_entropy(by_step, training.targets.t().flatten())
    loss.backward()
    if clip:
        nn.utils.clip_grad_value_(net.parameters(), clip)
    training.loss.copy_(loss.detach())
    training.set_state(state)


def capture_graph(training: Training) -> torch.cuda.CUDAGraph | None:
    """`forward_backward` as a CUDA graph: what would be a thousand launches is one.

    None for an n-NN, which has few, and where a graph can't be captured. Leaves the training as it
    was, random numbers too.
    """
    if isinstance(training.net, WindowNet):
        return None
    random = torch.cuda.get_rng_state()
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.Stream()
    captured: torch.cuda.CUDAGraph | None = graph
    training.net.train()
    try:
        # Libraries choose their kernels and take their memory in the first passes.
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                forward_backward(training)
        torch.cuda.current_stream().wait_stream(stream)
        # Graphs of one stream share their workspace, and must not be replayed at the same time.
        with torch.cuda.graph(graph, stream=stream):
            forward_backward(training)
    except RuntimeError as error:
        # The end of the capture raises too, and hides why.
        why = error.__context__ or error
        log.warning("steps are launched kernel by kernel, which takes longer: %s", why)
        torch.cuda.synchronize()
        captured = None
    training.start_epoch()
    torch.cuda.set_rng_state(random)
    return captured


def take_step(training: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step of truncated back-propagation. Returns the loss before it, nats per character."""
    recipe, optimizer = training.recipe, training.optimizer
    training.inputs.copy_(inputs)
    training.targets.copy_(targets)
    if training.graph:
        training.graph.replay()
    else:
        forward_backward(training)
    if recipe.weight_decay:
        # Apart from the gradient (Loshchilov & Hutter 2019).
        with torch.no_grad():
            for group in optimizer.param_groups:
                keep = 1 - group["lr"] * recipe.weight_decay
                torch._foreach_mul_(group["params"], keep)
    optimizer.step()
    return training.loss.clone()
