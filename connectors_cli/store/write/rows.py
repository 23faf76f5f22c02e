"""Rows written by the generated statements, with values as the databases keep them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from connectors_cli import __version__
from connectors_cli.store.read.database import SCHEMA_VERSION, Database
from connectors_cli.store.write import statements

Statement = tuple[dict[str, str], tuple[str, ...]]
"""SQL by dialect, and the names of its parameters in order."""


def execute(db: Database, statement: Statement, *rows: Mapping[str, Any]) -> None:
    """Execute a statement for each row, whose missing columns are NULL; errors are the driver's."""
    texts, names = statement
    db.write(texts[db.dialect], _values(names, rows))


def _values(names: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Any, ...]]:
    return (tuple(_stored(row.get(name)) for name in names) for row in rows)


def set_meta(db: Database, **values: str) -> None:
    """Write facts about the store into `store_meta`."""
    rows = [{"key": key, "value": value} for key, value in values.items()]
    execute(db, statements.DELETE_META, *rows)
    execute(db, statements.INSERT_META, *rows)


def begin_meta(db: Database, store_id: str) -> None:
    """Write the facts about a new store: its id and the versions that created it."""
    versions = {"schema_version": str(SCHEMA_VERSION), "program_version": __version__}
    set_meta(db, store_id=store_id, **versions)


def _stored(value: Any) -> Any:
    """Return a value as a database keeps it: JSON as text."""
    return json.dumps(value, allow_nan=False) if isinstance(value, dict | list) else value
