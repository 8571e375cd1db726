"""Models in words: what a reader learns where a name such as gru-2x128-s1 first stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from visrnn.predictions.cards import Card
from visrnn.report.html import Section
from visrnn.settings.names import CELLS, net_of, parse_run


def name_models(cards: Iterable[Card]) -> dict[str, str]:
    """For every run, and every net of which it is a seed, its name behind what it is.

    An external model has a name of its own and no other words.
    """
    words = {}
    for card in cards:
        what = describe_model(card)
        if what is None:
            continue
        for name in (card.run, net_of(card.run)):
            words[name] = f"{what} ({name})"
    return words


def describe_model(card: Card) -> str | None:
    """What a model is, as "GRU, 2 layers of 149 units"; None of an external model or a cure.

    card: of a net, an n-NN or an n-gram.
    """
    if card.cell in CELLS and card.trained:
        layers = _count(card.layers, "layer")
        return f"{CELLS[card.cell].label}, {layers} of {_count(card.hidden, 'unit')}"
    if card.cell in ("nnn", "ngram") and "+" not in card.run:
        kind = "n-NN" if card.cell == "nnn" else "n-gram"
        return f"{kind}, {_count(parse_run(card.run).n, 'context character')}"
    return None


def spell_out(section: Section, words: Mapping[str, str]) -> Section:
    """A section with each model in words where its sentences first name it, and in its table.

    words: as `name_models` gives them.
    """
    named: set[str] = set()
    sentences = [spell_first(sentence, words, named) for sentence in section.sentences]
    table = section.table
    if table is not None:
        table = table.assign(
            **{name: table[name].map(lambda cell: words.get(cell, cell)) for name in _texts(table)}
        )
    return replace(section, sentences=sentences, table=table)


def spell_first(sentence: str, words: Mapping[str, str], named: set[str]) -> str:
    """`sentence` with the models in words that are not in `named`, which they come into."""
    if not words:
        return sentence

    def spell(match: re.Match) -> str:
        name = match.group()
        first = name not in named
        named.add(name)
        return words[name] if first else name

    # The longest first, as one name may begin another.
    names = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.sub(rf"(?<![\w+-])(?:{names})(?![\w+-])", spell, sentence)


def _texts(table: pd.DataFrame) -> list[str]:
    return [name for name in table if pd.api.types.is_string_dtype(table[name])]


def _count(number: int | None, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
