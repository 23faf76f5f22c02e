"""Which fields are secret, as vendors mark them, and which only look it."""

import pytest

from connectors_cli.forms.secrets import is_secret, looks_secret, secret_properties

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
def test_a_name_that_says_secret(name):
    assert looks_secret(name)


@pytest.mark.parametrize("name", SAY_NOTHING.split())
def test_a_name_that_does_not(name):
    assert not looks_secret(name)


def test_properties_that_hold_a_secret_anywhere():
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
