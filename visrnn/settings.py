"""The configuration: checked against its schema, defaults filled in, every corpus whole."""

import copy
import difflib
import re
from pathlib import Path

import jsonschema
import yaml

from visrnn.corpus import split_blocks
from visrnn.errors import InputError
from visrnn.names import CELLS, parse_run
from visrnn.oracles import check_oracles
from visrnn.selection import MODELS, candidates

SCHEMA = yaml.safe_load(Path(__file__).with_name("config.schema.yaml").read_text())
# What a corpus can have of its own instead of the configuration's.
OVERRIDES = (
    *("nets", "ngrams", "nnn", "nnn_like", "seeds", "recipe"),
    *("activations", "stretch", "patterns"),
    *("model", "rival", "overlap", "minimum_count", "oracles", "scaling"),
)
# Overrides with keys of their own, of which a corpus can change some.
NESTED = ("samples", "error_examples", "dynamics")
SOURCE_KEYS = {
    "builtin": {"seed", "max_bytes"},
    "file": {"max_bytes"},
    "url": {"sha256", "max_bytes"},
    "tree": {"include", "seed", "max_bytes"},
}


def load_settings(config: dict) -> dict:
    """The configuration with every default filled in, and under each corpus all that holds for it.

    Raises InputError with one line that names the key, what was expected and what was found.
    """
    errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(config)
    if error := jsonschema.exceptions.best_match(errors):
        raise InputError(_explain(error))
    settings = _fill(config, SCHEMA)
    settings["recipes"] = SCHEMA["properties"]["recipes"]["default"] | settings["recipes"]
    for name, recipe in settings["recipes"].items():
        settings["recipes"][name] = _fill(recipe, SCHEMA["$defs"]["recipe"])
    for key in NESTED:
        settings[key] = _fill(settings[key], SCHEMA["properties"][key])
    for name, corpus in settings["corpora"].items():
        own = _fill(corpus, SCHEMA["$defs"]["corpus"])
        own["split"] = _fill(own["split"], SCHEMA["$defs"]["corpus"]["properties"]["split"])
        own |= {key: settings[key] | own.get(key, {}) for key in NESTED}
        settings["corpora"][name] = {key: settings[key] for key in OVERRIDES} | own
        _check_corpus(f"corpora.{name}", settings["corpora"][name], settings["recipes"])
        _choose_activations(f"corpora.{name}", settings["corpora"][name])
        _choose_runs(f"corpora.{name}", settings["corpora"][name])
    return settings


def net_names(corpus: dict) -> list[str]:
    """Names of all nets of a corpus, recurrent ones and n-NN, one a seed."""
    nets = [*corpus["nets"], *(f"nnn-{n}" for n in corpus["nnn"])]
    return [f"{net}-s{seed}" for net in nets for seed in corpus["seeds"]]


def run_names(corpus: dict) -> list[str]:
    """Names of all runs of a corpus: nets, n-grams, and tables brought from outside."""
    return [
        *net_names(corpus),
        *(f"ngram-{n}" for n in corpus["ngrams"]),
        *corpus["predictions"],
    ]


def recipe_of(name: str, corpus: dict, recipes: dict) -> dict:
    """The recipe that the run `name` is trained with."""
    return recipes[parse_run(name).recipe or corpus["recipe"]]


def _fill(given: dict, schema: dict) -> dict:
    defaults = {
        key: value["default"] for key, value in schema["properties"].items() if "default" in value
    }
    return copy.deepcopy(defaults | given)


def _check_corpus(place: str, corpus: dict, recipes: dict) -> None:
    (kind,) = SOURCE_KEYS.keys() & corpus["source"].keys()
    if strangers := corpus["source"].keys() - SOURCE_KEYS[kind] - {kind}:
        raise InputError(
            f"{place}.source: {sorted(strangers)[0]!r} means nothing for {kind!r}, which takes "
            f"{', '.join(sorted(SOURCE_KEYS[kind]))}"
        )
    try:
        split_blocks(10**9, corpus["split"] | {"rows": 1, "block": 1})
    except InputError as error:
        raise InputError(f"{place}.{error}") from None
    if corpus["recipe"] not in recipes:
        raise InputError(_unknown(f"{place}.recipe", "recipe", corpus["recipe"], recipes))
    for net in corpus["nets"]:
        try:
            run = parse_run(net)
        except InputError as error:
            raise InputError(f"{place}.nets: {error}") from None
        if not run.recurrent or run.seed is not None:
            raise InputError(
                f"{place}.nets: expected a net such as lstm-2x128, found {net!r}; "
                f"n-grams, n-NN and seeds have keys of their own: ngrams, nnn, seeds"
            )
        if run.recipe not in {None, *recipes}:
            raise InputError(_unknown(f"{place}.nets: {net}", "recipe", run.recipe, recipes))


def _choose_runs(place: str, corpus: dict) -> None:
    """Put lists of runs, of which the best is taken, where runs or cells are named."""
    runs = run_names(corpus)
    for key in ("model", "rival"):
        corpus[key] = candidates(f"{place}.{key}", corpus[key], runs)
    recurrent = [run for run in runs if run.split("-")[0] in CELLS]
    corpus["model"] = corpus["model"] or recurrent
    corpus["rival"] = corpus["model"] and corpus["rival"]
    listed = [candidates(f"{place}.scaling", wanted, runs) for wanted in corpus["scaling"]]
    corpus["scaling"] = [run for found in listed for run in found] or recurrent
    sets = [candidates(f"{place}.overlap", wanted, runs) for wanted in corpus["overlap"]]
    corpus["error_overlap"] = _two_or_more(sets)
    corpus["error_sets"] = _two_or_more(
        [candidates(place, name, runs) for name in (*MODELS, *corpus["predictions"])]
    )
    windows = [run for run in runs if run.startswith("nnn-")]
    wanted = corpus["dynamics"]["net"]
    growing = candidates(f"{place}.dynamics.net", wanted, runs)
    if set(growing) - set(recurrent):
        raise InputError(f"{place}.dynamics.net: expected a recurrent net, found {wanted!r}")
    # The first LSTM there is, or the first recurrent net; nothing where there is no n-NN.
    corpus["growing"] = next(iter(windows and (growing or recurrent)), None)
    try:
        check_oracles(corpus["oracles"], runs)
    except InputError as error:
        raise InputError(f"{place}.{error}") from None


def _choose_activations(place: str, corpus: dict) -> None:
    """Put the runs that are recorded where nets are named, and check the patterns."""
    if (nets := corpus["activations"]) is None:
        nets = []
        for cell in ("lstm", "gru"):
            same = [net for net in corpus["nets"] if parse_run(net).cell == cell]
            nets += sorted(same, key=lambda net: -parse_run(net).layers)[:1]
    for net in nets:
        if net not in corpus["nets"]:
            raise InputError(_unknown(f"{place}.activations", "net", net, corpus["nets"]))
    corpus["activations"] = [f"{net}-s{corpus['seeds'][0]}" for net in nets]
    for name, pattern in corpus["patterns"].items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(
                f"{place}.patterns.{name}: {pattern!r} is no regular expression: {error}"
            ) from None


def _two_or_more(sets: list[list[str]]) -> list[list[str]]:
    found = [runs for runs in sets if runs]
    return found if len(found) > 1 else []


def _unknown(place: str, what: str, found: str, known) -> str:
    near = difflib.get_close_matches(str(found), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    return f"{place}: unknown {what} {found!r}; {hint}"


def _explain(error: jsonschema.ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path) or "configuration"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema["properties"]
        stranger = next(key for key in error.instance if key not in known)
        return _unknown(place, "key", stranger, known)
    if error.validator == "oneOf" and place.endswith("source"):
        return f"{place}: expected exactly one of {', '.join(SOURCE_KEYS)}, found {_short(error)}"
    message = error.message.replace("\n", " ")
    if len(message) > 200:
        message = f"{_short(error)} does not fit {error.validator}: {error.validator_value}"
    return f"{place}: {message}"


def _short(error: jsonschema.ValidationError) -> str:
    text = repr(error.instance)
    return text if len(text) <= 80 else text[:77] + "..."
