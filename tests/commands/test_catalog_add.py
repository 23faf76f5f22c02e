"""Types of one's own, from an entry or from any JSON Schema."""

import json
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


def test_a_schema_is_split_by_its_secret_marks(run, schema):
    added = json.loads(add(run, schema).out)
    assert (added["config_fields"], added["auth_fields"]) == (["host"], ["token"])


def test_an_added_type_is_installed_like_any_other(run, schema, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary")
    add(run, schema)
    line = ("install", "warehouse", "--set", "host=db", "--secret", "token=env:TOKEN")
    assert run(*line).code == 0
    assert run("get", "warehouse", "token", "--reveal").out == "canary\n"


def test_an_added_type_is_named_when_it_is_mistyped(run, schema):
    add(run, schema)
    for line in (("install", "warehose"), ("list", "--type", "warehose")):
        done = run(*line)
        assert (done.code, "did you mean warehouse?" in done.err) == (5, True)
    assert run("list", "--type", "warehouse", "-o", "names").code == 0


def test_adding_the_same_twice_changes_nothing(run, schema):
    add(run, schema)
    assert json.loads(add(run, schema).out)["change"] == "unchanged"


def test_a_schema_without_a_key_is_a_usage_error(run, schema):
    done = run("catalog", "add", schema)
    assert (done.code, "--key" in done.err) == (2, True)


def test_a_type_in_use_is_not_removed(run, schema, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary")
    add(run, schema)
    run("install", "warehouse", "--set", "host=db", "--secret", "token=env:TOKEN")
    assert run("catalog", "remove", "warehouse").code == 6
    run("remove", "warehouse", "--purge", "--yes")
    assert run("catalog", "remove", "warehouse").code == 0
    assert run("catalog", "show", "warehouse").code == 5


def test_a_built_in_type_is_neither_replaced_nor_removed(run, schema):
    assert run("catalog", "add", schema, "--key", "medium").code == 6
    run("init")
    assert run("catalog", "remove", "medium").code == 6


def test_lint_names_every_problem_of_a_file(run, schema):
    done = run("catalog", "lint", schema, "--json")
    assert done.code == 3
    assert json.loads(done.out)["error_count"] >= 5


def test_a_remote_reference_is_refused(run, tmp_path):
    path = tmp_path / "remote.json"
    path.write_text(json.dumps({"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}))
    done = run("catalog", "add", str(path), "--key", "remote")
    assert (done.code, "Traceback" in done.err) == (3, False)


def test_a_credential_whose_name_no_output_can_show_is_refused(run, tmp_path):
    path = tmp_path / "odd.json"
    secret = {"type": "string", "writeOnly": True}
    path.write_text(json.dumps({"type": "object", "properties": {"a\nb": secret}}))
    run("catalog", "add", str(path), "--key", "odd")
    values = tmp_path / "values.json"
    values.write_text(json.dumps({"auth": {"a\nb": {"env": "HOME"}}}))
    assert run("install", "odd", "--from-file", str(values)).code == 3
    assert json.loads(run("list", "--json").out) == []
