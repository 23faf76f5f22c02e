"""The form of `edit` at a terminal: a save that fails leads back to the review."""

import json
import os
import sys
import time

import pytest

from connectors_cli.cli.prompts.menu import GUARD_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
DOWN, ENTER = "\x1b[B", "\r"


@pytest.fixture
def form(blog):
    """The form of `edit blog`, with another address typed, at its review."""
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable,
        ["-m", "connectors_cli", "edit", "blog", "--yes"],
        env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"},
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("Leave without saving")
    pick(child, "Site URL")
    child.expect_exact(">")
    child.send("\x15https://new.example.com\r")
    child.expect_exact("Leave without saving")
    yield child
    child.close(force=True)


def pick(child, text):
    """Search the menu for a line, and pick it."""
    time.sleep(2 * GUARD_SECONDS)
    child.send(text)
    time.sleep(2 * GUARD_SECONDS)
    child.send(ENTER)


def test_a_connector_that_changed_meanwhile_can_be_saved_again(form, run):
    assert run("edit", "blog", "--tag", "theirs").code == 0
    pick(form, "Save")
    form.expect_exact("is at version 2, not 1")
    form.expect_exact("Leave without saving")
    pick(form, "Save")
    form.expect_exact("blog (wordpress): updated")
    form.wait()
    shown = json.loads(run("show", "blog", "--json").out)
    assert shown["config"]["site_url"] == "https://new.example.com"
    assert shown["tags"] == ["prod", "theirs"]
    assert form.exitstatus == 0


def test_a_store_that_is_away_leads_back_with_every_answer(form):
    path = os.environ["CONNECTORS_HOME"] + "/store.db"
    os.rename(path, path + ".away")
    pick(form, "Save")
    form.expect_exact("https://new.example.com")
    form.expect_exact("Leave without saving")
    os.rename(path + ".away", path)
    pick(form, "Save")
    form.expect_exact("blog (wordpress): updated")
