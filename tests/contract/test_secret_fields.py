"""Whether a field is secret has one answer, in every command and however the schema says it."""

import json

import pytest

CANARY = "canary-7d1f"
SECRET = {"type": "string", "writeOnly": True}
WAYS = {
    "marked": SECRET,
    "slash": {"$ref": "#/$defs/p~1w"},
    "percent": {"$ref": "#/$defs/p%7E1w"},
    "tilde": {"$ref": "#/$defs/p~0w"},
    "space": {"$ref": "#/$defs/p%20w"},
    "chain": {"$ref": "#/$defs/chain"},
    "all": {"allOf": [SECRET]},
    "all_ref": {"allOf": [{"type": "string"}, {"$ref": "#/$defs/p~1w"}]},
    "ref_all": {"$ref": "#/$defs/all"},
    "either": {"anyOf": [SECRET, {"type": "null"}]},
    "anchor": {"$ref": "#named"},
    "listed": {"type": "string"},
}
SCHEMA = {
    "type": "object",
    "$defs": {
        "p/w": SECRET,
        "p~w": SECRET,
        "p w": SECRET,
        "chain": {"$ref": "#/$defs/p~1w"},
        "all": {"allOf": [{"$ref": "#/$defs/p%7E1w"}]},
        "named": {"$anchor": "named", **SECRET},
    },
    "properties": {"host": {"type": "string"}, **WAYS},
    "secrets": ["listed"],
}


@pytest.fixture
def esc(run, tmp_path) -> str:
    """A type of one's own with a secret behind every construct."""
    path = tmp_path / "esc.json"
    path.write_text(json.dumps(SCHEMA))
    assert run("catalog", "add", str(path), "--key", "esc").code == 0
    return "esc"


@pytest.mark.parametrize("name", WAYS)
def test_plain_secret_on_the_command_line_is_refused(run, esc, name):
    done = run("install", esc, "--set", "host=h", "--set", f"{name}={CANARY}")
    assert (done.code, CANARY in done.out + done.err) == (2, False), done.err
    assert f"--secret {name}=SOURCE" in done.err


@pytest.mark.parametrize("name", WAYS)
def test_plain_secret_in_an_applied_file_is_refused(run, esc, tmp_path, name):
    path = tmp_path / "file.json"
    auth = {"type": esc, "name": "x", "config": {"host": "h"}, "auth": {name: CANARY}}
    path.write_text(json.dumps({"apiVersion": "connectors/v1", "connectors": [auth]}))
    done = run("apply", "-f", str(path), "--yes")
    assert done.code == 3, done.err
    assert f"auth.{name}" in done.err
    assert "is a secret as plain text" in done.err


def test_catalog_and_questions_agree(run, esc):
    shown = json.loads(run("catalog", "show", esc, "--json").out)["fields"]
    assert {field["name"] for field in shown if field["secret"]} == set(WAYS)
    asked = json.loads(run("install", esc, "--questions").out)["questions"]
    secrets = {q["path"][0] for q in asked if q["flag"].startswith("--secret ")}
    assert secrets == set(WAYS)


def test_values_are_hidden_unless_revealed(run, esc, monkeypatch):
    monkeypatch.setenv("SOURCE", CANARY)
    given = [word for name in WAYS for word in ("--secret", f"{name}=env:SOURCE")]
    assert run("install", esc, "--set", "host=h", "--name", "mine", *given).code == 0
    for name in WAYS:
        done = run("get", "mine", f"auth.{name}")
        assert (done.code != 0, CANARY in done.out + done.err) == (True, False)
    assert CANARY not in run("show", "mine", "--json").out


def test_fields_inside_objects_lists_and_maps_are_secret(run, tmp_path):
    inner = {"type": "object", "properties": {"u": {"type": "string"}, "p": WAYS["all_ref"]}}
    schema = {
        "type": "object",
        "$defs": {"p/w": SECRET},
        "properties": {
            "login": inner,
            "many": {"type": "array", "items": inner},
            "named": {"type": "object", "additionalProperties": inner},
            "matched": {"type": "object", "patternProperties": {"^x": WAYS["slash"]}},
        },
    }
    path = tmp_path / "deep.json"
    path.write_text(json.dumps(schema))
    assert run("catalog", "add", str(path), "--key", "deep").code == 0
    for option, value in (
        ("--set", f"login.p={CANARY}"),
        ("--set-json", f'login={{"p": "{CANARY}"}}'),
        ("--set-json", f'many=[{{"u": "a", "p": "{CANARY}"}}]'),
        ("--set-json", f'named={{"k": {{"p": "{CANARY}"}}}}'),
        ("--set-json", f'matched={{"x1": "{CANARY}"}}'),
    ):
        done = run("install", "deep", option, value)
        assert (done.code, CANARY in done.err) == (2, False), (value, done.err)
    assert run("install", "deep", "--set", "login.u=a", "--set-json", 'many=[{"u": "a"}]').code == 0
