"""The nets: recurrent ones of some layers, and the n-NN (the paper's sections 3.1 and 4.3)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visrnn.nets import recurrence
from visrnn.nets.transformer import Transformer
from visrnn.settings.names import CELLS, Run
from visrnn.system.exceptions import InputError

# For each layer its states, [streams, hidden]; of an n-NN the last n - 1 tokens; of a transformer
# as visrnn.nets.transformer has it.
State = list[tuple[Tensor, ...]]


class RecurrentNet(nn.Module):
    """One-hot characters, `layers` layers of one cell, and a softmax.

    Dropout sits on each layer's output, not in the recurrence (Zaremba et al. 2014), as in the
    paper. Recurrent dropout, which the paper lacks, drops weights from hidden to hidden units, the
    same ones for a whole step of training (Merity et al. 2018).
    """

    def __init__(
        self,
        cell: str,
        layers: int,
        hidden: int,
        symbols: int,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
    ):
        super().__init__()
        self.scan = recurrence.SCANS[cell]
        self.recurrent_dropout = recurrent_dropout
        self.layers, self.hidden, self.dropout = layers, hidden, dropout
        self.states = len(CELLS[cell].state)
        width = CELLS[cell].blocks * hidden
        inputs = [symbols] + [hidden] * (layers - 1)
        self.weights_in = nn.ParameterList(torch.empty(size, width) for size in inputs)
        self.weights = nn.ParameterList(torch.empty(hidden, width) for _ in inputs)
        self.biases = nn.ParameterList(torch.empty(width) for _ in inputs)
        self.decoder = nn.Linear(hidden, symbols)

    def start(self, streams: int) -> State:
        """The state before the first character: zeros, a tuple of [streams, hidden] a layer."""
        zeros = self.decoder.weight.new_zeros(streams, self.hidden)
        return [(zeros,) * self.states for _ in self.weights]

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """tokens: int64 [streams, steps]. Returns logits of what comes next, [streams, steps,
        symbols], and the state after the last step."""
        after: State = []
        below = tokens.t().contiguous()  # [steps, streams]
        for weight_in, weight, bias, start in zip(
            self.weights_in, self.weights, self.biases, state, strict=True
        ):
            weight = F.dropout(weight, self.recurrent_dropout, self.training)
            h, *last = self.scan(below, weight_in, weight, bias, *start)
            below = F.dropout(h, self.dropout, self.training)  # [steps, streams, hidden]
            after.append(tuple(last))
        logits = recurrence.linear(below, self.decoder.weight, self.decoder.bias)
        return logits.transpose(0, 1), after  # [streams, steps, symbols]


class WindowNet(nn.Module):
    """The n-NN: the last n characters, one-hot and side by side, one tanh layer, and a softmax.

    Its state is the last n - 1 tokens; where a stream has not begun there is no character, and
    the input there is zero.
    """

    def __init__(self, n: int, hidden: int, symbols: int, dropout: float = 0.0):
        super().__init__()
        self.n, self.hidden, self.symbols, self.dropout = n, hidden, symbols, dropout
        self.weights_in = nn.Parameter(torch.empty(n, symbols, hidden))
        self.bias = nn.Parameter(torch.empty(hidden))
        self.decoder = nn.Linear(hidden, symbols)

    def start(self, streams: int) -> State:
        """The state before the first character: int64 [streams, n - 1], no character anywhere."""
        device = self.bias.device
        return [(torch.full((streams, self.n - 1), self.symbols, device=device),)]

    def forward(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """As RecurrentNet.forward."""
        ((before,),) = state
        window = torch.cat([before, tokens], 1)  # [streams, n - 1 + steps]
        steps = tokens.shape[1]
        no_character = self.weights_in.new_zeros(1, self.weights_in.shape[2])
        x: Tensor = self.bias
        for back in range(self.n):
            table = torch.cat([self.weights_in[back], no_character])  # [symbols + 1, hidden]
            start = self.n - 1 - back
            x = x + F.embedding(window[:, start : start + steps], table)  # [streams, steps, hidden]
        h = F.dropout(torch.tanh(x), self.dropout, self.training)
        logits = recurrence.linear(h, self.decoder.weight, self.decoder.bias)
        return logits, [(window[:, steps:],)]  # [streams, steps, symbols], [streams, n - 1]


# Nets whose names say layers and size, and which hold something of each unit after each character.
LayeredNet = RecurrentNet | Transformer
Net = LayeredNet | WindowNet


def build_net(
    run: Run, hidden: int, symbols: int, dropout: float = 0.0, recurrent_dropout: float = 0.0
) -> Net:
    """The net that a run's name stands for; its weights are not yet set."""
    if run.cell == "nnn" and run.n is not None:
        return WindowNet(run.n, hidden, symbols, dropout)
    if run.cell == "transformer" and run.layers is not None:
        return Transformer(run.layers, hidden, symbols, dropout)
    return build_recurrent(run, hidden, symbols, dropout, recurrent_dropout)


def build_recurrent(
    run: Run, hidden: int, symbols: int, dropout: float = 0.0, recurrent_dropout: float = 0.0
) -> RecurrentNet:
    """The recurrent net that a run's name stands for; its weights are not yet set."""
    if run.layers is None:
        raise InputError(f"expected a recurrent net, found {run.cell}")
    return RecurrentNet(run.cell, run.layers, hidden, symbols, dropout, recurrent_dropout)


def initialise(net: nn.Module, init_range: float, generator: torch.Generator) -> None:
    """Draw all weights and biases, the forget gate's too, from [-init_range, init_range]."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-init_range, init_range, generator=generator)
