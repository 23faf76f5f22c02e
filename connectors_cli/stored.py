"""A type as a store has it."""

from connectors_cli import catalog, reader
from connectors_cli.catalog import Entry
from connectors_cli.database import Database


def find_entry(db: Database | None, key: str) -> Entry:
    """Return a type: a custom one of the store, else a built-in one by key or alias; NotFound."""
    row = reader.catalog_entry(db, key) if db else None
    custom = row is not None and row["source"] == "custom"
    return catalog.entry_of(row) if row and custom else catalog.load(key)
