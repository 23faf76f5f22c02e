"""Strict JSON: what it refuses, and where."""

import json

import pytest

from connectors_cli.documents import strict_json
from connectors_cli.errors import InvalidInput

CASES = [
    ('{"a": 1, "a": 2}', (1, 10)),
    ('{\n  "a": {"b": 1},\n  "c": {"b": 1, "b": 2}\n}', (3, 17)),
    ('{"a": [{"a": 1}, {"a": 1}],\n "a" : 1}', (2, 2)),
    ('{"a": "{\\"a\\": 1, \\"a\\": NaN}",\n "b": NaN}', (2, 7)),
    ('["NaN", "a:", -Infinity]', (1, 15)),
    ("[1.5e300,\n1e999]", (2, 1)),
    ('{"caf\\u00e9": 1, "café": 2}', (1, 18)),
    ("[" + "1" * 5000 + "]", (1, 2)),
]


@pytest.mark.parametrize(("text", "where"), CASES, ids=[text[:20] for text, _ in CASES])
def test_loose_json_is_refused_with_its_place(text, where):
    assert strict_json.position(text) == where
    with pytest.raises(InvalidInput, match=rf"^f: line {where[0]}, column {where[1]}: "):
        strict_json.parse(text, "f")


def test_syntax_error_is_refused_with_its_place():
    with pytest.raises(InvalidInput, match=r"^f: line 2, column 9: expecting value$"):
        strict_json.parse('{\n "key": canary}', "f")


def test_lone_surrogate_is_refused_and_a_pair_is_a_character():
    assert strict_json.parse('"\\ud83d\\ude00"', "f") == "😀"
    with pytest.raises(InvalidInput, match="lone surrogate"):
        strict_json.parse('{"key": "\\ud800 canary"}', "f")


def test_strict_json_is_parsed_as_json():
    text = '{"a": {"a": [{"a": "NaN"}, {"a": -0.5e-3}]}, "b": "a: {"}'
    assert strict_json.parse(text, "f") == json.loads(text)
