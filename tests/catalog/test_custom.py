"""Custom types: a JSON Schema divided into config and auth."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors_cli.catalog.custom import from_schema, split
from connectors_cli.catalog.examples import example
from connectors_cli.catalog.fields import fields
from connectors_cli.errors import InvalidInput, InvalidSchema
from connectors_cli.forms.validation import problems

CORPUS = sorted(map(str, (Path(__file__).parents[3] / "shared" / "schemas").glob("*.json")))
TEXT = {"type": "string"}
SECRET = {"type": "string", "writeOnly": True}


def custom(schema):
    return from_schema(schema, "demo", "Demo", "api_key")


def parts(schema):
    """Return the names of the fields in config and in auth of a divided schema."""
    entry = custom(schema)
    return tuple(
        sorted(part.get("properties", {})) for part in (entry.config_schema, entry.auth_schema)
    )


def typed(properties, **rules):
    return {"type": "object", "properties": properties, **rules}


def fits(entry, instance):
    config, auth = split(entry, instance)
    return not (problems(entry.config_schema, config) or problems(entry.auth_schema, auth))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: Path(path).name)
def test_divided_real_schema_accepts_the_same_instances(path):
    with open(path) as file:
        case = json.load(file)
    entry = custom(case["schema"])
    wrapped = case["schema"].get("type") == "array"
    for instance in case["valid"] + [refused["instance"] for refused in case["invalid"]]:
        if isinstance(instance, dict) or wrapped:
            whole = not problems(case["schema"], instance)
            assert fits(entry, {"value": instance} if wrapped else instance) is whole


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: Path(path).name)
def test_config_of_a_real_schema_contains_no_secret(path):
    with open(path) as file:
        entry = custom(json.load(file)["schema"])
    assert not any(field.secret for field in fields(entry) if field.part == "config")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: Path(path).name)
def test_real_schema_has_fields_and_an_example(path):
    with open(path) as file:
        entry = custom(json.load(file)["schema"])
    names = {*entry.config_schema.get("properties", ()), *entry.auth_schema.get("properties", ())}
    assert {field.name for field in fields(entry)} == names
    json.dumps(example(entry))


SIDES = st.sampled_from(["a", "b", "s", "t", "u"])
RULES = st.deferred(
    lambda: st.one_of(
        st.booleans(),
        st.builds(lambda name: {"required": [name]}, SIDES),
        st.builds(lambda name, value: {"properties": {name: {"const": value}}}, SIDES, VALUES),
        st.builds(lambda rule: {"not": rule}, RULES),
        st.builds(
            lambda word, rules: {word: rules}, UNIONS, st.lists(RULES, min_size=1, max_size=2)
        ),
    )
)
VALUES = st.sampled_from(["x", "y"])
UNIONS = st.sampled_from(["allOf", "anyOf", "oneOf"])
ROOTS = st.fixed_dictionaries(
    {},
    optional={
        "required": st.lists(SIDES, max_size=2, unique=True),
        "allOf": st.lists(RULES, min_size=1, max_size=2),
        "anyOf": st.lists(RULES, min_size=1, max_size=2),
        "not": RULES,
        "if": RULES,
        "then": RULES,
        "else": RULES,
        "dependentRequired": st.dictionaries(SIDES, st.lists(SIDES, max_size=1), max_size=2),
        "dependentSchemas": st.dictionaries(SIDES, RULES, max_size=1),
        "additionalProperties": st.sampled_from([True, False, {"const": "x"}]),
        "minProperties": st.integers(0, 2),
        "patternProperties": st.just({"^[au]": {"const": "x"}}),
    },
)


@pytest.mark.slow
@settings(deadline=None, database=None)
@given(ROOTS, st.dictionaries(SIDES, VALUES, max_size=5))
def test_divided_schema_accepts_the_same_instances(root, instance):
    schema = typed({"a": TEXT, "b": TEXT, "s": SECRET, "t": SECRET}, **root)
    entry = custom(schema)
    assert fits(entry, instance) is (not problems(schema, instance))


def test_marked_properties_go_to_auth_and_others_to_config():
    assert parts(typed({"host": TEXT, "key": SECRET})) == (["host"], ["key"])


def test_property_with_a_nested_secret_goes_to_auth():
    login = {"oneOf": [{"$ref": "#/$defs/login"}, {"type": "null"}]}
    schema = typed({"host": TEXT, "login": login}, **{"$defs": {"login": typed({"key": SECRET})}})
    assert parts(schema) == (["host"], ["login"])


def test_text_with_a_secret_name_is_sealed_and_marked():
    inside = typed({"host": TEXT, "database": typed({"password": {"type": ["string", "null"]}})})
    assert parts(inside) == (["host"], ["database"])
    (field,) = fields(custom(typed({"api_key": TEXT})))
    assert (field.part, field.secret) == ("auth", True)
    assert parts(typed({"max_tokens": {"type": "integer"}})) == (["max_tokens"], [])


def test_list_of_secrets_at_the_root_is_used():
    assert parts(typed({"host": TEXT, "cert": TEXT}, secret=["cert"])) == (["host"], ["cert"])


def test_schema_without_secrets_is_all_config():
    schema = typed({"host": TEXT}, anyOf=[{"required": ["host"]}, {"minProperties": 2}])
    assert custom(schema).config_schema == schema


def test_required_order_and_defaults_follow_their_properties():
    properties = {"key": SECRET, "host": TEXT}
    schema = typed(properties, required=["key", "host"], order=["host", "key"])
    entry = custom({**schema, "default": {"host": "x"}})
    rules = ("required", "order", "default")
    assert [entry.config_schema[rule] for rule in rules] == [["host"], ["host"], {"host": "x"}]
    assert [entry.auth_schema[rule] for rule in rules[:2]] == [["key"], ["key"]]


def test_rule_about_one_part_follows_it():
    properties = {"mode": TEXT, "host": TEXT, "key": SECRET}
    entry = custom(typed(properties, dependentRequired={"mode": ["host"]}))
    assert entry.config_schema["dependentRequired"] == {"mode": ["host"]}
    assert not entry.auth_schema.get("dependentRequired")


@pytest.mark.parametrize(
    "rules",
    [
        {"dependentRequired": {"host": ["key"]}},
        {"oneOf": [{"required": ["host"]}, {"required": ["key"]}]},
        {"if": {"required": ["host"]}, "then": {"required": ["key"]}},
        {"not": {"required": ["host", "key"]}},
        {"minProperties": 1},
        {"patternProperties": {"^h": {"minLength": 2}}},
        {"propertyNames": {"maxLength": 4}},
        {"allOf": [{"additionalProperties": TEXT}]},
        {"allOf": [{"properties": {"host": {"$ref": "#/properties/key"}}}]},
    ],
)
def test_rule_about_both_parts_seals_everything(rules):
    schema = typed({"host": TEXT, "key": SECRET}, **rules)
    entry = custom(schema)
    assert entry.auth_schema == schema
    assert entry.config_schema["properties"] == {}
    assert entry.part("host") == "auth"


def test_undescribed_values_are_sealed():
    entry = custom(typed({"host": TEXT, "key": SECRET}))
    assert split(entry, {"host": "h", "else": 1}) == ({"host": "h"}, {"else": 1})


@pytest.mark.parametrize(
    "root",
    [
        {"type": "array", "items": {"$ref": "#/definitions/n"}, "definitions": {"n": TEXT}},
        {"type": "array", "prefixItems": [TEXT], "items": {"$ref": "#/prefixItems/0"}},
        {"$id": "https://x.test/s", "type": "array", "items": TEXT},
        TEXT,
        True,
    ],
)
def test_root_that_is_not_an_object_becomes_the_field_value(root):
    entry = custom(root)
    assert parts(root) == ([], ["value"])
    good = "x" if root in (TEXT, True) else ["x", "y"]
    assert fits(entry, {"value": good})
    assert root is True or not fits(entry, {"value": [1, 2]})
    assert not fits(entry, {})


def test_root_lists_reference_to_itself_still_resolves():
    entry = custom({"type": "array", "items": {"anyOf": [TEXT, {"$ref": "#"}]}})
    assert fits(entry, {"value": ["a", ["b", ["c"]]]})
    assert not fits(entry, {"value": ["a", ["b", [1]]]})


@pytest.mark.parametrize("around", [lambda spec: spec, lambda spec: {"type": "SPEC", "spec": spec}])
def test_airbyte_specification_is_unwrapped(around):
    schema = typed({"host": TEXT, "key": {**TEXT, "airbyte_secret": True}}, description="A source.")
    spec = {"documentationUrl": "https://x.test/docs", "connectionSpecification": schema}
    assert parts(around(spec)) == (["host"], ["key"])
    assert custom(around(spec)).docs_url == "https://x.test/docs"
    assert custom(around(spec)).description == "A source."


def test_custom_entry_is_marked_and_keeps_reserved_names():
    entry = custom(typed({"name": TEXT, "type": TEXT}))
    assert entry.source == "custom"
    assert split(entry, {"name": "n"}) == ({"name": "n"}, {})


def test_schema_alone_cannot_sign_in():
    with pytest.raises(InvalidInput, match="does not describe how to sign in"):
        from_schema(typed({}), "demo", "Demo", "oauth")


def test_unusable_schema_is_refused():
    with pytest.raises(InvalidSchema):
        custom({"type": "object", "properties": {"x": {"$ref": "https://x.test/s.json"}}})


def test_invalid_key_is_refused():
    with pytest.raises(InvalidInput, match="key must be"):
        from_schema(typed({}), "No Key", "Demo", "none")


def test_instance_that_is_not_an_object_is_refused():
    with pytest.raises(InvalidInput, match="must be an object"):
        split(custom(typed({})), ["x"])
