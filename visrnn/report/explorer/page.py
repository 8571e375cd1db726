"""The explorer's page and its data: what visrnn/report/explorer/templates/*.js reads."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from visrnn.cells.causes import CLOSING
from visrnn.cells.max_t import describe_p
from visrnn.corpus.corpus import Corpus, Part
from visrnn.predictions.cards import Card, NetCard, NgramCard
from visrnn.report.explorer.choice import choose_families
from visrnn.report.explorer.packing import Packer
from visrnn.settings.names import MODELS
from visrnn.settings.oracles import ORACLES, Step
from visrnn.system.files import write_text

FOLDER = Path(__file__).parent / "templates"
# In the order in which the page runs them.
SCRIPTS = (
    "data",
    "nets",
    "ngrams",
    "glyphs",
    "colours",
    "models",
    "scan",
    "reading",
    "painters",
    "here",
    "cells",
    "find",
    "own",
    "files",
    "address",
    "picture",
    "main",
)
# A state of each net is stored for every so many characters of a stream.
EVERY = 1000
# Characters of the test text that the page has, at most; of a longer one, whole streams.
CHARACTERS = 400_000
# What is done to a model that the page can tell of: a bit each.
CURES = 16
# A longer training text is left out, and with it the n-gram's expectations.
LONGEST_TRAINING = 6_000_000


@dataclass(frozen=True)
class Explored:
    """What a page shows of one corpus. Arrays are of its part, [characters] if nothing else."""

    corpus: Corpus
    # Numbers of the streams that the page has, and these streams (the test text, or some of it).
    streams: np.ndarray
    part: Part
    cards: list[Card]
    # By run, the probability given to each character.
    probs: dict[str, np.ndarray]
    # By run, weights by name as PyTorch has them; and states as visrnn.nets.states.states_along.
    weights: dict[str, dict[str, np.ndarray]]
    states: dict[str, np.ndarray]
    # By name, bool or whole numbers.
    properties: dict[str, np.ndarray]
    # The model whose errors are told apart, its steps, and as visrnn.errors.oracles.peel.
    model: str | None = None
    steps: list[Step] = field(default_factory=list)
    peeled: np.ndarray | None = None
    # By what is done to this model, such as ngrams, where that is right; bool, of at most 16.
    cured: dict[str, np.ndarray] = field(default_factory=dict)
    # visrnn.cells.max_t.STUDY and visrnn.cells.causes.SCHEMA, where the study has them.
    discovery: pd.DataFrame | None = None
    ablation: pd.DataFrame | None = None


def write_explorer(html: str | Path, folder: str | Path, title: str, explored: Explored) -> None:
    """Write the page, and its data into a folder beside it that is called data."""
    study = pack(Packer(folder), title, explored)
    write_text(html, render_page(title, study))


def render_page(title: str, study: dict) -> str:
    """The page: scripts and style inside, and what `pack` gives as JSON that holds no markup."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
    )
    scripts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    # json.dumps writes ASCII only; these three could end the script or begin a comment.
    data = json.dumps(study, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return templates.get_template("index.html").render(
        title=title,
        style=Markup((FOLDER / "explorer.css").read_text(encoding="utf-8")),
        # Other inline scripts do not run, should a mistake let markup of a text through.
        hashes=[_hash(script) for script in scripts],
        scripts=[Markup(script) for script in scripts],
        study=Markup(data),
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def pack(packer: Packer, title: str, explored: Explored) -> dict:
    """Write the data, and give what the page begins with."""
    part, manifest = explored.part, explored.corpus.manifest
    small = np.uint8 if len(manifest["symbols"]) <= 256 else np.uint16
    packer.add("text", part.tokens.astype(small))
    train = explored.corpus.part_tokens("train").ravel()
    if len(train) <= LONGEST_TRAINING and any(card.cell == "ngram" for card in explored.cards):
        packer.add("train", train.astype(small))
    if explored.peeled is not None:
        packer.add("classes", explored.peeled.astype(np.int8))
        if explored.cured:
            bits = [
                right.astype(np.uint16) << bit
                for bit, right in enumerate(list(explored.cured.values())[:CURES])
            ]
            packer.add("cures", np.bitwise_or.reduce(bits))
    models = [_pack_model(packer, card, explored) for card in explored.cards]
    order = [*MODELS, "external", "cure"]
    return {
        "corpus": title,
        "sha256": manifest["sha256"],
        "unit": manifest["unit"],
        "symbols": manifest["symbols"],
        "streams": explored.streams.tolist(),
        "length": part.tokens.shape[1],
        "starts": part.positions[:, 0].tolist(),
        "previous": part.previous[:, 0].tolist(),
        "every": EVERY,
        "models": sorted(models, key=lambda model: order.index(model["cell"])),
        "families": choose_families(explored.cards),
        "properties": _pack_properties(packer, explored.properties),
        "classes": _describe_classes(explored),
        "cells": describe_cells(explored.discovery, explored.ablation),
        "has": {
            "cells": explored.discovery is not None,
            "ablation": explored.ablation is not None,
        },
        "files": packer.files,
    }


def _pack_model(packer: Packer, card: Card, explored: Explored) -> dict:
    prob = explored.probs[card.run].astype(np.float64)
    model: dict[str, Any] = {"run": card.run, "cell": card.cell, "net": None}
    # float16 holds a loss to one part in 2,048.
    model["loss"] = packer.add(f"loss-{card.run}", (-np.log(prob)).astype(np.float16))
    model["mean"] = float(-np.log(prob).mean())
    if isinstance(card, NgramCard):
        model |= {"n": card.n, "discounts": [discount["values"] for discount in card.discounts]}
    if isinstance(card, NetCard) and card.run in explored.weights:
        model["net"] = _pack_net(packer, card, explored)
    return model


def _pack_net(packer: Packer, card: NetCard, explored: Explored) -> dict:
    weights = explored.weights[card.run]
    flat = np.concatenate([tensor.astype(np.float32).ravel() for tensor in weights.values()])
    net = {key: getattr(card, key) for key in ("cell", "layers", "hidden", "symbols", "n")}
    net |= {"weights": packer.add(f"net-{card.run}", flat), "states": None}
    net["tensors"] = {name: list(tensor.shape) for name, tensor in weights.items()}
    if (states := explored.states.get(card.run)) is not None and len(states):
        net["states"] = packer.add(f"states-{card.run}", states)
    return net


def _pack_properties(packer: Packer, properties: Mapping[str, np.ndarray]) -> list[dict]:
    described = []
    for number, (name, values) in enumerate(properties.items()):
        if values.dtype == bool:
            most, array = 1, values
        else:
            # The colours end here; a few places of most texts reach far beyond.
            most = max(1, int(np.quantile(values, 0.98)))
            array = np.minimum(values, 2**16 - 1).astype(np.uint16)
        file = packer.add(f"property-{number}", array)
        described.append({"name": name, "binary": values.dtype == bool, "most": most, "file": file})
    return described


def _describe_classes(explored: Explored) -> dict | None:
    if explored.peeled is None:
        return None
    counts = np.bincount(explored.peeled[explored.peeled >= 0], minlength=len(explored.steps))
    return {
        "run": explored.model,
        "steps": [
            {
                "label": step.label,
                "oracle": ORACLES[step.oracle].label,
                "colour": ORACLES[step.oracle].colour,
                "count": int(count),
            }
            for step, count in zip(explored.steps, counts, strict=True)
        ],
        "rest": int((explored.peeled == -1).sum()),
        "cures": list(explored.cured)[:CURES],
    }


def describe_cells(discovery: pd.DataFrame | None, ablation: pd.DataFrame | None) -> list[dict]:
    """The best unit of each layer for each property, a row each, and what is known of it.

    discovery: as visrnn.cells.max_t.judge_cells. ablation: as visrnn.cells.causes.SCHEMA; effect is
    that of holding the unit, in nats where the property ends. None where a study lacks either.
    """
    if discovery is None:
        return []
    effects = ablation_effects(ablation)
    rows = []
    for row in discovery.to_dict("records"):
        key = row["run"], int(row["layer"]), int(row["unit"]), row["property"]
        described = dict(zip(("run", "layer", "unit", "property"), key, strict=True))
        described |= {name: row[name] for name in ("score", "direction")}
        described |= {name: _number(row[name]) for name in ("validation", "test", "gain", "p")}
        described |= {"found": bool(row["found"]), "said": describe_p(row["p"], row["p_floor"])}
        # In how many of the recorded seeds of the net the property has such a cell.
        described |= {"seeds": int(row["seeds_found"]), "of": int(row["seeds"])}
        rows.append(described | {"effect": effects.get(key)})
    return rows


def ablation_effects(ablation: pd.DataFrame | None) -> dict[tuple[str, int, int, str], float]:
    """By run, layer, unit and property, how much more the property's closing costs, in nats."""
    if ablation is None:
        return {}
    closing = ablation[ablation["place"] == CLOSING]
    keys = zip(*(closing[name] for name in ("run", "layer", "unit", "property")), strict=True)
    return dict(zip(keys, closing["effect"].astype(float), strict=True))


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
