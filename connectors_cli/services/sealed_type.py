"""A type as row seals cover it, so that a change of the type outside connectors is noticed."""

from __future__ import annotations

from connectors_cli.catalog.digest import digest
from connectors_cli.errors import Tampered
from connectors_cli.store.read.sealed import type_content, type_of

TYPE_CHECKING = False  # importing typing costs a fast read
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.catalog.entry import Entry
    from connectors_cli.store.read.database import Database

    Row = dict[str, Any]


class SealedType:
    """A type as row seals cover it: a built-in one by its key, a custom one by its content too.

    The digest is computed from the stored content, never read from the store: whoever alters a
    type could alter that column as well.
    """

    __slots__ = ("_content", "_entry", "digest", "key", "source")

    def __init__(self, key: str, source: str, content: Row | None) -> None:
        self.key = key
        self.source = source
        self._content = content
        self._entry: Entry | None = None
        self.digest = _digest(content) if source == "custom" else None

    @property
    def seal_material(self) -> Row:
        """The part of a row's seal that comes from its type."""
        return {"catalog_key": self.key, "source": self.source, "digest": self.digest}

    def entry(self) -> Entry:
        """Return the type: a built-in one from the program's files, a custom one as digested.

        Raises Tampered for stored content that cannot be read, and NotFound for a built-in type
        that this program does not have.
        """
        if self._entry is None:
            self._entry = self._read()
        return self._entry

    def _read(self) -> Entry:
        if self.source != "custom":
            from connectors_cli.catalog.read import load

            return load(self.key)
        from connectors_cli.catalog.entry import entry_of

        if self._content is None or self.digest is None:
            raise Tampered(
                f"the connector type {self.key!r} was changed outside connectors",
                hint="restore a backup: connectors restore --from FILE",
            )
        return entry_of({**self._content, "source": "custom"})


def stored_type(db: Database, type_id: object) -> SealedType:
    """Return a type of the store by its id; one without a key for an unknown id."""
    key, source = type_of(db, type_id) or ("", "")
    return SealedType(key, source, type_content(db, type_id) if source == "custom" else None)


def stored_digest(db: Database, type_id: object) -> str | None:
    """Return the digest of a type as the store has it now; None if it cannot be read."""
    return _digest(type_content(db, type_id))


def _digest(content: Row | None) -> str | None:
    """Return the digest of a type's stored content; None if it cannot be read."""
    if content is None:
        return None
    try:
        return digest({**content, "config_schema": content["default_config_schema"]})
    except (TypeError, ValueError, RecursionError):  # bytes, or text that is not Unicode
        return None
