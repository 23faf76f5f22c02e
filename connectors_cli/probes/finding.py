"""What a probe finds, and what would mend it; never a secret."""

from dataclasses import dataclass
from typing import Literal

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
Step = Literal["schema", "decrypt", "connect", "authenticate", "identity"]
Cure = Literal["credentials", "settings", "again", "longer", "trust", "plain", "ssh", "s3"]

STATES: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]  # what typing keeps there
STEPS: tuple[Step, ...] = Step.__args__  # type: ignore[attr-defined]  # what typing keeps there


@dataclass(frozen=True, slots=True)
class Fix:
    """What would mend it: which kind of change, and of which fields."""

    cure: Cure
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credentials they are, as the service says."""

    id: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """How far a probe came and what it found there."""

    state: State
    step: Step
    message: str
    account: Account | None = None
    http_status: int | None = None
    fix: Fix | None = None


class ProbeFailed(Exception):
    """The probe ends here; its sentence quotes nothing that was sent or answered."""

    def __init__(self, state: State, message: str, fix: Fix | None = None) -> None:
        super().__init__(message)
        self.state = state
        self.message = message
        self.fix = fix
