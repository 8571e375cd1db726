"""What the summary of a study says of errors."""

from collections.abc import Mapping

import pandas as pd

from visrnn.errors.overlap import overlapping_runs
from visrnn.report.html import Section
from visrnn.settings.oracles import ORACLES

FIGURES = (
    *("error_peeling", "error_examples", "oracle_orders", "scaling"),
    *("error_overlap", "error_sets", "character_gap", "closing_delimiter"),
)


def errors_section(slices: pd.DataFrame, overlap: pd.DataFrame | None) -> Section:
    """How many errors the net makes, and what each oracle takes of them in its turn.

    slices: as visrnn.errors.peeling.slice_table, with the number of test characters.
    """
    net, seeds, characters = (slices[name].iloc[0] for name in ("net", "seeds", "characters"))
    by_kind = dict(iter(slices.groupby("kind", sort=False)))
    whole = by_kind["all"].iloc[0]
    errors = whole["errors"]
    what = f"{net} (mean of {seeds} seeds)" if seeds > 1 else f"{net} (one seed)"
    sentences = [
        f"{what} gives less than half of the probability to what comes in {errors:,.0f} of "
        f"{characters:,} places ({errors / characters:.1%}): these are its errors."
    ]
    # Half of the probability added to any makes every error right.
    oracles = by_kind["oracle"]
    oracles = oracles[oracles["name"] != ORACLES["boost"].label]
    if errors and len(oracles):
        together = by_kind["together"].iloc[0]
        # Of equals the last by name.
        ordered = oracles.sort_values(["share", "name"], ascending=False)
        most = ordered.iloc[0]
        sentences.append(
            f"Taken one after the other, all oracles except boost remove {_share(together)} of "
            f"them; in its turn {most['name']} takes the most, {_share(most)}."
        )
        sentences += _floor(by_kind, seeds)
        dearest = oracles.sort_values(["nats_share", "name"], ascending=False).iloc[0]
        sentences.append(
            f"An error says nothing of how wrong it is. Counted in nats, the errors hold "
            f"{_share(whole, 'nats_')} of all the loss, and the rest lies on characters that are "
            f"called right; {most['name']} takes {_share(most, 'nats_')} of the loss"
            + (
                ", again the most."
                if dearest["name"] == most["name"]
                else f", and {dearest['name']} the most, {_share(dearest, 'nats_')}."
            )
        )
        sentences.append(
            "Brackets are 95% intervals, by streams of the test text"
            + (
                " and seeds."
                if seeds > 1
                else "; they are of this very net on new text, as one seed says nothing of others."
            )
        )
    about = {}
    if overlap is not None:
        about[len(sentences)] = ("error_overlap",)
        runs = overlapping_runs(overlap)
        wrong = overlap[runs].sum(axis=1)
        shares = [
            _share(row.iloc[0]) if len(row) else "none"
            for row in (overlap[wrong == len(runs)], overlap[wrong == 0])
        ]
        sentences.append(
            f"{', '.join(runs[:-1])} and {runs[-1]} all err in {shares[0]} of the places and are "
            f"all right in {shares[1]}."
        )
    table = pd.concat([by_kind[kind] for kind in ("oracle", "rest") if kind in by_kind])
    table = table.assign(
        errors=table["errors"].astype("float64").round().astype("int64"),
        percent=100 * table["share"],
        percent_low=100 * table["low"],
        percent_high=100 * table["high"],
        of_the_loss=100 * table["nats_share"],
    ).rename(columns={"name": "oracle"})
    columns = ["oracle", "errors", "percent", "percent_low", "percent_high", "of_the_loss"]
    return Section(
        "Where it errs", sentences, table[columns].reset_index(drop=True), FIGURES, about
    )


def _floor(by_kind: Mapping[str, pd.DataFrame], seeds: int) -> list[str]:
    """What other models alone take: another seed, and the longest of the n-grams."""
    sentences = [
        "How many of them another seed of the net would remove, which is the least that means "
        "anything, is not known, as there is one seed."
    ]
    if seeds > 1:
        floor = by_kind["seed"].iloc[0]
        sentences = [
            f"Another seed of the same net, which knows no more, removes {_share(floor)} of them: "
            f"less than that is no finding."
        ]
    if "model" in by_kind:
        models = by_kind["model"].to_dict("records")
        longest = max(models, key=lambda row: int(row["name"].split("-")[1]))
        also = "; the n-grams together remove more, as any of them may be right"
        sentences.append(
            f"{longest['name']} alone removes {_share(longest)}{also * (len(models) > 1)}."
        )
    return sentences


def _share(row: Mapping, prefix: str = "") -> str:
    """A share with its interval, where it has one."""
    share, low, high = row[f"{prefix}share"], row[f"{prefix}low"], row[f"{prefix}high"]
    if pd.isna(low):
        return f"{share:.1%}"
    return f"{share:.1%} [{100 * low:.1f}, {100 * high:.1f}]"
