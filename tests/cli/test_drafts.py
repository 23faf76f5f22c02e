"""Drafts: a form that is left keeps its answers, never a secret, until it is picked up again."""

import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from connectors_cli.catalog.entry import Entry
from connectors_cli.cli.prompts.menu import GUARD_SECONDS
from connectors_cli.services.drafts import draft_path, find_draft, remove_draft, save_draft

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

SECRET = "canary-5up3r-s3cr3t"
CTRL_C = "\x03"
TEXT = {"type": "string"}
CLOSED = {"type": "object", "additionalProperties": False}
KEEP = "Keep a draft of your answers, without secrets?"


def entry(**properties):
    return Entry("thing", "Thing", "none", {**CLOSED, "properties": properties}, CLOSED)


def answer(*path, value, kind="text"):
    return {"part": "config", "path": list(path), "kind": kind, "value": value}


def saved(settings, *answers, **properties):
    save_draft(settings, entry(**properties), "mine", answers)
    return Path(draft_path(settings, entry()))


def test_draft_is_private_and_comes_back(settings):
    path = saved(settings, answer("host", value="h"), host=TEXT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    found = find_draft(settings, entry(host=TEXT))
    assert (found.name, found.answers) == ("mine", (answer("host", value="h"),))
    remove_draft(settings, entry())
    assert (find_draft(settings, entry(host=TEXT)), path.exists()) == (None, False)
    remove_draft(settings, entry())


HIDDEN = {"type": "string", "writeOnly": True}


@pytest.mark.parametrize(
    ("found", "properties"),
    [
        (answer("pin", value=SECRET), {"pin": HIDDEN}),
        (answer("in", "pin", value=SECRET), {"in": {"properties": {"pin": HIDDEN}}}),
        (answer("in", value={"pin": SECRET}, kind="json"), {"in": {"properties": {"pin": HIDDEN}}}),
        (answer("pins", 0, value=SECRET), {"pins": {"items": HIDDEN}}),
        (answer("by", "x", value=SECRET), {"by": {"additionalProperties": HIDDEN}}),
        (answer("a", "pin", value=SECRET), {"a": {"oneOf": [{"properties": {"pin": HIDDEN}}]}}),
        (answer("list", value=[SECRET], kind="choices"), {"list": {"items": HIDDEN}}),
        (answer("api_token", value=SECRET), {"api_token": TEXT}),
        (answer("any", value=[{"password": SECRET}], kind="json"), {"any": {}}),
        (answer("any", "password", value=SECRET), {"any": {"type": "object"}}),
    ],
    ids=str,
)  # fmt: skip
def test_draft_contains_no_secret(settings, found, properties):
    path = saved(settings, answer("host", value="h"), found, host=TEXT, **properties)
    assert SECRET not in path.read_text()
    assert find_draft(settings, entry(host=TEXT, **properties)).answers == (
        answer("host", value="h"),
    )


def test_answer_to_a_field_that_became_secret_is_removed_from_the_file(settings):
    path = saved(settings, answer("host", value="h"), answer("nick", value=SECRET), host=TEXT)
    assert SECRET in path.read_text()
    found = find_draft(settings, entry(host=TEXT, nick=HIDDEN))
    assert found.answers == (answer("host", value="h"),)
    assert SECRET not in path.read_text()
    saved(settings, answer("nick", value=SECRET))
    assert find_draft(settings, entry(nick=HIDDEN)) is None
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 9}', '{"version": 1}'])
def test_file_that_is_no_draft_is_passed_over(settings, text):
    path = saved(settings, answer("host", value="h"), host=TEXT)
    path.write_text(text)
    assert find_draft(settings, entry(host=TEXT)) is None


def test_drafts_of_tenants_and_stores_are_apart(settings):
    saved(settings, answer("host", value="h"), host=TEXT)
    assert find_draft(settings.serving("other"), entry(host=TEXT)) is None


class Person:
    """Somebody who installs wordpress on a terminal."""

    def __init__(self):
        script = 'trap : INT; "$@"; echo "exit $?."'
        line = [sys.executable, "-m", "connectors_cli", "install", "wordpress"]
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-c", script, "sh", *line],
            env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"},
            dimensions=(40, 100),
            encoding="utf-8",
            timeout=60,
        )

    def answers(self, *pairs):
        for shown, typed in pairs:
            self.child.expect_exact(shown)
            self.child.expect_exact(">")
            time.sleep(0.05)
            self.child.send(typed)


NAMED = ("Name", "blog\r")
ANSWERED = (
    ("Site URL", "https://blog.example.com\r"),
    ("Account label", "\r"),
    ("Username", "ann\r"),
    ("Application password", f"{SECRET}\r"),
)


@pytest.fixture
def drafts(tmp_path):
    return tmp_path / "home" / "drafts"


@pytest.mark.slow
def test_form_that_is_left_is_continued(run, drafts):
    assert run("init").code == 0
    person = Person()
    person.answers(NAMED, *ANSWERED[:3], ("Application password", CTRL_C))
    person.child.expect_exact(KEEP)
    person.child.send("\r")
    person.child.expect_exact("continue with: connectors install wordpress")
    person.child.expect_exact("exit 130.")
    (file,) = drafts.iterdir()
    assert SECRET not in file.read_text()
    assert [one["value"] for one in json.loads(file.read_text())["answers"]] == [
        "https://blog.example.com",
        None,
        "ann",
    ]
    person = Person()
    person.child.expect_exact("Continue the draft of")
    person.child.send("\r")
    person.answers(("Name", "\r"))
    person.answers(("Application password", f"{SECRET}\r"))
    person.answers(("Publish with it now", "n"))
    person.child.send("\r")
    person.child.expect_exact("Review")
    time.sleep(GUARD_SECONDS + 0.2)
    person.child.send("\r")
    person.child.expect_exact("exit 0.")
    assert list(drafts.iterdir()) == []
    assert run("get", "blog", "username", "--reveal").out == "ann\n"
    assert run("get", "blog", "application_password", "--reveal").out == f"{SECRET}\n"


@pytest.mark.slow
def test_draft_that_is_declined_is_removed(run, drafts):
    assert run("init").code == 0
    person = Person()
    person.answers(NAMED, ANSWERED[0], ("Account label", CTRL_C))
    person.child.expect_exact(KEEP)
    person.child.send("n\r")
    person.child.expect_exact("Nothing was saved.")
    person.child.expect_exact("exit 130.")
    assert not drafts.exists()


@pytest.mark.slow
def test_without_answers_nothing_is_offered(run, drafts):
    assert run("init").code == 0
    person = Person()
    person.answers(NAMED, ("Site URL", CTRL_C))
    person.child.expect_exact("Nothing was saved.")
    person.child.expect_exact("exit 130.")
    assert KEEP not in person.child.before


def test_nothing_is_offered_without_a_terminal(run, settings, drafts):
    assert run("init").code == 0
    saved(settings, answer("host", value="h"), host=TEXT)
    assert run("install", "wordpress").code == 2
    assert len(list(drafts.iterdir())) == 1
