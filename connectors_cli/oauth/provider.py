"""A service to sign in at: its addresses, client and scopes, with one connector's values."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connectors_cli.catalog.defaults import with_defaults
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import secret_texts
from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.net.addresses import check_url
from connectors_cli.net.failure import ProbeFailed
from connectors_cli.net.templates import Values
from connectors_cli.oauth.contract import Options
from connectors_cli.system.masking import mask_credentials

LONGEST = 200


class Provider:
    """A service to sign in at, from the entry's `oauth` and the connector's values."""

    def __init__(
        self, entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
    ) -> None:
        self.entry = entry
        self.name = entry.name
        self.oauth: Mapping[str, Any] = entry.oauth or {}
        self.options = options
        self.values = Values(with_defaults(entry.config_schema, dict(config)), dict(auth))
        self.scopes = options.scopes or tuple(self.oauth.get("scopes", ()))
        self.values.oauth["scopes"] = self.separator.join(self.scopes)
        self.values.app["label"] = _label(options.connector)
        self._secrets: set[str] = set()

    @property
    def separator(self) -> str:
        """The separator between scopes."""
        return str(self.oauth.get("scope_separator", " "))

    @property
    def refresh_ended(self) -> tuple[str, ...]:
        """The errors other than invalid_grant that mean an expired refresh token."""
        return tuple(self.oauth.get("refresh_ended", ()))

    @property
    def client_id(self) -> str:
        """The client ID; raises InvalidInput if it is not set."""
        found = self.values.config.get("client_id") or self.values.auth.get("client_id")
        if not found:
            raise InvalidInput(f"signing in at {self.name} needs client_id, and it is not set")
        return str(found)

    @property
    def client_secret(self) -> str:
        """The client secret, or an empty text."""
        return str(self.values.auth.get("client_secret") or "")

    @property
    def client_auth(self) -> str:
        """The client authentication: basic, post, or none for a client without a secret."""
        way = str(self.oauth.get("client_auth", "post"))
        if self.client_secret or (way == "basic" and not self._may_be_public):
            return way
        return "none"

    @property
    def _may_be_public(self) -> bool:
        return "none" in self.oauth.get("client_auth_methods", ())

    def url(self, template: str) -> str:
        """Return an address with its placeholders filled.

        Raises:
            InvalidInput: a value is missing, or the address is not allowed.
        """
        url = self.filled(self.values.fill_url, template)
        check_url(url, ("https", "http"), allow_plain=self.options.allow_http)
        return str(url)

    def texts(self, templates: Mapping[str, str] | None) -> dict[str, str]:
        """Return texts with their placeholders filled; InvalidInput if a value is missing."""
        return {n: self.filled(self.values.fill, text) for n, text in (templates or {}).items()}

    def filled(self, fill: Any, template: Any) -> Any:
        """Return a template filled with one of the functions of `values`."""
        try:
            return fill(template)
        except ProbeFailed as failure:
            raise InvalidInput(f"signing in at {self.name}: {failure.message}") from None

    def keep_secret(self, *values: str) -> None:
        """Remember secrets that were sent or received, for `hide`."""
        self._secrets.update(value for value in values if value)

    @contextmanager
    def masked_errors(self) -> Iterator[None]:
        """Mask every secret in the message and hint of an error, whichever part raised it."""
        try:
            yield
        except ConnectorsError as error:
            secrets = self._all_secrets()
            message = mask_credentials(error.message, secrets)
            hint = error.hint and mask_credentials(error.hint, secrets)
            if (message, hint) == (error.message, error.hint):
                raise
            raise type(error)(message, hint=hint, details=error.details) from None

    def hide(self, text: str) -> str:
        """Return a service's text on one line, shortened, with every secret masked."""
        secrets = self._all_secrets()
        masked = mask_credentials(text, secrets)
        clean = "".join(char if char.isprintable() else " " for char in masked)
        line = mask_credentials(" ".join(clean.split()), secrets)
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"

    def _all_secrets(self) -> list[str]:
        return [*secret_texts(self.entry, self.values.auth), *self._secrets]


def _label(connector: str | None) -> str:
    """Return a name for this sign-in that is used once, as WordPress wants it."""
    if connector is None:
        return "connectors"
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"connectors - {connector} on {socket.gethostname()}, {moment}"
