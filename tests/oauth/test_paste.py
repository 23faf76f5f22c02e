"""Sign-in by pasting, and with application passwords."""

import http.client
import os
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.errors import InvalidInput, Rejected, UsageError
from connectors_cli.oauth import actions
from connectors_cli.oauth.contract import Options
from support import browser
from support.http_server import Reply, Web
from support.oauth_server import entry_for
from support.sign_in_dialogs import Person, asked

pytestmark = pytest.mark.slow  # servers

PASTE = Options(method="paste", open_browser=False)
HTTPS = "https://www.example.com/signed-in?page=1"


def nowhere(_):
    """A browser on another machine: no redirect arrives."""


def where(server, change=lambda url: url):
    """A user who signs in elsewhere and pastes what they see."""
    return Person(nowhere, lambda person: change(_redirect(server, person.urls[-1])))


def _redirect(server, url):
    parts = urlsplit(url)
    to = http.client.HTTPConnection(parts.netloc, timeout=10)
    to.request("GET", f"{parts.path}?{parts.query}")
    location = to.getresponse().headers["Location"]
    to.close()
    return location


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url,
        lambda url: f"  {url}\n",
        lambda url: url.partition("?")[2],
        lambda url: f"?{url.partition('?')[2]}",
        lambda url: f"{url}#_=_",
        lambda url: f"{url[:40]}\n  {url[40:60]}\r\n{url[60:]}",
        lambda url: f"'{url}'",
        lambda url: f"\u201c{url}\u201d",
        lambda url: f"<{url}>.",
        lambda url: f"\ufeff{url[:30]}\u200b{url[30:]} ",
        lambda url: url.replace("&", "&amp;"),
    ],
    ids=[
        *("address", "spaces", "query", "question mark", "fragment"),
        *("breaks", "quotes", "typographic quotes", "brackets", "invisible", "html"),
    ],
)
def test_address_where_the_browser_ended_is_accepted(server, sign_in, change):
    person = where(server, change)
    granted = sign_in(person, PASTE)
    assert server.accepts(granted.auth["access_token"])
    assert urlsplit(asked(person.urls[0])["redirect_uri"]).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "canary",
        "https://x.example/?code=canary",
        "https://x.example/?code=canary&state=wrong",
        "code=canary&state=",
        "http://[?code=canary",
        "https://x.example/#code=canary",
        "code=canary&state=\udcff",
        "\udcff\0",
    ],
)
def test_pasted_text_that_is_not_the_answer_is_not_sent(server, sign_in, pasted):
    with pytest.raises(InvalidInput) as caught:
        sign_in(Person(nowhere, lambda _: pasted), PASTE)
    assert caught.value.message == "the pasted address does not belong to this sign-in"
    assert server.requests["token"] == 0


def test_answer_with_two_states_is_not_sent(server, sign_in):
    with pytest.raises(InvalidInput):
        sign_in(where(server, lambda url: f"{url}&state=other"), PASTE)
    assert server.requests["token"] == 0


def test_answer_to_an_earlier_sign_in_is_not_sent(server, sign_in):
    earlier = []
    sign_in(where(server, lambda url: earlier.append(url) or url), PASTE)
    with pytest.raises(InvalidInput):
        sign_in(Person(nowhere, lambda _: earlier[0]), PASTE)
    assert server.requests["token"] == 1


@pytest.mark.parametrize("more", ["error=access_denied", "iss=https%3A%2F%2Fevil.example"])
def test_pasted_answer_is_checked_like_any_other(server, sign_in, more):
    with pytest.raises(Rejected):
        sign_in(where(server, lambda url: f"{url}&{more}"), PASTE)
    assert server.requests["token"] == 0


@pytest.mark.parametrize("method", [None, "browser", "paste"])
def test_https_only_service_redirects_to_the_https_address(server, sign_in, method):
    person = where(server)
    options = Options(method=method, open_browser=False)
    granted = sign_in(
        person, options, config={"redirect_uri": HTTPS}, redirect="https", device_authorization=None
    )
    assert server.accepts(granted.auth["access_token"])
    assert asked(person.urls[0])["redirect_uri"] == HTTPS
    assert server.forms("/token")[0]["redirect_uri"] == HTTPS


def test_https_only_service_needs_a_redirect_address(server, sign_in):
    with pytest.raises(InvalidInput, match="redirect_uri is not set") as caught:
        sign_in(options=PASTE, redirect="https")
    assert "registered with your app" in caught.value.hint
    assert not server.seen


def test_browser_method_pastes_if_the_redirect_is_not_local(server, sign_in):
    options = Options(method="browser", open_browser=False)
    assert sign_in(where(server), options, config={"redirect_uri": HTTPS}).auth


def test_methods_of_a_type_are_sorted_best_first(server):
    assert actions.methods(entry_for()) == ("browser", "device", "paste", "token")
    none = entry_for(device_authorization=None)
    assert actions.methods(none) == ("browser", "paste", "token")
    https = entry_for(redirect="https", device_authorization=None)
    assert actions.methods(https) == ("paste", "token")
    with pytest.raises(UsageError, match="does not support sign-in by 'device'"):
        actions.sign_in(https, {}, {}, Options(method="device"), None)


def test_code_that_the_page_shows_is_accepted(server, sign_in):
    oob = "urn:ietf:wg:oauth:2.0:oob"

    def code(url):
        return parse_qs(urlsplit(url).query)["code"][0]

    person = where(server, code)
    granted = sign_in(person, PASTE, paste_redirect=oob)
    assert server.accepts(granted.auth["access_token"])
    assert asked(person.urls[0])["redirect_uri"] == oob
    with pytest.raises(InvalidInput):
        sign_in(where(server, code), PASTE)


@pytest.mark.parametrize("text", ["", " ", "two words", "can\udcffary", "x\ny"])
def test_text_that_is_not_a_code_is_not_sent(server, sign_in, text):
    with pytest.raises(InvalidInput, match="is not a code"):
        sign_in(Person(nowhere, lambda _: text), PASTE, paste_redirect="urn:x:oob")
    assert server.requests["token"] == 0


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "half \udcff"])
def test_text_that_is_not_a_password_is_refused(text):
    with pytest.raises(InvalidInput, match="is not a password"):
        wordpress(nowhere, PASTE, {"username": "alice"}, lambda _: text)


def wordpress(act, options, auth=None, pastes=lambda _: ""):
    person = Person(act, pastes)
    config = {"site_url": "https://blog.example.com"}
    return person, actions.sign_in(load("wordpress"), config, auth or {}, options, person)


def _came_back(answer):
    """A WordPress site where the user clicks: the page redirects with this answer."""

    def act(url):
        back = asked(url)[answer.pop("to", "success_url")]
        mark = "&" if "?" in back else "?"
        return browser.visit(f"{back}{mark}{urlencode(answer)}")

    return act


OPTIONS = Options(open_browser=False, timeout=5)
MADE = {
    "site_url": "https://blog.example.com",
    "user_login": "alice",
    "password": "canary password 1234",
}


def test_wordpress_creates_a_password_on_its_page():
    person, granted = wordpress(_came_back(dict(MADE)), OPTIONS)
    assert granted.auth == {"username": "alice", "application_password": MADE["password"]}
    assert "canary" not in repr(granted)
    assert "canary" not in person.done()
    url = person.urls[0]
    assert url.startswith("https://blog.example.com/wp-admin/authorize-application.php?")
    assert asked(url)["app_name"] == "connectors"


def test_name_of_a_password_is_used_once():
    options = Options(open_browser=False, timeout=5, connector="blog")
    person, _ = wordpress(_came_back(dict(MADE)), options)
    name = asked(person.urls[0])["app_name"]
    assert re.fullmatch(r"connectors - blog on .+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", name)


@pytest.mark.parametrize(
    ("auth", "line"),
    [
        ({"username": "alice"}, "canary password 1234"),
        ({}, "alice:canary password 1234"),
        ({}, "  alice : canary password 1234 "),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="pipes cannot be waited for")
def test_password_can_be_pasted_while_the_browser_is_waited_for(auth, line):
    read, write = os.pipe()
    person = Person(nowhere)
    person.pipe = read
    os.write(write, f"\n{line}\n".encode())
    config = {"site_url": "https://blog.example.com"}
    granted = actions.sign_in(load("wordpress"), config, auth, OPTIONS, person)
    os.close(write)
    os.close(read)
    assert granted.auth["application_password"] == "canary password 1234"
    assert auth.get("username") or granted.auth["username"] == "alice"
    assert set(asked(person.urls[1])) == {"app_name", "app_id"}


def test_redirect_comes_first_if_nothing_is_pasted():
    read, write = os.pipe()
    person = Person(_came_back(dict(MADE)))
    person.pipe = read
    os.close(write)
    config = {"site_url": "https://blog.example.com"}
    granted = actions.sign_in(load("wordpress"), config, {}, OPTIONS, person)
    os.close(read)
    assert granted.auth["username"] == "alice"


INDEX = "application-passwords"


@pytest.mark.parametrize(
    ("place", "path"),
    [("/secret/authorize.php", "/secret/authorize.php"), ("https://evil.example/x", "/wp-admin/")],
)
def test_page_is_where_the_site_says_but_never_on_another_site(place, path):
    def site(_):
        known = {INDEX: {"endpoints": {"authorization": place if "//" in place else url + place}}}
        return Reply(200, {"authentication": known})

    with Web(site) as web:
        url = web.url
        person = Person(nowhere, lambda _: "canary password")
        auth = {"username": "alice"}
        actions.sign_in(load("wordpress"), {"site_url": url}, auth, PASTE, person)
    assert person.urls[0].startswith(f"{url}{path}")


def test_site_without_application_passwords_is_told_before_a_page_opens():
    with Web(lambda _: Reply(200, {"authentication": []})) as web:
        person = Person(nowhere)
        with pytest.raises(InvalidInput, match="application passwords turned off"):
            actions.sign_in(load("wordpress"), {"site_url": web.url}, {}, OPTIONS, person)
    assert person.urls == []


def test_denial_at_wordpress_ends_the_sign_in():
    with pytest.raises(Rejected, match="the sign-in was denied"):
        wordpress(_came_back({"to": "reject_url"}), OPTIONS)


def test_password_from_another_site_is_refused():
    def forged(url):
        back = asked(url)["success_url"].partition("?")[0]
        for state in ("", "&state=wrong"):
            with pytest.raises(OSError, match="400"):
                browser.visit(f"{back}?{urlencode(MADE)}{state}")
        return _came_back(dict(MADE, user_login="bob"))(url)

    _, granted = wordpress(forged, OPTIONS)
    assert granted.auth["username"] == "bob"


@pytest.mark.parametrize("name", ["user_login", "password"])
def test_incomplete_answer_of_wordpress_is_refused(name):
    with pytest.raises(Rejected, match=f"has no {name}") as caught:
        wordpress(_came_back({key: MADE[key] for key in MADE if key != name}), OPTIONS)
    assert "canary" not in caught.value.message


def test_password_that_wordpress_shows_is_accepted():
    person, granted = wordpress(
        nowhere, PASTE, {"username": "alice"}, lambda _: " abcd efgh ijkl mnop qrst uvwx\n"
    )
    assert granted.auth == {"application_password": "abcd efgh ijkl mnop qrst uvwx"}
    assert set(asked(person.urls[0])) == {"app_name", "app_id"}
    with pytest.raises(InvalidInput, match="does not show username"):
        wordpress(nowhere, PASTE, {}, lambda _: "abcd efgh")


def test_wordpress_has_two_methods():
    assert actions.methods(load("wordpress")) == ("browser", "paste")
    assert not actions.can_refresh(load("wordpress"), {"application_password": "x"})
