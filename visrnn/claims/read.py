"""A study as its files have it, for the tests of claims."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from visrnn.claims.study import Study
from visrnn.corpus.corpus import read_corpus
from visrnn.errors.classes import error_classes
from visrnn.predictions.cards import read_card
from visrnn.predictions.predictions import check_same_text, read_predictions
from visrnn.predictions.selection import best_run
from visrnn.statistics.resampling import find_units, resample, sum_by
from visrnn.system.frames import read_frame


def read_study(
    cards: Iterable[str],
    predictions: Iterable[str],
    weights: Iterable[str],
    tables: Mapping[str, str],
    recorded: Mapping[str, list[str]],
    classes: Callable[[Callable[[str], np.ndarray]], Callable[[str], np.ndarray]],
    language: str,
    paper: str | None,
) -> Study:
    """The study that these files are of.

    cards, predictions: of every run, of the test text. weights: of every net. tables: files of
    analysis/ by name. recorded: of the runs with recorded activations, files by the name of the
    table; those of nulls too. classes: as `class_reader` gives it. Raises InputError for damaged
    files, and where predictions are of different texts.
    """
    by_run = {card.run: card for card in map(read_card, cards)}
    paths = {Path(path).parent.name: path for path in predictions}
    known = [card for card in by_run.values() if card.validation is not None]
    # External models alone have none that could be chosen.
    best = best_run(known or list(by_run.values())[:1]).run
    first = read_predictions(paths[best])
    unit = find_units(first.losses, int(first.stream.max()) + 1)
    sums = []
    for run in by_run:
        table = read_predictions(paths[run])
        check_same_text(run, table, best, first.token)
        sums.append(sum_by(unit, table.losses))
    sizes = sum_by(unit, np.ones(len(unit)))[:, None]

    def read(run: str) -> np.ndarray:
        return read_predictions(paths[run]).prob

    frames = {name: read_frame(path) for name, path in tables.items()}
    for name, files in recorded.items():
        if name != "nulls" and files:
            frames[name] = pd.concat(map(read_frame, files), ignore_index=True)
    return Study(
        by_run,
        resample(np.stack(sums, 1), sizes),
        unit,
        read,
        frames,
        {Path(path).parent.name: Path(path).stat().st_size for path in weights},
        {Path(path).parent.name: read_frame(path) for path in recorded.get("nulls", [])},
        classes(read),
        language,
        paper,
    )


def class_reader(
    manifest: str, language: str, oracles: list[dict], runs: list[str]
) -> Callable[[Callable[[str], np.ndarray]], Callable[[str], np.ndarray]]:
    """What gives the characters of a class of errors, were each of them an error, [characters].

    manifest: of the corpus. oracles: as configured. runs: those that oracles use. Classes are found
    when one is asked for: that takes seconds.
    """

    def with_predictions(read: Callable[[str], np.ndarray]) -> Callable[[str], np.ndarray]:
        @cache
        def find() -> tuple[list[str], np.ndarray]:
            corpus = read_corpus(Path(manifest).parent)
            others = {run: read(run) for run in runs}
            nothing = np.zeros(corpus.part("test").tokens.size, np.float32)
            return error_classes(corpus, language, oracles, others, nothing)

        def members(name: str) -> np.ndarray:
            names, of = find()
            mask: np.ndarray = of == (names.index(name) if name in names else -1)
            return mask

        return members

    return with_predictions
