"""The paper's tables 1 and 2 and its slices of the errors, ours beside its own."""

import re
from typing import Any

import pandas as pd
import pyarrow as pa
from pandas.api.types import is_string_dtype

from visrnn.predictions.paper import PEELING
from visrnn.settings.names import CELLS
from visrnn.system.display import displayable
from visrnn.system.frames import build_frame

DIGITS = {"loss": 4, "bits": 4, "paper": 3, "difference": 4, "share": 4}
DIGITS |= dict.fromkeys(["percent", "least", "shapley", "most", "seconds", "processor_seconds"], 1)
DIGITS |= {
    f"{name}{end}": 1 for name in ("removed", "added", "change") for end in ("", "_low", "_high")
}
DIGITS |= {"perplexity": 2, "dropout": 2}
DIGITS |= dict.fromkeys(["percent_low", "percent_high", "between_seeds", "of_the_loss"], 1)

SLICES = pa.schema(
    [
        ("net", pa.string()),
        ("oracle", pa.string()),
        ("errors", pa.int64()),
        *(
            (name, pa.float64())
            for name in ("percent", "percent_low", "percent_high", "between_seeds", "of_the_loss")
        ),
        *((name, pa.float64()) for name in ("least", "shapley", "most")),
    ]
)


def recurrent_table(nets: pd.DataFrame) -> pd.DataFrame:
    """Table 1 (section 3.3), a row a net: size by size, in it cell by cell, then by recipe.

    nets: as visrnn.predictions.losses.NETS. External models come last.
    """
    rows = nets[nets["cell"].isin([*CELLS, "external"])]
    # The paper's own recipe comes first, as its numbers are compared with that.
    order = {"size": True, "cell": True, "layers": True, "recipe": False}
    rows = rows.sort_values(list(order), ascending=list(order.values()), kind="stable")
    return _losses_table(rows, ["net", "size", "layers", "hidden", "parameters", "recipe"])


def context_table(nets: pd.DataFrame) -> pd.DataFrame:
    """Table 2 (section 4.3), a row a model: the n-grams by n, then the n-NN by n.

    nets: as visrnn.predictions.losses.NETS.
    """
    rows = nets[nets["cell"].isin(["ngram", "nnn"])]
    rows = rows.sort_values(["cell", "n", "net"], kind="stable")
    return _losses_table(rows, ["net", "n", "parameters", "recipe"])


def _losses_table(nets: pd.DataFrame, first: list[str]) -> pd.DataFrame:
    """The columns of a table of losses; what no net has is left out."""
    several = nets["seeds"].map(len).gt(1).any()
    names = [*first, "dropout", "may_have_read_test", "loss", "low", "high"]
    if several:
        nets = nets.assign(
            every_seed=[
                ", ".join(f"s{seed} {loss:.4f}" for seed, loss in zip(*seeds, strict=True))
                if len(seeds[0])
                else None
                for seeds in zip(nets["seeds"], nets["seed_losses"], strict=True)
            ]
        )
        names += ["seed_deviation", "every_seed"]
    names += ["bits", "validation", "elsewhere", "standard_error_characters"]
    if nets["paper"].notna().any():
        nets = nets.assign(difference=nets["loss"] - nets["paper"])
        names += ["paper", "difference"]
    known = {name: nets[name].notna().any() for name in ("dropout", "elsewhere", "validation")}
    known["may_have_read_test"] = nets["may_have_read_test"].fillna(False).any()
    names = [name for name in names if known.get(name, True)]
    return nets[names].reset_index(drop=True)


def comparison_table(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Comparisons for a reader: as visrnn.predictions.losses.COMPARISONS, in its order.

    Where no seeds have their part, the verdict is on the nets that were trained.
    """
    verdicts = comparisons["verdict"].where(
        comparisons["of_seeds"] | (comparisons["verdict"] == "undecided"),
        comparisons["verdict"] + ", these nets",
    )
    left_out = ["first_seeds", "second_seeds", "of_seeds"]
    return comparisons.assign(verdict=verdicts).drop(columns=left_out)


def peeling_summary(slices: pd.DataFrame, orders: pd.DataFrame, paper: str | None) -> pd.DataFrame:
    """What each oracle takes of the errors, in percent, and what in other orders (section 4.4).

    slices, orders: as visrnn.errors.peeling.slice_table and order_study. paper: the corpus of the
    paper to compare with, or None; where the paper names no slice, "all others" adds up ours.
    """
    theirs = PEELING.get(paper or "", {})
    oracles = slices[slices["kind"].isin(["oracle", "rest"])]
    others = slices[slices["kind"].isin(["all", "model", "seed"])]
    if theirs:
        unnamed = oracles[~oracles["name"].isin(list(theirs))]
        added = unnamed[["errors", "share", "nats_share"]].sum().to_dict()
        added |= {"kind": "rest", "name": "all others"}
        oracles = pd.concat([oracles, pd.DataFrame([added])], ignore_index=True)
    table = pd.concat([oracles, others], ignore_index=True)
    percent = 100 * table[["share", "low", "high", "deviation", "nats_share"]].astype("float64")
    ranges = orders.set_index("oracle_index")[["least", "shapley", "most"]] * 100
    table = table.assign(
        net=slices["net"].iloc[0],
        oracle=table["name"].where(table["kind"] != "model", "only " + table["name"]),
        errors=table["errors"].astype("float64").round(),
        percent=percent["share"],
        percent_low=percent["low"],
        percent_high=percent["high"],
        between_seeds=percent["deviation"],
        of_the_loss=percent["nats_share"],
    ).join(ranges, on="oracle_index")
    if not theirs:
        return build_frame(table[SLICES.names], SLICES)
    table["paper"] = [theirs.get(oracle) for oracle in table["oracle"]]
    schema = SLICES.append(pa.field("paper", pa.int64()))
    return build_frame(table[schema.names], schema)


def is_text(column: pd.Series) -> bool:
    """Whether a column has text, which stands on the left in it."""
    return is_string_dtype(column.dtype)


def format_cell(name: str, value: Any) -> str:
    """The value of a table in the column `name`, as people read it."""
    if pd.isna(value):
        return "-"
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float):
        return f"{value:{'+' if name == 'difference' else ''}.{DIGITS.get(name, 4)}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def format_rows(table: pd.DataFrame) -> list[list[str]]:
    """Every value of a table as `format_cell` gives it, row by row."""
    columns = [[format_cell(name, value) for value in table[name]] for name in table]
    return [list(row) for row in zip(*columns, strict=True)]


def markdown(table: pd.DataFrame) -> str:
    """A table as Markdown; losses with four decimals, a difference with its sign."""
    names = [name.replace("_", " ") for name in table]
    sides = ["---" if is_text(table[name]) else "---:" for name in table]
    return "".join(f"| {' | '.join(row)} |\n" for row in [names, sides, *format_rows(table)])


def samples_table(samples: pd.DataFrame) -> pd.DataFrame:
    """Samples for a CSV file that people open; analysis/samples.parquet has them untouched.

    Texts are as `displayable`, and no spreadsheet takes one for a formula: that gets a ' before it.
    """

    def harmless(text: str) -> str:
        text = displayable(text)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text

    return samples.assign(prime=samples["prime"].map(harmless), text=samples["text"].map(harmless))


def samples_markdown(samples: pd.DataFrame) -> str:
    """Samples as Markdown, each as a block of code: what a text holds can be no markup.

    Texts are as `displayable`, with every line on one of its own; a mark ends the prime.
    """
    parts = []
    for sample in samples.itertuples():
        text = displayable(re.sub(r"\r(?!\n)", "\r\n", f"{sample.prime}⟫{sample.text}"))
        block = "".join(f"    {line}\n" for line in text.split("\n"))
        parts.append(f"## {sample.run}, temperature {sample.temperature:g}\n\n{block}\n")
    return "".join(parts)
