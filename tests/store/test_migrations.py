"""Stores of every earlier schema version: they are migrated, read and written."""

import importlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from connectors_cli.services import tenants
from connectors_cli.settings import Settings
from connectors_cli.store import migrations
from connectors_cli.store.orm.engine import make_engine
from connectors_cli.store.read import database
from support import forgery

REVISIONS = Path(migrations.__file__).parent / "versions"
STORES = Path(__file__).parent / "versions"
KEY = "z-p6TaHXthyIl_zGK6vLtCXYmiHMf_NaCOd_JjsB4zU="
VERSIONS = range(1, database.SCHEMA_VERSION)


@pytest.fixture(params=VERSIONS, ids=str)
def old_store(request, monkeypatch, settings) -> Path:
    """A store of an earlier version in this test's home, owned by this user."""
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", KEY)
    path = Path(settings.home) / "store.db"
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((STORES / f"{request.param}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={request.param}")
        principal = database.os_user()
        connection.execute("UPDATE members SET principal = ?", (principal,))
    path.chmod(0o600)
    return path


def test_every_version_has_a_dump():
    assert sorted(path.stem for path in STORES.glob("*.sql")) == [str(n) for n in VERSIONS]


def test_old_store_is_read_migrated_and_written(run, old_store):
    assert run("targets", "-o", "names").out == "blog\n"
    assert run("get", "blog", "application_password", "--reveal").out == "historic-password\n"
    assert run("edit", "blog", "--tag", "moved").code == 0
    assert run("restore", "gone").code == 0
    assert run("get", "gone", "application_password", "--reveal").out == "historic-password\n"
    with closing(sqlite3.connect(old_store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA user_version").fetchone() == (database.SCHEMA_VERSION,)


def test_log_of_old_store_is_chained_then_sealed(run, old_store):
    before = json.loads(run("log", "--verify", "--json").out)
    assert before["broken"] is None
    assert before["entries"] > 0
    assert run("get", "blog", "application_password", "--reveal").code == 0
    after = json.loads(run("log", "--verify", "--json").out)
    assert after["entries"] == before["entries"] + 1
    assert after["sealed_until"]["id"] == after["entries"]
    with closing(sqlite3.connect(old_store)) as connection, connection:
        connection.execute("UPDATE events SET email = 'x@example.com' WHERE id = 2")
    assert json.loads(run("log", "--verify", "--json").out)["broken"]["id"] == 2


def test_unsealed_entries_stay_reported_and_sealed_ones_verify(run, old_store, request):
    """Version 1 had no seals, so a forger could erase all and make any log look like that."""
    version = request.node.callspec.params["old_store"]
    assert run("get", "blog", "application_password", "--reveal").code == 0
    assert run("get", "blog", "application_password", "--reveal").code == 0
    done = run("log", "--verify", "--json")
    found = json.loads(done.out)
    told = (done.code, found["state"], found["unproven_until"] and found["unproven_until"]["id"])
    assert told == ((7, "unsealed", 4) if version == 1 else (0, "whole", None))


@pytest.mark.parametrize("old_store", VERSIONS[1:2], indirect=True, ids=str)
def test_erased_seals_of_version_2_are_noticed_at_the_next(run, old_store):
    """A forger changes an entry and rewrites every hash, but not the seal of the length."""
    with closing(sqlite3.connect(old_store)) as connection, connection:
        connection.execute("UPDATE events SET email = 'x@example.com' WHERE id = 2")
        connection.execute("UPDATE events SET seal = NULL, seal_key_id = NULL")
        forgery.rewrite(connection)
    assert run("get", "blog", "application_password", "--reveal").code == 0
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["broken"]["id"], found["broken"]["what"]) == (7, "unmatched")


def test_migrated_store_has_the_tables_of_a_new_one(run, old_store, tmp_path):
    assert run("list", "-o", "names").code == 0
    environ = {"CONNECTORS_HOME": str(tmp_path / "new"), "CONNECTOR_AUTH_ENCRYPTION_KEY": KEY}
    fresh = Settings(environ)
    tenants.init(fresh)
    assert shape(old_store) == shape(Path(fresh.home) / "store.db")


@pytest.mark.parametrize("old_store", VERSIONS[3:4], indirect=True, ids=str)
def test_each_tenant_that_uses_a_custom_type_gets_its_own(run, old_store):
    copied = "SELECT ?, ?, name, description, category, icon, auth_type, capabilities,"
    copied += " default_config_schema, auth_schema, oauth, probe, lifecycle, notice, 'custom',"
    copied += " digest, created_at FROM connector_catalog WHERE key = 'wordpress'"
    with closing(sqlite3.connect(old_store)) as connection, connection:
        for key in ("used", "unused"):
            connection.execute(f"INSERT INTO connector_catalog {copied}", (f"id-{key}", key))
        connection.execute(
            "INSERT INTO tenants SELECT 'acme', 'acme', created_by_email, '2100-01-01', NULL"
            " FROM tenants"
        )
        for tenant in ("acme", "default"):
            connection.execute(
                "INSERT INTO presets SELECT ?, 'mine', 'id-used', '{}', created_by_email,"
                " created_at FROM connectors LIMIT 1",
                (tenant,),
            )
    assert run("list", "-o", "names").code == 0
    with closing(sqlite3.connect(old_store)) as connection:
        custom = "SELECT tenant_id, key, id FROM connector_catalog WHERE source = 'custom'"
        rows = {(tenant, key): row_id for tenant, key, row_id in connection.execute(custom)}
        assert rows.keys() == {("acme", "used"), ("default", "used"), ("default", "unused")}
        presets = dict(connection.execute("SELECT tenant_id, catalog_id FROM presets"))
        assert presets == {tenant: rows[tenant, "used"] for tenant in ("acme", "default")}
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("old_store", VERSIONS[4:5], indirect=True, ids=str)
def test_names_that_look_alike_keep_working(run, old_store, monkeypatch):
    """Programs of long ago stored them; a newer one refuses a third, and doctor says so."""
    with closing(sqlite3.connect(old_store)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(connectors)")]
        own = {"id": "'b'", "name": "'BLOG'", "created_at": "'2100-01-01T00:00:00.000000Z'"}
        values = ", ".join(own.get(column, column) for column in columns)
        connection.execute(f"INSERT INTO connectors SELECT {values} FROM connectors LIMIT 1")
        connection.execute("UPDATE connectors SET name = CAST(x'ff41' AS TEXT) WHERE name = 'gone'")
    assert run("list", "-o", "names").out == "BLOG\nblog\n"
    assert looks(old_store) == {"blog": ("blog", None), "BLOG": (None, "blog")}
    results = json.loads(run("doctor", "--json").out)["results"]
    ((state, message),) = [(r["state"], r["message"]) for r in results if r["check"] == "names"]
    assert (state, "BLOG" in message) == ("warning", True)
    monkeypatch.setenv("TOKEN", "canary-token")
    third = ("install", "wordpress", "-N", "Blog", "-s", "site_url=https://blog.example.com")
    third += ("-s", "username=alice", "-S", "application_password=env:TOKEN")
    assert run(*third).code == 6
    assert run("remove", "blog").code == 0
    assert run(*third).code == 6
    assert run("remove", "BLOG").code == 0
    assert run(*third).code == 0


def looks(path: Path) -> dict[str, tuple[str | None, str | None]]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT name, folded, lookalike FROM connectors WHERE deleted_at IS NULL"
        return {name: (folded, other) for name, folded, other in connection.execute(sql)}


@pytest.fixture(params=VERSIONS, ids=str)
def old_database(request, postgres, database, monkeypatch, tmp_path) -> str:
    """The same stores on a server, as the program of that version made their tables."""
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", KEY)
    url = postgres.url(database)
    engine = make_engine(url)
    with engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            for name in sorted(path.stem for path in REVISIONS.glob("r0*.py"))[: request.param]:
                importlib.import_module(
                    f"connectors_cli.store.migrations.versions.{name}"
                ).upgrade()
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        revision = f"{request.param:04}"
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (%s)", (revision,))
    engine.dispose()
    with closing(sqlite3.connect(":memory:")) as old, psycopg.connect(url) as new:
        old.executescript((STORES / f"{request.param}.sql").read_text("utf-8"))
        _copy_rows(old, new)
    return url


def _copy_rows(old: sqlite3.Connection, new: psycopg.Connection) -> None:
    new.execute("SET session_replication_role = replica")  # rows may come before what they refer to
    found = old.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in found:
        if table.startswith(("sqlite_", "alembic_")):
            continue
        rows = old.execute(f"SELECT * FROM {table}")
        names = ", ".join(column for column, *_ in rows.description)
        marks = ", ".join(["%s"] * len(rows.description))
        new.cursor().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows.fetchall())
    new.execute("UPDATE members SET principal = 'owner'")
    new.execute("SELECT setval(pg_get_serial_sequence('events', 'id'), max(id)) FROM events")


@pytest.mark.slow
def test_old_store_on_a_server_is_migrated_read_and_written(run, old_database):
    assert run("targets", "-o", "names").out == "blog\n"
    assert run("get", "blog", "application_password", "--reveal").out == "historic-password\n"
    assert run("edit", "blog", "--tag", "moved").code == 0
    assert run("restore", "gone").code == 0
    assert run("get", "gone", "application_password", "--reveal").out == "historic-password\n"
    found = json.loads(run("log", "--verify", "--json").out)
    assert found["broken"] is None
    with psycopg.connect(old_database) as new:
        (version,) = new.execute("SELECT value FROM store_meta WHERE key = 'schema_version'")
    assert version == (str(database.SCHEMA_VERSION),)


@pytest.mark.slow
@pytest.mark.parametrize("old_database", VERSIONS[3:4], indirect=True, ids=str)
def test_custom_types_of_an_old_store_on_a_server_are_divided(run, old_database):
    copied = (
        "SELECT %s, %s, name, description, category, icon, auth_type, capabilities,"
        " default_config_schema, auth_schema, oauth, probe, lifecycle, notice, 'custom',"
        " digest, created_at FROM connector_catalog WHERE key = 'wordpress'"
    )
    columns = (
        "id, key, name, description, category, icon, auth_type, capabilities,"
        " default_config_schema, auth_schema, oauth, probe, lifecycle, notice, source, digest,"
        " created_at"
    )
    with psycopg.connect(old_database) as old:
        for key in ("used", "unused"):
            old.execute(f"INSERT INTO connector_catalog ({columns}) {copied}", (f"id-{key}", key))
        old.execute(
            "INSERT INTO tenants SELECT 'acme', 'acme', created_by_email, '2100-01-01', NULL"
            " FROM tenants"
        )
        for tenant in ("acme", "default"):
            old.execute(
                "INSERT INTO presets SELECT %s, 'mine', 'id-used', '{}', created_by_email,"
                " created_at FROM connectors LIMIT 1",
                (tenant,),
            )
    done = run("list", "-o", "names")
    assert done.code == 0, done.err
    with psycopg.connect(old_database) as new:
        custom = "SELECT tenant_id, key, id FROM connector_catalog WHERE source = 'custom'"
        rows = {(tenant, key): row_id for tenant, key, row_id in new.execute(custom)}
        presets = dict(new.execute("SELECT tenant_id, catalog_id FROM presets").fetchall())
    assert rows.keys() == {("acme", "used"), ("default", "used"), ("default", "unused")}
    assert presets == {tenant: rows[tenant, "used"] for tenant in ("acme", "default")}


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the columns of every table and view."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return {
            name: sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})"))
            for (name,) in names
        }
