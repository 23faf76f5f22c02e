"""The store on the write side: opened, and its transactions (SQLModel)."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from connectors_cli import connections, database
from connectors_cli.creation import in_words, migrate
from connectors_cli.engines import make_engine
from connectors_cli.errors import Outdated, Unwritable
from connectors_cli.settings import sqlite_path


class Store:
    """A store that is open for writing; transactions begin with the write lock held."""

    def __init__(self, url: str, meta: dict[str, str], principal: str) -> None:
        self.url = url
        self.meta = meta
        self.principal = principal
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
            raise connections.fault(error.orig or error, self.place) from None
        except connections.driver_errors(self.engine.dialect.name) as error:
            raise connections.fault(error, self.place) from None

    def driver(self, session: Session) -> database.Database:
        """Return a session's own connection for plain SQL, in its transaction."""
        return driver(session, self.place)

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it, so that erased values are gone.

        False when a process that reads kept it from being emptied.
        """
        if self.path is None:
            return True
        with in_words(self.path), closing(connections.connect_sqlite(self.path)) as connection:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self.engine.dispose()


def driver(session: Session, place: str = "the store") -> database.Database:
    """Return a session's own connection for plain SQL, in its transaction."""
    connection = session.connection()
    raw = connection.connection.driver_connection
    return database.Database(raw, connection.dialect.name, place)


def open_store(url: str) -> Store:
    """Open an existing store for writing, migrating one of an older program (after a backup).

    Raises StoreError for everything that is not such a store.
    """
    path = sqlite_path(url)
    if path is not None:
        connections.check_file(path)
        _check_writable(path)
        _close_to_others(path)
    try:
        head = _read_head(url)
    except Outdated:
        migrate(url)
        head = _read_head(url)
    return Store(url, *head)


def _read_head(url: str) -> tuple[dict[str, str], str]:
    """Return what a store says of itself, and who acts there."""
    with closing(database.open_for_reading(url)) as db:
        return db.meta, db.principal


def _check_writable(path: str) -> None:
    folder = os.path.dirname(path)
    for place in (path, folder):
        if not os.access(place, os.W_OK):
            raise Unwritable(
                f"{place} is read-only for this user",
                hint="reading works; changing does not, nor what is recorded first (run, get"
                " --reveal, export): check its owner and mode, or name another with --store",
            )


def _close_to_others(path: str) -> None:
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        with suppress(PermissionError):  # somebody else's, who lets others write it
            os.chmod(path, 0o600)
