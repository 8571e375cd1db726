"""Section 4.3: what nets know that n-grams don't, and how they come to it."""

import math
from itertools import pairwise

import numpy as np

from visrnn.claims.study import FAMILIES, Study
from visrnn.claims.verdicts import ABOVE, Finding, Part, judge_every, not_run
from visrnn.settings.names import parse_run
from visrnn.statistics.simultaneous import widen

# The n-gram that the paper compares with, and the n from which on n-NN fall behind n-grams.
LONG, FEWEST_N = 20, 4
# What counts as far smaller.
SMALLER = 0.1
# The characters that the paper names, of code and of prose.
NAMED = {"code": "\t\n ()[]{}", "prose": " \r\n"}
# Where the gain at the closing brace is greatest, and how far it reaches.
PEAK, REACH = (30, 120), 200
# The share of the gain that must come from beyond LONG characters.
MOST = 0.5


def best_net_beats_ngram(study: Study) -> Finding:
    best, rival = study.best(FAMILIES), f"ngram-{LONG}"
    if best is None or rival not in study.nets:
        return not_run(f"add a recurrent net and the {LONG}-gram: ngrams: [{LONG}]")
    parts, of_seeds = study.differences([(best, rival)])
    return judge_every(parts, study.runs_of([best, rival]), of_seeds=of_seeds)


def windows_lose(study: Study) -> Finding:
    ns = {net: parse_run(net).n or 0 for net in study.nets if parse_run(net).cell == "nnn"}
    pairs = [
        (net, f"ngram-{n}")
        for net, n in sorted(ns.items(), key=lambda item: item[1])
        if n >= FEWEST_N and f"ngram-{n}" in study.nets
    ]
    if not pairs:
        return not_run("add an n-NN and an n-gram of one n from 4 on: nnn: [4, 5], ngrams: [4, 5]")
    parts, of_seeds = study.differences(pairs, ABOVE)
    runs = study.runs_of([net for pair in pairs for net in pair])
    return judge_every(parts, runs, of_seeds=of_seeds)


def net_is_smaller(study: Study) -> Finding:
    """Bytes of the weights over those of the n-gram model, were its n-grams a byte each."""
    best, rival = study.best(FAMILIES), f"ngram-{LONG}"
    grams = getattr(study.cards.get(rival), "grams", None)
    size = study.weight_bytes.get(study.nets[best][0]) if best else None
    if not grams or not size:
        return not_run(f"add a recurrent net and the {LONG}-gram: ngrams: [{LONG}]")
    ratio = size / sum(grams)
    part = Part(f"{best} to {rival}", ratio, ratio, ratio, (0, SMALLER))
    # A line has the n-gram, its marks one by one, and two numbers.
    lines = sum(count * (2 * k + 24) for k, count in enumerate(grams, 1))
    note = (
        f"{size:,} bytes of weights; {sum(grams):,} n-grams, taken for a byte each, where gzip "
        f"leaves about 13 of an ARPA file; that file has about {lines / 1e6:,.0f} MB, and the "
        f"ratio to it is {size / lines:.1g}"
    )
    return judge_every([part], study.runs_of([str(best), rival]), of_seeds=True, note=note)


def named_characters(study: Study) -> Finding:
    """The table character_gap, for white space, and in code brackets."""
    gap = study.table("character_gap")
    if gap is None:
        return not_run("add a recurrent net and n-grams: they are the model and its rival")
    named = NAMED["prose" if study.language == "prose" else "code"]
    # Of a line end of two characters only the first is a question.
    marks = [ord(mark) for mark in named if mark != "\n" or ord("\r") not in set(gap["point"])]
    gap = gap[gap["point"].isin(marks) & gap["low"].notna()]
    if gap.empty:
        return not_run("a longer test text: none of the characters occurs in ten of its streams")
    parts = [
        study.widened(row.character, (row.difference, row.low, row.high), len(gap), ABOVE)
        for row in gap.itertuples()
    ]
    runs = [gap["model_run"].iloc[0], gap["rival_run"].iloc[0]]
    return judge_every(parts, runs, note=f"{runs[0]} less {runs[1]}")


def closing_brace(study: Study) -> Finding:
    """The table closing_delimiter: where the gain may be greatest, and that it lasts."""
    table = study.table("closing_delimiter")
    braces = None if table is None else table[(table["kind"] == "}") & table["low"].notna()]
    if braces is None or len(braces) < 3:
        return not_run("add a corpus of code with closing braces, such as the kernel: language: c")
    braces = braces.sort_values("from")
    middles = np.sqrt(braces["from"].astype(float) * braces["to"].astype(float)).to_numpy()
    ends = [
        study.widened("gain", (row.difference, row.low, row.high), len(braces), ABOVE)
        for row in braces.itertuples()
    ]
    # The peak can be wherever the gain may be as large as it surely is somewhere.
    sure = max(part.low for part in ends)
    may_peak = [middle for middle, part in zip(middles, ends, strict=True) if part.high >= sure]
    top = middles[int(np.argmax([part.value for part in ends]))]
    parts = [Part("characters at the peak", float(top), min(may_peak), max(may_peak), PEAK)]
    for (_, row), part in zip(braces.iterrows(), ends, strict=True):
        if row["to"] <= REACH:
            label = f"gain at {row['from']} to {row['to']}"
            parts.append(Part(label, part.value, part.low, part.high, ABOVE))
    runs = [braces["model_run"].iloc[0], braces["rival_run"].iloc[0]]
    return judge_every(parts, runs, note=f"{runs[0]} less {runs[1]}")


def one_window_after_the_other(study: Study) -> Finding:
    """The table dynamics: at which epochs the net may be most like each n-NN."""
    table = study.table("dynamics")
    table = None if table is None else table[table["divergence_low"].notna()]
    if table is None or table["n"].nunique() < 2:
        return not_run("train a recurrent net here with two n-NN: nnn: [1, 2, 3]")
    looks = table["step"].nunique()
    minima: list[tuple[int, float, float, float]] = []
    for n, rows in table.groupby("n"):
        ends = [
            widen((row.divergence, row.divergence_low, row.divergence_high), study.units, looks)
            for row in rows.itertuples()
        ]
        sure = min(high for _, high in ends)
        may_be = [epoch for epoch, (low, _) in zip(rows["epoch"], ends, strict=True) if low <= sure]
        least = rows.loc[rows["divergence"].idxmin(), "epoch"]
        minima.append((int(n), float(least), float(min(may_be)), float(max(may_be))))
    parts = []
    for (n, one, one_low, one_high), (more, two, low, high) in pairwise(minima):
        label = f"epochs from the minimum for n = {n} to that for {more}"
        parts.append(Part(label, two - one, low - one_high, high - one_low, ABOVE))
    return judge_every(parts, list(dict.fromkeys(table["run"])))


def beyond_the_ngram(study: Study) -> Finding:
    """The table context: what of the gain over the 20-gram is lost with 20 characters of context.

    The gain is that of all test text. Errors of both count as independent, which is more than they
    have together, since what costs much with little context is what is gained most.
    """
    table, rival = study.table("context"), f"ngram-{LONG}"
    if table is None:
        return not_run("snakemake context, and then claims again")
    rows = table[(table["group"] == "all") & (table["beyond"] == "nothing") & (table["k"] == LONG)]
    rows = rows[rows["run"].isin(list(study.cards)) & rows["low"].notna()]
    if rows.empty or rival not in study.cards:
        return not_run(f"add the {LONG}-gram, ngrams: [{LONG}], and make context again")
    parts, runs, gaining = [], list(study.cards), []
    for row in rows.itertuples():
        gain = study.losses[[runs.index(rival)]] - study.losses[[runs.index(row.run)]]
        low, high = gain.interval()
        gained = float(gain.value[0])
        label = f"{row.run} of {gained:.3f} nats"
        # Without a gain there is no share of it.
        if not low[0] > 0:
            continue
        gaining.append(row.run)
        share = float(row.excess) / gained
        errors = [
            [(row.excess - row.low) / row.excess, (high[0] - gained) / gained],
            [(row.high - row.excess) / row.excess, (gained - low[0]) / gained],
        ]
        below, above = (abs(share) * math.hypot(*pair) for pair in errors)
        ends = (share, share - below, share + above)
        parts.append(study.widened(label, ends, len(rows), (MOST, math.inf)))
    if not parts:
        return not_run(f"record a net that predicts better than the {LONG}-gram, and make context")
    return judge_every(parts, gaining)
