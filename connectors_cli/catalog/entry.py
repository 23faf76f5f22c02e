"""A catalog entry: one service that can be installed, as data."""

from __future__ import annotations

import re

from connectors_cli.catalog.digest import KEPT, digest
from connectors_cli.errors import InvalidInput, Problem

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal

    Part = Literal["config", "auth"]
else:
    Part = str

_IDS = "6f1f3c0e-54c1-5d0a-9d26-0c8d8f3c7a11"
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_REQUIRED = ("key", "name", "auth_type", "config_schema", "auth_schema")
_TYPES: dict[str, type] = {
    **dict.fromkeys(("key", "name", "description", "category", "icon", "auth_type"), str),
    **dict.fromkeys(("lifecycle", "notice", "docs_url", "notes"), str),
    **dict.fromkeys(
        ("capabilities", "config_schema", "auth_schema", "oauth", "probe", "setup"), dict
    ),
    **dict.fromkeys(("aliases", "unconfirmed", "sources"), list),
}
_NULLABLE = frozenset({"oauth", "probe", "notice", "docs_url"})
_LONGEST = {"name": 255, "category": 50, "icon": 100}
_WORDS = {
    "auth_type": ("oauth", "api_key", "basic", "none"),
    "lifecycle": ("active", "limited", "closed"),
}
_JSON_NAMES: dict[type, str] = {str: "text", dict: "an object", list: "a list of text"}


class Entry:
    """A connector type as its file describes it; `source` is builtin or custom.

    Not a dataclass, which would cost `run` and `env` a tenth of their start.
    """

    __slots__ = (
        *("key", "name", "auth_type", "config_schema", "auth_schema", "description", "category"),
        *("icon", "capabilities", "oauth", "probe", "setup", "lifecycle", "notice", "docs_url"),
        *("aliases", "notes", "unconfirmed", "sources", "source"),
    )

    def __init__(  # noqa: PLR0913 - the fields of a file
        self,
        key: str,
        name: str,
        auth_type: str,
        config_schema: dict[str, Any],
        auth_schema: dict[str, Any],
        *,
        description: str = "",
        category: str = "Other",
        icon: str = "plug",
        capabilities: dict[str, Any] | None = None,
        oauth: dict[str, Any] | None = None,
        probe: dict[str, Any] | None = None,
        setup: dict[str, Any] | None = None,
        lifecycle: str = "active",
        notice: str | None = None,
        docs_url: str | None = None,
        aliases: tuple[str, ...] = (),
        notes: str = "",
        unconfirmed: tuple[str, ...] = (),
        sources: tuple[str, ...] = (),
        source: str = "builtin",
    ) -> None:
        self.key, self.name, self.auth_type = key, name, auth_type
        self.config_schema, self.auth_schema = config_schema, auth_schema
        self.description, self.category, self.icon = description, category, icon
        self.capabilities = {} if capabilities is None else capabilities
        self.oauth, self.probe, self.setup = oauth, probe, setup
        self.lifecycle, self.notice, self.docs_url = lifecycle, notice, docs_url
        self.aliases, self.notes = aliases, notes
        self.unconfirmed, self.sources, self.source = unconfirmed, sources, source

    def __repr__(self) -> str:
        return f"Entry({self.key!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]  # its schemas are dicts

    def replaced(self, **fields: Any) -> Entry:
        """Return a copy with other values of these fields."""
        return Entry(**{name: getattr(self, name) for name in self.__slots__} | fields)

    @property
    def digest(self) -> str:
        """The SHA-256 of all fields but notes, setup and sources, which have no effect."""
        return digest({name: getattr(self, name) for name in KEPT})

    def id_in(self, tenant: str) -> str:
        """Return the id of the type: the same in every store, and a tenant's own if custom."""
        return type_id(self.key, tenant if self.source == "custom" else "")

    def part(self, name: str) -> Part | None:
        """Return the part that a field belongs to.

        A field that neither schema names belongs to the part that allows additional ones.
        """
        if name in self.config_schema.get("properties", {}):
            return "config"
        if name in self.auth_schema.get("properties", {}) or _allows_others(self.auth_schema):
            return "auth"
        return "config" if _allows_others(self.config_schema) else None


def type_id(key: str, tenant: str = "") -> str:
    """Return the id of a type: the same in every store, and a tenant's own for a custom one."""
    from connectors_cli.system.identifiers import named_id  # where an id is needed

    return named_id(_IDS, f"{tenant}/{key}" if tenant else key)


def is_id(text: str) -> bool:
    """Return whether a text has the form of an id."""
    return len(text) == 36 and {text[at] for at in (8, 13, 18, 23)} == {"-"}


def parse_entry(data: Any, source: str = "builtin", origin: str = "catalog entry") -> Entry:
    """Return the entry of a JSON document; `origin` names the document in an error.

    Raises InvalidInput.
    """
    problems = tuple(_problems(data)) if isinstance(data, dict) else (_wrong_type("", dict),)
    if problems:
        first = problems[0]
        where = f"{first.dotted} {first.message}" if first.path else first.message
        raise InvalidInput(f"{origin}: {where}", details=problems)
    values: dict[str, Any] = {
        name: tuple(value) if _TYPES[name] is list else value for name, value in data.items()
    }
    return Entry(**values, source=source)


def limit_of(entry: Entry) -> str:
    """Return what limits a type that is not active, as the end of a sentence; else empty."""
    if entry.lifecycle == "active":
        return ""
    closed = entry.lifecycle == "closed"
    return "accepts no new accounts" if closed else "is not available to everyone"


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return the entry of a row of the catalog."""
    names = ("key", "name", "auth_type", "auth_schema", "description", "category", "icon")
    more = ("capabilities", "oauth", "probe", "lifecycle", "notice", "source")
    values = {name: row[name] for name in (*names, *more)}
    return Entry(config_schema=row["default_config_schema"], **values)


def _allows_others(schema: dict[str, Any]) -> bool:
    return schema.get("additionalProperties") is not False or bool(schema.get("patternProperties"))


def _problems(data: dict[str, Any]) -> Iterator[Problem]:
    for name in _REQUIRED:
        if name not in data:
            yield Problem((name,), "required", "is required")
    for name, value in data.items():
        if name not in _TYPES:
            yield Problem((name,), "additionalProperties", "is not a field of a catalog entry")
        elif value is None and name in _NULLABLE:
            continue
        elif not _is(value, _TYPES[name]):
            yield _wrong_type(name, _TYPES[name])
        else:
            yield from _text_problems(name, value)


def _is(value: Any, wanted: type) -> bool:
    if wanted is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, wanted)


def _wrong_type(name: str, wanted: type) -> Problem:
    return Problem((name,) if name else (), "type", f"must be {_JSON_NAMES[wanted]}")


def _text_problems(name: str, value: Any) -> Iterator[Problem]:
    if name == "key" and not KEY.fullmatch(value):
        message = "must be 1 to 100 lower-case letters, digits and dashes, not starting with a dash"
        yield Problem((name,), "pattern", message)
    if name in _LONGEST and len(value) > _LONGEST[name]:
        yield Problem((name,), "maxLength", f"must be at most {_LONGEST[name]} characters")
    if name in _WORDS and value not in _WORDS[name]:
        yield Problem((name,), "enum", f"must be one of {', '.join(_WORDS[name])}")
