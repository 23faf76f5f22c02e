"""Values against a type's schemas, made ready once for many connectors."""

from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import is_filled_by_flow
from connectors_cli.errors import Problem
from connectors_cli.forms.validation import checker
from connectors_cli.planning import Declared


class Fitting:
    """A type made ready for many connectors: its checks, and what signing in fills."""

    def __init__(self, entry: Entry) -> None:
        self._parts = {"config": entry.config_schema, "auth": entry.auth_schema}
        self._checks = {part: checker(schema) for part, schema in self._parts.items()}
        self.flow = frozenset(
            name
            for schema in self._parts.values()
            for name, inner in schema.get("properties", {}).items()
            if is_filled_by_flow(inner)
        )

    def fit(self, item: Declared) -> tuple[dict[str, Any], dict[str, Any], list[Problem]]:
        """Return config and auth with required defaults, and what is wrong with them."""
        config, wrong = self._fit("config", item.config)
        auth, more = self._fit("auth", item.auth)
        return config, auth, [*wrong, *more]

    def _fit(self, part: str, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        found = self._checks[part](values)
        if not found:
            return values, []
        properties = self._parts[part].get("properties", {})
        defaults = {
            name: inner.get("const", inner.get("default"))
            for problem in found
            if problem.rule == "required" and len(problem.path) == 1
            if isinstance(inner := properties.get(name := str(problem.path[0])), dict)
            and ("const" in inner or "default" in inner)
        }
        if defaults:
            values = {**values, **defaults}
            found = self._checks[part](values)
        return values, [Problem((part, *p.path), p.rule, p.message) for p in found]
