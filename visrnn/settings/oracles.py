"""The oracles that a configuration may name, and the values that each of them takes.

What an oracle does is in visrnn.errors.oracles.
"""

from dataclasses import dataclass

from visrnn.system.display import short
from visrnn.system.exceptions import InputError

UNBOUNDED = 2**63 - 1


@dataclass(frozen=True)
class Oracle:
    """What a configuration and a figure need to know of an oracle."""

    # In figures and tables.
    label: str
    colour: str
    # What a value must be: int, float or str; None for an oracle that takes no values.
    values: type | None = None
    # Bounds of values that are numbers.
    least: float = 1
    most: float = UNBOUNDED


ORACLES = {
    "ngram": Oracle("n-gram", "#0072B2", int),
    "memory": Oracle("n-memory", "#56B4E9", int),
    "rare_words": Oracle("rare words", "#009E73", int, least=0),
    "word_model": Oracle("word model", "#E69F00"),
    "punctuation": Oracle("punctuation", "#D55E00"),
    "boost": Oracle("boost", "#CC79A7", float, least=0, most=1),
    "characters": Oracle("characters", "#F0E442", str),
    "model": Oracle("model", "#7F7F7F", str),
}


@dataclass(frozen=True)
class Step:
    """One oracle with one of its values. oracle_index: its place in the configured list."""

    oracle_index: int
    oracle: str
    value: int | float | str | None

    @property
    def label(self) -> str:
        label = ORACLES[self.oracle].label
        if self.value is None:
            return label
        if self.oracle == "memory":
            return f"{self.value:,}-memory"
        if self.oracle == "rare_words" and self.value == 0:
            return "unseen words"
        value = f"{self.value!r}" if self.oracle == "characters" else self.value
        return f"{label} {'≤ ' * (self.oracle in ('ngram', 'rare_words'))}{value}"


def expand_oracles(oracles: list[dict]) -> list[Step]:
    """The steps of a configured list: [{oracle: name, values: [...]}, ...]."""
    return [
        Step(oracle_index, item["oracle"], value)
        for oracle_index, item in enumerate(oracles)
        for value in item.get("values") or [None]
    ]


def check_oracles(oracles: list[dict], runs: list[str]) -> None:
    """Raise InputError for an oracle with values that it can't have. runs: of the corpus."""
    for index, configured in enumerate(oracles):
        name, values = configured["oracle"], configured.get("values", [])
        kind = ORACLES[name].values
        if kind is None:
            if values:
                raise InputError(f"oracles.{index}: {name} takes no values, found {short(values)}")
            continue
        kinds = {int: "whole numbers", float: "numbers", str: "texts"}
        fits = (int, float) if kind is float else kind
        if not values or not all(isinstance(value, fits) for value in values):
            raise InputError(
                f"oracles.{index}: {name} takes {kinds[kind]} as values, found {short(values)}"
            )
        least, most = ORACLES[name].least, ORACLES[name].most
        for value in values if kind is not str else []:
            if not least <= value <= most:
                bounds = f"from {least}" if most == UNBOUNDED else f"between {least} and {most}"
                raise InputError(f"oracles.{index}: {name} takes values {bounds}, found {value}")
        if kind is str and "" in values:
            raise InputError(f"oracles.{index}: {name} takes texts as values, found an empty one")
        if kind is not str and values != sorted(values):
            raise InputError(
                f"oracles.{index}: {name} takes its values in rising order, found {short(values)}, "
                f"of which the later ones would have nothing left to remove"
            )
        for run in values if name == "model" else []:
            if run not in runs:
                raise InputError(
                    f"oracles.{index}: no run {short(run)} of this corpus; "
                    f"known are {', '.join(runs)}"
                )


def is_available(item: dict, ngrams: list[int]) -> bool:
    """Whether an oracle of a configured list has the models that it asks."""
    return item["oracle"] != "ngram" or any(n <= max(item["values"]) for n in ngrams)
