"""Values from options, files and the environment."""

import contextlib
import json
import operator
import os
import random
import re
import shlex
from pathlib import Path

import pytest

from connectors_cli.catalog.custom import from_schema
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.read import builtin, load
from connectors_cli.cli.values.complete import complete, complete_by_forms
from connectors_cli.cli.values.options import ValueOptions, collect, read_file
from connectors_cli.errors import ConnectorsError, InputNeeded, InvalidInput, UsageError
from connectors_cli.services.given import Given, flag_for, path_of

OWN = Path(__file__).parents[1] / "forms" / "schemas"
SHARED = Path(__file__).parents[3] / "shared" / "schemas"
SCHEMAS = [*OWN.glob("*.json"), *SHARED.glob("*.json")]
SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string"},
        "port": {"type": "integer", "default": 5432},
        "tls": {"type": "boolean"},
        "limits": {"type": "object", "properties": {"rate": {"type": "number"}}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "token": {"type": "string", "writeOnly": True},
    },
    "required": ["host", "port", "token"],
}
ENTRY = from_schema(SCHEMA, "thing", "Thing", "api_key")


def given(environ=None, **options):
    chosen = ValueOptions(**options)
    return collect(ENTRY, chosen, environ or {}, read_file(chosen))


def test_text_is_converted_to_the_type_in_the_schema(tmp_path):
    found = given(sets=("host=12", "port=80", "tls=yes", "limits.rate=0.5"))
    assert found.config == {"host": "12", "port": 80, "tls": True, "limits": {"rate": 0.5}}


def test_address_is_completed_with_a_note():
    entry = load("mastodon")
    found = collect(entry, ValueOptions(sets=("instance_url=mastodon.social/",)), {})
    assert found.config == {"instance_url": "https://mastodon.social"}
    assert found.notes == ["note: instance_url: using https://mastodon.social"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("adv.x=3", 3), ("adv.on=yes", True), ("adv.y=3", "3"), ("adv.x=abc", "abc")],
)
def test_text_inside_a_branch_has_the_type_that_a_branch_declares(text, value):
    kinds = [
        {"properties": {"kind": {"const": kind}, **fields}, "required": ["kind", "z"]}
        for kind, fields in (
            ("a", {"x": {"type": "integer"}, "y": {"type": "string"}}),
            ("b", {"x": {"$ref": "#/$defs/number"}, "on": {"type": "boolean"}}),
        )
    ]
    schema = {
        "type": "object",
        "properties": {"adv": {"type": "object", "oneOf": kinds}},
        "$defs": {"number": {"type": "number"}},
    }
    found = collect(from_schema(schema, "t", "T", "none"), ValueOptions(sets=(text,)), {})
    assert list(found.config["adv"].values()) == [value]


def test_list_is_given_as_json():
    assert given(set_json=('tags=["a", "b"]',)).config == {"tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("source", "environ"),
    [("env:T", {"T": "s3cret"}), ("cmd:printf s3cret", {}), ("file:{file}", {})],
)
def test_secret_is_read_from_its_source(tmp_path, source, environ):
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    found = given(environ, secrets=(f"token={source.format(file=file)}",))
    assert found.auth == {"token": "s3cret"}


def test_trailing_newline_of_a_file_is_dropped_unless_kept(tmp_path):
    file = tmp_path / "secret"
    file.write_text("s3cret\n\n")
    option = (f"token=file:{file}",)
    dropped, kept = given(secrets=option), given(secrets=option, keep_newline=True)
    assert (dropped.auth["token"], kept.auth["token"]) == ("s3cret", "s3cret\n\n")
    assert "--keep-newline" in dropped.notes[0]


def test_secret_in_plain_text_is_refused_without_repeating_it():
    with pytest.raises(UsageError) as caught:
        given(sets=("token=canary",))
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"
    assert all(way in caught.value.hint for way in ("env:", "file:", "cmd:", "-"))


def test_unknown_field_is_a_usage_error_that_names_the_nearest():
    closed = {**SCHEMA, "additionalProperties": False}
    entry = from_schema(closed, "thing", "Thing", "api_key")
    with pytest.raises(UsageError, match="hots") as caught:
        collect(entry, ValueOptions(sets=("hots=x",)), {})
    assert "host" in caught.value.hint


def test_option_overrides_environment_and_environment_overrides_file(tmp_path):
    file = tmp_path / "thing.yaml"
    file.write_text("config: {host: a, port: 1}\nauth: {token: {env: T}}\n")
    environ = {"T": "s3cret", "THING_PORT": "2", "THING_HOST": "b"}
    found = given(environ, file=str(file), env_prefix="THING", sets=("host=c",))
    assert (found.config, found.auth) == ({"host": "c", "port": 2}, {"token": "s3cret"})


def test_plain_secret_is_accepted_only_in_a_private_file(tmp_path):
    file = tmp_path / "thing.json"
    file.write_text(json.dumps({"config": {}, "auth": {"token": "s3cret"}}))
    os.chmod(file, 0o644)
    with pytest.raises(UsageError, match="others can read"):
        given(file=str(file))
    os.chmod(file, 0o600)
    assert given(file=str(file)).auth == {"token": "s3cret"}


def test_flat_values_are_accepted(tmp_path):
    file = tmp_path / "thing.toml"
    file.write_text('host = "a"\ntoken = "$env:T"\n')
    found = given({"T": "s3cret"}, file=str(file))
    assert (found.config, found.auth) == ({"host": "a"}, {"token": "s3cret"})


def test_all_missing_values_are_listed_with_their_options():
    with pytest.raises(InputNeeded) as caught:
        complete(ENTRY, given())
    assert [problem.message for problem in caught.value.details] == [
        "is missing: --set host=VALUE",
        "is missing: --secret token=SOURCE",
    ]


def test_invalid_values_are_listed_with_the_missing_ones():
    with pytest.raises(InvalidInput) as caught:
        complete(load("wordpress"), Given(config={"site_url": "nowhere"}))
    assert [(problem.dotted, problem.rule) for problem in caught.value.details] == [
        ("username", "required"),
        ("application_password", "required"),
        ("site_url", "pattern"),
    ]


def test_required_field_with_a_default_is_filled_in():
    found = given({"T": "s3cret"}, sets=("host=a",), secrets=("token=env:T",))
    assert complete(ENTRY, found)[0] == {"host": "a", "port": 5432}


@pytest.mark.parametrize("key", sorted(builtin()))
def test_every_type_names_the_options_for_missing_values(key):
    entry = load(key)
    for field in (None, *entry.config_schema["properties"]):
        known = Given(config={} if field is None else {field: "https://a.example.com"})
        with contextlib.suppress(InvalidInput):  # the value does not fit every field
            assert all(re.search("--set|--secret", text) for text in missing(entry, known))


def missing(entry, known):
    """Return what is said of each missing value."""
    try:
        complete(entry, known)
    except InputNeeded as error:
        return [problem.message for problem in error.details if problem.rule == "required"]
    return []


def test_missing_choice_between_credentials_names_each_of_them():
    with pytest.raises(InputNeeded) as caught:
        complete(load("sftp"), Given(config={"host": "h", "username": "u"}))
    assert "missing for sftp: password or private_key" in caught.value.message
    (problem,) = caught.value.details
    assert problem.message == (
        "needs one of: --secret password=SOURCE, --secret private_key=SOURCE"
    )


@pytest.mark.parametrize(
    "text",
    ['{"a": 1,}', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 200 + "]" * 200, "x: &a [*a]", "a: [1"],
)
def test_error_in_a_document_names_the_file(tmp_path, text):
    file = tmp_path / "thing.txt"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=r"thing\.txt"):
        given(file=str(file))


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(InvalidInput, match="UTF-8"):
        given(sets=("host=a\udcff",))


TEXTS, WHOLE = {"type": "array", "items": {"type": "string"}}, {"type": "integer"}
NESTED = {
    "type": "object",
    "properties": {
        "x.y": WHOLE,
        "nested": {"type": "object", "properties": {"x.y": WHOLE, "x": {"type": "object"}}},
        "tags": TEXTS,
        "hosts": {
            "type": "array",
            "items": {"type": "object", "properties": {"port": WHOLE, "names": TEXTS}},
        },
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "pins": {"type": "array", "items": {"type": "string", "writeOnly": True}},
    },
}


def from_options(schema, environ=None, **options):
    entry = from_schema(schema, "thing", "Thing", "none")
    found = collect(entry, ValueOptions(**options), environ or {})
    return {**found.config, **found.auth}, found.notes


@pytest.mark.parametrize(
    ("sets", "found"),
    [
        (["x.y=1"], {"x.y": 1}),
        (["nested.x.y=1"], {"nested": {"x.y": 1}}),
        (["nested.x.z=1"], {"nested": {"x": {"z": "1"}}}),
        (["tags.0=a", "tags.1=5"], {"tags": ["a", "5"]}),
        (["tags.+=a", "tags.+=b"], {"tags": ["a", "b"]}),
        (["tags.0=a", "tags.0=b"], {"tags": ["b"]}),
        (["hosts.0.port=80", "hosts.0.names.+=a"], {"hosts": [{"port": 80, "names": ["a"]}]}),
        (["hosts.+.port=80", "hosts.+.port=81"], {"hosts": [{"port": 80}, {"port": 81}]}),
        (["headers.x.y=1"], {"headers": {"x.y": "1"}}),
        (["headers.0=1"], {"headers": {"0": "1"}}),
        (["x.y=1e3"], {"x.y": 1000}),
    ],
    ids=str,
)
def test_dots_lead_into_objects_and_lists(sets, found):
    assert from_options(NESTED, sets=sets)[0] == found


@pytest.mark.parametrize("wrong", ["tags.2=a", "tags.x=a", "nested.x.y.z=1"])
def test_path_that_leads_nowhere_is_a_usage_error(wrong):
    with pytest.raises(UsageError):
        from_options(NESTED, sets=["tags.0=a", "nested.x.y=1", wrong])


def test_items_of_a_list_are_added_to_those_of_a_preset():
    entry, preset = from_schema(NESTED, "thing", "Thing", "none"), {"tags": ["a"]}
    for _ in range(2):
        found = collect(entry, ValueOptions(sets=("tags.+=b",)), {}, preset=preset)
        assert found.config == {"tags": ["a", "b"]}


def test_secret_item_is_read_from_its_source_and_refused_in_plain_text():
    found, _ = from_options(NESTED, {"PIN": "1234"}, secrets=["pins.0=env:PIN"])
    assert found == {"pins": ["1234"]}
    with pytest.raises(UsageError, match="process list"):
        from_options(NESTED, sets=["pins.0=1234"])


def test_number_without_a_fraction_is_kept_as_an_integer():
    text = 'hosts=[{"port": 80.0}]'
    assert repr(from_options(NESTED, set_json=[text])[0]) == "{'hosts': [{'port': 80}]}"
    number = {"type": "object", "properties": {"n": {"type": "number"}}}
    assert repr(from_options(number, set_json=["n=1.0"])[0]) == "{'n': 1.0}"


@pytest.mark.parametrize(
    ("sets", "note"),
    [
        ("tpye=1", "note: thing does not describe a field 'tpye'; did you mean type?"),
        ("type.kinb=1", "note: thing does not describe a field 'kinb'; did you mean kind?"),
        ("zzz=1", "note: thing does not describe a field 'zzz'"),
        ("x-own=1", None),
        ("type.kind=1", None),
    ],
)
def test_note_says_which_name_an_open_schema_does_not_describe(sets, note):
    schema = {
        "type": "object",
        "properties": {"type": {"type": "object", "properties": {"kind": {}}}},
        "patternProperties": {"^x-": {"type": "string"}},
    }
    assert from_options(schema, sets=[sets])[1] == ([note] if note else [])


def test_variable_that_stands_for_two_fields_is_refused():
    schema = {"type": "object", "properties": {"a-b": {}, "a_b": {}, "c": {}}}
    with pytest.raises(UsageError, match="P_A_B stands for a-b and a_b"):
        from_options(schema, {"P_A_B": "1"}, env_prefix="P")
    assert from_options(schema, {"P_C": "x"}, env_prefix="P")[0] == {"c": "x"}


VALUES = ("", "a", "https://a.example.com", "ftp://x/", "a@example.com", 1, 587, True, None, [], {})


def outcome(work, *arguments):
    """What a function returned, with the order of its names, or what it raised."""
    try:
        return json.dumps(work(*arguments))
    except ConnectorsError as error:
        return type(error), error.message, error.details


@pytest.mark.slow
@pytest.mark.parametrize("key", builtin())
def test_values_are_completed_as_the_forms_of_a_type_do(key):
    entry, chance = load(key), random.Random(key)
    for _ in range(12):
        config, auth = (
            {
                name: chance.choice((*VALUES, *schema.get("examples", ())))
                for name, schema in properties["properties"].items()
                if chance.random() < 0.7
            }
            for properties in (entry.config_schema, entry.auth_schema)
        )
        by_forms = outcome(
            complete_by_forms, entry, ((entry.config_schema, config), (entry.auth_schema, auth))
        )
        assert outcome(complete, entry, Given(config, auth)) == by_forms


def valid_values(schema):
    """An example of each field of a schema, in the order of its names backwards."""
    fields = reversed(schema["properties"].items())
    return {name: field["examples"][0] for name, field in fields if "examples" in field}


@pytest.mark.parametrize("key", builtin())
def test_examples_of_a_type_are_completed_as_its_forms_do(key):
    entry = load(key)
    for part in (valid_values, lambda schema: {}):
        config, auth = valid_values(entry.config_schema), part(entry.auth_schema)
        sections = ((entry.config_schema, config), (entry.auth_schema, auth))
        done = outcome(complete, entry, Given(config, auth))
        assert done == outcome(complete_by_forms, entry, sections)


def leaves(value, path=()):
    """The paths of all values inside a document, and of containers that are empty."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in inner:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, (*path, step))
        else:
            yield (*path, step), item


def at(value, path):
    for step in path:
        value = value[step]
    return value


@pytest.mark.slow
@pytest.mark.parametrize("case", SCHEMAS, ids=lambda path: path.stem)
def test_every_option_that_is_offered_is_accepted_as_it_is_written(case):
    schema, valid = operator.itemgetter("schema", "valid")(json.loads(case.read_text("utf-8")))
    entry = Entry("thing", "Thing", "none", schema, {"additionalProperties": False})
    for instance in [one for one in valid if isinstance(one, dict)]:
        for path, value in leaves(instance):
            option, word = shlex.split(flag_for(entry, path))
            name, form = word.rsplit("=", 1)
            if form == "JSON":
                part = at(instance, path_of(entry, name))
                options = ValueOptions(set_json=(f"{name}={json.dumps(part)}",))
            elif form == "SOURCE":
                options = ValueOptions(secrets=(f"{name}=env:V",))
            else:
                text = value if isinstance(value, str) else json.dumps(value)
                options = ValueOptions(sets=(f"{name}={text}",))
            if any(isinstance(step, int) and step > 0 for step in path) and form != "JSON":
                continue  # a later item needs those before it
            text = value if isinstance(value, str) else json.dumps(value)
            found = collect(entry, options, {"V": text}).config
            if option != "--secret":
                assert at(found, path) == value or (form == "VALUE" and at(found, path) == text)
