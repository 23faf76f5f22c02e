"""Makes and migrates stores: whole or not at all, whatever ends the program."""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from connectors_cli import __version__, connections, copies, database, parts
from connectors_cli.driver_faults import explain
from connectors_cli.engines import make_engine, sqlite_engine
from connectors_cli.errors import ConnectorsError, Outdated, StoreError
from connectors_cli.private_file import make_folder, open_new, sync
from connectors_cli.settings import sqlite_path

LOCK_SECONDS = 60


def create(url: str, fill: "Fill") -> bool:
    """Make a store if there is none: whole or not at all; False when there is one.

    `fill` writes the first rows (catalog, tenant, key) in the transaction that makes the tables.
    Several processes at once make one store.
    """
    path = sqlite_path(url)
    if path is None:
        return _create_on_server(url, fill)
    folder = os.path.dirname(path)
    make_folder(folder)
    with in_words(path), alone(path):
        if os.path.lexists(path):
            return False
        _create_file(path, fill)
    return True


def migrate(url: str) -> None:
    """Bring an older store to this program's schema, in one transaction after a backup copy."""
    path = sqlite_path(url)
    if path is None:
        with in_words("the database"), make_engine(url).begin() as connection:
            _upgrade(connection)
        return
    with in_words(path), alone(path):
        try:
            read_meta(url)
        except Outdated:
            _back_up(path)
            upgrade_file(path)


def upgrade_file(path: str) -> None:
    """Bring a store's file to this program's schema, in one transaction and without a backup."""
    engine = sqlite_engine(path)
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    finally:
        engine.dispose()


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turn what the driver and the operating system raise into StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise explain(getattr(error, "orig", None) or error, place) from None
    except OSError as error:
        raise StoreError(
            f"cannot make, migrate or restore the store {place}: {os.strerror(error.errno or 0)}",
            hint="name another place with CONNECTORS_HOME or --store",
        ) from None


def _back_up(path: str) -> None:
    try:
        copies.back_up(path, f"{path}.before-{__version__}", replace=True)
    except ConnectorsError as error:
        raise StoreError(
            f"no backup can be made, and so nothing was changed: {error.message}", hint=error.hint
        ) from None


class Fill:
    """What a new store begins with; called once, inside the transaction that makes its tables."""

    def __init__(self, store_id: str, write: Any) -> None:
        self.store_id = store_id
        self.write = write


def new_store_id() -> str:
    """Return an id for a new store."""
    return uuid.uuid4().hex


def read_meta(url: str) -> dict[str, str]:
    """Return what a store says of itself; raises what opening it for reading raises."""
    db = database.open_for_reading(url)
    db.close()
    return db.meta


def _create_file(path: str, fill: Fill) -> None:
    part = path + ".new"
    parts.remove(part)
    try:
        os.close(open_new(part))
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode=WAL")
        engine = sqlite_engine(part)
        try:
            with engine.begin() as connection:
                _upgrade(connection)
                _first_rows(connection, fill)
        finally:
            engine.dispose()
        with closing(connections.connect_sqlite(part)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sync(part)
        os.rename(part, path)
        sync(os.path.dirname(path))
    except BaseException:
        parts.remove(part)
        raise


def _create_on_server(url: str, fill: Fill) -> bool:
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4407636)")
            if connection.exec_driver_sql("SELECT to_regclass('store_meta')").scalar() is not None:
                return False
            _upgrade(connection)
            _first_rows(connection, fill)
    except DBAPIError as error:
        raise explain(error.orig or error, "the database") from None
    finally:
        engine.dispose()
    return True


def _first_rows(connection: Connection, fill: Fill) -> None:
    _set_meta(connection, "store_id", fill.store_id)
    with Session(connection) as session:
        fill.write(session)
        session.flush()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "connectors_cli:migrations")
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


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Let nobody else make, migrate or restore the store meanwhile; StoreError after a minute."""
    from filelock import FileLock, Timeout  # only where a store is made or migrated

    try:
        with FileLock(path + ".lock", timeout=LOCK_SECONDS, mode=0o600):
            yield
    except Timeout:
        raise StoreError(
            f"the store {path} is being made, migrated or restored by another process, for more"
            f" than {LOCK_SECONDS:.0f} s",
            hint="try again when it is done",
        ) from None
