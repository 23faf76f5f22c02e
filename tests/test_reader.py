"""The read side: views, filters, one tenant at a time, streamed in the index's order."""

import json
import os
import sqlite3
import tracemalloc
from collections import Counter
from contextlib import closing

import pytest
from crowd import fill

from connectors_cli import database, reader
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.rows import CONNECTOR, TEXT, pick
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings

NAMES = (("name", TEXT),)
VIEWS = ("installed_connectors", "publish_targets", "removed_connectors", "catalog_entries")
EVERYTHING = ["100%_off", "=1+1", "Café ☕", "blog", "x"]
EACH = 3000


@pytest.fixture
def db(stock):
    opened = database.open_for_reading(Settings(stock).store)
    yield opened
    opened.close()


def names(rows):
    return [name for (name,) in rows.rows]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, EVERYTHING),
        ({"type": "wordpress"}, ["100%_off", "=1+1", "Café ☕", "blog"]),
        ({"type": "WORDPRESS"}, []),
        ({"status": "inactive"}, ["100%_off", "=1+1"]),
        ({"tag": "prod"}, ["Café ☕", "blog"]),
        ({"tag": "prod", "type": "wordpress", "status": "active"}, ["Café ☕", "blog"]),
        ({"tag": "pro"}, []),
        ({"tag": "50%_off"}, ["100%_off"]),
        ({"tag": "50%%off"}, []),
        ({"tag": "%"}, []),
        ({"tag": "p_od"}, []),
        ({"tag": "' OR '1'='1"}, []),
        ({"tag": '"prod"'}, []),
        ({"type": "x'; DROP TABLE connectors; --"}, []),
        ({"capability": "post_title"}, ["100%_off", "=1+1", "Café ☕", "blog"]),
        ({"capability": "schedule"}, ["100%_off", "=1+1", "Café ☕", "blog"]),
        ({"capability": "formats"}, ["100%_off", "=1+1", "Café ☕", "blog"]),
        ({"capability": "nothing"}, []),
        ({"capability": ""}, []),
        ({"capability": "$"}, []),
        ({"capability": '"'}, []),
        ({"capability": 'x" OR "'}, []),
        ({"capability": "post_text', 1) OR ('"}, []),
        ({"tag": None, "type": None}, EVERYTHING),
    ],
    ids=str,
)
def test_filters_find_what_they_say_and_nothing_else(db, filters, found):
    assert names(reader.list_installed(db, "default", NAMES, **filters)) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"category": "video"}, ["tiktok", "youtube"]),
        ({"auth_type": "none"}, ["rss"]),
        ({"lifecycle": "closed"}, []),
        ({"category": "%"}, []),
        ({"category": "Web", "lifecycle": "active", "auth_type": "oauth"}, ["wordpress-com"]),
        ({"capability": "draft", "category": "Dev"}, ["github"]),
    ],
    ids=str,
)
def test_the_catalog_is_filtered_too(db, filters, found):
    assert names(reader.list_catalog(db, (("key", TEXT),), **filters)) == found


def test_the_catalog_comes_by_key_or_by_category(db):
    columns = (("category", TEXT), ("key", TEXT))
    by_key = list(reader.list_catalog(db, columns).rows)
    assert by_key == sorted(by_key, key=lambda row: row[1])
    assert list(reader.list_catalog(db, columns, by="category").rows) == sorted(by_key)


def test_the_installed_of_each_type_are_counted_for_one_tenant(db):
    for tenant in ("default", "acme"):
        rows = reader.list_installed(db, tenant, (("catalog_key", TEXT),)).rows
        assert reader.count_by_type(db, tenant) == Counter(key for (key,) in rows)


def test_rows_say_whether_there_are_any_and_lose_none(db):
    rows = reader.list_catalog(db, (("key", TEXT),), category="video")
    assert not rows.is_empty()
    assert names(rows) == ["tiktok", "youtube"]
    assert rows.is_empty()


def test_targets_are_the_active_connectors_that_can_publish(db):
    assert names(reader.get_publish_targets(db, "default", NAMES)) == ["Café ☕", "blog", "x"]
    assert reader.count_publish_targets(db, "default") == 3
    assert reader.count_publish_targets(db, "default", tag="eu") == 1


def test_another_tenant_s_rows_are_never_seen(db):
    (acme,) = reader.list_installed(db, "acme", NAMES, tag="acme").rows
    assert acme == ("blog",)
    for read in (reader.list_installed, reader.get_publish_targets, reader.list_removed):
        for tenant in ("default", "acme"):
            rows = read(db, tenant)
            place = [name for name, _ in rows.columns].index("tenant_id")
            assert {row[place] for row in rows.rows} <= {tenant}
    with pytest.raises(NotFound, match="no connector 'hidden'"):
        reader.show_connector(db, "default", "hidden")


def test_another_tenant_s_id_names_nothing(db):
    columns = (("id", TEXT),)
    ((hidden,),) = reader.show_connector(db, "acme", "hidden", columns).rows
    assert reader.show_connector(db, "acme", hidden, columns).single
    for read in (reader.show_connector, sealed_connector):
        with pytest.raises(NotFound):
            read(db, "default", hidden)


@pytest.mark.parametrize("name", ["x' OR '1'='1", "%", "_", "BLOG", "blo", ""])
def test_a_name_is_matched_as_it_is(db, name):
    with pytest.raises(NotFound):
        reader.show_connector(db, "default", name)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("", EVERYTHING), ("b", ["blog"]), ("%", []), ("_", []), ("100%", ["100%_off"]), ("' OR", [])],
)
def test_names_are_completed_by_their_beginning(db, prefix, found):
    assert reader.names_beginning(db, "default", prefix, "installed_connectors") == found


def test_fields_are_picked_in_the_order_given_once_each():
    assert [name for name, _ in pick(CONNECTOR, "status, name,status,")] == [
        "status",
        "name",
    ]


@pytest.mark.parametrize("fields", ["nothing", ",", " ", "name;DROP TABLE connectors", "*", "auth"])
def test_an_unknown_field_is_refused(fields):
    with pytest.raises(UsageError, match="no field"):
        pick(CONNECTOR, fields)


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_a_column_with_credentials(db, view):
    columns = {row[1] for row in db.rows(f"PRAGMA table_info({view})")}
    assert columns
    assert not columns & {"auth", "auth_mac", "auth_fingerprints", "key_id"}


def test_a_view_gives_users_the_same_rows(db):
    shown = [name for name, _ in CONNECTOR]
    (row,) = db.rows(
        f"SELECT {', '.join(shown)} FROM publish_targets WHERE tenant_id='default' AND name='blog'"
    )
    assert row == next(reader.show_connector(db, "default", "blog").rows)
    assert json.loads(row[shown.index("auth_fields")]) == ["application_password", "username"]


def test_reading_cannot_write(db):
    with pytest.raises(database.StoreError, match="read-only"):
        db.one("DELETE FROM connectors")


@pytest.fixture(scope="module")
def crowd(stock, tmp_path_factory):
    """A store with some thousand connectors in each of several tenants."""
    path = tmp_path_factory.mktemp("crowd") / "store.db"
    with (
        closing(sqlite3.connect(Settings(stock).store.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(path)) as db,
    ):
        source.backup(db)
        for tenant in ("default", "t1", "t2"):
            fill(db, tenant, EACH, like="blog")
    opened = database.open_for_reading(f"sqlite:///{path}")
    yield opened
    opened.close()


def plan(db, read, *arguments, **filters):
    """The steps of SQLite's plan for the statement that a read runs."""
    statements = []
    db.connection.set_trace_callback(statements.append)
    next(read(db, *arguments, **filters).rows)
    db.connection.set_trace_callback(None)
    return [step for *_, step in db.rows(f"EXPLAIN QUERY PLAN {statements[-1]}")]


@pytest.fixture(params=[False, True], ids=["no statistics", "statistics"])
def planned(request, crowd):
    """The crowd, with and without statistics for SQLite's planner."""
    with closing(sqlite3.connect(crowd.place)) as db:
        db.execute("ANALYZE" if request.param else "DROP TABLE IF EXISTS sqlite_stat1")
    opened = database.open_for_reading(f"sqlite:///{crowd.place}")
    yield opened
    opened.close()


@pytest.mark.parametrize("read", [reader.list_installed, reader.get_publish_targets])
@pytest.mark.parametrize("filters", [{}, {"type": "wordpress"}, {"tag": "prod"}], ids=str)
def test_lists_come_in_the_index_s_order_and_are_not_sorted(planned, read, filters):
    steps = plan(planned, read, "t1", **filters)
    assert [step for step in steps if "idx_connectors_name_tenant" in step]
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_one_connector_is_found_by_its_index(planned):
    steps = plan(planned, reader.show_connector, "t1", "n000123")
    assert "idx_connectors_name_tenant (name=? AND tenant_id=?)" in steps[0]


def test_a_long_list_comes_row_by_row(crowd):
    tracemalloc.start()
    rows = reader.list_installed(crowd, "t1").rows
    seen = [row[2] for row in rows]
    del rows
    whole = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    assert sum(1 for _ in reader.list_installed(crowd, "t1").rows) == EACH
    streamed = tracemalloc.get_traced_memory()[1] - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert seen == sorted(seen)
    assert streamed < whole / 2


def test_another_tenant_s_many_rows_do_not_show(crowd):
    assert names(reader.list_installed(crowd, "acme", NAMES)) == ["blog", "hidden"]


def test_a_row_whose_settings_are_no_json_does_not_break_the_list(run, blog):
    with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as connection:
        connection.execute("UPDATE connectors SET config = '{broken'")
        connection.commit()
    (shown,) = json.loads(run("list", "--json").out)
    assert (shown["name"], shown["config"]) == ("blog", None)
