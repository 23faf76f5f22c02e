"""A catalog entry: one service that can be installed, as data."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors_cli.errors import InvalidInput, Problem

Part = Literal["config", "auth"]

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")

# The fields a row of the catalog table keeps: the digest can be made again from a row.
KEPT = (
    *("key", "name", "description", "category", "icon", "auth_type", "capabilities"),
    *("config_schema", "auth_schema", "oauth", "probe", "lifecycle", "notice"),
)
_REQUIRED = ("key", "name", "auth_type", "config_schema", "auth_schema")
_TYPES: dict[str, type] = {
    **dict.fromkeys(("key", "name", "description", "category", "icon", "auth_type"), str),
    **dict.fromkeys(("lifecycle", "notice", "docs_url", "notes"), str),
    **dict.fromkeys(("capabilities", "config_schema", "auth_schema", "oauth", "probe"), dict),
    **dict.fromkeys(("aliases", "unconfirmed", "sources"), list),
}
_NULLABLE = frozenset({"oauth", "probe", "notice", "docs_url"})
_LONGEST = {"name": 255, "category": 50, "icon": 100}
_WORDS = {
    "auth_type": ("oauth", "api_key", "basic", "none"),
    "lifecycle": ("active", "limited", "closed"),
}
_JSON_NAMES: dict[type, str] = {str: "text", dict: "an object", list: "a list of text"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector type as its file describes it; `source` is builtin or custom."""

    key: str
    name: str
    auth_type: str
    config_schema: dict[str, Any]
    auth_schema: dict[str, Any]
    description: str = ""
    category: str = "Other"
    icon: str = "plug"
    capabilities: dict[str, Any] = field(default_factory=dict)
    oauth: dict[str, Any] | None = None
    probe: dict[str, Any] | None = None
    lifecycle: str = "active"
    notice: str | None = None
    docs_url: str | None = None
    aliases: tuple[str, ...] = ()
    notes: str = ""
    unconfirmed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    source: str = "builtin"

    @property
    def digest(self) -> str:
        """The SHA-256 of all that acts or is shown; notes and sources may change freely."""
        return digest({name: getattr(self, name) for name in KEPT})

    def part(self, name: str) -> Part | None:
        """Where a field belongs; one that neither schema names goes where others are allowed."""
        if name in self.config_schema.get("properties", {}):
            return "config"
        if name in self.auth_schema.get("properties", {}) or _takes_others(self.auth_schema):
            return "auth"
        return "config" if _takes_others(self.config_schema) else None


def digest(kept: Mapping[str, Any]) -> str:
    """The SHA-256 of canonical JSON of the fields in KEPT (of an entry or of its row)."""
    import hashlib

    content = {name: kept[name] for name in KEPT}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def parse_entry(data: Any, source: str = "builtin", origin: str = "catalog entry") -> Entry:
    """Make an entry of a JSON document; `origin` names the document in what goes wrong."""
    problems = tuple(_misfits(data)) if isinstance(data, dict) else (_misfit("", "type", dict),)
    if problems:
        first = problems[0]
        where = f"{first.dotted} {first.message}" if first.path else first.message
        raise InvalidInput(f"{origin}: {where}", details=problems)
    values: dict[str, Any] = {
        name: tuple(value) if _TYPES[name] is list else value for name, value in data.items()
    }
    return Entry(**values, source=source)


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return the entry that a row of the catalog holds."""
    names = ("key", "name", "auth_type", "auth_schema", "description", "category", "icon")
    more = ("capabilities", "oauth", "probe", "lifecycle", "notice", "source")
    values = {name: row[name] for name in (*names, *more)}
    return Entry(config_schema=row["default_config_schema"], **values)


def _takes_others(schema: dict[str, Any]) -> bool:
    return schema.get("additionalProperties") is not False or bool(schema.get("patternProperties"))


def _misfits(data: dict[str, Any]) -> Iterator[Problem]:
    for name in _REQUIRED:
        if name not in data:
            yield Problem((name,), "required", "is required")
    for name, value in data.items():
        if name not in _TYPES:
            yield Problem((name,), "additionalProperties", "is not a field of a catalog entry")
        elif value is None and name in _NULLABLE:
            continue
        elif not _is(value, _TYPES[name]):
            yield _misfit(name, "type", _TYPES[name])
        else:
            yield from _misfitting_text(name, value)


def _is(value: Any, wanted: type) -> bool:
    if wanted is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, wanted)


def _misfit(name: str, rule: str, wanted: type) -> Problem:
    return Problem((name,) if name else (), rule, f"must be {_JSON_NAMES[wanted]}")


def _misfitting_text(name: str, value: Any) -> Iterator[Problem]:
    if name == "key" and not KEY.fullmatch(value):
        message = "must be 1 to 100 lower-case letters, digits and dashes, no dash first"
        yield Problem((name,), "pattern", message)
    if name in _LONGEST and len(value) > _LONGEST[name]:
        yield Problem((name,), "maxLength", f"must be at most {_LONGEST[name]} characters")
    if name in _WORDS and value not in _WORDS[name]:
        yield Problem((name,), "enum", f"must be one of {', '.join(_WORDS[name])}")
