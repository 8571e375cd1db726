"""What a configuration comes to; its mistakes are in docs/bad_input.md."""

from pathlib import Path

import pytest
import yaml
from snakemake.io import PeriodicityDetector

from visrnn.settings.settings import (
    SCHEMA,
    load_settings,
    net_names,
    read_command_line,
    recipe_of,
)
from visrnn.system.exceptions import InputError

ROOT = Path(__file__).parents[3]


def corpus(**keys):
    return {"corpora": {"a": {"source": {"file": "x"}} | keys}}


def test_a_message_is_one_line_that_a_terminal_shows_as_it_is():
    hostile = "\x1b[31m\u202e\n\x9b\ud800"
    for config in (
        {hostile: 1},
        {"nets": [hostile]},
        {"model": hostile},
        corpus(external={"mine": hostile}),
        corpus(patterns={"x": f"(?{hostile})"}),
        corpus(patterns={hostile: "x"}),
        {"corpora": {hostile: {"source": {"file": 1}}}},
        {"recipes": {hostile: {"epochs": 0}}},
        {"oracles": [{"oracle": "model", "values": [hostile]}]},
        {"oracles": [{"oracle": "memory", "values": [hostile * 10**6]}]},
    ):
        with pytest.raises(InputError) as caught:
            load_settings(config)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 800


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


def test_what_a_recipe_leaves_out_is_that_of_the_one_it_is_like():
    builtin = load_settings({})["recipes"]

    def recipes(**given):
        return load_settings({"recipes": given})["recipes"]

    assert recipes(short={"epochs": 2})["short"] == builtin["quick"] | {"epochs": 2}
    slow = recipes(slow={"like": "paper", "batch": 9})["slow"]
    assert slow == builtin["paper"] | {"batch": 9}
    # One of a name that always exists starts from it, and others may be like it.
    given = {"modern": {"batch": 9}, "a": {"like": "b", "clip": 1}, "b": {"like": "modern"}}
    assert recipes(**given)["b"] == builtin["modern"] | {"batch": 9}
    assert recipes(**given)["a"] == builtin["modern"] | {"batch": 9, "clip": 1}
    assert recipes(paper={"batch": 9})["paper"] == builtin["paper"] | {"batch": 9}
    assert "like" not in builtin["quick"]


def test_a_file_takes_the_place_of_a_download_that_is_said_not_to_be():
    given = corpus(source={"url": None, "file": "x", "sha256": "0" * 64, "max_bytes": 9})
    book = load_settings(given)["corpora"]["a"]
    assert book["source"] == {"file": "x", "sha256": "0" * 64, "max_bytes": 9}
    assert "url" in given["corpora"]["a"]["source"]


def test_nets_that_are_brought_count_among_the_nets():
    keys = {"nets": ["lstm-1x8"], "nnn": [1], "ngrams": [3]}
    trained = {"lstm-1x8-s1": "~/a", "gru-2x8-mine-s5": "b", "nnn-9-s1": "c"}
    book = load_settings(corpus(trained=trained, **keys))["corpora"]["a"]
    names = ["lstm-1x8-s1", "nnn-1-s1", "gru-2x8-mine-s5", "nnn-9-s1"]
    assert net_names(book) == names
    assert book["trained"]["lstm-1x8-s1"].endswith("/a")
    # No training left snapshots of them; and they are called by their own names, or without seeds.
    assert book["dynamics_net"] is None
    assert book["activations"] == ["lstm-1x8-s1", "gru-2x8-mine-s5"]
    for name in ("gru-2x8-mine", "gru-2x8-mine-s5"):
        book = load_settings(corpus(trained=trained, activations=[name], **keys))["corpora"]["a"]
        assert book["activations"] == ["gru-2x8-mine-s5"]
    book = load_settings({"nets": ["rnn-1x8"], "seeds": [2], "trained": trained} | corpus())
    assert book["corpora"]["a"]["dynamics_net"] == "rnn-1x8-s2"


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    for kind in ("file", "tree"):
        given = corpus(source={kind: "~/x"}, external={"mine": "~/m.parquet", "other": "a~/b"})
        book = load_settings(given)["corpora"]["a"]
        assert book["source"][kind] == "/home/me/x"
        assert book["external"] == {
            "mine": {"test": "/home/me/m.parquet", "validation": None},
            "other": {"test": "a~/b", "validation": None},
        }
    assert given["corpora"]["a"]["source"]["tree"] == "~/x"
    both = {"test": "~/t.parquet", "validation": "~/v.parquet"}
    book = load_settings(corpus(external={"mine": both}))["corpora"]["a"]
    assert book["external"]["mine"] == {
        "test": "/home/me/t.parquet",
        "validation": "/home/me/v.parquet",
    }


def test_a_name_may_repeat_itself_as_often_as_snakemake_bears():
    detector = PeriodicityDetector()
    for part in ("a", "ab", "abc", "b_", "aab"):
        for times in (1, 2, 7, 19, 20, 21, 25, 64):
            name = part * times
            if len(name) > 64:
                continue
            for place in (
                {name: {"source": {"file": "x"}}},
                corpus(external={name: "x"})["corpora"],
            ):
                periodic = len(name) >= 20 and detector.is_periodic(name) is not None
                try:
                    load_settings({"corpora": place})
                    refused = False
                except InputError as error:
                    refused = "which Snakemake takes for a loop" in str(error)
                assert refused == periodic, name


def test_lists_and_keys_behind_config_are_read_as_yaml():
    given = {"seeds": ["1", "2"], "samples": {"length": "10"}, "activations": ["null"], "nnn": []}
    config = {"seeds": ["1", "2"], "samples": {"length": "10", "prime": "1"}, "nets": ["1"]}
    read = read_command_line(config | {"activations": ["null"], "nnn": []}, given)
    assert read == {
        "seeds": [1, 2],
        "samples": {"length": 10, "prime": "1"},
        "nets": ["1"],
        "activations": [None],
        "nnn": [],
    }
    odd = {"patterns": {"x": "[a-z", "y": "a: b", "z": "yes"}}
    assert read_command_line(odd, odd) == {"patterns": {"x": "[a-z", "y": "a: b", "z": True}}


def test_the_deepest_lstm_and_gru_are_recorded_where_nothing_is_said():
    def recorded(**keys):
        return load_settings(corpus(**keys))["corpora"]["a"]["activations"]

    assert recorded() == ["lstm-2x64-s1", "gru-2x64-s1"]
    assert recorded(nets=["rnn-3x8", "gru-1x8", "gru-1x9"], seeds=[5, 6]) == [
        *("gru-1x8-s5", "gru-1x8-s6"),
    ]
    assert recorded(nets=["rnn-3x8", "gru-1x8"], activations=["rnn-3x8"]) == ["rnn-3x8-s1"]
    assert recorded(activations=[]) == []


def test_loading_changes_neither_the_schema_nor_what_was_given():
    given = corpus()
    before = yaml.safe_dump([SCHEMA, given])
    load_settings(given)
    load_settings({})
    assert yaml.safe_dump([SCHEMA, given]) == before


def test_the_default_configuration_is_the_schemas_but_for_its_larger_net():
    """A text of one's own has cheaper nets by default, and all else is as it is there."""
    written = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    names = ("nets", "recipes", "model", "overlap", "scaling", "cures")
    own = {key: written.pop(key) for key in names}
    assert load_settings(written) == load_settings({})
    assert load_settings(written | own)["recipes"].keys() - load_settings({})["recipes"].keys() == {
        "longer"
    }


def keys(schema, path=""):
    for key, value in schema.get("properties", {}).items():
        yield f"{path}.{key}", value
        yield from keys(value, f"{path}.{key}")
    for name, value in schema.get("$defs", {}).items():
        yield from keys(value, name)


def test_every_key_has_a_description_and_a_default():
    # A source is what a user must say; its defaults depend on its kind (visrnn.corpus.sources).
    for path, schema in keys(SCHEMA):
        if "$ref" not in schema:
            assert schema.get("description"), path
            assert "default" in schema or path.startswith("corpus.source"), path


def test_an_oracle_without_the_models_that_it_asks_is_left_out():
    def asked(**keys):
        book = load_settings(corpus(**keys))["corpora"]["a"]
        return [item["oracle"] for item in book["oracles"]]

    assert asked(ngrams=[9, 20])[0] == "ngram"
    assert asked(ngrams=[20])[0] == asked(ngrams=[])[0] == "memory"
    only = [{"oracle": "ngram", "values": [1, 9]}]
    assert asked(ngrams=[5], oracles=only) == ["ngram"]
    with pytest.raises(
        InputError, match=r"corpora\.a\.oracles: ngram needs n-grams, of which there"
    ):
        asked(ngrams=[10], oracles=only)


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "config").rglob("*.yaml")) if path.parent.name != "schema"],
    ids=lambda path: path.name,
)
def test_every_configuration_that_is_brought_is_one(path):
    settings = load_settings(yaml.safe_load(path.read_text()))
    assert settings["corpora"]
    if path.parent.name == "examples":
        assert f"`{path.name}`" in (path.parent / "README.md").read_text()
        assert [*settings["corpora"]] == [path.stem]
