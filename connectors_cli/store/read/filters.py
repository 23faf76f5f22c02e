"""Filters of lists: checked words, and types by key or alias."""

from __future__ import annotations

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors_cli.store.read.database import Database

CLOSED = {
    "status": ("active", "inactive", "error", "unreadable"),
    "auth_type": ("oauth", "api_key", "basic", "none"),
    "lifecycle": ("active", "limited", "closed"),
}


def check(filters: Mapping[str, str | None]) -> None:
    """Raise UsageError for a word that is not one of those allowed."""
    for name, words in CLOSED.items():
        word = filters.get(name)
        if word is not None and word not in words:
            raise UsageError(
                f"unknown {name.replace('_', ' ')} {word[:50]!r}",
                hint=f"use one of {', '.join(words)}",
            )


def is_type(db: Database, tenant: str, key: str) -> bool:
    """Return whether a built-in type or one of the tenant has this key."""
    own = "(tenant_id IS NULL OR tenant_id = ?)"
    sql = f"SELECT 1 FROM connector_catalog WHERE key = ? AND {own}"
    return db.one(sql, (key, tenant)) is not None


def resolved(
    db: Database | None, tenant: str, filters: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Return the filters with a type's alias replaced by its key.

    Raises UsageError for an unknown word, and NotFound for an unknown type.
    """
    check(filters)
    key = filters.get("type")
    if key is None or (db is not None and is_type(db, tenant, key)):
        return dict(filters)
    from connectors_cli.store.read import types as read_types

    return {**filters, "type": read_types.find_entry(db, tenant, key).key}
