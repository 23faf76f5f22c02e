"""Values in documents that look like references and are none: {literal: VALUE}."""

import json

import pytest

BOX = {
    "key": "box",
    "name": "Box",
    "auth_type": "api_key",
    "category": "Web",
    "config_schema": {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "auth_schema": {
        "type": "object",
        "properties": {
            "token": {"type": "string", "writeOnly": True},
            "accounts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "pin": {"type": "string", "writeOnly": True},
                    },
                },
            },
        },
    },
}


@pytest.fixture(params=["install", "apply"])
def give(request, run, tmp_path, monkeypatch):
    """Install a connector from a file or a manifest with these values, of a mode."""
    monkeypatch.setenv("PIN", "pin-1234\n")
    (tmp_path / "box.json").write_text(json.dumps(BOX))
    assert run("catalog", "add", tmp_path / "box.json").code == 0

    def given(config, auth, mode=0o600):
        one = {"name": "a", "type": "box", "config": config, "auth": auth}
        path = tmp_path / "f.json"
        path.write_text(json.dumps(one if request.param == "install" else {"connectors": [one]}))
        path.chmod(mode)
        plain = ("--allow-plain",) if mode == 0o600 else ()
        lines = {
            "install": ("install", "--from-file", path),
            "apply": ("apply", "-f", path, "--yes", *plain),
        }
        return run(*lines[request.param])

    return given


def value(run, field):
    return json.loads(run("get", "a", field, "--reveal", "--json").out)["value"]


def test_a_literal_is_written_as_it_is(run, give):
    config = {
        "text": {"literal": "$env:NOPE"},
        "labels": {"literal": {"env": "prod"}},
    }
    done = give(config, {"token": {"literal": "$file:/nowhere"}})
    assert done.code == 0, done.err
    assert value(run, "text") == "$env:NOPE"
    assert json.loads(value(run, "labels")) == {"env": "prod"}
    assert value(run, "token") == "$file:/nowhere"


def test_a_literal_inside_others_and_one_of_a_literal(run, give):
    config = {"labels": {"a": {"literal": "$cmd:x"}, "b": {"literal": "c"}}}
    assert give(config, {}).code == 0
    assert json.loads(value(run, "labels")) == {"a": "$cmd:x", "b": "c"}


def test_references_in_lists_of_objects_are_read(run, give):
    done = give({}, {"accounts": [{"name": "n", "pin": {"env": "PIN"}}]})
    assert done.code == 0, done.err
    assert json.loads(value(run, "accounts")) == [{"name": "n", "pin": "pin-1234"}]


@pytest.mark.parametrize(
    "auth",
    [
        {"token": {"literal": "plain-1234"}},
        {"token": {"literal": "$env:PIN"}},
        {"accounts": {"literal": [{"name": "n", "pin": "plain-1234"}]}},
        {"accounts": [{"literal": {"name": "n", "pin": "plain-1234"}}]},
        {"accounts": [{"name": "n", "pin": {"literal": "plain-1234"}}]},
    ],
)
def test_a_literal_secret_is_plain_text(run, give, auth):
    done = give({}, auth, 0o644)
    assert done.code in {2, 3}
    assert "plain text" in done.err
    assert "plain-1234" not in done.err


def test_what_an_export_wrote_comes_back_although_it_looks_like_a_reference(
    run, give, tmp_path, monkeypatch
):
    monkeypatch.setenv("T", "$env:NOPE")
    line = ("install", "box", "--name", "x", "--set", "text=$env:NOPE", "--secret", "token=env:T")
    assert run(*line).code == 0
    path = tmp_path / "out.yaml"
    assert run("export", "x", "--secrets", "plain", "--yes", "--to", path).code == 0
    assert run("remove", "x", "--purge", "--yes").code == 0
    done = run("import", path)
    assert done.code == 0, done.err
    assert run("get", "x", "text").out == "$env:NOPE\n"
    assert run("get", "x", "token", "--reveal").out == "$env:NOPE\n"
