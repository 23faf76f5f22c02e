"""The answers of a token endpoint."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.errors import ConnectorsError, InvalidInput, Rejected, Unreachable, UsageError
from connectors_cli.oauth import actions, transport
from connectors_cli.oauth.answers import NoBearer
from connectors_cli.oauth.contract import Options
from support.http_server import Reply, Web
from support.oauth_server import AUTH, CLIENT_ID, CLIENT_SECRET, config_for, entry_for

REFRESH = "canary-refresh-token"
GOOD = {"access_token": "canary-access-token", "token_type": "Bearer", "expires_in": 3600}


def refresh(server, options=None, **said):
    auth = {**AUTH, "refresh_token": REFRESH}
    options = options or Options()
    return actions.refresh(entry_for(**said), config_for(server), auth, options)


def answered(server, body, status=200, **headers):
    """Return the result of a refresh that gets this answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    server.replies["/token"] = [Reply(status, data, headers)]
    return refresh(server)


def seconds_left(granted):
    return (granted.expires_at - datetime.now(UTC)) / timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"access_token": ""}, "has no access_token"),
        ({"access_token": None}, "has no access_token"),
        ({"access_token": 7}, "has an invalid access_token"),
        ({"access_token": "canary two"}, "has an invalid access_token"),
        ({"access_token": "canary\r\nX: y"}, "has an invalid access_token"),
        ({"access_token": "canary" * 5000}, "has more than 16 KiB in access_token"),
        ({"access_token": "cänary"}, "has an invalid access_token"),
    ],
)
def test_malformed_answer_is_one_sentence(server, changes, problem):
    with pytest.raises(InvalidInput) as caught:
        answered(server, {**GOOD, **changes})
    assert caught.value.message == f"the answer of Example {problem}; it was discarded"


SENSELESS = ["soon", True, [3600], -1, 0, 1e99, "9" * 30, 10**400, -(10**400), "-1", "0", "", {}]


@pytest.mark.parametrize(
    "changes",
    [
        *({"expires_in": value} for value in SENSELESS),
        {"expires_in": float("nan")},
        {"expires_in": float("inf")},
        {"token_type": None},
        {"token_type": ""},
        {"token_type": 1},
        {"token_type": " BEARER"},
        {"scope": "read " * 5000},
        {"scope": {"read": 1}},
    ],
    ids=str,
)
def test_tokens_are_kept_whatever_else_an_answer_says(server, changes):
    body = {**GOOD, "access_token": "AT-2", "refresh_token": "RT-2", **changes}
    granted = answered(server, json.dumps(body).encode(), token_lifetime_s=None)
    assert (granted.auth["access_token"], granted.auth["refresh_token"]) == ("AT-2", "RT-2")
    assert (granted.expires_at is None) is ("expires_in" in changes)


@pytest.mark.parametrize("value", ["canary" * 5000, 7, "two words", "\n"])
def test_refresh_token_that_cannot_be_sent_does_not_cost_the_access_token(server, value):
    granted = answered(server, {**GOOD, "access_token": "AT-2", "refresh_token": value})
    assert granted.auth["access_token"] == "AT-2"
    assert "refresh_token" not in granted.auth


@pytest.mark.parametrize("kind", ["mac", "DPoP", "N_A"])
def test_token_of_another_type_is_refused_but_its_refresh_token_kept(server, kind):
    with pytest.raises(NoBearer) as caught:
        answered(server, {**GOOD, "refresh_token": "RT-2", "token_type": kind})
    assert caught.value.renewed.auth == {"refresh_token": "RT-2"}


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><p>canary</p>",
        b"",
        b"null",
        b"[]",
        b'"canary"',
        b"{",
        b"[" * 100_000,
        b"access_token=canary&token_type=bearer",
        b"\xff\xfe",
    ],
)
def test_answer_without_a_json_object_is_one_sentence(server, body):
    with pytest.raises(InvalidInput) as caught:
        answered(server, body)
    assert caught.value.message == "Example answered with status 200 without a JSON object"


@pytest.mark.parametrize(
    ("body", "status", "error", "text"),
    [
        ({"error": "invalid_grant"}, 400, Rejected, "the grant expired or was revoked"),
        (
            {"error": "invalid_client"},
            401,
            Rejected,
            "the service rejected the app's client ID or secret",
        ),
        ({"error": "access_denied"}, 403, Rejected, "the sign-in was denied"),
        ({"error": "invalid_scope"}, 400, InvalidInput, "a scope is not allowed"),
        ({"error": "unsupported_grant_type"}, 400, InvalidInput, "unsupported_grant_type"),
        ({"error": "odd_word"}, 418, Rejected, "answered odd_word"),
        ({"error": "bad_refresh_token", "error_description": "x"}, 200, Rejected, r"\(x\)$"),
        ({"ok": False, "error": "invalid_code"}, 200, Rejected, "invalid_code"),
        ({"error": {"message": "m", "type": "OAuthException"}}, 400, Rejected, r"on \(m\)$"),
        ({"error_type": "OAuthException", "error_message": "m"}, 400, Rejected, r"\(m\)$"),
        ({"message": "Unauthorized", "error": 401}, 401, Rejected, r"401 \(Unauthorized\)$"),
        ({"code": 3, "message": "no"}, 401, Rejected, r"\(status 401\): no$"),
        ({"error": "temporarily_unavailable"}, 400, Unreachable, "temporarily_unavailable"),
        ({"error": "server_error"}, 500, Unreachable, "status 500"),
        (b"<html>", 503, Unreachable, "status 503"),
        (b"", 429, Unreachable, "status 429"),
        (b"<html>", 404, InvalidInput, "status 404: page not found"),
        ({"status": 404, "error": "Not Found"}, 404, InvalidInput, "page not found"),
        (b"<html>", 401, InvalidInput, "a web page came instead"),
    ],
)
def test_refusal_is_one_sentence_with_its_exit_code(server, body, status, error, text):
    with pytest.raises(error, match=text) as caught:
        answered(server, body, status)
    assert caught.value.message.isprintable()
    assert caught.value.exit_code == {Rejected: 9, Unreachable: 8, InvalidInput: 3}[error]


def test_refresh_ended_tells_an_expired_grant_from_a_bad_request(server):
    reply = Reply(400, {"error": "invalid_request", "error_description": "the token was invalid"})
    server.replies["/token"] = [reply, reply]
    with pytest.raises(Rejected, match="expired or was revoked: Example answered invalid_request"):
        refresh(server, refresh_ended=["invalid_request"])
    with pytest.raises(InvalidInput):
        refresh(server)


def test_refresh_ended_does_not_apply_to_a_sign_in(server, sign_in):
    server.replies["/token"] = [Reply(400, {"error": "invalid_request"})]
    with pytest.raises(InvalidInput, match="the service refused"):
        sign_in(refresh_ended=["invalid_request"])


@pytest.mark.parametrize("key", ["twitter", "linkedin"])
def test_services_that_answer_invalid_request_for_an_expired_grant_say_so_in_their_entry(key):
    assert load(key).oauth["refresh_ended"] == ["invalid_request"]


def test_quoted_refusal_is_masked_cleaned_and_shortened(server):
    said = f"\x1b]0;x\x07{REFRESH} of {CLIENT_SECRET}\r\n[bold]no[/] {'y' * 500}"
    with pytest.raises(Rejected) as caught:
        answered(server, {"error": "invalid_grant", "error_description": said}, 400)
    message = caught.value.message
    assert message.isprintable()
    assert len(message) < 350
    assert "canary" not in message
    assert "*** of *** [bold]no[/] yyy" in message


def test_only_fields_of_the_type_are_kept(server):
    granted = answered(server, {**GOOD, "id_token": "canary-id", "scope": "read write read"})
    assert set(granted.auth) == {"access_token", "expires_at"}
    assert granted.scopes == ("read", "write")
    assert 3500 < seconds_left(granted) <= 3600


@pytest.mark.parametrize("value", [3600, "3600", "03600", 3600.0, 3599.9, "3600 "])
def test_lifetime_can_be_text_or_a_float(server, value):
    assert 3500 < seconds_left(answered(server, {**GOOD, "expires_in": value})) <= 3600


def test_missing_lifetime_is_that_of_the_type_or_none(server):
    body = {"access_token": "token-1", "token_type": "Bearer"}
    server.replies["/token"] = [Reply(200, body), Reply(200, body)]
    assert 7100 < seconds_left(refresh(server, token_lifetime_s=7200)) <= 7200
    granted = refresh(server)
    assert granted.expires_at is None
    assert granted.auth == {"access_token": "token-1"}


def test_token_type_can_be_the_types_own_or_missing_if_the_type_says_so(server):
    server.replies["/token"] = [Reply(200, {"access_token": "t", "token_type": "bot"})]
    assert refresh(server, token_type="bot").auth["access_token"] == "t"
    server.replies["/token"] = [Reply(200, {"access_token": "t"})]
    assert refresh(server, token_type=None).auth["access_token"] == "t"


@pytest.mark.parametrize("following", ["", None])
def test_empty_refresh_token_does_not_replace_the_old_one(server, following):
    assert "refresh_token" not in answered(server, {**GOOD, "refresh_token": following}).auth


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [("a,b", ("a", "b")), (["a", "b"], ("a", "b")), ("", ()), (None, ()), (7, ())],
)
def test_scopes_come_in_several_shapes(server, scope, scopes):
    assert answered(server, {**GOOD, "scope": scope}).scopes == scopes


def test_no_repr_shows_a_token(server):
    assert "canary" not in repr(answered(server, {**GOOD, "refresh_token": "canary-2"}))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(server, status):
    with Web(lambda _: Reply(200, GOOD)) as other:
        with pytest.raises(InvalidInput, match=r"redirects to 127\.0\.0\.1, which is not followed"):
            answered(server, b"", status, Location=f"{other.url}/token?x=canary")
        assert other.requests == []


def test_more_than_a_mebibyte_is_not_read(server):
    with pytest.raises(ConnectorsError, match="more than 1 MiB"):
        answered(server, b" " * (1024 * 1024 + 1))


def test_unreachable_server_is_a_temporary_error(server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Unreachable) as caught:
            refresh(server, token_url=f"{url}/token")
    assert caught.value.exit_code == 8


def test_silent_service_times_out(server, monkeypatch):
    monkeypatch.setattr(transport, "SECONDS", 0.2)
    over = threading.Event()
    server.replies["/token"] = [Reply(body=lambda _: over.wait(20))]
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 seconds"):
        refresh(server)
    over.set()


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example/token",
        "http://169.254.169.254/token",
        "https://169.254.169.254/token",
        "https://user:canary@service.example/token",
        "file:///etc/passwd",
        "{config.client_id}/token",
    ],
)
def test_tokens_are_sent_only_to_https_or_this_machine(server, url):
    with pytest.raises(InvalidInput) as caught:
        refresh(server, token_url=url)
    assert "canary" not in caught.value.message
    assert not server.seen


def test_missing_client_id_is_an_error(server):
    config = {"server_url": server.url}
    auth = {"refresh_token": REFRESH}
    with pytest.raises(InvalidInput, match="needs client_id, and it is not set"):
        actions.refresh(entry_for(), config, auth, Options())


def test_secret_that_does_not_fit_in_a_header_is_an_error(server):
    auth = {"client_secret": "can\u0151ary", "refresh_token": REFRESH}
    with pytest.raises(InvalidInput, match="contains an invalid character"):
        actions.refresh(entry_for(), config_for(server), auth, Options())


def test_refresh_rotates_and_reuse_revokes_the_family(server):
    first = {**AUTH, **server.issue()}
    entry, config = entry_for(), config_for(server)
    second = actions.refresh(entry, config, first, Options()).auth
    assert server.accepts(second["access_token"])
    with pytest.raises(Rejected) as caught:
        actions.refresh(entry, config, first, Options())
    assert caught.value.exit_code == 9
    assert not server.accepts(second["access_token"])


def test_refresh_needs_a_refresh_token(server):
    entry = entry_for()
    assert not actions.can_refresh(entry, {"access_token": "t", "refresh_token": ""})
    assert actions.can_refresh(entry, {"refresh_token": "t"})
    with pytest.raises(Rejected, match="no refresh token for Example"):
        actions.refresh(entry, config_for(server), AUTH, Options())
    assert not server.seen


def test_existing_token_is_accepted_unchanged(server):
    granted = actions.from_token(entry_for(), " token-1\n", "token-2")
    assert granted.auth == {"access_token": "token-1", "refresh_token": "token-2"}
    assert granted.expires_at is None
    for text in ("", " ", "canary two", "can\0ary"):
        with pytest.raises(InvalidInput) as caught:
            actions.from_token(entry_for(), text)
        assert "canary" not in caught.value.message


def test_no_sent_or_received_text_is_in_an_error(server, sign_in):
    quoted = []

    class Quoting(list):
        def __bool__(self):
            return True

        def pop(self, _):
            form = server.forms("/token")[-1]
            quoted.extend([form["code"], form["code_verifier"], CLIENT_SECRET])
            said = f"{' '.join(quoted)} for {CLIENT_ID}"
            return Reply(400, {"error": "invalid_grant", "error_description": said})

    server.replies["/token"] = Quoting()
    with pytest.raises(Rejected) as caught:
        sign_in()
    assert caught.value.message.endswith(f"(*** *** *** for {CLIENT_ID})")
    assert len(quoted) == 3


def test_type_without_a_sign_in_is_an_error(server):
    entry = entry_for()
    bare = type(entry)("plain", "Plain", "api_key", entry.config_schema, entry.auth_schema)
    assert actions.methods(bare) == ()
    with pytest.raises(UsageError, match="has no sign-in"):
        actions.sign_in(bare, {}, {}, Options(), None)
    with pytest.raises(UsageError, match="has no sign-in"):
        actions.from_token(bare, "t")
    with pytest.raises(UsageError) as caught:
        actions.sign_in(entry, {}, {}, Options(method="fax"), None)
    assert caught.value.hint == "use one of: browser, device, paste, token"


def test_answer_of_a_firewall_does_not_end_the_sign_in(server):
    page = Reply(403, b"<html>Blocked</html>", {"Content-Type": "text/html"})
    challenge = Reply(503, b"<html>Wait</html>", {"cf-mitigated": "challenge"})
    for reply in (page, challenge, Reply(501, {})):
        server.replies["/token"] = [reply]
        with pytest.raises(InvalidInput):
            refresh(server)
