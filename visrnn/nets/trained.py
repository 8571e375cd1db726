"""Nets that were trained before or elsewhere: checked, and put beside those that are trained here.

What is brought is data alone: cards are JSON, weights safetensors, neither of which runs code.
"""

import logging
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from safetensors.torch import load
from torch import Tensor

from visrnn.corpus.corpus import Corpus
from visrnn.nets.inference import right_probabilities
from visrnn.nets.modules import build_net
from visrnn.nets.training import HISTORY, write_weights
from visrnn.predictions.cards import Losses, NetCard, describe_corpus, parse_card, write_card
from visrnn.predictions.predictions import FILES, SMALLEST, write_predictions
from visrnn.settings.names import Run, hidden_size, parse_run
from visrnn.settings.settings import SCHEMA
from visrnn.settings.validation import validate
from visrnn.system.display import short, written
from visrnn.system.exceptions import InputError, prefix_error
from visrnn.system.files import (
    brought,
    read_checked,
    read_json,
    read_table,
    report_damage,
    write_table,
)

# What recipes lacked before, and what was called otherwise.
ADDED, RENAMED = {"recurrent_dropout": 0, "dropout": 0}, {"smoothing": "beta2"}
KINDS: dict[str, type] = {"corpus": dict, "device": str, "versions": dict, "weights_sha256": str}
KINDS |= dict.fromkeys(("hidden", "symbols", "threads", "best_epoch"), int)
EXPORT = "python -m visrnn.nets.export FOLDER DESTINATION MANIFEST"

log = logging.getLogger(__name__)


def bring_net(
    corpus: Corpus, name: str, source: Path, folder: Path, device: torch.device
) -> NetCard:
    """Write to `folder` what training leaves there, of the trained net in the folder `source`.

    name: the run that it becomes; cell, layers and size must be the net's. `source` has
    weights.safetensors, in float32 or less, card.json, and history.parquet if there is one: without
    it the history is the best epoch alone. The losses are measured anew on this corpus; a net that
    was not trained on this very text and split is marked, as it may have read the test text.
    Raises InputError for a folder that is not whole, and for a net that is another or can't read
    this text.
    """
    run, path = parse_run(name), source / "card.json"
    names = sorted(each.name for each in source.iterdir()) if source.is_dir() else []
    if not {"card.json", "weights.safetensors"} <= {*names}:
        found = short(names) if source.is_dir() else "no such folder"
        raise InputError(f"{source}: expected card.json and weights.safetensors, found {found}")
    with brought(str(source)):
        card = read_brought_card(path)
        check_card(card, path, name, corpus.manifest)
        weights = read_weights(source, card, run)
        history = read_history(source, card)
    net = build_net(run, card.hidden, card.symbols)
    net.load_state_dict(weights)
    probs = {part: right_probabilities(net.to(device), corpus.part(part), device) for part in FILES}
    losses = {part: mean_loss(prob) for part, prob in probs.items()}
    identity = describe_corpus(corpus.manifest)
    other = any(card.corpus.get(key) != identity[key] for key in ("sha256", "unit", "split"))
    card = replace(
        card,
        run=name,
        **{key: getattr(run, key) for key in ("layers", "size", "n", "seed")},
        parameters=sum(tensor.numel() for tensor in weights.values()),
        corpus=identity,
        loss=Losses(card.loss.train, **losses),
        weights_sha256=write_weights(folder / "weights.safetensors", weights),
        snapshots_sha256=None,
        dropout_grid=None,
        source=str(source),
        may_have_read_test=other,
    )
    for part, prob in probs.items():
        write_predictions(folder / FILES[part], corpus.part(part), prob)
    write_table(folder / "history.parquet", history)
    write_card(folder / "card.json", card)
    log.info("%s: validation %.4f, test %.4f nats", name, *losses.values())
    if other:
        log.warning(
            "%s was trained on another text or split: it may have read this test text", name
        )
    return card


def mean_loss(prob: np.ndarray) -> float:
    """The mean of -ln(prob), as training measures it."""
    return float(-np.log(np.maximum(prob, SMALLEST).astype(np.float64)).mean())


def read_brought_card(path: Path) -> NetCard:
    """The card of a net from anywhere, of an earlier visrnn too. Raises InputError."""
    values = read_json(path)
    if isinstance(recipe := values.get("recipe"), dict):
        recipe = ADDED | {RENAMED.get(key, key): value for key, value in recipe.items()}
        with prefix_error(f"{path}: recipe"):
            validate(recipe, SCHEMA["$defs"]["recipe"])
        values |= {"recipe": recipe}
    card = parse_card(values, str(path))
    if not card.trained:
        raise InputError(f"{path}: expected the card of a trained net, found that of {card.run}")
    for key, kind in KINDS.items():
        value = getattr(card, key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{path}: {key}: expected {kind.__name__}, found {short(value)}")
    for key, loss in asdict(card.loss).items():
        if not isinstance(loss, float) or not math.isfinite(loss):
            raise InputError(f"{path}: loss.{key}: expected a number, found {short(loss)}")
    return card


def check_card(card: NetCard, path: Path, name: str, manifest: dict[str, Any]) -> None:
    """Raise InputError unless the net of a card is what `name` says, and can read the corpus."""
    run, symbols, unit = parse_run(name), manifest["symbols"], manifest["unit"]
    if [card.cell, card.layers, card.size, card.n] != [run.cell, run.layers, run.size, run.n]:
        raise InputError(
            f"{path}: expected the card of {name}, found that of {short(card.run)}; name it after "
            f"its cell, layers and size"
        )
    if card.corpus.get("unit") != unit:
        raise InputError(
            f"{path}: the net's unit is {short(card.corpus.get('unit'))} and that of this corpus "
            f"{unit!r}; set unit as the net has it"
        )
    alphabet, ours = card.corpus.get("alphabet"), "".join(map(chr, symbols))
    if alphabet is None and card.corpus.get("sha256") == manifest["sha256"]:
        alphabet = ours  # an earlier card, of this very text
    if not isinstance(alphabet, str):
        raise InputError(
            f"{path}: says no alphabet, as an earlier visrnn wrote it; make it again, with the "
            f"manifest.json of the corpus that it was trained on: {EXPORT}"
        )
    if alphabet != ours or card.symbols != len(symbols):
        odd = [*sorted({*alphabet} ^ {*ours})[:3]]
        which = ", ".join(f"{written(ord(each))!a}" for each in odd)
        raise InputError(
            f"{path}: the net knows {len(alphabet):,} symbols and this text has {len(symbols):,}, "
            f"which differ in {which or 'their order'}; bring a net that was trained on the same "
            f"symbols"
        )
    if run.recurrent and card.hidden != (hidden := hidden_size(run, len(symbols), run)):
        raise InputError(
            f"{path}: a net of the size of {name} has {hidden:,} hidden units, this one has "
            f"{card.hidden:,}; name it after its size"
        )
    if not 0 < card.hidden < 10**5:
        raise InputError(f"{path}: hidden: expected 1 to 99,999 units, found {card.hidden}")


def read_weights(folder: Path, card: NetCard, run: Run) -> dict[str, Tensor]:
    """The weights of a checked card's net by name, in float32. Raises InputError."""
    path = folder / "weights.safetensors"
    data = read_checked(path, card.weights_sha256, "weights")
    with report_damage(path, "weights"):
        weights = load(data)
    # On no device: a card could ask for any memory.
    with torch.device("meta"):
        expected = shapes(build_net(run, card.hidden, card.symbols).state_dict())
    found = shapes(weights)
    for key in sorted(expected | found):
        if expected.get(key) != found.get(key):
            raise InputError(
                f"{path}: {short(key)}: expected {_shape(expected.get(key))}, found "
                f"{_shape(found.get(key))}; the weights are of another net than {card.run}"
            )
    for key, tensor in weights.items():
        if not tensor.is_floating_point() or not tensor.isfinite().all():
            raise InputError(f"{path}: {key}: expected numbers, found {tensor.dtype} or nan")
    return {key: tensor.float() for key, tensor in weights.items()}


def shapes(weights: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor by its name."""
    return {key: tuple(tensor.shape) for key, tensor in weights.items()}


def _shape(shape: tuple[int, ...] | None) -> str:
    return "none" if shape is None else " x ".join(f"{size:,}" for size in shape)


def read_history(folder: Path, card: NetCard) -> pa.Table:
    """The history of a net, or its best epoch alone where there is none. Raises InputError."""
    path = folder / "history.parquet"
    if not path.is_file():
        row = {"epoch": card.best_epoch} | asdict(card.loss)
        return pa.Table.from_pylist([row], HISTORY)
    history = read_table(path)
    values = [column.to_numpy() for column in history.columns]
    if not history.schema.equals(HISTORY) or not all(np.isfinite(each).all() for each in values):
        expected = ", ".join(f"{field.name}: {field.type}" for field in HISTORY)
        raise InputError(f"{path}: expected a history of numbers '{expected}'; or leave it out")
    return history
