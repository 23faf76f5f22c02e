"""Sign-in with an application password, as for WordPress."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from support import oauth_connectors
from support.http_server import Reply, Web, wordpress

PASSWORD = "canary-password"
PAGE = "/wp-admin/authorize-application.php"


@pytest.fixture
def site(monkeypatch):
    """A site where alice agrees; the first answers of its page and API can be set."""
    monkeypatch.setenv("BROWSER", oauth_connectors.BROWSER)
    api = wordpress(PASSWORD)

    def answer(asked):
        address = urlsplit(asked.path)
        if address.path == PAGE:
            back = parse_qs(address.query)["success_url"][0]
            given = {"site_url": made.says, "user_login": "alice", "password": PASSWORD}
            if made.refuses:
                given = {"success": "false"}
            given = {name: value for name, value in given.items() if value is not None}
            join = "&" if "?" in back else "?"
            return Reply(302, {}, {"Location": f"{back}{join}{urlencode(given)}"})
        if "application-passwords" in address.path:
            return Reply(200, {"uuid": "1234", "deleted": True})
        if urlsplit(asked.path).path.startswith("/wp-json"):
            return api(asked)
        return Reply(404, {})

    with Web(answer) as made:
        made.refuses, made.says = False, made.url
        yield made


def install(run, site, *more):
    line = ("install", "wordpress", "--name", "blog", "--activate", "--auth", "browser")
    return run(*line, "--set", f"site_url={site.url}", *more)


def test_install_gets_a_password_from_the_page(run, site):
    done = install(run, site, "--test")
    assert done.code == 0, done.err
    assert done.out.startswith("blog (wordpress): installed, active\nok as Alice Example")
    assert run("get", "blog", "username", "--reveal").out == "alice\n"
    assert run("auth", "status", "blog").code == 0


def test_sign_in_can_be_postponed_with_a_note(run, site):
    line = ("install", "wordpress", "--name", "blog", "--auth", "none")
    assert run(*line, "--set", f"site_url={site.url}").code == 0
    done = run("auth", "login", "blog", "--json")
    assert done.code == 2
    hint = "connectors auth login blog --method browser"
    assert json.loads(done.err)["error"]["hint"] == hint
    assert run("auth", "login", "blog", "--method", "browser").code == 0


def test_declined_sign_in_can_be_resumed(run, site):
    site.refuses = True
    done = install(run, site)
    assert done.code == 9
    assert "blog is installed, but not signed in: " in done.err
    assert run("edit", "blog", "--set", "account_label=Company blog").code == 0
    site.refuses = False
    assert run("auth", "login", "blog", "--method", "browser").code == 0
    assert run("test", "blog").code == 0


@pytest.mark.parametrize("other", ["https://other.example.com", "", "https://[", None])
def test_password_of_another_site_is_not_saved(run, site, other):
    site.says = other
    done = install(run, site)
    assert done.code == 9
    assert "the password does not come from 127.0.0.1:" in done.err
    assert "hint: check the address of the site: connectors show blog" in done.err
    assert json.loads(run("show", "blog", "--json").out)["auth_fields"] == []


def test_logout_revokes_the_password(run, site):
    install(run, site)
    done = run("auth", "logout", "blog")
    assert (done.code, done.out, done.err) == (0, "blog (wordpress): signed out, error\n", "")
    assert [one.method for one in site.requests][-2:] == ["GET", "DELETE"]
    assert json.loads(run("show", "blog", "--json").out)["auth_fields"] == ["username"]


def test_typed_password_is_not_revoked_by_remove(run, blog, site):
    assert run("remove", blog).err == ""
    assert run("restore", blog).err == ""
    assert run("get", blog, "application_password", "--reveal").out == f"{PASSWORD}\n"


def test_typed_password_stays_valid_after_a_failed_sign_in(run, site, monkeypatch):
    monkeypatch.setenv("P", PASSWORD)
    line = ("install", "wordpress", "--name", "blog", "--secret", "application_password=env:P")
    assert run(*line, "--set", f"site_url={site.url}", "--set", "username=alice").code == 0
    site.refuses = True
    assert run("auth", "login", "blog", "--method", "browser").code == 9
    before = len(site.requests)
    assert run("remove", "blog").code == 0
    assert len(site.requests) == before


def test_password_typed_after_a_sign_in_is_not_revoked(run, site, monkeypatch):
    install(run, site)
    assert run("auth", "logout", "blog").code == 0
    (found,) = json.loads(run("auth", "status", "--json").out)["results"]
    assert (found["state"], found["method"]) == ("signed_out", None)
    monkeypatch.setenv("P", PASSWORD)
    assert run("edit", "blog", "-S", "application_password=env:P").code == 0
    assert json.loads(run("auth", "status", "--json").out)["results"] == []
    before = len(site.requests)
    assert (run("remove", "blog").code, len(site.requests)) == (0, before)


def test_replacement_password_is_not_revoked(run, site, monkeypatch):
    install(run, site)
    monkeypatch.setenv("P", "canary-another-password")
    assert run("edit", "blog", "-S", "application_password=env:P").code == 0
    before = len(site.requests)
    assert (run("remove", "blog").code, len(site.requests)) == (0, before)
