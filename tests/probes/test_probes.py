"""Probes: each way to send a credential, and the state for every answer."""

import asyncio
import base64
import hashlib
import hmac
import json
from urllib.parse import unquote

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.http_server import Reply, Web, wordpress

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
        async with open_network(tls_context(ca_file), **network) as made:
            values = Values(config or {}, auth or {})
            return await run_probe(key, spec, values, made, seconds)

    return asyncio.run(whole())


def ask(answer, config=None, auth=None, **more):
    """Return the finding of a bearer probe of a server with this answer."""
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
def test_credential_is_sent_as_the_entry_describes(way, right):
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
        (Reply(403, {}), "insufficient_scope", "not allowed to do this"),
        (
            Reply(401, {}, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
            "insufficient_scope",
            "not allowed to do this",
        ),
        (Reply(429, {}), "rate_limited", "too many requests"),
        (Reply(500, {}), "unreachable", "not available"),
        (Reply(503, {}), "unreachable", "not available"),
        (Reply(404, {}), "invalid_config", "nothing at this address"),
        (Reply(204, b""), "invalid_config", "does not accept the request"),
        (Reply(200, b"not json"), "invalid_config", "not JSON"),
        (PAGE, "invalid_config", "web page, not JSON"),
        (LOGIN_PAGE, "invalid_config", "remove the Authorization header"),
        (Reply(200, {"id": None}), "auth_failed", "without an account"),
        (Reply(200, []), "auth_failed", "without an account"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_answer_is_reported_as_its_state(answer, state, says):
    found = ask(answer)
    assert found.state == state
    assert says in found.message


HTML = {"Content-Type": "text/html"}
BASIC = {"WWW-Authenticate": 'Basic realm="Staging"'}
BLOCKED = b"<html><body>Blocked by Wordfence</body></html>"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Reply(401, BLOCKED, HTML), "a web page came instead of the API's answer"),
        (Reply(403, BLOCKED, HTML), "a web page came instead of the API's answer"),
        (Reply(406, b"<h1>Not Acceptable!</h1>", HTML), "a web page came instead"),
        (Reply(403, b"", {"Content-Type": "text/plain"}), "refused without a reason"),
        (
            Reply(403, b"<title>Just a moment...</title>", HTML | {"cf-mitigated": "challenge"}),
            "Cloudflare is in front",
        ),
        (Reply(503, BLOCKED, HTML | {"cf-mitigated": "challenge"}), "Cloudflare is in front"),
        (Reply(403, b"error code: 1020", {"cf-ray": "8f0"}), "Cloudflare is in front"),
        (Reply(202, b"", {"x-amzn-waf-action": "challenge"}), "AWS WAF is in front"),
        (Reply(405, b"", {"x-amzn-waf-action": "captcha"}), "AWS WAF is in front"),
        (Reply(403, {"url": "https://geo.example"}, {"x-datadome": "protected"}), "DataDome is"),
        (Reply(401, b"<h1>401 Authorization Required</h1>", HTML | BASIC), "realm Staging"),
        (Reply(401, b"", BASIC), "the web server itself wants a password"),
        (Reply(501, {"code": "no"}), "does not accept the request (status 501)"),
        (Reply(505, BLOCKED, HTML), "does not accept the request (status 505)"),
    ],
    ids=lambda value: str(getattr(value, "status", ""))[:3],
)
def test_answer_of_what_is_in_front_says_nothing_of_the_credentials(answer, says):
    found = ask(answer, expect_status=200)
    cure = "settings" if answer.status > 500 and "cf-mitigated" not in answer.headers else "wall"
    assert (found.state, found.fix.cure) == ("invalid_config", cure)
    assert says in found.message


def test_refusals_of_the_service_itself_are_still_its_own():
    assert ask(Reply(401, b"Unauthorized", {"Content-Type": "text/plain"})).state == "auth_failed"
    forbidden = Reply(401, b"Forbidden", HTML | {"WWW-Authenticate": 'Basic realm="MG API"'})
    assert ask(forbidden).state == "auth_failed"
    assert ask(Reply(403, {"code": "no_scope"})).state == "insufficient_scope"
    assert ask(Reply(403, b""), method="HEAD").state == "insufficient_scope"


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (Reply(401, {"code": "incorrect_password"}), "auth_failed", "refuses the credentials"),
        (Reply(403, {"code": "rest_forbidden_context"}), "insufficient_scope", "not allowed"),
        (
            Reply(401, b"401 Unauthorized\n", BASIC | {"Content-Type": "text/plain"}),
            "invalid_config",
            "realm Staging",
        ),
        (
            Reply(501, {"code": "application_passwords_disabled"}),
            "invalid_config",
            "the site has application passwords turned off",
        ),
        (
            Reply(401, {"code": "rest_not_logged_in"}),
            "invalid_config",
            "removes the Authorization header",
        ),
        (Reply(401, {"code": "rest_cannot_access"}), "invalid_config", "its REST API closed"),
    ],
    ids=["password", "role", "web server", "disabled", "dropped", "closed"],
)
def test_wordpress_says_what_a_refusal_is_about(answer, state, says):
    with Web(lambda _: answer) as web:
        auth = {"username": "alice", "application_password": "canary-password"}
        found = run(load("wordpress").probe, {"site_url": web.url}, auth, key="wordpress")
    assert found.state == state
    assert says in found.message


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Reply(401, {"error": {"code": 190, "message": "Invalid\ntoken."}}), "190: Invalid token."),
        (Reply(401, {"errors": [{"title": "Nope", "detail": "No such key"}]}), "No such key"),
        (Reply(401, {"error": "invalid_auth"}), "invalid_auth"),
        (Reply(401, [1]), "[1]"),
        (
            Reply(400, b"<?xml version='1.0'?><Error><Code>A</Code><Message>b</Message></Error>"),
            "A: b",
        ),
        (Reply(403, b"<title>Just a&nbsp;moment</title>", HTML), "Just a moment"),
        (Reply(500, b"upstream\x1b[2J gone\n"), "upstream [2J gone"),
        (Reply(401, {"message": f"token {TOKEN} is bad"}), "token *** is bad"),
        (Reply(500, b""), None),
    ],
    ids=lambda value: str(getattr(value, "status", ""))[:3],
)
def test_words_of_the_service_are_one_clean_line(answer, detail):
    assert ask(answer).detail == detail


def test_entry_lists_the_statuses_that_refuse():
    assert ask(Reply(422, {}), refuse_status=[422]).state == "auth_failed"
    assert ask(Reply(403, {}), refuse_status=[401, 403]).state == "auth_failed"


def test_redirect_is_reported_without_its_path_and_not_followed():
    with Web(lambda _: Reply(200, ME)) as other:
        for status in (301, 302, 307, 308):
            target = f"http://localhost:{other.port}/steal?{TOKEN}"
            found = ask(Reply(status, {}, {"Location": target}))
            assert found.state == "invalid_config"
            assert "redirects to http://localhost, which is not followed" in found.message
        assert other.requests == []


def test_expected_json_decides_if_the_status_is_always_good():
    def slack(word):
        return ask(Reply(200, {"ok": not word, "error": word, **ME}), expect_json={"ok": True})

    assert slack(None).state == "ok"
    assert slack("invalid_auth").state == "auth_failed"
    assert slack("missing_scope").state == "insufficient_scope"
    assert slack("ratelimited").state == "rate_limited"


def test_account_without_a_needed_item_is_a_settings_problem():
    found = ask(Reply(200, {"items": []}), identity={"id": "items.0.id", "label": None})
    assert (found.state, "no items" in found.message) == ("invalid_config", True)


def test_step_saves_a_value_for_the_next_request():
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


def test_probe_waits_once_and_only_within_the_deadline():
    times = []

    def busy(_):
        times.append(1)
        return Reply(429, {}, {"Retry-After": "0"}) if len(times) % 2 else Reply(200, ME)

    assert ask(busy).state == "ok"
    assert len(times) == 2
    assert ask(Reply(429, {}, {"Retry-After": "0"})).state == "rate_limited"
    later = ask(Reply(429, {}, {"Retry-After": "3600"}))
    assert "try again in 3600 seconds" in later.message


def test_missing_credential_is_reported_without_a_request():
    with Web(lambda _: Reply(200, ME)) as web:
        spec = probe(web.url, {"as": "bearer", "value": "{auth.access_token}"})
        found = run(spec)
        assert (found.state, found.fix.fields) == ("auth_failed", ("access_token",))
        assert web.requests == []


def test_value_cannot_change_the_host_or_path():
    spec = probe("http://{config.shop}.localhost/{config.path}", {"as": "none"})
    for shop in ("evil.example/", "evil.example#", "a@evil.example", "evil.example?"):
        assert run(spec, {"shop": shop, "path": "x"}).state == "invalid_config"

    def answer(asked):
        return Reply(200, {"id": asked.path, "login": "x"})

    found = ask(answer, {"name": "../a?b#c"}, url="{config.url}/{config.name}")
    assert found.account.id == "/..%2Fa%3Fb%23c"


@pytest.mark.parametrize("path", [".", ".."])
def test_value_is_no_step_in_a_path(path):
    found = ask(Reply(200, ME), {"name": path}, url="{config.url}/a/{config.name}")
    assert (found.state, "path" in found.message) == ("invalid_config", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://{auth.token}.evil.example/",
        "https://{auth.token}@evil.example/",
        "https://evil.example:{auth.token}/",
        "{auth.token}.evil.example/",
        "{config.start}{auth.token}.evil.example/",
        "{config.start}/{auth.token}.evil.example/",
        "https://{step.dc}.evil.example/",
    ],
)
def test_credential_is_never_part_of_a_host(url):
    spec = probe(url, {"as": "none"})
    for start in ("https://", "https:/"):
        found = run(spec, {"start": start}, {"token": TOKEN})
        assert found.state in {"invalid_config", "auth_failed"}
        assert TOKEN not in found.message


def test_credential_can_be_a_whole_address_or_in_the_path():
    with Web(lambda asked: Reply(200, {"id": asked.path, "login": "x"})) as web:
        whole = probe("{auth.hook}", {"as": "url"})
        assert run(whole, {}, {"hook": f"{web.url}/canary"}).account.id == "/canary"
        inside = probe("{config.url}/bot{auth.token}/me", {"as": "path"})
        assert run(inside, {"url": web.url}, {"token": "ab"}).account.id == "/botab/me"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_probe_of_a_stored_type_never_changes_anything(method):
    with Web(lambda _: Reply(200, ME)) as web:
        spec = probe(web.url, {"as": "none"})
        assert run({**spec, "method": method}).state == "invalid_config"
        step = {"method": method, "url": web.url}
        assert run({**spec, "steps": [step]}).state == "invalid_config"
        many = [{"method": "GET", "url": web.url}] * 6
        assert run({**spec, "steps": many}).state == "invalid_config"
        assert web.requests == []


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", " host"])
def test_type_sets_no_header_that_frames_a_request(name):
    with Web(lambda _: Reply(200, ME)) as web:
        spec = probe(web.url, {"as": "none"}, headers={name: "evil.example"})
        assert run(spec).state == "invalid_config"
        sent = probe(web.url, {"as": "header", "name": "{config.name}", "value": "x"})
        assert run(sent, {"name": name}).state == "invalid_config"
        assert web.requests == []


def test_header_with_a_line_break_is_refused_without_quoting_it():
    found = ask(Reply(200, ME), auth={"token": "canary\r\nX-Other: 1"})
    assert found.state == "invalid_config"
    assert "canary" not in found.message


def test_service_without_a_probe_is_unsupported():
    assert run({"protocol": "none"}).state == "unsupported"
    assert run(None).state == "unsupported"
    assert run({"protocol": "gopher"}).state == "unsupported"


def test_closed_port_is_unreachable():
    with Web(lambda _: Reply(200, ME)) as web:
        url = web.url
    found = run(probe(url, {"as": "none"}))
    assert (found.state, found.step) == ("unreachable", "connect")


def test_account_of_a_feed_is_its_title():
    rss = b"<?xml version='1.0'?><rss><channel><title>News</title></channel></rss>"
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom"><title> Notes </title></feed>'
    for body, title in ((rss, "News"), (atom, "Notes")):
        found = ask(Reply(200, body), key="rss", send={"as": "none"})
        assert (found.state, found.account.label) == ("ok", title)
    for body in (b"<html></html>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss/>", b"no"):
        assert ask(Reply(200, body), key="rss", send={"as": "none"}).state == "invalid_config"


def test_entry_of_wordpress_works_with_a_site_like_it():

    entry = load("wordpress")
    with Web(wordpress()) as web:
        config = {"site_url": web.url}
        for password, state in (("canary-password", "ok"), ("wrong", "auth_failed")):
            auth = {"username": "alice", "application_password": password}
            assert run(entry.probe, config, auth).state == state


def s3_signature(asked, secret):
    """Return the signature of a request without a body, as in Amazon's documentation."""
    parts = dict(
        part.split("=", 1) for part in asked.headers["Authorization"].split(" ", 1)[1].split(", ")
    )
    date, region, service, _ = parts["Credential"].split("/")[1:]
    names = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{asked.headers[name].strip()}\n" for name in names)
    path, _, query = asked.path.partition("?")
    whole = (
        asked.method,
        path,
        "&".join(sorted(query.split("&"))),
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


def test_bucket_request_is_signed():
    pytest.importorskip("botocore")

    def s3(asked):
        given, due = s3_signature(asked, "canary-secret-key")
        return Reply(200 if given == due else 403, b"")

    with Web(s3) as web:
        config = {"bucket": "pictures", "region": "eu-west-1", "endpoint": web.url}
        for secret, state in (("canary-secret-key", "ok"), ("another-key", "auth_failed")):
            auth = {"access_key_id": "AKID", "secret_access_key": secret}
            found = run(load("s3").probe, config, auth, key="s3")
            assert found.state == state
        assert web.requests[0].path == "/pictures"


def test_missing_extra_for_s3_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "botocore", None)
    send = {"as": "aws_sigv4", "region": "x", "access_key": "a", "secret_key": "b"}
    found = run(probe("https://127.0.0.1:1/", send))
    assert (found.state, found.fix.cure) == ("unsupported", "s3")


def test_missing_scope_of_a_key_is_named():
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


def test_sendgrid_probe_checks_that_the_key_may_send():
    spec = load("sendgrid").probe
    with Web(lambda _: Reply(200, {"scopes": ["user.profile.read"]})) as web:
        found = run(spec, {"api_base": web.url}, {"api_key": TOKEN})
    assert found.state == "insufficient_scope"


@pytest.mark.parametrize("status", [404, 410])
def test_address_that_is_the_credential_and_is_gone_is_refused(status):
    with Web(lambda _: Reply(status, {"code": 10015, "message": "Unknown Webhook"})) as web:
        found = run(probe("{auth.hook}", {"as": "url"}), {}, {"hook": f"{web.url}/canary"})
    assert (found.state, found.fix.fields) == ("auth_failed", ("hook",))
    assert found.detail == "10015: Unknown Webhook"


@pytest.mark.parametrize("identifier", ["alice.example", "@alice.example"])
def test_session_that_a_test_opens_at_bluesky_is_ended(identifier):
    def server(asked):
        if asked.path.endswith("createSession"):
            assert json.loads(asked.body)["identifier"] == "alice.example"
            tokens = {"accessJwt": "canary-access", "refreshJwt": "canary-refresh"}
            return Reply(200, {"did": "did:plc:a", "handle": "alice.example", **tokens})
        return Reply(200, b"")

    with Web(server) as web:
        auth = {"identifier": identifier, "app_password": "canary-password"}
        found = run(load("bluesky").probe, {"service_url": web.url}, auth, key="bluesky")
    assert (found.state, found.account.id) == ("ok", "did:plc:a")
    ended = web.requests[-1]
    assert ended.path == "/xrpc/com.atproto.server.deleteSession"
    assert ended.headers["Authorization"] == "Bearer canary-refresh"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("AccessDenied", "ok"),
        ("InvalidAccessKeyId", "auth_failed"),
        ("SignatureDoesNotMatch", "auth_failed"),
        ("ExpiredToken", "auth_failed"),
        ("RequestTimeTooSkewed", "invalid_config"),
        ("", "auth_failed"),
    ],
)
def test_code_of_s3_tells_refused_from_may_not_list(code, state):
    pytest.importorskip("botocore")
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>"

    def s3(asked):
        if asked.method == "GET":
            given, due = s3_signature(asked, "canary-secret-key")
            assert given == due
        return Reply(403, body.encode() if code else b"", {"Content-Type": "application/xml"})

    with Web(s3) as web:
        config = {"bucket": "pictures", "region": "eu-west-1", "endpoint": web.url}
        auth = {"access_key_id": "AKID", "secret_access_key": "canary-secret-key"}
        found = run(load("s3").probe, config, auth, key="s3")
    assert found.state == state
    assert [one.method for one in web.requests] == ["HEAD", "GET"]


def test_wordpress_with_plain_permalinks_is_tested():
    def site(asked):
        if unquote(asked.path) == "/blog/?rest_route=/wp/v2/users/me&context=edit":
            assert asked.headers["Authorization"].startswith("Basic ")
            return Reply(200, {"id": 1, "name": "Alice"})
        return Reply(404, b"<html>Not Found", HTML)

    auth = {"username": "alice", "application_password": "canary-password"}
    with Web(site) as web:
        config = {"site_url": f"{web.url}/blog"}
        found = run(load("wordpress").probe, config, auth, key="wordpress")
    assert (found.state, found.account.label) == ("ok", "Alice")


@pytest.mark.parametrize("home", [Reply(200, b"<html>Home", HTML), Reply(404, b"", HTML)])
def test_site_that_hides_its_api_is_a_settings_problem(home):
    def site(asked):
        return home if "rest_route" in asked.path else Reply(404, b"<html>No", HTML)

    auth = {"username": "alice", "application_password": "canary-password"}
    with Web(site) as web:
        found = run(load("wordpress").probe, {"site_url": web.url}, auth, key="wordpress")
    assert (found.state, found.http_status) == ("invalid_config", 404)
    assert "there is nothing at this address" in found.message


def test_unknown_route_of_a_site_with_permalinks_is_asked_once():
    with Web(lambda _: Reply(404, {"code": "rest_no_route"})) as web:
        auth = {"username": "alice", "application_password": "canary-password"}
        run(load("wordpress").probe, {"site_url": web.url}, auth, key="wordpress")
    assert len(web.requests) == 1
