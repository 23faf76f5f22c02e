"""The types of a sign-in: its options, its dialog with the user, and its result."""

from datetime import datetime
from typing import Any, Protocol

from connectors_cli.errors import InvalidInput
from connectors_cli.system.record import Record, field

METHODS = ("browser", "device", "paste", "token", "client")
"""browser: redirects to this machine; device: a code entered on another device; paste: the final
address is pasted; token: the user already has one; client: the app gets one itself."""


class TokenResponse(Record):
    """The result of a sign-in or refresh: only fields that the type's schemas contain.

    `expires_at` is the expiry of the access token, None if the service does not say.
    """

    config: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict, shown=False)
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


class Options(Record):
    """How to sign in; `timeout` is the user's time limit in seconds, None for the default.

    Without scopes, the type's scopes are used. Without a port, the port of the redirect address is
    used, else a free one.
    """

    method: str | None = None
    scopes: tuple[str, ...] = ()
    port: int | None = None
    open_browser: bool = True
    timeout: float | None = None
    ca_file: str | None = None
    allow_http: bool = False
    connector: str | None = None
    """The connector that signs in, for pages and names that people see."""
    stop: Any = None
    """A `threading.Event` that ends a sign-in in another thread; None where Ctrl-C does."""


class Dialog(Protocol):
    """The dialog with the user; called where no event loop is running."""

    def visit(self, url: str, *, opens: bool, waits: bool) -> None:
        """Show the sign-in address; `opens`: a browser is being opened there.

        `waits`: the browser redirects to this machine; otherwise the user pastes the result.
        """

    def otherwise(self, url: str) -> int | None:
        """Show an address whose page shows what to paste, while the browser is waited for.

        Return the file descriptor of what is pasted; None if nothing can be.
        """

    def device(self, code: str, url: str, complete_url: str | None, expires_in: float) -> None:
        """Show the code and where to enter it; `complete_url` already contains the code."""

    def paste(self) -> str:
        """Return what the user pastes: the address where the browser ended, or a code."""

    def again(self, problem: InvalidInput) -> None:
        """Show what is wrong with the pasted text; raise it if the user cannot be asked again."""
