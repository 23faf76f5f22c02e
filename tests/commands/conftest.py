"""A service that connectors sign in to, and one that was signed in."""

import pytest
import signed_in
from authorization_server import AuthorizationServer


@pytest.fixture
def server():
    with AuthorizationServer() as made:
        yield made


@pytest.fixture
def news(run, server, monkeypatch):
    """An active connector that was signed in with the browser."""
    monkeypatch.setenv("BROWSER", signed_in.BROWSER)
    signed_in.add_type(run, server)
    assert signed_in.install(run, server, "news", "--auth", "browser").code == 0
    return "news"
