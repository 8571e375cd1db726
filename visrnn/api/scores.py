"""The probabilities that a model gives to the characters of a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.report.coloured import coloured_html
from visrnn.system.display import written
from visrnn.system.exceptions import InputError
from visrnn.system.frames import build_frame

SCHEMA = pa.schema([("character", pa.string()), ("prob", pa.float64()), ("loss", pa.float64())])
# Characters of a text that are shown in colours: a page of more is slow.
SHOWN = 50_000
# The surprise, in nats, of the strongest colour.
STRONGEST = 6.0


@dataclass(frozen=True)
class Score:
    """A text, and the probability that a model gave to each of its characters.

    It shows itself in a notebook as the text in colours: the stronger, the less expected.
    """

    text: str
    # What the model gave to each character, float64 [characters]; nan where it does not know it.
    prob: np.ndarray = field(repr=False)
    # The units that the loss is a mean over: characters, or bytes where the model predicts these.
    unit: str
    units: int
    # How often each character stands in the text that the model does not know, and did not read.
    unknown: Mapping[str, int]

    @property
    def loss(self) -> float:
        """The mean of -ln(prob), in nats per unit, over what the model knows."""
        return float(-np.log(self.prob[~np.isnan(self.prob)]).sum() / self.units)

    @property
    def frame(self) -> pd.DataFrame:
        """A row a character: `character`, `prob`, `loss` in nats; missing where it is unknown."""
        columns = {"character": list(self.text), "prob": self.prob, "loss": -np.log(self.prob)}
        return build_frame(columns, SCHEMA)

    def __repr__(self) -> str:
        left_out = f"; {describe_unknown(self.unknown)}" if self.unknown else ""
        return f"<Score: {self.loss:.4f} nats a {self.unit} over {self.units:,}{left_out}>"

    def _repr_html_(self) -> str:
        return str(self.html())

    def html(self, characters: int = SHOWN) -> str:
        """The beginning of the text in colours, as a piece of HTML; everything is escaped."""
        surprise = np.minimum(-np.log(self.prob[:characters]) / STRONGEST, 1)
        hints = [
            "not in the alphabet" if np.isnan(prob) else f"{prob:.3g}"
            for prob in self.prob[:characters]
        ]
        return coloured_html(self.text[:characters], surprise, hints, "surprise")


def describe_unknown(unknown: Mapping[str, int]) -> str:
    """One line: how many characters a model does not know, and which.

    >>> describe_unknown({"é": 2, "[": 1})
    "3 characters are not in the model's alphabet and were left out: 'é' (2), '[' (1)"
    """
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"'{written(ord(each))}' ({count:,})" for each, count in ordered[:5])
    more = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
    total = sum(unknown.values())
    are = "characters are" if total > 1 else "character is"
    were = "were" if total > 1 else "was"
    return f"{total:,} {are} not in the model's alphabet and {were} left out: {shown}{more}"


def check_text(argument: str, text: object, least: int = 1) -> str:
    """`text`, if it is one. Raises InputError that names the argument."""
    if not isinstance(text, str):
        raise InputError(f"{argument}: expected a text (str), found {type(text).__name__}")
    if len(text) < least:
        characters = "one character" if least == 1 else f"{least} characters"
        raise InputError(f"{argument}: expected at least {characters}, found {len(text) or 'none'}")
    return text


def check_number(
    argument: str, value: object, kind: type, least: float, most: float = float("inf")
) -> None:
    """Raises InputError, which names the argument, for what is no number of that kind and range."""
    numeric = isinstance(value, (int, float)) if kind is float else isinstance(value, int)
    if not numeric or isinstance(value, bool) or not least <= value <= most:  # type: ignore[operator]
        what = "a whole number" if kind is int else "a number"
        limit = f"of at least {least:,}" if most == float("inf") else f"from {least:,} to {most:,}"
        raise InputError(f"{argument}: expected {what} {limit}, found {value!r}")
