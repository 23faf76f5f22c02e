"""Checks of values and schemas: in bounded time, without fetching, without quoting values."""

import contextlib
import http.server
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.errors import InvalidInput, InvalidSchema
from connectors_cli.forms import Form
from connectors_cli.forms.validation import check_schema, problems
from support.calls import calls

CANARY = "c4n4ry-value"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
BROKEN = {
    "type": ({"type": "integer"}, CANARY),
    "enum": ({"enum": ["a", "b"]}, CANARY),
    "const": ({"const": 1}, CANARY),
    "pattern": ({"pattern": "^[0-9]+$"}, CANARY),
    "format": ({"format": "email"}, CANARY),
    "minLength": ({"minLength": 99}, CANARY),
    "maxLength": ({"maxLength": 2}, CANARY),
    "minimum": ({"minimum": 70}, 61.25),
    "exclusiveMaximum": ({"exclusiveMaximum": 61}, 61.25),
    "multipleOf": ({"multipleOf": 7}, 61.25),
    "minItems": ({"minItems": 3}, [CANARY]),
    "uniqueItems": ({"uniqueItems": True}, [CANARY, CANARY]),
    "contains": ({"contains": {"const": 1}}, [CANARY]),
    "items": ({"prefixItems": [True], "items": False}, [1, CANARY]),
    "required": ({"required": ["a"]}, {"b": CANARY}),
    "additionalProperties": ({"additionalProperties": False}, {"b": CANARY}),
    "unevaluatedProperties": ({"unevaluatedProperties": False}, {"b": CANARY}),
    "propertyNames": ({"propertyNames": {"maxLength": 1}}, {"bb": CANARY}),
    "minProperties": ({"minProperties": 2}, {"b": CANARY}),
    "dependentRequired": ({"dependentRequired": {"b": ["a"]}}, {"b": CANARY}),
    "not": ({"not": {"type": "string"}}, CANARY),
    "anyOf": ({"anyOf": [{"const": 1}, {"minLength": 99}]}, CANARY),
    "oneOf": ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, CANARY),
    "if": ({"if": True, "then": {"maxLength": 1}}, CANARY),
    "false": (False, CANARY),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_problem_names_the_rule_and_not_the_value(rule):
    schema, value = BROKEN[rule]
    found = problems({"properties": {"field": schema}}, {"field": value})
    assert found
    assert found[0].path[0] == "field"
    for problem in found:
        assert CANARY not in problem.message
        assert "61.25" not in problem.message
        assert problem.rule
        assert problem.message


def test_missing_field_is_named_by_its_path():
    schema = {"properties": {"a": {"required": ["b"]}}}
    assert [problem.dotted for problem in problems(schema, {"a": {}})] == ["a.b"]


def test_every_problem_is_reported():
    schema = {"required": ["a", "b"], "properties": {"c": {"type": "string"}}}
    assert sorted(problem.dotted for problem in problems(schema, {"c": 1})) == ["a", "b", "c"]


def test_the_alternative_that_was_meant_is_explained():
    branch = {
        "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}},
        "required": ["kind", "n"],
    }
    other = {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}
    found = problems({"oneOf": [branch, other]}, {"kind": "a", "n": "x"})
    assert [(problem.dotted, problem.rule) for problem in found] == [("n", "type")]


@given(JSON, JSON)
def test_checking_never_crashes(schema, value):
    if isinstance(schema, dict | bool):
        try:
            check_schema(schema)
        except InvalidSchema:
            return
        problems(schema, value)


@pytest.mark.slow
@given(
    st.dictionaries(
        st.sampled_from([*BROKEN, "$ref", "allOf", "format", "type"]), JSON, max_size=3
    ),
    JSON,
)
def test_malformed_keywords_never_crash(schema, value):
    with contextlib.suppress(InvalidSchema):
        check_schema(schema)
    with contextlib.suppress(InvalidSchema):
        problems(schema, value)
    with contextlib.suppress(InvalidSchema, InvalidInput):
        form = Form({"properties": {"a": schema}, "required": ["a"]}, given={"a": value})
        form.next()
        form.result()
    with contextlib.suppress(InvalidSchema, InvalidInput):
        form = Form({"properties": {"a": schema}, "required": ["a"]})
        for _ in range(20):
            question = form.next()
            form.answer(question.default if question else value)


DEEP: dict = {}
_inner = DEEP
for _ in range(3000):
    _inner["properties"] = {"a": {}}
    _inner = _inner["properties"]["a"]
REFUSED = {
    "a remote reference": ({"$ref": "http://127.0.0.1:9/x"}, r"#/\$ref.*never fetched"),
    "a file": (
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        "#/properties/a/.*never fetched",
    ),
    "data": ({"$ref": "data:application/json,{}"}, "never fetched"),
    "a reference to nothing": (
        {"items": {"$ref": "#/$defs/no"}},
        r"#/\$defs/no, which is not in it",
    ),
    "an anchor that is not there": ({"$ref": "#no"}, "which is not in it"),
    "a reference to itself": ({"$ref": "#"}, "itself without end"),
    "references in a circle": (
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}},
        },
        "itself without end",
    ),
    "a type that does not exist": ({"type": "objekt"}, "#/type"),
    "a keyword of the wrong kind": (
        {"properties": {"a": {"minLength": "x"}}},
        "#/properties/a/minLength",
    ),
    "a pattern that is none": (
        {"properties": {"a": {"pattern": "("}}},
        "#/properties/a/pattern.*bracket",
    ),
    "a pattern of names": ({"patternProperties": {"[": {}}}, "pattern at #/patternProperties"),
    "too deep": (DEEP, "nested too deep"),
    "too large": ({"enum": ["x" * 1024 * 1024]}, "too large"),
    "no schema": ([], "an object, true or false"),
    "not JSON": ({"enum": [object()]}, "not JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_schema_that_cannot_be_used_is_refused_in_one_sentence(name):
    schema, pattern = REFUSED[name]
    with pytest.raises(InvalidSchema, match=pattern) as caught:
        check_schema(schema)
    assert caught.value.exit_code == 3
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"properties": {"a": {"$ref": "#"}}},
        {"$ref": "http://json-schema.org/draft-07/schema#"},
        {"pattern": r"^\p{L}+(?<n>x)\d$"},
        {"properties": {"pattern": {"type": "string"}, "$ref": {"type": "string"}}},
        {"default": {"$ref": 5, "pattern": "("}, "const": {"pattern": "("}},
    ],
)
def test_unusual_but_valid_schema_is_accepted(schema):
    check_schema(schema)


def test_references_are_not_fetched():
    asked = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    server = http.server.HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    schema = {"$ref": f"http://127.0.0.1:{server.server_port}/schema.json"}
    for use in (check_schema, lambda schema: problems(schema, 1)):
        with pytest.raises(InvalidSchema):
            use(schema)
    server.shutdown()
    server.server_close()
    assert not asked


def levels(keyword, depth):
    """Alternatives of alternatives, each written once."""
    defs = {"0": {"type": "integer"}}
    for level in range(depth):
        defs[str(level + 1)] = {keyword: [{"$ref": f"#/$defs/{level}"}] * 2}
    return {"$defs": defs, "$ref": f"#/$defs/{depth}"}


HEAVY = {
    "nested quantifiers": ({"pattern": "^(a+)+$"}, "a" * 50_000 + "b", "pattern"),
    "overlapping alternatives": ({"pattern": "^(a|a|aa)*$"}, "a" * 2_000 + "b", "pattern"),
    "sixteen levels of anyOf": (levels("anyOf", 16), "x", None),
    "forty levels of oneOf": (levels("oneOf", 40), "x", None),
    "many different objects": ({"uniqueItems": True}, [{"n": [n, n]} for n in range(4_000)], ""),
    "a value without end": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"a": {"$ref": "#/$defs/a"}}}}},
        json.loads('{"a":' * 400 + "1" + "}" * 400),
        None,
    ),
    "a reference to itself": ({"$ref": "#"}, 1, "bounds"),
    "digits": ({"multipleOf": 3}, 10**6_000, "bounds"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_no_schema_hangs_or_exhausts_the_program(name):
    schema, value, rule = HEAVY[name]
    found = []
    assert calls(lambda: found.extend(problems(schema, value))) < 10_000_000
    if rule is not None:
        assert "".join(sorted({problem.rule for problem in found})) == rule


def test_bounds_apply_in_other_threads():
    found = []
    thread = threading.Thread(
        target=lambda: found.extend(problems({"pattern": "^(a+)+$"}, "a" * 5_000 + "b"))
    )
    thread.start()
    thread.join(3)
    assert [problem.rule for problem in found] == ["pattern"]


def test_pattern_that_cannot_be_matched_in_bounded_time_is_ignored():
    schema = {"properties": {"a": {"pattern": r"(a)\1"}, "b": {"pattern": "^b$"}}}
    assert problems(schema, {"a": "x", "b": "b"}) == ()
