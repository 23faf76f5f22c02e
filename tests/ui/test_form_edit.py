"""An edit on the screen: filled in, its secrets kept, reviewed, and in conflict with others."""

import subprocess
import sys

import pytest
from textual.events import Paste

from connectors_cli.store.read.connectors import show_connector
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.rows import CONNECTOR, only_row
from connectors_cli.system import clock
from support.interface import drive, shows, text, toasts, type_in, until

pytestmark = pytest.mark.slow
PASSWORD = "abcd efgh ijkl mnop"


def row_of(settings, name):
    db = open_for_reading(settings.store)
    try:
        return only_row(show_connector(db, "default", name, CONNECTOR))
    finally:
        db.close()


def connectors(*line):
    subprocess.run([sys.executable, "-m", "connectors_cli", *line], check=True)


def test_ages_in_words():
    assert clock.ago(clock.after(-3 * 86_400 - 60)) == "3 days ago"
    assert clock.ago(clock.after(-3_700)) == "1 hour ago"
    assert clock.ago(clock.after(-150)) == "2 minutes ago"
    assert clock.ago(clock.now()) == "just now"


def test_a_setting_is_changed_and_secrets_are_kept(run, settings, blog):
    before = run("get", "blog", "application_password", "--reveal").out

    async def scenario(pilot):
        await pilot.press("e")
        await shows(pilot, "Edit blog", "set, ", "Ctrl-S saves")
        await pilot.press("down", "down", "down", "ctrl+u")
        await type_in(pilot, "https://other.example.com")
        await pilot.press("ctrl+s")
        await shows(pilot, "Save these changes", "-> https://other.example.com")
        await pilot.press("enter")
        await shows(pilot, "other.example.com", "Continue?")
        await pilot.press("y")
        await until(pilot, lambda: "blog: updated" in toasts(pilot))

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, "blog")["config"]["site_url"] == "https://other.example.com"
    assert run("get", "blog", "application_password", "--reveal").out == before


def test_a_form_that_would_lose_something_asks(settings, blog):
    async def scenario(pilot):
        await pilot.press("e")
        await shows(pilot, "Edit blog")
        await pilot.press("escape")
        await shows(pilot, "e Edit")
        await pilot.press("e")
        await shows(pilot, "Edit blog")
        await pilot.press("down")
        await type_in(pilot, "x")
        await pilot.press("escape")
        await shows(pilot, "What you changed is lost.")
        await pilot.press("n")
        await shows(pilot, "Edit blog")
        await pilot.press("ctrl+q")
        await shows(pilot, "What you changed is lost.")
        await pilot.press("y")
        await shows(pilot, "e Edit")

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, "blog")["tags"] == ["prod"]


@pytest.mark.parametrize("choice", ["m", "t"])
def test_who_meets_a_newer_version_sees_both_and_chooses(settings, blog, choice):
    async def scenario(pilot):
        await pilot.press("e")
        await shows(pilot, "Edit blog")
        await pilot.press("down", "down", "down", "down")
        await type_in(pilot, "Mine")
        connectors("edit", "blog", "--set", "account_label=Theirs")
        await shows(pilot, "Changed meanwhile by")
        await pilot.press("ctrl+s")
        await shows(pilot, "was changed meanwhile", "Theirs", "Mine")
        await pilot.press(choice)
        await shows(pilot, "Ctrl-S saves")
        if choice == "t":
            await shows(pilot, "Theirs")
            assert "Mine" not in text(pilot)
            return
        await pilot.press("ctrl+s")
        await shows(pilot, "Theirs -> Mine")
        await pilot.press("enter")
        await until(pilot, lambda: "blog: updated" in toasts(pilot))

    drive(settings, scenario, size=(100, 30))
    expected = "Mine" if choice == "m" else "Theirs"
    assert row_of(settings, "blog")["config"]["account_label"] == expected


def test_a_draft_is_kept_without_secrets_and_continued(settings, tmp_path):
    async def left(pilot):
        await pilot.press("slash")
        await type_in(pilot, "self-hosted")
        await pilot.press("enter", "i")
        await shows(pilot, "Install WordPress")
        await pilot.press("down", "down", "down", "down")
        await type_in(pilot, "https://a.example.com")
        await pilot.press("escape")
        await shows(pilot, "A draft of it is kept")
        await pilot.press("y")
        await shows(pilot, "i Install")

    async def continued(pilot):
        await pilot.press("slash")
        await type_in(pilot, "self-hosted")
        await pilot.press("enter", "i")
        await shows(pilot, "Continue the draft of")
        await pilot.press("y")
        await shows(pilot, "https://a.example.com")

    drive(settings, left, tab="catalog", size=(100, 30))
    drive(settings, continued, tab="catalog", size=(100, 30))


def test_several_lines_that_are_pasted_into_one_are_kept(settings, run):
    line = ("install", "rss", "--name", "feed", "--set", "feed_url=https://example.com/feed")
    assert run(*line).code == 0

    async def scenario(pilot):
        await pilot.press("e")
        await shows(pilot, "Edit feed")
        await pilot.press("down", "down", "down", "down")
        pilot.app.post_message(Paste("one\ntwo"))
        await shows(pilot, "one (+1 line)")
        await pilot.press("ctrl+s")
        await shows(pilot, "Save these changes")
        await pilot.press("enter")
        await until(pilot, lambda: "feed: updated" in toasts(pilot))

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, "feed")["config"]["account_label"] == "one\ntwo"
