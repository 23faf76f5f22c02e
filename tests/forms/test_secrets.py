"""Which fields are secret, as vendors mark them, and which only look it."""

import json
from pathlib import Path

import pytest

from connectors_cli.catalog.read import builtin
from connectors_cli.forms.references import PointerSchema
from connectors_cli.forms.secrets import Secrets, is_secret, looks_secret, secret_properties

KEYS = """
airbyte_secret multiwoven_secret x-secret x-sensitive sensitive secret isSecret is_secret IsPassword
x-password confidential
"""
SAY_SECRET = """
password api_key apiKey APIKey token accessToken client-secret passphrase DB_PASSWORD secretKey
"""
SAY_NOTHING = """
user token_url max_tokens secret_name private_key_path accessKeyId public_key tokenizer compass
"""
MARKS = [
    {"writeOnly": True},
    {"format": "password"},
    {"x-schema-form": {"type": "password"}},
    {"x-descriptors": ["urn:camel:group:credentials"]},
    *({mark: True} for mark in KEYS.split()),
]


@pytest.mark.parametrize("mark", MARKS, ids=str)
def test_marked(mark):
    assert is_secret({"type": "string", **mark})


@pytest.mark.parametrize(
    "mark",
    [
        {},
        {"writeOnly": False},
        {"nonsensitive": True},
        {"secret": "yes"},
        {"x-secret": 1},
        {"format": "uri"},
    ],
    ids=str,
)
def test_not_marked(mark):
    assert not is_secret({"type": "string", **mark})


@pytest.mark.parametrize("name", SAY_SECRET.split())
def test_name_that_suggests_a_secret(name):
    assert looks_secret(name)


@pytest.mark.parametrize("name", SAY_NOTHING.split())
def test_name_that_suggests_no_secret(name):
    assert not looks_secret(name)


def test_properties_that_contain_a_secret_anywhere():
    secret = {"type": "string", "writeOnly": True}
    schema = {
        "$defs": {"auth": {"oneOf": [{"properties": {"key": secret}}, {"type": "null"}]}},
        "allOf": [{"properties": {"from_all": secret}}],
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"properties": {"from_then": secret}},
        "dependentSchemas": {"a": {"properties": {"from_dependent": secret}}},
        "properties": {
            "plain": {"type": "string"},
            "by_ref": {"$ref": "#/$defs/auth"},
            "in_list": {"type": "array", "items": secret},
            "in_map": {"additionalProperties": {"properties": {"deep": secret}}},
            "loop": {"$ref": "#"},
        },
    }
    assert set(secret_properties(schema)) == {
        "from_all",
        "from_then",
        "from_dependent",
        "by_ref",
        "in_list",
        "in_map",
        "loop",
    }


@pytest.mark.parametrize("word", ["secret", "secret_fields"])
def test_properties_that_the_root_lists(word):
    schema = {"properties": {"a": {}, "b": {}}, word: ["b", "unknown"]}
    assert secret_properties(schema) == ("b",)


FILES = sorted((Path(__file__).parent / "schemas").glob("*.json"))
EVERY = [
    *(json.loads(file.read_text()) for file in FILES),
    *(part for entry in builtin().values() for part in (entry.config_schema, entry.auth_schema)),
    {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"items": {"writeOnly": True}}}},
    {"properties": {"a": {"$ref": "#"}, "b": {"x-secret": True}, "c": False}},
    {"allOf": [{"properties": {"a": {"$ref": "#/$defs/a~1b%20c"}}}], "$defs": {"a/b c": MARKS[0]}},
    {"properties": {"id": {"type": "string"}, "ab": True}, "patternProperties": {"b$": MARKS[1]}},
]


@pytest.mark.parametrize("schema", EVERY)
def test_schemas_are_walked_alike_with_and_without_jsonschema(schema):
    if PointerSchema.is_possible(schema):
        quick = Secrets(schema, PointerSchema(schema))
        assert quick.properties() == Secrets(schema).properties()


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"$id": "https://example.com/x"},
        {"properties": {"a": {"$ref": "#/$defs/none"}}},
        {"properties": {"a": {"$ref": "#name"}}, "$defs": {"x": {"$anchor": "name"}}},
        {"properties": {"a": {"$dynamicRef": "#name"}}},
        {"properties": {"a": {"$ref": "other.json"}}},
    ],
)
def test_schemas_with_other_references_need_jsonschema(schema):
    assert not PointerSchema.is_possible(schema)


def test_every_type_of_the_catalog_is_walked_without_jsonschema():
    for entry in builtin().values():
        assert PointerSchema.is_possible(entry.config_schema)
        assert PointerSchema.is_possible(entry.auth_schema)
