"""A store's database, opened by the bare driver."""

from __future__ import annotations

import os
import sqlite3
from itertools import chain, count

from connectors_cli import __version__
from connectors_cli.errors import Foreign, Missing, Newer, Outdated, StoreError
from connectors_cli.settings import shown_server, sqlite_path
from connectors_cli.store.read import connections
from connectors_cli.system import clock

TYPE_CHECKING = (
    False  # type checkers treat it as true; importing typing would double the start-up time
)
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    Row = tuple[Any, ...]

APPLICATION_ID = 0x434E4354
HEAD = b"SQLite format 3\x00"
SCHEMA_VERSION = 8
_AT_A_TIME = 500
_CURSORS = count(1)
"""Numbers of the cursors of this process: several can be open in one transaction."""


class Database:
    """A connection to a store: takes SQL with `?` for parameters, returns tuples."""

    __slots__ = ("_began", "_principal", "connection", "dialect", "meta", "mode", "place", "url")

    def __init__(self, connection: Any, dialect: str, place: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self.place = place
        self.mode = ""
        self.meta: dict[str, str] = {}
        self._principal = ""
        self._began = ""
        self.url = ""

    @property
    def principal(self) -> str:
        """The current user: the role that the server authenticated, or the system's for a file."""
        if not self._principal and self.dialect == "sqlite":
            from connectors_cli.store.read.users import member_name

            self._principal = member_name(self.known_users(), os_user)
        elif not self._principal:
            self._principal = str(self._value("SELECT session_user::text"))
        return self._principal

    def now(self) -> str:
        """Return the time for rows that are written: of a server, when its transaction began."""
        if self.dialect == "sqlite":
            return clock.now()
        from connectors_cli.store.read import server

        if server.is_idle(self.connection):
            self._begin()
        return self._began or clock.now()

    def known_users(self) -> dict[str, str]:
        """Return the part of `store_meta` that says which users a file knows; see `users`."""
        if self.meta:
            return self.meta
        from connectors_cli.store.read.users import KNOWN

        try:
            return dict(self.rows(KNOWN))
        except StoreError:  # not a store, or a damaged one: other reads say so
            return {}

    @property
    def principal_id(self) -> str:
        """The current user as a number, `uid-1000`, which no look-up can miss; a server's role."""
        has_number = self.dialect == "sqlite" and hasattr(os, "getuid")
        return f"uid-{os.getuid()}" if has_number else self.principal

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of a query as the database finds them; raises StoreError."""
        try:
            if self.dialect == "sqlite":
                # chain keeps the cursor alone: this generator would close it after its connection
                yield from chain(self.connection.execute(sql, parameters))
            else:
                yield from self._streamed(sql, parameters)
        except UnicodeEncodeError:
            return  # bytes of the command line that are not text: no row contains them
        except connections.driver_errors(self.dialect) as error:
            raise connections.store_error(error, self.place) from None

    def keep_bytes(self) -> None:
        """Read text that is not UTF-8 with its bytes kept, for a query that raised Damaged.

        It doubles the time of reading. A server has no such text.
        """
        if self.dialect == "sqlite":
            self.connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row, else None; also while rows of another query are streamed."""
        if self.dialect == "sqlite":
            return next(self.rows(sql, parameters), None)
        from connectors_cli.store.read import server

        try:
            if server.is_idle(self.connection):
                cursor = self._begin(then=server.bind(self.connection, sql, parameters))
            else:
                cursor = self.connection.execute(sql.replace("?", "%s"), parameters)
            row: Row | None = cursor.fetchone()
        except UnicodeEncodeError:
            return None
        except connections.driver_errors(self.dialect) as error:
            raise connections.store_error(error, self.place) from None
        return row

    def write(self, sql: str, rows: Iterable[Row]) -> None:
        """Execute a statement for each row of parameters; errors are those of the driver."""
        if self.dialect == "sqlite":
            self.connection.executemany(sql, rows)
        else:
            self._begin()
            text, every = sql.replace("?", "%s"), list(rows)
            if len(every) > 1:
                with self.connection.cursor() as cursor:
                    cursor.executemany(text, every)
            elif every:  # one round trip, of which many rows take two
                self.connection.execute(text, every[0])

    def lock(self) -> bool:
        """Take the write lock if this is a transaction that writes; see `store/write`."""
        return True

    def forget(self) -> None:
        """Forget what services keep of keys and types, which may change now; see `store/write`."""

    def freeze(self) -> None:
        """Begin a snapshot: all following reads see the same state of the store."""
        try:
            if self.dialect == "sqlite":
                self.connection.execute("BEGIN")
            else:
                self.connection.rollback()
                self._begin("ISOLATION LEVEL REPEATABLE READ")
        except connections.driver_errors(self.dialect) as error:
            raise connections.store_error(error, self.place) from None

    def thaw(self) -> None:
        """End the snapshot that `freeze` began."""
        self.connection.rollback()

    def _value(self, sql: str) -> Any:
        row = self.one(sql)
        return row[0] if row else None

    def _begin(self, how: str = "", then: str = "") -> Any:
        """Begin a server's transaction unless one has begun, and execute statements.

        Returns the cursor with the last result; both are one round trip.
        """
        from connectors_cli.store.read import server

        if server.is_idle(self.connection):
            begun = server.begin(self.connection, f"{how} {self.mode}", then)
            self._principal, self._began, cursor = begun
            return cursor
        if not then:
            return None
        cursor = self.connection.execute(then)
        cursor.set_result(-1)
        return cursor

    def _streamed(self, sql: str, parameters: Sequence[Any]) -> Iterator[Row]:
        """Yield a server's rows through a cursor of their own, so that reads can be nested."""
        from connectors_cli.store.read import server

        name = f"rows_{next(_CURSORS)}"
        fetch = f"FETCH {_AT_A_TIME} FROM {name}"
        bound = server.bind(self.connection, sql, parameters)
        cursor = self._begin(then=f"DECLARE {name} NO SCROLL CURSOR FOR {bound}; {fetch}")
        while rows := cursor.fetchall():
            yield from rows
            if len(rows) < _AT_A_TIME:
                break
            cursor = self.connection.execute(fetch)

    def close(self) -> None:
        """Close the connection; a server's may be kept for the next use by the same command."""
        if self.url and connections.KEPT.put(self.url, self.connection):
            self.connection = None
        elif self.connection is not None:
            self.connection.close()


def os_user() -> str:
    """Return the user of the operating system, which the environment cannot change.

    Raises StoreError if the look-up failed for lack of files; a user without a name is `uid-1000`.
    """
    try:
        import pwd
    except ImportError:  # Windows
        import getpass

        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without a name, as in containers; or the look-up failed
        from connectors_cli.store.read.faults import out_of_files

        if short := out_of_files():
            raise short from None
        return f"uid-{os.getuid()}"


def principal_at(url: str) -> str:
    """Return the current user at a URL where there may be no store yet."""
    if sqlite_path(url) is not None:
        return os_user()
    database = open_for_appending(url)
    try:
        return database.principal
    finally:
        database.close()


def open_for_reading(url: str) -> Database:
    """Open a store read-only and check its version.

    Raises StoreError: Missing, Foreign (not a store), Newer than the program, or Outdated.
    """
    path = sqlite_path(url)
    database = (
        _on_server(url, "READ ONLY")
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
    """Open a SQLite store of any version read-only; raises StoreError."""
    connections.check_store_file(path)
    database = Database(connections.read_only_sqlite(path), "sqlite", path)
    try:
        read_meta(database)
    except StoreError:
        database.close()
        raise
    return database


def open_for_appending(url: str) -> Database:
    """Open a store to write by plain SQL; the caller begins and commits. Raises StoreError."""
    path = sqlite_path(url)
    if path is None:
        return _on_server(url)
    connections.check_store_file(path)
    try:
        return Database(connections.connect_sqlite(path), "sqlite", path)
    except sqlite3.Error as error:
        raise connections.store_error(error, path) from None


def _on_server(url: str, mode: str = "") -> Database:
    connection = connections.KEPT.take(url) or connections.connect_server(url)
    database = Database(connection, "postgresql", shown_server(url))
    database.mode, database.url = mode, url
    return database


def check_version(database: Database) -> None:
    """Read `store_meta` and compare the schema version; raises StoreError."""
    read_meta(database)
    compare_versions(int(database.meta["schema_version"]), database.meta, database.place)


def read_meta(database: Database) -> None:
    """Read `store_meta`; raises StoreError if the database is not a store or is damaged."""
    try:
        database.meta = dict(database.rows("SELECT key, value FROM store_meta"))
    except StoreError as error:
        raise _without_meta(database, error) from None
    found = database.meta.get("schema_version", "")
    if not (found.isascii() and found.isdecimal()) or "store_id" not in database.meta:
        from connectors_cli.store.read.faults import damaged

        raise damaged(database.place)


def _without_meta(database: Database, error: StoreError) -> StoreError:
    """Return why `store_meta` cannot be read: perhaps the database is not a store."""
    from connectors_cli.store.read.faults import NoTable

    if not isinstance(error, NoTable):
        return error
    if database.dialect == "postgresql":
        return Missing(f"no store in {database.place}", hint="create one: connectors init")
    return Foreign(
        f"{database.place} is a database, but not a connectors store",
        hint="choose another file with --store",
    )


def compare_versions(found: int, meta: dict[str, str], place: str) -> None:
    """Raise Newer for a newer store and Outdated for an older one."""
    if found > SCHEMA_VERSION:
        raise Newer(
            f"{place} has schema version {found} (written by connectors"
            f" {meta.get('program_version', '?')}); this is connectors {__version__}, which"
            f" supports version {SCHEMA_VERSION}",
            hint="upgrade connectors; nothing was changed",
        )
    if found < SCHEMA_VERSION:
        raise Outdated(f"{place} has schema version {found}; this program needs {SCHEMA_VERSION}")


_RFC3339 = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def as_rfc3339(dialect: str, column: str) -> str:
    """Return SQL for a time as RFC 3339 text."""
    return _RFC3339.format(column) if dialect == "postgresql" else column


def as_text(dialect: str, column: str) -> str:
    """Return SQL for JSON as text."""
    return f"{column}::text" if dialect == "postgresql" else column


def byte_order(dialect: str, column: str) -> str:
    """Return SQL that sorts text by bytes, whatever the locale of the server is."""
    return f'{column} COLLATE "C"' if dialect == "postgresql" else column
