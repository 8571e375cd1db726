"""A trained net that reads and writes texts; PyTorch is imported when one is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.api.alphabet import Alphabet
from visrnn.api.scores import SHOWN, Score, check_number, check_text
from visrnn.cells.activations import MEMORY, column
from visrnn.report.coloured import coloured_html
from visrnn.report.words import describe_model
from visrnn.system.display import short
from visrnn.system.exceptions import InputError
from visrnn.system.frames import build_frame, to_frame

if TYPE_CHECKING:
    from visrnn.nets.reading import Reader
    from visrnn.predictions.cards import NetCard

NEXT = pa.schema([("character", pa.string()), ("prob", pa.float64())])


def load(folder: str | Path, device: str = "cpu") -> Net:
    """The net in the folder of any run: trained here, or one of those in `trained/`.

    device: cpu, cuda, mps, or auto. Raises InputError for a folder without a net.

    >>> net = load("trained/war_and_peace/gru-2x128-s1")
    >>> net
    <Net gru-2x128-s1: GRU, 2 layers of 149 units, 252,642 parameters>
    >>> net.score("The prince said nothing.").loss < 1.5
    True
    """
    from visrnn.nets.reading import load_reader

    if not isinstance(folder, (str, Path)):
        raise InputError(f"folder: expected the path of a run's folder, found {short(folder)}")
    return Net(load_reader(folder, device))


@dataclass(frozen=True)
class Net:
    """A trained net. It reads every text from its beginning, as if after a line end."""

    _reader: Reader = field(repr=False)

    @property
    def card(self) -> NetCard:
        """What is known of the net: cell, sizes, recipe, losses, the text it was trained on."""
        return self._reader.card

    @property
    def alphabet(self) -> Alphabet:
        """The characters that the net knows."""
        corpus = self.card.corpus
        return Alphabet(corpus["unit"], corpus["alphabet"])

    def score(self, text: str) -> Score:
        """What the net gives to each character of `text`.

        Characters that it has never seen are left out: it does not read them, and they count
        nothing. `Score.unknown` has them. Raises InputError where nothing is left.

        >>> net = load("trained/war_and_peace/gru-2x128-s1")
        >>> score = net.score("The prince smiled [and said nothing].")
        >>> score
        <Score: 1.1371 nats a byte over 35; 2 characters are not in the model's alphabet and were \
left out: '[' (1), ']' (1)>
        >>> score.frame.tail(3).round(2)
           character  prob  loss
        34         g   1.0   0.0
        35         ]  <NA>  <NA>
        36         .  0.33   1.1
        """
        tokens, places = self._encode(text)
        log_prob = np.log(np.maximum(self._reader.probabilities(tokens), 1e-38).astype(np.float64))
        sums = np.bincount(places, log_prob, len(text))  # a character may be several bytes
        prob = np.full(len(text), np.nan)
        prob[places] = np.exp(sums[places])
        unit, unknown = self.alphabet.unit, self.alphabet.unknown(text)
        return Score(text, prob, unit, len(tokens), unknown)

    def top(self, text: str, count: int = 5) -> pd.DataFrame:
        """The characters that the net holds most likely to come after `text`, likeliest first.

        Of a net that predicts bytes, a byte that is no character alone is named, as `byte C3`.

        >>> net = load("trained/war_and_peace/gru-2x128-s1")
        >>> net.top("The prince sai", 2)["character"].tolist()
        ['d', 'g']
        """
        check_number("count", count, int, 1)
        tokens = self.alphabet.encode_all("text", check_text("text", text))
        prob = self._reader.next_probabilities(tokens)
        best = np.argsort(-prob, kind="stable")[:count]
        names = [self._name(token) for token in best]
        return build_frame({"character": names, "prob": prob[best].astype(np.float64)}, NEXT)

    def cells(self, text: str) -> Cells:
        """What every unit keeps after each character of `text`: h, or tanh(c) of an LSTM.

        What the net has never seen is left out, as by `score`. Raises InputError for an n-NN.

        >>> net = load("trained/war_and_peace/gru-2x128-s1")
        >>> cells = net.cells('He said, "Yes," and left.')
        >>> cells.units[:2], len(cells.units), cells.values.shape
        (['h_1_0', 'h_1_1'], 298, (25, 298))
        """
        tokens, places = self._encode(text)
        kept = self._reader.memory(tokens)  # [units of text, layers, hidden]
        _, layers, hidden = kept.shape
        values = np.full((len(text), layers * hidden), np.nan, np.float32)
        values[places] = kept.reshape(len(kept), -1)  # of several bytes the last one stays
        letter = MEMORY[self.card.cell]
        names = [
            column(letter, layer, unit) for layer in range(1, layers + 1) for unit in range(hidden)
        ]
        return Cells(text, names, values)

    def sample(
        self, prompt: str = "\n", length: int = 200, temperature: float = 1.0, seed: int = 1
    ) -> str:
        """Text of `length` units that the net writes after reading `prompt`.

        temperature: below 1, likely characters become likelier. seed: the same one gives the same
        text on the same machine.

        >>> net = load("trained/war_and_peace/gru-2x128-s1")
        >>> len(net.sample("The prince ", length=40, temperature=0.5))
        40
        """
        check_number("length", length, int, 1, 1_000_000)
        check_number("temperature", temperature, float, 0.01)
        check_number("seed", seed, int, 0)
        prime = self.alphabet.encode_all("prompt", check_text("prompt", prompt))
        return self.alphabet.decode(self._reader.write(prime, length, temperature, seed))

    def __repr__(self) -> str:
        card = self.card
        return f"<Net {card.run}: {describe_model(card)}, {card.parameters:,} parameters>"

    def _encode(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of what the net knows of a text, and the characters that they are of."""
        tokens, places = self.alphabet.encode(check_text("text", text))
        if not len(tokens):
            raise InputError(
                f"text: the net has seen none of its characters; it knows "
                f"{self.alphabet.describe()}"
            )
        return tokens, places

    def _name(self, token: int) -> str:
        symbol = self.alphabet.symbols[token]
        is_part = self.alphabet.unit == "byte" and ord(symbol) > 127
        return f"byte {ord(symbol):02X}" if is_part else symbol


@dataclass(frozen=True)
class Cells:
    """What the units of a net keep while it reads a text."""

    text: str = field(repr=False)
    # By layer (from 1) and number (from 0), such as h_2_37, as in the activations of a study.
    units: list[str] = field(repr=False)
    # float32 [characters, units], from -1 to 1; nan where the net does not know the character.
    values: np.ndarray = field(repr=False)

    @property
    def frame(self) -> pd.DataFrame:
        """A row a character: `character`, and a column a unit."""
        columns = [pa.array(list(self.text))]
        columns += [pa.array(values, from_pandas=True) for values in self.values.T]
        return to_frame(pa.Table.from_arrays(columns, names=["character", *self.units]))

    def unit(self, name: str) -> ColouredText:
        """The text coloured by one unit: orange where it is near 1, blue near -1.

        >>> net = load("trained/war_and_peace/gru-2x128-s1")
        >>> net.cells("He left.").unit("h_9_1")
        Traceback (most recent call last):
        ...
        visrnn.system.exceptions.InputError: unit: no unit 'h_9_1'; expected h_{layer}_{number}, \
with layer 1 to 2 and number 0 to 148
        """
        if name not in self.units:
            letter, layers, last = self.units[-1].split("_")
            raise InputError(
                f"unit: no unit {short(name)}; expected {letter}_{{layer}}_{{number}}, with layer "
                f"1 to {layers} and number 0 to {last}"
            )
        return ColouredText(self.text, self.values[:, self.units.index(name)])

    def most_varying(self, count: int = 10) -> pd.DataFrame:
        """The units that vary most over the text: unit, standard deviation, least and greatest."""
        check_number("count", count, int, 1)
        known = self.values[~np.isnan(self.values[:, 0])]
        table = pd.DataFrame(
            {
                "unit": self.units,
                "deviation": known.std(0),
                "least": known.min(0),
                "greatest": known.max(0),
            }
        )
        return table.nlargest(count, "deviation").reset_index(drop=True)

    def __repr__(self) -> str:
        return f"<Cells: {len(self.units)} units over {len(self.text):,} characters>"


@dataclass(frozen=True)
class ColouredText:
    """A text with a number from -1 to 1 for each character, which a notebook shows in colours."""

    text: str
    # float32 [characters].
    values: np.ndarray = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, characters: int = SHOWN) -> str:
        """The beginning of the text in colours, as a piece of HTML; everything is escaped."""
        values = self.values[:characters]
        hints = ["not in the alphabet" if np.isnan(each) else f"{each:+.2f}" for each in values]
        return str(coloured_html(self.text[:characters], values, hints, "signed"))
