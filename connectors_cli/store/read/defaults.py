"""The settings of stored connectors with the defaults of their types, for reads without the ORM."""

from __future__ import annotations

import os

from connectors_cli.catalog import files
from connectors_cli.catalog.defaults import flat_defaults, with_defaults
from connectors_cli.errors import Damaged
from connectors_cli.store.read.database import as_text

try:  # the C functions alone: importing json takes a third of a fast read
    from _json import encode_basestring_ascii as quote
    from _json import make_scanner as _scanner
except ImportError:
    from json.encoder import encode_basestring_ascii as quote
    from json.scanner import make_scanner as _scanner

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.store.read.database import Database


class _Standard:
    """How the scanner of the standard library reads JSON by default."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo: dict[str, str] = {}  # noqa: RUF012 - of the scanner's own


class Defaults:
    """The defaults of the types in a store: built-in ones from the program's files.

    Each type is looked up once. It is named by its id, and a built-in one also by `:KEY`.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._schemas: dict[str | bytes, dict[str, Any]] = {}
        self._texts: dict[str | bytes, list[tuple[str, str]] | None] = {}

    def settings(self, type_id: str | bytes, config: dict[str, Any]) -> dict[str, Any]:
        """Return the settings of a connector of a type."""
        return with_defaults(self._schema(type_id), config)

    def add_to(self, type_id: str | bytes, config: str | bytes | None) -> str | None:
        """Return settings as JSON with the defaults of a type, None if that changes nothing.

        Both are text, also as bytes. What cannot be read is not changed.
        """
        if not config:
            return None
        try:
            text = config.decode() if isinstance(config, bytes) else config
            flat = self._flat(type_id)
            if flat is None or text[-2:-1].isspace() or text[-1:].isspace():
                return self._merged(type_id, text)
            missing = [value for name, value in flat if name not in text]
            if len(missing) < len(flat) and "{" in text[1:]:  # a name may be one inside an object
                return self._merged(type_id, text)
        except (ValueError, TypeError, RecursionError, StopIteration):
            return None
        if not missing:
            return None
        return f"{text[:-1]}{', ' if len(text) > 2 else ''}{', '.join(missing)}}}"

    def _merged(self, type_id: str | bytes, text: str) -> str | None:
        before = _parsed(text)
        after = self.settings(type_id, before)
        return None if after == before else _written(after)

    def _flat(self, type_id: str | bytes) -> list[tuple[str, str]] | None:
        """Return each default as `"name":` and as a member; None if some depend on what is set."""
        if type_id not in self._texts:
            found = flat_defaults(self._schema(type_id))
            named = None if found is None else [(f"{quote(n)}:", v) for n, v in found.items()]
            self._texts[type_id] = named and [(n, f"{n} {_written(v)}") for n, v in named]
        return self._texts[type_id]

    def _schema(self, type_id: str | bytes) -> dict[str, Any]:
        if type_id not in self._schemas:
            named = type_id.decode() if isinstance(type_id, bytes) else type_id
            self._schemas[type_id] = self._stored(named)
        return self._schemas[type_id]

    def _stored(self, type_id: str) -> dict[str, Any]:
        if type_id.startswith(":"):
            return _built_in(type_id[1:]) or {}
        own = as_text(self._db.dialect, "default_config_schema")
        sql = f"SELECT key, CASE source WHEN 'custom' THEN {own} END FROM connector_catalog"
        try:
            key, text = self._db.one(f"{sql} WHERE id = ?", (type_id,)) or ("", None)
            found = _parsed(text) if text else _built_in(key)
        except (ValueError, TypeError, RecursionError, StopIteration, Damaged):
            found = None  # what opens credentials says that the type cannot be read
        return found if isinstance(found, dict) else {}


def _built_in(key: str) -> Any:
    """Return the schema of the settings of a built-in type; {} for one that it does not have."""
    path = os.path.join(files.directory(), f"{os.path.basename(key)}.json")
    try:
        with open(path, encoding="utf-8") as file:
            return _parsed(file.read()).get("config_schema")
    except OSError:
        return {}


def _parsed(text: str) -> Any:
    return _scanner(_Standard)(text.strip(), 0)[0]  # type: ignore[arg-type]


def _written(value: Any) -> str:
    """Return a value as json.dumps writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case dict():
            return f"{{{', '.join(f'{quote(n)}: {_written(v)}' for n, v in value.items())}}}"
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case _:
            return repr(value)
