"""The catalog: what can be installed, one JSON file a service."""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it for true; importing it costs a hot read 6 ms
if TYPE_CHECKING:
    from connectors_cli.catalog.custom import from_schema, split
    from connectors_cli.catalog.describing import FieldInfo, fields
    from connectors_cli.catalog.entry import Entry, Part, digest, entry_of, parse_entry
    from connectors_cli.catalog.examples import example
    from connectors_cli.catalog.files import directory, stamp
    from connectors_cli.catalog.linting import entry_schema, lint
    from connectors_cli.catalog.reading import builtin, load, read_entry, read_json, unknown
    from connectors_cli.catalog.searching import search

# Imported when first used: a hot read wants `stamp` and nothing else.
_HOMES = {
    "entry": ("Entry", "Part", "digest", "entry_of", "parse_entry"),
    "files": ("directory", "stamp"),
    "reading": ("builtin", "load", "read_entry", "read_json", "unknown"),
    "describing": ("FieldInfo", "fields"),
    "examples": ("example",),
    "searching": ("search",),
    "linting": ("entry_schema", "lint"),
    "custom": ("from_schema", "split"),
}

__all__ = [
    "Entry",
    "FieldInfo",
    "Part",
    "builtin",
    "digest",
    "directory",
    "entry_of",
    "entry_schema",
    "example",
    "fields",
    "from_schema",
    "lint",
    "load",
    "parse_entry",
    "read_entry",
    "read_json",
    "search",
    "split",
    "stamp",
    "unknown",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
