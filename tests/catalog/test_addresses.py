"""Addresses of types: the hosts they are sent to, and values that are unfit to be sent."""

import pytest

from connectors_cli.catalog.addresses import Addresses, origin
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.read import load

URI = {"type": "string", "format": "uri"}
SECRET = {"type": "string", "writeOnly": True}


def problems(key, config=None, auth=None):
    entry = load(key) if isinstance(key, str) else key
    found = Addresses(entry).problems(config or {}, auth or {})
    return {problem.dotted: problem.message for _, problem in found}


def custom(**probe):
    config = {"properties": {"url": {"type": "string"}, "docs": URI, "links": {"items": URI}}}
    auth = {"properties": {"token": SECRET, "dsn": {**URI, "writeOnly": True}}}
    sends = {"send": {"as": "bearer", "value": "{auth.token}"}}
    return Entry("own", "Own", "api_key", config, auth, probe={**sends, **probe}, source="custom")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://user:pw@blog.example", "must not contain a user name or password"),
        ("https://user@blog.example", "must not contain a user name or password"),
        ("https://:pw@blog.example", "must not contain a user name or password"),
        ("https://x:99999", "has an invalid host or port"),
        ("https://x:0", "has an invalid host or port"),
        ("https://x:port", "has an invalid host or port"),
        ("http:///x", "has no host"),
        ("https://[::1", "has an invalid host or port"),
    ],
)
def test_address_that_cannot_be_used_is_named(url, message):
    login = "--set username=VALUE --secret application_password=SOURCE"
    assert problems("wordpress", {"site_url": url}) == {"site_url": where(message, login)}
    assert problems("nostr", {"relays": [url]}) == {"relays.0": message}
    token = where(message, "--secret token=SOURCE")
    assert problems(custom(), {"docs": url}) == {"docs": token}
    assert problems(custom(url="{config.url}/me"), {"url": url}) == {"url": token}


def where(message, flags):
    """Return a problem with the place of credentials, if it is about credentials."""
    return f"{message}: use {flags}" if "password" in message else message


def test_usable_addresses_have_no_problem():
    for url in ("https://blog.example", "http://[::1]:8080/a", "https://b\u00fccher.example:8443"):
        assert problems("wordpress", {"site_url": url}) == {}
    assert problems("sftp", {"host": "files.example", "port": 22}) == {}
    assert problems(custom(), auth={"dsn": "postgresql://u:pw@db/x"}) == {}
    assert problems(custom(), {"docs": "mailto:me@example.org"}) == {}


def test_secret_address_for_requests_contains_no_password():
    assert "dsn" in problems(custom(), auth={"dsn": "https://u:pw@db/x"})


@pytest.mark.parametrize("host", ["a@b", "a/b", "a?b", "a b", ""])
def test_part_of_a_host_is_only_that(host):
    found = problems("shopify-blog", {"shop": host})
    assert ("shop" in found) is (host != "")
    entry = custom(url="https://{config.url}.example:{config.docs}/")
    assert problems(entry, {"url": "ok", "docs": "99999"}) == {"docs": "is not a valid port"}


@pytest.mark.parametrize("char", ["\r", "\n", "\0"])
def test_credential_in_a_header_has_no_line_break(char):
    value = f"canary{char}X-Other: 1"
    assert list(problems("buttondown", auth={"api_key": value})) == ["api_key"]
    assert list(problems("github", auth={"access_token": value})) == ["access_token"]
    assert list(problems("reddit", {"user_agent": value})) == ["user_agent"]
    assert list(problems("ftp", auth={"password": value})) == ["password"]
    assert char == "\0" or problems("sftp", auth={"private_key": value}) == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Blog.Example/path?q", "https://blog.example"),
        ("https://blog.example:443", "https://blog.example"),
        ("http://blog.example:443", "http://blog.example:443"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_origin_is_scheme_host_and_port(url, expected):
    assert origin(url) == expected


def test_origins_of_a_built_in_type_are_those_of_its_settings():
    github = Addresses(load("github"))
    assert github.fields == {"api_url", "web_url"}
    assert github.origins({"api_url": "https://git.example/api"}) == (
        "https://git.example",
        "https://github.com",
    )
    assert Addresses(load("linkedin")).origins({}) == ()
    assert Addresses(load("s3")).origins({"endpoint": "https://minio.example:9000"}) == (
        "https://minio.example:9000",
    )


def test_origins_of_a_custom_type_are_all_that_it_sends_to():
    entry = custom(url="https://api.example/me", steps=[{"url": "https://login.example"}])
    assert Addresses(entry).origins({}) == ("https://api.example", "https://login.example")
    assert Addresses(entry.replaced(probe=None)).origins({"url": "https://a.example"}) == (
        "https://a.example",
    )
