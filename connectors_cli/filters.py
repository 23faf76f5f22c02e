"""What lists can be filtered by: a word of a closed list, and a type that there is."""

from __future__ import annotations

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors_cli.database import Database

CLOSED = {
    "status": ("active", "inactive", "error", "unreadable"),
    "auth_type": ("oauth", "api_key", "basic", "none"),
    "lifecycle": ("active", "limited", "closed"),
}


def check(filters: Mapping[str, str | None]) -> None:
    """Raise UsageError for a word that the closed list it is chosen from does not have."""
    for name, words in CLOSED.items():
        word = filters.get(name)
        if word is not None and word not in words:
            raise UsageError(
                f"no {name.replace('_', ' ')} {word[:50]!r}", hint=f"one of {', '.join(words)}"
            )


def is_type(db: Database, key: str) -> bool:
    """Tell whether a store has a type of this very key."""
    return db.one("SELECT 1 FROM connector_catalog WHERE key = ?", (key,)) is not None


def resolved(db: Database | None, filters: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return filters as lists of connectors take them: in place of a type's alias its key.

    Raises UsageError as `check`, and NotFound for a type that is not there.
    """
    check(filters)
    key = filters.get("type")
    if key is None or (db is not None and is_type(db, key)):
        return dict(filters)
    from connectors_cli import stored  # the catalog's files: only where a key is none

    return {**filters, "type": stored.find_entry(db, key).key}
