"""Every mistake in a configuration is told in one line that names the key."""

from pathlib import Path

import pytest
import yaml

from visrnn.errors import InputError
from visrnn.settings import SCHEMA, load_settings, net_names, recipe_of

ROOT = Path(__file__).parents[2]


def corpus(**keys):
    return {"corpora": {"a": {"source": {"file": "x"}} | keys}}


MISTAKES = [
    ({"netz": []}, "configuration: unknown key 'netz'; did you mean 'nets'?"),
    ({"zzz": []}, "configuration: unknown key 'zzz'; known are activations, corpora, device, "),
    (corpus(sorce={}), "corpora.a: unknown key 'sorce'; did you mean 'source'?"),
    (corpus(source={"fil": "x"}), "corpora.a.source: unknown key 'fil'; did you mean 'file'?"),
    (corpus(source={}), "corpora.a.source: expected exactly one of builtin, file, url, tree"),
    (
        corpus(source={"file": "x", "tree": "y"}),
        "corpora.a.source: expected exactly one of builtin, file, url, tree, found {'file'",
    ),
    (
        corpus(source={"file": "x", "seed": 2}),
        "corpora.a.source: 'seed' means nothing for 'file', which takes max_bytes",
    ),
    (corpus(source={"file": 3}), "corpora.a.source.file: 3 is not of type 'string'"),
    (
        corpus(source={"url": ["ftp://x"]}),
        "corpora.a.source.url.0: 'ftp://x' does not match '^https?://'",
    ),
    (
        corpus(split={"fractions": [0.8, 0.1, 0.2]}),
        "corpora.a.split.fractions: expected three positive numbers that add up to 1, "
        "found [0.8, 0.1, 0.2], which add up to 1.1",
    ),
    (corpus(split={"scheme": "random"}), "corpora.a.split.scheme: 'random' is not one of"),
    (corpus(unit="word"), "corpora.a.unit: 'word' is not one of ['byte', 'character']"),
    (corpus(recipe="papr"), "corpora.a.recipe: unknown recipe 'papr'; did you mean 'paper'?"),
    (corpus(nets=["lstm-2"]), "corpora.a.nets: unknown net 'lstm-2': expected cell-layers x size"),
    (corpus(nets=["ltsm-1x64"]), "corpora.a.nets: unknown net 'ltsm-1x64': expected"),
    (
        corpus(nets=["ngram-3"]),
        "corpora.a.nets: expected a net such as lstm-2x128, found 'ngram-3'",
    ),
    (corpus(nets=["lstm-1x64-s2"]), "corpora.a.nets: expected a net such as lstm-2x128, found"),
    (corpus(nets=["lstm-1x64-ppaer"]), "corpora.a.nets: lstm-1x64-ppaer: unknown recipe 'ppaer'"),
    (corpus(nets="lstm-1x64"), "corpora.a.nets: 'lstm-1x64' is not of type 'array'"),
    (corpus(ngrams=[0]), "corpora.a.ngrams.0: 0 is less than the minimum of 1"),
    (corpus(seeds=[]), "corpora.a.seeds: [] should be non-empty"),
    (corpus(nnn_like="gru-1x64"), "corpora.a.nnn_like: 'gru-1x64' does not match"),
    ({"corpora": {}}, "corpora: {} should be non-empty"),
    ({"corpora": {"A b": {"source": {"file": "x"}}}}, "corpora: 'A b' does not match"),
    ({"corpora": {"a": None}}, "corpora.a: None is not of type 'object'"),
    (
        {"recipes": {"mine": {"epoch": 3}}},
        "recipes.mine: unknown key 'epoch'; did you mean 'epochs'",
    ),
    ({"recipes": {"mine": {"epochs": 0}}}, "recipes.mine.epochs: 0 is less than the minimum of 1"),
    (
        corpus(activations=["lstm-1x65"]),
        "corpora.a.activations: unknown net 'lstm-1x65'; did you mean 'lstm-1x64'?",
    ),
    (
        corpus(patterns={"year": "(1[89]"}),
        "corpora.a.patterns.year: '(1[89]' is no regular expression: missing )",
    ),
    ({"device": "gpu"}, "device: 'gpu' is not one of ['auto', 'cpu', 'cuda']"),
]


@pytest.mark.parametrize(("config", "line"), MISTAKES, ids=[line for _, line in MISTAKES])
def test_mistakes_are_told_in_one_line(config, line):
    with pytest.raises(InputError) as caught:
        load_settings(config)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_three_lines_are_a_whole_configuration():
    settings = load_settings(yaml.safe_load("corpora:\n  book:\n    source: {file: book.txt}\n"))
    (book,) = settings["corpora"].values()
    assert book["nets"] == SCHEMA["properties"]["nets"]["default"]
    assert book["split"]["fractions"] == [0.8, 0.1, 0.1]


def test_a_corpus_can_override_what_holds_for_all():
    settings = load_settings(
        {"seeds": [1, 2], "nnn": [], "nets": ["rnn-1x8"]} | corpus(nets=["lstm-1x8-paper"])
    )
    book = settings["corpora"]["a"]
    assert net_names(book) == ["lstm-1x8-paper-s1", "lstm-1x8-paper-s2"]
    assert recipe_of("lstm-1x8-paper-s1", book, settings["recipes"])["optimizer"] == "rmsprop"
    assert recipe_of("rnn-1x8-s1", book, settings["recipes"])["optimizer"] == "soap"


def test_the_deepest_lstm_and_gru_are_recorded_where_nothing_is_said():
    def recorded(**keys):
        return load_settings(corpus(**keys))["corpora"]["a"]["activations"]

    assert recorded() == ["lstm-2x64-s1", "gru-2x64-s1"]
    assert recorded(nets=["rnn-3x8", "gru-1x8", "gru-1x9"], seeds=[5, 6]) == ["gru-1x8-s5"]
    assert recorded(nets=["rnn-3x8", "gru-1x8"], activations=["rnn-3x8"]) == ["rnn-3x8-s1"]
    assert recorded(activations=[]) == []


def test_loading_changes_neither_the_schema_nor_what_was_given():
    given = corpus()
    before = yaml.safe_dump([SCHEMA, given])
    load_settings(given)
    load_settings({})
    assert yaml.safe_dump([SCHEMA, given]) == before


def test_the_default_configuration_is_the_schemas():
    written = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    assert load_settings(written) == load_settings({})


def keys(schema, path=""):
    for key, value in schema.get("properties", {}).items():
        yield f"{path}.{key}", value
        yield from keys(value, f"{path}.{key}")
    for name, value in schema.get("$defs", {}).items():
        yield from keys(value, name)


def test_every_key_has_a_description_and_a_default():
    # A source is what a user must say; its defaults depend on its kind (visrnn.sources).
    for path, schema in keys(SCHEMA):
        if "$ref" not in schema:
            assert schema.get("description"), path
            assert "default" in schema or path.startswith("corpus.source"), path
