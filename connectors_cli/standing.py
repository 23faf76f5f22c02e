"""How connectors stand with the services that they sign in to; never a secret."""

from dataclasses import dataclass
from typing import Any

from connectors_cli.errors import shared_code

EXIT_CODES = {
    "signed_in": 0,
    "refreshed": 0,
    "expiring": 9,
    "expired": 9,
    "rejected": 9,
    "signed_out": 9,
    "unreachable": 8,
    "unreadable": 7,
    "failed": 1,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One connector's sign-in: how it was made, until when it lasts, and the command that is due.

    `refreshes_itself`: its next token can be had without a person.
    """

    name: str
    catalog_key: str
    state: str
    status: str
    method: str | None = None
    scopes: tuple[str, ...] = ()
    account: str | None = None
    expires_at: str | None = None
    refreshes_itself: bool = False
    message: str | None = None
    hint: str | None = None
    code: int | None = None

    @property
    def exit_code(self) -> int:
        """What this one alone ends the program with."""
        return EXIT_CODES[self.state] if self.code is None else self.code

    def as_object(self) -> dict[str, Any]:
        """Return the standing as its JSON object."""
        return {
            "name": self.name,
            "catalog_key": self.catalog_key,
            "state": self.state,
            "status": self.status,
            "method": self.method,
            "scopes": list(self.scopes),
            "account": self.account,
            "expires_at": self.expires_at,
            "refreshes_itself": self.refreshes_itself,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Standings:
    """How several connectors stand."""

    results: tuple[Standing, ...]

    @property
    def exit_code(self) -> int:
        """Return 0, the one code that all failures share, or 1 where they do not."""
        return shared_code(item.exit_code for item in self.results)

    @property
    def summary(self) -> dict[str, int]:
        """How many there are, and how many in each state."""
        states = [item.state for item in self.results]
        return {"total": len(states), **{state: states.count(state) for state in EXIT_CODES}}
