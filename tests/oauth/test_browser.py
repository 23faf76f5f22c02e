"""Sign-in with a browser on this machine, and everything that can go wrong."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.errors import InvalidInput, Rejected, Unreachable, UsageError
from connectors_cli.oauth import actions, code, listener
from connectors_cli.oauth.contract import Options
from connectors_cli.oauth.listener import Listener
from support import browser
from support.http_server import Reply
from support.oauth_server import AUTH, CLIENT_SECRET, config_for, entry_for
from support.sign_in_dialogs import Person, asked, ends_at, place, send

pytestmark = pytest.mark.slow  # servers

TESTS = Path(__file__).parent.parent


@pytest.fixture
def impatient(monkeypatch):
    """The last page is not waited for: this browser does not ask for it."""
    monkeypatch.setattr(listener, "_LAST_S", 0.01)


def get(netloc, path, host=None, method="GET"):
    return send(netloc, f"{method} {path} HTTP/1.1\r\nHost: {host or netloc}\r\n\r\n")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_browser_named_by_the_environment_completes_a_sign_in(server, monkeypatch, capfd):
    monkeypatch.setenv("BROWSER", f"{sys.executable} {TESTS / 'support' / 'browser.py'} %s")
    told = []

    class Dialog:
        def visit(self, url, *, opens, waits):
            told.append((url, opens))

    options = Options(timeout=20)
    granted = actions.sign_in(entry_for(), config_for(server), AUTH, options, Dialog())
    assert server.accepts(granted.auth["access_token"])
    assert granted.scopes == ("read", "write")
    assert set(granted.auth) == {"access_token", "refresh_token", "expires_at"}
    assert granted.auth["expires_at"] == granted.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [opens for _, opens in told] == [True]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("way", "auth", "basic"),
    [("basic", AUTH, True), ("post", AUTH, False), ("none", {}, False), ("post", {}, False)],
)
def test_client_authentication_is_that_of_the_type(server, sign_in, way, auth, basic):
    server.clients["client-1"].ways = ("none",) if not auth else (f"client_secret_{way}",)
    granted = sign_in(auth=auth, client_auth=way)
    assert server.accepts(granted.auth["access_token"])
    (form,) = server.forms("/token")
    assert ("client_secret" in form) == (way == "post" and bool(auth))
    assert bool(server.seen[-1].headers["Authorization"]) == basic


def test_client_without_a_secret_sends_its_id_if_the_type_allows_it(server, sign_in):
    server.clients["client-1"].ways = ("none",)
    assert sign_in(auth={}, client_auth="basic", client_auth_methods=["basic", "none"]).auth


def test_challenge_and_state_have_256_bits(server, sign_in):
    person, other = Person(), Person()
    sign_in(person)
    sign_in(other)
    one, two = asked(person.urls[0]), asked(other.urls[0])
    assert one["code_challenge_method"] == "S256"
    assert len(one["state"]) == 43
    assert one["state"] != two["state"]
    assert one["code_challenge"] != two["code_challenge"]
    verifier = server.forms("/token")[0]["code_verifier"]
    assert code.challenge(verifier) == one["code_challenge"]


def test_no_challenge_is_sent_to_a_service_that_accepts_none(server, sign_in):
    person = Person()
    sign_in(person, pkce="unsupported")
    assert "code_challenge" not in asked(person.urls[0])
    assert "code_verifier" not in server.forms("/token")[0]


def test_challenge_is_that_of_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_service_can_want_a_hex_challenge_and_another_name_for_client_id():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    in_hex = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
    assert code.challenge(verifier, "hex") == in_hex


def test_name_for_client_id_is_used_in_both_requests(server, sign_in, impatient):
    def act(url):
        netloc, path, state = place(url)
        return get(netloc, f"{path}?{urlencode({'state': state, 'code': 'code-1'})}")

    person = Person(act)
    server.replies["/token"] = [Reply(200, {"access_token": "token-1", "token_type": "bearer"})]
    said = {"client_id_param": "client_key", "pkce_challenge_encoding": "hex"}
    sign_in(person, client_auth="post", **said)
    url, (form,) = asked(person.urls[0]), server.forms("/token")
    assert (url["client_key"], form["client_key"]) == ("client-1", "client-1")
    assert not {"client_id"} & {*url, *form}
    assert url["code_challenge"] == code.challenge(form["code_verifier"], "hex")


STRAY = {
    "another path": ("GET", "/favicon.ico?{right}", None, 404),
    "a longer path": ("GET", "/callback/?{right}", None, 404),
    "another method": ("POST", "/callback?{right}", None, 405),
    "a head": ("HEAD", "/callback?{right}", None, 405),
    "another host": ("GET", "/callback?{right}", "evil.example:80", 421),
    "no state": ("GET", "/callback?code=forged", None, 400),
    "a wrong state": ("GET", "/callback?code=forged&state=wrong", None, 400),
    "an empty state": ("GET", "/callback?code=forged&state=", None, 400),
    "state twice": ("GET", "/callback?{right}&state={state}", None, 400),
    "state twice, one wrong": ("GET", "/callback?{right}&state=wrong", None, 400),
    "a state that is not ASCII": ("GET", "/callback?code=forged&state=%C3%A9", None, 400),
    "bytes that are no text": ("GET", "/callback?code=forged&state=%FF", None, 400),
    "too many fields": ("GET", "/callback?{right}" + "&a=1" * 60, None, 400),
    "a script": ("GET", "/callback?state=<script>canary</script>", None, 400),
}


def stray(kind, url):
    netloc, _, state = place(url)
    method, target, host, status = STRAY[kind]
    right = urlencode({"state": state, "code": "forged"})
    answer = get(netloc, target.format(right=right, state=state), host, method)
    return answer, status


@pytest.mark.parametrize("kind", STRAY)
def test_stray_request_gets_an_error_page_and_does_not_end_the_sign_in(server, sign_in, kind):
    def act(url):
        seen = stray(kind, url)
        browser.visit(url)
        return seen

    person = Person(act)
    granted = sign_in(person)
    answer, status = person.done()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "Nothing was changed" in answer
    assert "canary" not in answer
    assert "forged" not in answer
    assert server.accepts(granted.auth["access_token"])
    assert [form["code"] != "forged" for form in server.forms("/token")] == [True]


@pytest.mark.parametrize("kind", STRAY)
def test_forged_answer_is_never_accepted(server, sign_in, impatient, kind):
    def act(url):
        netloc, path, state = place(url)
        seen = stray(kind, url)
        get(netloc, f"{path}?state={state}&error=access_denied")
        return seen

    person = Person(act)
    with pytest.raises(Rejected, match="the sign-in was denied"):
        sign_in(person)
    answer, status = person.done()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert server.requests["token"] == 0


def test_listener_waits_no_longer_than_the_time_limit(server, sign_in):
    options = Options(open_browser=False, timeout=0.2)
    with pytest.raises(Unreachable, match=r"nobody signed in within 0\.2 seconds") as caught:
        sign_in(Person(lambda _: None), options)
    assert caught.value.exit_code == 8
    assert not server.seen


def test_malformed_or_long_request_does_not_end_the_sign_in(server, sign_in):
    def act(url):
        netloc, path, state = place(url)
        long = f"GET {path}?state={state}&code={'x' * 20000} HTTP/1.1\r\nHost: {netloc}\r\n\r\n"
        found = [send(netloc, "\r\n\r\n"), send(netloc, "canary\r\n\r\n")]
        with suppress(ConnectionError):  # closed while we still wrote
            found.append(send(netloc, long))
        browser.visit(url)
        return found

    person = Person(act)
    assert sign_in(person).auth
    assert not any("canary" in answer for answer in person.done())
    assert server.requests["token"] == 1


def test_silent_connections_block_nothing_and_log_nothing(server, sign_in, caplog):
    idle = []

    def act(url):
        host, _, port = place(url)[0].rpartition(":")
        idle.extend(socket.create_connection((host, int(port))) for _ in range(3))
        return browser.visit(url)

    assert sign_in(Person(act)).auth
    assert not caplog.records  # as asyncio would tell of tasks that it ends itself
    for each in idle:
        each.close()


def test_page_says_to_go_back_and_reflects_nothing(server, sign_in, impatient):
    seen = []

    def act(url):
        netloc, path, state = place(url)
        mark = urlencode({"state": state, "code": "canary", "x": "<b>canary</b>"})
        seen.append(get(netloc, f"{path}?{mark}"))

    with pytest.raises(Rejected):
        sign_in(Person(act))
    head, _, page = seen[0].partition("\r\n\r\n")
    assert "Go back to the terminal" in page
    assert "canary" not in seen[0]
    assert "Content-Security-Policy: default-src 'none'" in head
    assert "Cache-Control: no-store" in head
    assert "Referrer-Policy: no-referrer" in head


@pytest.mark.parametrize("worked", [True, False])
def test_last_page_has_no_secret_in_its_address_and_says_what_came_of_it(server, sign_in, worked):
    ends = []

    def act(url):
        netloc, path, state = place(url)
        mark = urlencode({"state": state, "code": "canary"}) if not worked else None
        first = httpx2.get(f"http://{netloc}{path}?{mark}" if mark else ends_at(url))
        assert first.status_code == 303
        ends.append(first.headers["Location"])
        return httpx2.get(f"http://{netloc}{first.headers['Location']}", timeout=10).text

    person = Person(act)
    options = Options(open_browser=False, timeout=5, connector="<b>news</b>")
    if worked:
        sign_in(person, options)
    else:
        with pytest.raises(Rejected):
            sign_in(person, options)
    page = person.done()
    assert ends == ["/done"]
    assert ("The answer has arrived" in page, "The sign-in failed" in page) == (worked, not worked)
    assert "<h1>Example</h1>" in page
    assert "&lt;b&gt;news&lt;/b&gt;" in page


def test_listener_accepts_one_answer_and_closes(server, sign_in):
    came = []

    def act(url):
        netloc, path, state = place(url)
        came.append((netloc, path, state))
        return browser.visit(url)

    person = Person(act)
    sign_in(person)
    person.done()
    netloc, path, state = came[0]
    with pytest.raises(ConnectionRefusedError):
        get(netloc, f"{path}?state={state}&code=second")
    assert server.requests["token"] == 1


ODD = st.sampled_from(
    ["state=state-1", "code=x", "GET", "/callback", "Host:", "\r\n", "%FF", "&", "?"]
)


@given(st.lists(ODD | st.text(st.characters(max_codepoint=255), max_size=5), max_size=12))
def test_no_bytes_of_a_request_break_the_listener(words):
    with Listener("state-1") as listener:
        response, query = listener._judged("".join(words).encode("latin-1"))
    assert query is None  # a right Host cannot be guessed
    assert response.startswith(b"HTTP/1.1 4")


def test_host_header_can_omit_the_default_port(monkeypatch):
    with Listener("state-1") as listener:
        port = int(listener.uri.split(":")[2].partition("/")[0])
    monkeypatch.setattr("connectors_cli.oauth.listener._USUAL", port)
    with Listener("state-1", port) as listener:
        head = "GET /callback?state=state-1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        assert listener._judged(head.encode())[1] == {"state": ["state-1"]}


def test_second_of_two_simultaneous_answers_gets_gone():
    listener = Listener("state-1")
    netloc = listener.uri.removeprefix("http://").removesuffix("/callback")
    head = f"GET /callback?state=state-1&code=%s HTTP/1.1\r\nHost: {netloc}\r\n\r\n"
    with listener:
        _, first = listener._judged((head % "one").encode())
        page, second = listener._judged((head % "two").encode())
    assert first == {"state": ["state-1"], "code": ["one"]}
    assert second is None
    assert page.startswith(b"HTTP/1.1 410 ")


def changed(**values):
    """A redirect with these parameters in addition to the state."""
    return lambda pairs: [("state", dict(pairs)["state"]), *values.items()]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (changed(error="access_denied"), Rejected, "the sign-in was denied"),
        (changed(error="invalid_scope"), InvalidInput, "a scope is not allowed"),
        (changed(error="temporarily_unavailable"), Unreachable, "temporarily_unavailable"),
        (changed(error="access_denied", code="forged"), Rejected, "was denied"),
        (changed(error=""), Rejected, "an error"),
        (changed(), Rejected, "has no code"),
        (changed(code=""), Rejected, "has no code"),
        (lambda pairs: [*pairs, ("code", "second")], Rejected, "has no code"),
    ],
)
def test_refused_sign_in_sends_no_token_request(server, sign_in, change, error, text):
    server.change_answer = change
    with pytest.raises(error, match=text) as caught:
        sign_in()
    assert "\n" not in caught.value.message
    assert server.requests["token"] == 0


def test_text_of_a_service_is_cleaned_and_masked(server, sign_in):
    server.change_answer = lambda pairs: [
        *((name, value) for name, value in pairs if name != "code"),
        ("error", "access_denied"),
        ("error_description", f"\x1b[31m{dict(pairs)['state']}\n{CLIENT_SECRET} no"),
    ]
    person = Person()
    with pytest.raises(Rejected) as caught:
        sign_in(person)
    message = caught.value.message
    assert message.isprintable()
    assert message.endswith("([31m*** *** no)")
    assert "Access was not granted" in person.done()


@pytest.mark.parametrize(
    ("said", "issuer", "taken"),
    [
        ({"issuer": "{config.server_url}", "issuer_in_answer": True}, "{url}", True),
        ({"issuer": "{config.server_url}", "issuer_in_answer": True}, None, False),
        ({"issuer": "{config.server_url}"}, None, True),
        ({"issuer": "{config.server_url}"}, "{url}/other", False),
        ({"issuer": "{config.server_url}"}, "https://evil.example", False),
        ({}, None, True),
        ({}, "{url}", True),
        ({}, "{url}/tenant", True),
        ({}, "https://evil.example", False),
        ({}, "", False),
        ({}, "http://[", False),
    ],
)
def test_iss_must_be_the_service(server, sign_in, said, issuer, taken):
    server.issuer = issuer.format(url=server.url) if issuer is not None else None
    if taken:
        assert sign_in(**said).auth
        return
    with pytest.raises(Rejected, match="does not name Example as its issuer"):
        sign_in(**said)
    assert server.requests["token"] == 0


def test_repeated_iss_is_refused(server, sign_in):
    server.change_answer = lambda pairs: [*pairs, ("iss", server.url), ("iss", server.url)]
    with pytest.raises(Rejected):
        sign_in()
    assert server.requests["token"] == 0


def test_port_in_use_is_one_sentence(server, sign_in):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            sign_in(options=Options(port=port, open_browser=False))
    assert caught.value.message == f"port {port} is in use or not allowed"
    assert caught.value.exit_code == 2
    assert not server.seen


def test_port_can_be_chosen_and_is_freed_at_once(server, sign_in):
    port = free_port()
    for _ in range(2):
        person = Person()
        options = Options(port=port, open_browser=False, timeout=10)
        assert sign_in(person, options).auth
        assert asked(person.urls[0])["redirect_uri"] == f"http://127.0.0.1:{port}/callback"


@pytest.mark.parametrize("place", ["localhost:{}/my/path", "127.0.0.1:{}", "127.0.0.1:{}/"])
def test_listener_uses_a_loopback_redirect_address(server, sign_in, place):
    uri = f"http://{place.format(free_port())}"
    person = Person()
    assert sign_in(person, config={"redirect_uri": uri}).auth
    assert asked(person.urls[0])["redirect_uri"] == uri
    assert server.forms("/token")[0]["redirect_uri"] == uri


def test_port_option_comes_before_the_redirect_address(server, sign_in):
    port, person = free_port(), Person()
    options = Options(port=port, open_browser=False, timeout=10)
    assert sign_in(person, options, config={"redirect_uri": "http://localhost:1/my/path"}).auth
    assert asked(person.urls[0])["redirect_uri"] == f"http://localhost:{port}/my/path"


@pytest.mark.parametrize(
    "uri",
    [
        "http://192.0.2.1/x",
        "http://evil.example/",
        "http://localhost.evil.example/",
        "http://127.0.0.2:8080/",
        "http://0.0.0.0:8080/",
        "http://localhost:99999/",
        "http://localhost@evil.example/",
        "ftp://localhost/",
        "app:callback",
    ],
)
def test_redirect_address_of_another_machine_is_refused(server, sign_in, uri):
    with pytest.raises(InvalidInput):
        sign_in(config={"redirect_uri": uri})
    assert not server.seen


@pytest.mark.parametrize(
    ("host", "addresses"),
    [("127.0.0.1", {"127.0.0.1"}), ("[::1]", {"::1"}), ("localhost", {"127.0.0.1", "::1"})],
)
def test_listener_binds_only_loopback(host, addresses):
    try:
        with Listener("state", host=host) as listener:
            names = [each.getsockname() for each in listener._sockets]
            shared = [
                s.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) for s in listener._sockets
            ]
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert {name[0] for name in names} == addresses
    assert len({name[1] for name in names}) == 1
    assert not any(shared)


def test_port_used_by_another_process_in_the_other_family_is_not_shared():
    try:
        other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with other, pytest.raises(UsageError):
        Listener("state", other.getsockname()[1], "localhost")


@pytest.mark.slow
def test_ctrl_c_stops_waiting_at_once_and_frees_the_port(server, tmp_path):
    port = free_port()
    program = textwrap.dedent(f"""
        from support.oauth_server import AUTH, config_for, entry_for
        from types import SimpleNamespace
        from connectors_cli.oauth.actions import sign_in
        from connectors_cli.oauth.contract import Options
        server = SimpleNamespace(url={server.url!r})
        class Dialog:
            def visit(self, url, *, opens, waits):
                print("ready", flush=True)
        options = Options(port={port}, open_browser=False)
        sign_in(entry_for(), config_for(server), AUTH, options, Dialog())
    """)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    assert get(f"127.0.0.1:{port}", "/").startswith("HTTP/1.1 404 ")  # it waits
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert server.requests["token"] == 0
    Listener("state", port).__exit__()
