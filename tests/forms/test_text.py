"""Typed text as the value that a schema wants."""

import pytest

from connectors_cli.forms.text import reading
from connectors_cli.forms.validation import checker

URI = {"type": "string", "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$"}


def read(schema, text):
    whole = {"type": "object", "properties": {"a": schema}}
    return reading(checker(whole), ("a",), text, schema)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "12", "12"),
        ({"type": "integer"}, "12", 12),
        ({"type": "boolean"}, "yes", True),
        ({"type": "array"}, "[1]", [1]),
        ({}, "12", "12"),
    ],
)
def test_text_is_read_as_the_type_in_the_schema(schema, text, value):
    assert read(schema, text) == value


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://blog.example.com", "https://blog.example.com"),
        ("https://blog.example.com/", "https://blog.example.com"),
        ("  https://blog.example.com// ", "https://blog.example.com"),
        ("mastodon.social", "https://mastodon.social"),
        ("mastodon.social/", "https://mastodon.social"),
        ("blog.example.com:8443/wp", "https://blog.example.com:8443/wp"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://blog.example.com/", "http://blog.example.com"),
    ],
)
def test_address_is_completed(text, address):
    assert read(URI, text) == address


@pytest.mark.parametrize("text", ["nowhere", "me@example.com", "two words.com", "ftp://a.b/"])
def test_other_text_stays_as_typed(text):
    assert read(URI, text) == text


def test_accepted_address_is_not_changed():
    assert read({"type": "string", "format": "uri"}, "https://a.example/") == "https://a.example/"


def test_only_addresses_are_completed():
    pattern = {"type": "string", "pattern": "^https://"}
    assert read(pattern, "mastodon.social") == "mastodon.social"


def test_number_out_of_range_stays_a_number():
    assert read({"type": "integer", "maximum": 65535}, "99999") == 99999
