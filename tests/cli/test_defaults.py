"""Defaults of a schema are part of what programs get, and are not written to the store."""

import json
import sqlite3
from contextlib import closing

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.catalog.defaults import flat_defaults, with_defaults
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.sealed import sealed_connector

SET = {"host": "mail.example.com", "from_email": "a@b.example"}
WHOLE = {**SET, "security": "tls", "port": 465}


@pytest.fixture
def mail(run):
    sets = [f"--set={name}={value}" for name, value in SET.items()]
    assert run("install", "smtp", "--name", "mail", "--activate", *sets).code == 0
    return "mail"


def test_programs_get_the_defaults_of_the_schema(run, mail):
    env = run("env", mail).out
    assert "CONNECTOR_PORT=465" in env
    assert "CONNECTOR_SECURITY=tls" in env
    assert run("get", mail, "port").out == "465\n"
    assert json.loads(run("env", mail, "--only", "port", "--json").out) == {
        "CONNECTOR_PORT": "465",
        "SMTP_PORT": "465",
    }
    assert "its fields: host, from_email, security, port" in run("get", mail, "nope").err


@pytest.mark.parametrize(
    "line",
    [
        ["targets", "--json"],
        ["targets", "-o", "jsonl"],
        ["list", "--json"],
        ["list", "-o", "yaml"],
        ["list", "-q", "mail", "--json", "--fields", "config"],
        ["list", "--json", "--fields", "config.port,config.security"],
        ["list", "--fields", "config.port,config.security"],
        ["list", "-o", "csv", "--fields", "config"],
        ["list", "--json", "--sort-by", "config"],
        ["show", "mail", "--json"],
        ["show", "mail", "-o", "table"],
        ["show", "mail", "-o", "cards"],
        ["show", "mail"],
    ],
    ids=" ".join,
)
def test_lists_show_the_defaults(run, mail, line):
    out = run(*line).out
    assert "465" in out
    assert "tls" in out


def test_a_row_has_what_was_set_and_the_defaults(run, mail):
    assert json.loads(run("targets", "--json").out)[0]["config"] == WHOLE
    assert json.loads(run("edit", mail, "--tag", "x", "--json").out)["config"] == WHOLE


def test_a_template_knows_defaults(run, mail, tmp_path):
    (tmp_path / "t").write_text("{{ mail.host }}:{{ mail.port }}\n")
    assert run("inject", "-i", tmp_path / "t").out == "mail.example.com:465\n"


def test_what_was_set_counts(run, mail):
    assert run("edit", mail, "--set", "port=587", "--set", "security=starttls").code == 0
    assert run("get", mail, "port").out == "587\n"
    assert run("list", "--fields", "config.port").out == "587\n"


def test_neither_the_store_nor_an_export_keeps_defaults(run, mail, settings):
    assert run("edit", mail, "--tag", "x").code == 0
    with closing(open_for_reading(settings.store)) as db:
        assert sealed_connector(db, "default", mail)["config"] == SET
    exported = yaml.safe_load(run("export", mail).out)
    assert [one["config"] for one in exported["connectors"]] == [SET]


def own(**config):
    return {
        "key": "box",
        "name": "Box",
        "auth_type": "none",
        "category": "Web",
        "config_schema": {"type": "object", **config},
        "auth_schema": {"type": "object", "properties": {}},
    }


def install(run, tmp_path, kind, *line):
    (tmp_path / "box.json").write_text(json.dumps(kind))
    assert run("catalog", "add", tmp_path / "box.json").code == 0
    done = run("install", "box", "--name", "b", *line)
    assert done.code == 0, done.err


def test_defaults_inside_objects_and_lists_of_an_own_type(run, tmp_path):
    port = {"type": "integer", "default": 8}
    place = {"type": "object", "properties": {"host": {"type": "string"}, "port": port}}
    kind = own(
        properties={
            "at": {"$ref": "#/$defs/place"},
            "more": {"type": "array", "items": {"$ref": "#/$defs/place"}},
            "ü": {"type": "string", "default": 'é"'},
        },
        **{"$defs": {"place": place}},
    )
    install(run, tmp_path, kind, "--set", "at.host=x", "--set-json", 'more=[{"host": "y"}]')
    expected = {
        "at": {"host": "x", "port": 8},
        "more": [{"host": "y", "port": 8}],
        "ü": 'é"',
    }
    assert json.loads(run("show", "b", "--json").out)["config"] == expected
    assert run("get", "b", "at.port").out == "8\n"
    assert json.loads(run("get", "b", "more").out) == expected["more"]


def test_defaults_of_the_branch_that_is_chosen(run, tmp_path):
    def branch(kind, **more):
        return {"type": "object", "properties": {"kind": {"const": kind}, "size": more}}

    way = {"oneOf": [branch("a", default=1), branch("b", default=2)]}
    install(run, tmp_path, own(properties={"way": way}), "--set", "way.kind=b")
    assert json.loads(run("get", "b", "way").out) == {"kind": "b", "size": 2}


SCHEMA = {
    "properties": {
        "a": {"default": 1},
        "b": {"properties": {"c": {"default": "x"}, "a": {}}, "default": {}},
        "d": {"items": {"properties": {"c": {"default": [1.5, True, None]}}}},
    }
}
VALUES = st.dictionaries(
    st.sampled_from("abcd"),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)


@given(VALUES)
def test_defaults_add_and_never_change(values):
    found = with_defaults(SCHEMA, values)
    assert with_defaults(SCHEMA, found) == found
    assert found["a"] == values.get("a", 1)
    assert found.keys() == values.keys() | {"a", "b"}
    assert values.keys() >= {"b"} or found["b"] == {"c": "x"}


def test_only_defaults_of_the_first_level_are_flat():
    assert flat_defaults({"properties": {"a": {"default": 1}, "b": {}}}) == {"a": 1}
    assert flat_defaults(SCHEMA) is None
    recursive = {"properties": {"a": {"$ref": "#", "default": {}}}}
    assert with_defaults(recursive, {})["a"]["a"]["a"] is not None


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("{}", {"a": 1, "b": "x"}),
        ("{ }", {"a": 1, "b": "x"}),
        ('{"a": 2}\n', {"a": 2, "b": "x"}),
        ('{"a":2}', {"a": 2, "b": "x"}),
        ('{"c": {"a": 2}}', {"a": 1, "b": "x", "c": {"a": 2}}),
        ('{"b": "\\"a\\": 5"}', {"a": 1, "b": '"a": 5'}),
        ('{"a": null, "b": "y"}', {"a": None, "b": "y"}),
    ],
)
def test_defaults_are_added_however_the_settings_are_written(run, ws, tmp_path, stored, shown):
    fields = {"a": {"default": 1}, "b": {"default": "x"}, "c": {}}
    (tmp_path / "own.json").write_text(json.dumps({"type": "object", "properties": fields}))
    assert run("catalog", "add", tmp_path / "own.json", "--key", "own").code == 0
    assert run("install", "own", "--name", "one", "--set-json", 'c={"a": 2}').code == 0
    with closing(sqlite3.connect(ws.store.path)) as db, db:
        db.execute("UPDATE connectors SET config = ?", (stored,))
    (one,) = json.loads(run("list", "--json").out)
    assert one["config"] == shown
