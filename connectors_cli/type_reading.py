"""What reading a file of connectors needs of a type: which fields are secret, how text is read."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import ConnectorsError, Problem
from connectors_cli.forms.secrets import is_secret, listed, secret_properties
from connectors_cli.forms.validation import checker
from connectors_cli.readings import reading
from connectors_cli.sources import reference

_PLAIN = "is a secret as plain text: write a reference such as {env: VARIABLE} (or --allow-plain)"


class TypeReading:
    """One type, made ready once for many connectors."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._schemas = {"config": entry.config_schema, "auth": entry.auth_schema}
        self._properties = {p: s.get("properties", {}) for p, s in self._schemas.items()}
        self._checks: dict[str, Callable[[Any], tuple[Problem, ...]]] = {}

    def read_as(self, path: tuple[str, ...], text: str) -> Any:
        """Return text as the schema takes it at a path (its part first)."""
        part, *steps = path
        if len(steps) == 1:
            schema = self._properties[part].get(steps[0])
            if isinstance(schema, dict) and schema.get("type") == "string":
                return text
        if part not in self._checks:
            self._checks[part] = checker(self._schemas[part])
        return reading(self._checks[part], tuple(steps), text)

    def refuse_plain(self, part: str, name: str, value: Any, literal: bool) -> None:
        """Raise when a value, or one inside it, is a secret written out."""
        if not self._is_secret(part, name):
            return
        marked = self._inner_names
        whole = not isinstance(value, dict) or not marked or name in marked
        undescribed = name not in self._properties[part]
        if self._written_out(value, literal, whole or undescribed):
            raise ConnectorsError(_PLAIN)

    def _is_secret(self, part: str, name: str) -> bool:
        return name in self._secret[part] or (
            part == "auth" and name not in self._properties["auth"]
        )

    def _written_out(self, value: Any, literal: bool, secret: bool) -> bool:
        if not literal and reference(value) is not None:
            return False
        if isinstance(value, dict):
            return any(
                self._written_out(v, literal, secret or name in self._inner_names)
                for name, v in value.items()
            )
        if isinstance(value, list):
            return any(self._written_out(item, literal, secret) for item in value)
        return secret and value is not None

    @cached_property
    def _secret(self) -> dict[str, frozenset[str]]:
        return {part: frozenset(secret_properties(s)) for part, s in self._schemas.items()}

    @cached_property
    def _inner_names(self) -> frozenset[str]:
        """The names of all fields, anywhere in the schemas, that are marked secret themselves."""
        found: set[str] = set()
        stack: list[Any] = list(self._schemas.values())
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack += node
            elif isinstance(node, dict):
                found |= listed(node)
                properties = node.get("properties")
                if isinstance(properties, dict):
                    found.update(n for n, inner in properties.items() if is_secret(inner))
                stack += node.values()
        return frozenset(found)
