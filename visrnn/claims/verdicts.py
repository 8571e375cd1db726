"""Verdicts: what intervals say of a claim's bound.

A claim is about one number or several, its parts. Each part has a region that the claim says it is
in, and an interval of the claim's level: inside of the region it speaks for the claim, outside of
it against, and otherwise the part is undecided.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOLDS, FAILS, UNDECIDED, NOT_RUN = "holds", "does not hold", "undecided", "not run"
# Regions of numbers that a claim says are negative, positive, or none at all.
BELOW, ABOVE, NONE = (-math.inf, 0.0), (0.0, math.inf), (-math.inf, 1e-12)


@dataclass(frozen=True)
class Part:
    """One number of a claim, with its interval at the claim's level (NaN where there is none)."""

    # What it is of, such as the names of two nets.
    label: str
    value: float
    low: float
    high: float
    # Between which two numbers the claim says it lies; of no matter where directions are asked for.
    region: tuple[float, float] = BELOW
    # How many seeds of each net would decide it; None where nothing is known.
    seeds_needed: int | None = None

    @property
    def speaks(self) -> int:
        """1 for the claim, -1 against it, 0 where the interval has both."""
        low, high = self.region
        if math.isnan(self.low) or math.isnan(self.high):
            return 0
        # A count of no unit in 128 is an interval without any width, which may lie on the bound.
        if low < self.low and self.high < high:
            return 1
        return -1 if self.high <= low or self.low >= high else 0

    @property
    def margin(self) -> float:
        """How far inside of its region the number is; negative outside."""
        return min(self.value - self.region[0], self.region[1] - self.value)


@dataclass(frozen=True)
class Finding:
    """What a study says of one claim."""

    verdict: str
    # The part that decides; None where nothing was run.
    part: Part | None = None
    parts: Sequence[Part] = ()
    # What it rests on: nets, or other models where it is about none, and the fewest seeds of one.
    nets: Sequence[str] = ()
    seeds: int = 0
    # Whether intervals have the seeds' part; else they are of these trained nets on new text.
    of_seeds: bool = False
    seeds_needed: int | None = None
    # Of what was not run, what to add; of others what the reader should know.
    note: str = ""


def not_run(note: str) -> Finding:
    """note: what to add to the configuration, or which command makes what is missing."""
    return Finding(NOT_RUN, note=note)


def judge_every(parts: Sequence[Part], runs: Iterable[str], **known: object) -> Finding:
    """The claim is about all of its parts: one that speaks against it is enough.

    runs: what it rests on, one a seed. The part that decides is, of those that made the verdict,
    the one least inside its region.
    """
    speak = [part.speaks for part in parts]
    verdict = FAILS if -1 in speak else HOLDS if min(speak) == 1 else UNDECIDED
    worst = min(parts, key=lambda part: (part.speaks, _least(part)))
    return _finding(verdict, parts, worst, runs, known)


def judge_any(parts: Sequence[Part], runs: Iterable[str], **known: object) -> Finding:
    """The claim is that some part is in its region: it fails where none can be."""
    speak = [part.speaks for part in parts]
    verdict = HOLDS if 1 in speak else FAILS if max(speak) == -1 else UNDECIDED
    best = max(parts, key=lambda part: (part.speaks, _least(part)))
    return _finding(verdict, parts, best, runs, known)


def judge_mixed(parts: Sequence[Part], runs: Iterable[str], **known: object) -> Finding:
    """The claim is that numbers are negative somewhere and positive elsewhere.

    It fails where all are decided in one direction. A single part cannot show both.
    """
    below = [part.high < 0 for part in parts]
    above = [part.low > 0 for part in parts]
    if any(below) and any(above):
        verdict = HOLDS
    elif len(parts) > 1 and (all(below) or all(above)):
        verdict = FAILS
    else:
        verdict = UNDECIDED
    # The one that goes furthest against the direction of most.
    mean = sum(part.value for part in parts)
    rarest = min(parts, key=lambda part: part.value * (1 if mean > 0 else -1))
    return _finding(verdict, parts, rarest, runs, known)


def seed_counts(runs: Iterable[str]) -> dict[str, int]:
    """How many seeds there are of each net, by its name."""
    from visrnn.settings.names import net_of

    counts: dict[str, int] = {}
    for run in dict.fromkeys(runs):
        net = net_of(run)
        counts[net] = counts.get(net, 0) + 1
    return counts


def _least(part: Part) -> float:
    return -math.inf if math.isnan(part.value) else part.margin


def _finding(
    verdict: str, parts: Sequence[Part], part: Part, runs: Iterable[str], known: dict
) -> Finding:
    counts = seed_counts(runs)
    needed = [each.seeds_needed for each in parts if not each.speaks]
    seeds = None if verdict != UNDECIDED or None in needed or not needed else max(needed)  # type: ignore[type-var]
    return Finding(
        verdict,
        part,
        parts,
        list(counts),
        min(counts.values(), default=0),
        seeds_needed=seeds,
        **known,
    )
