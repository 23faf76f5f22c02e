"""Proxies of the environment: which request goes through which, and what their refusals say."""

import asyncio
import ssl

import pytest
import trustme

from connectors_cli.errors import Unreachable
from connectors_cli.net import client as net_client
from connectors_cli.net.addresses import Forbidden
from connectors_cli.net.proxies import BadProxy, ProxyFailed, proxy_for
from support.http_server import Reply, Web
from support.proxy_server import Proxy

HOST = "cms.invalid"


def fetch(url, ca_file=None, *, allow_http=False):
    async def whole():
        tls = net_client.tls_context(ca_file)
        async with net_client.Client(tls=tls, allow_http=allow_http) as client:
            async with asyncio.timeout(5):
                return await client.send(client.request("GET", url))

    return asyncio.run(whole())


@pytest.fixture
def authority(tmp_path):
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


@pytest.fixture
def service(authority):
    """A service whose certificate is that of a name only the proxy knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    with Web(lambda _: Reply(200, {"a": 1}), context) as web:
        yield web


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_request_goes_through_the_proxy_with_its_login(service, monkeypatch, tmp_path, variable):
    with Proxy(service.port, login="us er:p@ss") as proxy:
        monkeypatch.setenv(variable, f"http://us%20er:p%40ss@127.0.0.1:{proxy.port}/")
        found = fetch(f"https://{HOST}/x", str(tmp_path / "ca.pem"))
    assert (found.status, found.body) == (200, b'{"a": 1}')
    assert [head[0] for head in proxy.heads] == [f"CONNECT {HOST}:443 HTTP/1.1"]
    assert service.requests[0].path == "/x"


def test_certificate_of_the_service_is_verified_behind_a_proxy(service, monkeypatch, authority):
    with Proxy(service.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(net_client.NotTrusted):
            fetch(f"https://{HOST}/")
    assert service.requests == []


def test_plain_http_is_forwarded(monkeypatch):
    with Web(lambda _: Reply(200, {"a": 2})) as web, Proxy(web.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
        assert fetch(f"http://{HOST}/x", allow_http=True).body == b'{"a": 2}'
        assert proxy.heads[0][0] == f"GET http://{HOST}/x HTTP/1.1"


@pytest.mark.parametrize(("login", "says"), [("", "wants a user"), ("a:canary@", "wants another")])
def test_proxy_that_wants_a_login_is_named_without_it(monkeypatch, login, says):
    with Proxy(1, login="right:one") as proxy:
        for variable, scheme in (("HTTPS_PROXY", "https"), ("HTTP_PROXY", "http")):
            monkeypatch.setenv(variable, f"http://{login}127.0.0.1:{proxy.port}")
            with pytest.raises(ProxyFailed) as caught:
                fetch(f"{scheme}://{HOST}/", allow_http=True)
            assert f"the proxy {proxy.url} {says}" in caught.value.message
            assert "407" in caught.value.message
            assert variable in str(caught.value.hint)
            assert "canary" not in caught.value.message + str(caught.value.hint)
            assert caught.value.exit_code == 8


def test_proxy_that_refuses_or_is_down_is_named(monkeypatch):
    with Proxy(1, status=403) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        refused = f"the proxy {proxy.url} does not connect to {HOST} \\(status 403\\)"
        with pytest.raises(ProxyFailed, match=refused):
            fetch(f"https://{HOST}/")
    with pytest.raises(ProxyFailed, match=f"cannot connect to the proxy {proxy.url}"):
        fetch(f"https://{HOST}/")


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "SOCKS5"])
def test_socks_proxy_is_refused_by_name(monkeypatch, scheme):
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:1080")
    with pytest.raises(BadProxy, match="ALL_PROXY names a SOCKS proxy, which is not supported"):
        fetch(f"https://{HOST}/")


@pytest.mark.parametrize("value", ["http://", "ftp://proxy:1", "http://h:x", "http://a b:1", "://"])
def test_value_that_is_no_proxy_is_refused(value):
    with pytest.raises(BadProxy, match="HTTPS_PROXY is not the address"):
        proxy_for("https", HOST, None, {"HTTPS_PROXY": value})


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with Web(lambda _: Reply(200, {})) as web:
        assert fetch(web.url).status == 200
        assert fetch(f"http://localhost:{web.port}").status == 200


def test_metadata_address_is_refused_behind_a_proxy_too(monkeypatch):
    with Proxy(1) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(Forbidden):
            fetch("https://169.254.169.254/latest")
    assert proxy.heads == []


def test_name_is_looked_up_here_where_no_proxy_is_used(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", HOST)
    with pytest.raises(Unreachable, match=f"cannot resolve the host name {HOST}"):
        fetch(f"https://{HOST}/")


@pytest.mark.parametrize(
    ("text", "host", "exempt"),
    [
        ("*", "a.example", True),
        ("example", "example", True),
        ("example", "a.example", True),
        (".example", "a.EXAMPLE", True),
        ("*.example", "a.example", True),
        ("b.test, EXAMPLE c.test", "a.example", True),
        ("example", "notexample", False),
        ("a.example", "example", False),
        ("a.example:443", "a.example", True),
        ("a.example:8443", "a.example", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3:443", "10.1.2.3", True),
        ("10.1.2.3:80", "10.1.2.3", False),
        ("fd00::/8", "fd00::1", True),
        ("[fd00::1]", "fd00::1", True),
        ("[fd00::1]:443", "fd00::1", True),
        ("", "a.example", False),
        (" , ", "a.example", False),
        (".", "a.example", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(text, host, exempt):
    for variable in ("NO_PROXY", "no_proxy"):
        environ = {"https_proxy": "http://proxy:3128", variable: text}
        assert (proxy_for("https", host, None, environ) is None) is exempt


def test_small_letters_come_first_even_empty():
    environ = {"HTTPS_PROXY": "http://one:1", "https_proxy": "http://two:2"}
    found = proxy_for("https", HOST, None, environ)
    assert found is not None
    assert (found.url, found.variable) == ("http://two:2", "https_proxy")
    assert proxy_for("https", HOST, None, {**environ, "https_proxy": ""}) is None


def test_variable_that_a_request_to_a_web_server_sets_is_ignored():
    environ = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    assert proxy_for("http", HOST, None, environ) is None


def test_login_of_a_proxy_is_in_no_repr():
    found = proxy_for("https", HOST, None, {"HTTPS_PROXY": "http://a:canary@proxy:1"})
    assert "canary" not in repr(found)
