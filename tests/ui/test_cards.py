"""Cards of services and connectors: shown, searched, filtered, marked and acted on."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli.settings import sqlite_path
from connectors_cli.store.read.connectors import list_installed, list_removed
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.rows import CONNECTOR, all_rows
from connectors_cli.system.cells import width_of
from connectors_cli.ui.grid import CardGrid
from connectors_cli.ui.installed import InstalledPane
from connectors_cli.vault.seal import new_key
from support.interface import drive, hides, lines, shows, text, type_in, until

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
FEED = "feed_url=https://example.com/feed"


@pytest.fixture
def feeds(run):
    for name in ("alpha", "beta", "gamma"):
        assert run("install", "rss", "--name", name, "--set", FEED, "--tag", "eu").code == 0
    return ("alpha", "beta", "gamma")


def installed(settings, read=list_installed):
    db = open_for_reading(settings.store)
    try:
        return {row["name"]: row for row in all_rows(read(db, "default", CONNECTOR))}
    finally:
        db.close()


def test_the_catalog_is_there_without_a_store(settings):
    async def scenario(pilot):
        await shows(pilot, "RSS or Atom Feed", "69 services", "default")
        await pilot.press("2")
        await shows(pilot, "Nothing is installed yet.")

    drive(settings, scenario, tab="catalog")


@pytest.mark.slow
def test_a_service_is_found_with_a_typing_error_and_shown_as_a_whole(settings):
    async def scenario(pilot):
        await pilot.press("slash")
        await type_in(pilot, "mastadon")
        await shows(pilot, "1 service", "Mastodon")
        await pilot.press("enter", "enter")
        await shows(pilot, "instance_url", "Filled by signing in", "i Install")
        await pilot.press("escape", "escape")
        await shows(pilot, "69 services")

    drive(settings, scenario, tab="catalog", size=(100, 40))


@pytest.mark.slow
def test_services_are_filtered(settings):
    async def scenario(pilot):
        await pilot.press("f", "down", "enter", "escape")
        await shows(pilot, "category: Dev")
        assert "69 services" not in text(pilot)
        await pilot.press("escape")
        await shows(pilot, "69 services")

    drive(settings, scenario, tab="catalog", size=(100, 30))


@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_a_connector_is_activated_renamed_tagged_removed_and_brought_back(settings):
    async def scenario(pilot):
        await shows(pilot, "alpha", "inactive · RSS", "tags: eu")
        await pilot.press("a")
        await shows(pilot, "alpha: activated")
        await pilot.press("n", "end")
        await type_in(pilot, "2")
        await pilot.press("enter")
        await shows(pilot, "alpha is now alpha2")
        await pilot.press("T", "end")
        await type_in(pilot, ",new")
        await pilot.press("enter")
        await shows(pilot, "tags: eu, new")
        await pilot.press("d")
        await shows(pilot, "Remove alpha2?")
        await pilot.press("y")
        await shows(pilot, "u undoes it")
        assert "alpha2" not in installed(settings)
        await pilot.press("u")
        await shows(pilot, "alpha2: restored")

    drive(settings, scenario)
    found = installed(settings)["alpha2"]
    assert (found["status"], found["tags"]) == ("active", ["eu", "new"])


@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_what_is_marked_is_acted_on_together(settings):
    async def scenario(pilot):
        await pilot.press("space", "space")
        await shows(pilot, "2 marked", "* ")
        await pilot.press("d", "y")
        await shows(pilot, "2 connectors: removed")

    drive(settings, scenario)
    assert installed(settings).keys() == {"gamma"}
    assert installed(settings, list_removed).keys() == {"alpha", "beta"}


@pytest.mark.slow
def test_what_was_removed_is_restored_from_its_own_list(run, feeds, settings):
    assert run("remove", *feeds).code == 0

    async def scenario(pilot):
        await shows(pilot, "Nothing is installed yet.")
        await pilot.press("R")
        await shows(pilot, "alpha", "removed 20", "r Restore")
        assert "d Remove" not in text(pilot)
        await pilot.press("r")
        await shows(pilot, "alpha: restored")
        await pilot.press("R")
        await shows(pilot, "alpha", "1 of them")

    drive(settings, scenario)


@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_a_name_that_is_taken_is_refused_while_it_is_typed(settings):
    async def scenario(pilot):
        await pilot.press("n", "ctrl+u")
        await type_in(pilot, "beta")
        await shows(pilot, "beta is taken")
        await pilot.press("enter")
        await type_in(pilot, "/")
        await shows(pilot, "invalid name: / at 5")
        await pilot.press("escape")

    drive(settings, scenario)
    assert installed(settings).keys() == {"alpha", "beta", "gamma"}


@pytest.mark.usefixtures("feeds")
def test_a_viewer_is_offered_nothing_that_changes(settings):
    with closing(sqlite3.connect(sqlite_path(settings.store))) as db, db:
        db.execute("UPDATE members SET role = 'viewer'")

    async def scenario(pilot):
        await shows(pilot, "default (viewer)", "alpha")
        assert "d Remove" not in text(pilot)
        await pilot.press("d", "a", "e")
        await pilot.press("question_mark")
        await shows(pilot, "you are viewer", "needs a member, an admin")

    drive(settings, scenario, size=(100, 50))
    assert installed(settings).keys() == {"alpha", "beta", "gamma"}


@pytest.mark.usefixtures("feeds")
def test_the_line_that_runs_a_program_is_copied(settings):
    async def scenario(pilot):
        await pilot.press("y")
        await shows(pilot, "Copied: connectors run alpha --")
        assert pilot.app.clipboard == "connectors run alpha -- "

    drive(settings, scenario)


@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_every_action_is_found_by_words(settings):
    async def scenario(pilot):
        await pilot.press("colon")
        await type_in(pilot, "deactivate")
        await shows(pilot, "On/off alpha")
        await pilot.press("enter")
        await until(pilot, lambda: installed(settings)["alpha"]["status"] == "active")

    drive(settings, scenario)


@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_changes_by_others_are_shown_and_the_place_is_kept(settings):
    async def scenario(pilot):
        await pilot.press("right", "space", "left")
        line = ("install", "rss", "--name", "aaa", "--set", FEED)
        subprocess.run([sys.executable, "-m", "connectors_cli", *line], check=True)
        await shows(pilot, "aaa")
        grid = pilot.app.query_one(InstalledPane).query_one(CardGrid)
        row = pilot.app.query_one(InstalledPane).row(grid.current)
        assert row["name"] == "beta"
        assert len(grid.marked) == 1

    drive(settings, scenario)


@pytest.mark.slow
def test_another_tenant_is_shown(run, feeds, settings, monkeypatch):
    keys = f"{settings.environ[KEY]},{new_key().text}"
    monkeypatch.setenv(KEY, keys)
    assert run("tenant", "create", "acme").code == 0
    assert run("install", "rss", "--name", "theirs", "--set", FEED, "--tenant", "acme").code == 0

    async def scenario(pilot):
        await pilot.press("w")
        await shows(pilot, "acme  owner, 1 connectors")
        await pilot.press("1")
        await shows(pilot, "acme (owner)", "theirs")
        await hides(pilot, "alpha")

    drive(settings, scenario)


@pytest.mark.parametrize("width", [60, 80, 120, 240])
@pytest.mark.usefixtures("feeds")
@pytest.mark.slow
def test_cards_stay_in_their_width(run, settings, width):
    for name in ("名前の長いコネクタ-" * 4, "שלום-עולם", "e\u0301" * 30):
        assert run("install", "rss", "--name", name, "--set", FEED).code == 0

    async def scenario(pilot):
        await shows(pilot, "alpha")
        await pilot.press("end")
        await shows(pilot, "名前")
        assert all(width_of(line) <= width for line in lines(pilot))
        await pilot.press("home")
        tops = [line for line in lines(pilot) if line.startswith(("╭", "┏"))]
        across = width // 38
        assert all(line.count("╮") + line.count("┓") <= across for line in tops)
        assert tops[0].count("╮") + tops[0].count("┓") == min(across, 6)

    drive(settings, scenario, size=(width, 30))
