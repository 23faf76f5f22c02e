"""Keys that come together, the lines of tabs and keys, and tabs that are made when shown."""

import pytest
from textual import events

from connectors_cli.ui.page import Pane
from connectors_cli.ui.search_line import SearchInput
from support.interface import drive, lines, shows, text, until

FEED = "feed_url=https://example.com/feed"


@pytest.fixture
def feeds(run):
    for name in ("alpha", "beta"):
        assert run("install", "rss", "--name", name, "--set", FEED).code == 0


def send(pilot, *keys):
    """Send keys without waiting for what one does before the next, as a slow line does."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.usefixtures("feeds")
def test_keys_that_come_together_go_where_the_ones_before_lead(settings):
    async def scenario(pilot):
        send(pilot, "slash", *"beta", "enter", "d")
        await shows(pilot, "Remove beta?")
        assert pilot.app.query_one(SearchInput).value == "beta"

    drive(settings, scenario)


@pytest.mark.usefixtures("feeds")
def test_keys_go_on_after_one_whose_widget_is_gone(settings):
    async def scenario(pilot):
        send(pilot, "question_mark")
        await shows(pilot, "Everywhere")
        send(pilot, "escape", "2", "slash", "b")
        await until(pilot, lambda: pilot.app.query_one(SearchInput).value == "b")

    drive(settings, scenario)


@pytest.mark.usefixtures("feeds")
def test_a_tab_is_made_when_it_is_shown_first_and_kept(settings):
    async def scenario(pilot):
        assert [type(pane).__name__ for pane in pilot.app.query(Pane)] == ["CatalogPane"]
        await pilot.press("slash", *"rss", "enter", "2")
        await shows(pilot, "alpha")
        await pilot.press("1")
        await shows(pilot, "1 service")
        assert len(pilot.app.query(Pane)) == 2
        assert pilot.app.query_one(SearchInput).value == "rss"

    drive(settings, scenario, tab="catalog")


@pytest.mark.usefixtures("feeds")
def test_tabs_and_keys_are_clicked(settings):
    async def scenario(pilot):
        await pilot.click("TabLine", offset=(12, 0))
        await shows(pilot, "alpha")
        await pilot.click("KeyLine", offset=(lines(pilot)[-1].index("? Keys"), 0))
        await shows(pilot, "Everywhere")

    drive(settings, scenario, tab="catalog")


@pytest.mark.usefixtures("feeds")
def test_the_keys_of_the_page_stay_in_sight_on_60_columns(settings):
    async def scenario(pilot):
        await until(pilot, lambda: lines(pilot)[-1].endswith("/ Search  ? Keys  q Quit"))
        assert "e Edit" in text(pilot)

    drive(settings, scenario, size=(60, 20))
