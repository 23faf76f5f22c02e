"""Where a field's name leads in a type's values, and what its schema says there; pure."""

import difflib
from collections.abc import Iterable
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import UsageError


def path_of(entry: Entry, name: str) -> tuple[str, ...]:
    """Return where a field's name leads: itself, or by dots into an object; UsageError."""
    if _declared(entry, name):
        return (name,)
    first, *rest = name.split(".")
    if rest and _declared(entry, first):
        return (first, *rest)
    if entry.part(name) is None:
        known = (
            *entry.config_schema.get("properties", {}),
            *entry.auth_schema.get("properties", {}),
        )
        near = difflib.get_close_matches(name, known, 1)
        plain = name.replace("-", "").replace(".", "").isidentifier()  # else it may be a secret
        raise UsageError(
            f"{entry.key} has no field {name[:50]!r}" if plain else f"no such field of {entry.key}",
            hint=f"did you mean {near[0]}?" if near else f"fields: {', '.join(known)}",
        )
    return (name,)


def _declared(entry: Entry, name: str) -> bool:
    return any(
        name in schema.get("properties", {}) for schema in (entry.config_schema, entry.auth_schema)
    )


def schema_at(entry: Entry, path: Iterable[str | int]) -> Any:
    """Return the subschema of what stands at a path, its references followed."""
    first, *rest = path
    root = root_of(entry, str(first))
    schema = root.get("properties", {}).get(first, {})
    for step in rest:
        here = _resolved(root, schema)
        inside = isinstance(step, int)
        schema = here.get("items", {}) if inside else here.get("properties", {}).get(step, {})
    return _resolved(root, schema)


def _resolved(root: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return a schema with a local `$ref` at its top followed."""
    for _ in range(8):
        ref = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(ref, str) or not ref.startswith("#/"):
            break
        target: Any = root
        for step in ref[2:].split("/"):
            target = target.get(step, {}) if isinstance(target, dict) else {}
        schema = target
    return schema if isinstance(schema, dict) else {}


def root_of(entry: Entry, name: str) -> dict[str, Any]:
    """Return the schema, of config or of auth, that a field belongs to."""
    return entry.config_schema if entry.part(name) == "config" else entry.auth_schema
