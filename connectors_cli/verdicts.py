"""What tests of connections found: frozen dataclasses, never a secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors_cli.errors import shared_code

STEPS = ("schema", "decrypt", "connect", "authenticate", "identity")
EXIT_CODES = {
    "ok": 0,
    "unreachable": 8,
    "rate_limited": 8,
    "timeout": 8,
    "auth_failed": 9,
    "insufficient_scope": 9,
    "invalid_config": 3,
    "key_error": 7,
    "unsupported": 0,
}


@dataclass(frozen=True, slots=True)
class Check:
    """What a test of one connection found; `hint` is the command that mends it."""

    name: str
    catalog_key: str
    state: str
    step: str
    message: str
    status: str
    account: str | None = None
    account_id: str | None = None
    http_status: int | None = None
    latency_ms: int | None = None
    hint: str | None = None
    checked_at: str = ""

    @property
    def exit_code(self) -> int:
        """What this one alone ends the program with.

        A service that cannot be tested is no failure; a part of the program that is missing is.
        """
        return 1 if self.state == "unsupported" and self.hint else EXIT_CODES[self.state]

    @property
    def steps(self) -> Iterator[tuple[str, str]]:
        """Every step with ok, failed or skipped."""
        reached = STEPS.index(self.step)
        last = {"ok": "ok", "unsupported": "skipped"}.get(self.state, "failed")
        for index, step in enumerate(STEPS):
            yield step, "ok" if index < reached else last if index == reached else "skipped"

    def as_object(self) -> dict[str, Any]:
        """Return the check as its JSON object."""
        return {
            "name": self.name,
            "catalog_key": self.catalog_key,
            "state": self.state,
            "status": self.status,
            "account": self.account,
            "account_id": self.account_id,
            "http_status": self.http_status,
            "latency_ms": self.latency_ms,
            "message": self.message,
            "hint": self.hint,
            "checked_at": self.checked_at,
            "steps": [{"step": step, "result": result} for step, result in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Checks:
    """What tests found of many connections; `skipped` were left out after the first failure."""

    results: tuple[Check, ...]
    skipped: int = 0
    elapsed_ms: int = 0
    form: str | None = None

    @property
    def exit_code(self) -> int:
        """Return 0, the one code that all failures share, or 1 where they do not."""
        return shared_code(check.exit_code for check in self.results)

    @property
    def summary(self) -> dict[str, Any]:
        """How many there were, and of each state."""
        states = [check.state for check in self.results]
        return {
            "total": len(states),
            **{state: states.count(state) for state in EXIT_CODES},
            "skipped": self.skipped,
            "elapsed_ms": self.elapsed_ms,
        }


@dataclass(frozen=True, slots=True)
class Watched:
    """Tests again and again, each round as it comes."""

    rounds: Iterator[Checks]
