"""Findings of probes; without secrets."""

from dataclasses import dataclass
from typing import Literal

from connectors_cli.net.failure import Fix, State

Step = Literal["schema", "decrypt", "connect", "authenticate", "identity"]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the credentials belong to, as the service reports it."""

    id: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a probe: the last step it reached, and the state there."""

    state: State
    step: Step
    message: str
    account: Account | None = None
    http_status: int | None = None
    fix: Fix | None = None
    detail: str | None = None
    """The server's own words, as one line; only what probes derived from secrets is masked."""
    host_key: str | None = None
    """The public key of a host that is not known yet, to which nothing secret was sent."""
