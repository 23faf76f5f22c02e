"""Probes over SMTP, FTP and WebSocket, against real servers."""

import asyncio
import base64
import hashlib
import socket
import ssl
import time

import pytest
import trustme

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.http_server import Reply, Web
from support.protocol_servers import PASSWORD, ftp_server, mail_server, talking


def run(key, config, auth, *, seconds=5.0, ca_file=None, **network):
    async def whole():
        entry = load(key)
        async with open_network(tls_context(ca_file), **network) as made:
            return await run_probe(key, entry.probe, Values(config, auth), made, seconds)

    return asyncio.run(whole())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    ca = trustme.CA()
    ca.file = str(tmp_path_factory.mktemp("ca") / "ca.pem")
    ca.cert_pem.write_to_path(ca.file)
    return ca


def server_context(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_probe_signs_in_to_a_mailbox(authority, security, password):
    context = server_context(authority)
    more = {
        "starttls": {"tls_context": context, "auth_require_tls": True},
        "tls": {"ssl_context": context, "auth_require_tls": False},
        "none": {"auth_require_tls": False},
    }
    with mail_server(**more[security]) as port:
        config = {"host": "127.0.0.1", "port": port, "security": security}
        auth = {"username": "alice", "password": password}
        found = run("smtp", config, auth, ca_file=authority.file)
    if password == PASSWORD:
        assert (found.state, found.http_status) == ("ok", 235)
        assert found.account.label == "alice@127.0.0.1"
    else:
        assert (found.state, found.http_status) == ("auth_failed", 535)


def test_mail_server_of_an_unknown_authority_gets_no_password(authority):
    with mail_server(tls_context=server_context(authority)) as port:
        config = {"host": "127.0.0.1", "port": port, "security": "starttls"}
        found = run("smtp", config, {"username": "alice", "password": PASSWORD})
    assert (found.state, found.step) == ("unreachable", "connect")
    assert "authority" in found.message


def test_mail_server_without_starttls_is_a_settings_problem():
    with mail_server(auth_require_tls=False) as port:
        for security in ("starttls", "tls"):
            config = {"host": "127.0.0.1", "port": port, "security": security}
            found = run("smtp", config, {"username": "alice", "password": PASSWORD})
            assert found.state == "invalid_config"


def test_password_is_never_sent_unencrypted_to_another_machine(monkeypatch):
    def getaddrinfo(*_):
        return [(2, 1, 6, "", ("127.0.0.1", 0))]

    with mail_server(auth_require_tls=False) as port:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        config = {"host": "mail.example", "port": port, "security": "none"}
        auth = {"username": "alice", "password": PASSWORD}
        found = run("smtp", config, auth)
        assert (found.state, found.fix.cure) == ("invalid_config", "plain")
        assert run("smtp", config, auth, allow_http=True).state == "ok"


@pytest.mark.parametrize("key", ["smtp", "ftp"])
def test_slow_server_ends_at_the_deadline(key):
    def drip(connected):
        for _ in range(100):
            try:
                connected.sendall(b"2")
            except OSError:
                return
            time.sleep(0.05)

    began = time.monotonic()
    with talking(drip) as port:
        config = {"host": "127.0.0.1", "port": port, "security": "none"}
        found = run(key, config, {"username": "a", "password": "b"}, seconds=0.4)
    assert found.state == "timeout"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("key", ["smtp", "ftp"])
def test_server_that_closes_the_connection_is_unreachable(key):
    with talking(lambda connected: None) as port:
        config = {"host": "127.0.0.1", "port": port, "security": "none"}
        assert run(key, config, {"username": "a", "password": "b"}).state == "unreachable"


@pytest.mark.parametrize(
    ("password", "directory", "security", "state"),
    [
        (PASSWORD, "/blog", "none", "ok"),
        ("wrong", "/blog", "none", "auth_failed"),
        (PASSWORD, "/other", "none", "invalid_config"),
        (PASSWORD, "/blog", "explicit_tls", "invalid_config"),
        ("a\r\nDELE b", "/blog", "none", "auth_failed"),
    ],
)
def test_probe_signs_in_to_an_ftp_account(password, directory, security, state):
    with ftp_server() as server:
        config = {"host": "127.0.0.1", "port": server.port, "security": security}
        auth = {"username": "alice", "password": password}
        found = run("ftp", {**config, "directory": directory}, auth)
    assert found.state == state
    assert found.http_status == {"ok": 230, "auth_failed": 530}.get(state, found.http_status)


def handshake(handler):
    key = handler.headers["Sec-WebSocket-Key"].encode()
    proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    handler.wfile.write(head + b"Sec-WebSocket-Accept: " + base64.b64encode(proof) + b"\r\n\r\n")


KEY = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"  # of NIP-19
NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
PUBLIC = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"


def test_relay_answers_the_websocket_handshake():
    def state(reply):
        with Web(lambda _: reply) as web:
            relays = [web.url.replace("http", "ws")]
            return run("nostr", {"relays": relays}, {"private_key": KEY}).state

    assert state(Reply(body=handshake)) == "ok"
    assert state(Reply(200, {})) == "invalid_config"
    assert state(Reply(503, {})) == "unreachable"


def test_every_relay_is_asked():
    with Web(lambda _: Reply(body=handshake)) as good, Web(lambda _: Reply(404, {})) as bad:
        relays = [one.url.replace("http", "ws") for one in (good, good, bad)]
        found = run("nostr", {"relays": relays}, {"private_key": KEY})
    assert (found.state, found.fix.fields) == ("invalid_config", ("relays",))
    assert len(good.requests) == 2


@pytest.mark.parametrize("key", [KEY, KEY.upper(), NSEC])
def test_account_of_nostr_is_the_public_key(key):
    with Web(lambda _: Reply(body=handshake)) as web:
        found = run("nostr", {"relays": [web.url.replace("http", "ws")]}, {"private_key": key})
    assert (found.account.id, found.account.label, found.state) == (PUBLIC, NPUB, "ok")


@pytest.mark.parametrize(
    "key",
    ["f" * 64, "0" * 64, NSEC[:-1] + "6", NSEC[:20] + "q" + NSEC[21:], "nsec1" + "q" * 58],
)
def test_key_that_is_none_of_the_curve_is_refused_before_a_relay_is_asked(key):
    found = run("nostr", {"relays": ["ws://127.0.0.1:1"]}, {"private_key": key})
    assert (found.state, found.fix.fields) == ("auth_failed", ("private_key",))
    assert key not in found.message


@pytest.mark.parametrize(
    ("auth", "state", "says"),
    [
        ({"username": "alice"}, "invalid_config", "password is not set"),
        ({"password": PASSWORD}, "invalid_config", "username is not set"),
        ({}, "ok", "the server answers; no login is set"),
    ],
)
def test_mailbox_without_a_whole_login_is_not_called_signed_in(auth, state, says):
    with mail_server(auth_require_tls=False) as port:
        config = {"host": "127.0.0.1", "port": port, "security": "none"}
        found = run("smtp", config, auth)
    assert (found.state, says in found.message) == (state, True)
