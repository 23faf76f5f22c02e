"""A connector type prepared once for many connectors: its checks, defaults and secrets."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from connectors_cli.catalog import fields
from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry
from connectors_cli.documents.references import reference
from connectors_cli.documents.sources import Unread, read_of
from connectors_cli.errors import ConnectorsError, Problem
from connectors_cli.forms.meant import meant
from connectors_cli.forms.secrets import secrets_of
from connectors_cli.forms.text import reading
from connectors_cli.services.schema_check import check_values

Values = dict[str, Any]
_PLAIN = (
    "is a secret as plain text: write a reference such as {env: VARIABLE} (or, for apply,"
    " --allow-plain)"
)
_EXPOSED = "is a secret as plain text in a file that others can read: chmod 600 it"
_ANY_SECRET = {"writeOnly": True}
"""The schema of credentials that a type does not describe: they are secret."""


class PreparedType:
    """A type with what many connectors of it need; schemas are compiled at their first use."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._schemas = {"config": entry.config_schema, "auth": entry.auth_schema}
        self._properties = {p: s.get("properties", {}) for p, s in self._schemas.items()}
        self._checks: dict[str, Callable[[Any], tuple[Problem, ...]]] = {}

    @cached_property
    def public(self) -> frozenset[str]:
        """The credentials that are not secret, such as a user name."""
        return fields.public_fields(self.entry)

    @cached_property
    def flow(self) -> frozenset[str]:
        """The fields that a sign-in fills."""
        return fields.flow_fields(self.entry)

    @cached_property
    def described(self) -> dict[str, fields.FieldInfo]:
        """The fields that the type describes, by name."""
        return {info.name: info for info in fields.fields(self.entry)}

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses that credentials are sent to."""
        return Addresses(self.entry)

    def problems(self, config: Any, auth: Any) -> tuple[Problem, ...]:
        """Return what does not match the type's schemas."""
        return (*self._check("config")(config), *self._check("auth")(auth))

    def complete(self, config: Values, auth: Values) -> tuple[Values, Values, list[Problem]]:
        """Return config and auth with defaults for missing required fields, and their problems."""
        config, wrong = self._completed("config", config)
        auth, more = self._completed("auth", auth)
        found = [*wrong, *more] or [
            Problem((part, *p.path), p.rule, p.message)
            for part, p in self.addresses.problems(read_of(config), read_of(auth))
        ]
        return config, auth, found

    def read_as(self, path: tuple[str | int, ...], text: str) -> Any:
        """Return text as the value that the schema expects at a path, which begins with the part.

        Raises InvalidInput for text that no type of the schema matches.
        """
        if isinstance(text, Unread):
            return text
        part, steps = str(path[0]), path[1:]
        if len(steps) == 1:
            schema = self._properties[part].get(str(steps[0]))
            if isinstance(schema, dict) and schema.get("type") == "string":
                return text
        return reading(self._check(part), steps, text)

    def refuse_plain(
        self, part: str, name: str, value: Any, literal: bool, *, allowed: bool = False
    ) -> None:
        """Raise ConnectorsError for a value that contains a secret in plain text.

        With `literal` a value that looks like a reference is not one. `allowed`: it would be
        accepted if others could not read the file.
        """

        def is_reference(one: Any) -> bool:
            return not literal and reference(one) is not None

        undescribed = part == "auth" and name not in self._properties["auth"]
        secrets = secrets_of(_ANY_SECRET if undescribed else self._schemas[part])
        if secrets.written_out((name,), value, is_reference):
            raise ConnectorsError(_EXPOSED if allowed else _PLAIN)

    def _check(self, part: str) -> Callable[[Any], tuple[Problem, ...]]:
        if part not in self._checks:
            from connectors_cli.forms.validation import checker  # slow to import

            schema = self._schemas[part]
            whole = checker(schema)
            self._checks[part] = lambda values: check_values(schema, values, whole)
        return self._checks[part]

    def _completed(self, part: str, values: Values) -> tuple[Values, list[Problem]]:
        found = self._check(part)(values)
        if not found:
            return values, []
        completed = meant(self._schemas[part], values, self._check(part))
        if completed is not values:
            values, found = completed, self._check(part)(completed)
        required = (p.path[0] for p in found if p.rule == "required" and len(p.path) == 1)
        schemas = ((str(name), self._properties[part].get(str(name))) for name in required)
        defaults = {
            name: schema.get("const", schema.get("default"))
            for name, schema in schemas
            if isinstance(schema, dict) and ("const" in schema or "default" in schema)
        }
        if defaults:
            values = {**values, **defaults}
            found = self._check(part)(values)
        return values, [Problem((part, *p.path), p.rule, p.message) for p in found]
