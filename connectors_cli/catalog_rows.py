"""The catalog's rows in a store: made of entries, and brought up to the program's files."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from connectors_cli import __version__, catalog
from connectors_cli.catalog.entry import KEPT, Entry
from connectors_cli.tables import CatalogRow, StoreMeta

NAMESPACE = uuid.UUID("6f1f3c0e-54c1-5d0a-9d26-0c8d8f3c7a11")


def catalog_id(key: str) -> str:
    """Return the id of a type: the same in every store."""
    return str(uuid.uuid5(NAMESPACE, key))


def are_older(meta: Mapping[str, str]) -> bool:
    """Tell whether a store's entries are older than the program's files."""
    known, stamp = meta.get("catalog_stamp", "0-"), catalog.stamp()
    if known == stamp:
        return False
    from packaging.version import Version  # only where the files changed

    return Version(known.partition("-")[0]) <= Version(stamp.partition("-")[0])


def write_catalog(session: Session) -> None:
    """Write every built-in entry whose digest is not what the store has.

    A custom type keeps its key when a newer program brings one of the same: connectors are sealed
    with what it says.
    """
    rows = {row.key: row for row in session.exec(select(CatalogRow)).all()}
    for entry in catalog.builtin().values():
        row = rows.get(entry.key)
        if row is None:
            session.add(new_row(entry))
        elif row.source == "builtin" and row.digest != entry.digest:
            for name, value in _columns_of(entry).items():
                setattr(row, name, value)
            session.add(row)
    session.merge(StoreMeta(key="catalog_stamp", value=catalog.stamp()))
    session.merge(StoreMeta(key="program_version", value=__version__))


def new_row(entry: Entry) -> CatalogRow:
    """Return a new row of the catalog for an entry."""
    return CatalogRow(id=catalog_id(entry.key), created_at=datetime.now(UTC), **_columns_of(entry))


def _columns_of(entry: Entry) -> dict[str, Any]:
    """Return the columns of an entry's row; the schema of settings has another name there."""
    columns = {name: getattr(entry, name) for name in (*KEPT, "source", "digest")}
    columns["default_config_schema"] = columns.pop("config_schema")
    return columns
