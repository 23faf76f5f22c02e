"""One small schema for each construct of JSON Schema: what is reached, what is refused."""

import pytest

from connectors_cli.errors import InvalidInput
from connectors_cli.forms import Form, Kind
from support.form_answers import holds, reach

D4, D6, D7 = (f"http://json-schema.org/draft-0{n}/schema#" for n in (4, 6, 7))
D19 = "https://json-schema.org/draft/2019-09/schema"
D20 = "https://json-schema.org/draft/2020-12/schema"
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def one(value):
    return {"const": value}


SSH = obj(["kind", "key"], kind=one("ssh"), key=TEXT)
PASSWORD = obj(["kind", "password"], kind=one("password"), password=TEXT)
TREE = {"$defs": {"tree": obj(["name"], name=TEXT, children={"type": "array", "items": {}})}}
TREE["$defs"]["tree"]["properties"]["children"]["items"] = {"$ref": "#/$defs/tree"}

CASES = {
    "scalars": (
        obj(["a"], a=TEXT, b=WHOLE, c={"type": "number"}, d={"type": "boolean"}),
        [{"a": "x"}, {"a": "", "b": 0, "c": 1.5, "d": False}],
        [{}, {"a": 1}, {"a": "x", "b": 1.5}, {"a": "x", "d": 1}],
    ),
    "enum of other kinds": (
        obj(["e"], e={"enum": [1, "1", True, 1.5, {"a": [1]}, [2], ""]}),
        [{"e": value} for value in (1, "1", True, 1.5, {"a": [1]}, [2], "")],
        [{"e": False}, {"e": 2}],
    ),
    "enum with null": (obj(e={"enum": [None, "a"]}), [{}, {"e": None}, {"e": "a"}], [{"e": "b"}]),
    "enum filtered by its type": (
        obj(e={"type": "string", "enum": [None, "a", 3]}),
        [{"e": "a"}],
        [{"e": None}],
    ),
    "enum of a thousand": (
        obj(["e"], e={"enum": [f"v{i}" for i in range(1000)]}),
        [{"e": "v999"}],
        [],
    ),
    "oneOf of constants": (
        obj(e={"type": "string", "oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}),
        [{}, {"e": "b"}],
        [{"e": "c"}],
    ),
    "constants": (obj(["v"], v=one(2), w=one("x")), [{"v": 2}, {"v": 2, "w": "x"}], [{"v": 3}]),
    "constant null": (obj(["n"], n=one(None)), [{"n": None}], [{"n": 0}]),
    "nullable by type": (
        obj(a={"type": ["string", "null"]}),
        [{}, {"a": None}, {"a": "x"}],
        [{"a": 1}],
    ),
    "nullable by union": (
        obj(["a"], a={"anyOf": [WHOLE, {"type": "null"}]}),
        [{"a": None}, {"a": 3}],
        [{"a": "x"}],
    ),
    "nullable enum beside a default": (
        obj(a={"anyOf": [{"enum": ["x", "y"]}, {"type": "null"}], "default": None}),
        [{}, {"a": None}, {"a": "y"}],
        [{"a": "z"}],
    ),
    "lists": (
        obj(
            ["a"],
            a={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2},
            b={"type": "array"},
        ),
        [{"a": ["x"]}, {"a": ["x", "y"], "b": [1, "z", None, {"q": []}]}, {"a": ["x"], "b": []}],
        [{"a": []}, {"a": ["x", "y", "z"]}],
    ),
    "lists of choices": (
        obj(a={"type": "array", "items": {"enum": ["x", "y"]}, "uniqueItems": True}),
        [{}, {"a": []}, {"a": ["y", "x"]}],
        [{"a": ["x", "x"]}, {"a": ["z"]}],
    ),
    "lists of lists and objects": (
        obj(a={"type": "array", "items": {"type": "array", "items": obj(["n"], n=WHOLE)}}),
        [{"a": [[{"n": 1}, {"n": 2}], []]}],
        [{"a": [[{}]]}],
    ),
    "lists of unions": (
        obj(a={"type": "array", "items": {"oneOf": [WHOLE, TEXT, SSH, PASSWORD]}}),
        [{"a": [1, "x", {"kind": "password", "password": "p"}, {"kind": "ssh", "key": "k"}]}],
        [{"a": [True]}],
    ),
    "tuples of 2020-12": (
        {"type": "array", "prefixItems": [WHOLE, TEXT], "items": False},
        [[], [1], [1, "x"]],
        [[1, "x", 2], ["x"]],
    ),
    "tuples of draft 7": (
        {"$schema": D7, "items": [WHOLE, TEXT], "additionalItems": {"type": "boolean"}},
        [[1, "x", True], []],
        [[1, "x", 2]],
    ),
    "tuples under no $schema": (
        {"type": "array", "items": [WHOLE, TEXT]},
        [[1, "x", "any"]],
        [["x"]],
    ),
    "tuples of draft 7 under 2020-12": (
        {"$schema": D20, **obj(a={"type": "array", "items": [WHOLE, TEXT]})},
        [{"a": [1, "x"]}],
        [{"a": ["x"]}],
    ),
    "contains": (
        {"type": "array", "items": TEXT, "contains": one("admin"), "minContains": 1},
        [["admin"], ["a", "admin"]],
        [[], ["a"]],
    ),
    "unique items": (
        {"type": "array", "items": {}, "uniqueItems": True},
        [[1, True, "1"]],
        [[1, 1.0]],
    ),
    "maps": (
        obj(m={"type": "object", "additionalProperties": WHOLE}),
        [{"m": {}}, {"m": {"a": 1, "b": 2}}],
        [{"m": {"a": "x"}}],
    ),
    "maps by pattern": (
        {
            "type": "object",
            "patternProperties": {"^n_": WHOLE, "^t_": TEXT},
            "additionalProperties": False,
        },
        [{}, {"n_a": 1, "t_b": "x"}],
        [{"other": 1}, {"n_a": "x"}],
    ),
    "names of a map": (
        {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": TEXT},
        [{"abc": "x"}],
        [{"A": "x"}],
    ),
    "counts of a map": (
        {"type": "object", "additionalProperties": TEXT, "minProperties": 1, "maxProperties": 2},
        [{"a": "x"}, {"a": "x", "b": "y"}],
        [{}, {"a": "x", "b": "y", "c": "z"}],
    ),
    "entries beside fields": (
        {**obj(["a"], a=TEXT), "additionalProperties": WHOLE},
        [{"a": "x"}, {"a": "x", "b": 1}],
        [{"a": "x", "b": "y"}],
    ),
    "free objects": ({"type": "object"}, [{}, {"a": 1, "b": {"c": [None]}}], [[]]),
    "minProperties over fields": (
        {**obj(a=TEXT, b=TEXT), "minProperties": 1},
        [{"a": "x"}, {"b": "y"}],
        [{}],
    ),
    "minProperties over fields alone": (
        {**obj(a=TEXT, b=TEXT, c=TEXT), "minProperties": 2, "additionalProperties": False},
        [{"a": "x", "b": "y"}, {"b": "x", "c": "y"}, {"a": "x", "b": "y", "c": "z"}],
        [{"a": "x"}],
    ),
    "unions with a discriminator": (
        obj(["auth"], auth={"oneOf": [SSH, PASSWORD]}),
        [{"auth": {"kind": "ssh", "key": "k"}}, {"auth": {"kind": "password", "password": "p"}}],
        [{"auth": {"kind": "ssh", "password": "p"}}, {"auth": {}}],
    ),
    "unions without one": (
        {"anyOf": [obj(["a"], a=TEXT, c=TEXT), obj(["b"], b=TEXT)]},
        [{"a": "x"}, {"b": "y"}, {"a": "x", "c": "z"}],
        [{}, {"a": 1}],
    ),
    "unions where the first fits and the second is meant": (
        {"anyOf": [obj(a=TEXT), obj(["b"], b=WHOLE, c=obj(d=TEXT))]},
        [{"b": 1, "c": {"d": "x"}}, {"a": "x"}],
        [{"a": 1}],
    ),
    "unions at the root beside properties": (
        {**obj(["host"], host=TEXT), "oneOf": [obj(["key"], key=TEXT), obj(["user"], user=TEXT)]},
        [{"host": "h", "key": "k"}, {"host": "h", "user": "u"}],
        [{"host": "h"}, {"host": "h", "key": "k", "user": "u"}],
    ),
    "unions of required names": (
        {**obj(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": "x"}, {"b": "y"}, {"a": "x", "b": "y"}],
        [{}],
    ),
    "unions of kinds": (
        obj(v={"oneOf": [TEXT, {"type": "array", "items": TEXT}, {"type": "object"}]}),
        [{"v": "x"}, {"v": ["x"]}, {"v": {"k": 1}}],
        [{"v": 1}],
    ),
    "unions three deep": (
        {"oneOf": [{"oneOf": [{"oneOf": [SSH, PASSWORD]}, WHOLE]}, TEXT]},
        [{"kind": "password", "password": "p"}, 3, "x"],
        [None, {"kind": "x"}],
    ),
    "unions by enum": (
        obj(["a"], a={"anyOf": [{"enum": ["x"]}, {"enum": ["y", "z"]}]}),
        [{"a": "z"}],
        [{"a": "q"}],
    ),
    "types in a list": (
        {"type": ["object", "array", "string", "integer", "boolean", "null"], "items": WHOLE},
        [{}, [1], "x", 2, True, None],
        [1.5, ["x"]],
    ),
    "roots that are no objects": (TEXT, ["x"], [1]),
    "root list": ({"type": "array", "items": obj(["n"], n=TEXT)}, [[], [{"n": "x"}]], [{}]),
    "no type": (
        {"properties": {"a": {"properties": {"b": {"minimum": 3}}}}, "required": ["a"]},
        [{"a": {"b": 4}}, {"a": {}}, {"a": "x"}],
        [{}, {"a": {"b": 1}}],
    ),
    "nothing said": ({}, [1, None, "x", {"a": []}], []),
    "boolean schemas": (obj(a=True, b=False), [{}, {"a": 1}], [{"b": 1}]),
    "allOf": (
        {"allOf": [obj(["a"], a=TEXT), {"properties": {"a": {"minLength": 2}, "b": WHOLE}}]},
        [{"a": "xy"}, {"a": "xy", "b": 1}],
        [{"a": "x"}, {}],
    ),
    "if, then, else in a chain": (
        {
            **obj(["kind"], kind={"enum": ["a", "b", "c"]}),
            "if": {"properties": {"kind": one("a")}},
            "then": obj(["x"], x=TEXT),
            "else": {
                "if": {"properties": {"kind": one("b")}},
                "then": obj(["y"], y=TEXT),
                "else": obj(z=TEXT),
            },
        },
        [{"kind": "a", "x": "1"}, {"kind": "b", "y": "1"}, {"kind": "c"}, {"kind": "c", "z": "1"}],
        [{"kind": "a"}, {"kind": "b", "x": "1"}],
    ),
    "conditions on conditions": (
        {
            **obj(a={"type": "boolean"}),
            "allOf": [
                {"if": {"properties": {"a": one(True)}, "required": ["a"]}, "then": obj(b=TEXT)},
                {
                    "if": {"properties": {"b": one("x")}, "required": ["b"]},
                    "then": obj(["c"], c=TEXT),
                },
            ],
        },
        [{}, {"a": False}, {"a": True}, {"a": True, "b": "x", "c": "y"}],
        [{"a": True, "b": "x"}],
    ),
    "conditions on what nothing else describes": (
        {"allOf": [{"if": {"properties": {"kind": one("a")}}, "then": obj(["x"], x=TEXT)}]},
        [{"kind": "a", "x": "1"}, {"kind": "b"}],
        [{"kind": "a"}],
    ),
    "not": ({**obj(a=TEXT, b=TEXT), "not": {"required": ["b"]}}, [{}, {"a": "x"}], [{"b": "x"}]),
    "dependentRequired": (
        {**obj(a=TEXT, b=TEXT), "dependentRequired": {"a": ["b"]}},
        [{}, {"b": "x"}, {"a": "x", "b": "y"}],
        [{"a": "x"}],
    ),
    "dependentSchemas": (
        {**obj(a=TEXT), "dependentSchemas": {"a": obj(["b"], b=WHOLE)}},
        [{}, {"a": "x", "b": 1}],
        [{"a": "x"}],
    ),
    "dependencies": (
        {
            "$schema": D7,
            **obj(a=TEXT, c=TEXT),
            "dependencies": {"a": obj(["b"], b=WHOLE), "c": ["a"]},
        },
        [{}, {"a": "x", "b": 1}, {"a": "x", "b": 1, "c": "y"}],
        [{"a": "x"}, {"c": "x"}],
    ),
    "dependencies that open a union": (
        {
            **obj(["pets"], pets={"enum": ["no", "one"]}),
            "dependencies": {
                "pets": {
                    "oneOf": [
                        obj(pets={"enum": ["no"]}),
                        obj(["age"], pets={"enum": ["one"]}, age=WHOLE),
                    ]
                }
            },
        },
        [{"pets": "no"}, {"pets": "one", "age": 3}],
        [{"pets": "one"}],
    ),
    "$ref with siblings": (
        {"$schema": D20, "$defs": {"t": TEXT}, **obj(a={"$ref": "#/$defs/t", "minLength": 2})},
        [{"a": "xy"}],
        [{"a": "x"}],
    ),
    "$ref without, in draft 7": (
        {
            "$schema": D7,
            "definitions": {"t": TEXT},
            **obj(a={"$ref": "#/definitions/t", "type": "integer"}),
        },
        [{"a": "x"}],
        [{"a": 1}],
    ),
    "recursive $ref": (
        {**TREE, "$ref": "#/$defs/tree"},
        [{"name": "a"}, {"name": "a", "children": [{"name": "b", "children": []}]}],
        [{"name": "a", "children": [{}]}],
    ),
    "$id": (
        {
            "$id": "https://example.com/root",
            "$defs": {
                "x": {"$id": "part", **obj(["n"], n={"$ref": "#/$defs/i"}), "$defs": {"i": WHOLE}}
            },
            **obj(["p"], p={"$ref": "part"}),
        },
        [{"p": {"n": 1}}],
        [{"p": {"n": "x"}}],
    ),
    "id of draft 4": (
        {
            "$schema": D4,
            "id": "http://example.com/r",
            "definitions": {"i": WHOLE},
            **obj(a={"$ref": "#/definitions/i"}),
        },
        [{"a": 1}],
        [{"a": "x"}],
    ),
    "$anchor": (
        {"$defs": {"t": {"$anchor": "here", "type": "integer"}}, **obj(a={"$ref": "#here"})},
        [{"a": 1}],
        [{"a": "x"}],
    ),
    "$dynamicRef": (
        {
            "$schema": D20,
            "$dynamicAnchor": "node",
            **obj(["v"], v=WHOLE, next={"$dynamicRef": "#node"}),
        },
        [{"v": 1}, {"v": 1, "next": {"v": 2}}],
        [{"v": 1, "next": {}}],
    ),
    "$recursiveRef": (
        {
            "$schema": D19,
            "$recursiveAnchor": True,
            **obj(["v"], v=WHOLE, next={"$recursiveRef": "#"}),
        },
        [{"v": 1, "next": {"v": 2}}],
        [{"v": 1, "next": {"v": "x"}}],
    ),
    "unevaluatedProperties": (
        {"allOf": [obj(a=TEXT)], **obj(b=TEXT), "unevaluatedProperties": False},
        [{"a": "x", "b": "y"}],
        [{"c": 1}],
    ),
    "unevaluatedProperties with a schema": (
        {"allOf": [obj(a=TEXT)], "unevaluatedProperties": WHOLE},
        [{"a": "x", "n": 1}],
        [{"n": "x"}],
    ),
    "bounds of draft 4": (
        {"$schema": D4, **obj(a={"type": "number", "minimum": 1, "exclusiveMinimum": True})},
        [{"a": 1.5}],
        [{"a": 1}],
    ),
    "bounds of draft 4 under no $schema": (
        obj(a={"type": "number", "maximum": 5, "exclusiveMaximum": True}),
        [{"a": 4}],
        [{"a": 5}],
    ),
    "bounds of draft 6": (
        {"$schema": D6, **obj(a={"exclusiveMinimum": 1})},
        [{"a": 2}],
        [{"a": 1}],
    ),
    "unknown $schema": (
        {"$schema": "https://example.com/own", **obj(["a"], a=one(1))},
        [{"a": 1}],
        [{"a": 2}],
    ),
    "malformed keywords": (
        {"type": "object", "properties": {"a": {"type": "text", "required": True, "enum": "x"}}},
        [{}, {"a": 5}],
        [],
    ),
    "multiples": (
        obj(a={"multipleOf": 0.01, "type": "number"}),
        [{"a": 0.07}, {"a": 19.99}],
        [{"a": 0.001}],
    ),
    "inner $schema": (
        {"$schema": D7, **obj(a={"$schema": D20, "type": "string", "pattern": r"^\p{L}+$"})},
        [{"a": "é"}],
        [{"a": "1"}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_valid_values_are_reached(name):
    schema, valid, _ = CASES[name]
    for instance in valid:
        result, _ = reach(schema, instance)
        assert holds(result, instance), instance


@pytest.mark.parametrize("name", CASES)
def test_complete_given_values_are_the_result(name):
    schema, valid, _ = CASES[name]
    for instance in valid:
        if instance is not None:
            assert Form(schema, given=instance).result() == instance


@pytest.mark.parametrize("name", CASES)
def test_invalid_values_are_refused(name):
    schema, _, invalid = CASES[name]
    for instance in invalid:
        if instance is None:
            continue
        with pytest.raises(InvalidInput):
            Form(schema, given=instance).result()


@pytest.mark.parametrize(
    "name", [name for name in CASES if name not in ("nothing said", "no type")]
)
def test_editing_with_defaults_keeps_the_value(name):
    schema, valid, _ = CASES[name]
    for instance in valid:
        form = Form(schema, current=instance)
        while (question := form.next()) is not None:
            if instance is None:
                break
            form.answer(question.default)
        else:
            assert holds(form.result(), instance), instance


def test_required_loop_ends_as_json():
    schema = {"$defs": {"a": obj(["a"], a={"$ref": "#/$defs/a"})}, "$ref": "#/$defs/a"}
    question = Form(schema).next()
    assert question is not None
    assert question.kind is Kind.JSON
