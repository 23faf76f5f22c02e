"""The schema of a SQLite store: created in a new one, and compared with what a store contains."""

import re
import sqlite3
from contextlib import closing
from typing import Literal

from connectors_cli.store.read.database import Database
from connectors_cli.store.write.tables import TABLES
from connectors_cli.system.record import Record

_IGNORED = {
    *(("table", "alembic_version"), ("table", "sqlite_sequence")),
    *(("table", "sqlite_stat1"), ("table", "sqlite_stat4")),
}
_ACTS = re.compile(
    r"\b(?:check|collate|default|generated|on\s+(?:conflict|delete|update))\b", re.IGNORECASE
)
"""What no table of ours has, and what would act on the rows that are written."""
_CHECK = re.compile(r",\s*CONSTRAINT (ck_\w+) CHECK \((\w+ IN \('\w+'(?:, '\w+')*\))\)")
"""A check of ours: a column has one of some values."""
_WORDS = {
    "missing": "is missing",
    "altered": "was altered",
    "foreign": "was not created by this program",
}


class Difference(Record):
    """A part of a store's schema that is missing, altered, or not this program's."""

    kind: str
    name: str
    what: Literal["missing", "altered", "foreign"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {_WORDS[self.what]}"


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables, indexes and views of a store in an empty database."""
    for statement in TABLES:
        connection.execute(statement)


def differences(db: Database) -> list[Difference]:
    """Return what a SQLite store's schema lacks, or has that this program did not create.

    Views and indexes are compared by their text, tables by their columns: a view that shows other
    rows, a trigger, and a table that ignores some rows would act without being noticed.
    """
    with closing(sqlite3.connect(":memory:")) as new:
        create_tables(new)
        pattern = Database(new, "sqlite", "")
        found, wanted = _contents(db), _contents(pattern)
        missing = [Difference(*part, "missing") for part in sorted(wanted.keys() - found)]
        foreign = [
            Difference(*part, "foreign")
            for part in sorted(found.keys() - wanted)
            if part[0] in {"trigger", "view"} or (part[0] == "index" and found[part] != "None")
        ]
        altered = [
            Difference(*part, "altered")
            for part in sorted(wanted.keys() & found)
            if _form(db, *part, found[part]) != _form(pattern, *part, wanted[part])
        ]
    return [*missing, *altered, *foreign]


def _contents(db: Database) -> dict[tuple[str, str], str]:
    """Return the text of each table, index, view and trigger by its kind and name."""
    return {
        (str(kind), str(name)): str(text)
        for kind, name, text in db.rows("SELECT type, name, sql FROM sqlite_master")
        if (kind, name) not in _IGNORED and not _is_automatic(kind, name)
    }


def _is_automatic(kind: object, name: object) -> bool:
    """Return whether SQLite made an index itself, for a key; it has no text of its own."""
    return kind == "index" and str(name).startswith("sqlite_autoindex_")


def _form(db: Database, kind: str, name: str, text: str) -> object:
    """Return what is compared: a table's columns and checks, else the text, however spelled."""
    if kind == "table" and _ACTS.search(_CHECK.sub("", text)):
        return text
    if kind == "table":
        columns = {str(row[1]) for row in db.rows(f"PRAGMA table_info({name})")}
        return columns, _CHECK.findall(text)
    return re.sub(r'[\s"`]+', "", text).casefold()
