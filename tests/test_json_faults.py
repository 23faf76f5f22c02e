"""Where a JSON text holds what no value may."""

import json

import pytest

from connectors_cli import documents
from connectors_cli.catalog import reading
from connectors_cli.errors import InvalidInput
from connectors_cli.json_faults import place

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
def test_what_no_value_may_hold_is_told_with_its_place(text, where):
    assert place(text) == where
    with pytest.raises(InvalidInput, match=rf"^f: line {where[0]}, column {where[1]}: "):
        documents.parse_json(text, "f")
    with pytest.raises(InvalidInput, match=rf"^f:{where[0]}:{where[1]}: "):
        reading.parse_json(text.encode(), "f")


def test_a_text_that_is_good_is_taken():
    text = '{"a": {"a": [{"a": "NaN"}, {"a": -0.5e-3}]}, "b": "a: {"}'
    assert documents.parse_json(text, "f") == json.loads(text)
