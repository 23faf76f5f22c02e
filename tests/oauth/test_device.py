"""The device flow: what is shown, how often it polls, and how it ends."""

import asyncio

import pytest

from connectors_cli.errors import InvalidInput, Rejected, Unreachable
from connectors_cli.oauth import actions, device
from connectors_cli.oauth.contract import Options
from connectors_cli.oauth.provider import Provider
from support.http_server import Reply
from support.oauth_server import AUTH, config_for, entry_for
from support.sign_in_dialogs import Person

pytestmark = pytest.mark.slow  # servers

DEVICE = Options(method="device")


def provider(server, options=DEVICE, **said):
    return Provider(entry_for(**said), config_for(server), AUTH, options)


def polled(server, options=DEVICE, **said):
    """Poll without waiting; return the result and the pauses."""
    asking = provider(server, options, **said)
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    found = device.start(asking)
    try:
        return asyncio.run(device.poll(asking, found, sleep)), pauses
    except (Rejected, Unreachable, InvalidInput) as error:
        return error, pauses


def test_code_is_shown_and_entered_elsewhere(server, sign_in):
    server.device_interval = 1
    person = Person()
    granted = sign_in(person, DEVICE)
    assert server.accepts(granted.auth["access_token"])
    ((code, url, complete, seconds),) = person.codes
    assert (url, complete) == (f"{server.url}/activate", f"{server.url}/activate?user_code={code}")
    assert seconds == 600
    assert server.requests["token:device_code"] == 1
    assert "client_secret" not in server.forms("/device")[0]


def test_polling_follows_the_interval_of_the_service(server):
    server.device_says = ["pending", "pending", "slow_down", "pending", "slow_down", "pending"]
    granted, pauses = polled(server)
    assert server.accepts(granted.auth["access_token"])
    assert pauses == [5, 5, 5, 10, 10, 15, 15]
    assert server.requests["token:device_code"] == 7


def test_denial_ends_polling(server):
    server.device_says = ["pending", "denied"]
    error, pauses = polled(server)
    assert isinstance(error, Rejected)
    assert error.message.startswith("the sign-in was denied: Example answered access_denied")
    assert pauses == [5, 5]


def test_expired_code_ends_polling(server):
    server.device_says = ["pending", "expired"]
    error, pauses = polled(server)
    assert isinstance(error, Unreachable)
    assert error.message == "the code expired before it was entered"
    assert pauses == [5, 5]
    assert server.requests["token:device_code"] == 2


def test_code_that_the_service_calls_expired_ends_the_wait_at_any_time_limit(server):
    server.replies["/token"] = [Reply(400, {"error": "expired_token"})]
    error, pauses = polled(server, Options(method="device", timeout=15))
    assert error.message == "the code expired before it was entered"
    assert "--method device" in error.hint
    assert pauses == [5]


def test_polling_ends_when_the_code_expires(server):
    server.device_says = ["pending"] * 20
    server.device_expires_in = 12
    error, pauses = polled(server)
    assert isinstance(error, Unreachable)
    assert pauses == [5, 5, 2]
    assert server.requests["token:device_code"] == 3


def test_polling_ends_at_the_time_limit(server):
    server.device_says = ["pending"] * 20
    error, pauses = polled(server, Options(method="device", timeout=7))
    assert pauses == [5, 2]
    assert error.message == "nobody signed in within 7 seconds"


def test_unavailable_service_is_polled_less_often(server):
    server.replies["/token"] = [Reply(503, b""), Reply(429, b"")]
    granted, pauses = polled(server)
    assert server.accepts(granted.auth["access_token"])
    assert pauses == [5, 10, 20]


@pytest.mark.parametrize(
    ("interval", "pause"),
    [(0, 1), (0.2, 1), (-3, 5), ("2", 5), (None, 5), (True, 5), (1e99, 5), (7, 7), (2.5, 2.5)],
)
def test_invalid_interval_is_replaced_by_the_default(server, interval, pause):
    server.device_interval = interval
    _, pauses = polled(server)
    assert pauses == [pause]


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "odd"])
def test_any_other_refusal_ends_polling(server, error):
    server.replies["/token"] = [Reply(400, {"error": error})]
    found, pauses = polled(server)
    assert isinstance(found, Rejected)
    assert len(pauses) == 1


def test_malformed_token_answer_ends_polling(server):
    server.replies["/token"] = [Reply(200, b"<html>canary</html>")]
    found, _ = polled(server)
    assert isinstance(found, InvalidInput)
    assert "canary" not in found.message


def test_field_name_of_the_address_and_scopes_come_from_the_entry(server):
    server.replies["/device"] = [
        Reply(200, {"device_code": "d", "user_code": "AB-CD", "verification_url": server.url})
    ]
    spec = {
        "url": "{config.server_url}/device",
        "standard": True,
        "verification_field": "verification_url",
        "scopes": ["few"],
        "client_auth": "none",
    }
    found = device.start(provider(server, device_authorization=spec))
    assert (found.user_code, found.url, found.complete_url) == ("AB-CD", server.url, None)
    assert (found.interval, found.expires_in) == (5, 86400)
    assert server.forms("/device")[0] == {"client_id": "client-1", "scope": "few"}


def test_client_authenticates_when_it_requests_a_code(server):
    device.start(provider(server))
    assert server.seen[-1].headers["Authorization"].startswith("Basic ")


def test_secret_is_not_sent_if_it_is_not_needed(server):
    spec = {"url": "{config.server_url}/device", "standard": True, "client_secret_needed": False}
    polled(server, device_authorization=spec)
    assert server.seen[-1].headers["Authorization"] is None
    assert server.forms("/token")[0]["client_id"] == "client-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"device_code": None},
        {"user_code": ""},
        {"user_code": "A\x1b[31mB"},
        {"verification_uri": None},
        {"verification_uri": "http://evil.example/"},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri_complete": "https://user@evil.example/"},
    ],
)
def test_codes_and_addresses_that_cannot_be_shown_are_refused(server, changes):
    body = {"device_code": "canary", "user_code": "AB-CD", "verification_uri": server.url}
    server.replies["/device"] = [Reply(200, {**body, **changes})]
    with pytest.raises(InvalidInput) as caught:
        device.start(provider(server))
    assert "canary" not in caught.value.message
    assert server.requests["token"] == 0


def test_address_that_is_too_long_to_show_is_refused(server):
    url = f"https://example.com/{'a' * 3000}"
    reply = {"device_code": "d", "user_code": "u", "verification_uri": url}
    server.replies["/device"] = [Reply(200, reply)]
    with pytest.raises(InvalidInput, match="too long to show"):
        device.start(provider(server))


def test_non_standard_device_flow_is_not_offered(server):
    spec = {"url": "{config.server_url}/device", "standard": False}
    assert "device" not in actions.methods(entry_for(device_authorization=spec))
