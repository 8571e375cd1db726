"""The configuration: checked against its schema, defaults filled in, every corpus whole."""

import copy
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from visrnn.settings.cures import choose_cures
from visrnn.settings.names import MODELS, candidates, parse_run
from visrnn.settings.oracles import check_oracles, is_available
from visrnn.settings.split import split_blocks
from visrnn.settings.validation import unknown, validate
from visrnn.system.display import short
from visrnn.system.exceptions import InputError

# In C where PyYAML was built with it: every start of Snakemake reads the schema.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SCHEMA = _LOADER(Path(__file__).with_name("config.schema.yaml").read_text()).get_single_data()
# What a corpus can have of its own instead of the configuration's.
OVERRIDES = (
    *("nets", "ngrams", "nnn", "nnn_like", "seeds", "recipe", "trained"),
    *("activations", "recorded_characters", "null_characters", "null_nets", "patterns"),
    *("model", "rival", "overlap", "minimum_count", "oracles", "scaling", "cures"),
)
# Overrides with keys of their own, of which a corpus can change some.
NESTED = ("samples", "error_examples", "dynamics", "causes")
# Built-in texts of visrnn.corpus.counting.
COUNTING = ("powers", "brackets", "quotations")
# What a recipe of one's own starts from.
DEFAULT_RECIPE = SCHEMA["$defs"]["recipe"]["properties"]["like"]["default"]
SOURCE_KEYS = {
    "builtin": {"seed", "max_bytes"},
    "file": {"sha256", "max_bytes"},
    "url": {"sha256", "max_bytes"},
    "tree": {"include", "seed", "max_bytes"},
}


def load_settings(config: dict) -> dict:
    """The configuration with every default filled in, and under each corpus all its settings.

    Raises InputError with one line that names the key, what was expected and what was found.
    """
    config = _without_other_sources(config)
    validate(config, SCHEMA)
    settings = _fill(config, SCHEMA)
    settings["recipes"] = _fill_recipes(settings["recipes"])
    for key in NESTED:
        settings[key] = _fill(settings[key], SCHEMA["properties"][key])
    for name, corpus in settings["corpora"].items():
        own = _fill(corpus, SCHEMA["$defs"]["corpus"])
        own["split"] = _fill(own["split"], SCHEMA["$defs"]["corpus"]["properties"]["split"])
        own |= {key: settings[key] | own.get(key, {}) for key in NESTED}
        own["source"] = _expand_home(own["source"])
        own["external"] = {
            model: _expand_home({"validation": None} | _tables(given))
            for model, given in own["external"].items()
        }
        full_key = _FullKey(name, corpus)
        settings["corpora"][name] = whole = {key: settings[key] for key in OVERRIDES} | own
        whole["trained"] = _expand_home(whole["trained"])
        _check_source(full_key, settings["corpora"][name])
        _check_corpus(full_key, settings["corpora"][name], settings["recipes"])
        _choose_activations(full_key, settings["corpora"][name])
        _choose_runs(full_key, settings["corpora"][name])
    return settings


def read_command_line(value: Any, given: Any) -> Any:
    """`value` of a configuration, with what `given` has of it from --config read as YAML.

    Snakemake takes every value inside of a list or of keys there for a text.
    """
    if isinstance(value, dict) and isinstance(given, Mapping):
        return {
            key: read_command_line(item, given[key]) if key in given else item
            for key, item in value.items()
        }
    if value != given:
        return value
    if isinstance(value, list):
        return [read_command_line(item, item) for item in value]
    try:
        scalar = yaml.safe_load(value) if isinstance(value, str) else value
    except yaml.YAMLError:
        return value
    return value if isinstance(scalar, (dict, list)) else scalar


def net_names(corpus: dict) -> list[str]:
    """Names of all nets of a corpus, recurrent ones and n-NN, one a seed; those brought last."""
    nets = [*corpus["nets"], *(f"nnn-{n}" for n in corpus["nnn"])]
    named = [f"{net}-s{seed}" for net in nets for seed in corpus["seeds"]]
    return list(dict.fromkeys([*named, *corpus["trained"]]))


def run_names(corpus: dict) -> list[str]:
    """Names of all runs of a corpus: nets, n-grams, and external models."""
    return [
        *net_names(corpus),
        *(f"ngram-{n}" for n in corpus["ngrams"]),
        *corpus["external"],
    ]


def recipe_of(name: str, corpus: dict, recipes: dict) -> dict:
    """The recipe that the run `name` is trained with. Raises InputError for an unknown one."""
    recipe = parse_run(name).recipe or corpus["recipe"]
    if recipe not in recipes:
        raise InputError(f"{name}: {unknown('recipe', recipe, recipes)}")
    return recipes[recipe]


def _fill_recipes(given: dict) -> dict:
    """Every recipe whole: what one leaves out is that of the recipe which it is like."""
    own = dict(SCHEMA["properties"]["recipes"]["default"])
    for name, recipe in given.items():
        own[name] = own.get(name, {"like": DEFAULT_RECIPE}) | recipe
    paper = _fill({}, SCHEMA["$defs"]["recipe"])

    def fill(name: str, likes: list[str]) -> dict:
        if name in likes:
            circle = ", which is like ".join(map(repr, [*likes[likes.index(name) :], name]))
            raise InputError(f"recipes.{likes[-1]}.like: a circle: {circle}; leave one like out")
        if name not in own:
            raise InputError(f"recipes.{likes[-1]}.like: {unknown('recipe', name, own)}")
        like = own[name].get("like")
        return (paper if like is None else fill(like, [*likes, name])) | own[name]

    filled = {name: fill(name, []) for name in own}
    return {
        name: {key: value for key, value in recipe.items() if key != "like"}
        for name, recipe in filled.items()
    }


def _fill(given: dict, schema: dict) -> dict:
    defaults = {
        key: value["default"] for key, value in schema["properties"].items() if "default" in value
    }
    return copy.deepcopy(defaults | given)


def _without_other_sources(config: dict) -> dict:
    """The configuration without what a source is said not to be: {url: null, file: path}.

    So --config can put a file in the place of a download that a configuration names.
    """
    corpora = config.get("corpora")
    if not isinstance(corpora, dict):
        return config
    corpora = dict(corpora)
    for name, corpus in corpora.items():
        source = corpus.get("source") if isinstance(corpus, dict) else None
        if isinstance(source, dict) and any(source.get(kind) for kind in SOURCE_KEYS):
            given = {
                key: value
                for key, value in source.items()
                if value is not None or key not in SOURCE_KEYS
            }
            corpora[name] = corpus | {"source": given}
    return config | {"corpora": corpora}


def _expand_home(paths: dict) -> dict:
    """The home folder in place of the ~ that paths begin with; what is no text stays."""
    return {
        key: os.path.expanduser(path) if isinstance(path, str) else path
        for key, path in paths.items()
    }


def _tables(given: str | dict) -> dict:
    """An external model's tables by part; a path alone is that of the test text's."""
    return {"test": given} if isinstance(given, str) else given


class _FullKey:
    """The full name of a corpus's key, as it stands in the configuration that the user wrote."""

    def __init__(self, name: str, given: dict):
        self.name, self.given = name, given

    def __call__(self, key: str) -> str:
        inherited = key.split(".")[0] in {*OVERRIDES, *NESTED} - self.given.keys()
        return f"{key} (for corpora.{self.name})" if inherited else f"corpora.{self.name}.{key}"


def _check_source(full_key: _FullKey, corpus: dict) -> None:
    source = corpus["source"]
    (kind,) = SOURCE_KEYS.keys() & source.keys()
    if strangers := source.keys() - SOURCE_KEYS[kind] - {kind}:
        raise InputError(
            f"{full_key('source')}: {sorted(strangers)[0]!r} is no key for {kind!r}, which takes "
            f"{', '.join(sorted(SOURCE_KEYS[kind]))}"
        )
    files = {f"source.{kind}": source[kind]} if kind in ("file", "tree") else {}
    files |= {f"trained.{run}": folder for run, folder in corpus["trained"].items()}
    for name, tables in corpus["external"].items():
        parts = {part: path for part, path in tables.items() if path}
        # As the user wrote it: a path, or one by part.
        alone = isinstance(full_key.given["external"][name], str)
        files |= {
            f"external.{name}" + ("" if alone else f".{part}"): path for part, path in parts.items()
        }
    for key, path in files.items():
        # Snakemake prints the names of its inputs as they are, and takes {x} and <x> for variables.
        if not path.isprintable() or {"{", "<"} & {*path}:
            raise InputError(
                f"{full_key(key)}: expected a file name without control characters, {{ and <, "
                f"found {short(path)}; rename it, or make a link to it"
            )


def _check_corpus(full_key: _FullKey, corpus: dict, recipes: dict) -> None:
    try:
        split_blocks(10**9, corpus["split"] | {"rows": 1, "block": 1})
    except InputError as error:
        raise InputError(full_key(str(error))) from None
    if corpus["recipe"] not in recipes:
        raise InputError(f"{full_key('recipe')}: {unknown('recipe', corpus['recipe'], recipes)}")
    for net in corpus["nets"]:
        try:
            run = parse_run(net)
            recipe_of(net, corpus, recipes)
        except InputError as error:
            raise InputError(f"{full_key('nets')}: {error}") from None
        if not run.recurrent or run.seed is not None:
            raise InputError(
                f"{full_key('nets')}: expected a net such as lstm-2x128, found {short(net)}; "
                f"n-grams, n-NN and seeds have keys of their own: ngrams, nnn, seeds"
            )
    for name in corpus["trained"]:
        try:
            run = parse_run(name)
        except InputError as error:
            raise InputError(f"{full_key('trained')}: {error}") from None
        if run.seed is None:
            raise InputError(
                f"{full_key('trained')}: expected the name of a net with its seed, such as "
                f"lstm-2x128-s1, found {short(name)}"
            )
    if not run_names(corpus):
        raise InputError(
            f"corpora.{full_key.name}: expected a model, found none in nets, ngrams, nnn, trained "
            f"and external; name one, such as nets: [lstm-1x64]"
        )


def _choose_runs(full_key: _FullKey, corpus: dict) -> None:
    """Replace runs and cells that are named by lists of runs, of which the best is taken later."""
    plain = run_names(corpus)
    recurrent = [run for run in plain if parse_run(run).recurrent]
    # A cure is named whole here, and what has no name of its own is done to its base.
    base = corpus["model"].partition("+")[0]
    bases = candidates(full_key("model"), base, plain) or recurrent
    try:
        corpus["cures"] = choose_cures(corpus["cures"], bases, plain)
    except InputError as error:
        raise InputError(full_key(str(error))) from None
    runs = [*plain, *corpus["cures"]]
    for key in ("model", "rival"):
        corpus[key] = candidates(full_key(key), corpus[key], runs)
    corpus["model"] = corpus["model"] or recurrent
    # A text that is made to be counted in; of another one nothing is asked.
    corpus["counting"] = recurrent if corpus["source"].get("builtin") in COUNTING else []
    corpus["rival"] = corpus["model"] and corpus["rival"]
    listed = [candidates(full_key("scaling"), name, runs) for name in corpus["scaling"]]
    corpus["scaling"] = [run for names in listed for run in names] or recurrent
    sets = [candidates(full_key("overlap"), name, runs) for name in corpus["overlap"]]
    corpus["error_overlap"] = _two_or_more(sets)
    corpus["error_sets"] = _two_or_more(
        [candidates("error_sets", name, runs) for name in (*MODELS, *corpus["external"])]
    )
    windows = [run for run in runs if run.startswith("nnn-")]
    net = corpus["dynamics"]["net"]
    if net in corpus["trained"]:
        raise InputError(
            f"{full_key('dynamics.net')}: {net} is brought by trained, and has no weights of its "
            f"first epochs; name a net that is trained here"
        )
    chosen = candidates(full_key("dynamics.net"), net, runs)
    if set(chosen) - set(recurrent):
        raise InputError(
            f"{full_key('dynamics.net')}: expected a recurrent net, found {short(net)}"
        )
    # The first LSTM that is trained here, or the first recurrent net; nothing without n-NN.
    here = [run for run in [*chosen, *recurrent] if run not in corpus["trained"]]
    corpus["dynamics_net"] = next(iter(windows and here), None)
    try:
        check_oracles(corpus["oracles"], runs)
    except InputError as error:
        raise InputError(full_key(str(error))) from None
    corpus["oracles"] = [item for item in corpus["oracles"] if is_available(item, corpus["ngrams"])]
    if not corpus["oracles"]:
        raise InputError(
            f"{full_key('oracles')}: ngram needs n-grams, of which there are none; name one in "
            f"ngrams, or another oracle"
        )


def _choose_activations(full_key: _FullKey, corpus: dict) -> None:
    """Replace nets whose activations are recorded by their runs, and check the patterns."""
    # A net is called by its name without a seed, and one that is brought by its whole name too.
    brought = [run for run in corpus["trained"] if parse_run(run).recurrent]
    runs = {net: [f"{net}-s{seed}" for seed in corpus["seeds"]] for net in corpus["nets"]}
    for run in brought:
        runs.setdefault(run.rpartition("-s")[0], []).append(run)
    runs |= {run: [run] for run in brought}
    if (nets := corpus["activations"]) is None:
        nets = []
        for cell in ("lstm", "gru"):
            same = [net for net in runs if parse_run(net).cell == cell]
            nets += sorted(same, key=lambda net: -(parse_run(net).layers or 0))[:1]
    for net in nets:
        if net not in runs:
            raise InputError(f"{full_key('activations')}: {unknown('net', net, runs)}")
    corpus["activations"] = list(dict.fromkeys(run for net in nets for run in runs[net]))
    for name, pattern in corpus["patterns"].items():
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            key = full_key(f"patterns.{name}")
            raise InputError(f"{key}: {short(pattern)} is no regular expression: {error}") from None


def _two_or_more(sets: list[list[str]]) -> list[list[str]]:
    filled = [runs for runs in sets if runs]
    return filled if len(filled) > 1 else []
