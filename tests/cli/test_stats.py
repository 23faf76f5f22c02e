"""The command `stats`: its counts are those of the events."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.cli.render.console import sparkline

pytestmark = pytest.mark.sqlite

USES = {"connector.use", "connector.reveal", "connector.export"}


@pytest.fixture
def busy(run, blog, settings):
    """The store of `blog`, with events of it and of another connector."""
    run("install", "twitter", "--name", "x", "--set", "client_id=a")
    run("edit", "x", "--rename", "y")
    run("get", blog, "application_password", "--reveal")
    run("env", blog)
    run("preset", "save", "p", "--from", blog)
    run("remove", "y")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", "0" * 20)
        run("get", blog, "application_password", "--reveal")
    with closing(sqlite3.connect(Path(settings.home) / "store.db")) as db, db:
        db.execute("UPDATE events SET at = '2020-02-03T04:05:06.000000Z' WHERE id = 1")


def sums(run, *line):
    return json.loads(run("stats", "--json", *line).out)


@pytest.mark.parametrize("by", ["type", "tenant", "day", "actor"])
def test_every_event_is_in_one_row(run, busy, by):
    events = json.loads(run("log", "--json").out)
    rows = sums(run, "--by", by, "--since", "2020-01-01")
    total = Counter()
    for row in rows:
        assert sum(row["trend"]) == row["events"]
        total.update({name: row[name] for name in ("events", "uses", "installs", "failures")})
    assert total["events"] == len(events)
    assert total["installs"] == sum(e["action"] == "connector.install" for e in events)
    good = [e for e in events if e["outcome"] == "ok"]
    assert total["uses"] == sum(e["action"] in USES for e in good) == 2
    assert total["failures"] == len(events) - len(good) == 1


def test_events_are_grouped_by_the_type_of_their_connector(run, busy):
    found = {row["type"]: row["events"] for row in sums(run, "--since", "2020-01-01")}
    assert found == {None: 2, "twitter": 3, "wordpress": 4}


def test_time_and_name_filter_the_events(run, busy):
    assert sum(row["events"] for row in sums(run)) == 8
    days = [row["day"] for row in sums(run, "--by", "day", "--since", "2020-01-01")]
    assert days[0] == "2020-02-03"
    assert len(days) == 2
    (of_x,) = sums(run, "x")
    assert (of_x["type"], of_x["events"]) == ("twitter", 3)
    assert sums(run, "y", "--until", "2020-01-01", "--since", "2019-01-01") == []
    unknown = run("stats", "nix", "--json")
    assert (unknown.code, unknown.err) == (5, run("log", "nix", "--json").err)


def test_events_of_an_erased_connector_count_for_its_type(run, busy):
    before = sums(run, "--since", "2020-01-01")
    run("remove", "blog", "--purge", "--yes")
    (nothing, _, wordpress) = sums(run, "--since", "2020-01-01")
    assert (nothing, wordpress["events"]) == (before[0], before[2]["events"] + 1)
    assert [wordpress[name] for name in ("installs", "uses", "failures")] == [1, 2, 1]


def test_earliest_possible_date_is_accepted(run, busy):
    for since in ("0001-01-01", "9999-12-31"):
        assert run("stats", "--since", since).code == 0
        assert run("log", "--since", since).code == 0


def test_names_output_has_an_empty_line_for_no_name(run, busy):
    assert run("stats", "-o", "names").out == "\ntwitter\nwordpress\n"


def test_by_tenant_covers_the_tenants_of_the_user(run, stocked, settings):
    found = {row["tenant"]: row["installs"] for row in sums(run, "--by", "tenant")}
    assert found == {"acme": 2, "default": 5}


def test_tenants_of_others_are_not_counted(run, busy, settings):
    with closing(sqlite3.connect(Path(settings.home) / "store.db")) as db, db:
        insert = "INSERT INTO tenants (id, name, created_by_email, created_at) VALUES (?, ?, ?, ?)"
        db.execute(insert, ("other", "other", "a@example.com", "2026-01-01T00:00:00.000000Z"))
        db.execute("UPDATE events SET tenant_id = 'other' WHERE id > 4")
    assert [row["tenant"] for row in sums(run, "--by", "tenant")] == ["default"]


def test_unknown_grouping_is_refused(run, blog):
    done = run("stats", "--by", "moon")
    assert done.code == 2
    assert "type, connector, tenant, day, actor" in done.err


def test_people_see_a_sparkline_in_every_row(terminal, busy):
    shown = terminal("stats", "--since", "2020-01-01", "--color", "never")
    head, *rows = shown.out.splitlines()
    counts = ["installs", "uses", "tests", "failures", "events"]
    assert head.split() == ["type", *counts, "trend"]
    assert all("█" in row for row in rows)


def test_events_without_a_connector_have_a_dash(terminal, busy):
    shown = terminal("stats", "--since", "2020-01-01", "--color", "never").out.splitlines()
    assert [row.split()[0] for row in shown[1:]].count("-") == 1


def test_sparkline_uses_digits_without_unicode(spawn, busy):
    shown = spawn(
        "stats", "--since", "2020-01-01", "-o", "table", LC_ALL="C", PYTHONIOENCODING="ascii"
    )
    _, *rows = shown.out.splitlines()
    assert rows
    assert all(row.split()[-1].strip(".12345678") == "" and "8" in row for row in rows)


def test_stats_without_a_store_are_empty(run):
    assert sums(run) == []


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_sparkline_has_one_bar_per_value_and_a_full_highest(counts):
    line = sparkline(counts)
    assert len(line) == len(counts)
    assert [bar == "·" for bar in line] == [count == 0 for count in counts]
    assert max(counts) == 0 or line[counts.index(max(counts))] == "█"
    ordered = sorted(zip(counts, line, strict=True))
    bars = ["·▁▂▃▄▅▆▇█".index(bar) for _, bar in ordered]
    assert bars == sorted(bars)
