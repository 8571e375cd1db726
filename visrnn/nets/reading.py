"""A trained net reads texts of anybody's: what it predicts, what its units hold, what it writes."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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

# Steps that are read at a time: what layers hold takes memory.
STEPS = 100
# From this many characters on, a text is read in pieces of at least so many, at most so many side
# by side, each after so many characters before it.
LONG, PIECE, MOST_PIECES, WARM_UP = 20_000, 2_000, 50, 1_000


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Small steps gain nothing from more cores, and wait for each other where these are taken."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class Reader:
    """A net, its card, and what it reads before the first character of a text."""

    net: Net
    card: NetCard
    # The token of a line end, which texts begin after, or the first of the alphabet.
    start: int

    @_on_one_core()
    @torch.inference_mode()
    def probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """What the net gives to each token, int64 [characters]: float32 [characters]."""
        before, state = self._pieces(tokens)
        right = self._rows(tokens, len(before))
        prob = np.empty(before.shape, np.float32)
        for start in _starts(before.shape[1], before.shape[0]):
            part = slice(start, start + STEPS)
            logits, state = self.net(before[:, part], state)  # [pieces, steps, symbols]
            given = logits.softmax(2).gather(2, right[:, part].unsqueeze(2)).squeeze(2)
            prob[:, part] = given.cpu().numpy()
        return prob.ravel()[: len(tokens)]

    @_on_one_core()
    @torch.inference_mode()
    def next_probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """What the net gives to each symbol after all of `tokens`: float32 [symbols]."""
        with_start = np.append(self.start, tokens)
        state = self.net.start(1)
        for start in _starts(len(with_start)):
            block = torch.from_numpy(with_start[start : start + STEPS]).to(self._device)
            logits, state = self.net(block.unsqueeze(0), state)
        return logits[0, -1].softmax(0).cpu().numpy()

    @_on_one_core()
    @torch.inference_mode()
    def memory(self, tokens: np.ndarray) -> np.ndarray:
        """What every unit keeps after each token: float32 [characters, layers, hidden].

        That is h, or tanh(c) of an LSTM, so that it lies between -1 and 1. Raises InputError for an
        n-NN, whose units keep nothing.
        """
        net, card = self.net, self.card
        if not isinstance(net, RecurrentNet):
            raise InputError(f"cells: {card.run} is no recurrent net, and its units keep nothing")
        before, state = self._pieces(tokens)
        rows = self._rows(tokens, len(before))
        _, state = read_block(net, card.cell, before[:, :1], state)
        shape = (*rows.shape, len(net.weights), net.hidden)
        kept = np.empty(shape, np.float32)  # [pieces, steps, layers, hidden]
        for start in _starts(rows.shape[1], len(rows)):
            part = slice(start, start + STEPS)
            layers, state = read_block(net, card.cell, rows[:, part], state)
            for index, quantities in enumerate(layers):
                values = quantities[MEMORY[card.cell]].transpose(0, 1)  # [pieces, steps, hidden]
                values = values.tanh() if card.cell == "lstm" else values
                kept[:, part, index] = values.cpu().numpy()
        return kept.reshape(-1, *shape[2:])[: len(tokens)]

    @_on_one_core()
    def write(self, prime: np.ndarray, length: int, temperature: float, seed: int) -> np.ndarray:
        """`length` tokens that the net writes after reading `prime`, int64."""
        prime = np.append(self.start, prime)
        return sample_tokens(self.net, prime, length, [temperature], seed)[0]

    @property
    def _device(self) -> torch.device:
        return next(self.net.parameters()).device

    def _pieces(self, tokens: np.ndarray) -> tuple[Tensor, State]:
        """The token before each, int64 [pieces, steps], and the state that each piece begins with.

        A long text is cut into pieces that are read side by side, which is many times faster. Each
        but the first begins with the state that the WARM_UP tokens before it leave.
        """
        pieces = max(1, min(MOST_PIECES, len(tokens) // PIECE)) if len(tokens) >= LONG else 1
        before = self._rows(np.append(self.start, tokens[:-1]), pieces)
        fresh = self.net.start(1)
        if pieces == 1:
            return before, fresh
        _, warm = self.net(before[:-1, -WARM_UP:], self.net.start(pieces - 1))
        state = [
            tuple(torch.cat(pair) for pair in zip(*layers, strict=True))
            for layers in zip(fresh, warm, strict=True)
        ]
        return before, state

    def _rows(self, tokens: np.ndarray, pieces: int) -> Tensor:
        """Tokens as rows, int64 [pieces, steps]; what the last row lacks is filled up."""
        steps = -(-len(tokens) // pieces)
        filled = np.append(tokens, np.full(pieces * steps - len(tokens), self.start))
        return torch.from_numpy(filled.reshape(pieces, steps)).to(self._device)


def _starts(length: int, pieces: int = 1) -> Iterable[int]:
    """Where blocks of steps begin; on a terminal a long text shows how far it has been read."""
    quiet = length * pieces < LONG or not sys.stderr.isatty()
    return tqdm(range(0, length, STEPS), "reading", leave=False, disable=quiet, unit=" blocks")


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
