"""The command `new`: look at a text, and write the configuration that suits it."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from visrnn.cli.times import count_cores, study_seconds, training_seconds
from visrnn.cli.trainings import roughly
from visrnn.corpus.formats import find_format
from visrnn.settings.settings import load_settings, net_names, run_names
from visrnn.settings.split import describe_shares
from visrnn.system.display import printable, short
from visrnn.system.exceptions import InputError
from visrnn.system.files import write_text

# The shortest text that every part can be cut from, and how texts up to a length are laid out.
SHORTEST = 5_000
LAYOUTS = (
    (100_000, 10, (50, 25, 10, 5)),
    (1_000_000, 10, (100, 50, 25)),
    (float("inf"), 100, (100, 50)),
)
NETS = ("lstm-1x64", "gru-1x64", "gru-2x128")
# Characters that a net is trained on in all, epoch after epoch: about six minutes of gru-2x128.
PATIENCE = 12_000_000
FEWEST, MOST = 3, 12
SUFFIXES = {".py": "python", ".c": "c", ".h": "c"}
ENGLISH = {"the", "of", "and", "to", "a", "in", "is", "that", "it", "was", "for", "with"}
# Jobs of a whole study of one corpus that train no net.
OTHER_JOBS = 50


@dataclass(frozen=True)
class Look:
    """What a look at a text tells."""

    characters: int
    symbols: int
    # byte or character, and why.
    unit: str
    why_unit: str
    # prose, python or c, and why.
    language: str
    why_language: str


def write_configuration(book: Path, output: Path | None = None) -> tuple[Path, list[str]]:
    """Write the configuration for a text; where, and what was seen. Raises InputError."""
    path = output or Path(f"{book.stem}.yaml")
    if path.exists():
        raise InputError(f"{path}: is there already; delete it, or name another with --output")
    look = look_at(book)
    text, sentences = configuration(book, look)
    write_text(path, text)
    return path, sentences


def configuration_of(book: Path) -> tuple[Path, list[str]]:
    """The configuration of a text: the one that is there, or a new one and what was seen."""
    path = Path(f"{book.stem}.yaml")
    return (path, []) if path.exists() else write_configuration(book, path)


def look_at(book: Path) -> Look:
    """Encoding, language and size of a text. Raises InputError for what is no plain text."""
    if not book.is_file():
        what = (
            "a folder; `source: {tree: ...}` of a configuration takes one" if book.is_dir() else ""
        )
        raise InputError(f"{short(str(book))}: expected a text, found {what or 'no such file'}")
    data = book.read_bytes()
    if found := find_format(data):
        cure = f"; {found.cure}" if found.cure else ""
        raise InputError(f"{book}: expected plain text, found {found.name}{cure}")
    text = data.decode(errors="replace")
    language, why_language = find_language(book, text)
    if data.isascii():
        unit, why_unit = "byte", "the text is ASCII, where a byte is a character"
    else:
        try:
            data.decode()
            unit, why_unit = "character", "the text is UTF-8, with characters of several bytes"
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            unit = "byte"
            why_unit = f"not UTF-8 in line {line:,}; convert it (iconv -t UTF-8) for `character`"
    units = data if unit == "byte" else text
    if len(units) < SHORTEST:
        raise InputError(f"{book}: expected {SHORTEST:,} characters at least, found {len(units):,}")
    return Look(len(units), len({*units}), unit, why_unit, language, why_language)


def find_language(book: Path, text: str) -> tuple[str, str]:
    """The language of a text as the configuration has it, and by what it was told."""
    if book.suffix in SUFFIXES:
        return SUFFIXES[book.suffix], f"its name ends in {book.suffix}"
    sample = text[:500_000]
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    ends = sum(line.endswith((";", "{", "}", "*/")) for line in lines)
    if ends > 0.4 * len(lines):
        return "c", "most of its lines end as those of C do"
    python = re.compile(
        r"(?:def|class|if|for|while|with|elif|else|try|except)\b.*:$|import \w|return\b"
    )
    if sum(bool(python.match(line)) for line in lines) > 0.15 * len(lines):
        return "python", "many of its lines begin as those of Python do"
    words = re.findall(r"[^\W\d_]+", sample.lower())
    share = sum(word in ENGLISH for word in words) / (len(words) or 1)
    return "prose", "English words" if share > 0.12 else "no code; not English, it seems"


def configuration(book: Path, look: Look) -> tuple[str, list[str]]:
    """The configuration as commented YAML, and in sentences what was seen and what it takes."""
    name = corpus_name(book)
    split = choose_split(look.characters)
    train = 0.8 * look.characters
    epochs = min(MOST, max(FEWEST, round(PATIENCE / train)))
    # The rate of `quick` is for few epochs.
    like = "quick" if epochs <= 5 else "modern"
    values: dict[str, Any] = {
        "corpora": {
            name: {
                "source": {"file": str(book)},
                "unit": look.unit,
                "language": look.language,
                "split": split,
            }
        },
        "nets": list(NETS),
        "recipe": "own",
        "recipes": {"own": {"like": like, "epochs": epochs}},
        "model": "gru",
        "overlap": ["gru", "ngram", "nnn"],
        "scaling": ["gru"],
    }
    settings = load_settings(values)
    corpus = settings["corpora"][name]
    trainings = [
        training_seconds(run, corpus, settings["recipes"], look.characters, look.symbols)
        for run in net_names(corpus)
    ]
    jobs = OTHER_JOBS + len(run_names(corpus)) - len(trainings)
    cores = count_cores()
    whole = study_seconds(trainings, jobs, look.characters, cores)
    time = f"about {roughly(whole)} on {cores} cores"
    quoted = (
        yaml.safe_dump(str(book), width=10**6, allow_unicode=True).removesuffix("\n...\n").strip()
    )
    text = f"""# A study of {printable(book.name)}: {time}, without a GPU.
# config/schema/config.schema.yaml describes every key, and all that could stand here.
corpora:
  {name}:
    source: {{file: {quoted}}}
    unit: {look.unit}  # {look.why_unit}
    language: {look.language}  # {look.why_language}; or prose, python, c
    # How the {look.characters:,} {look.unit}s are cut into training, validation and test text:
    # laid out as rows, each of which is cut into these shares at ends of blocks.
    split: {{fractions: [0.8, 0.1, 0.1], rows: {split["rows"]}, block: {split["block"]}}}

# Cell, layers and size; a larger one takes longer and predicts better: lstm-2x128, gru-2x256.
nets: [{", ".join(NETS)}]
recipe: own
recipes:
  own: {{like: {like}, epochs: {epochs}}}  # how often a net reads the training text

# The models whose errors are studied, and that are compared.
model: gru
overlap: [gru, ngram, nnn]
scaling: [gru]
"""
    sentences = [
        f"{book}: {look.characters:,} {look.unit}s, {look.symbols:,} different ones.",
        f"unit: {look.unit} ({look.why_unit}).",
        f"language: {look.language} ({look.why_language}).",
        f"The study trains {len(trainings)} nets, {epochs} epochs each, and takes {time} (a guess: "
        f"machines differ by a factor of two).",
    ]
    return text, sentences


def choose_split(characters: int) -> dict[str, Any]:
    """How a text of this length is cut: short ones into fewer rows and smaller blocks."""
    rows, blocks = next((rows, blocks) for most, rows, blocks in LAYOUTS if characters <= most)
    splits = [
        {"scheme": "columns", "fractions": [0.8, 0.1, 0.1], "rows": rows, "block": block}
        for block in blocks
        if characters >= 10 * rows * block
    ]
    fitting = (split for split in splits if describe_shares(characters, split) is None)
    return next(fitting, splits[-1])


def corpus_name(book: Path) -> str:
    """The name of a text's corpus, by that of its file."""
    letters = unicodedata.normalize("NFKD", book.stem).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:64]
    return name if re.match("[a-z]", name) else f"text_{name}".rstrip("_")[:64]
