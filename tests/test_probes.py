"""Probes: each way to send a credential, right and wrong, and what every answer means."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest
from servers import Reply, Web, wordpress

from connectors_cli import catalog
from connectors_cli.http import trust
from connectors_cli.probes.network import open_network
from connectors_cli.probes.running import run_probe
from connectors_cli.probes.values import Values

TOKEN = "canary-token"
ME = {"id": "7", "login": "alice"}
PAGE = Reply(200, b"<!DOCTYPE html><title>Hello</title>", {"Content-Type": "text/html"})
LOGIN_FORM = b'<html><form><input type="password"></form>'
LOGIN_PAGE = Reply(200, LOGIN_FORM, {"Content-Type": "text/html"})


def probe(url, send, **more):
    return {
        "protocol": "https",
        "method": "GET",
        "url": url,
        "send": send,
        "expect_status": 200,
        "identity": {"id": "id", "label": "login"},
        **more,
    }


def run(spec, config=None, auth=None, *, key="sample", seconds=5.0, ca_file=None, **network):
    async def whole():
        async with open_network(trust(ca_file), **network) as made:
            values = Values(config or {}, auth or {})
            return await run_probe(key, spec, values, made, seconds)

    return asyncio.run(whole())


def ask(answer, config=None, auth=None, **more):
    """Run a bearer probe against a server that answers this."""
    with Web(answer if callable(answer) else lambda _: answer) as web:
        seconds, key = more.pop("seconds", 5.0), more.pop("key", "sample")
        send = more.pop("send", {"as": "bearer", "value": "{auth.token}"})
        spec = probe(more.pop("url", "{config.url}/me"), send, **more)
        config = {"url": web.url, **(config or {})}
        return run(spec, config, auth or {"token": TOKEN}, seconds=seconds, key=key)


def jwt_is_signed(asked):
    scheme, _, token = (asked.headers["Authorization"] or "").partition(" ")
    head, claims, signature = token.split(".")
    expected = hmac.digest(bytes.fromhex("ab" * 32), f"{head}.{claims}".encode(), hashlib.sha256)
    decoded = json.loads(base64.urlsafe_b64decode(head + "=="))
    return (scheme, decoded["kid"], unpadded(expected)) == ("Ghost", "key-id", signature)


def unpadded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


JWT = {
    "as": "jwt",
    "header": "Authorization",
    "value": "Ghost {jwt}",
    "alg": "HS256",
    "key": "{auth.token|after(':')|unhex}",
    "kid": "{auth.token|before(':')}",
    "claims": {"aud": "/admin/"},
    "lifetime_s": 300,
}
WAYS = {
    "bearer": (
        {"send": {"as": "bearer", "value": "{auth.token}"}},
        lambda asked: asked.headers["Authorization"] == f"Bearer {TOKEN}",
    ),
    "basic": (
        {"send": {"as": "basic", "username": "api", "password": "{auth.token}"}},
        lambda asked: (
            base64.b64decode(asked.headers["Authorization"][6:]).decode() == f"api:{TOKEN}"
        ),
    ),
    "header": (
        {"send": {"as": "header", "name": "X-Api-Key", "value": "Key {auth.token}"}},
        lambda asked: asked.headers["X-Api-Key"] == f"Key {TOKEN}",
    ),
    "query": (
        {
            "send": {"as": "query", "name": "access_token", "value": "{auth.token}"},
            "query": {"fields": "id,name"},
        },
        lambda asked: asked.path.endswith(f"fields=id%2Cname&access_token={TOKEN}"),
    ),
    "path": (
        {"send": {"as": "path"}, "url": "{config.url}/bot{auth.token}/getMe"},
        lambda asked: asked.path == f"/bot{TOKEN}/getMe",
    ),
    "url": (
        {"send": {"as": "url"}, "url": "{config.url}/hooks/{auth.token}"},
        lambda asked: asked.path == f"/hooks/{TOKEN}",
    ),
    "body": (
        {"send": {"as": "body"}, "method": "POST", "body": {"password": "{auth.token}"}},
        lambda asked: json.loads(asked.body) == {"password": TOKEN},
    ),
    "form": (
        {
            "send": {"as": "body"},
            "method": "POST",
            "body": {"password": "{auth.token}"},
            "body_format": "form",
        },
        lambda asked: asked.body == f"password={TOKEN}".encode(),
    ),
    "jwt": ({"send": JWT}, jwt_is_signed),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_credential_is_sent_as_the_entry_says(way, right):
    more, accepts = WAYS[way]
    token = TOKEN
    if way == "jwt":
        token = "key-id:" + ("ab" if right else "cd") * 32
    elif not right:
        token = "another"

    def answer(asked):
        return Reply(200, ME) if accepts(asked) else Reply(401, {"error": "no"})

    found = ask(answer, auth={"token": token}, **more)
    if right:
        assert (found.state, found.account.id, found.account.label) == ("ok", "7", "alice")
        assert found.http_status == 200
    else:
        assert (found.state, found.step, found.fix.cure) == (
            "auth_failed",
            "authenticate",
            "credentials",
        )


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (Reply(401, {}), "auth_failed", "refuses the credentials"),
        (Reply(403, {}), "insufficient_scope", "may not do this"),
        (
            Reply(401, {}, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
            "insufficient_scope",
            "may not do this",
        ),
        (Reply(429, {}), "rate_limited", "slow down"),
        (Reply(500, {}), "unreachable", "out of order"),
        (Reply(503, {}), "unreachable", "out of order"),
        (Reply(404, {}), "invalid_config", "nothing is found"),
        (Reply(204, b""), "invalid_config", "does not take the request"),
        (Reply(200, b"not json"), "invalid_config", "not the JSON"),
        (PAGE, "invalid_config", "web page came instead of JSON"),
        (LOGIN_PAGE, "auth_failed", "drop the Authorization header"),
        (Reply(200, {"id": None}), "auth_failed", "whose credentials"),
        (Reply(200, []), "auth_failed", "whose credentials"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_an_answer_means(answer, state, says):
    found = ask(answer)
    assert found.state == state
    assert says in found.message


def test_an_entry_says_which_statuses_refuse():
    assert ask(Reply(422, {}), refuse_status=[422]).state == "auth_failed"
    assert ask(Reply(403, {}), refuse_status=[401, 403]).state == "auth_failed"


def test_a_redirect_is_named_without_its_path_and_carries_nothing():
    with Web(lambda _: Reply(200, ME)) as other:
        for status in (301, 302, 307, 308):
            target = f"http://localhost:{other.port}/steal?{TOKEN}"
            found = ask(Reply(status, {}, {"Location": target}))
            assert found.state == "invalid_config"
            assert "redirects to http://localhost, which is not followed" in found.message
        assert other.requests == []


def test_what_json_is_expected_decides_where_the_status_does_not():
    def slack(word):
        return ask(Reply(200, {"ok": not word, "error": word, **ME}), expect_json={"ok": True})

    assert slack(None).state == "ok"
    assert slack("invalid_auth").state == "auth_failed"
    assert slack("missing_scope").state == "insufficient_scope"
    assert slack("ratelimited").state == "rate_limited"


def test_an_account_without_what_is_needed_is_no_wrong_credential():
    found = ask(Reply(200, {"items": []}), identity={"id": "items.0.id", "label": None})
    assert (found.state, "no items" in found.message) == ("invalid_config", True)


def test_a_step_saves_what_the_next_request_sends():
    def lemmy(asked):
        if asked.path == "/login":
            right = json.loads(asked.body) == {"user": "al", "password": TOKEN}
            return Reply(200, {"jwt": "s3ssion"}) if right else Reply(400, {})
        return Reply(200, {**ME, "token": asked.headers["Authorization"]})

    login = {
        "method": "POST",
        "url": "{config.url}/login",
        "body": {"user": "{auth.user}", "password": "{auth.token}"},
        "expect_status": 200,
        "save": {"step.jwt": "jwt"},
    }
    spec = {"steps": [login], "send": {"as": "bearer", "value": "{step.jwt}"}}
    spec["identity"] = {"id": "token", "label": "{step.jwt}"}
    found = ask(lemmy, auth={"user": "al", "token": TOKEN}, **spec)
    assert (found.account.id, found.account.label) == ("Bearer s3ssion", "s3ssion")
    wrong = ask(lemmy, auth={"user": "al", "token": "x"}, refuse_status=[400, 401], **spec)
    assert (wrong.state, wrong.fix.fields) == ("auth_failed", ("user", "token"))


def test_waiting_is_done_once_and_only_within_the_deadline():
    times = []

    def busy(_):
        times.append(1)
        return Reply(429, {}, {"Retry-After": "0"}) if len(times) % 2 else Reply(200, ME)

    assert ask(busy).state == "ok"
    assert len(times) == 2
    assert ask(Reply(429, {}, {"Retry-After": "0"})).state == "rate_limited"
    later = ask(Reply(429, {}, {"Retry-After": "3600"}))
    assert "try again in 3600 seconds" in later.message


def test_a_credential_that_is_not_there_is_not_looked_for_at_the_service():
    with Web(lambda _: Reply(200, ME)) as web:
        spec = probe(web.url, {"as": "bearer", "value": "{auth.access_token}"})
        found = run(spec)
        assert (found.state, found.fix.fields) == ("auth_failed", ("access_token",))
        assert web.requests == []


def test_a_value_leads_to_no_other_host_or_path():
    spec = probe("http://{config.shop}.localhost/{config.path}", {"as": "none"})
    for shop in ("evil.example/", "evil.example#", "a@evil.example", "evil.example?"):
        assert run(spec, {"shop": shop, "path": "x"}).state == "invalid_config"

    def answer(asked):
        return Reply(200, {"id": asked.path, "login": "x"})

    found = ask(answer, {"name": "../a?b#c"}, url="{config.url}/{config.name}")
    assert found.account.id == "/..%2Fa%3Fb%23c"


def test_a_header_with_a_line_break_is_refused_without_its_value():
    found = ask(Reply(200, ME), auth={"token": "canary\r\nX-Other: 1"})
    assert found.state == "invalid_config"
    assert "canary" not in found.message


def test_a_service_without_a_test_is_unsupported():
    assert run({"protocol": "none"}).state == "unsupported"
    assert run(None).state == "unsupported"
    assert run({"protocol": "gopher"}).state == "unsupported"


def test_nobody_listening_is_unreachable():
    with Web(lambda _: Reply(200, ME)) as web:
        url = web.url
    found = run(probe(url, {"as": "none"}))
    assert (found.state, found.step) == ("unreachable", "connect")


def test_a_feed_is_known_by_its_title():
    rss = b"<?xml version='1.0'?><rss><channel><title>News</title></channel></rss>"
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><title> Notes </title></feed>'
    for body, title in ((rss, "News"), (atom, "Notes")):
        found = ask(Reply(200, body), key="rss", send={"as": "none"})
        assert (found.state, found.account.label) == ("ok", title)
    for body in (b"<html></html>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss/>", b"no"):
        assert ask(Reply(200, body), key="rss", send={"as": "none"}).state == "invalid_config"


def test_the_entry_of_wordpress_works_against_a_site_like_it():

    entry = catalog.load("wordpress")
    with Web(wordpress()) as web:
        config = {"site_url": web.url}
        for password, state in (("canary-password", "ok"), ("wrong", "auth_failed")):
            auth = {"username": "alice", "application_password": password}
            assert run(entry.probe, config, auth).state == state


def s3_signature(asked, secret):
    """The signature that Amazon's documentation makes of a request without a body."""
    parts = dict(
        part.split("=", 1) for part in asked.headers["Authorization"].split(" ", 1)[1].split(", ")
    )
    date, region, service, _ = parts["Credential"].split("/")[1:]
    names = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names)
    whole = (
        asked.method,
        asked.path,
        "",
        headers,
        ";".join(names),
        asked.headers["X-Amz-Content-SHA256"],
    )
    digest = hashlib.sha256("\n".join(whole).encode()).hexdigest()
    scope = f"{date}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{asked.headers['X-Amz-Date']}\n{scope}\n{digest}"
    key = b"AWS4" + secret.encode()
    for word in (date, region, service, "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return parts["Signature"], hmac.digest(key, text.encode(), "sha256").hex()


def test_a_bucket_is_asked_with_a_signature():
    pytest.importorskip("botocore")

    def s3(asked):
        given, due = s3_signature(asked, "canary-secret-key")
        return Reply(200 if given == due else 403, b"")

    with Web(s3) as web:
        config = {"bucket": "pictures", "region": "eu-west-1", "endpoint": web.url}
        for secret, state in (("canary-secret-key", "ok"), ("another-key", "auth_failed")):
            auth = {"access_key_id": "AKID", "secret_access_key": secret}
            found = run(catalog.load("s3").probe, config, auth, key="s3")
            assert found.state == state
        assert web.requests[0].path == "/pictures"


def test_without_the_extra_for_s3_it_is_said_which_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "botocore", None)
    send = {"as": "aws_sigv4", "region": "x", "access_key": "a", "secret_key": "b"}
    found = run(probe("https://127.0.0.1:1/", send))
    assert (found.state, found.fix.cure) == ("unsupported", "s3")


def test_a_key_that_lacks_a_scope_is_told_which():
    def scopes(*held):
        return ask(
            Reply(200, {"scopes": list(held)}),
            expect_scopes={"scopes": ["mail.send"]},
            identity={"id": None, "label": None},
        )

    assert scopes("alerts.read", "mail.send").state == "ok"
    for held in ((), ("alerts.read",), ("mail.send.not",)):
        found = scopes(*held)
        assert (found.state, found.fix.cure) == ("insufficient_scope", "credentials")
        assert "they lack mail.send" in found.message


def test_sendgrid_asks_whether_the_key_may_send():
    spec = catalog.load("sendgrid").probe
    with Web(lambda _: Reply(200, {"scopes": ["user.profile.read"]})) as web:
        found = run(spec, {"api_base": web.url}, {"api_key": TOKEN})
    assert found.state == "insufficient_scope"
