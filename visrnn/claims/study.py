"""What a study has that claims can be tested by: losses, cards, tables, and units of nets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from visrnn.claims.verdicts import BELOW, Part
from visrnn.predictions.cards import Card, NetCard
from visrnn.settings.names import net_of
from visrnn.statistics.resampling import Estimate, average_seeds, resample, sum_by
from visrnn.statistics.simultaneous import seeds_for, simultaneous_interval, widen

# The cells that the paper is about; its claims are of no others.
FAMILIES = ("rnn", "gru", "lstm")
# What may differ between nets that were trained alike: it is chosen net by net on validation text.
CHOSEN = ("dropout", "recurrent_dropout")


@dataclass(frozen=True)
class Study:
    """All that the tests of claims may look at; what a study lacks is empty."""

    # By run, in the order of `losses`.
    cards: Mapping[str, Card]
    # Mean test losses, nats, [runs].
    losses: Estimate
    # What resampling draws as one, int64 [characters of the test].
    unit: np.ndarray
    # The probabilities that a run gave to the test text, [characters].
    read: Callable[[str], np.ndarray]
    # By name, those of analysis/ that were made, and of visrnn.claims.units.
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    # Of the weights of each net.
    weight_bytes: Mapping[str, int] = field(default_factory=dict)
    # Strengths of null nets by recorded run, as visrnn.nets.null_scores gives them.
    nulls: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    # Of a class of errors by its name, which characters of the test text are of it.
    classes: Callable[[str], np.ndarray] | None = None
    # Of the corpus: prose, or that of code.
    language: str = "prose"
    # The corpus of the paper that this is, if any.
    paper: str | None = None

    @property
    def units(self) -> int:
        return self.losses.units

    def table(self, name: str) -> pd.DataFrame | None:
        """A table that has rows, else None."""
        table = self.tables.get(name)
        return None if table is None or table.empty else table

    @cached_property
    def nets(self) -> dict[str, list[str]]:
        """The runs of every model, by the name of the net that they are seeds of."""
        nets: dict[str, list[str]] = {}
        for run in self.cards:
            nets.setdefault(net_of(run), []).append(run)
        return nets

    @cached_property
    def means(self) -> tuple[list[str], Estimate]:
        """Names of the nets, and their losses in the mean of their seeds, [nets]."""
        fixed = {net_of(run) for run, card in self.cards.items() if not card.trained}
        return average_seeds(self.losses, [net_of(run) for run in self.cards], fixed)

    def recurrent(self) -> dict[str, NetCard]:
        """The card of the first seed of every net of FAMILIES, by the net's name."""
        return {
            net: card
            for net, runs in self.nets.items()
            if (card := self.cards[runs[0]]).trained and card.cell in FAMILIES
        }

    def by_cell(self, key: Callable[[NetCard], object], value: Callable[[NetCard], object]) -> list:
        """Groups of recurrent nets that were trained alike and share `key`: name by `value` each.

        A value that occurs twice in a group stands for its first net.
        """
        groups: dict[object, dict[object, str]] = {}
        for net, card in self.recurrent().items():
            group = groups.setdefault((key(card), training(card)), {})
            group.setdefault(value(card), net)
        return list(groups.values())

    def differences(
        self, pairs: Sequence[tuple[str, str]], region: tuple[float, float] = BELOW
    ) -> tuple[list[Part], bool]:
        """The loss of the first net of each pair less that of the second, paired, nats.

        Intervals hold for all pairs together. Whether they have the seeds' part is said too.
        """
        names, means = self.means
        deviations = means.seed_deviation
        assert deviations is not None
        at = np.array([[names.index(net) for net in pair] for pair in pairs])  # [pairs, 2]
        difference = means[at[:, 0]] - means[at[:, 1]]
        low, high = simultaneous_interval(difference)
        parts = []
        for row, (first, second) in enumerate(pairs):
            text = self._text(first) - self._text(second)
            distance = float(difference.value[row]) - _nearest(region, difference.value[row])
            needed = seeds_for(distance, text, deviations[at[row]])
            ends = float(difference.value[row]), float(low[row]), float(high[row])
            parts.append(Part(f"{first} less {second}", *ends, region, needed))
        return parts, bool(np.isfinite(deviations[at]).all())

    def _text(self, net: str) -> np.ndarray:
        """The loss of these very seeds in each resample of the text, [resamples]."""
        runs = list(self.cards)
        drawn: np.ndarray = self.losses.draws[:, [runs.index(run) for run in self.nets[net]]]
        return drawn.mean(1)

    def runs_of(self, nets: Sequence[str]) -> list[str]:
        return [run for net in dict.fromkeys(nets) for run in self.nets[net]]

    def best(self, cells: Sequence[str]) -> str | None:
        """The net of these cells that is best on the validation text.

        One that may have read the test text, only where there is no other.
        """
        means = {}
        for net, runs in self.nets.items():
            cards = [self.cards[run] for run in runs]
            known = [card.validation for card in cards if card.validation is not None]
            if cards[0].cell in cells and len(known) == len(cards):
                read = any(getattr(card, "may_have_read_test", None) for card in cards)
                means[net] = (read, float(np.mean(known)))
        return min(means, key=lambda net: means[net]) if means else None

    def widened(
        self,
        label: str,
        number: tuple[float, float, float],
        numbers: int,
        region: tuple[float, float],
        seed_error: float = 0.0,
        seed_freedom: int = 1,
    ) -> Part:
        """A part from the 95% interval of a table, of so many numbers; as `widen` has it."""
        low, high = widen(number, self.units, numbers, seed_error, seed_freedom)
        return Part(label, float(number[0]), low, high, region)

    def ratio(self, numerator: np.ndarray, denominator: np.ndarray | None = None) -> Estimate:
        """The ratio of two sums over the test text, [...]. Both: [..., characters]."""
        ones = np.ones(len(self.unit))
        below = ones if denominator is None else denominator
        return resample(sum_by(self.unit, numerator), sum_by(self.unit, below))


def training(card: NetCard) -> tuple:
    """How a net was trained, but for what is chosen net by net."""
    return tuple((key, value) for key, value in asdict(card.recipe).items() if key not in CHOSEN)


def _nearest(region: tuple[float, float], value: float) -> float:
    """The bound of a region that a value is nearest to."""
    return float(min(region, key=lambda bound: abs(bound - value)))
