"""The test loss of every run and net, with intervals over streams and seeds, and comparisons.

The loss is given for all test text, for copied text and for what lies outside of it (`TEXTS`).
"""

import logging
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.predictions.cards import Card, CureCard
from visrnn.predictions.paper import paper_loss
from visrnn.predictions.predictions import Predictions, check_same_text
from visrnn.predictions.selection import best_run, group_nets, median_run
from visrnn.settings.names import CELLS, net_of, parse_run
from visrnn.statistics.comparisons import SCHEMA as COMPARISON
from visrnn.statistics.comparisons import compare
from visrnn.statistics.resampling import (
    Estimate,
    average_seeds,
    describe_dependence,
    find_units,
    resample,
    sum_by,
)
from visrnn.system.frames import build_frame

TEXTS = ("all", "copied", "elsewhere")
TRAINED = (*CELLS, "nnn")
# What has no seeds: chance has no part in it.
FIXED = ("ngram", "external")
_MODEL = [
    ("cell", pa.string()),
    ("layers", pa.int32()),
    ("size", pa.int32()),
    ("n", pa.int32()),
    ("hidden", pa.int32()),
    ("recipe", pa.string()),
    ("parameters", pa.int64()),
    ("dropout", pa.float64()),
    # Of a net that was brought, whether it may know this test text; such nets are chosen last.
    ("may_have_read_test", pa.bool_()),
]
# What is known of a loss: of a run, or of a net in the mean of its seeds.
LOSS = [
    ("validation", pa.float64()),
    ("loss", pa.float64()),
    # Ends of the 95% interval, over streams, and of a net over seeds too.
    ("low", pa.float64()),
    ("high", pa.float64()),
    # As the paper has it: of single characters, as if they were independent.
    ("standard_error_characters", pa.float64()),
    ("bits", pa.float64()),
    # Losses on copied text and outside of it, and the ends of their intervals.
    *[
        (f"{text}{end}", pa.float64())
        for text in ("copied", "elsewhere")
        for end in ("", "_low", "_high")
    ],
    # The share of copied characters, the same in all rows.
    ("copied_share", pa.float64()),
    ("paper", pa.float64()),
]
RUNS = pa.schema([("run", pa.string()), ("net", pa.string()), ("seed", pa.int64()), *_MODEL, *LOSS])
NETS = pa.schema(
    [
        ("net", pa.string()),
        *_MODEL,
        ("seeds", pa.list_(pa.int64())),
        ("seed_losses", pa.list_(pa.float64())),
        # SD between seeds, pooled over nets where these are alike; missing where it is not known.
        ("seed_deviation", pa.float64()),
        # The run that stands for the net: the seed of median validation loss.
        ("shown", pa.string()),
        *LOSS,
    ]
)
# text: which of TEXTS, or CURED, for cures that have n-grams in them, on all text; each is a family
# of its own.
CURED = "all, cures"
COMPARISONS = COMPARISON.insert(0, pa.field("text", pa.string()))

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores:
    """The losses of several runs on one text."""

    # [runs, TEXTS].
    losses: Estimate
    # The standard error of single characters, float64 [runs].
    character_errors: np.ndarray
    # Of copied characters.
    copied_share: float


def score_runs(
    runs: Sequence[str], read: Callable[[str], Predictions], copied: np.ndarray, best: str
) -> Scores:
    """The losses of `runs`, their streams resampled for all at once.

    read: gives the predictions of a run, one at a time. copied: bool [characters]. best: the run
    whose losses decide what is resampled, where there are few streams. Raises InputError where
    predictions are of different texts.
    """
    first = read(best)
    unit = find_units(first.losses, int(first.stream.max()) + 1)
    log.info("%s, by stream or block: %s", best, describe_dependence(first.losses, unit))
    weights = np.stack([np.ones(len(copied)), copied, ~copied])  # [TEXTS, characters]
    sums, errors = [], []
    for run in runs:
        table = read(run)
        check_same_text(run, table, best, first.token)
        sums.append(sum_by(unit, weights * table.losses))
        errors.append(table.losses.std() / math.sqrt(len(table.losses)))
    losses = resample(np.stack(sums, 1), sum_by(unit, weights)[:, None])
    return Scores(losses, np.array(errors), float(copied.mean()))


def loss_columns(losses: Estimate, scores: Scores) -> dict[str, np.ndarray]:
    """The columns of LOSS that an estimate gives. losses: [rows, TEXTS]."""
    low, high = losses.interval()
    columns = {"loss": losses.value[:, 0], "low": low[:, 0], "high": high[:, 0]}
    for text in (1, 2):
        # A ratio without characters is NaN, which a table leaves empty.
        name = TEXTS[text]
        columns |= {name: losses.value[:, text], f"{name}_low": low[:, text]}
        columns[f"{name}_high"] = high[:, text]
    share = np.full(len(low), scores.copied_share)
    return columns | {"bits": columns["loss"] / math.log(2), "copied_share": share}


def measure_losses(
    cards: Sequence[Card],
    read: Callable[[str], Predictions],
    copied: np.ndarray,
    paper: str | None,
    recipe: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A row a run (RUNS), a row a net (NETS), and the best net against the others (COMPARISONS).

    read, copied: as for `score_runs`. paper: the corpus of the paper to compare with, or None.
    recipe: what nets without a recipe in their name were trained with; of nets that were brought it
    is not known.
    """
    cards = sorted(cards, key=lambda card: card.cell == "cure")
    runs, nets = [card.run for card in cards], [net_of(card.run) for card in cards]
    # External models alone have none that could be chosen.
    plain = [card for card in cards if card.cell != "cure"]
    known_cards = [card for card in plain if card.validation is not None] or cards[:1]
    scores = score_runs(runs, read, copied, best_run(known_cards).run)
    known = [
        {name: getattr(card, name, None) for name, _ in _MODEL}
        | {
            "run": card.run,
            "net": net,
            "seed": parse_run(card.run).seed,
            "recipe": parse_run(card.run).recipe or (recipe if _trained_here(card) else None),
            # Named where it was chosen.
            "dropout": card.recipe.dropout if card.trained and card.dropout_grid else None,
            "validation": card.validation,
            "standard_error_characters": error,
            "paper": paper_loss(paper, card),
        }
        for card, net, error in zip(cards, nets, scores.character_errors, strict=True)
    ]
    by_run = pd.DataFrame(known).assign(**loss_columns(scores.losses, scores))
    fixed = {net for card, net in zip(cards, nets, strict=True) if card.cell in FIXED}
    # What is done to nets has no part in how far their seeds are apart.
    columns = []
    for at in (slice(len(plain)), slice(len(plain), None)):
        if nets[at]:
            _, means = average_seeds(scores.losses[at], nets[at], fixed)
            assert means.seed_deviation is not None
            deviation = means.seed_deviation[:, 0]
            columns.append(pd.DataFrame(loss_columns(means, scores)).assign(deviation=deviation))
    averages = pd.concat(columns, ignore_index=True)
    seeds = by_run.groupby("net", sort=False)
    by_net = seeds.first().reset_index()
    by_net[averages.columns] = averages
    averaged = ["validation", "standard_error_characters"]
    for name in averaged:
        by_net[name] = seeds[name].mean().to_numpy()
    by_net["seeds"] = [rows.dropna().astype(int).tolist() for _, rows in seeds["seed"]]
    by_net["seed_losses"] = [rows.tolist() for _, rows in seeds["loss"]]
    # What has no seeds has no deviation either, though it counts as 0.
    has_seeds = by_net["seeds"].map(bool)
    by_net["seed_deviation"] = by_net["deviation"].where(has_seeds, np.nan)
    by_net["shown"] = [median_run(group).run for group in group_nets(cards).values()]
    frames = [build_frame(by_run, RUNS), build_frame(by_net, NETS)]
    mixed = {net_of(card.run) for card in cards if isinstance(card, CureCard) and _has_ngram(card)}
    return *frames, compare_best(scores.losses, nets, frames[1], fixed, mixed)


def compare_best(
    losses: Estimate,
    nets: Sequence[str],
    table: pd.DataFrame,
    fixed: Collection[str],
    mixed: Collection[str] = (),
) -> pd.DataFrame:
    """The best net against every other net, the best n-gram and all external models.

    losses: [runs, TEXTS]. nets: of which net each run is a seed. table: as NETS; the best is so on
    the validation text. mixed: the cures that have n-grams in them. Copied text, and what lies
    outside of it, have a family of their own each: the best net against the best n-gram. So have
    `mixed`, against the best n-gram; what cures gain over their nets is in visrnn.errors.cures,
    paired by seeds too.
    """
    best, ngram = best_of(table, TRAINED), best_of(table, ["ngram"])
    if best is None:
        return build_frame([], COMPARISONS)
    others = [net for net in table["net"][table["cell"].isin(TRAINED)] if net != best["net"]]
    rivals = [] if ngram is None else [ngram["net"]]
    others += [*rivals, *table["net"][table["cell"] == "external"]]
    families = []
    plain = [at for at, net in enumerate(nets) if parse_run(net).cell != "cure"]
    for text, seconds in zip(TEXTS, (others, rivals, rivals), strict=True):
        pairs = [(best["net"], other) for other in seconds]
        of_text = losses[plain, TEXTS.index(text)]
        family = compare(of_text, [nets[at] for at in plain], pairs, fixed)
        families.append(family.assign(text=text))
    pairs = [(net, rival) for net in table["net"] if net in mixed for rival in rivals]
    families.append(compare(losses[:, 0], nets, pairs, fixed).assign(text=CURED))
    return build_frame(pd.concat(families), COMPARISONS)


def best_of(nets: pd.DataFrame, cells: Collection[str]) -> pd.Series | None:
    """The row of the net of these cells that is best on the validation text, None without any.

    As in visrnn.predictions.selection.best_net.
    """
    chosen = nets[nets["cell"].isin(list(cells)) & nets["validation"].notna()]
    unread = chosen[~chosen["may_have_read_test"].fillna(False).astype(bool)]
    chosen = unread if len(unread) else chosen
    return chosen.loc[chosen["validation"].idxmin()] if len(chosen) else None


def _has_ngram(card: CureCard) -> bool:
    return any(parse_run(part).cell == "ngram" for part in card.parts)


def _trained_here(card: Card) -> bool:
    return card.trained and card.source is None
