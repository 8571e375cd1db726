"""Cards for tests: whole ones, of which a test sets only what it is about."""

from dataclasses import replace

from visrnn.predictions.cards import CureCard, ExternalCard, Losses, NetCard, NgramCard
from visrnn.settings.names import parse_run
from visrnn.settings.recipe import Recipe
from visrnn.settings.settings import load_settings

RECIPES = {name: Recipe(**keys) for name, keys in load_settings({})["recipes"].items()}
CORPUS = {"sha256": "0" * 64, "unit": "byte", "split": {}}


def net_card(name, validation=2.0, test=2.0, recipe=None, **fields):
    """recipe: fields that differ from those of the recipe quick."""
    run = parse_run(name)
    card = NetCard(
        run=name,
        cell=run.cell,
        layers=run.layers,
        size=run.size,
        n=run.n,
        hidden=run.size or 8,
        symbols=5,
        parameters=1234,
        seed=run.seed or 1,
        recipe=replace(RECIPES["quick"], **(recipe or {})),
        corpus=CORPUS,
        device="cpu",
        threads=1,
        versions={"visrnn": "0.1", "torch": "2.0"},
        best_epoch=2,
        loss=Losses(1.0, validation, test),
        weights_sha256="",
        snapshots_sha256="",
    )
    return replace(card, **fields)


def ngram_card(n, validation=2.0):
    return NgramCard(f"ngram-{n}", "ngram", n, 5, [], validation, CORPUS, {"visrnn": "0.1"})


def external_card(name, validation=None):
    return ExternalCard(name, "external", f"{name}.parquet", CORPUS, validation)


def cure_card(name, validation=2.0, parts=()):
    run = parse_run(name)
    kind = {"run": name, "cell": "cure", "base": run.base, "cure": run.cure, "seed": run.seed}
    made = {"corpus": CORPUS, "versions": {"visrnn": "0.1"}}
    return CureCard(**kind, parts=list(parts), settings={}, validation=validation, **made)
