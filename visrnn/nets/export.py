"""Make a finished net small and whole, to keep or to hand on.

    python -m visrnn.nets.export FOLDER DESTINATION [MANIFEST]

FOLDER is a run's, such as results/python_prose/runs/gru-1x64-s1. DESTINATION gets its weights in
float16, half as large, its card and its history: a folder that `trained` in a configuration takes.
MANIFEST is the manifest.json of its corpus; it is found by itself in the results of a study.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from visrnn.nets.trained import read_brought_card, read_weights
from visrnn.nets.training import write_weights
from visrnn.predictions.cards import NetCard, describe_corpus, write_card
from visrnn.settings.names import parse_run
from visrnn.system.exceptions import InputError
from visrnn.system.files import read_json, read_table, write_table


def export_net(folder: Path, destination: Path, manifest: Path | None = None) -> NetCard:
    """Write the trained net in `folder` to `destination`, and return its card.

    manifest: of the corpus that it was trained on, for a card of an earlier visrnn, which lacks
    the alphabet; None for the one beside a study's runs. Raises InputError.
    """
    card = read_brought_card(folder / "card.json")
    if "alphabet" not in card.corpus:
        path = manifest or folder.parents[1] / "corpus/manifest.json"
        if not path.is_file():
            raise InputError(
                f"{folder / 'card.json'}: says no alphabet, as an earlier visrnn wrote it; name "
                f"the manifest.json of its corpus (there is no {path})"
            )
        described = describe_corpus(read_json(path))
        if described["sha256"] != card.corpus.get("sha256"):
            raise InputError(
                f"{path}: is of another text than that which {card.run} was trained on"
            )
        card = replace(card, corpus=card.corpus | {"alphabet": described["alphabet"]})
    read = read_weights(folder, card, parse_run(card.run))
    weights = {key: tensor.half() for key, tensor in read.items()}
    for key, tensor in weights.items():
        if not tensor.isfinite().all():
            raise InputError(f"{folder}: {key} has weights beyond 65,504, which float16 can't hold")
    sha256 = write_weights(destination / "weights.safetensors", weights)
    if (folder / "history.parquet").is_file():
        write_table(destination / "history.parquet", read_table(folder / "history.parquet"))
    card = replace(card, weights_sha256=sha256, snapshots_sha256=None)
    write_card(destination / "card.json", card)
    return card


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m visrnn.nets.export", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("folder", type=Path, help="of a run")
    parser.add_argument("destination", type=Path, help="a folder, made where it is not there")
    parser.add_argument("manifest", type=Path, nargs="?", help="of its corpus: manifest.json")
    given = parser.parse_args()
    try:
        card = export_net(given.folder, given.destination, given.manifest)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    size = (given.destination / "weights.safetensors").stat().st_size
    print(f"{given.destination}: {card.run}, {card.parameters:,} weights, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
