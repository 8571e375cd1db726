"""The paper's tables 1 and 2 and its slices of the errors, ours beside its own."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from visrnn.predictions.paper import PEELING
from visrnn.settings.names import CELLS
from visrnn.system.display import displayable

DIGITS = {"loss": 4, "standard_error": 4, "bits": 4, "paper": 3, "difference": 4, "share": 4}
DIGITS |= dict.fromkeys(["percent", "least", "shapley", "most", "seconds", "processor_seconds"], 1)
DIGITS |= {"perplexity": 2, "dropout": 2}


def recurrent_table(losses: pa.Table) -> pa.Table:
    """Table 1 (section 3.3), a row a net: size by size, in it cell by cell, then by recipe.

    External models come last.
    """
    cells = pa.array([*CELLS, "external"])
    nets = losses.filter(pc.is_in(losses["cell"], cells))
    # The paper's own recipe first, as it is what its figures are compared with.
    order = [("size", "ascending"), ("cell", "ascending"), ("layers", "ascending")]
    order += [("recipe", "descending"), ("seed", "ascending")]
    first = ["run", "size", "layers", "hidden", "parameters", "recipe"]
    return _with_difference(nets.sort_by(order), first)


def context_table(losses: pa.Table) -> pa.Table:
    """Table 2 (section 4.3), a row a model: the n-grams by n, then the n-NN by n."""
    models = losses.filter(pc.is_in(losses["cell"], pa.array(["ngram", "nnn"])))
    models = models.sort_by([("cell", "ascending"), ("n", "ascending"), ("run", "ascending")])
    return _with_difference(models, ["run", "n", "parameters", "recipe"])


def _with_difference(losses: pa.Table, first: list[str]) -> pa.Table:
    chosen = ["dropout"] if losses["dropout"].null_count < len(losses) else []
    table = losses.select([*first, *chosen, "loss", "standard_error", "bits"])
    if losses["paper"].null_count == len(losses):
        return table
    table = table.append_column("paper", losses["paper"])
    return table.append_column("difference", pc.subtract(losses["loss"], losses["paper"]))


def peeling_summary(peeling: pa.Table, orders: pa.Table, paper: str | None) -> pa.Table:
    """What each oracle takes of the errors, in percent, and what in other orders (section 4.4).

    peeling, orders: as visrnn.errors.oracles.peeling_table and order_study. paper: the corpus of
    the paper to compare with, or None; where the paper names no slice, "all others" adds up ours.
    """
    theirs = PEELING.get(paper or "", {})
    ranges = {row["oracle_index"]: row for row in orders.to_pylist()}
    found: dict[tuple, int] = {}
    for row in peeling.to_pylist():
        key = (row["oracle_index"], row["oracle"])
        found[key] = found.get(key, 0) + row["removed"]
    errors = sum(found.values())
    rows = []

    def add(name: str, removed: int, other: dict | None) -> None:
        row = {"run": peeling["run"][0].as_py(), "oracle": name, "errors": removed}
        row["percent"] = 100 * removed / max(1, errors)
        for key in ("least", "shapley", "most"):
            row[key] = 100 * other[key] if other else None
        rows.append(row | ({"paper": theirs.get(name)} if theirs else {}))

    for (entry, name), removed in found.items():
        add(name, removed, ranges.get(entry))
    if theirs:
        others = [removed for (_, name), removed in found.items() if name not in theirs]
        add("all others", sum(others), None)
    add("all", errors, None)
    return pa.Table.from_pylist(rows)


def format_cell(name: str, value: Any) -> str:
    """The entry of a table in the column `name`, as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float):
        return f"{value:{'+' if name == 'difference' else ''}.{DIGITS.get(name, 4)}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def markdown(table: pa.Table) -> str:
    """A table as Markdown; losses with four decimals, a difference with its sign."""
    names = [name.replace("_", " ") for name in table.column_names]
    sides = ["---" if pa.types.is_string(field.type) else "---:" for field in table.schema]
    rows = [[format_cell(name, value) for name, value in row.items()] for row in table.to_pylist()]
    return "".join(f"| {' | '.join(row)} |\n" for row in [names, sides, *rows])


def samples_table(samples: pa.Table) -> pa.Table:
    """Samples for a CSV file that people open; analysis/samples.parquet has them untouched.

    Texts are as `displayable`, and no spreadsheet takes one for a formula: that gets a ' before it.
    """
    for name in ("prime", "text"):
        texts = [displayable(text) for text in samples[name].to_pylist()]
        texts = [f"'{text}" if text.startswith(("=", "+", "-", "@")) else text for text in texts]
        samples = samples.set_column(samples.column_names.index(name), name, pa.array(texts))
    return samples


def samples_markdown(samples: pa.Table) -> str:
    """Samples as Markdown, each as a block of code: what a text holds can be no markup.

    Texts are as `displayable`; a mark ends the prime.
    """
    parts = []
    for row in samples.to_pylist():
        text = displayable(f"{row['prime']}⟫{row['text']}")
        block = "".join(f"    {line}\n" for line in text.split("\n"))
        parts.append(f"## {row['run']}, temperature {row['temperature']:g}\n\n{block}\n")
    return "".join(parts)
