"""Upgrades of a store's tables by the migrations, and the tables of a new store on a server."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from connectors_cli import __version__
from connectors_cli.errors import Foreign, StoreError, StoreForbidden
from connectors_cli.settings import shown_server
from connectors_cli.store.orm.engine import make_engine, sqlite_engine
from connectors_cli.store.orm.views import VIEWS
from connectors_cli.store.read import connections, database
from connectors_cli.store.read.database import Database

_LOCK = "SELECT pg_advisory_xact_lock(4407636)"
_SCHEMA = """SELECT current_schema(), pg_catalog.getdatabaseencoding(),
 COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false),
 COALESCE((SELECT array_agg(relname::text) FROM pg_catalog.pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)), '{}')"""


def upgrade_file(path: str) -> None:
    """Migrate a store's file in one transaction, without a backup; raises StoreError."""
    engine = sqlite_engine(path)
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    except DBAPIError as error:
        raise connections.store_error(error.orig or error, path) from None
    finally:
        engine.dispose()


def upgrade_server(url: str) -> None:
    """Migrate a store on a server in one transaction; raises StoreError."""
    with _locked(url) as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        _upgrade(connection)


@contextmanager
def new_on_server(url: str) -> Iterator[Database | None]:
    """Create the tables of a store on a server; yield its connection, or None if it has a store.

    The transaction is committed at the end. Raises StoreError.
    """
    place = shown_server(url)
    with _locked(url) as connection:
        if _is_store(connection, place):
            yield None
            return
        _upgrade(connection)
        yield Database(connection.connection.driver_connection, "postgresql", place)


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    """Yield a server's connection in a transaction, which no other of this kind runs next to."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(_LOCK)
            yield connection
    except DBAPIError as error:
        raise connections.store_error(error.orig or error, shown_server(url)) from None
    except connections.driver_errors("postgresql") as error:
        raise connections.store_error(error, shown_server(url)) from None
    finally:
        engine.dispose()


def _is_store(connection: Connection, place: str) -> bool:
    """Return whether a server's schema contains a store; raises StoreError if it cannot."""
    names = [*SQLModel.metadata.tables, *VIEWS, "alembic_version"]
    schema, encoding, may_create, found = connection.exec_driver_sql(_SCHEMA, (names,)).one()
    if "store_meta" in found:
        return True
    if found:
        raise Foreign(
            f"the schema {schema} of {place} contains tables of other programs with the names of a"
            f" store's: {', '.join(sorted(found))}",
            hint="use a database or a schema of its own: ?options=-csearch_path%3DSCHEMA",
        )
    if encoding != "UTF8":
        raise StoreError(
            f"the database {place} has the encoding {encoding}, which cannot contain every text",
            hint="create one: createdb --encoding UTF8 --template template0 NAME",
        )
    if not may_create:
        raise StoreForbidden(
            f"the server's role may not create tables in {place}",
            hint=f"have it granted: GRANT CREATE ON SCHEMA {schema or 'NAME'} TO ROLE",
        )
    return False


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "connectors_cli.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _set_meta(connection, "schema_version", str(database.SCHEMA_VERSION))
    _set_meta(connection, "program_version", __version__)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version={database.SCHEMA_VERSION}")


def _set_meta(connection: Connection, key: str, value: str) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(f"DELETE FROM store_meta WHERE key = {mark}", (key,))
    connection.exec_driver_sql(
        f"INSERT INTO store_meta (key, value) VALUES ({mark}, {mark})",
        (key, value),
    )
