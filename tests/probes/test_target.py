"""The place to publish in, and the right to: what a probe's target says after the credentials."""

import asyncio

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.http_server import Reply, Web

pytestmark = pytest.mark.slow  # servers

NOT_TRIED = "the credentials work; that they may publish was not tried"
MAY = "the credentials work, and they may publish"
REACH = "the credentials work in the place to publish in; that they may publish was not tried"
HTML = {"Content-Type": "text/html"}


def run(spec, config, auth=None, key="sample"):
    async def whole():
        async with open_network(tls_context()) as network:
            values = Values(config, auth or {"token": "canary-token"})
            return await run_probe(key, spec, values, network, 5)

    return asyncio.run(whole())


def ask(place, target, me=None, **config):
    """Return the finding where the account answers `me`, and the place `place`; and the paths."""

    def answer(asked):
        return Reply(200, me or {"id": "7"}) if asked.path == "/me" else place

    with Web(answer) as web:
        spec = {
            "protocol": "https",
            "method": "GET",
            "url": "{config.url}/me",
            "send": {"as": "bearer", "value": "{auth.token}"},
            "expect_status": 200,
            "identity": {"id": "id", "label": None},
            "target": target,
        }
        found = run(spec, {"url": web.url, **config})
    return found, [(one.path, one.headers["Authorization"]) for one in web.requests[1:]]


ROOM = {"method": "GET", "url": "{config.url}/rooms/{config.room}"}


@pytest.mark.parametrize(
    ("target", "place", "state", "says"),
    [
        (ROOM, Reply(200, {}), "ok", REACH),
        (ROOM, Reply(404, {}), "invalid_config", "not for room: it does not exist"),
        (ROOM, Reply(403, {}), "insufficient_scope", "(status 403)"),
        (ROOM, Reply(400, {}), "invalid_config", "(status 400)"),
        (ROOM, Reply(401, {}), "invalid_config", "(status 401)"),
        (ROOM, Reply(429, {}), "rate_limited", "too many requests"),
        (ROOM, Reply(503, {}), "unreachable", "not available"),
        (ROOM, Reply(403, b"<html>no", HTML), "invalid_config", "a web page came instead"),
        ({**ROOM, "unclear_status": [403]}, Reply(403, {}), "ok", NOT_TRIED),
        ({**ROOM, "refused": "insufficient_scope"}, Reply(404, {}), "insufficient_scope", "404"),
        ({**ROOM, "expect": {"in": "{config.room}"}}, Reply(200, {"in": ["a", "b"]}), "ok", REACH),
        (
            {**ROOM, "expect": {"in": "{config.room}"}},
            Reply(200, {"in": ["b"]}),
            "invalid_config",
            "does not exist",
        ),
        ({**ROOM, "expect": {"ok": True}}, Reply(200, {"ok": False}), "invalid_config", "exist"),
        ({**ROOM, "needs": "may.post"}, Reply(200, {"may": {"post": True}}), "ok", MAY),
        ({**ROOM, "needs": "$.may.post"}, Reply(200, {"may": {"post": True}}), "ok", MAY),
        (
            {**ROOM, "needs": ["may.post", "may.edit"]},
            Reply(200, {"may": {"post": True}}),
            "insufficient_scope",
            "may.edit is missing",
        ),
        ({**ROOM, "needs": "may.post"}, Reply(200, {"may": {}}), "insufficient_scope", "may.post"),
        ({**ROOM, "needs": "may.post"}, Reply(200, {}), "insufficient_scope", "may.post"),
    ],
    ids=str,
)
def test_target_is_asked_after_the_account(target, place, state, says):
    found, asked = ask(place, target, room="a")
    assert (found.state, found.step) == (state, "identity")
    assert says in found.message
    assert asked == [("/rooms/a", "Bearer canary-token")]
    assert found.http_status == (200 if state == "ok" else place.status)


def test_target_without_its_setting_is_not_asked():
    found, asked = ask(Reply(404, {}), ROOM)
    assert (found.state, found.message, asked) == ("ok", NOT_TRIED, [])
    found, asked = ask(Reply(404, {}), {**ROOM, "only_if": {"room": "!"}}, room="#a")
    assert (found.state, found.message, asked) == ("ok", NOT_TRIED, [])


@pytest.mark.parametrize(
    ("me", "state"),
    [
        ({"id": 7, "capabilities": {"publish_posts": True}}, "ok"),
        ({"id": 7, "capabilities": {"read": True}}, "insufficient_scope"),
        ({"id": 7, "capabilities": {"publish_posts": False}}, "insufficient_scope"),
        ({"id": 7}, "ok"),
    ],
)
def test_right_is_looked_for_in_the_first_answer(me, state):
    found, asked = ask(Reply(404, {}), {"needs": "capabilities.publish_posts"}, me)
    assert (found.state, asked) == (state, [])
    assert found.message == (MAY if "capabilities" in me else NOT_TRIED) or state != "ok"


def test_target_never_changes_anything():
    for method in ("PUT", "DELETE"):
        found, asked = ask(Reply(200, {}), {**ROOM, "method": method}, room="a")
        assert (found.state, asked) == ("invalid_config", [])


def test_subscriber_of_wordpress_may_not_publish():
    def site(asked):
        may = {"read": True} if "context=edit" in asked.path else None
        return Reply(200, {"id": 7, "name": "Reader", "capabilities": may})

    auth = {"username": "reader", "application_password": "canary-password"}
    with Web(site) as web:
        found = run(load("wordpress").probe, {"site_url": web.url}, auth, "wordpress")
    assert (found.state, found.fix.cure) == ("insufficient_scope", "account")


@pytest.mark.parametrize(("rooms", "state"), [(["!a:x"], "ok"), (["!b:x"], "invalid_config")])
def test_room_of_matrix_must_be_joined(rooms, state):
    def server(asked):
        whoami = {"user_id": "@bot:x"}
        return Reply(200, whoami if asked.path.endswith("whoami") else {"joined_rooms": rooms})

    with Web(server) as web:
        config = {"homeserver_url": web.url, "room_id": "!a:x"}
        found = run(load("matrix").probe, config, {"access_token": "canary-token"}, "matrix")
    assert found.state == state


def test_chat_of_telegram_must_exist():
    def server(asked):
        if asked.path.endswith("getMe"):
            return Reply(200, {"ok": True, "result": {"id": 1, "username": "bot"}})
        return Reply(400, {"ok": False, "description": "Bad Request: chat not found"})

    with Web(server) as web:
        config = {"api_base": web.url, "chat_id": "@nochannel"}
        found = run(load("telegram").probe, config, {"bot_token": "1:canary"}, "telegram")
    assert (found.state, found.detail) == ("invalid_config", "Bad Request: chat not found")
    assert found.fix.fields == ("chat_id",)


def test_repository_of_github_must_be_writable():
    def server(asked):
        if asked.path == "/user":
            return Reply(200, {"id": 1, "login": "alice"})
        assert asked.path == "/repos/octo/hello"
        return Reply(200, {"permissions": {"pull": True, "push": False}})

    with Web(server) as web:
        config = {"api_url": web.url, "repository": "octo/hello"}
        found = run(load("github").probe, config, {"access_token": "canary-token"}, "github")
    assert found.state == "insufficient_scope"
