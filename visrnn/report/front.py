"""How the summary of a study begins: three sentences, and four pictures that lead on."""

from collections.abc import Iterable

import pandas as pd

from visrnn.cells.discovery import best_cells
from visrnn.predictions.advice import advise
from visrnn.predictions.copied import CONTEXT
from visrnn.predictions.losses import CURED, TRAINED, best_of
from visrnn.report.html import Section
from visrnn.settings.oracles import ORACLES

# The pictures, of which the first four that a study has are shown.
PICTURES = (
    *("losses", "cells", "error_peeling", "closing_delimiter", "dynamics", "learning_curves"),
    *("saturation", "character_gap", "embedding", "oracle_orders"),
)


def front_section(
    unit: str,
    nets: pd.DataFrame,
    comparisons: pd.DataFrame,
    slices: pd.DataFrame | None,
    discovery: pd.DataFrame | None,
    curves: pd.DataFrame | None,
) -> Section:
    """Who predicts best, why, and what is known of the net: a sentence each.

    unit: byte or character. The tables are those of visrnn.report.summary.summarise.
    """
    net, ngram = best_of(nets, TRAINED), best_of(nets, ["ngram"])
    story: list[tuple[str, tuple[str, ...]]] = [
        (_who(unit, nets, comparisons, net, ngram), ("losses",)),
        (_why(comparisons, net, ngram, curves), ("losses", "learning_curves")),
        (_inside(slices, discovery), ("error_peeling", "cells", "cell_discovery")),
    ]
    told = [(sentence, figures) for sentence, figures in story if sentence]
    about = {place: figures for place, (_, figures) in enumerate(told)}
    return Section("", [sentence for sentence, _ in told], about=about)


def more_figures(sections: Iterable[Section], names: Iterable[str]) -> list[Section]:
    """A section of the figures that no other section has, if there are any."""
    placed = {name for section in sections for name in section.figures}
    more = tuple(name for name in names if name not in placed)
    return [Section("More figures", [], figures=more)] if more else []


def _who(
    unit: str,
    nets: pd.DataFrame,
    comparisons: pd.DataFrame,
    net: pd.Series | None,
    ngram: pd.Series | None,
) -> str:
    if net is None or ngram is None:
        best = nets.sort_values("loss", kind="stable").iloc[0]
        best = next((row for row in (net, ngram) if row is not None), best)
        return f"The best model is {best['net']}, with {best['loss']:.3f} nats a {unit}."
    pairs = comparisons[comparisons["second"] == ngram["net"]].set_index("text")
    verdict = pairs.loc["all", "verdict"]
    first, second = (net, ngram) if net["loss"] <= ngram["loss"] else (ngram, net)
    losses = f"{first['loss']:.3f} against {second['loss']:.3f} nats a {unit}"
    if verdict == "undecided":
        return (
            f"Whether {net['net']} or {ngram['net']} predicts the test text better is undecided: "
            f"{losses}{_mixed(nets, comparisons, ngram)}."
        )
    better = f"{first['net']} predicts the test text better than {second['net']}"
    return f"{better}: {losses}{_mixed(nets, comparisons, ngram)}."


def _mixed(nets: pd.DataFrame, comparisons: pd.DataFrame, ngram: pd.Series) -> str:
    """What the best mixture of nets and n-grams has, chosen on the validation text."""
    pairs = comparisons[(comparisons["text"] == CURED) & (comparisons["second"] == ngram["net"])]
    mixtures = nets[nets["net"].isin(pairs["first"])]
    if mixtures.empty:
        return ""
    loss = mixtures.loc[mixtures["validation"].idxmin(), "loss"]
    return f"; mixed, the net and the n-grams have {loss:.3f}"


def _why(
    comparisons: pd.DataFrame,
    net: pd.Series | None,
    ngram: pd.Series | None,
    curves: pd.DataFrame | None,
) -> str:
    """What copied text has to do with it, and whether the net had epochs enough."""
    if net is None:
        return ""
    parts = []
    if ngram is not None and not pd.isna(net["copied"]) and not pd.isna(net["elsewhere"]):
        share, lead = net["copied_share"], net["loss"] - ngram["loss"]
        copied = net["copied"] - ngram["copied"]
        elsewhere = net["elsewhere"] - ngram["elsewhere"]
        pair = (comparisons["second"] == ngram["net"]) & (comparisons["text"] == "elsewhere")
        unsure = " (undecided)" if "undecided" in comparisons.loc[pair, "verdict"].tolist() else ""
        where = (
            f"copied text, the {share:.1%} of characters that stand in the training text too, with "
            f"the {CONTEXT} before them"
        )
        if lead > 0 >= elsewhere:
            parts.append(
                f"the n-gram owes its lead to {where}: on all other text the net is ahead by "
                f"{-elsewhere:.3f} nats{unsure}"
            )
        elif lead > 0:
            parts.append(
                f"{min(1, max(0, share * copied / lead)):.0%} of the n-gram's lead comes from "
                f"{where}; on all other text it is ahead by {elsewhere:.3f} nats{unsure}"
            )
        else:
            behind = "behind" if copied > 0 else "ahead"
            parts.append(
                f"the net owes its lead to text that is new, on which it is ahead by "
                f"{-elsewhere:.3f} nats{unsure}; on {where}, it is {behind} by {abs(copied):.3f}"
            )
    # The run that stands for the net. One that was brought may have no history.
    history = None if curves is None else curves[curves["run"] == net["shown"]]
    if history is not None and len(history) > 1:
        parts.append(f"after {len(history)} epochs {net['net']} {_learns(advise(history))}")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _learns(advice: str) -> str:
    """An advice of visrnn.predictions.advice as the verb of a sentence."""
    return f"is {advice}" if advice.startswith("still") else advice


def _inside(slices: pd.DataFrame | None, discovery: pd.DataFrame | None) -> str:
    """How often the net errs and what would help most, and for what it has cells."""
    parts = []
    if slices is not None:
        kinds = dict(iter(slices.groupby("kind", sort=False)))
        whole, who = kinds["all"].iloc[0], slices["net"].iloc[0]
        part = f"{who} errs in {whole['errors'] / slices['characters'].iloc[0]:.1%} of the places"
        oracles = kinds.get("oracle", slices[:0])
        oracles = oracles[oracles["name"] != ORACLES["boost"].label]
        if whole["errors"] and len(oracles):
            most = oracles.sort_values(["share", "name"], ascending=False).iloc[0]
            part += f"; of all oracles {most['name']} removes the most, {most['share']:.1%}"
        parts.append(part)
    if discovery is not None and not discovery.empty:
        best = best_cells(discovery)
        found = best[best["found"].astype(bool)]
        part = f"for {len(found)} of {len(best)} properties of the text a cell was found"
        if len(found):
            cell = found.iloc[0]
            part += (
                f", best for {cell['property'].replace('_', ' ')}: unit {cell['unit']} of layer "
                f"{cell['layer']} of {cell['run']} ({cell['score']} {cell['test']:.2f})"
            )
        parts.append(part)
    sentence = "; ".join(parts)
    # The name of a net keeps its small letters.
    sentence = f"F{sentence[1:]}" if sentence.startswith("for ") else sentence
    return f"{sentence}." if sentence else ""
