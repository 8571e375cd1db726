"""The rows of all parts as Markdown, and what the paper's whole Table 1 would take."""

from collections.abc import Callable, Sequence
from typing import Any

from visrnn.settings.names import CELLS, hidden_size, parse_run

Row = dict[str, Any]
SYMBOLS = 87
# War and Peace has 260 blocks of 100 x 100 characters in an epoch, Linux Kernel 558; a step of the
# paper's recipe is a block, one of the modern recipe a quarter of it. 50 epochs each.
BLOCKS = (260 + 558) * 50
STEPS = {"paper": BLOCKS, "modern": 4 * BLOCKS}
# Validation and test text, which every epoch reads without a gradient.
EVALUATIONS = (32 + 33 + 31 + 31) * 50
CHARACTERS = 10_000  # of a block
GOAL, STRETCH = 60, 30  # minutes
HOURS = ("way", "paper", "paper_minutes", "modern", "modern_minutes")

# Every net of the paper's Table 1, the most expensive first.
TABLE_1 = [
    f"{cell}-{layers}x{size}"
    for size in (512, 256, 128, 64)
    for layers in (3, 2, 1)
    for cell in ("rnn", "gru", "lstm")
    if (cell, size) != ("rnn", 512)
]
SMALL_TABLE = ["lstm-2x8", "gru-1x8"]

# Rows with one of these are told of in words.
NO_RESULTS = {"error", "left_out", "note", "status", "device"}
SECTIONS = {
    "train": "Does each cell train, and as on a CPU",
    "repeat": "The same bits",
    "speed": "Milliseconds a step",
    "together": "Nets side by side",
    "memory": "Memory, capture, inference, sampling",
    "largest": "The largest net",
}
UNITS = {
    "train": "Nats per character after 200 steps of 20 x 25, mean of the last 20. graph: the step "
    "was captured, as all but an n-NN's are. allowed: the difference of two seeds on the CPU, 0.02 "
    "at least. first_gap: of the losses before the first step.",
    "repeat": "Against a captured training of as many steps: the same again, stopped half way and "
    "resumed from its checkpoint, and kernel by kernel. Where it differs, what does.",
    "speed": "captured, eager (kernel by kernel), tf32: the paper's steps of 100 x 100 characters. "
    "ours: steps of 50 x 50 with the modern recipe; ours_gradient: without its optimizer. "
    "evaluation: 100 x 100 characters without a gradient. of float32, of tf32: the share of the "
    "rate of a large product, on the operations that a step needs.",
    "together": "Milliseconds a step of one net, with several of its kind under way.",
    "memory": "The paper's and the modern recipe's own batches; 330,000 characters read once.",
}


def operations(name: str) -> float:
    """Floating-point operations of training on one character (a one-hot product is none)."""
    run = parse_run(name)
    assert run.layers is not None
    hidden = hidden_size(run, SYMBOLS, run)
    recurrent = CELLS[run.cell].blocks * hidden**2 * (2 * run.layers - 1)
    return 6.0 * (recurrent + hidden * SYMBOLS)


def markdown(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """A table of those columns that any of the rows has."""
    if not rows:
        return []
    used = [column for column in columns if any(column in row for row in rows)]
    lines = [f"| {' | '.join(used)} |", "| --- |" + " ---: |" * (len(used) - 1)]
    return lines + [f"| {' | '.join(shown(row.get(key)) for key in used)} |" for row in rows]


def shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def pivot(rows: Sequence[Row], column: Callable[[Row], str]) -> list[Row]:
    """One row a net, with the milliseconds of each of its rows under that row's `column`."""
    nets: dict[str, Row] = {}
    for row in rows:
        nets.setdefault(row["net"], {"net": row["net"]})[column(row)] = row["ms"]
    return list(nets.values())


def hours(rows: Sequence[Row], table: Sequence[str]) -> list[Row]:
    """Hours for every net of `table` on both corpora, by way of training them; None: not measured.

    rows: of the parts `speed` and `together`.
    """
    ms = {(row["net"], row["way"]): row["ms"] for row in rows if "ms" in row and row.get("way")}
    peaks = {row["peak"]: row["teraflops"] for row in rows if "teraflops" in row}
    gains = best_gains(rows)

    def total(way: str, together: bool = False, evaluated: bool = True) -> float | None:
        steps, whole = STEPS["modern" if way.startswith("ours") else "paper"], 0.0
        for name in table:
            size = parse_run(name).size or 0
            # TF32 is for large nets.
            step = ms.get((name, "captured" if way == "tf32" and size < 256 else way))
            reading = ms.get((name, "evaluation")) if evaluated else 0.0
            if step is None or reading is None:
                return None
            gain = gains.get(str(size), 1.0) if together else 1.0
            whole += (step * steps + reading * EVALUATIONS) / gain
        return whole / 3.6e6

    def bound(kind: str) -> float | None:
        work = sum(map(operations, table)) * CHARACTERS * BLOCKS
        return work / peaks[kind] / 1e12 / 3600 if kind in peaks else None

    ways = {
        "kernel by kernel, one net at a time": (total("eager"), None),
        "captured, one net at a time": (total("captured"), total("ours")),
        "the same without evaluation": (
            total("captured", evaluated=False),
            total("ours", evaluated=False),
        ),
        "the same without the optimizer": (None, total("ours_gradient")),
        "TF32 from 256 units": (total("tf32"), None),
        "side by side": (total("captured", together=True), total("ours", together=True)),
        "side by side, TF32 from 256 units": (total("tf32", together=True), None),
        "operations at the float32 rate": (bound("float32"),) * 2,
        "operations at the TF32 rate": (bound("tf32"),) * 2,
    }
    return [
        {"way": way, "paper": paper, "paper_minutes": reached(paper)}
        | {"modern": modern, "modern_minutes": reached(modern)}
        for way, (paper, modern) in ways.items()
    ]


def reached(hours: float | None) -> str:
    if hours is None:
        return "-"
    minutes = hours * 60
    return f"below {STRETCH}" if minutes < STRETCH else f"below {GOAL}" if minutes < GOAL else "no"


def best_gains(rows: Sequence[Row]) -> dict[str, float]:
    """By size, how many times as fast nets are side by side as one alone, in the best way."""
    times: dict[str, dict[int, float]] = {}
    for row in rows:
        if row.get("part") == "together" and "ms" in row:
            size, count = row["net"].split("x")[1], row["at_once"]
            best = times.setdefault(size, {})
            best[count] = min(row["ms"], best.get(count, row["ms"]))
    return {size: best[1] / min(best.values()) for size, best in times.items() if 1 in best}


def report(rows: Sequence[Row], table: Sequence[str]) -> str:
    """The whole report. rows: as the parts emitted them, `part` the part's name."""
    lines = ["# On a GPU", ""]
    for row in [row for row in rows if "device" in row][:1]:
        lines += [f"{row['device']}, PyTorch {row['torch']}, {row['started']}.", ""]
        lines += ["In small: the numbers only show that it runs.", ""] if row["small"] else []
    for part, title in SECTIONS.items():
        mine = [row for row in rows if row.get("part") == part]
        if not mine:
            continue
        lines += [f"## {title}", "", UNITS.get(part, ""), ""]
        for block in blocks(part, [row for row in mine if not NO_RESULTS & row.keys()]):
            lines += [*block, ""] if block else []
        for row in mine:
            if "status" in row:
                lines += [f"Part {part}: {row['status']} after {row['seconds']:.0f} s."]
            if "error" in row:
                label = " ".join(str(row[key]) for key in ("net", "recipe", "way") if key in row)
                lines += [f"- failed: {label}: {shown(row['error'])}"]
            if "note" in row:
                lines += [f"- {row['note']}"]
            if "left_out" in row:
                lines += [f"- no time was left for {', '.join(row['left_out'])}"]
        lines += [""]
    if any(row.get("part") == "speed" for row in rows):
        lines += [
            f"## The paper's whole Table 1: {2 * len(table)} nets, both corpora, 50 epochs",
            "",
            "Hours, with the evaluation of each epoch, and whether that is below 60 or 30 minutes. "
            "Side by side: the best gain that was measured with nets of the same size and the "
            "paper's recipe.",
            "",
            *markdown(hours(rows, table), HOURS),
            "",
        ]
    return "\n".join(lines)


def blocks(part: str, good: Sequence[Row]) -> list[list[str]]:
    """The tables of one part."""
    if part == "speed":
        peaks = {row["peak"]: row["teraflops"] for row in good if "teraflops" in row}
        nets = pivot([row for row in good if "ms" in row], lambda row: row["way"])
        for row in nets:
            for way, kind in (("captured", "float32"), ("tf32", "tf32")):
                if way in row and kind in peaks:
                    rate = operations(row["net"]) * CHARACTERS / row[way] / 1e9
                    row[f"of {kind}"] = f"{rate / peaks[kind]:.0%}"
        ways = ("captured", "of float32", "tf32", "of tf32", "eager", "evaluation")
        ways += ("ours", "ours_gradient")
        rivals = [row for row in good if "rival" in row]
        return [
            markdown([row for row in good if "teraflops" in row], ("peak", "teraflops", "side")),
            markdown(nets, ("net", *ways)),
            markdown(rivals, ("rival", "ours_captured", "ours_eager", "library", "loop")),
        ]
    if part == "together":
        nets = pivot(good, lambda row: f"{row['way']} x {row['at_once']}")
        return [markdown(nets, list(dict.fromkeys(key for row in nets for key in row)))]
    if part == "largest":
        merged = {key: value for row in good for key, value in row.items() if key != "part"}
        good = [{"what": key, "value": value} for key, value in merged.items()]
    columns = dict.fromkeys(key for row in good for key in row if key != "part")
    return [markdown(good, list(columns))]
