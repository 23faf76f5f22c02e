"""Contradictions in a schema are found where they are, and nowhere else."""

import json
from pathlib import Path

import pytest

from connectors_cli.errors import InvalidSchema
from connectors_cli.forms.contradictions import contradictions
from connectors_cli.forms.validation import check_schema
from support.calls import calls

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
SHARED = Path(__file__).parents[3] / "shared" / "schemas"
A = {"title": "A", "type": "object", "properties": {"x": TEXT}}
B = {"title": "B", "type": "object", "properties": {"x": TEXT, "y": TEXT}}


@pytest.mark.parametrize(
    ("schema", "place", "words"),
    [
        ({"allOf": [TEXT, WHOLE]}, "type", "types contradict"),
        ({"enum": ["x"], "type": "integer"}, "enum", "none of the values"),
        ({"minLength": 5, "maxLength": 3}, "minLength", "5 is above maxLength 3"),
        ({"allOf": [{"minItems": 5}, {"maxItems": 3}]}, "minItems", "above"),
        ({"required": ["a"], "properties": {"a": False}}, "required", "a is required"),
        ({"allOf": [{"required": ["k"]}, {"additionalProperties": False}]}, "required", "k is"),
        ({"oneOf": [A, B]}, "oneOf", "A and B overlap"),
        ({"oneOf": [WHOLE, {"type": "number"}]}, "oneOf", "whole number and number overlap"),
    ],
    ids=str,
)
def test_contradiction_is_reported_with_its_keyword_and_place(schema, place, words):
    (problem,) = contradictions({"properties": {"here": schema}})
    assert problem.dotted == f"properties.here.{place}"
    assert words in problem.message


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": False, "b": {"not": {}}}},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"oneOf": [{**A, "required": ["x"]}, {**B, "required": ["y"]}]},
        {"oneOf": [TEXT, {"type": "null"}]},
        {"minimum": 3, "maximum": 3},
    ],
    ids=str,
)
def test_what_a_value_can_satisfy_is_no_contradiction(schema):
    assert contradictions(schema) == ()


def test_real_schemas_have_none():
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not here")
    for path in SHARED.glob("*.json"):
        assert contradictions(json.loads(path.read_text(encoding="utf-8"))["schema"]) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "strin"},
        {"required": "a"},
        {"properties": []},
        {"minLength": -1},
        {"allOf": {}},
        {"items": "x"},
        {"enum": "x"},
        {"pattern": 1},
    ],
    ids=str,
)
def test_malformed_keywords_are_refused_at_any_depth(wrong):
    with pytest.raises(InvalidSchema, match="not valid"):
        check_schema({"properties": {"a": {"anyOf": [{"items": wrong}]}}})


def test_schema_of_400_kib_is_checked_in_linear_work():
    def block(depth):
        if depth == 0:
            return {"type": "string", "description": "a field that says what it is for " * 3}
        fields = {f"field{n}": block(depth - 1) for n in range(8)}
        return {"type": "object", "properties": fields, "required": ["field0"]}

    schema = block(4)
    assert len(json.dumps(schema)) > 400 * 1024
    assert calls(lambda: check_schema(schema)) < 5_000 * 400
