"""The store on the write side: its file, engine, transactions and migrations (SQLModel)."""

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from connectors_cli import __version__, database
from connectors_cli.errors import StoreError
from connectors_cli.settings import sqlite_path

LOCK_SECONDS = 60


class Store:
    """A store that is open for writing; transactions begin with the write lock held."""

    def __init__(self, url: str, meta: dict[str, str]) -> None:
        self.url = url
        self.meta = meta
        self.path = sqlite_path(url)
        self.place = self.path or "the database"
        self.engine = make_engine(url)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session in one write transaction; commit at the end, roll back on any error."""
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as error:
            raise database.explain(error.orig or error, self.place) from None
        except database.driver_errors(self.engine.dialect.name) as error:
            raise database.explain(error, self.place) from None

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, so that erased values are gone."""
        if self.path is not None:
            with (
                _in_words(self.path),
                closing(database.connect_sqlite(self.path)) as connection,
            ):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    """Return an engine that begins every transaction as a writer and quotes no values in errors."""
    path = sqlite_path(url)
    if path is None:
        server = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(
            server, hide_parameters=True, json_serializer=_dump, poolclass=NullPool
        )
    return _sqlite_engine(path)


def open_store(url: str) -> Store:
    """Open an existing store for writing, migrating one of an older program (after a backup).

    Raises StoreError for everything that is not such a store.
    """
    path = sqlite_path(url)
    if path is not None:
        database.check_file(path)
        _check_writable(path)
        _close_to_others(path)
    try:
        meta = _read_meta(url)
    except database.Outdated:
        migrate(url)
        meta = _read_meta(url)
    return Store(url, meta)


def create(url: str, fill: "Fill") -> bool:
    """Make a store if there is none: whole or not at all; False when there is one.

    `fill` writes the first rows (catalog, tenant, key) in the transaction that makes the tables.
    Several processes at once make one store.
    """
    path = sqlite_path(url)
    if path is None:
        return _create_on_server(url, fill)
    folder = os.path.dirname(path)
    _make_folder(folder)
    with _in_words(path), _lock(path):
        if os.path.lexists(path):
            return False
        _create_file(path, fill)
    return True


def migrate(url: str) -> None:
    """Bring an older store to this program's schema, in one transaction after a backup copy."""
    path = sqlite_path(url)
    if path is None:
        with _in_words("the database"), make_engine(url).begin() as connection:
            _upgrade(connection)
        return
    with _in_words(path), _lock(path):
        try:
            _read_meta(url)
        except database.Outdated:
            backup(path, f"{path}.before-{__version__}")
            engine = _sqlite_engine(path)
            with engine.begin() as connection:
                _upgrade(connection)
            engine.dispose()


@contextmanager
def _in_words(place: str) -> Iterator[None]:
    """Turn what the driver and the operating system raise into StoreError."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise database.explain(getattr(error, "orig", None) or error, place) from None
    except OSError as error:
        raise StoreError(
            f"cannot make or migrate the store {place}: {os.strerror(error.errno or 0)}",
            hint="name another place with CONNECTORS_HOME or --store",
        ) from None


def backup(path: str, target: str) -> None:
    """Copy a SQLite store, with what is still in its log, to a new 0600 file; replaces `target`."""
    part = target + ".part"
    try:
        _unlink_quietly(part)
        os.close(_open_new(part))
        with (
            closing(sqlite3.connect(part)) as copy,
            closing(database.connect_sqlite(path)) as original,
        ):
            original.backup(copy)
        os.replace(part, target)
        _sync(os.path.dirname(target))
    except (sqlite3.Error, OSError) as error:
        _unlink_quietly(part)
        reason = database.explain(error, target).message
        if isinstance(error, OSError):
            reason = f"{target}: {os.strerror(error.errno or 0)}"
        raise StoreError(f"no backup can be made, and so nothing was changed: {reason}") from None


class Fill:
    """What a new store begins with; called once, inside the transaction that makes its tables."""

    def __init__(self, store_id: str, write: Any) -> None:
        self.store_id = store_id
        self.write = write


def new_store_id() -> str:
    """Return an id for a new store."""
    return uuid.uuid4().hex


def _read_meta(url: str) -> dict[str, str]:
    db = database.open_for_reading(url)
    db.close()
    return db.meta


def _create_file(path: str, fill: Fill) -> None:
    part = path + ".new"
    _unlink_all(part)
    try:
        os.close(_open_new(part))
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode=WAL")
        engine = _sqlite_engine(part)
        try:
            with engine.begin() as connection:
                _upgrade(connection)
                _first_rows(connection, fill)
        finally:
            engine.dispose()
        with closing(database.connect_sqlite(part)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _sync(part)
        os.rename(part, path)
        _sync(os.path.dirname(path))
    except BaseException:
        _unlink_all(part)
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
        raise database.explain(error.orig or error, "the database") from None
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


def _sqlite_engine(path: str) -> Engine:
    def load(text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise database.damaged(path) from None

    engine = create_engine(
        "sqlite://",
        creator=lambda: database.connect_sqlite(path),
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=load,
        poolclass=NullPool,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


@contextmanager
def _lock(path: str) -> Iterator[None]:
    from filelock import FileLock, Timeout  # only where a store is made or migrated

    try:
        with FileLock(path + ".lock", timeout=LOCK_SECONDS, mode=0o600):
            yield
    except Timeout:
        raise StoreError(
            f"the store {path} is being made or migrated by another process, for more than"
            f" {LOCK_SECONDS:.0f} s",
            hint="try again when it is done",
        ) from None


def _make_folder(folder: str) -> None:
    try:
        _make_private(folder)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {folder}: {os.strerror(error.errno or 0)}",
            hint="name another with CONNECTORS_HOME",
        ) from None
    if not os.access(folder, os.W_OK):
        raise StoreError(
            f"the folder {folder} is read-only or closed for this user",
            hint="name another with CONNECTORS_HOME",
        )


def _make_private(folder: str) -> None:
    """Make a folder and those it stands in that only their owner enters, whatever the umask."""
    if os.path.isdir(folder):
        return
    _make_private(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def _check_writable(path: str) -> None:
    folder = os.path.dirname(path)
    for place in (path, folder):
        if not os.access(place, os.W_OK):
            raise StoreError(
                f"{place} is read-only for this user: reading works, changing does not",
                hint="check its owner and mode, or name another store with --store",
            )


def _close_to_others(path: str) -> None:
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        with suppress(PermissionError):  # somebody else's, who lets others write it
            os.chmod(path, 0o600)


def _open_new(path: str) -> int:
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)


def _unlink_all(part: str) -> None:
    for name in (part, part + "-wal", part + "-shm", part + "-journal"):
        _unlink_quietly(name)


def _unlink_quietly(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)


def _sync(path: str) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
