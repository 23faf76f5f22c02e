"""Example documents of entries, to edit and install from."""

import re
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import first_example, is_filled_by_flow, required_names
from connectors_cli.forms.references import resolve

_DEEPEST = 8
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None}
_BY_FORMAT = {
    "uri": "https://example.com",
    "url": "https://example.com",
    "email": "user@example.com",
    "hostname": "example.com",
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
}


def example(entry: Entry) -> dict[str, Any]:
    """Return a document for `install --from-file`.

    Secrets are references; fields that signing in fills are left out.
    """
    variable = _variable(entry.key)
    config = _Sampler(entry.config_schema).fields(entry.config_schema, variable, 0)
    auth = _Sampler(entry.auth_schema).fields(entry.auth_schema, variable, 0)
    return {"name": entry.key, "type": entry.key, "config": config, "auth": auth}


class _Sampler:
    """Builds sample values; `variable` names the environment variable of a secret."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root

    def fields(self, schema: Any, variable: str, depth: int) -> dict[str, Any]:
        """Return an object of the required fields and of those with an example or a default."""
        found = self._with_first_branch(schema)
        required, marked = required_names(found), _listed_secrets(found)
        sample = {}
        for name, property_schema in found.get("properties", {}).items():
            inner = resolve(self.root, property_schema)
            shown = name in required or "default" in inner or first_example(inner) is not None
            if shown and not is_filled_by_flow(inner):
                inner = {**inner, "writeOnly": True} if name in marked else inner
                sample[name] = self.value(name, inner, f"{variable}_{_variable(name)}", depth)
        return sample

    def value(self, name: str, schema: Any, variable: str, depth: int) -> Any:
        from connectors_cli.forms.secrets import is_secret

        found = resolve(self.root, schema)
        if is_secret(found):
            return {"env": variable}
        given, branched = _given(found), self._with_first_branch(found)
        if given is None or "properties" in branched:  # its own examples can contain secrets
            return self._of_type(name, branched, variable, depth)
        return given

    def _of_type(self, name: str, found: dict[str, Any], variable: str, depth: int) -> Any:
        types = found.get("type", "object" if "properties" in found else "string")
        first = types[0] if isinstance(types, list) and types else types
        if first == "object":
            return self.fields(found, variable, depth + 1) if depth < _DEEPEST else {}
        if first == "array":
            if not found.get("minItems") or depth >= _DEEPEST:
                return []
            return [self.value(name, found.get("items", {}), variable, depth + 1)]
        if first in _BY_TYPE:
            return found.get("minimum", _BY_TYPE[first])
        return _BY_FORMAT.get(found.get("format", ""), f"<{found.get('title') or name}>")

    def _with_first_branch(self, schema: Any) -> dict[str, Any]:
        """Return the subschema merged with the first branch of its union."""
        found = resolve(self.root, schema)
        branches = found.get("oneOf") or found.get("anyOf")
        if not isinstance(branches, list):
            return found
        branch = resolve(self.root, branches[0])
        return {
            **found,
            **branch,
            "properties": {**found.get("properties", {}), **branch.get("properties", {})},
            "required": [*required_names(found), *required_names(branch)],
        }


def _given(found: dict[str, Any]) -> Any:
    """Return the value that the schema itself offers, else None."""
    values = (first_example(found), found.get("default"), found.get("const"))
    offered = next((value for value in values if value is not None), None)
    return found["enum"][0] if offered is None and found.get("enum") else offered


def _listed_secrets(found: dict[str, Any]) -> frozenset[str]:
    from connectors_cli.forms.secrets import listed

    return listed(found)


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
