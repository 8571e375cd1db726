"""Section 4.2: interpretable cells, how far they reach, and saturated gates."""

import numpy as np
import pandas as pd
from scipy import special

from visrnn.cells.causes import CLOSING
from visrnn.cells.discovery import LEVEL
from visrnn.cells.max_t import unit_p_values
from visrnn.cells.saturation_claims import ALWAYS
from visrnn.claims.study import Study
from visrnn.claims.units import REACH
from visrnn.claims.verdicts import ABOVE, NONE, Finding, Part, judge_any, judge_every, not_run
from visrnn.corpus.properties import BRACKETS
from visrnn.settings.names import net_of
from visrnn.statistics.resampling import resample
from visrnn.statistics.simultaneous import CLAIM_LEVEL, simultaneous_interval, t_interval, widen

# The kinds of cells that the paper shows, by the properties that stand for each.
KINDS = {
    "line position": ["line_position"],
    "quotations": ["double_quotes", "single_quotes", "string"],
    "brackets": [f"{name}{depth}" for name in BRACKETS for depth in ("", "_depth")],
    "if conditions": ["if_condition"],
    "comments": ["comment"],
}
# The share of nets, of units, of time.
MOST, RARELY = 0.5, 0.1
RECORD = "record the activations of an LSTM or GRU: activations: [lstm-2x64]"
ABLATE = "snakemake ablation, and then claims again"


def some_cells(study: Study) -> Finding:
    """In how many nets a cell that discovery confirmed costs where its property ends."""
    cells = _used_cells(study)
    if cells is None:
        return not_run(ABLATE)
    counts = [_any(rows) for _, rows in cells.groupby("run", sort=False)]
    part = _count("nets with such a cell", counts, (MOST, np.inf))
    return judge_every([part], list(cells["run"].unique()))


def kinds_of_cells(study: Study) -> Finding:
    """The same for each kind of cell that the paper shows and the text has: in one net at least."""
    cells = _used_cells(study)
    if cells is None:
        return not_run(ABLATE)
    searched = {
        kind: [name for name in names if name in set(cells["property"])]
        for kind, names in KINDS.items()
    }
    parts, lacking = [], [kind for kind, names in searched.items() if not names]
    for kind, names in searched.items():
        if names:
            rows = cells[cells["property"].isin(names)]
            best = rows.sort_values(["speaks", "low"], ascending=False).iloc[0]
            label = f"{kind} ({best['run']} layer {best['layer']} unit {best['unit']})"
            if not best["confirmed"]:
                label += ", which discovery does not confirm"
            ends = float(best["effect"]), float(best["low"]), float(best["high"])
            parts.append(Part(label, *ends, ABOVE))
    if not parts:
        return not_run("a text with quotations, brackets or lines")
    note = f"not in this text, or too rare in it: {', '.join(lacking)}" if lacking else ""
    return judge_every(parts, list(cells["run"].unique()), note=note)


def _used_cells(study: Study) -> pd.DataFrame | None:
    """Chosen cells at the closing symbol of their property, with what each `speaks` for."""
    table = study.table("ablation")
    if table is None:
        return None
    chosen = table["chosen"].astype(bool) & (table["place"] == CLOSING)
    cells = table[chosen].copy()
    if cells.empty:
        return None
    numbers = cells.groupby("run")["property"].transform("size")
    low, high = np.transpose(
        [
            _widened(study, row, int(count))
            for (_, row), count in zip(cells.iterrows(), numbers, strict=True)
        ]
    )
    # What discovery did not confirm may still be there; but not what is weaker than the usual unit
    # of nets with random weights.
    weak = _weaker_than_random(study, cells)
    low = np.where(cells["confirmed"].astype(bool), low, np.minimum(low, 0))
    high = np.where(weak, np.minimum(high, 0), high)
    speaks = np.where(low > 0, 1, np.where(high <= 0, -1, 0))
    return cells.assign(low=low, high=high, speaks=speaks)


def _weaker_than_random(study: Study, cells: pd.DataFrame) -> np.ndarray:
    """Which cells are weaker than the median of the null nets' best units, bool [rows]."""
    table = study.table("cell_discovery")
    if table is None:
        return np.zeros(len(cells), bool)
    keys = ["run", "layer", "property"]
    judged = cells[keys].merge(table[[*keys, "strength", "null"]], on=keys, how="left")
    weak: np.ndarray = (judged["strength"] < judged["null"]).fillna(False).to_numpy(bool)
    return weak


def _widened(study: Study, row: pd.Series, numbers: int) -> tuple[float, float]:
    if pd.isna(row["low"]):
        return np.nan, np.nan
    ends = float(row["effect"]), float(row["low"]), float(row["high"])
    return widen(ends, study.units, numbers)


def _any(rows: pd.DataFrame) -> int:
    """1 where a row speaks for it, -1 where all speak against it, else 0."""
    return 1 if (rows["speaks"] == 1).any() else -1 if (rows["speaks"] == -1).all() else 0


def _count(label: str, speaks: list[int], region: tuple[float, float]) -> Part:
    """The share of things that speak for a claim; those that are undecided may or may not."""
    low, high = np.mean(np.array(speaks) == 1), np.mean(np.array(speaks) >= 0)
    label = f"{label}: {speaks.count(1)} of {len(speaks)}"
    return Part(label, float(low), float(low), float(high), region)


def most_cells(study: Study) -> Finding:
    """The share of units that tell no property better than null nets do.

    What a unit adds to a table of the last characters is not asked here, so fewer may pass than
    counted: a share above the bound holds, and one below it is undecided. Properties that the last
    character tells are left out.
    """
    scores, discovery = study.table("unit_scores"), study.table("cell_discovery")
    if scores is None or discovery is None or not study.nulls:
        return not_run(RECORD)
    told = discovery[discovery["last_character"].astype(bool)]["property"].unique()
    scores = scores[~scores["property"].isin(list(told))].reset_index(drop=True)
    passes, floor = unit_passes(scores, study)
    if floor >= LEVEL:
        return not_run("more null nets, or no unit can pass: null_nets: 199")
    parts, runs = [], list(scores["run"].unique())
    for run, rows in scores.assign(passes=passes).groupby("run", sort=False):
        none = ~rows.groupby(["layer", "unit"])["passes"].any()
        low, high = exact_interval(int(none.sum()), len(none), len(runs))
        label = f"{run}: {int(none.sum())} of {len(none)} units"
        # Those that pass may fail to add anything.
        parts.append(Part(label, float(none.mean()), low, max(high, 1.0), (MOST, np.inf)))
    return judge_every(parts, runs)


def unit_passes(scores: pd.DataFrame, study: Study) -> tuple[np.ndarray, float]:
    """Whether each unit passes for each property, bool [rows]; and the least p there can be."""
    strength = scores["test"].astype(float)
    strength = strength.where(scores["score"] != "AUC", 2 * strength - 1)
    units = scores.assign(net=scores["run"].map(net_of), strength=strength)
    nulls = {run: study.nulls[run] for run in dict.fromkeys(scores["run"])}
    p, floor = unit_p_values(units, nulls)
    return p < LEVEL, floor


def exact_interval(count: int, total: int, numbers: int) -> tuple[float, float]:
    """The interval of a share (Clopper & Pearson 1934) of things drawn one by one."""
    tail = (1 - CLAIM_LEVEL) / 2 / numbers
    low = special.betaincinv(count, total - count + 1, tail) if count else 0.0
    high = special.betaincinv(count + 1, total - count, 1 - tail) if count < total else 1.0
    return float(low), float(high)


def cells_reach_far(study: Study) -> Finding:
    """Runs over which cells hold a property, and what context beyond training's reach is worth."""
    held, context = study.table("held"), study.table("context")
    parts = []
    if held is not None:
        known = held[held["error"].notna()]
        for row in known.itertuples():
            value, error = np.array([row.difference]), np.array([row.error])
            low, high = t_interval(value, error, row.streams, len(known))
            label = f"{row.run} {row.property}, longest run {row.longest} characters"
            parts.append(Part(label, float(row.difference), float(low[0]), float(high[0]), ABOVE))
    if context is not None:
        at = (context["group"] == "all") & (context["beyond"] == "nothing")
        rows = context[at & context["low"].notna()]
        for row in rows.itertuples():
            card = study.cards.get(row.run)
            if card is None or not card.trained:
                continue
            reach = max(REACH, card.recipe.sequence)
            # The shortest context that is no shorter.
            if row.k == min((k for k in rows["k"] if k >= reach), default=None):
                label = f"{row.run}, nats lost with {row.k} characters"
                ends = (row.excess, row.low, row.high)
                parts.append(study.widened(label, ends, len(study.cards), ABOVE))
    if not parts:
        return not_run(f"{RECORD}, and a text with properties that last longer; or make context")
    runs = list(dict.fromkeys(part.label.split()[0].strip(",") for part in parts))
    return judge_any(parts, runs)


def forget_gates_open(study: Study) -> Finding:
    return _always(study, ["f"], ["right"], ABOVE)


def forget_gates_shut(study: Study) -> Finding:
    return _always(study, ["f"], ["left"], NONE)


def output_gates(study: Study) -> Finding:
    return _always(study, ["o"], ["left", "right"], NONE)


def _always(
    study: Study, gates: list[str], sides: list[str], region: tuple[float, float]
) -> Finding:
    """The share of gates that are on a side for more than ALWAYS of the time, net by net."""
    table = study.table("gate_units")
    gated = None if table is None else table[table["gate"].isin(gates)]
    if gated is None or gated.empty:
        return not_run("record the activations of an LSTM: activations: [lstm-2x64]")
    parts = []
    for run, rows in gated.groupby("run", sort=False):
        speaks = np.full(len(rows), -1)
        for side in sides:
            share, error = (rows[name].to_numpy(float) for name in (side, f"{side}_error"))
            units = int(rows["streams"].iloc[0])
            low, high = t_interval(share, error, units, len(rows) * len(sides))
            # Without an interval everything is possible.
            may = np.where(
                np.isnan(low), 0, np.where(low > ALWAYS, 1, np.where(high > ALWAYS, 0, -1))
            )
            speaks = np.maximum(speaks, may)
        most = max(float(rows[side].max()) for side in sides)
        parts.append(_count(f"{run}, at most {most:.1%} of the time", speaks.tolist(), region))
    return judge_every(parts, list(gated["run"].unique()))


def upper_layers_binary(study: Study) -> Finding:
    """The saturated time of each upper layer less that of the first, mean over units and gates."""
    streams = study.table("saturation_streams")
    parts, runs = [], []
    for run, rows in [] if streams is None else streams.groupby("run", sort=False):
        layers = _by_layer(rows)
        if len(layers.columns) < 2:
            continue
        runs.append(str(run))
        upper = layers.drop(columns=1).sub(layers[1], axis=0)  # [streams, upper layers]
        estimate = resample(upper.to_numpy(float), np.ones((len(upper), 1)))
        low, high = simultaneous_interval(estimate)
        for at, layer in enumerate(upper.columns):
            ends = (float(estimate.value[at]), float(low[at]), float(high[at]))
            parts.append(Part(f"{run} layer {layer}", *ends, ABOVE))
    if not parts:
        return not_run("record the activations of a net of two layers: activations: [lstm-2x64]")
    return judge_every(parts, runs)


def _by_layer(rows: pd.DataFrame) -> pd.DataFrame:
    """The saturated share of time by stream and layer, the mean over gates; [streams, layers]."""
    saturated = rows["left"].astype(float) + rows["right"].astype(float)
    return rows.assign(saturated=saturated).pivot_table(
        index="stream", columns="layer", values="saturated"
    )


def gru_first_layer(study: Study) -> Finding:
    """The time that r is open and z is shut in first layers, the mean over units."""
    streams = study.table("saturation_streams")
    parts, runs = [], []
    if streams is not None:
        first = streams[(streams["cell"] == "gru") & (streams["layer"] == 1)]
        for run, rows in first.groupby("run", sort=False):
            shares = np.stack(
                [
                    rows[rows["gate"] == gate].sort_values("stream")[side].to_numpy(float)
                    for gate, side in (("r", "right"), ("z", "left"))
                ],
                1,
            )  # [streams, 2]
            estimate = resample(shares, np.ones((len(shares), 1)))
            low, high = simultaneous_interval(estimate)
            runs.append(str(run))
            for at, what in enumerate(("r open", "z shut")):
                ends = (float(estimate.value[at]), float(low[at]), float(high[at]))
                parts.append(Part(f"{run} {what}", *ends, (-np.inf, RARELY)))
    if not parts:
        return not_run("record the activations of a GRU: activations: [gru-2x64]")
    return judge_every(parts, runs)
