"""Commands in which a trained net reads a text, or writes one."""

from pathlib import Path

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
    net, text = load(run), read_text(path)
    score = net.score(text)
    output = output or Path(f"{path.stem}_{net.card.run}.html")
    own = net.card.loss.test
    lines = [
        f"{score.loss:.4f} nats a {score.unit}, over {score.units:,} of {path.name}; on the test "
        f"text of its own corpus {net.card.run} has {own:.4f}.",
        *hints(net, text, score.unknown),
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
    net, text = load(run), read_text(path)
    cells = net.cells(text[:SHOWN])
    if unit is None:
        rows = [f"{'unit':<10} {'deviation':>9}  most, in"]
        for row in cells.most_varying().to_dict("records"):
            values = cells.unit(row["unit"]).values
            most = int(values[values == values].argmax())
            excerpt = "".join(map(visible, text[max(0, most - EXCERPT) : most + 1]))
            rows.append(f"{row['unit']:<10} {row['deviation']:>9.2f}  {displayable(excerpt)}")
        best = cells.most_varying(1)["unit"][0]
        rows.append(f"A page coloured by one: visrnn cells {run} {path} --unit {best}")
        return "\n".join(rows)
    coloured = cells.unit(unit)
    output = output or Path(f"{path.stem}_{net.card.run}_{unit}.html")
    kept = "tanh(c)" if net.card.cell == "lstm" else "h"
    explained = [
        f"Orange where the unit's {kept}, after the character, is near 1, blue where it is near -1.",
        *(notes := hints(net, text, net.alphabet.unknown(text))),
    ]
    title = f"{path.name}, as {unit} of {net.card.run} follows it"
    write_page(output, title, explained, coloured.html(), text)
    return "\n".join([*notes, f"Wrote {output}: the text, coloured by {unit}."])


def sample_text(run: Path, prompt: str, length: int, temperature: float, seed: int) -> str:
    """What a net writes after `prompt`, as a terminal may show it."""
    text = load(run).sample(prompt, length, temperature, seed)
    return displayable((prompt + text).replace("\r\n", "\n"))


def hints(net: Net, text: str, unknown: dict[str, int]) -> list[str]:
    """What a user should know of a text that is not of the kind that the net has learned."""
    lines = [f"{describe_unknown(unknown)}."] if unknown else []
    if "\r" in net.alphabet.symbols and "\n" in text and "\r" not in text:
        lines.append(
            "The net has seen lines that end with \\r\\n, and those of this text end with \\n: "
            "each line end surprises it. (unix2dos converts a text.)"
        )
    return lines


def write_page(path: Path, title: str, sentences: list[str], coloured: str, text: str) -> None:
    """Write a page with sentences above a text in colours."""
    if len(text) > SHOWN:
        sentences = [*sentences, f"The first {SHOWN:,} of {len(text):,} characters are shown."]
    above = Markup("").join(Markup("<p>{}</p>\n").format(each) for each in sentences)
    write_text(path, page(title, above + Markup(coloured)))
