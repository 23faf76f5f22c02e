"""What the interface reads: kept open, and followed through changes, restores and lost servers."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli.settings import sqlite_path
from connectors_cli.ui.header import PageHeader
from connectors_cli.ui.installed import InstalledPane
from support.interface import drive, hides, shows, until

FEED = "feed_url=https://example.com/feed"


def connectors(*line: str) -> None:
    subprocess.run([sys.executable, "-m", "connectors_cli", *line], check=True)


@pytest.fixture
def feed(run):
    assert run("install", "rss", "--name", "alpha", "--set", FEED).code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("feed")
def test_a_restored_store_is_shown_and_the_place_kept(settings, tmp_path):
    copy = str(tmp_path / "copy.db")
    connectors("backup", copy)
    connectors("install", "rss", "--name", "beta", "--set", FEED)

    async def scenario(pilot):
        await shows(pilot, "alpha", "beta")
        connectors("restore", "--from", copy, "--yes")
        await hides(pilot, "beta")
        connectors("install", "rss", "--name", "gamma", "--set", FEED)
        await shows(pilot, "alpha", "gamma")

    drive(settings, scenario)


@pytest.mark.slow
@pytest.mark.usefixtures("feed")
def test_a_locked_store_is_said_and_left_as_it_was_once_it_is_free(settings):
    path = sqlite_path(settings.store)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=DELETE")

    async def scenario(pilot):
        await shows(pilot, "alpha")
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            header = pilot.app.query_one(PageHeader)
            await until(pilot, lambda: header.trouble)
            await shows(pilot, "alpha", "locked")
            db.execute("ROLLBACK")
        await until(pilot, lambda: not header.trouble)

    drive(settings, scenario, size=(120, 24))


@pytest.mark.usefixtures("feed")
def test_an_idle_page_asks_one_number_and_no_row(settings):
    async def scenario(pilot):
        await shows(pilot, "alpha")
        asked = []
        session = pilot.app.session
        session._db.connection.set_trace_callback(asked.append)
        pilot.app.watch_store()
        pilot.app.watch_store()
        session._db.connection.set_trace_callback(None)
        assert asked == ["PRAGMA data_version"] * 2

    drive(settings, scenario)


@pytest.mark.slow
@pytest.mark.usefixtures("feed")
def test_a_damaged_row_is_a_card_among_others(settings, run):
    assert run("install", "rss", "--name", "beta", "--set", FEED).code == 0
    with closing(sqlite3.connect(sqlite_path(settings.store))) as db, db:
        db.execute("UPDATE connectors SET auth = 'torn' WHERE name = 'alpha'")

    async def scenario(pilot):
        await shows(pilot, "unreadable · RSS", "next: ask `connectors doctor`", "beta")

    drive(settings, scenario)


@pytest.mark.slow
@pytest.mark.usefixtures("feed")
def test_without_the_key_the_page_stays_and_says_why(settings, monkeypatch):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    environ = {n: v for n, v in settings.environ.items() if n != "CONNECTOR_AUTH_ENCRYPTION_KEY"}
    settings.environ = environ

    async def scenario(pilot):
        await shows(pilot, "alpha")
        await pilot.press("a")
        await until(pilot, lambda: pilot.app._notifications)
        await shows(pilot, "key", "inactive · RSS")

    drive(settings, scenario)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_is_followed_and_may_go_away(settings, run, monkeypatch, postgres):
    name = postgres.create()
    monkeypatch.setenv("CONNECTORS_STORE", postgres.url(name))
    try:
        assert run("install", "rss", "--name", "alpha", "--set", FEED).code == 0
        from connectors_cli.settings import Settings

        async def scenario(pilot):
            await shows(pilot, "alpha")
            connectors("install", "rss", "--name", "beta", "--set", FEED)
            await shows(pilot, "beta")
            connection = pilot.app.session._db.connection
            assert connection.info.transaction_status == 0  # it holds nothing up
            connection.close()
            connectors("edit", "beta", "--rename", "gamma")
            await shows(pilot, "gamma")
            assert pilot.app.query_one(InstalledPane).grid.current is not None

        drive(Settings(os.environ), scenario)
    finally:
        postgres.drop(name)
