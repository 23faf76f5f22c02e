"""The catalog: what can be installed, read from one JSON file a service."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors_cli.catalog.entry import Entry, Part, digest, parse_entry
    from connectors_cli.catalog.files import directory, stamp
    from connectors_cli.catalog.reading import builtin, load, read_entry, read_json, unknown

# Loaded when first used: hot reads want `stamp` and nothing else.
_HOMES = {
    **dict.fromkeys(("Entry", "Part", "digest", "parse_entry"), "entry"),
    **dict.fromkeys(("directory", "stamp"), "files"),
    **dict.fromkeys(("builtin", "load", "read_entry", "read_json", "unknown"), "reading"),
}

__all__ = [
    "Entry",
    "Part",
    "builtin",
    "digest",
    "directory",
    "load",
    "parse_entry",
    "read_entry",
    "read_json",
    "stamp",
    "unknown",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
