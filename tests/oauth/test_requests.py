"""The requests that a catalog entry describes: registration, exchange, refresh, revocation."""

import base64
from urllib.parse import urlsplit

import httpx2
import pytest

from connectors_cli.catalog.read import load
from connectors_cli.errors import InvalidInput, Rejected, Unreachable
from connectors_cli.oauth import actions
from connectors_cli.oauth.contract import Options
from support.http_server import Reply, Web
from support.oauth_server import (
    AUTH,
    CLIENT_ID,
    CLIENT_SECRET,
    AuthorizationServer,
    config_for,
    entry_for,
)
from support.sign_in_dialogs import Person, asked

REGISTRATION = {
    "method": "POST",
    "url": "{config.server_url}/register",
    "body": {"name": "{app.name}", "uri": "{app.redirect_uri}", "scopes": "{oauth.scopes}"},
    "body_format": "form",
    "save": {"config.client_id": "client_id", "auth.client_secret": "client_secret"},
}
EXCHANGE = {
    "method": "GET",
    "url": "{config.server_url}/exchange",
    "query": {"secret": "{auth.client_secret}", "token": "{auth.access_token}"},
    "token_lifetime_s": 5184000,
}
RENEWAL = {
    "method": "GET",
    "url": "{config.server_url}/renew",
    "query": {"access_token": "{auth.access_token}"},
}


def test_app_is_registered_for_the_exact_redirect_address(server, sign_in):
    person = Person()
    granted = sign_in(person, config={"client_id": ""}, auth={}, registration=REGISTRATION)
    assert server.accepts(granted.auth["access_token"])
    (form,) = server.forms("/register")
    assert form["name"] == "connectors"
    assert form["uri"] == asked(person.urls[0])["redirect_uri"]
    assert form["scopes"] == "read write"
    made = server.clients[granted.config["client_id"]]
    assert granted.auth["client_secret"] == made.secret
    assert made.secret not in repr(granted)


def test_each_service_has_its_own_redirect_path(server, sign_in):
    said = {"auth": {}, "registration": REGISTRATION}
    first, again, other = Person(), Person(), Person()
    made = sign_in(first, config={"client_id": ""}, **said).config["client_id"]
    sign_in(again, config={"client_id": ""}, **said)
    with AuthorizationServer() as evil:
        sign_in(other, config={"server_url": evil.url, "client_id": ""}, **said)
    paths = [urlsplit(asked(one.urls[0])["redirect_uri"]).path for one in (first, again, other)]
    assert paths[0] == paths[1] != paths[2]
    query = {**asked(other.urls[0]), "client_id": made}
    with httpx2.Client(trust_env=False) as client:
        answer = client.get(f"{server.url}/authorize", params=query)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("body", [{}, {"client_id": "x"}, {"client_id": 7, "client_secret": "x"}])
def test_incomplete_registration_is_one_sentence(server, sign_in, body):
    server.replies["/register"] = [Reply(200, body)]
    with pytest.raises(InvalidInput, match="the answer of Example has no client_"):
        sign_in(Person(lambda _: None), registration=REGISTRATION)
    assert server.requests["authorize"] == 0


def test_short_lived_token_is_exchanged_for_a_long_lived_one(server, sign_in):
    server.replies["/exchange"] = [
        Reply(200, {"access_token": "long-lived", "token_type": "bearer"})
    ]
    granted = sign_in(exchange=EXCHANGE)
    assert granted.auth["access_token"] == "long-lived"
    assert granted.scopes == ("read", "write")
    assert granted.expires_at is not None
    short = server.tokens[0].access_token
    assert f"token={short}" in server.seen[-1].path
    assert f"secret={CLIENT_SECRET}" in server.seen[-1].path


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400, {"error": {"message": "canary", "code": 190}}), Rejected),
        (Reply(200, {}), InvalidInput),
        (Reply(500, b"canary"), Unreachable),
    ],
)
def test_failed_exchange_returns_no_token(server, sign_in, reply, error):
    server.replies["/exchange"] = [reply]
    with pytest.raises(error) as caught:
        sign_in(exchange=EXCHANGE)
    assert server.tokens[0].access_token not in caught.value.message
    assert CLIENT_SECRET not in caught.value.message


def test_token_is_refreshed_by_the_entrys_own_request(server):
    entry = entry_for(refresh_request=RENEWAL)
    body = {"access_token": "next", "token_type": "bearer", "expires_in": 60}
    server.replies["/renew"] = [Reply(200, body)]
    auth = {**AUTH, "access_token": "canary-old"}
    assert actions.can_refresh(entry, auth)
    assert not actions.can_refresh(entry, AUTH)
    granted = actions.refresh(entry, config_for(server), auth, Options())
    assert granted.auth["access_token"] == "next"
    assert server.seen[-1].path == "/renew?access_token=canary-old"
    with pytest.raises(InvalidInput, match="no access_token yet: the account is not signed in"):
        actions.refresh(entry, config_for(server), AUTH, Options())


def revoke(server, auth, **said):
    return actions.revoke(entry_for(**said), config_for(server), auth, Options())


def test_tokens_are_revoked(server):
    tokens = server.issue()
    assert revoke(server, {**AUTH, **tokens})
    assert not server.accepts(tokens["access_token"])
    hints = [form["token_type_hint"] for form in server.forms("/revoke")]
    assert hints == ["refresh_token", "access_token"]


def test_service_without_revocation_returns_false(server):
    assert not revoke(server, {**AUTH, **server.issue()}, revocation=None)
    assert not server.seen


def test_nothing_is_revoked_before_a_sign_in(server):
    assert revoke(server, AUTH)
    assert not server.seen


def test_access_token_revoked_with_its_refresh_token_is_no_failure(server):
    server.replies["/revoke"] = [Reply(200, b""), Reply(400, {"error": "invalid_token"})]
    assert revoke(server, {**AUTH, **server.issue()})
    server.replies["/revoke"] = [Reply(400, {"error": "invalid_token"})]
    with pytest.raises(Rejected):
        revoke(server, {**AUTH, **server.issue()})


def test_revocation_succeeds_by_status_unless_an_error_is_named(server):
    server.replies["/revoke"] = [Reply(200, b"OK"), Reply(200, b"<html>")]
    assert revoke(server, {**AUTH, **server.issue()})


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(503, b""), Unreachable),
        (Reply(200, {"ok": False, "error": "token_revoked"}), Rejected),
        (Reply(401, {"error": "invalid_client"}), Rejected),
        (Reply(302, b"", {"Location": "https://evil.example/"}), InvalidInput),
    ],
)
def test_failed_revocation_is_one_sentence(server, reply, error):
    server.replies["/revoke"] = [reply]
    tokens = server.issue()
    with pytest.raises(error) as caught:
        revoke(server, {**AUTH, **tokens})
    assert tokens["refresh_token"] not in caught.value.message


def test_revocation_can_omit_client_authentication(server):
    spec = {"method": "POST", "url": "{config.server_url}/taken", "auth": "none"}
    server.replies["/taken"] = [Reply(200, {})]
    assert revoke(server, {**AUTH, "access_token": "t"}, revocation=spec)
    assert server.forms("/taken") == [{"token": "t", "token_type_hint": "access_token"}]
    assert server.seen[-1].headers["Authorization"] is None


def test_revocation_can_be_described_by_the_entry(server):
    spec = {
        "method": "PUT",
        "url": "{config.server_url}/apps/{config.client_id}/token",
        "body": {"access_token": "{auth.access_token}"},
        "auth": "basic",
    }
    server.replies[f"/apps/{CLIENT_ID}/token"] = [Reply(204, b"")]
    assert revoke(server, {**AUTH, "access_token": "t"}, revocation=spec)
    asked_last = server.seen[-1]
    login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert asked_last.headers["Authorization"] == f"Basic {login}"
    assert asked_last.body == b'{"access_token":"t"}'


AFTERWARDS = {
    "method": "GET",
    "url": "{config.server_url}/pages/{config.redirect_uri}",
    "query": {"access_token": "{auth.access_token}"},
    "save": {"auth.refresh_token": "page.token"},
}


def test_follow_up_requests_fetch_further_fields(server, sign_in):
    uri = "https://www.example.com/x"
    server.replies["/pages/https:%2F%2Fwww.example.com%2Fx"] = [
        Reply(200, {"page": {"token": "of-the-page"}})
    ]
    person = Person(lambda _: None, lambda person: _came_back(server, person))
    granted = sign_in(person, config={"redirect_uri": uri}, afterwards=[AFTERWARDS])
    assert granted.auth["refresh_token"] == "of-the-page"
    assert server.accepts(granted.auth["access_token"])
    assert server.seen[-1].path.endswith(f"?access_token={granted.auth['access_token']}")


def test_follow_up_without_its_setting_is_skipped(server, sign_in):
    granted = sign_in(afterwards=[AFTERWARDS])
    assert server.accepts(granted.auth["access_token"])
    assert "of-the-page" not in granted.auth.values()


def _came_back(server, person):
    code = "canary-code"
    server.replies["/token"] = [Reply(200, server.issue())]
    return f"code={code}&state={asked(person.urls[0])['state']}"


def test_wordpress_deletes_the_password_in_use():
    good = "Basic " + base64.b64encode(b"alice:canary-password").decode()
    passwords = {"uuid-1"}

    def answer(asked_for):
        place, _, last = asked_for.path.rpartition("/")
        if asked_for.headers["Authorization"] != good or not passwords:
            return Reply(401, {"code": "rest_not_logged_in", "message": "no canary-password"})
        assert place == "/wp-json/wp/v2/users/me/application-passwords"
        if last == "introspect":
            return Reply(200, {"uuid": "uuid-1"})
        passwords.remove(last)
        return Reply(200, {"deleted": True})

    with Web(answer) as site:
        auth = {"username": "alice", "application_password": "canary-password"}
        config = {"site_url": site.url}
        assert actions.revoke(load("wordpress"), config, auth, Options())
        assert not passwords
        assert [one.method for one in site.requests] == ["GET", "DELETE"]
        with pytest.raises(Rejected, match=r"\(status 401\): no \*\*\*$"):
            actions.revoke(load("wordpress"), config, auth, Options())


def test_password_of_a_site_with_plain_permalinks_is_deleted():
    def answer(asked_for):
        if not asked_for.path.startswith("/?rest_route=/wp/v2/users/me/application-passwords/"):
            return Reply(404, b"<html>no", {"Content-Type": "text/html"})
        return Reply(200, {"uuid": "uuid-1", "deleted": True})

    with Web(answer) as site:
        auth = {"username": "alice", "application_password": "canary-password"}
        assert actions.revoke(load("wordpress"), {"site_url": site.url}, auth, Options())
    asked_for = site.requests[-1]
    assert (asked_for.method, asked_for.path.endswith("/uuid-1")) == ("DELETE", True)
