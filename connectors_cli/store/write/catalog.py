"""The catalog's rows in a store, updated from the program's files."""

from collections.abc import Mapping
from typing import Any

from connectors_cli import __version__
from connectors_cli.catalog import files
from connectors_cli.catalog.digest import KEPT
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.read import builtin
from connectors_cli.store.read.database import Database
from connectors_cli.store.write import statements
from connectors_cli.store.write.rows import execute, set_meta
from connectors_cli.system import clock


def catalog_id(entry: Entry, tenant: str) -> str:
    """Return the id of a type."""
    return entry.id_in(tenant)


def is_catalog_outdated(meta: Mapping[str, str]) -> bool:
    """Return whether a store's entries are older than the program's files, or of no known age."""
    known, stamp = meta.get("catalog_stamp", "0-"), files.stamp()
    if known == stamp:
        return False
    from packaging.version import InvalidVersion, Version  # only if the files changed

    try:
        return Version(known.partition("-")[0]) <= Version(stamp.partition("-")[0])
    except InvalidVersion:  # of somebody else's hand: the program's files are written again
        return True


def write_catalog(db: Database) -> None:
    """Write every built-in entry whose digest differs from the store's.

    A tenant's custom type stays if a newer program has a built-in type with the same key, because
    connectors are sealed with the custom type's digest.
    """
    sql = "SELECT key, id, source, digest FROM connector_catalog WHERE tenant_id IS NULL"
    found = {key: (type_id, source, digest) for key, type_id, source, digest in db.rows(sql)}
    for entry in builtin().values():
        type_id, source, digest = found.get(entry.key, (None, None, None))
        if type_id is None:
            add_entry(db, entry, "")
        elif source == "builtin" and digest != entry.digest:
            execute(db, statements.UPDATE_TYPE, {"id": type_id, **_columns_of(entry)})
    set_meta(db, catalog_stamp=files.stamp(), program_version=__version__)


def add_entry(db: Database, entry: Entry, tenant: str) -> None:
    """Add an entry to the catalog; a custom one is the tenant's."""
    row = {
        "id": catalog_id(entry, tenant),
        "created_at": clock.now(),
        "tenant_id": tenant if entry.source == "custom" else None,
        **_columns_of(entry),
    }
    execute(db, statements.INSERT_TYPE, row)


def replace_entry(db: Database, entry: Entry, tenant: str) -> None:
    """Replace a tenant's custom entry by another one of its key."""
    own = {"id": catalog_id(entry, tenant), "tenant_id": tenant}
    execute(db, statements.UPDATE_TYPE, {**own, **_columns_of(entry)})


def _columns_of(entry: Entry) -> dict[str, Any]:
    """Return the columns of an entry's row, in which config_schema has another name."""
    columns = {name: getattr(entry, name) for name in (*KEPT, "source", "digest")}
    columns["default_config_schema"] = columns.pop("config_schema")
    return columns
