"""A type as a store has it."""

from collections.abc import Iterator

from connectors_cli import catalog, reader
from connectors_cli.catalog import Entry
from connectors_cli.database import Database
from connectors_cli.rows import TEXT


def find_entry(db: Database | None, key: str) -> Entry:
    """Return a type: a custom one of the store, else a built-in one by key or alias; NotFound.

    That names the nearest, one of the store's own among them.
    """
    row = reader.catalog_entry(db, key) if db else None
    custom = row is not None and row["source"] == "custom"
    return catalog.entry_of(row) if row and custom else catalog.load(key, _custom_keys(db))


def _custom_keys(db: Database | None) -> Iterator[str]:
    """Yield the keys of the store's own types; it is not asked before the first is wanted."""
    if db is not None:
        columns = (("key", TEXT), ("source", TEXT))
        for key, source in reader.list_catalog(db, columns).rows:
            if source == "custom":
                yield key
