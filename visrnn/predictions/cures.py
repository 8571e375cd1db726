"""What every cure of a net ends with: predictions of both texts, a card, and what it costs."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from visrnn import __version__
from visrnn.corpus.corpus import Corpus
from visrnn.predictions.cards import CureCard, describe_corpus, write_card
from visrnn.predictions.predictions import (
    FILES,
    check_same_text,
    mean_loss,
    read_predictions,
    write_predictions,
)
from visrnn.settings.names import parse_run
from visrnn.system.files import write_text

log = logging.getLogger(__name__)


def read_parts(
    predictions: Sequence[str], validation: Sequence[str]
) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names of the runs that are mixed, and by part what each gave: [runs, characters].

    predictions, validation: their tables, of the base first. Raises InputError where one is of
    another text than the base's.
    """
    runs = [Path(path).parent.name for path in predictions]
    probs = {}
    for name, paths in (("validation", validation), ("test", predictions)):
        tables = [read_predictions(path) for path in paths]
        for run, table in zip(runs, tables, strict=True):
            check_same_text(run, table, runs[0], tables[0].token)
        probs[name] = np.stack([table.prob for table in tables])
    return runs, probs


def write_cure(
    folder: str | Path,
    corpus: Corpus,
    probs: Mapping[str, np.ndarray],
    settings: dict[str, Any],
    parts: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
) -> None:
    """Write what the rule of a cure promises into the run's `folder`, whose name is the run's.

    probs: by part, validation and test, what the cured net gives to each character, [characters] or
    [streams, length]. settings: what was fitted on the validation text, as JSON can hold it. parts:
    other runs that it uses. versions: of packages that decide the numbers, beside visrnn's own.
    """
    run = Path(folder).name
    parsed = parse_run(run)
    assert parsed.base is not None and parsed.cure is not None
    for name, file in FILES.items():
        part = corpus.part(name)
        write_predictions(Path(folder, file), part, probs[name].reshape(part.tokens.shape))
    card = CureCard(
        run=run,
        cell="cure",
        base=parsed.base,
        cure=parsed.cure,
        parts=list(parts),
        settings=settings,
        validation=mean_loss(probs["validation"]),
        corpus=describe_corpus(corpus.manifest),
        versions={"visrnn": __version__, **(versions or {})},
        seed=parsed.seed,
    )
    write_card(Path(folder, "card.json"), card)


def write_cost(log_file: str | Path, seconds: float, characters: int, size: int) -> None:
    """Note what a cure costs in {log}.cost.json, as times differ from one run to the next.

    seconds: of the processor, to predict `characters` of them with all settings fitted. size: bytes
    that it keeps to do so. Both come on top of what its base and the other runs that it uses take.
    """
    cost = {"microseconds": 1e6 * seconds / characters, "bytes": size}
    write_text(Path(log_file).with_suffix(".cost.json"), json.dumps(cost, indent=2) + "\n")
    log.info("takes %.3f microseconds a character", cost["microseconds"])
