"""Hints after a failed connection: the command that fixes it, and the status that follows."""

from collections.abc import Sequence

from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import FieldInfo, fields
from connectors_cli.errors import ConnectorsError
from connectors_cli.net.failure import Fix
from connectors_cli.system.text import command_line, shell_quoted

_TURNS = {"auth_failed": ("active", "error"), "ok": ("error", "active")}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "trust": ("--ca-file", "FILE"),
    "plain": ("--allow-http",),
    "host_key": ("--accept-new-host-key",),
}


def turn(state: str) -> tuple[str, str]:
    """Return the status that the outcome of a test replaces, and the new one.

    Both are empty for an outcome that changes no status: only what the service itself says counts,
    so that a short network failure never changes what is published.
    """
    return _TURNS.get(state, ("", ""))


def command(name: str, entry: Entry | None, fix: Fix | None, timeout: float) -> str | None:
    """Return the command that fixes a connection; None if there is none.

    `timeout` is the time limit of the test, in seconds.
    """
    if fix is None or fix.cure in {"account", "wall"}:
        return None
    if fix.cure in {"credentials", "settings"}:
        return _edit(name, entry, fix)
    if fix.cure in {"ssh", "s3"}:
        return f"pip install 'connectors-cli[{fix.cure}]'"
    if fix.cure == "longer":
        return command_line("test", name, "--timeout", f"{timeout * 3:g}s")
    return command_line("test", name, *_OPTIONS.get(fix.cure, ()))


def sign_in(name: str) -> str:
    """Return the command that signs a connector in."""
    return command_line("auth", "login", name)


def dropped_tokens(name: str, origins: Sequence[str], fields: Sequence[str]) -> str:
    """Return the note about tokens that are removed because the host changes."""
    what = f"{', '.join(fields)} of the sign-in cannot be used at {', '.join(origins)}"
    return f"note: {name}: {what}; sign in again: {sign_in(name)}"


def new_host(name: str, origins: Sequence[str], fields: Sequence[str]) -> str:
    """Return the note about typed credentials that another host will get."""
    return f"note: {name}: {', '.join(fields)} will be sent to {', '.join(origins)}"


def hinted(error: ConnectorsError, name: str, otherwise: str) -> ConnectorsError:
    """Return an error of a sign-in with its hint, or this one, for a connector's name.

    The word NAME in the hint stands for the name.
    """
    hint = (error.hint or otherwise).replace(" NAME", f" {shell_quoted(name)}")
    return type(error)(error.message, hint=hint, details=error.details)


def _edit(name: str, entry: Entry | None, fix: Fix) -> str:
    infos = {info.name: info for info in fields(entry)} if entry else {}
    known = [infos[field] for field in fix.fields if field in infos]
    if entry and entry.oauth and any(info.filled_by_flow for info in known):
        return sign_in(name)
    own = [info for info in known if info.part == "auth"]
    wanted = own if fix.cure == "credentials" and own else known
    if not wanted:
        return command_line("show", name)
    return command_line("edit", name, *(word for info in wanted for word in _option(info)))


def _option(info: FieldInfo) -> tuple[str, str]:
    if info.secret:
        return "--secret", f"{info.name}=env:{info.name.upper()}"
    return "--set", f"{info.name}=VALUE"
