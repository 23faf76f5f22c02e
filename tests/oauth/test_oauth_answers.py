"""What a token endpoint may answer, and what becomes of it."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
from authorization_server import AUTH, CLIENT_ID, CLIENT_SECRET, config_for, entry_for
from servers import Reply, Web

from connectors_cli import catalog, oauth
from connectors_cli.errors import ConnectorsError, InvalidInput, Rejected, Unreachable, UsageError
from connectors_cli.oauth import asking

REFRESH = "canary-refresh-token"
GOOD = {"access_token": "canary-access-token", "token_type": "Bearer", "expires_in": 3600}


def refresh(server, options=None, **said):
    auth = {**AUTH, "refresh_token": REFRESH}
    options = options or oauth.Options()
    return oauth.refresh(entry_for(server, **said), config_for(server), auth, options)


def answered(server, body, status=200, **headers):
    """What refreshing yields when the token endpoint answers this."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    server.replies["/token"] = [Reply(status, data, headers)]
    return refresh(server)


def seconds_left(granted):
    return (granted.expires_at - datetime.now(UTC)) / timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expires_in": "soon"}, "has expires_in that is no number of seconds"),
        ({"expires_in": True}, "has expires_in that is no number of seconds"),
        ({"expires_in": [3600]}, "has expires_in that is no number of seconds"),
        ({"expires_in": -1}, "has expires_in that makes no sense"),
        ({"expires_in": 0}, "has expires_in that makes no sense"),
        ({"expires_in": 1e99}, "has expires_in that makes no sense"),
        ({"expires_in": "9" * 30}, "has expires_in that makes no sense"),
        ({"expires_in": 10**400}, "has expires_in that makes no sense"),
        ({"expires_in": -(10**400)}, "has expires_in that makes no sense"),
        ({"expires_in": "-1"}, "has expires_in that is no number of seconds"),
        ({"expires_in": "0"}, "has expires_in that makes no sense"),
        ({"expires_in": ""}, "has expires_in that is no number of seconds"),
        ({"expires_in": {}}, "has expires_in that is no number of seconds"),
        ({"access_token": ""}, "has no access_token"),
        ({"access_token": None}, "has no access_token"),
        ({"access_token": 7}, "has access_token that is no token"),
        ({"access_token": "canary two"}, "has access_token that is no token"),
        ({"access_token": "canary\r\nX: y"}, "has access_token that is no token"),
        ({"access_token": "cänary"}, "has access_token that is no token"),
        ({"refresh_token": 7}, "has refresh_token that is no token"),
        ({"token_type": None}, "has no token_type"),
        ({"token_type": "mac"}, "has a token_type that is not Bearer"),
        ({"token_type": ""}, "has a token_type that is not Bearer"),
        ({"token_type": 1}, "has a token_type that is not Bearer"),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_sentence(server, changes, problem):
    with pytest.raises(InvalidInput) as caught:
        answered(server, {**GOOD, **changes})
    assert caught.value.message == f"the answer of Example {problem}: nothing of it is kept"


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><p>canary</p>",
        b"",
        b"null",
        b"[]",
        b'"canary"',
        b"{",
        b'{"access_token": "canary", "expires_in": NaN}',
        b'{"access_token": "canary", "expires_in": Infinity}',
        b"[" * 100_000,
        b"access_token=canary&token_type=bearer",
        b"\xff\xfe",
    ],
)
def test_what_is_no_json_object_is_one_sentence(server, body):
    with pytest.raises(InvalidInput) as caught:
        answered(server, body)
    assert caught.value.message == "Example answers with status 200 and no JSON object"


@pytest.mark.parametrize(
    ("body", "status", "error", "text"),
    [
        ({"error": "invalid_grant"}, 400, Rejected, "what was granted is no longer good"),
        ({"error": "invalid_client"}, 401, Rejected, "the app's ID or secret is refused"),
        ({"error": "access_denied"}, 403, Rejected, "the sign-in was not allowed"),
        ({"error": "invalid_scope"}, 400, InvalidInput, "a scope is not allowed"),
        ({"error": "unsupported_grant_type"}, 400, InvalidInput, "unsupported_grant_type"),
        ({"error": "odd_word"}, 418, Rejected, "answers odd_word"),
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
        (b"<html>", 404, InvalidInput, "status 404: there is no such page"),
        ({"status": 404, "error": "Not Found"}, 404, InvalidInput, "there is no such page"),
        (b"<html>", 401, Rejected, "status 401 and no reason"),
    ],
)
def test_a_refusal_is_one_sentence_with_its_exit_code(server, body, status, error, text):
    with pytest.raises(error, match=text) as caught:
        answered(server, body, status)
    assert caught.value.message.isprintable()
    assert caught.value.exit_code == {Rejected: 9, Unreachable: 8, InvalidInput: 3}[error]


def test_what_a_type_says_of_its_errors_tells_a_dead_grant_from_a_bad_request(server):
    reply = Reply(400, {"error": "invalid_request", "error_description": "the token was invalid"})
    server.replies["/token"] = [reply, reply]
    with pytest.raises(Rejected, match="no longer good: Example answers invalid_request"):
        refresh(server, refresh_ended=["invalid_request"])
    with pytest.raises(InvalidInput):
        refresh(server)


def test_at_signing_in_the_same_error_is_of_the_request(server, sign_in):
    server.replies["/token"] = [Reply(400, {"error": "invalid_request"})]
    with pytest.raises(InvalidInput, match="the service says no"):
        sign_in(refresh_ended=["invalid_request"])


@pytest.mark.parametrize("key", ["twitter", "linkedin"])
def test_services_that_say_invalid_request_of_a_dead_grant_have_it_in_their_data(key):
    assert catalog.load(key).oauth["refresh_ended"] == ["invalid_request"]


def test_what_a_refusal_quotes_is_masked_cleaned_and_cut(server):
    said = f"\x1b]0;x\x07{REFRESH} of {CLIENT_SECRET}\r\n[bold]no[/] {'y' * 500}"
    with pytest.raises(Rejected) as caught:
        answered(server, {"error": "invalid_grant", "error_description": said}, 400)
    message = caught.value.message
    assert message.isprintable()
    assert len(message) < 350
    assert "canary" not in message
    assert "*** of *** [bold]no[/] yyy" in message


def test_the_right_answer_is_kept_as_the_fields_that_the_type_has(server):
    granted = answered(server, {**GOOD, "id_token": "canary-id", "scope": "read write read"})
    assert set(granted.auth) == {"access_token", "expires_at"}
    assert granted.scopes == ("read", "write")
    assert 3500 < seconds_left(granted) <= 3600


@pytest.mark.parametrize("value", [3600, "3600", "03600", 3600.0, 3599.9])
def test_a_lifetime_may_be_text_or_have_a_point(server, value):
    assert 3500 < seconds_left(answered(server, {**GOOD, "expires_in": value})) <= 3600


def test_a_lifetime_that_is_not_said_is_that_of_the_type_or_none(server):
    body = {"access_token": "token-1", "token_type": "Bearer"}
    server.replies["/token"] = [Reply(200, body), Reply(200, body)]
    assert 7100 < seconds_left(refresh(server, token_lifetime_s=7200)) <= 7200
    granted = refresh(server)
    assert granted.expires_at is None
    assert granted.auth == {"access_token": "token-1"}


def test_a_token_type_may_be_the_types_own_and_left_out_where_the_type_says_so(server):
    server.replies["/token"] = [Reply(200, {"access_token": "t", "token_type": "bot"})]
    assert refresh(server, token_type="bot").auth["access_token"] == "t"
    server.replies["/token"] = [Reply(200, {"access_token": "t"})]
    assert refresh(server, token_type=None).auth["access_token"] == "t"


@pytest.mark.parametrize("following", ["", None])
def test_an_empty_refresh_token_does_not_replace_one(server, following):
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
def test_a_redirect_carries_nothing_elsewhere(server, status):
    with Web(lambda _: Reply(200, GOOD)) as other:
        with pytest.raises(InvalidInput, match=r"redirects to 127\.0\.0\.1: that is not followed"):
            answered(server, b"", status, Location=f"{other.url}/token?x=canary")
        assert other.requests == []


def test_more_than_a_mebibyte_is_not_read(server):
    with pytest.raises(ConnectorsError, match="more than 1 MiB"):
        answered(server, b" " * (1024 * 1024 + 1))


def test_a_server_that_is_not_there_can_be_tried_again(server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(Unreachable) as caught:
            refresh(server, token_url=f"{url}/token")
    assert caught.value.exit_code == 8


def test_a_service_that_says_nothing_is_given_up(server, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.2)
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
def test_tokens_go_to_https_or_this_machine_alone(server, url):
    with pytest.raises(InvalidInput) as caught:
        refresh(server, token_url=url)
    assert "canary" not in caught.value.message
    assert not server.seen


def test_an_app_without_an_id_is_told_so(server):
    config = {"server_url": server.url}
    auth = {"refresh_token": REFRESH}
    with pytest.raises(InvalidInput, match="needs client_id, and it is not set"):
        oauth.refresh(entry_for(server), config, auth, oauth.Options())


def test_a_secret_that_no_header_can_hold_is_told_so(server):
    auth = {"client_secret": "can\u0151ary", "refresh_token": REFRESH}
    with pytest.raises(InvalidInput, match="a character that none has"):
        oauth.refresh(entry_for(server), config_for(server), auth, oauth.Options())


def test_refreshing_rotates_and_a_token_used_twice_ends_the_family(server):
    first = {**AUTH, **server.issue()}
    entry, config = entry_for(server), config_for(server)
    second = oauth.refresh(entry, config, first, oauth.Options()).auth
    assert server.accepts(second["access_token"])
    with pytest.raises(Rejected) as caught:
        oauth.refresh(entry, config, first, oauth.Options())
    assert caught.value.exit_code == 9
    assert not server.accepts(second["access_token"])


def test_a_refresh_needs_a_refresh_token(server):
    entry = entry_for(server)
    assert not oauth.can_refresh(entry, {"access_token": "t", "refresh_token": ""})
    assert oauth.can_refresh(entry, {"refresh_token": "t"})
    with pytest.raises(Rejected, match="there is no refresh token for Example"):
        oauth.refresh(entry, config_for(server), AUTH, oauth.Options())
    assert not server.seen


def test_a_token_that_is_there_already_is_taken_as_it_is(server):
    granted = oauth.from_token(entry_for(server), " token-1\n", "token-2")
    assert granted.auth == {"access_token": "token-1", "refresh_token": "token-2"}
    assert granted.expires_at is None
    for text in ("", " ", "canary two", "can\0ary"):
        with pytest.raises(InvalidInput) as caught:
            oauth.from_token(entry_for(server), text)
        assert "canary" not in caught.value.message


def test_every_text_that_goes_out_and_comes_in_stays_out_of_errors(server, sign_in):
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


def test_a_type_without_a_sign_in_says_so(server):
    entry = entry_for(server)
    bare = type(entry)("plain", "Plain", "api_key", entry.config_schema, entry.auth_schema)
    assert oauth.methods(bare) == ()
    with pytest.raises(UsageError, match="has no sign-in"):
        oauth.sign_in(bare, {}, {}, oauth.Options(), None)
    with pytest.raises(UsageError, match="has no sign-in"):
        oauth.from_token(bare, "t")
    with pytest.raises(UsageError) as caught:
        oauth.sign_in(entry, {}, {}, oauth.Options(method="fax"), None)
    assert caught.value.hint == "use one of: browser, device, paste, token"
