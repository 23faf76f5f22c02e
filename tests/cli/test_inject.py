"""The command `inject`: a template filled with connectors' values."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

TEMPLATE = """[blog]
url = {{ blog.site_url }}
password = {{blog.application_password}}
again = {{ blog.application_password }}
braces = {{ "{{ x }}" }} and } and {
"""
FILLED = """[blog]
url = https://blog.example.com
password = canary-password
again = canary-password
braces = {{ x }} and } and {
"""
SETTINGS = {"type": "object", "properties": {"hosts": {"type": "array"}}}
LOGIN = {"type": "object", "writeOnly": True, "properties": {"user": {"type": "string"}}}
CMS = {
    "key": "cms",
    "name": "CMS",
    "auth_type": "basic",
    "category": "Other",
    "config_schema": SETTINGS,
    "auth_schema": {"type": "object", "properties": {"login": LOGIN}},
}


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "site.tpl"
    path.write_text(TEMPLATE)
    return path


def uses() -> list[dict]:
    path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT details FROM events WHERE action = 'connector.use'")
        return [json.loads(details) for (details,) in found]


def test_a_template_is_filled_into_a_private_file(run, blog, template, tmp_path):
    done = run("inject", "-i", template, "-o", tmp_path / "site.ini", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["connectors"] == ["blog"]
    assert (tmp_path / "site.ini").read_text() == FILLED
    assert stat.S_IMODE((tmp_path / "site.ini").stat().st_mode) == 0o600
    [use] = uses()
    assert use["fields"] == ["application_password"]


def test_standard_input_and_output_are_the_default(spawn, blog):
    done = spawn("inject", stdin=TEMPLATE)
    assert (done.code, done.out, done.err) == (0, FILLED, "")


def test_text_without_places_is_unchanged(spawn, blog):
    text = "no place\n{ {x}} }}\n\nand no line end"
    assert spawn("inject", stdin=text).out == text
    assert uses() == []


def test_settings_alone_need_no_key_and_no_event(run, blog, tmp_path, monkeypatch):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    (tmp_path / "t").write_text("{{ blog.site_url }}\n")
    assert run("inject", "-i", tmp_path / "t").out == "https://blog.example.com\n"
    assert uses() == []


def test_a_file_is_replaced_only_with_force(run, blog, template, tmp_path):
    (tmp_path / "site.ini").write_text("mine")
    done = run("inject", "-i", template, "-o", tmp_path / "site.ini")
    assert (done.code, (tmp_path / "site.ini").read_text()) == (6, "mine")
    assert uses() == []
    assert run("inject", "-i", template, "-o", tmp_path / "site.ini", "--force").code == 0
    assert (tmp_path / "site.ini").read_text() == FILLED


def test_a_terminal_is_refused(terminal, blog, template):
    done = terminal("inject", "-i", str(template))
    assert done.code == 2
    assert "would show credentials on the terminal" in done.err
    assert "canary" not in done.out + done.err
    assert uses() == []


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{{ blog.nothing }}", 5, "no field 'nothing'"),
        ("{{ nobody.site_url }}", 5, "no connector 'nobody'"),
        ("{{ blog }}", 3, "'blog' in the template is not NAME.field"),
        ("x\n\n{{ blog.site_url }", 3, "line 3: {{ is not the start of {{ NAME.field }}"),
        ("{{ }}", 3, "line 1: {{ is not the start"),
        ('{{ "\\x" }}', 3, "line 1: the text in {{ }} is not JSON"),
    ],
)
def test_a_place_that_cannot_be_filled_is_named(run, blog, tmp_path, text, code, said):
    (tmp_path / "t").write_text(text)
    done = run("inject", "-i", tmp_path / "t", "-o", tmp_path / "out")
    assert done.code == code
    assert said in done.err
    assert not (tmp_path / "out").exists()


def test_dots_lead_into_objects_and_credentials(run, tmp_path, monkeypatch):
    (tmp_path / "cms.json").write_text(json.dumps(CMS))
    assert run("catalog", "add", tmp_path / "cms.json").code == 0
    monkeypatch.setenv("LOGIN", '{"user": "alice", "n": [1]}')
    values = ("--set-json", 'hosts=["a", "b"]', "--secret", "login=env:LOGIN")
    done = run("install", "cms", "--name", "my.cms", *values)
    assert done.code == 0, done.err
    (tmp_path / "t").write_text("{{ my.cms.hosts.1 }} {{ my.cms.login.user }} {{my.cms.login.n}}")
    done = run("inject", "-i", tmp_path / "t")
    assert (done.out, done.err) == ("b alice [1]", "")
    assert run("get", "my.cms", "login.user", "--reveal").out == "alice\n"
    assert run("get", "my.cms", "login.user").code == 2
    assert run("get", "my.cms", "login.pass", "--reveal").code == 5
