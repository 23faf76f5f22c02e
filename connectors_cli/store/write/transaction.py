"""The write transaction: the one way in which this program changes a store."""

from __future__ import annotations

from contextlib import contextmanager

from connectors_cli.store.read import connections, database

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class Transaction(database.Database):
    """A connection in a transaction, and the ids of the connectors written in it.

    Those in `written` need a new seal before the commit; those in `unsealed` keep theirs, because
    it could not be checked before the change. One that only reads, so far or to its end, holds no
    write lock in SQLite: in a dry run what is written of connectors goes to copies in memory, and
    everything else nowhere.
    """

    __slots__ = ("_has_shadow", "_version", "is_dry", "is_locked", "opener", "unsealed", "written")

    def __init__(self, opened: database.Database, *, commit: bool, reading: bool) -> None:
        super().__init__(opened.connection, opened.dialect, opened.place)
        self.written: set[str] = set()
        self.unsealed: set[str] = set()
        self.is_dry = not commit and self.dialect == "sqlite"
        self.is_locked = False
        self.opener: Any = None
        """What the services have read of keys and types, until a write could change that."""
        self._version = 0
        self._has_shadow = False
        if self.dialect == "sqlite" and (reading or self.is_dry):
            self.connection.execute("BEGIN")
            self._version = self._data_version()
        else:
            self.lock()

    def lock(self) -> bool:
        """Take the write lock; return whether nothing was changed since this began to read."""
        if self.is_locked or self.dialect != "sqlite":
            self.is_locked = True
            return True
        if self.connection.in_transaction:
            self.connection.rollback()
        self.forget()
        connections.begin_writing(self.connection, self.place)
        self.is_locked = True
        return self._data_version() == self._version

    def forget(self) -> None:
        """Forget what services keep of keys and types, which may change now."""
        self.opener = None

    def write(self, sql: str, rows: Iterable[database.Row]) -> None:
        """Execute a statement for each row of parameters; errors are those of the driver."""
        if not sql.startswith(_NEITHER_KEYS_NOR_TYPES):
            self.forget()
        if not self.is_dry or self.is_locked:
            super().write(sql, rows)
        elif sql.startswith(_ON_CONNECTORS):
            kept = list(rows)
            self._shadow([value for row in kept for value in row if isinstance(value, str)])
            super().write(sql, kept)

    def _shadow(self, ids: list[str]) -> None:
        """Copy connectors into memory, where the same statements and views find them."""
        if not self._has_shadow:
            self.connection.execute("PRAGMA temp_store=MEMORY")
            self.connection.execute(_COPY + " WHERE 0")
            views = "SELECT name, sql FROM main.sqlite_master WHERE type = 'view'"
            for name, text in list(self.rows(views)):
                self.connection.execute(f"CREATE TEMP VIEW {name} {text.partition(name)[2]}")
            self._has_shadow = True
        marks = ", ".join("?" * len(ids))
        self.connection.execute(
            f"INSERT INTO temp.connectors SELECT * FROM main.connectors WHERE id IN ({marks})"
            " AND id NOT IN (SELECT id FROM temp.connectors)",
            ids,
        )

    def _data_version(self) -> int:
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])


_ON_CONNECTORS = ("INSERT INTO connectors ", "UPDATE connectors ", "DELETE FROM connectors ")
_NEITHER_KEYS_NOR_TYPES = (*_ON_CONNECTORS, "INSERT INTO events ", "UPDATE log_heads ")
_COPY = "CREATE TEMP TABLE connectors AS SELECT * FROM main.connectors"


@contextmanager
def transaction(url: str, *, commit: bool = True, reading: bool = False) -> Iterator[Transaction]:
    """Yield a store's connection with the write lock; commit at the end, roll back on an error.

    With `commit` false everything is rolled back. With that or `reading` it begins without the
    lock, which `lock` takes. Raises StoreError.
    """
    opened = database.open_for_appending(url)
    try:
        db = Transaction(opened, commit=commit, reading=reading)
        yield db
        if commit:
            db.connection.commit()
    except connections.driver_errors(opened.dialect) as error:
        raise connections.store_error(error, opened.place) from None
    finally:
        opened.close()
