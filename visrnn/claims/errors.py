"""Section 4.4 and the conclusion: what errors remain, and what takes them away."""

from dataclasses import replace

import numpy as np
import pandas as pd

from visrnn.claims.study import FAMILIES, Study, training
from visrnn.claims.verdicts import Finding, Part, judge_every, not_run
from visrnn.errors.classes import OTHER
from visrnn.errors.oracles import RIGHT
from visrnn.predictions.paper import PEELING
from visrnn.settings.names import parse_run
from visrnn.settings.oracles import ORACLES
from visrnn.statistics.resampling import Estimate
from visrnn.statistics.simultaneous import simultaneous_interval

# How near to the paper's slices ours have to be.
NEAR = 0.03
# n-grams that take n-gram errors have at most so many context characters, as the oracle's.
LONGEST_N = 9
# Nets of one cell are small and large where one has so many times the parameters of the other.
LARGER = 2
# The share of removed errors that are n-gram errors; what rare words are removed by over others.
MOST, ALIKE = 0.5, 1.0
# What a cure may take of the last class.
LITTLE = 0.1


def slices(study: Study) -> Finding:
    """The table error_slices against the paper's slices."""
    table, theirs = study.table("error_slices"), PEELING.get(study.paper or "")
    if table is None or theirs is None:
        return not_run(
            "the paper's text, which it gives slices of: --configfile config/war_and_peace.yaml"
        )
    rows = table[table["kind"].isin(["oracle", "rest"])].set_index("name")
    named = [name for name in theirs if name in rows.index]
    if not named:
        return not_run("the oracles of the paper: leave the key oracles out")
    net = rows["net"].iloc[0]
    runs = study.nets.get(net, [net])
    parts = []
    for name in named:
        row = rows.loc[name]
        deviation = 0.0 if pd.isna(row["deviation"]) else float(row["deviation"])
        part = study.widened(
            f"{name} (paper {theirs[name]}%)",
            (float(row["share"]), float(row["low"]), float(row["high"])),
            len(theirs),
            (theirs[name] / 100 - NEAR, theirs[name] / 100 + NEAR),
            deviation / np.sqrt(len(runs)),
            max(1, len(runs) - 1),
        )
        parts.append(part)
    # The last slice has all others.
    rest = [name for name in theirs if name not in rows.index]
    if len(rest) == 1:
        share = 1 - sum(float(rows.loc[name, "share"]) for name in named)
        # Shares of one whole vary against each other, so their sum less than if they did not.
        half = float(np.sqrt(sum(((part.high - part.low) / 2) ** 2 for part in parts)))
        region = (theirs[rest[0]] / 100 - NEAR, theirs[rest[0]] / 100 + NEAR)
        label = f"{rest[0]} (paper {theirs[rest[0]]}%)"
        parts.append(Part(label, share, share - half, share + half, region))
    return judge_every(parts, runs, of_seeds=len(runs) > 1)


def scale_removes_ngram_errors(study: Study) -> Finding:
    """Of the errors that a large net makes less than a small one, those that n-grams get right."""
    ngrams = [
        run
        for run in study.cards
        if parse_run(run).cell == "ngram" and (parse_run(run).n or 0) <= LONGEST_N
    ]
    pairs = _sizes(study)
    if not pairs or not ngrams:
        return not_run(
            "add a large and a small net of one cell, and n-grams: nets: [lstm-1x64, lstm-1x128]"
        )
    known = np.max([study.read(run) for run in ngrams], axis=0) > RIGHT
    shares = [_removed(study, small, large, known) for small, large in pairs]
    labels = [f"{small} to {large}" for small, large in pairs]
    runs = study.runs_of([net for pair in pairs for net in pair])
    cards = study.recurrent()
    alike = all(training(cards[small]) == training(cards[large]) for small, large in pairs)
    note = "" if alike else "the large net was not trained as the small one was"
    return judge_every(_parts(shares, labels, (MOST, np.inf)), runs, note=note)


def _sizes(study: Study) -> list[tuple[str, str]]:
    """The smallest and the largest net of each cell, where they differ much.

    Those that were trained alike, or where there are none, any.
    """
    cards, pairs = study.recurrent(), []
    alike = study.by_cell(lambda card: card.cell, lambda card: card.run)
    any_training = [
        {net: net for net, card in cards.items() if card.cell == cell} for cell in FAMILIES
    ]
    for groups in (alike, any_training):
        for group in groups:
            ordered = sorted(group.values(), key=lambda net: cards[net].parameters)
            if not ordered:
                continue
            small, large = ordered[0], ordered[-1]
            if cards[large].parameters >= LARGER * cards[small].parameters:
                pairs.append((small, large))
        if pairs:
            break
    return pairs


def _removed(study: Study, small: str, large: str, of: np.ndarray) -> Estimate:
    """The share of a class among the errors that go away, [1]; means over seeds.

    of: bool [characters], the class.
    """
    fewer = _wrong(study, small) - _wrong(study, large)
    return study.ratio(np.stack([fewer * of]), np.stack([fewer]))


def _wrong(study: Study, net: str) -> np.ndarray:
    """How often each character is an error, the mean over a net's seeds, [characters]."""
    mean: np.ndarray = np.mean([study.read(run) < RIGHT for run in study.nets[net]], axis=0)
    return mean


def _parts(shares: list[Estimate], labels: list[str], region: tuple[float, float]) -> list[Part]:
    together = Estimate(
        np.concatenate([share.value for share in shares]),
        np.concatenate([share.draws for share in shares], 1),
        shares[0].units,
        np.concatenate([share.usable for share in shares]),
    )
    low, high = simultaneous_interval(together)
    return [
        Part(label, float(together.value[at]), float(low[at]), float(high[at]), region)
        for at, label in enumerate(labels)
    ]


def data_cures_rare_words(study: Study) -> Finding:
    """How much likelier more training text removes an error in a rare word than any other.

    Of nets that differ in the share of the training text only, the least and the most of it.
    Classes are those of the text, fixed by all of the training text.
    """
    groups: dict[object, dict[float, str]] = {}
    for net, card in study.recurrent().items():
        share = float(getattr(card.recipe, "share", 1.0))
        alike = tuple(item for item in training(card) if item[0] not in ("share", "epochs"))
        epochs = card.recipe.epochs
        # At equal epochs, and at equal steps.
        for budget in (("epochs", epochs), ("steps", round(epochs * share, 6))):
            key = (card.cell, card.layers, card.size, alike, budget)
            groups.setdefault(key, {}).setdefault(share, net)
    pairs = [(nets[min(nets)], nets[max(nets)]) for nets in groups.values() if len(nets) > 1]
    if not pairs or study.classes is None:
        return not_run(
            "train a net on an eighth of the text and on all: recipes: {eighth: {like: modern, "
            "share: 0.125}}, nets: [lstm-1x64, lstm-1x64-eighth]"
        )
    rare = study.classes("rare words")
    ratios = []
    for less, more in pairs:
        removed = _removed(study, less, more, rare)
        wrong = _wrong(study, less)
        before = study.ratio(np.stack([wrong * rare]), np.stack([wrong]))
        ratios.append(
            replace(removed, value=removed.value / before.value, draws=removed.draws / before.draws)
        )
    labels = [f"{less} to {more}" for less, more in pairs]
    runs = study.runs_of([net for pair in pairs for net in pair])
    return judge_every(_parts(ratios, labels, (ALIKE, np.inf)), runs)


def little_is_cured(study: Study) -> Finding:
    """The table cures: what each takes of the errors that no knowledge removes, less what it adds.

    These are what no oracle removes, or, where a boost comes last and removes all, what only that
    does. Another seed removes as many as it adds, so what is counted is beyond that. A net of
    another cell than the paper's is a cure, too.
    """
    table = study.table("cures")
    if table is None:
        return not_run("name cures, and make them: cures: [ngrams, temperature]")
    families = table["name"].map(lambda name: name.partition("-")[0] in FAMILIES)
    cures = (table["kind"] == "cure") | ((table["kind"] == "scaling") & ~families)
    last = OTHER if table["errors"][table["oracle"] == OTHER].any() else ORACLES["boost"].label
    rows = table[cures & (table["oracle"] == last) & table["low"].notna()]
    if rows.empty:
        return not_run("name cures of the studied model, on a longer test text")
    parts = [
        study.widened(
            row["name"],
            (-float(row["difference"]), -float(row["high"]), -float(row["low"])),
            len(rows),
            (-np.inf, LITTLE),
        )
        for row in rows.to_dict("records")
    ]
    base = rows["base"].iloc[0]
    return judge_every(parts, study.nets.get(base, [base]))
