"""Whether a configuration fits its schema. What does not fit is told in one line."""

import difflib
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import jsonschema
import yaml

from visrnn.system.display import short
from visrnn.system.exceptions import InputError

# No real configuration is larger: anchors make much, or endless, of a few lines of YAML.
VALUES, DEPTH = 100_000, 20
# What every reader of JSON takes for the number that it is (RFC 8259, section 6).
LARGEST = 2**53
KINDS = {
    "array": "a list",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "keys with values",
    "string": "a text",
}
# What keys were called before.
RENAMED = {"predictions": "external", "stretch": "recorded_characters", "smoothing": "beta2"}
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "a text of at least {} character",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
    "minProperties": "at least {} name with its settings",
}


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_number(_: object, value: object) -> bool:
    return _is_integer(_, value) or (isinstance(value, float) and math.isfinite(value))


def _is_text(_: object, value: object) -> bool:
    return isinstance(value, str) and value.encode(errors="replace").decode() == value


_BASE = jsonschema.Draft202012Validator
# Stricter than JSON Schema, for which 2.0 is an integer and infinity a number.
_Validator = jsonschema.validators.extend(
    _BASE,
    type_checker=_BASE.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number, "string": _is_text}
    ),
)


def validate(config: object, schema: dict) -> None:
    """Raise InputError for the first thing in `config` that does not fit a JSON schema.

    Where the schema has a `pattern`, its `$comment` says in words what is expected.
    """
    _check_size(config)
    if error := jsonschema.exceptions.best_match(_Validator(schema).iter_errors(config)):
        place = ".".join(str(part) for part in error.absolute_path) or "configuration"
        raise InputError(f"{place}: {_explain(error)}")


def check_keys(path: str | Path) -> None:
    """Raise InputError for a YAML file with a key twice: the first would be lost without a word."""
    try:
        waiting = [yaml.compose(Path(path).read_text(encoding="utf-8"), yaml.SafeLoader)]
    except (OSError, ValueError, yaml.YAMLError):
        return  # Snakemake, which reads it before or after, says so
    visited = set()
    while waiting:
        node = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if name in seen:
                    raise InputError(f"{path}: line {line}: the key {short(name)} is there twice")
                seen.add(name)
                waiting.append(value)


def unknown(what: str, name: object, known: Collection[str]) -> str:
    """What to say of a name that is not one of those known."""
    near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown {what} {short(name)}; {hint}"


def _unknown_key(key: str, known: Collection[str]) -> str:
    new = RENAMED.get(key)
    if new not in known:
        return unknown("key", key, known)
    return f"unknown key {key!r}; it is called {new!r} now, as CHANGELOG.md says"


def _check_size(config: object) -> None:
    waiting, seen = [(config, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > VALUES or depth > DEPTH:
            raise InputError(
                f"configuration: expected at most {VALUES:,} values and {DEPTH} levels, found more "
                f"(is there an anchor, &, that is used within itself, or over and over?)"
            )
        if isinstance(value, (dict, list, tuple, set)):
            inside = value.values() if isinstance(value, dict) else value
            waiting += [(item, depth + 1) for item in inside]


def _explain(error: jsonschema.ValidationError) -> str:
    keyword = str(error.validator)
    rule: Any = error.validator_value
    value: Any = error.instance
    if keyword == "additionalProperties":
        known = cast(dict, error.schema)["properties"]
        return _unknown_key(next(key for key in value if key not in known), known)
    if keyword == "required":
        missing = next(key for key in rule if key not in value)
        return f"expected the key {missing!r}, found {', '.join(map(short, value)) or 'none'}"
    if keyword == "oneOf":
        choices = ", ".join(key for choice in rule for key in choice["required"])
        return f"expected exactly one of {choices}, found {short(value)}"
    if keyword == "enum":
        near = difflib.get_close_matches(str(value), map(str, rule), n=1, cutoff=0.7)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        names = ", ".join("null" if name is None else str(name) for name in rule)
        return f"expected one of {names}, found {short(value)}{hint}"
    if keyword == "uniqueItems":
        twice = next(item for index, item in enumerate(value) if item in value[:index])
        return f"expected nothing twice, found {short(twice)} twice"
    if keyword == "type":
        kinds = [rule] if isinstance(rule, str) else rule
        expected = " or ".join(KINDS[kind] for kind in kinds)
        shown = "nothing (null)" if value is None else short(value)
        return f"expected {expected}, found {shown}{_hint(kinds, value)}"
    if keyword == "minItems" and rule == error.schema.get("maxItems"):
        return f"expected a list of {rule}, found {short(value)}"
    expected = error.schema["$comment"] if keyword == "pattern" else BOUNDS[keyword].format(rule)
    return f"expected {expected}, found {short(value)}"


def _hint(kinds: list[str], value: object) -> str:
    """What a writer of YAML may have overlooked."""
    if "string" in kinds and isinstance(value, (bool, int, float)):
        # YAML 1.1 reads yes, no, on and off as truth values.
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        return f"; put it in quotes if it is a text: '{text}'"
    if "string" in kinds and isinstance(value, str):
        return ", which is no Unicode text"
    if "array" in kinds and isinstance(value, str):
        return f"; a list of one is written [{short(value)[1:-1]}]"
    if {"integer", "number"} & set(kinds):
        if isinstance(value, int) and not isinstance(value, bool):
            return f", which is beyond {LARGEST:,}"
        if isinstance(value, str) and _is_written_number(value):
            return "; YAML takes that for a text: write it without quotes, and 1e-3 as 0.001"
    return ""


def _is_written_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
