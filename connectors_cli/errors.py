"""Every failure the program expects, with its code and its exit code."""

from __future__ import annotations

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Sequence


class Problem:
    """One thing that does not fit: where, which rule, and a sentence without the value.

    `path` is a tuple of keys and indexes.
    """

    __slots__ = ("message", "path", "rule")

    def __init__(self, path: Sequence[str | int], rule: str, message: str) -> None:
        self.path = tuple(path)
        self.rule = rule
        self.message = message

    def __repr__(self) -> str:
        return f"Problem({self.dotted!r}, {self.rule!r}, {self.message!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and (
            (self.path, self.rule, self.message) == (other.path, other.rule, other.message)
        )

    def __hash__(self) -> int:
        return hash((self.path, self.rule, self.message))

    @property
    def dotted(self) -> str:
        """The path as people write it: `credentials.scopes.0`."""
        return ".".join(str(step) for step in self.path)


class ConnectorsError(Exception):
    """A failure that its reader can act on: what happened, and in `hint` what to type."""

    code, exit_code = "error", 1

    def __init__(
        self, message: str, *, hint: str | None = None, details: Sequence[Problem] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class StoreError(ConnectorsError):
    """The store cannot be opened, read or written."""

    code = "store"


class UsageError(ConnectorsError):
    """The command line asks for something that cannot be done."""

    code, exit_code = "usage", 2


class InputNeeded(ConnectorsError):
    """Values are missing and there is no terminal to ask on."""

    code, exit_code = "input_needed", 2


class InvalidInput(ConnectorsError):
    """Values do not match their schema; `details` says where and which rule."""

    code, exit_code = "invalid", 3


class InvalidAnswer(InvalidInput):
    """An answer does not fit the question; the question stays."""


class InvalidSchema(ConnectorsError):
    """A schema cannot be used: not valid, not bounded, or not local."""

    code, exit_code = "invalid_schema", 3


class NotPermitted(ConnectorsError):
    """The principal's role does not allow the action."""

    code, exit_code = "not_permitted", 4


class NotFound(ConnectorsError):
    """No such type, connector, tenant or field."""

    code, exit_code = "not_found", 5


class Conflict(ConnectorsError):
    """A name is taken, or the connector changed since it was read."""

    code, exit_code = "conflict", 6


class KeyProblem(ConnectorsError):
    """The tenant's key is missing, locked, malformed or another one."""

    code, exit_code = "key", 7


class Tampered(KeyProblem):
    """Sealed values were damaged, moved or changed outside the program."""

    code = "tampered"


class Unreachable(ConnectorsError):
    """The remote service cannot be reached: retrying may help."""

    code, exit_code = "unreachable", 8


class Rejected(ConnectorsError):
    """The remote service refuses the credentials: sign in again."""

    code, exit_code = "rejected", 9


class Cancelled(ConnectorsError):
    """The person left a prompt: nothing was saved."""

    code, exit_code = "cancelled", 130


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done, or already so"),
    (1, "unexpected error, or a batch failed for mixed reasons"),
    (2, "usage, or input needed and no terminal"),
    (3, "does not match the schema"),
    (4, "not permitted"),
    (5, "no such type, connector, tenant"),
    (6, "conflict: name taken, version moved on"),
    (7, "key: none, locked, wrong"),
    (8, "remote unreachable: retrying may help"),
    (9, "credentials rejected: sign in again"),
    (10, "apply --dry-run --exit-code: changes pending"),
    (130, "Ctrl-C"),
)
