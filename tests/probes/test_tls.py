"""Mail and file servers over TLS: sign-ins, and the error for each invalid certificate."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from connectors_cli.catalog.read import load
from connectors_cli.net.client import tls_context
from connectors_cli.net.templates import Values
from connectors_cli.probes.network import open_network
from connectors_cli.probes.run import run_probe
from support.protocol_servers import PASSWORD, ftp_server, mail_server

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
