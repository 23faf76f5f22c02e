"""A type's sign-in with one connector's values in it: addresses, app, scopes."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.addresses import check_url
from connectors_cli.catalog import Entry
from connectors_cli.errors import InvalidInput
from connectors_cli.oauth.contract import Options
from connectors_cli.probes.finding import ProbeFailed
from connectors_cli.probes.values import Values
from connectors_cli.remedies import hidden, public_fields

LONGEST = 200


class Provider:
    """The service to sign in at, as its entry's `oauth` and the connector's values have it."""

    def __init__(
        self, entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
    ) -> None:
        self.entry = entry
        self.name = entry.name
        self.oauth: Mapping[str, Any] = entry.oauth or {}
        self.options = options
        self.values = Values({**_defaults(entry), **config}, dict(auth))
        self.scopes = options.scopes or tuple(self.oauth.get("scopes", ()))
        self.values.oauth["scopes"] = self.separator.join(self.scopes)
        self._secrets: dict[str, str] = {}

    @property
    def separator(self) -> str:
        """What stands between two scopes."""
        return str(self.oauth.get("scope_separator", " "))

    @property
    def refresh_ended(self) -> tuple[str, ...]:
        """The errors, besides invalid_grant, that say that a refresh token is good no more."""
        return tuple(self.oauth.get("refresh_ended", ()))

    @property
    def client_id(self) -> str:
        """The app's ID; InvalidInput where there is none."""
        found = self.values.config.get("client_id") or self.values.auth.get("client_id")
        if not found:
            raise InvalidInput(f"signing in at {self.name} needs client_id, and it is not set")
        return str(found)

    @property
    def client_secret(self) -> str:
        """The app's secret, empty where it has none."""
        return str(self.values.auth.get("client_secret") or "")

    @property
    def client_auth(self) -> str:
        """How the app proves itself: basic, post, or none for an app without a secret."""
        way = str(self.oauth.get("client_auth", "post"))
        if self.client_secret or (way == "basic" and not self._may_be_public):
            return way
        return "none"

    @property
    def _may_be_public(self) -> bool:
        return "none" in self.oauth.get("client_auth_methods", ())

    def url(self, template: str) -> str:
        """Return an address with its placeholders filled; InvalidInput where none goes there."""
        url = self.filled(self.values.fill_url, template)
        check_url(url, ("https", "http"), allow_plain=self.options.allow_http)
        return str(url)

    def texts(self, templates: Mapping[str, str] | None) -> dict[str, str]:
        """Return texts with their placeholders filled; InvalidInput where a value is missing."""
        return {n: self.filled(self.values.fill, text) for n, text in (templates or {}).items()}

    def filled(self, fill: Any, template: Any) -> Any:
        """Return a template filled by one of the values' functions."""
        try:
            return fill(template)
        except ProbeFailed as failure:
            raise InvalidInput(f"signing in at {self.name}: {failure.message}") from None

    def keep_secret(self, *values: str) -> None:
        """Note what was sent or came: `hide` masks it."""
        self._secrets.update({f"secret-{len(self._secrets)}-{v[:1]}": v for v in values if v})

    def hide(self, text: str) -> str:
        """Return what a service says on one line, cut, with every secret masked."""
        secrets, public = {**self.values.auth, **self._secrets}, public_fields(self.entry)
        masked = hidden(text, secrets, public)
        clean = "".join(char if char.isprintable() else " " for char in masked)
        line = hidden(" ".join(clean.split()), secrets, public)
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _defaults(entry: Entry) -> dict[str, Any]:
    properties = entry.config_schema.get("properties", {})
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }
