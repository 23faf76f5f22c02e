"""The tab Activity: entries, their details, filters, usage and verification."""

import subprocess
import sys

import pytest

from connectors_cli.ui.line_list import LineList
from support import log_writer
from support.interface import drive, hides, shows, text, toasts, type_in, until

FEED = "feed_url=https://example.com/feed"


@pytest.fixture
def feeds(run):
    for name in ("alpha", "beta"):
        assert run("install", "rss", "--name", name, "--set", FEED).code == 0


@pytest.mark.usefixtures("feeds")
def test_entries_are_shown_searched_filtered_and_opened(settings):
    async def scenario(pilot):
        await shows(pilot, "connector.install", "alpha", "beta", "tenant.create")
        await pilot.press("slash")
        await type_in(pilot, "ALPHA")
        await hides(pilot, "beta")
        await pilot.press("enter", "enter")
        await shows(pilot, "Details", "rss")
        await pilot.press("escape", "escape")
        await shows(pilot, "beta")
        await pilot.press("f", "down", "enter", "escape")
        await shows(pilot, "outcome: failed", "No entry matches")

    drive(settings, scenario, tab="activity", size=(100, 24))


@pytest.mark.slow
@pytest.mark.usefixtures("feeds")
def test_new_entries_leave_the_cursor_where_it_is(settings):
    async def scenario(pilot):
        await shows(pilot, "beta")
        await pilot.press("down")
        lines = pilot.app.query_one(LineList)
        entry = lines.current
        line = ("install", "rss", "--name", "gamma", "--set", FEED)
        subprocess.run([sys.executable, "-m", "connectors_cli", *line], check=True)
        await shows(pilot, "1 new above")
        assert lines.current == entry
        await pilot.press("home")
        await shows(pilot, "gamma")

    drive(settings, scenario, tab="activity", size=(100, 24))


@pytest.mark.slow
@pytest.mark.usefixtures("feeds")
def test_the_log_is_verified(settings):
    async def scenario(pilot):
        await pilot.press("v")
        await until(pilot, lambda: "The log is whole: 3 entries" in toasts(pilot))

    drive(settings, scenario, tab="activity")


@pytest.mark.slow
def test_usage_is_shown_as_bars(run, settings, blog):
    for _ in range(3):
        assert run("get", "blog", "application_password", "--reveal").code == 0

    async def scenario(pilot):
        await pilot.press("b")
        await shows(pilot, "Uses by type", "Uses by connector", "3 uses, 0 tests")
        assert text(pilot).count("#" * 40) == 2

    drive(settings, scenario, tab="activity", size=(100, 30))


@pytest.mark.slow
@pytest.mark.usefixtures("feeds")
def test_only_what_is_seen_is_read(settings):
    for _ in range(20):
        assert log_writer.append() == 0
    assert log_writer.appended() * 20 > 700

    async def scenario(pilot):
        pane = pilot.app.query_one("ActivityPane")
        read = []
        pane._read = lambda db, ids, real=pane._read: read.append(len(ids)) or real(db, ids)
        pane._rows.clear()
        lines = pilot.app.query_one(LineList)
        lines.refresh()
        await pilot.press("pagedown", "pagedown")
        assert len(lines.ids) == 500
        assert sum(read) < 100
        await pilot.press("end")
        await until(pilot, lambda: len(lines.ids) > 500)
        assert sum(read) < 200

    drive(settings, scenario, tab="activity")
