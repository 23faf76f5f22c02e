"""Reading catalog entries: the built-in ones, and those of single files."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from connectors_cli.catalog.entry import Entry, is_id, parse_entry, type_id
from connectors_cli.catalog.files import paths
from connectors_cli.documents import strict_json
from connectors_cli.errors import InvalidInput, NotFound, Unreadable

LARGEST = 1024 * 1024


def builtin() -> dict[str, Entry]:
    """Return every built-in entry, sorted by key."""
    return {key: read_entry(path) for key, path in paths().items()}


def load(name: str, others: Iterable[str] = ()) -> Entry:
    """Return the built-in entry with this key, alias or id.

    Raises NotFound, with the nearest of all known names and of `others`.
    """
    wanted = name.casefold()
    found = paths()
    if wanted in found:
        return read_entry(found[wanted])
    for key in found if is_id(wanted) else ():
        if type_id(key) == wanted:
            return read_entry(found[key])
    entries = builtin()
    if (entry := _with_alias(wanted, entries)) is not None:
        return entry
    words = (word for entry in entries.values() for word in (entry.key, *entry.aliases))
    raise unknown(name, (*words, *others))


def with_alias(name: str) -> Entry | None:
    """Return the built-in entry with this alias, or None."""
    return _with_alias(name.casefold(), builtin())


def _with_alias(wanted: str, entries: Mapping[str, Entry]) -> Entry | None:
    return next((entry for entry in entries.values() if wanted in entry.aliases), None)


def unknown(name: str, known: Iterable[str]) -> NotFound:
    """Return the error for an unknown type; it suggests the nearest of the known ones."""
    from difflib import get_close_matches

    nearest = get_close_matches(name.casefold(), list(known), n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return NotFound(f"no connector type {name!r}", hint=f"{meant}see: connectors catalog")


def read_entry(path: str | os.PathLike[str], source: str = "builtin") -> Entry:
    """Return the entry in a file.

    Raises Unreadable, and InvalidInput with file and place, which never quotes a value.
    """
    return parse_entry(read_json(path), source, os.fspath(path))


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the JSON document in a file of at most 1 MiB; raises Unreadable or InvalidInput."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Unreadable(name, reason) from None
    if len(content) > LARGEST:
        raise InvalidInput(f"{name}: larger than 1 MiB")
    try:
        return strict_json.parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise InvalidInput(f"{name}: not valid UTF-8") from None
