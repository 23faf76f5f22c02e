"""What is said of a value that does not fit."""

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.forms.validation import problems

SLASH = {
    "type": "string",
    "format": "uri",
    "pattern": "[^/]$",
    "x-pattern-description": "a web address without a slash at the end",
    "examples": ["https://blog.example.com"],
}


def messages(schema, value):
    return [problem.message for problem in problems(schema, value)]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        (SLASH, "https://x/", "must be a web address without a slash at the end, e.g. "),
        (SLASH, "no/", "must be a web address without a slash at the end, e.g. "),
        ({"format": "email"}, "x", "must be an email address"),
        ({"format": "uri", "examples": ["https://a.example"]}, "x", "must be a web address, e.g. "),
        ({"format": "idn-hostname"}, "-", "is not a valid idn-hostname"),
        ({"pattern": "^a$"}, "x", "does not have the required form"),
        ({"pattern": "^a$", "patternDescription": "an a"}, "x", "must be an a"),
        ({"type": "string", "minLength": 1}, "", "must not be empty"),
    ],
)
def test_message_says_what_is_right(schema, value, message):
    (found,) = messages(schema, value)
    assert found.startswith(message)


def test_long_example_is_left_out():
    schema = {"pattern": "^a$", "x-pattern-description": "an a", "examples": ["a" * 61]}
    assert messages(schema, "x") == ["must be an a"]


def test_message_never_repeats_the_value():
    (found,) = messages(load("ghost").auth_schema, {"admin_api_key": "canary"})
    assert found == "must be 24 hex digits, a colon and 64 hex digits"
