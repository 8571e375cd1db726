"""The tables ablation, steering and context: what is written as CSV, Markdown and HTML."""

import pandas as pd

from visrnn.cells.causes import ablation_table
from visrnn.cells.horizons import horizons
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


def steering_pages(steering: pd.DataFrame) -> Written:
    """What was drawn with a unit held, in numbers and, below, the first text of each way."""
    numbers = steering.drop(columns=["prime", "text"])
    ways = [
        f"{row.run}, {row.property.replace('_', ' ')}: "
        + ("no unit held" if row.at == "free" else f"{row.held} unit {row.unit} held {row.at}")
        for row in steering.itertuples()
    ]
    texts = steering.assign(run=ways, temperature=1.0)
    body = table_html(numbers) + samples_html(texts)
    return (
        samples_table(steering),
        f"{markdown(numbers)}\n{samples_markdown(texts)}",
        page("Text drawn with a unit held", body),
    )


PAGES = {"ablation": ablation_pages, "steering": steering_pages, "context": context_pages}
