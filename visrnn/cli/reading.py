"""Commands in which a trained net reads a text, or writes one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from markupsafe import Markup

from visrnn.api.net import Net, load
from visrnn.api.scores import SHOWN, describe_unknown
from visrnn.corpus.formats import find_format
from visrnn.report.html import page
from visrnn.system.display import displayable, visible
from visrnn.system.exceptions import InputError
from visrnn.system.files import write_text

# Characters that are shown around the place where a unit is highest.
EXCERPT = 24


def read_text(path: Path) -> str:
    """A plain text as it stands; bytes that are no UTF-8 are kept apart. Raises InputError."""
    data = path.read_bytes()
    if not data:
        raise InputError(f"{path}: the file is empty")
    if found := find_format(data):
        cure = f"; {found.cure}" if found.cure else ""
        raise InputError(f"{path}: expected plain text, found {found.name}{cure}")
    return data.decode(errors="surrogateescape")


def score_text(run: Path, path: Path, output: Path | None) -> str:
    """Score a text, and write its page: what to tell the user."""
    net = load(run)
    text, notes = fit_line_ends(net, read_text(path))
    score = net.score(text)
    output = output or Path(f"{path.stem}_{net.card.run}.html")
    own = net.card.loss.test
    lines = [
        f"{score.loss:.4f} nats a {score.unit}, over {score.units:,} of {path.name}; on the test "
        f"text of its own corpus {net.card.run} has {own:.4f}.",
        *notes,
        *describe(score.unknown),
    ]
    explained = [
        *lines,
        "The stronger the orange behind a character, the less the net expected it; the mouse "
        "shows the probability that the net gave to it.",
    ]
    write_page(output, f"{path.name}, as {net.card.run} reads it", explained, score.html(), text)
    return "\n".join([*lines, f"Wrote {output}: the text, coloured by probability."])


def show_cells(run: Path, path: Path, unit: str | None, output: Path | None) -> str:
    """Write a page of a text coloured by a unit, or list the units that vary most."""
    net = load(run)
    text, notes = fit_line_ends(net, read_text(path))
    notes += describe(net.alphabet.unknown(text[:SHOWN]))
    cells = net.cells(text[:SHOWN])
    if unit is None:
        rows = [f"{'unit':<10} {'deviation':>9}  most, in"]
        for row in cells.most_varying().to_dict("records"):
            values = cells.unit(row["unit"]).values
            most = int(np.nanargmax(values))  # nan where the net does not know the character
            excerpt = "".join(map(visible, text[max(0, most - EXCERPT) : most + 1]))
            rows.append(f"{row['unit']:<10} {row['deviation']:>9.2f}  {displayable(excerpt)}")
        best = cells.most_varying(1)["unit"][0]
        rows.append(f"A page coloured by one: visrnn cells {run} {path} --unit {best}")
        return "\n".join(rows)
    coloured = cells.unit(unit)
    output = output or Path(f"{path.stem}_{net.card.run}_{unit}.html")
    kept = "tanh(c)" if net.card.cell == "lstm" else "h"
    explained = [
        f"Orange where the unit's {kept} is near 1 after the character, blue where it is near -1.",
        *notes,
    ]
    title = f"{path.name}, as {unit} of {net.card.run} follows it"
    write_page(output, title, explained, coloured.html(), text)
    return "\n".join([*notes, f"Wrote {output}: the text, coloured by {unit}."])


def sample_text(run: Path, prompt: str, length: int, temperature: float, seed: int) -> str:
    """What a net writes after `prompt`, as a terminal may show it."""
    text = load(run).sample(prompt, length, temperature, seed)
    return displayable((prompt + text).replace("\r\n", "\n"))


def fit_line_ends(net: Net, text: str) -> tuple[str, list[str]]:
    """A text with the line ends that the net has learned, and in a sentence that they were others.

    A net that knows only \\r\\n is lost behind a \\n alone.
    """
    if "\n" not in text or "\r" in text or "\r" not in net.alphabet.symbols:
        return text, []
    if net.top("\r", 1)["character"][0] != "\n":
        return text, []
    return text.replace("\n", "\r\n"), [
        "Its line ends were read as \\r\\n, which the net has learned."
    ]


def describe(unknown: Mapping[str, int]) -> list[str]:
    """A sentence about the characters that the net does not know, if there are any."""
    return [f"{describe_unknown(unknown)}."] if unknown else []


def write_page(path: Path, title: str, sentences: list[str], coloured: str, text: str) -> None:
    """Write a page with sentences above a text in colours."""
    if len(text) > SHOWN:
        sentences = [*sentences, f"The first {SHOWN:,} of {len(text):,} characters are shown."]
    above = Markup("").join(Markup("<p>{}</p>\n").format(each) for each in sentences)
    write_text(path, page(title, above + Markup(coloured)))
