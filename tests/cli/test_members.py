"""Members of credentials that are objects, lists or maps: set, shown and masked one by one."""

import json
import sys

import pytest

pytestmark = pytest.mark.slow  # many lines of commands

SECRET = {"type": "string", "writeOnly": True}
TEXT = {"type": "string"}


def branch(kind, *required, **members):
    properties = {"kind": {"type": "string", "const": kind}, **members}
    return {"type": "object", "properties": properties, "required": ["kind", *required]}


BOX = {
    "key": "box",
    "name": "Box",
    "auth_type": "basic",
    "category": "Web",
    "config_schema": {
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "uri"},
            "at": {"type": "object", "properties": {"host": TEXT, "port": {"type": "integer"}}},
        },
    },
    "auth_schema": {
        "type": "object",
        "properties": {
            "login": {
                "oneOf": [
                    branch("basic", "user", "password", user=TEXT, password=SECRET),
                    branch("key", "api_key", api_key=SECRET, region=TEXT),
                ]
            },
            "accounts": {
                "type": "array",
                "items": {"type": "object", "properties": {"name": TEXT, "pin": SECRET}},
            },
            "headers": {"type": "object", "additionalProperties": SECRET},
            "whole": {"type": "object", "writeOnly": True},
        },
    },
    "probe": {
        "protocol": "https",
        "method": "GET",
        "url": "{config.url}/me",
        "expect_status": 200,
        "send": {"as": "bearer", "value": "{auth.login.password}"},
        "identity": {"id": "id", "label": "name"},
    },
}
VALUES = {
    "PASSWORD": "hunter2222",
    "PIN": "pin-987654",
    "HEADER": "header-value",
    "WHOLE": '{"project": "an-ordinary-word", "n": 123456}',
}
LINE = (
    *("--set", "login.kind=basic", "--set", "login.user=basically"),
    *("--secret", "login.password=env:PASSWORD"),
    *("--set", "accounts.0.name=first", "--secret", "accounts.0.pin=env:PIN"),
    *("--secret", "headers.X-Key=env:HEADER", "--secret", "whole=env:WHOLE"),
    *("--set", "at.host=h", "--set", "at.port=1", "--set", "url=https://one.example"),
)


@pytest.fixture
def box(run, tmp_path, monkeypatch):
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "box.json").write_text(json.dumps(BOX))
    added = run("catalog", "add", tmp_path / "box.json")
    assert added.code == 0, added.err
    done = run("install", "box", "--name", "b", *LINE)
    assert done.code == 0, done.err
    return "b"


def value(run, field, name="b"):
    done = run("get", name, field, "--reveal")
    return json.loads(done.out) if done.out.startswith(("{", "[")) else done.out.rstrip("\n")


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("login.user", "basically"),
        ("login.kind", "basic"),
        ("accounts.0.name", "first"),
        ("login.password", None),
        ("accounts.0.pin", None),
        ("headers.X-Key", None),
        ("whole.project", None),
        ("login", None),
        ("accounts.0", None),
    ],
)
def test_only_secrets_need_reveal(run, box, field, shown):
    done = run("get", box, field)
    assert done.code == (2 if shown is None else 0)
    assert done.out == ("" if shown is None else f"{shown}\n")
    assert run("get", box, field, "--reveal").code == 0


def test_only_secrets_are_masked(spawn, box):
    code = (
        "import os; [print(os.environ[f'CONNECTOR_{n}']) for n in ('LOGIN','ACCOUNTS','HEADERS')]"
    )
    out = spawn("run", box, "--", sys.executable, "-c", code).out
    assert json.loads(out.splitlines()[0]) == {
        "kind": "basic",
        "user": "basically",
        "password": "***",
    }
    assert json.loads(out.splitlines()[1]) == [{"name": "first", "pin": "***"}]
    assert json.loads(out.splitlines()[2]) == {"X-Key": "***"}
    code = (
        "import base64,os; w=os.environ['CONNECTOR_WHOLE']; print(w, base64.b64encode(w.encode()))"
    )
    out = spawn("run", box, "--", sys.executable, "-c", code).out
    assert out == "*** b'***'\n"


@pytest.mark.parametrize("field", ["login.password", "accounts.0.pin", "headers.X-Key"])
def test_one_secret_member_is_changed_alone(run, box, monkeypatch, field):
    monkeypatch.setenv("NEW", "changed-it")
    before = {name: value(run, name) for name in ("login", "accounts", "headers", "whole")}
    done = run("edit", box, "--secret", f"{field}=env:NEW")
    assert done.code == 0, done.err
    assert value(run, field) == "changed-it"
    name = field.partition(".")[0]
    shown = json.dumps({**before, name: value(run, name)})
    assert shown.replace("changed-it", "") == json.dumps(before).replace(before_of(field), "")


def before_of(field):
    return {"login": "hunter2222", "accounts": "pin-987654", "headers": "header-value"}[
        field.partition(".")[0]
    ]


def test_members_are_added_set_and_unset(run, box, monkeypatch):
    line = ("--set", "login.user=eve", "--set", "accounts.+.name=second", "--set", "at.port=2")
    assert run("edit", box, *line).code == 0
    assert value(run, "login")["user"] == "eve"
    assert [item["name"] for item in value(run, "accounts")] == ["first", "second"]
    assert value(run, "at") == {"host": "h", "port": 2}
    assert run("edit", box, "--unset", "accounts.0", "--unset", "at.host").code == 0
    assert value(run, "accounts") == [{"name": "second"}]
    assert value(run, "at") == {"port": 2}
    assert run("edit", box, "--unset", "login.password").code == 3
    assert run("edit", box, "--unset", "login.nothing").code == 3


def test_another_branch_drops_the_members_of_the_former_one(run, box):
    done = run("edit", box, "--set", "login.kind=key", "--secret", "login.api_key=env:PIN")
    assert done.code == 0, done.err
    assert value(run, "login") == {"kind": "key", "api_key": "pin-987654"}


def test_a_whole_value_replaces_a_whole_value(run, box, monkeypatch):
    monkeypatch.setenv("NEW", '{"kind": "key", "api_key": "k12345"}')
    assert run("edit", box, "--set", "login.user=eve", "--secret", "login=env:NEW").code == 0
    assert value(run, "login") == {"kind": "key", "api_key": "k12345"}


def test_variables_reach_members(run, box, monkeypatch):
    monkeypatch.setenv("AC_LOGIN_KIND", "key")
    monkeypatch.setenv("AC_LOGIN_API_KEY", "k12345")
    monkeypatch.setenv("AC_AT_PORT", "7")
    assert run("install", "box", "--name", "e", "--from-env", "AC").code == 0
    assert value(run, "login", "e") == {"kind": "key", "api_key": "k12345"}
    assert value(run, "at", "e") == {"port": 7}


@pytest.mark.parametrize(
    "line",
    [
        ("--set", "login.password=on-argv-1"),
        ("--set", "accounts.0.pin=on-argv-1"),
        ("--set", "headers.X=on-argv-1"),
        ("--set-json", 'login={"kind": "key", "api_key": "on-argv-1"}'),
        ("--set-json", 'accounts=[{"pin": "on-argv-1"}]'),
        ("--set-json", 'accounts.0={"pin": "on-argv-1"}'),
        ("--set-json", 'headers={"X": "on-argv-1"}'),
    ],
    ids=" ".join,
)
def test_a_secret_member_is_refused_on_the_command_line(run, box, line):
    for words in (("install", "box", "--name", "x"), ("edit", box)):
        done = run(*words, *line)
        assert done.code == 2
        assert "is a secret: on the command line" in done.err
        assert "on-argv-1" not in done.err


def test_a_plain_member_alone_sends_no_secret_to_a_new_host(run, box):
    done = run("edit", box, "--set", "url=https://two.example", "--set", "login.user=eve")
    assert done.code == 2
    assert "accounts, headers, login, whole of b would be sent to https://two.example" in done.err


def test_what_is_missing_is_named_for_each_branch(run, tmp_path):
    kind = json.loads(json.dumps(BOX))
    kind["auth_schema"]["required"] = ["login"]
    (tmp_path / "box.json").write_text(json.dumps(kind))
    assert run("catalog", "add", tmp_path / "box.json").code == 0
    done = run("install", "box", "--no-input")
    assert done.code == 2
    assert (
        "--set login.kind=basic --set login.user=VALUE --secret login.password=SOURCE, or"
        " --set login.kind=key --secret login.api_key=SOURCE" in done.err
    )
