"""A trained net reads texts of anybody's: what it predicts, what its units hold, what it writes."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from visrnn.cells.activations import MEMORY
from visrnn.nets.inference import pick_device
from visrnn.nets.modules import Net, RecurrentNet, State, build_net
from visrnn.nets.recording import read_block
from visrnn.nets.sampling import sample_tokens
from visrnn.nets.trained import read_brought_card, read_weights
from visrnn.predictions.cards import NetCard
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError

# Characters that are read at a time: what their layers hold takes memory.
STEPS = 1000
# Characters that take seconds.
LONG = 20_000


@dataclass(frozen=True)
class Reader:
    """A net, its card, and what it reads before the first character of a text."""

    net: Net
    card: NetCard
    # The token of a line end, which texts begin after, or the first of the alphabet.
    start: int

    @torch.inference_mode()
    def probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """What the net gives to each token, int64 [characters]: float32 [characters]."""
        before, state = self._before(tokens), self.net.start(1)
        prob = np.empty(len(tokens), np.float32)
        for start in _starts(len(tokens)):
            part = slice(start, start + STEPS)
            logits, state = self.net(before[:, part], state)  # [1, steps, symbols]
            right = torch.from_numpy(tokens[part]).to(logits.device).view(1, -1, 1)
            prob[part] = logits.softmax(2).gather(2, right).flatten().cpu().numpy()
        return prob

    @torch.inference_mode()
    def next_probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """What the net gives to each symbol after all of `tokens`: float32 [symbols]."""
        with_start = np.append(self.start, tokens)
        state = self.net.start(1)
        for start in _starts(len(with_start)):
            block = torch.from_numpy(with_start[start : start + STEPS]).to(self._device)
            logits, state = self.net(block.unsqueeze(0), state)
        return logits[0, -1].softmax(0).cpu().numpy()

    @torch.inference_mode()
    def memory(self, tokens: np.ndarray) -> np.ndarray:
        """What every unit keeps after each token: float32 [characters, layers, hidden].

        That is h, or tanh(c) of an LSTM, so that it lies between -1 and 1. Raises InputError for an
        n-NN, whose units keep nothing.
        """
        net, card = self.net, self.card
        if not isinstance(net, RecurrentNet):
            raise InputError(f"cells: {card.run} is no recurrent net, and its units keep nothing")
        first = torch.tensor([[self.start]], device=self._device)
        state: State
        _, state = read_block(net, card.cell, first, net.start(1))
        kept = np.empty((len(tokens), len(net.weights), net.hidden), np.float32)
        for start in _starts(len(tokens)):
            block = torch.from_numpy(tokens[start : start + STEPS]).to(self._device).unsqueeze(0)
            layers, state = read_block(net, card.cell, block, state)
            for index, quantities in enumerate(layers):
                values = quantities[MEMORY[card.cell]][:, 0]  # [steps, hidden]
                values = values.tanh() if card.cell == "lstm" else values
                kept[start : start + STEPS, index] = values.cpu().numpy()
        return kept

    def write(self, prime: np.ndarray, length: int, temperature: float, seed: int) -> np.ndarray:
        """`length` tokens that the net writes after reading `prime`, int64."""
        prime = np.append(self.start, prime)
        return sample_tokens(self.net, prime, length, [temperature], seed)[0]

    @property
    def _device(self) -> torch.device:
        return next(self.net.parameters()).device

    def _before(self, tokens: np.ndarray) -> Tensor:
        """The token before each, int64 [1, characters]."""
        return torch.from_numpy(np.append(self.start, tokens[:-1])).to(self._device).unsqueeze(0)


def _starts(length: int) -> Iterable[int]:
    """Where the blocks of a text begin; on a terminal a long one shows how far it has been read."""
    quiet = length < LONG or not sys.stderr.isatty()
    return tqdm(range(0, length, STEPS), "reading", leave=False, disable=quiet, unit="k characters")


def load_reader(folder: str | Path, device: str = "cpu") -> Reader:
    """The net in the folder of a run, trained here or brought from elsewhere.

    Raises InputError for a folder that holds none, for damage, and for a card that says no
    alphabet, as an earlier visrnn wrote it.
    """
    folder = Path(folder)
    for name in ("card.json", "weights.safetensors"):
        if not (folder / name).is_file():
            raise InputError(
                f"folder: expected the folder of a run, with card.json and weights.safetensors, "
                f"found no {name} in {folder}"
            )
    card = read_brought_card(folder / "card.json")
    alphabet = card.corpus.get("alphabet")
    if not isinstance(alphabet, str) or len(alphabet) != card.symbols:
        raise InputError(
            f"folder: {folder / 'card.json'} says no alphabet; run the study again, or make the "
            f"folder again with python -m visrnn.nets.export"
        )
    run = parse_run(card.run)
    net = build_net(run, card.hidden, card.symbols)
    net.load_state_dict(read_weights(folder, card, run))
    net.eval()
    return Reader(net.to(pick_device(device)), card, max(alphabet.find("\n"), 0))
