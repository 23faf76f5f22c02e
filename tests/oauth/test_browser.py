"""Signing in with the browser of this machine."""

import sys
from pathlib import Path

import pytest
from authorization_server import AUTH, AuthorizationServer, config_for, entry_for

from connectors_cli import oauth

BROWSER = Path(__file__).parent.parent / "browser.py"


@pytest.fixture
def server():
    with AuthorizationServer() as made:
        yield made


class Person:
    """Someone who lets the browser open, and remembers what was told."""

    def __init__(self):
        self.told = []

    def visit(self, url, *, opens):
        self.told.append((url, opens))


def test_the_browser_brings_tokens(server, monkeypatch):
    monkeypatch.setenv("BROWSER", f"{sys.executable} {BROWSER} %s")
    person = Person()
    granted = oauth.sign_in(
        entry_for(server), config_for(server), AUTH, oauth.Options(timeout=20), person
    )
    assert server.accepts(granted.auth["access_token"])
    assert granted.scopes == ("read", "write")
    again = oauth.refresh(
        entry_for(server), config_for(server), {**AUTH, **granted.auth}, oauth.Options()
    )
    assert server.accepts(again.auth["access_token"])
