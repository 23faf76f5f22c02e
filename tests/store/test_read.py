"""Reading: views, filters and tenants; rows are streamed in the order of an index."""

import json
import os
import sqlite3
import tracemalloc
import zlib
from collections import Counter
from contextlib import closing

import pytest

from connectors_cli.errors import NotFound, UsageError
from connectors_cli.settings import Settings
from connectors_cli.store.read import connectors, database, users
from connectors_cli.store.read.rows import CONNECTOR, TEXT, pick
from connectors_cli.store.read.sealed import older_seals, sealed_connector, stored_block
from support.many_rows import fill

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
def test_filters_select_matching_connectors_only(db, filters, found):
    assert names(connectors.list_installed(db, "default", NAMES, **filters)) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"category": "video"}, ["peertube", "tiktok", "youtube"]),
        ({"auth_type": "none"}, ["rss", "signal"]),
        ({"lifecycle": "closed"}, []),
        ({"category": "%"}, []),
        ({"category": "Web", "lifecycle": "active", "auth_type": "oauth"}, ["wordpress-com"]),
        ({"capability": "draft", "category": "Dev"}, ["github"]),
    ],
    ids=str,
)
def test_catalog_is_filtered(db, filters, found):
    assert names(connectors.list_catalog(db, "default", (("key", TEXT),), **filters)) == found


def test_catalog_is_sorted_by_key_or_category(db):
    columns = (("category", TEXT), ("key", TEXT))
    by_key = list(connectors.list_catalog(db, "default", columns).rows)
    assert by_key == sorted(by_key, key=lambda row: row[1])
    assert list(connectors.list_catalog(db, "default", columns, by="category").rows) == sorted(
        by_key
    )


def test_connectors_are_counted_by_type_in_one_tenant(db):
    for tenant in ("default", "acme"):
        rows = connectors.list_installed(db, tenant, (("catalog_key", TEXT),)).rows
        assert connectors.count_by_type(db, tenant) == Counter(key for (key,) in rows)


def test_asking_whether_rows_are_empty_loses_none(db):
    rows = connectors.list_catalog(db, "default", (("key", TEXT),), category="video")
    assert not rows.is_empty()
    assert names(rows) == ["peertube", "tiktok", "youtube"]
    assert rows.is_empty()


def test_targets_are_active_connectors_that_can_publish(db):
    assert names(connectors.get_publish_targets(db, "default", NAMES)) == ["Café ☕", "blog"]
    assert connectors.count_publish_targets(db, "default") == 2  # x is not signed in
    assert connectors.count_publish_targets(db, "default", tag="eu") == 1


def test_rows_of_other_tenants_are_never_returned(db):
    (acme,) = connectors.list_installed(db, "acme", NAMES, tag="acme").rows
    assert acme == ("blog",)
    for read in (
        connectors.list_installed,
        connectors.get_publish_targets,
        connectors.list_removed,
    ):
        for tenant in ("default", "acme"):
            rows = read(db, tenant)
            place = [name for name, _ in rows.columns].index("tenant_id")
            assert {row[place] for row in rows.rows} <= {tenant}
    with pytest.raises(NotFound, match="no connector 'hidden'"):
        connectors.show_connector(db, "default", "hidden")


def test_id_of_another_tenants_connector_is_unknown(db):
    columns = (("id", TEXT),)
    ((hidden,),) = connectors.show_connector(db, "acme", "hidden", columns).rows
    assert connectors.show_connector(db, "acme", hidden, columns).single
    for read in (connectors.show_connector, sealed_connector):
        with pytest.raises(NotFound):
            read(db, "default", hidden)


@pytest.mark.parametrize("name", ["x' OR '1'='1", "%", "_", "BLOG", "blo", ""])
def test_name_is_matched_literally(db, name):
    with pytest.raises(NotFound):
        connectors.show_connector(db, "default", name)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("", EVERYTHING), ("b", ["blog"]), ("%", []), ("_", []), ("100%", ["100%_off"]), ("' OR", [])],
)
def test_names_are_completed_by_prefix(db, prefix, found):
    assert connectors.names_with_prefix(db, "default", prefix, "installed_connectors") == found


def test_fields_are_picked_once_in_the_given_order():
    assert [name for name, _ in pick(CONNECTOR, "status, name,status,")] == [
        "status",
        "name",
    ]


@pytest.mark.parametrize("fields", ["nothing", ",", " ", "name;DROP TABLE connectors", "*", "auth"])
def test_unknown_field_is_refused(fields):
    with pytest.raises(UsageError, match="unknown field"):
        pick(CONNECTOR, fields)


@pytest.mark.parametrize("view", VIEWS)
def test_views_have_no_column_with_credentials(db, view):
    columns = {row[1] for row in db.rows(f"PRAGMA table_info({view})")}
    assert columns
    assert not columns & {"auth", "auth_mac", "auth_fingerprints", "key_id"}


def test_view_has_the_rows_that_the_list_shows(db):
    shown = [name for name, _ in CONNECTOR]
    (row,) = db.rows(
        f"SELECT {', '.join(shown)} FROM publish_targets WHERE tenant_id='default' AND name='blog'"
    )
    assert row == next(connectors.show_connector(db, "default", "blog").rows)
    assert json.loads(row[shown.index("auth_fields")]) == ["application_password", "username"]


def test_read_only_database_refuses_writes(db):
    with pytest.raises(database.StoreError, match="read-only"):
        db.one("DELETE FROM connectors")


@pytest.fixture(scope="module")
def crowd(stock, tmp_path_factory):
    """A store with thousands of connectors in each of several tenants."""
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
    """Return the steps of SQLite's plan for the statement of a read."""
    return traced(db, lambda: next(read(db, *arguments, **filters).rows))


def traced(db, act):
    """Return the steps of SQLite's plan for the longest statement of an act."""
    statements = []
    db.connection.set_trace_callback(statements.append)
    act()
    db.connection.set_trace_callback(None)
    return [step for *_, step in db.rows(f"EXPLAIN QUERY PLAN {max(statements, key=len)}")]


@pytest.fixture(params=[False, True], ids=["no statistics", "statistics"])
def planned(request, crowd):
    """The large store, with and without statistics for SQLite's planner."""
    with closing(sqlite3.connect(crowd.place)) as db:
        db.execute("ANALYZE" if request.param else "DROP TABLE IF EXISTS sqlite_stat1")
    opened = database.open_for_reading(f"sqlite:///{crowd.place}")
    yield opened
    opened.close()


@pytest.mark.parametrize("read", [connectors.list_installed, connectors.get_publish_targets])
@pytest.mark.parametrize("filters", [{}, {"type": "wordpress"}, {"tag": "prod"}], ids=str)
def test_lists_use_the_order_of_an_index_without_sorting(planned, read, filters):
    steps = plan(planned, read, "t1", **filters)
    assert [step for step in steps if "idx_connectors_tenant_name (tenant_id=?)" in step]
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_one_connector_is_found_by_index(planned):
    steps = plan(planned, connectors.show_connector, "t1", "n000123")
    assert steps[0].partition(" (")[2] in {"name=? AND tenant_id=?)", "tenant_id=? AND name=?)"}


def test_older_rows_and_rows_of_another_key_are_found_without_reading_the_others(planned):
    steps = traced(planned, lambda: older_seals(planned, "t1", 200))
    assert "idx_connectors_older" in steps[0]
    others = ("c.key_id <> ?", ("x",))
    steps = traced(planned, lambda: stored_block(planned, "t1", 0, 5, others))
    assert "rowid>?" in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_long_list_is_streamed(crowd):
    tracemalloc.start()
    rows = connectors.list_installed(crowd, "t1").rows
    seen = [row[2] for row in rows]
    del rows
    whole = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    assert sum(1 for _ in connectors.list_installed(crowd, "t1").rows) == EACH
    streamed = tracemalloc.get_traced_memory()[1] - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert seen == sorted(seen)
    assert streamed < whole / 2


def test_many_rows_of_another_tenant_are_not_returned(crowd):
    assert names(connectors.list_installed(crowd, "acme", NAMES)) == ["blog", "hidden"]


def test_row_with_damaged_config_does_not_break_the_list(run, blog):
    with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as connection:
        connection.execute("UPDATE connectors SET config = '{broken'")
        connection.commit()
    (shown,) = json.loads(run("list", "--json").out)
    assert (shown["name"], shown["config"]) == ("blog", None)


@pytest.mark.parametrize(
    "data", [b"", b"a", b"0123456789abcdef0123456789abcdef\n", bytes(range(64))]
)
def test_checksum_of_a_machine_is_that_of_zlib(data):
    assert users.crc32(data) == zlib.crc32(data)
