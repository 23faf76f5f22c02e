"""A connector's move to another host: what its sign-in gave is dropped, what was typed is asked."""

from collections.abc import Mapping
from typing import Any, Protocol

from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.fields import flow_fields, public_fields
from connectors_cli.documents.sources import read_of
from connectors_cli.errors import NewHost
from connectors_cli.services import hints
from connectors_cli.services.opener import OpenConnector
from connectors_cli.system.text import command_line

Values = dict[str, Any]


class Given(Protocol):
    """The values of a change."""

    @property
    def config(self) -> Mapping[str, Any]: ...
    @property
    def auth(self) -> Mapping[str, Any]: ...
    @property
    def parts(self) -> frozenset[str]: ...
    @property
    def to_new_host(self) -> bool: ...


class HostChange:
    """The change of where a connector's credentials are sent, if its settings change it."""

    def __init__(self, found: OpenConnector, config: Mapping[str, Any]) -> None:
        addresses = Addresses(found.entry)
        self._found = found
        self.before = addresses.origins(found.config)
        self.after = addresses.origins(read_of(config))
        self._is_move = not set(self.after) <= set(self.before)
        self.dropped: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()

    def without_granted(
        self, given: Given, config: Mapping[str, Any], auth: Mapping[str, Any]
    ) -> tuple[Values, Values]:
        """Return the values without those that a sign-in at the former host gave."""
        if not self._is_move:
            return dict(config), dict(auth)
        gone = flow_fields(self._found.entry) | self._found.granted.keys()
        gone -= {*given.config, *given.auth}
        self.dropped = tuple(name for name in auth if name in gone)
        if self.dropped:
            self.notes += (hints.dropped_tokens(self._found.name, self.after, self.dropped),)
        kept = ({n: v for n, v in values.items() if n not in gone} for values in (config, auth))
        return next(kept), next(kept)

    def check_typed(self, given: Given, auth: Mapping[str, Any], *, commit: bool) -> None:
        """Note the credentials that the new host will get.

        Raises:
            NewHost: nobody has agreed to that, and they are not given again.
        """
        public = public_fields(self._found.entry)
        again = given.auth.keys() - given.parts
        typed = [name for name in auth if name not in public and name not in again]
        if not typed or not self._is_move:
            return
        name = self._found.name
        if commit and not given.to_new_host:
            secret = ("--secret", f"{typed[0]}=SOURCE")
            raise NewHost(
                f"{', '.join(typed)} of {name} would be sent to {self._new()}",
                hint=f"add --yes, or give it again: {command_line('edit', name, *secret)}",
            )
        self.notes += (hints.new_host(name, self.after, typed),)

    def _new(self) -> str:
        new = ", ".join(one for one in self.after if one not in self.before)
        old = ", ".join(one for one in self.before if one not in self.after)
        return f"{new} instead of {old}" if old else new
