"""Mail and file servers over TLS: sign-ins, and the error for each invalid certificate."""

import asyncio
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.http_server import Reply, Web
from support.protocol_servers import PASSWORD, ftp_server, mail_server, talking

pytestmark = pytest.mark.slow

PAST = datetime.now(UTC) - timedelta(days=2)
BAD = {
    "expired": "has expired",
    "wrong host": "is not valid for 127.0.0.1",
    "self-signed": "is self-signed",
    "unknown authority": "signed by an unknown authority",
}
each_bad = pytest.mark.parametrize(("kind", "sentence"), BAD.items(), ids=list(BAD))


def probe(key, config, password, ca_file):
    async def whole():
        entry = load(key)
        auth = {"username": "alice", "password": password}
        async with open_network(tls_context(ca_file)) as network:
            values = Values({"host": "127.0.0.1", **config}, auth)
            return await run_probe(entry.key, entry.probe, values, network, 5)

    return asyncio.run(whole())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    ca = trustme.CA()
    ca.file = str(tmp_path_factory.mktemp("ca") / "ca.pem")
    ca.cert_pem.write_to_path(ca.file)
    return ca


@pytest.fixture
def certificate(authority):
    """Return a function for a server's TLS context with a valid or an invalid certificate."""

    def make(kind="good"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "self-signed":
            own = trustme.CA()
            with own.private_key_pem.tempfile() as key, own.cert_pem.tempfile() as cert:
                context.load_cert_chain(cert, key)
            return context
        issuer = trustme.CA() if kind == "unknown authority" else authority
        validity = {"not_before": PAST - timedelta(days=9), "not_after": PAST}
        more = validity if kind == "expired" else {}
        name = "other.example" if kind == "wrong host" else "127.0.0.1"
        issuer.issue_cert(name, **more).configure_cert(context)
        return context

    return make


@pytest.mark.parametrize("security", ["explicit_tls", "implicit_tls"])
@pytest.mark.parametrize(
    ("password", "directory", "state"),
    [
        (PASSWORD, "/blog", "ok"),
        ("wrong", "/blog", "auth_failed"),
        (PASSWORD, "/other", "invalid_config"),
    ],
)
def test_probe_signs_in_to_an_ftp_account_over_tls(
    authority, certificate, security, password, directory, state
):
    with ftp_server(certificate(), implicit=security == "implicit_tls") as server:
        config = {"port": server.port, "security": security, "directory": directory}
        found = probe("ftp", config, password, authority.file)
    assert found.state == state
    assert (server.heard[0] == "AUTH TLS") is (security == "explicit_tls")


@each_bad
@pytest.mark.parametrize("security", ["explicit_tls", "implicit_tls"])
def test_untrusted_ftp_server_gets_no_password(authority, certificate, security, kind, sentence):
    with ftp_server(certificate(kind), implicit=security == "implicit_tls") as server:
        config = {"port": server.port, "security": security}
        found = probe("ftp", config, PASSWORD, authority.file)
    assert (found.state, found.step, found.fix.cure) == ("unreachable", "connect", "trust")
    assert sentence in found.message
    assert not any(line.startswith(("USER", "PASS")) for line in server.heard)


@each_bad
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_untrusted_mail_server_gets_no_password(authority, certificate, security, kind, sentence):
    context = certificate(kind)
    more = {
        "starttls": {"tls_context": context, "auth_require_tls": True},
        "tls": {"ssl_context": context, "auth_require_tls": False, "ready_timeout": 5},
    }
    with mail_server(**more[security]) as port:
        config = {"port": port, "security": security}
        found = probe("smtp", config, PASSWORD, authority.file)
    assert (found.state, found.step, found.fix.cure) == ("unreachable", "connect", "trust")
    assert sentence in found.message


@pytest.mark.parametrize(
    ("key", "security", "due"),
    [
        ("smtp", "starttls", "tls"),
        ("smtp", "none", "tls"),
        ("ftp", "explicit_tls", "implicit_tls"),
        ("ftp", "none", "implicit_tls"),
    ],
)
def test_server_that_wants_tls_from_the_start_is_told(authority, certificate, key, security, due):
    with waiting_for_tls(certificate()) as port:
        found = probe(key, {"port": port, "security": security}, PASSWORD, authority.file)
    assert (found.state, found.fix.fields) == ("invalid_config", ("port", "security"))
    assert f"expects TLS from the start on this port: set security={due}" in found.message


@contextmanager
def waiting_for_tls(context):
    """Serve TLS from the start to every connection; say nothing to others."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk(connected):
            with suppress(OSError), context.wrap_socket(connected, server_side=True) as secure:
                secure.recv(1)

        def serve():
            with suppress(OSError):
                while True:
                    connected, _ = listening.accept()
                    threading.Thread(target=talk, args=(connected,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def test_mail_server_that_checks_alpn_is_tested_after_a_web_server(authority, certificate):
    picky, seen = certificate(), []
    picky.set_alpn_protocols(["http/1.1", "smtp"])

    def mail(connected):
        with picky.wrap_socket(connected, server_side=True) as secure:
            seen.append(secure.selected_alpn_protocol())

    async def both():
        async with open_network(tls_context(authority.file)) as network:
            with Web(lambda _: Reply(200, {}), certificate()) as web:
                await network.client.send(network.client.request("GET", web.url))
            with talking(mail) as port:
                config = {"host": "127.0.0.1", "port": port, "security": "tls"}
                values = Values(config, {"username": "a", "password": "b"})
                await run_probe("smtp", load("smtp").probe, values, network, 5)

    asyncio.run(both())
    assert seen == [None]


def test_refused_handshake_is_not_called_a_missing_one(authority):
    def refuse(connected):
        with suppress(OSError):
            connected.recv(1000)
            connected.sendall(bytes.fromhex("1503030002" + "0228"))  # alert: handshake failure

    with talking(refuse) as port:
        found = probe("smtp", {"port": port, "security": "tls"}, PASSWORD, authority.file)
    assert found.state == "invalid_config"
    assert "refuses the TLS handshake" in found.message
