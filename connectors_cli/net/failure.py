"""Failed requests to a service, and their fixes; without secrets."""

from typing import Literal

from connectors_cli.system.record import Record

State = Literal[
    "ok",
    "unreachable",
    "rate_limited",
    "timeout",
    "auth_failed",
    "insufficient_scope",
    "invalid_config",
    "key_error",
    "unsupported",
]
Cure = Literal[
    "credentials",
    "settings",
    "again",
    "longer",
    "trust",
    "plain",
    "host_key",
    "ssh",
    "s3",
    "proxy",
    "account",
    "wall",
]


class Fix(Record):
    """A fix: the kind of change, and the fields to change."""

    cure: Cure
    fields: tuple[str, ...] = ()


class ProbeFailed(Exception):
    """A probe that failed; its message quotes nothing that was sent or answered."""

    def __init__(self, state: State, message: str, fix: Fix | None = None) -> None:
        super().__init__(message)
        self.state = state
        self.message = message
        self.fix = fix
