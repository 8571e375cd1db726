from pathlib import Path

import yaml

from visrnn.settings.reference import write_reference
from visrnn.settings.settings import SCHEMA

PAGE = Path(__file__).parents[3] / "docs/configuration.md"


def test_the_page_is_that_of_the_schema():
    assert PAGE.read_text() == write_reference(), (
        "run: python -m visrnn.settings.reference > docs/configuration.md"
    )


def keys_with_defaults(schema):
    for key, value in schema.get("properties", {}).items():
        if "$ref" not in value:
            yield key, value
            yield from keys_with_defaults(value)


def test_every_key_has_a_row_with_its_default():
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    defaults = {}
    for name, _, _, default in rows:
        defaults.setdefault(name.strip("| `"), []).append(default.removesuffix(" |"))
    sections = (SCHEMA, *SCHEMA["$defs"].values())
    listed = [pair for section in sections for pair in keys_with_defaults(section)]
    assert len(listed) == len(rows)
    for key, schema in listed:
        if "default" in schema and not isinstance(schema["default"], dict | list):
            values = [yaml.safe_load(text.strip("`")) for text in defaults[key] if text[:1] == "`"]
            assert schema["default"] in values
