"""The tables of causes: what is written as CSV, Markdown and HTML."""

import pandas as pd

from visrnn.cells.causes import ablation_table
from visrnn.cells.horizons import horizons
from visrnn.corpus.counting import TRAINED
from visrnn.errors.counting import counting_table
from visrnn.report.html import page, samples_html, table_html, table_page
from visrnn.report.tables import markdown, samples_markdown, samples_table

# A table as CSV has it, and the whole of the two other files.
Written = tuple[pd.DataFrame, str, str]


def ablation_pages(ablation: pd.DataFrame) -> Written:
    """What the cell of each property does: visrnn.cells.causes.ablation_table."""
    table = ablation_table(ablation)
    return table, markdown(table), table_page("What a net loses without one of its units", table)


def context_pages(context: pd.DataFrame) -> Written:
    """How far back each net looks: visrnn.cells.horizons.horizons."""
    table = horizons(context)
    return table, markdown(table), table_page("How far back a net looks", table)


def steered_texts(steering: pd.DataFrame) -> pd.DataFrame:
    """The first text of each way to hold a unit, with columns as samples of nets have them.

    steering: visrnn.nets.steering.SCHEMA. `run` says which unit was held, and how.
    """
    ways = [
        f"{row.run}, {row.property.replace('_', ' ')}: "
        + ("no unit held" if row.at == "free" else f"{row.held} unit {row.unit} held {row.at}")
        for row in steering.itertuples()
    ]
    return steering[["prime", "text"]].assign(run=ways, temperature=1.0)


def steering_pages(steering: pd.DataFrame) -> Written:
    """What was drawn with a unit held, in numbers and, below, the first text of each way."""
    numbers = steering.drop(columns=["prime", "text"])
    texts = steered_texts(steering)
    body = table_html(numbers) + samples_html(texts)
    return (
        samples_table(steering),
        f"{markdown(numbers)}\n{samples_markdown(texts)}",
        page("Text drawn with a unit held", body),
    )


def stability_pages(stability: pd.DataFrame) -> Written:
    """Whether seeds have the same cells: visrnn.cells.stability.SCHEMA."""
    title = "Whether other seeds of a net have the same cells"
    return stability, markdown(stability), table_page(title, stability)


def probes_pages(probes: pd.DataFrame) -> Written:
    """The chosen probe of each property: visrnn.cells.probes.SCHEMA."""
    table = probes[probes["chosen"].astype(bool)].drop(columns=["chosen", "penalty"])
    table = table.reset_index(drop=True)
    return table, markdown(table), table_page("How many units tell a property", table)


def counting_pages(counting: pd.DataFrame) -> Written:
    """Where each net fails: visrnn.errors.counting.counting_table."""
    table = counting_table(counting, TRAINED)
    return table, markdown(table), table_page("How far nets count and remember", table)


PAGES = {
    "ablation": ablation_pages,
    "steering": steering_pages,
    "context": context_pages,
    "stability": stability_pages,
    "probes": probes_pages,
    "counting": counting_pages,
}
