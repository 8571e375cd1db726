"""The cures that a configuration may name, and the runs that each of them needs.

A cure is done to a trained net, its base: `gru-2x128-s1+ngrams`. What it does is in the script of
its rule, in rules/cures.smk.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from visrnn.settings.names import CELLS, net_of, parse_run
from visrnn.settings.validation import unknown
from visrnn.system.display import short
from visrnn.system.exceptions import InputError


def _none(base: str, runs: list[str]) -> list[str]:
    return []


def _ngrams(base: str, runs: list[str]) -> list[str]:
    return [run for run in runs if parse_run(run).cell == "ngram"]


def _all(base: str, runs: list[str]) -> list[str]:
    """All other nets and all n-grams: external models need not have a validation text."""
    return [run for run in runs if run != base and parse_run(run).cell != "external"]


def _seeds(base: str, runs: list[str]) -> list[str]:
    return [run for run in runs if run != base and net_of(run) == net_of(base)]


def _cells(base: str, runs: list[str]) -> list[str]:
    """Nets of other cells that have the base's layers, size, recipe and seed."""

    def shape(run: str) -> tuple:
        parsed = parse_run(run)
        return parsed.layers, parsed.size, parsed.recipe, parsed.seed

    others = [run for run in runs if parse_run(run).cell in CELLS and run != base]
    return [run for run in others if shape(run) == shape(base)]


@dataclass(frozen=True)
class Cure:
    """What a configuration, the rules and a figure need to know of a cure."""

    # In figures and tables.
    label: str
    # In one line of the docs and of tables.
    description: str
    # The runs that it uses beside its base, of those of the corpus; (base, runs) to runs.
    parts: Callable[[str, list[str]], list[str]] = _none
    # Whether it is nothing without such runs.
    needs_parts: bool = False
    # Whether it reads whole distributions of these, and not of its base alone.
    whole_parts: bool = False
    # Whether only a recurrent net can have it, and no n-NN.
    recurrent: bool = False


CURES = {
    "temperature": Cure(
        "temperature",
        "every distribution sharpened or flattened by one temperature",
    ),
    "ngrams": Cure(
        "n-grams",
        "a weighted mean with all n-grams",
        parts=_ngrams,
        needs_parts=True,
    ),
    "ngrams_gated": Cure(
        "n-grams, gated",
        "the same, with weights by what is known before the character comes",
        parts=_ngrams,
        needs_parts=True,
    ),
    "ngrams_logistic": Cure(
        "n-grams, logistic",
        "a product of powers of whole distributions, with powers by the same",
        parts=_ngrams,
        needs_parts=True,
        whole_parts=True,
    ),
    "all": Cure(
        "all models",
        "a weighted mean with all other nets and n-grams",
        parts=_all,
        needs_parts=True,
    ),
    "all_logistic": Cure(
        "all models, logistic",
        "such a product of all nets and n-grams",
        parts=_all,
        needs_parts=True,
        whole_parts=True,
    ),
    "seeds": Cure(
        "seeds",
        "the mean with all other seeds of the net",
        parts=_seeds,
        needs_parts=True,
    ),
    "cells": Cure(
        "cells",
        "the mean with the other cells of the same layers, size and seed",
        parts=_cells,
        needs_parts=True,
    ),
    "cache": Cure(
        "cache",
        "a weighted mean with what came after like states in the stream's past",
    ),
    "memory": Cure(
        "memory",
        "a weighted mean with what came after like states in the training text",
    ),
    "adapted": Cure(
        "adapted",
        "the weights go on learning from each stream's past (dynamic evaluation)",
    ),
    "words": Cure(
        "words",
        "a weighted mean with a model of words, character by character",
    ),
}


def choose_cures(cures: Iterable[str], bases: list[str], runs: list[str]) -> list[str]:
    """The names of the cured runs of a corpus, each once.

    cures: as configured: names of cures, which are done to each of `bases`, and whole names of
    runs such as gru-2x128-s1+ngrams. runs: those of the corpus. A cure for which a base has no
    partners is left out. Raises InputError for unknown names.
    """
    named = []
    for index, item in enumerate(cures):
        base, plus, name = item.rpartition("+")
        if name not in CURES:
            raise InputError(f"cures.{index}: {unknown('cure', name, CURES)}")
        if plus and (base not in runs or not _is_net(base)):
            nets = ", ".join(filter(_is_net, runs))
            raise InputError(
                f"cures.{index}: expected a net of this corpus before the +, found {short(item)}; "
                f"known are {nets or 'none'}"
            )
        named += [(each, name) for each in ([base] if plus else filter(_is_net, bases))]
    return [
        f"{base}+{name}"
        for base, name in dict.fromkeys(named)
        if (CURES[name].parts(base, runs) or not CURES[name].needs_parts)
        and (parse_run(base).recurrent or not CURES[name].recurrent)
    ]


def _is_net(run: str) -> bool:
    return parse_run(run).cell in (*CELLS, "nnn")
