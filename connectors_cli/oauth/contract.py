"""What a sign-in is given, whom it talks to, and what it yields."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connectors_cli.errors import InvalidInput

METHODS = ("browser", "device", "paste", "token")
"""browser: comes back to this machine; device: a code typed elsewhere; paste: the address where
the browser ended is pasted; token: there is one already."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a sign-in or a refresh yields: only fields that the type's schemas have.

    `expires_at` is that of the access token, None where the service does not say.
    """

    config: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How to sign in; `timeout` is how many seconds the person has, None for the usual ones.

    No scopes: those of the type. No port: the one of its redirect address, else a free one.
    """

    method: str | None = None
    scopes: tuple[str, ...] = ()
    port: int | None = None
    open_browser: bool = True
    timeout: float | None = None
    ca_file: str | None = None
    allow_http: bool = False


class Talk(Protocol):
    """How the person is talked to; called where no event loop runs."""

    def visit(self, url: str, *, opens: bool, waits: bool) -> None:
        """Tell the address to sign in at; `opens`: a browser is being opened there.

        `waits`: that browser comes back to this machine; else what it ends with is pasted.
        """

    def device(self, code: str, url: str, complete_url: str | None, expires_in: float) -> None:
        """Tell the code to type and where; `complete_url` leads there with the code in it."""

    def paste(self) -> str:
        """Return what the person pastes: the address where the browser ended, or a code."""

    def again(self, problem: InvalidInput) -> None:
        """Tell what is wrong with what was pasted, to be asked again; raise it where nobody can."""
