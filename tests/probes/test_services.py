"""Probes of single services, at servers that answer as their documentation says."""

import asyncio
import base64
import json
from urllib.parse import parse_qs, unquote

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.http_server import Reply, Web

pytestmark = pytest.mark.slow  # servers

SECRET = "canary-secret"
REFUSED = Reply(401, {"error": "unauthorized"})


def run(key, config, auth):
    async def whole():
        async with open_network(tls_context(None)) as network:
            return await run_probe(key, load(key).probe, Values(config, auth), network, 5.0)

    return asyncio.run(whole())


def basic(user):
    return "Basic " + base64.b64encode(f"{user}:{SECRET}".encode()).decode()


def header(name, value, path, answer):
    """Answer a request for a path that has this header, and refuse every other."""

    def reply(asked):
        if unquote(asked.path) != path:
            return Reply(404, {})
        return Reply(200, answer) if asked.headers[name] == value else REFUSED

    return reply


def peertube(asked):
    if asked.path == "/api/v1/oauth-clients/local":
        return Reply(200, {"client_id": "local", "client_secret": "public"})
    if asked.path == "/api/v1/users/token":
        form = {name: found[0] for name, found in parse_qs(asked.body.decode()).items()}
        good = (form["client_id"], form["username"], form["password"]) == ("local", "alice", SECRET)
        return Reply(200, {"access_token": "t"}) if good else Reply(400, {"code": "invalid_grant"})
    return header("Authorization", "Bearer t", "/api/v1/users/me", {"id": 7, "username": "alice"})(
        asked
    )


def mobilizon(asked):
    given = json.loads(asked.body)
    assert given["query"].startswith("mutation (")
    if given["variables"] != {"email": "a@example.com", "password": SECRET}:
        return Reply(200, {"data": {"login": None}, "errors": [{"message": "not found"}]})
    return Reply(200, {"data": {"login": {"user": {"id": "7", "email": "a@example.com"}}}})


def flarum(asked):
    if asked.method == "GET":
        assert asked.headers["Authorization"] == "Token t"
        return Reply(200, {"data": []})
    good = json.loads(asked.body) == {"identification": "alice", "password": SECRET}
    return Reply(200, {"token": "t", "userId": "7"}) if good else REFUSED


ME = {"id": "7", "username": "alice"}
CREDENTIALS = "/api/v1/accounts/verify_credentials"
SERVICES = {
    "pixelfed": (
        header("Authorization", f"Bearer {SECRET}", CREDENTIALS, ME),
        *("instance_url", {}, {"access_token": SECRET}, ("7", "alice")),
    ),
    "friendica": (
        header("Authorization", f"Bearer {SECRET}", CREDENTIALS, ME),
        *("instance_url", {}, {"access_token": SECRET}, ("7", "alice")),
    ),
    "peertube": (
        peertube,
        *("instance_url", {}, {"username": "alice", "password": SECRET}, ("7", "alice")),
    ),
    "mobilizon": (
        mobilizon,
        *("instance_url", {}, {"email": "a@example.com", "password": SECRET}),
        ("7", "a@example.com"),
    ),
    "discourse": (
        header("Api-Key", SECRET, "/u/alice.json", {"user": {"id": 7, "username": "alice"}}),
        *("site_url", {"api_username": "alice"}, {"api_key": SECRET}, ("7", "alice")),
    ),
    "flarum": (
        flarum,
        *("site_url", {}, {"username": "alice", "password": SECRET}, ("7", "alice")),
    ),
    "zulip": (
        header(
            "Authorization",
            basic("bot@example.com"),
            "/api/v1/users/me",
            {"user_id": 7, "full_name": "Bot"},
        ),
        *("server_url", {}, {"email": "bot@example.com", "api_key": SECRET}, ("7", "Bot")),
    ),
    "rocket-chat": (
        header("X-Auth-Token", SECRET, "/api/v1/me", {"_id": "u7", "username": "alice"}),
        *("server_url", {}, {"user_id": "u7", "access_token": SECRET}, ("u7", "alice")),
    ),
    "github-pages": (
        header(
            "Authorization",
            f"Bearer {SECRET}",
            "/repos/octocat/site",
            {"id": 7, "full_name": "octocat/site"},
        ),
        *("api_url", {"repository": "octocat/site"}, {"access_token": SECRET}),
        ("7", "octocat/site"),
    ),
}


def found(key, password=SECRET):
    answer, address, config, auth, _ = SERVICES[key]
    auth = {name: password if value == SECRET else value for name, value in auth.items()}
    with Web(answer) as web:
        return run(key, {address: web.url, **config}, auth)


@pytest.mark.parametrize("key", SERVICES)
def test_right_credentials_work_and_name_the_account(key):
    finding = found(key)
    assert finding.state == "ok", finding.message
    assert (finding.account.id, finding.account.label) == SERVICES[key][4]


@pytest.mark.parametrize("key", SERVICES)
def test_wrong_credentials_are_refused_and_not_shown(key):
    finding = found(key, "canary-other")
    assert finding.state == "auth_failed", finding.message
    assert "canary" not in finding.message


@pytest.mark.parametrize(("number", "state"), [("+4915112345678", "ok"), ("+49151999", None)])
def test_signal_knows_only_its_own_numbers(number, state):
    def reply(asked):
        known = unquote(asked.path) == "/v1/groups/+4915112345678"
        return Reply(200, []) if known else Reply(400, {"error": "unregistered user"})

    with Web(reply) as web:
        finding = run("signal", {"api_url": web.url, "number": number}, {})
    assert (finding.state == "ok") == (state == "ok"), finding.message
