"""What units of a net do: the change of its loss where a property matters, with a unit held.

A property of the text matters where it ends: its closing symbol, which a net without the property
cannot foresee, and the character after that. A line's is the first character of its line end.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from visrnn.cells.discovery import validation_strength
from visrnn.corpus.corpus import Corpus
from visrnn.corpus.syntax import find_line_ends
from visrnn.settings.names import net_of
from visrnn.statistics.corrections import holm
from visrnn.statistics.resampling import resample, sum_by
from visrnn.system.frames import build_frame

CLOSING, AFTER, ERROR = "closing", "after", "error"
# Places that are fewer in the text that was read are left out.
FEWEST = 10
# Characters of a text that is shown, and what counts of each time that its property lasted.
WINDOW, LASTING = 450, 40
# Seeds from which on the ranks of a net's cells are combined.
SEEDS = 3

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("layer", pa.int32()),
        ("unit", pa.int32()),
        # A property of the text, or of place `error` a class of the net's errors.
        ("property", pa.string()),
        # closing, after or error.
        ("place", pa.string()),
        ("count", pa.int64()),
        # Change of the loss with the unit held, nats: at these places, at all others, and more
        # at these than at the others.
        ("there", pa.float64()),
        ("elsewhere", pa.float64()),
        ("effect", pa.float64()),
        # Of the effect, 95%; of cells that were picked only.
        ("low", pa.float64()),
        ("high", pa.float64()),
        # Of the effect among the units of the layer, 1 for the largest.
        ("rank", pa.int32()),
        # Whether discovery picked this unit of the layer for the property, on validation text.
        ("picked", pa.bool_()),
        # Whether this layer's is the strongest of the net's on validation text.
        ("chosen", pa.bool_()),
        # Whether the test text confirmed what discovery picked.
        ("confirmed", pa.bool_()),
    ]
)
TABLE = pa.schema(
    [(name, SCHEMA.field(name).type) for name in ("property", "place", "run", "layer", "unit")]
    + [("count", pa.int64())]
    + [(name, pa.float64()) for name in ("effect", "low", "high", "elsewhere")]
    + [("rank", pa.int32()), ("units", pa.int32())]
    + [(name, pa.float64()) for name in ("next", "median", "p", "holm")]
)


def pick_cells(discovery: pd.DataFrame) -> pd.DataFrame:
    """For each run, property and layer the unit that discovery picked on the validation text.

    discovery: as visrnn.cells.max_t.judge_cells gives it. Two columns are added: `chosen`, whether
    it is the strongest of the layers' on validation text, and `confirmed`.
    """
    strength = validation_strength(discovery)
    most = strength.groupby([discovery["run"], discovery["property"]]).transform("idxmax")
    found = discovery["found"].fillna(False).astype(bool)
    return discovery.assign(chosen=most == discovery.index, confirmed=found)


def line_marks(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """Which tokens begin a line end, and which a line; bool [tokens] each."""
    # Line ends are single tokens in any unit.
    first, last = find_line_ends(np.array(corpus.manifest["symbols"])[corpus.tokens])
    ends, begins = np.zeros((2, len(corpus.tokens)), bool)
    ends[first] = True
    begins[last[last + 1 < len(begins)] + 1] = True
    return ends, begins


def choose_window(
    values: np.ndarray, closing: np.ndarray, begins: np.ndarray, positions: np.ndarray
) -> np.ndarray:
    """Positions of WINDOW characters, from the beginning of a line, that show a property well.

    values, closing, begins: of every token: the property, where it ends, where lines begin.
    positions: int64 [streams, length], the text to choose from. Taken is the window with the most
    characters that the property had lasted when it ended, LASTING of each at most.
    """
    place = np.arange(len(values))
    rises = np.append(True, values[1:] > values[:-1])
    lasted = place - np.maximum.accumulate(np.where(rises, place, 0))
    weight = np.where(closing, np.minimum(lasted, LASTING), 0)[positions]
    size = min(WINDOW, positions.shape[1])
    sums = np.pad(np.cumsum(weight, 1), ((0, 0), (1, 0)))
    sums = sums[:, size:] - sums[:, :-size]  # [streams, length - size + 1]
    starts = begins[positions[:, : sums.shape[1]]]
    starts[:, 0] = True
    stream, offset = np.unravel_index(np.where(starts, sums, -1).argmax(), sums.shape)
    return positions[stream, offset : offset + size]


def property_places(name: str, values: np.ndarray, line_first: np.ndarray) -> np.ndarray:
    """Where a property ends, bool [tokens]: where it is no more, or its count falls.

    values: of every token, bool or int32. line_first: which tokens begin a line end, bool.
    """
    if name == "line_position":
        return line_first
    falls = np.zeros(len(values), bool)
    falls[1:] = values[1:] < values[:-1]
    return falls


def find_places(
    properties: Mapping[str, np.ndarray], line_first: np.ndarray, positions: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """The places of every property, bool [characters] each, by property and kind.

    positions: int64 [characters], which tokens of the corpus the characters are.
    """
    found = {}
    for name, values in properties.items():
        closing = property_places(name, values, line_first)
        found[name, CLOSING] = closing[positions]
        found[name, AFTER] = np.append(False, closing[:-1])[positions] & ~closing[positions]
    return found


def tabulate_effects(
    run: str,
    layer: int,
    costs: np.ndarray,
    places: Mapping[tuple[str, str], np.ndarray],
    block: np.ndarray,
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """A row for every unit of a layer and kind of place, as SCHEMA has them.

    costs: float32 [hidden, characters], as visrnn.nets.clamping.ablate gives them. places: by
    property and kind. block: what resampling draws as one, int64 [characters]. cells: as
    `pick_cells` gives them.
    """
    cells = cells[(cells["run"] == run) & (cells["layer"] == layer)].set_index("property")
    hidden, characters = costs.shape
    tables = [build_frame([], SCHEMA)]
    total = costs.sum(1, dtype=np.float64)
    for (name, kind), mask in places.items():
        # What else belongs to the property is not elsewhere.
        either = mask | places.get((name, CLOSING), mask) | places.get((name, AFTER), mask)
        count, others = int(mask.sum()), characters - int(either.sum())
        if min(count, others) < FEWEST:
            continue
        there = costs[:, mask].sum(1, dtype=np.float64) / count
        elsewhere = (total - costs[:, either].sum(1, dtype=np.float64)) / others
        effect = there - elsewhere
        columns = {
            "run": [run] * hidden,
            "layer": [layer] * hidden,
            "unit": np.arange(hidden),
            "property": [name] * hidden,
            "place": [kind] * hidden,
            "count": [count] * hidden,
            "there": there,
            "elsewhere": elsewhere,
            "effect": effect,
            "low": np.full(hidden, np.nan),
            "high": np.full(hidden, np.nan),
            "rank": 1 + (effect[:, None] < effect[None, :]).sum(1),
            "picked": np.zeros(hidden, bool),
            "chosen": np.zeros(hidden, bool),
            "confirmed": np.zeros(hidden, bool),
        }
        if name in cells.index and kind != ERROR:
            cell = cells.loc[name]
            unit = int(cell["unit"])
            interval = effect_interval(costs[unit], mask, ~either, block)
            columns["low"][unit], columns["high"][unit] = interval
            columns["picked"][unit] = True
            columns["chosen"][unit], columns["confirmed"][unit] = cell["chosen"], cell["confirmed"]
        tables.append(build_frame(columns, SCHEMA))
    return pd.concat(tables, ignore_index=True)


def effect_interval(
    costs: np.ndarray, mask: np.ndarray, others: np.ndarray, block: np.ndarray
) -> tuple[float, float]:
    """The 95% interval of what a unit does more at some places than at others; [characters] all."""
    both = np.stack([mask, others]).astype(np.float64)
    means = resample(sum_by(block, both * costs), sum_by(block, both))
    low, high = (means[0] - means[1]).interval()
    return float(low), float(high)


def ablation_table(ablation: pd.DataFrame) -> pd.DataFrame:
    """What the cell of each property does, a row a run, property and place; largest effect first.

    `next` is the largest effect of another unit of the layer, `median` that of the middle one. With
    SEEDS or more seeds of a net their ranks are combined into one p-value (Fisher 1932), corrected
    over all properties and places (Holm 1979); a single rank has no p-value worth the name. Of a
    class of errors it is the unit with the largest effect on the text itself.
    """
    keys = ["run", "property", "place", "layer"]
    groups = ablation.groupby(keys, sort=False)["effect"]
    ablation = ablation.assign(units=groups.transform("size"), median=groups.transform("median"))
    by_effect = ablation.sort_values("effect", ascending=False, kind="stable")
    order = by_effect.groupby(keys, sort=False).cumcount()
    first, second = (by_effect[order == n].set_index(keys)["effect"] for n in (0, 1))
    errors = by_effect[by_effect["place"] == ERROR].drop_duplicates(["run", "property"])
    cells = pd.concat([by_effect[by_effect["chosen"]], errors])
    cells = cells.join(first.rename("first"), on=keys).join(second.rename("second"), on=keys)
    cells["next"] = cells["first"].where(cells["rank"] > 1, cells["second"])
    cells = cells.assign(is_error=cells["place"] == ERROR)
    cells = cells.sort_values(["is_error", "effect"], ascending=[True, False], kind="stable")
    p = combined_p(cells)
    cells = cells.assign(p=p, holm=_holm_by_family(cells, p))
    return build_frame(cells[TABLE.names], TABLE)


def combined_p(cells: pd.DataFrame) -> np.ndarray:
    """The p-value of each row's net and property over its seeds, [rows]; NaN where they are few.

    cells: with columns run, property, place, rank and units. A rank among equals is as likely as
    any other, so rank / units is a p-value; Fisher's method combines those of several seeds.
    """
    from scipy import special

    net = cells["run"].map(net_of)
    p = np.full(len(cells), np.nan)
    rows = pd.Series(np.arange(len(cells)))
    keys = [net.to_numpy(str), cells["property"].to_numpy(str), cells["place"].to_numpy(str)]
    for (*_, place), members in rows.groupby(keys):
        if len(members) >= SEEDS and place != ERROR:
            at = members.to_numpy()
            single = (cells["rank"] / cells["units"]).to_numpy(float)[at]
            p[at] = special.chdtrc(2 * len(single), -2 * np.log(single).sum())
    return p


def _holm_by_family(cells: pd.DataFrame, p: np.ndarray) -> np.ndarray:
    """Each net is a family, in which a property and place counts once for all its seeds."""
    net = cells["run"].map(net_of)
    keys = pd.Series(list(zip(net, cells["property"], cells["place"], strict=True)))
    once = ~keys.duplicated().to_numpy()
    corrected = pd.Series(np.nan, index=keys.index)
    for name in net.unique():
        mine = once & (net == name).to_numpy(bool)
        corrected[mine] = holm(p[mine])
    by_key = dict(zip(keys[once], corrected[once], strict=True))
    return keys.map(by_key).to_numpy(float)


def strongest_cell(ablation: pd.DataFrame) -> pd.Series | None:
    """The row of a net's chosen cell with the largest effect at the symbol that closes.

    Confirmed ones come first. None where no property has a cell.
    """
    closing = ablation[(ablation["place"] == CLOSING) & ablation["chosen"]]
    closing = closing.sort_values(["confirmed", "effect"], ascending=False, kind="stable")
    return None if closing.empty else closing.iloc[0]
