"""What may stand in a file about one connector, and notes of what is wrong there."""

from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.manifests import Place, unknown

KEYS = ("name", "type", "config", "auth", "tags", "status", "preset")
SEALED = "auth_sealed"
# What an export holds beside, and what others write there: read past.
_IGNORED = frozenset(
    {"id", "auth_expires_at", "tenant_id", "version", "last_check"}
    | {
        f"{verb}_{what}"
        for verb in ("created", "updated")
        for what in ("at", "by_email", "by_name")
    }
)
_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "type": (str, "text"),
    "config": (dict, "an object"),
    "auth": (dict, "an object"),
    "tags": (list, "a list of text"),
    "status": (str, "active or inactive"),
    "preset": (str, "text"),
}

_STATUSES = frozenset({"active", "inactive"})


class Notes:
    """Notes the problems of one connector with their place."""

    def __init__(self, problems: list[Problem], place: Place, item: Any) -> None:
        self._problems = problems
        self._place = place
        name = item.get("name") if isinstance(item, dict) else None
        self._name = name[:100] if isinstance(name, str) else None

    def add(self, path: tuple[str | int, ...], rule: str, message: str) -> None:
        self._problems.append(self._place.locate(Problem(path, rule, message), self._name))


def check_keys(item: dict[str, Any], notes: Notes, *, is_export: bool) -> None:
    """Note every key that is not known, missing, or not of its kind."""
    known = (*KEYS, SEALED) if is_export else KEYS
    for name in item:
        if name not in known and name not in _IGNORED:
            notes.add((name,), "unknown", unknown(name, KEYS))
    for name in ("name", "type"):
        if item.get(name) is None:
            notes.add((name,), "required", "is missing")
    for name, (kind, words) in _TYPES.items():
        if not isinstance(item.get(name), kind | None):
            notes.add((name,), "type", f"must be {words}: {_hint(item[name])}")
    allowed = _STATUSES | {"error"} if is_export else _STATUSES
    if isinstance(item.get("status"), str) and item["status"] not in allowed:
        notes.add(("status",), "enum", "must be active or inactive")


def _hint(value: Any) -> str:
    return "put it in quotes" if isinstance(value, int | float | bool) else "it is none"
