"""Connector types: those in a store, and the built-in ones.

It loads the catalog, which hot reads do without, and so is a module of its own.
"""

from collections.abc import Iterator

from connectors_cli.catalog.entry import Entry, entry_of, is_id
from connectors_cli.catalog.files import paths
from connectors_cli.catalog.read import load, with_alias
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import TEXT


def find_entry(db: Database | None, tenant: str, key: str) -> Entry:
    """Return a built-in type by key or alias, a custom one by key or id, or a built-in one by id.

    A row of the store never replaces a built-in type: whoever can write to the store could decide
    where credentials are sent. Raises NotFound, with the nearest name as a hint.
    """
    entry = entry_with_key(db, tenant, key)
    return entry if entry.source != "custom" else with_alias(key) or entry


def entry_with_key(db: Database | None, tenant: str, key: str) -> Entry:
    """Return the type of a connector, by its key; else as `find_entry` does.

    An older program could add a custom type whose key is an alias of a built-in one: its connectors
    keep it, while the word that a person types means the built-in one.
    """
    if db is not None and is_id(key):
        key = _key_of(db, tenant, key)
    if key.casefold() in paths():
        return load(key)
    row = connectors.catalog_entry(db, tenant, key) if db else None
    custom = row is not None and row["source"] == "custom"
    return entry_of(row) if row and custom else load(key, custom_keys(db, tenant))


def _key_of(db: Database, tenant: str, type_id: str) -> str:
    """Return the key of a type by its id; the id itself if the tenant has no such type."""
    own = "(tenant_id IS NULL OR tenant_id = ?)"
    row = db.one(f"SELECT key FROM connector_catalog WHERE id = ? AND {own}", (type_id, tenant))
    return str(row[0]) if row else type_id


def custom_keys(db: Database | None, tenant: str) -> Iterator[str]:
    """Yield the keys of a tenant's custom types; the query runs when the first is requested."""
    if db is not None:
        columns = (("key", TEXT), ("source", TEXT))
        for key, source in connectors.list_catalog(db, tenant, columns).rows:
            if source == "custom":
                yield key
