"""Plain schemas are checked without jsonschema; the problems are the same, in the same order."""

import json
import random
import string
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.formats import USUAL
from connectors_cli.forms.plain_schema import is_plain, problems
from connectors_cli.forms.validation import checker as checker_of_values

CATALOG = sorted((Path(__file__).parents[2] / "catalog").glob("*.json"))
SCHEMAS = {
    f"{path.stem}-{part}": json.loads(path.read_text(encoding="utf-8"))[f"{part}_schema"]
    for path in CATALOG
    for part in ("config", "auth")
}
PLAIN = {name: schema for name, schema in SCHEMAS.items() if is_plain(schema)}
VALUES = (
    *("", "a", "x" * 101, "é\u0301", "https://a.example.com", "https://a.example.com/", "ftp://x"),
    *("http://[::1]:80/x?y#z", "a b", "alice@example.com", "2026-01-31T12:00:00Z", "a.example.com"),
    *("123e4567-e89b-42d3-a456-426614174000", "\x00", "1", "24", "a\n", " a"),
    *(0, 1, -1, 65535, 65536, 1.0, 1.5, 1e400, True, False, None, [], ["a"], ["a", "a"], [1, True]),
    *([1, 1.0], {}, {"a": 1}, [{}, {"b": float("nan")}], 10**400),
)


def checker(schema):
    compiled = Compiled(schema)
    return partial(compiled.problems, compiled.root)


def test_all_schemas_of_the_catalog_but_one_are_plain():
    assert set(SCHEMAS) - set(PLAIN) == {"sftp-auth"}
    assert len(PLAIN) == 2 * len(CATALOG) - 1


@pytest.mark.parametrize("name", PLAIN)
def test_values_of_a_type_have_the_same_problems(name):
    schema, chance = PLAIN[name], random.Random(name)
    names = [*schema["properties"], "unknown"]
    checked = checker(schema)
    assert problems(schema, {}) == checked({})
    for _ in range(20):
        chosen = chance.sample(names, chance.randint(0, len(names)))
        values = {n: chance.choice(VALUES) for n in chosen}
        assert problems(schema, values) == checked(values), values
        assert checker_of_values(schema)(values) == checked(values)
    for value in VALUES:
        assert problems(schema, value) == checked(value)


TEXTS = st.text(string.ascii_letters + "é1 /", max_size=4)
SIZES = st.integers(0, 3)
KEYWORDS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(("string", "object", "array", "boolean", "integer", "number")),
        "minLength": SIZES,
        "maxLength": SIZES,
        "minItems": SIZES,
        "maxItems": SIZES,
        "minimum": st.integers(-2, 2) | st.floats(-2, 2),
        "maximum": st.integers(-2, 2) | st.floats(-2, 2),
        "pattern": st.sampled_from(("^a", "b$", "[0-9]", "(", "^[a-z]{2}$")),
        "format": st.sampled_from(("email", "uri", "date", "uuid", "password", "nonsense")),
        "enum": st.lists(st.integers(0, 2) | TEXTS | st.booleans() | st.none(), max_size=3),
        "uniqueItems": st.booleans(),
        "required": st.lists(st.sampled_from(("a", "b")), max_size=3),
        "additionalProperties": st.booleans(),
        "title": TEXTS,
        "default": TEXTS,
        "examples": st.lists(TEXTS, max_size=2),
        "x-pattern-description": TEXTS,
    },
)


def nested(inner):
    parts = {"properties": st.dictionaries(st.sampled_from(("a", "b")), inner), "items": inner}
    more = st.fixed_dictionaries({}, optional=parts)
    return st.tuples(KEYWORDS, more, st.booleans()).map(
        lambda made: {**made[1], **made[0]} if made[2] else {**made[0], **made[1]}
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "b", "c")), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.recursive(KEYWORDS, nested, max_leaves=4), JSON)
def test_generated_schemas_have_the_same_problems(schema, value):
    assert is_plain(schema)
    assert problems(schema, value) == checker(schema)(value)
    assert checker_of_values(schema)(value) == checker(schema)(value)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"$ref": "#"},
        {"properties": {"a": False}},
        {"nullable": True, "type": "string"},
        {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1},
        {"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}},
        {"minLength": True},
        {"type": ["string", "null"]},
        {"errorMessage": "no"},
        {"anyOf": [{}]},
        {"items": [{}]},
        {"unknown": {}},
    ],
    ids=str,
)
def test_other_schemas_are_left_to_jsonschema(schema):
    assert not is_plain(schema)


@settings(max_examples=50)
@given(st.from_regex(USUAL, fullmatch=True))
def test_usual_addresses_are_valid_by_the_whole_standard(text):
    from rfc3986_validator import validate_rfc3986

    assert validate_rfc3986(text)
