"""Installing limited and closed types: a note, and a confirmation."""

import json
import os
import sys

import pytest

pexpect = pytest.importorskip("pexpect")

MEDIUM = ("install", "medium", "--secret", "integration_token=env:TOKEN")
CLOSED = {
    "key": "gone",
    "name": "Gone",
    "auth_type": "none",
    "config_schema": {"type": "object", "properties": {}, "additionalProperties": False},
    "auth_schema": {"type": "object", "properties": {}, "additionalProperties": False},
    "lifecycle": "closed",
    "notice": "Gone has closed.",
}


@pytest.fixture
def closed(run, isolated, tmp_path):
    (tmp_path / "gone.json").write_text(json.dumps(CLOSED))
    assert run("catalog", "add", tmp_path / "gone.json").code == 0


def at_terminal(*line, answer):
    """Run a line at a terminal, press keys at its question; what was shown and the exit code."""
    line = ["-m", "connectors_cli", *line]
    child = pexpect.spawn(sys.executable, line, env=dict(os.environ), encoding="utf-8", timeout=20)
    child.expect("Install anyway")
    child.send(answer)
    shown = child.read()
    child.close()
    return shown, child.exitstatus


LIMITED = {
    "medium": "no new integration tokens",
    "hashnode": "requires a Pro plan",
    "shopify-blog": "no longer in a store's admin",
    "hubspot": "new private apps cannot be created",
    "microsoft-teams-webhook": "create a new webhook with the Workflows app",
    "google-business-profile": "requires its approval of your project",
}


@pytest.mark.parametrize(("key", "truth"), LIMITED.items(), ids=list(LIMITED))
def test_in_a_script_a_limited_type_needs_yes(run, isolated, key, truth):
    done = run("install", key)
    assert (done.code, done.out) == (2, "")
    assert truth in done.err
    assert "add --yes" in done.err


def test_with_yes_a_limited_type_is_installed_with_a_note(run, isolated, monkeypatch):
    monkeypatch.setenv("TOKEN", "old-token")
    done = run(*MEDIUM, "--yes")
    assert done.code == 0
    assert "note: Medium has issued no new integration tokens since 1 January 2025" in done.err


def test_a_file_that_names_a_limited_type_is_applied_with_a_note(
    run, isolated, tmp_path, monkeypatch
):
    connector = {"name": "m", "type": "medium", "auth": {"integration_token": {"env": "TOKEN"}}}
    (tmp_path / "all.json").write_text(json.dumps({"connectors": [connector]}))
    monkeypatch.setenv("TOKEN", "old-token")
    done = run("apply", "-f", tmp_path / "all.json")
    assert done.code == 0
    assert done.err.count("note: Medium has issued no new integration tokens") == 1
    again = run("apply", "-f", tmp_path / "all.json")
    assert (again.code, "note:" in again.err) == (0, False)


@pytest.mark.slow
def test_at_a_terminal_a_limited_type_is_asked_about(run, isolated, monkeypatch):
    monkeypatch.setenv("TOKEN", "old-token")
    shown, code = at_terminal(*MEDIUM, answer="\r")
    assert code != 0
    assert "Nothing was changed" in shown
    shown, code = at_terminal(*MEDIUM, answer="y\r")
    assert code == 0
    assert run("list", "-o", "names").out == "medium\n"


def test_closed_type_needs_yes_without_a_terminal(run, closed):
    done = run("install", "gone")
    assert done.code == 2
    assert "note: Gone has closed." in done.err
    assert "add --yes" in done.err
    assert run("install", "gone", "--yes").code == 0


def test_a_retired_address_of_teams_is_refused(run, isolated, monkeypatch):
    install = ("install", "teams", "--yes", "--secret", "webhook_url=env:HOOK")
    monkeypatch.setenv("HOOK", "https://example.webhook.office.com/webhookb2/1")
    assert run(*install).code == 3
    monkeypatch.setenv("HOOK", "https://prod-00.logic.azure.com/workflows/1?sig=x")
    done = run(*install)
    assert done.code == 0
    assert "Workflows" in done.err
