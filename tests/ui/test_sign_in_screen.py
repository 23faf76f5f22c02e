"""Signing in and testing connections on the screen, against a real server on this machine."""

import re
import urllib.error
import urllib.request

import pytest
from textual.events import Paste

from connectors_cli.store.read.connectors import show_connector
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.rows import CONNECTOR, only_row
from connectors_cli.ui.form.secret_input import SecretInput
from connectors_cli.ui.sign_in import SignInScreen
from support.browser import _Stay
from support.interface import drive, shows, text, toasts, type_in, until
from support.oauth_server import CLIENT_ID, CLIENT_SECRET

pytestmark = pytest.mark.slow


def row_of(settings, name):
    db = open_for_reading(settings.store)
    try:
        return only_row(show_connector(db, "default", name, CONNECTOR))
    finally:
        db.close()


@pytest.fixture
def signed_out(run, news):
    assert run("auth", "logout", news).code == 0
    return news


async def paste(pilot, pasted):
    pilot.app.screen.query_one(SecretInput).post_message(Paste(pasted))
    await pilot.pause()
    await pilot.press("enter")


def said(pilot):
    return str(pilot.app.screen.query_one("#sign-in-text").content)


def address(pilot):
    return re.search(r"http://\S+", said(pilot)).group()


def test_by_browser(settings, signed_out):
    async def scenario(pilot):
        await shows(pilot, "error · Example", "next: sign in (s)")
        await pilot.press("s")
        await shows(pilot, "1  in a browser on this machine")
        await pilot.press("1")
        await until(pilot, lambda: "signed in" in toasts(pilot))
        await shows(pilot, "active · Example")

    drive(settings, scenario, size=(100, 30))
    assert "access_token" in row_of(settings, signed_out)["auth_fields"]


def test_by_paste_again_after_a_wrong_one(settings, signed_out, monkeypatch):
    monkeypatch.setenv("BROWSER", "true")

    async def scenario(pilot):
        await pilot.press("s")
        await shows(pilot, "paste the address of its last page")
        await pilot.press(next(n for n in "1234" if f"{n}  in any browser" in text(pilot)))
        await until(pilot, lambda: "http://" in said(pilot))
        await until(pilot, lambda: pilot.app.screen.query_one(SecretInput).display)
        await paste(pilot, "http://127.0.0.1/callback?state=wrong&code=x")
        await shows(pilot, "does not belong to this sign-in")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
        with pytest.raises(urllib.error.HTTPError) as back:
            opener.open(address(pilot), timeout=10)
        await paste(pilot, back.value.headers["Location"])
        await until(pilot, lambda: "signed in" in toasts(pilot))

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, signed_out)["status"] == "active"


@pytest.mark.usefixtures("signed_out")
def test_a_typed_token_is_on_no_screen(settings):
    token = "canary-token-0123456789"

    async def scenario(pilot):
        await pilot.press("s")
        await shows(pilot, "with a token that you have")
        await pilot.press(next(n for n in "12345" if f"{n}  with a token" in text(pilot)))
        await shows(pilot, "Paste an access token")
        pilot.app.screen.query_one(SecretInput).post_message(Paste(token))
        await pilot.pause()
        assert token not in text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: toasts(pilot))
        assert token not in text(pilot) + toasts(pilot)

    drive(settings, scenario, size=(100, 30))


def test_it_is_stopped_and_nothing_is_changed(settings, signed_out, monkeypatch):
    monkeypatch.setenv("BROWSER", "true")
    before = row_of(settings, signed_out)

    async def scenario(pilot):
        await pilot.press("s", "1")
        await until(pilot, lambda: "Waiting" in said(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignInScreen))

    drive(settings, scenario, size=(100, 30))
    after = row_of(settings, signed_out)
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_a_test_shows_its_steps_and_leaves_the_result_on_the_card(settings, news):
    async def scenario(pilot):
        await pilot.press("t")
        await shows(pilot, "Tested: 1 work", "schema: ok  decrypt: ok  connect: ok")
        await pilot.press("escape")
        await shows(pilot, ": works")

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, news)["last_check"]["state"] == "ok"


def test_a_failed_test_says_what_is_next(run, settings, news):
    done = run("edit", news, "--set", "server_url=http://127.0.0.1:9", "--yes")
    assert done.code == 0, done.err

    async def scenario(pilot):
        await pilot.press("t")
        await shows(pilot, "1 failed", "next: ")
        await pilot.press("escape")

    drive(settings, scenario, size=(100, 30))
    assert row_of(settings, news)["last_check"]["state"] == "auth_failed"


def test_an_install_goes_on_with_its_sign_in(settings, news, server):
    async def scenario(pilot):
        await pilot.press("slash")
        await type_in(pilot, "example")
        await pilot.press("enter", "i")
        await shows(pilot, "Install Example")
        screen = pilot.app.screen
        rows = [row for row in screen._fields.rows if row.kind == "field"]
        values = {"server_url": server.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        for row in rows:
            if (typed := values.get(str(row.path[0]))) is not None:
                screen._fields.go_to(row)
                await pilot.pause()
                await type_in(pilot, typed)
        await pilot.press("ctrl+s")
        await shows(pilot, "1  in a browser on this machine")
        await pilot.press("1")
        await shows(pilot, "Publish with example now?")
        await pilot.press("y")
        await until(pilot, lambda: row_of(settings, "example")["status"] == "active")

    drive(settings, scenario, tab="catalog", size=(100, 40))
