"""Appends events in plain SQL: the one way into the audit log, for the gate and fast lane."""

import time
from collections.abc import Callable
from typing import Any

from connectors_cli.settings import Settings


class Actor:
    """Who acts: the principal as the operating system knows it, and who the audit columns name."""

    __slots__ = ("email", "name", "principal")

    def __init__(self, principal: str, email: str, name: str) -> None:
        self.principal = principal
        self.email = email
        self.name = name


INSERT = (
    "INSERT INTO events (at, tenant_id, principal, email, action, subject, outcome, details)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def append(  # noqa: PLR0913, PLR0917 - an event's columns
    execute: Callable[[str, tuple[Any, ...]], Any],
    actor: Actor,
    tenant: str,
    action: str,
    subject: str,
    outcome: str = "ok",
    details: str = "{}",
) -> None:
    """Add one event; `details` is JSON text without values, `execute` runs SQL in a transaction."""
    execute(INSERT, row(actor, tenant, action, subject, outcome, details))


def row(
    actor: Actor, tenant: str, action: str, subject: str, outcome: str, details: str
) -> tuple[Any, ...]:
    """Return the values of one event, for INSERT."""
    return (now(), tenant, actor.principal, actor.email, action, subject[:255], outcome, details)


def now() -> str:
    """Return the time as RFC 3339 in UTC with microseconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"


def find_actor(settings: Settings, principal: str) -> Actor:
    """Return who acts: the principal; email and name from the environment, else git, else it."""
    email = settings.environ.get("CONNECTORS_USER_EMAIL")
    name = settings.environ.get("CONNECTORS_USER_NAME")
    if not email or not name:
        configured = _git_user()
        email = email or configured.get("user.email")
        name = name or configured.get("user.name")
    return Actor(principal, (email or f"{principal}@localhost")[:255], (name or principal)[:255])


def _git_user() -> dict[str, str]:
    import subprocess

    command = ["git", "config", "--get-regexp", "^user\\.(email|name)$"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    return {key: "".join(filter(str.isprintable, value)) for key, _, value in lines}
