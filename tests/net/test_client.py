"""The HTTP client: what it refuses to send, follow, trust and read."""

import asyncio
import gzip
import logging
import resource
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from connectors_cli.errors import ConnectorsError, InvalidInput, Unreachable
from connectors_cli.net import client as net_client
from connectors_cli.net.addresses import Forbidden, check_address, check_url, resolve
from connectors_cli.net.client import TooLarge
from support.http_server import Reply, Web

URL = "https://service.example/"
BIG = 64 * 1024 * 1024


def fetch(url, *, seconds=5.0, ca_file=None, method="GET", **parts):
    async def whole():
        async with net_client.Client(tls=net_client.tls_context(ca_file)) as client:
            async with asyncio.timeout(seconds):
                return await client.send(client.request(method, url, **parts))

    return asyncio.run(whole())


def answering(body):
    """Return a server that writes its body with `body(handler)`."""
    return Web(lambda _: Reply(body=body))


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example/",
        "ftp://service.example/",
        "file:///etc/passwd",
        "//service.example/",
        "https:127.0.0.1",
        "http:///x",
        "https://",
        "https://user:canary@service.example/",
        "https://service.example:99999/",
        "https://service.example:0/",
        "https://service.example:x/",
        "https://good\\@evil.example/",
        "https://service.example/a\tb",
        "https://service.example/a b",
        "https://service.example/a\nb",
        "https://evil.example%2F.service.example/",
        "http://127.1/",
        "http://2130706433/",
        "http://localhost.evil.example/",
    ],
)
def test_invalid_url_is_refused_without_quoting_it(url):
    with pytest.raises(Forbidden) as caught:
        check_url(url, ("https", "http"))
    assert "canary" not in caught.value.message
    assert "evil" not in caught.value.message


def test_plain_http_is_allowed_to_this_machine_or_by_option():
    for url in ("http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", URL):
        assert check_url(url, ("https", "http"))
    assert check_url("http://blog.local/", ("https", "http"), allow_plain=True)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_link_local_and_metadata_addresses_are_refused(address):
    with pytest.raises(Forbidden):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.7", "fc00::7", "8.8.8.8"]
)
def test_private_addresses_are_allowed(address):
    check_address(address)


@pytest.mark.parametrize("host", ["169.254.43518", "0xa9fea9fe", "2852039166", "①⑥⑨.254.169.254"])
def test_other_spellings_of_the_metadata_address_are_refused(host):
    with pytest.raises((Forbidden, Unreachable)):
        asyncio.run(resolve(host, 443))


def test_name_is_resolved_once_and_every_address_checked(monkeypatch):
    asked = []

    def getaddrinfo(host, *_):
        asked.append(host)
        return [(2, 1, 6, "", (address, 0)) for address in ("93.184.216.34", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Forbidden):
        fetch(URL)
    assert asked == ["service.example"]


def test_localhost_that_resolves_to_another_machine_gets_no_request(monkeypatch):
    def getaddrinfo(*_):
        return [(2, 1, 6, "", ("93.184.216.34", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Forbidden):
        fetch("http://localhost:1/")


def test_redirects_are_not_followed():
    with Web(lambda _: Reply(200, {})) as other:
        for status in (301, 302, 303, 307, 308):
            headers = {"Location": f"{other.url}/steal"}
            with Web(lambda _, s=status, h=headers: Reply(s, {}, h)) as web:
                assert fetch(web.url, headers={"X-Api-Key": "canary"}).status == status
        assert other.requests == []


def test_cookies_are_not_kept():
    with Web(lambda _: Reply(200, {}, {"Set-Cookie": "session=1"})) as web:

        async def twice():
            async with net_client.Client(tls=net_client.tls_context()) as client:
                for _ in range(2):
                    await client.send(client.request("GET", web.url))

        asyncio.run(twice())
    assert [asked.headers["Cookie"] for asked in web.requests] == [None, None]


def drip(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(200):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        handler.wfile.write(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


@pytest.mark.parametrize("body", [drip, drip_headers])
def test_slow_answer_ends_at_the_deadline(body):
    began = time.monotonic()
    with answering(body) as web, pytest.raises(TimeoutError):
        fetch(web.url, seconds=0.5)
    assert time.monotonic() - began < 5


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 65536)


def endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-More: " + b"y" * 1000 + b"\r\n")


def bomb(handler):
    packed = gzip.compress(bytes(BIG))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    handler.wfile.write(head % len(packed) + packed)


@pytest.mark.parametrize(
    ("body", "error"), [(endless, TooLarge), (endless_headers, Unreachable), (bomb, TooLarge)]
)
def test_too_large_answer_is_cut_off_without_filling_memory(body, error):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with answering(body) as web, pytest.raises(error):
        fetch(web.url, seconds=10)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # This process compresses the bomb, too: 64 MiB of zeros.
    assert after - before < (100 + 64) * 1024


def test_compressed_answer_is_read_although_not_requested():
    headers = {"Content-Encoding": "gzip"}
    with Web(lambda _: Reply(200, gzip.compress(b'{"a": 1}'), headers)) as web:
        assert fetch(web.url).body == b'{"a": 1}'
        assert web.requests[0].headers["Accept-Encoding"] == "identity"


def test_server_without_http_is_unreachable():
    with (
        answering(lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n")) as web,
        pytest.raises(Unreachable),
    ):
        fetch(web.url)


@pytest.mark.parametrize("value", ["canary\r\nX: y", "canary\n", "a\0canary"])
def test_header_with_a_line_break_is_refused_without_quoting_it(value):
    with pytest.raises(InvalidInput) as caught:
        fetch("http://127.0.0.1:1/", headers={"X-Api-Key": value})
    assert "canary" not in caught.value.message


def test_urls_are_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    with Web(lambda _: Reply(200, {})) as web:
        fetch(f"{web.url}/?access_token=canary-token")
    assert "canary" not in caplog.text


class Authority:
    """A private authority with its file, and servers with its certificates."""

    def __init__(self, folder):
        self.ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self.ca.cert_pem.write_to_path(self.file)

    def server(self, *names, **validity):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names, **validity).configure_cert(context)
        return Web(lambda _: Reply(200, {"a": 1}), context)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_private_authority_is_trusted_with_its_file(authority):
    with authority.server("127.0.0.1") as web:
        assert fetch(web.url, ca_file=authority.file).body == b'{"a": 1}'


def test_ca_file_of_the_environment_is_used_in_addition_to_the_option(authority, monkeypatch):
    monkeypatch.setenv(net_client.CA_FILE, authority.file)
    with authority.server("127.0.0.1") as web:
        assert fetch(web.url).body == b'{"a": 1}'
    monkeypatch.setenv(net_client.CA_FILE, "/nowhere.pem")
    with pytest.raises(
        InvalidInput,
        match=r"^CONNECTORS_CA_FILE: cannot read certificates \(PEM\) from /nowhere\.pem$",
    ):
        net_client.tls_context(authority.file)


def test_expired_wrong_host_and_unknown_authority_are_different_errors(authority, tmp_path):
    def sentence(ca_file, *names, **validity):
        with authority.server(*names, **validity) as web:
            with pytest.raises(ConnectorsError) as caught:
                fetch(web.url, ca_file=ca_file)
            assert web.requests == []
        return caught.value.message

    past = datetime.now(UTC) - timedelta(days=2)
    expired = {"not_before": past - timedelta(days=9), "not_after": past}
    assert "has expired" in sentence(authority.file, "127.0.0.1", **expired)
    assert "not valid for 127.0.0.1" in sentence(authority.file, "other.example")
    assert "signed by an unknown authority" in sentence(None, "127.0.0.1")


def test_self_signed_certificate_is_reported_as_such(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.ca.private_key_pem.tempfile() as key, authority.ca.cert_pem.tempfile() as cert:
        context.load_cert_chain(cert, key)
    said = pytest.raises(ConnectorsError, match="self-signed")
    with Web(lambda _: Reply(), context) as web, said:
        fetch(web.url)


def test_invalid_ca_file_is_an_error(tmp_path):
    (tmp_path / "no.pem").write_text("no")
    for name in ("no.pem", "missing.pem"):
        with pytest.raises(InvalidInput, match="--ca-file"):
            net_client.tls_context(str(tmp_path / name))
