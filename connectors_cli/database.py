"""A store's database, opened through the bare driver."""

from __future__ import annotations

import os
import sqlite3
from itertools import chain

from connectors_cli import __version__, connections
from connectors_cli.errors import Foreign, Missing, Newer, Outdated, StoreError
from connectors_cli.settings import sqlite_path

TYPE_CHECKING = False  # type checkers take it for true; importing typing doubles a start
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    Row = tuple[Any, ...]

APPLICATION_ID = 0x434E4354
HEAD = b"SQLite format 3\x00"
SCHEMA_VERSION = 3


class Database:
    """A connection of the bare driver to a store: SQL with `?` for parameters in, tuples out."""

    __slots__ = ("connection", "dialect", "meta", "place")

    def __init__(self, connection: Any, dialect: str, place: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self.place = place
        self.meta: dict[str, str] = {}

    @property
    def principal(self) -> str:
        """Who acts, as the store authenticates it: the server's role; for a file, the OS user."""
        return os_user() if self.dialect == "sqlite" else str(self.connection.info.user)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield rows as the database finds them."""
        try:
            if self.dialect == "sqlite":
                # chain, for a cursor would be closed with the generator: after its connection
                yield from chain(self.connection.execute(sql, parameters))
            else:
                with self.connection.cursor(name="rows") as cursor:
                    cursor.itersize = 500
                    yield from cursor.execute(sql.replace("?", "%s"), parameters)
        except UnicodeEncodeError:
            return  # bytes of the command line that are not text: no row holds them
        except connections.driver_errors(self.dialect) as error:
            raise connections.fault(error, self.place) from None

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row, or None."""
        return next(self.rows(sql, parameters), None)

    def write(self, sql: str, rows: Iterable[Row]) -> None:
        """Carry out a statement for each row of parameters; errors are the driver's own."""
        if self.dialect == "sqlite":
            self.connection.executemany(sql, rows)
        else:
            with self.connection.cursor() as cursor:
                cursor.executemany(sql.replace("?", "%s"), rows)

    def freeze(self) -> None:
        """Let all reads that follow see one state of the store, whatever others write."""
        try:
            if self.dialect == "sqlite":
                self.connection.execute("BEGIN")
            else:
                self.connection.rollback()
                self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        except connections.driver_errors(self.dialect) as error:
            raise connections.fault(error, self.place) from None

    def thaw(self) -> None:
        """Let go of the state that `freeze` holds on to."""
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()


def os_user() -> str:
    """Return the operating system's user: never what the environment says, where it is known."""
    try:
        import pwd
    except ImportError:  # Windows
        import getpass

        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return f"uid-{os.getuid()}"


def principal_at(url: str) -> str:
    """Return who acts at a place where there need be no store yet."""
    if sqlite_path(url) is not None:
        return os_user()
    database = open_for_appending(url)
    try:
        return database.principal
    finally:
        database.close()


def open_for_reading(url: str) -> Database:
    """Open a store read-only and check that it is one and of this program's version.

    Raises StoreError (no store, not a store, newer than the program) and Outdated.
    """
    path = sqlite_path(url)
    database = (
        Database(connections.connect_postgresql(url), "postgresql", "the database")
        if path is None
        else Database(connections.read_only_sqlite(path), "sqlite", path)
    )
    try:
        check_version(database)
    except StoreError:
        database.close()
        raise
    return database


def open_file(path: str) -> Database:
    """Open a SQLite store read-only, of whatever version: what it says of itself is in `meta`."""
    connections.check_file(path)
    database = Database(connections.read_only_sqlite(path), "sqlite", path)
    try:
        read_meta(database)
    except StoreError:
        database.close()
        raise
    return database


def open_for_appending(url: str) -> Database:
    """Open a store for one plain-SQL write (an event); the caller begins and commits."""
    path = sqlite_path(url)
    if path is None:
        return Database(connections.connect_postgresql(url), "postgresql", "the database")
    connections.check_file(path)
    try:
        return Database(connections.connect_sqlite(path), "sqlite", path)
    except sqlite3.Error as error:
        raise connections.fault(error, path) from None


def check_version(database: Database) -> None:
    """Read `store_meta` and compare its schema version with the program's."""
    read_meta(database)
    compare_versions(int(database.meta["schema_version"]), database.meta, database.place)


def read_meta(database: Database) -> None:
    """Read `store_meta`; StoreError for a database that is no store, Damaged without a version."""
    try:
        database.meta = dict(database.rows("SELECT key, value FROM store_meta"))
    except StoreError as error:
        raise _without_meta(database, error) from None
    found = database.meta.get("schema_version", "")
    if not (found.isascii() and found.isdecimal()) or "store_id" not in database.meta:
        from connectors_cli.driver_faults import damaged

        raise damaged(database.place)


def _without_meta(database: Database, error: StoreError) -> StoreError:
    """Return why what a store says of itself cannot be read: perhaps it is none."""
    from connectors_cli.driver_faults import NoTable

    if not isinstance(error, NoTable):
        return error
    if database.dialect == "postgresql":
        return Missing("there is no store in the database", hint="make one with `connectors init`")
    return Foreign(
        f"{database.place} is a database, and not a connectors store",
        hint="name another place with --store",
    )


def compare_versions(found: int, meta: dict[str, str], place: str) -> None:
    """Raise Newer for a newer store and Outdated for an older one."""
    if found > SCHEMA_VERSION:
        raise Newer(
            f"{place} has schema version {found} (written by connectors"
            f" {meta.get('program_version', '?')}); this is connectors {__version__}, which knows"
            f" version {SCHEMA_VERSION}",
            hint="upgrade this program; nothing was changed",
        )
    if found < SCHEMA_VERSION:
        raise Outdated(f"{place} has schema version {found}, this program needs {SCHEMA_VERSION}")
