"""The page of the configuration's keys, made from their schema: docs/configuration.md.

python -m visrnn.settings.reference > docs/configuration.md
"""

from typing import Any

import yaml

from visrnn.settings.settings import SCHEMA

INTRODUCTION = """\
# Every key of the configuration

Every key that a configuration can have, made from [its schema](../config/schema/config.schema.yaml)
by `python -m visrnn.settings.reference`. A key that is left out has its default. Keys of *a text*
stand under its name in `corpora`; those that stand at the top as well hold for all texts there.
[own_text.md](own_text.md) begins with three lines.
"""
BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def write_reference() -> str:
    """The page, as Markdown: a table for the study, a text, a recipe and what is in them."""
    keys, corpus, recipe = (
        SCHEMA["properties"],
        SCHEMA["$defs"]["corpus"]["properties"],
        SCHEMA["$defs"]["recipe"]["properties"],
    )
    own = {key: value for key, value in corpus.items() if "$ref" not in value}
    shared = ", ".join(f"`{key}`" for key in corpus if key not in own)
    return "\n".join(
        [
            INTRODUCTION,
            *_section("The study", keys),
            *_section("A text", own),
            f"A text can have these of the study's keys for itself: {shared}.\n",
            *_section("A recipe", recipe),
        ]
    )


def _section(title: str, keys: dict[str, Any]) -> list[str]:
    """A heading and a table of `keys`, then a section for each of them that has keys itself."""
    lines = [f"## {title}\n", "| key | what it is | values | default |", "|---|---|---|---|"]
    inner = []
    for key, schema in keys.items():
        cells = (f"`{key}`", _text(schema), _values(schema), _default(schema))
        lines.append(f"| {' | '.join(cells)} |")
        if "properties" in schema:
            inner += _section(f"`{key}`", schema["properties"])
    return [*lines, "", *inner]


def _text(schema: dict[str, Any]) -> str:
    return " ".join(schema["description"].split()).replace("*", r"\*")


def _values(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "enum" in schema:
        return ", ".join(f"`{_yaml(value)}`" for value in schema["enum"])
    bounds = [words.format(schema[key]) for key, words in BOUNDS.items() if key in schema]
    kinds = schema["type"]
    kind = " or ".join(map(str, [kinds] if isinstance(kinds, str) else kinds))
    kind = {"object": "keys", "array": "a list"}.get(kind, kind).replace("array", "a list")
    return ", ".join([kind, *bounds])


def _default(schema: dict[str, Any]) -> str:
    if "default" not in schema:
        return ""
    if "properties" in schema:
        return "as below"
    return "<br>".join(f"`{line}`" for line in _lines(schema["default"]))


def _lines(default: Any) -> list[str]:
    """`default` as YAML: one line, or one for each part that has keys itself."""
    if isinstance(default, list) and default and isinstance(default[0], dict):
        return [_yaml(part) for part in default]
    if isinstance(default, dict) and default:
        return [f"{key}: {_yaml(part)}" for key, part in default.items()]
    return [_yaml(default)]


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").replace("|", r"\|")


if __name__ == "__main__":
    print(write_reference(), end="")
