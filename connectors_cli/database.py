"""Opens a store's database through the bare driver: files, pragmas, versions, errors in words."""

from __future__ import annotations

import os
import sqlite3
import stat
from itertools import chain

from connectors_cli import __version__
from connectors_cli.errors import StoreError
from connectors_cli.settings import sqlite_path

TYPE_CHECKING = False  # type checkers take it for true; importing typing doubles a start
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    Row = tuple[Any, ...]

APPLICATION_ID = 0x434E4354
SCHEMA_VERSION = 2
BUSY_SECONDS = 30.0


class Outdated(StoreError):
    """The store is older than the program: whoever may write migrates it first."""


class Missing(StoreError):
    """There is no store at this place yet."""


class Newer(StoreError):
    """The store is newer than the program, which leaves it alone."""


class Damaged(StoreError):
    """The store's file is no store any more: cut off, overwritten or altered."""


class _NoTable(StoreError):
    """A table is not there."""


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
        except driver_errors(self.dialect) as error:
            raise explain(error, self.place) from None

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
        except driver_errors(self.dialect) as error:
            raise explain(error, self.place) from None

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
        Database(_postgresql(url), "postgresql", "the database")
        if path is None
        else Database(_sqlite_read_only(path), "sqlite", path)
    )
    try:
        check_version(database)
    except StoreError:
        database.close()
        raise
    return database


def open_file(path: str) -> Database:
    """Open a SQLite store read-only, of whatever version: what it says of itself is in `meta`."""
    check_file(path)
    database = Database(_sqlite_read_only(path), "sqlite", path)
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
        return Database(_postgresql(url), "postgresql", "the database")
    check_file(path)
    try:
        return Database(connect_sqlite(path), "sqlite", path)
    except sqlite3.Error as error:
        raise explain(error, path) from None


def check_version(database: Database) -> None:
    """Read `store_meta` and compare its schema version with the program's."""
    read_meta(database)
    compare_versions(int(database.meta["schema_version"]), database.meta, database.place)


def read_meta(database: Database) -> None:
    """Read `store_meta`; StoreError for a database that is no store, Damaged without a version."""
    try:
        database.meta = dict(database.rows("SELECT key, value FROM store_meta"))
    except _NoTable:
        if database.dialect == "postgresql":
            raise Missing(
                "there is no store in the database", hint="make one with `connectors init`"
            ) from None
        raise StoreError(
            f"{database.place} is a database, and not a connectors store",
            hint="name another place with --store",
        ) from None
    found = database.meta.get("schema_version", "")
    if not (found.isascii() and found.isdecimal()) or "store_id" not in database.meta:
        raise damaged(database.place)


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


def check_file(path: str) -> None:
    """Refuse a store's path that is a link, folder, device or empty file, each in its own words."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise Missing(
            f"there is no store at {path}", hint="make one with `connectors init`"
        ) from None
    except OSError as error:
        raise StoreError(f"cannot look at {path}: {os.strerror(error.errno or 0)}") from None
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(
            f"{path} is a symbolic link, which could lead a write anywhere",
            hint="name the real file with --store",
        )
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        raise StoreError(f"{path} is {kind}, not a store's file", hint="name a file with --store")
    if found.st_size == 0:
        raise Damaged(
            f"{path} is empty: a store was cut off or something else made it",
            hint="put a backup there: `connectors restore --from FILE`; or remove the file",
        )
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} cannot be read by this user", hint="check its owner and mode")


def connect_sqlite(path: str) -> sqlite3.Connection:
    """Connect for writing, with the settings every writer needs; transactions are begun by hand."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (
            "foreign_keys=ON",
            "synchronous=EXTRA",  # FULL in WAL; with a journal its removal is waited for as well
            "secure_delete=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def driver_errors(dialect: str) -> tuple[type[Exception], ...]:
    """Return the exceptions a driver raises, for an `except`."""
    if dialect == "sqlite":
        return (sqlite3.Error,)
    import psycopg

    return (psycopg.Error,)


_FROM_BACKUP = "put a backup in its place: `connectors restore --from FILE`"
_DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_REASONS = {
    "SQLITE_NOTADB": ("is not a database", _FROM_BACKUP),
    "SQLITE_CORRUPT": ("is damaged", _FROM_BACKUP),
    "SQLITE_FULL": ("cannot grow: the disk is full", "free some space; nothing was changed"),
    "SQLITE_IOERR_SHMSIZE": ("cannot be used: the disk is full", "free some space"),
    "SQLITE_READONLY": ("is read-only", "check the file's and the folder's owner and mode"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the folder's owner and mode"),
    "SQLITE_IOERR": ("cannot be read or written: the disk reports an error", "check the disk"),
    "SQLITE_BUSY": (f"was held by another process for {BUSY_SECONDS:.0f} s", "try again"),
    "SQLITE_PERM": ("may not be opened by this user", "check its owner and mode"),
}


def damaged(place: str) -> Damaged:
    """Return the error for a row that this program cannot have written."""
    return Damaged(
        f"the store {place} is damaged: a row holds text or JSON that cannot be read",
        hint=_FROM_BACKUP,
    )


def explain(error: BaseException, place: str) -> StoreError:
    """Return a driver's error in our words; the driver's own text can quote values."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for prefix, (what, hint) in _REASONS.items():
        if name.startswith(prefix):
            kind = Damaged if prefix in _DAMAGED else StoreError
            return kind(f"the store {place} {what}", hint=hint)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate == "42P01":
        return _NoTable(f"{place} is incomplete: a table is missing")
    if sqlstate is not None:
        return StoreError(f"{place} refused a statement (SQLSTATE {sqlstate})")
    if isinstance(error, sqlite3.Error):
        return _explain_statement(error, name, place)
    return StoreError(
        f"{place} cannot be reached ({type(error).__name__})",
        hint="check the store's URL and that the server is up",
    )


def _explain_statement(error: sqlite3.Error, name: str, place: str) -> StoreError:
    text = str(error)
    if name == "SQLITE_ERROR" and "no such table" in text:
        return _NoTable(f"the store {place} is incomplete: no such table")
    if "malformed JSON" in text or "Could not decode" in text:
        return damaged(place)
    return StoreError(f"the store {place} failed ({name or type(error).__name__})")


def _sqlite_read_only(path: str) -> sqlite3.Connection:
    check_file(path)
    try:
        return _connect_read_only(path, "mode=ro")
    except sqlite3.Error as error:
        # Where files cannot be made beside the store (a folder that is read-only, a full disk) WAL
        # cannot be used; with nothing in the log the store can be read as it stands.
        if _is_busy(error) or (os.path.exists(path + "-wal") and os.path.getsize(path + "-wal")):
            raise explain(error, path) from None
    try:
        return _connect_read_only(path, "mode=ro&immutable=1")
    except sqlite3.Error as error:
        raise explain(error, path) from None


def _is_busy(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith("SQLITE_BUSY")


def _connect_read_only(path: str, options: str) -> sqlite3.Connection:
    uri = "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(f"{uri}?{options}", uri=True, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA schema_version")  # the first that opens the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _postgresql(url: str) -> Any:
    try:
        import psycopg
    except ImportError:
        raise StoreError(
            "a PostgreSQL store needs the extra `postgres`",
            hint="pip install 'connectors-cli[postgres]'",
        ) from None
    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise explain(error, "the database server") from None
