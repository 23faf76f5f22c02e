"""Every failure the program expects, with its code and its exit code."""

from __future__ import annotations

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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

    @property
    def sentence(self) -> str:
        """The problem as people read it."""
        return f"{self.dotted}: {self.message}" if self.path else self.message

    @property
    def place(self) -> dict[str, str | int]:
        """What is known of where it was written, for programs."""
        return {}


class Located(Problem):
    """A problem in a file of connectors: the file, the line, and which connector."""

    __slots__ = ("connector", "file", "line")

    def __init__(self, problem: Problem, file: str, line: int, connector: str | None) -> None:
        super().__init__(problem.path, problem.rule, problem.message)
        self.file = file
        self.line = line
        self.connector = connector

    @property
    def sentence(self) -> str:
        """The problem with its place before it."""
        owner = f"{self.connector}: " if self.connector else ""
        return f"{self.file}:{self.line}: {owner}{super().sentence}"

    @property
    def place(self) -> dict[str, str | int]:
        """The file, the line and the connector."""
        named: dict[str, str | int] = {"connector": self.connector} if self.connector else {}
        return {"file": self.file, "line": self.line, **named}


def in_file(problem: Problem) -> tuple[str, int]:
    """Return what problems are sorted by: where they stand."""
    return (problem.file, problem.line) if isinstance(problem, Located) else ("", 0)


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


class Outdated(StoreError):
    """The store is older than the program: whoever may write migrates it first."""


class Missing(StoreError):
    """There is no store at this place yet."""


class Newer(StoreError):
    """The store is newer than the program, which leaves it alone."""


class Damaged(StoreError):
    """The store's file is no store any more: cut off, overwritten or altered."""


class Unwritable(StoreError):
    """The store can be read, and not written: it is read-only, or its disk is full."""


class Foreign(StoreError):
    """A database that is no store."""


class UsageError(ConnectorsError):
    """The command line asks for something that cannot be done."""

    code, exit_code = "usage", 2


class Unreadable(UsageError):
    """A file that was named cannot be read: it is not there, closed, no file, or no text."""

    def __init__(self, path: str, why: str, hint: str | None = None) -> None:
        named = {"-": "standard input", "": "''"}.get(path, path)
        super().__init__(f"{named}: cannot be read: {why}", hint=hint)


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


class NoTenant(NotFound):
    """No such tenant, or none for who asks: the two are told the same."""

    def __init__(self, tenant: str, origin: str = "") -> None:
        super().__init__(
            f"no tenant {tenant}{origin}",
            hint=f"see `connectors tenant list`, or make it: connectors tenant create {tenant}",
        )
        self.tenant = tenant


class Conflict(ConnectorsError):
    """A name is taken, or the connector changed since it was read."""

    code, exit_code = "conflict", 6


class KeyProblem(ConnectorsError):
    """The tenant's key is missing, locked, malformed or another one."""

    code, exit_code = "key", 7


class KeyMissing(KeyProblem):
    """The source of keys answers, and the key is not there."""


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
    (2, "usage, a file that cannot be read, or input needed and no terminal"),
    (3, "does not match the schema"),
    (4, "not permitted"),
    (5, "no such type, connector, tenant"),
    (6, "conflict: name taken, version moved on"),
    (7, "key: none, locked, wrong"),
    (8, "remote unreachable: retrying may help"),
    (9, "credentials rejected: sign in again"),
    (10, "apply --dry-run --exit-code: changes pending"),
    (130, "Ctrl-C"),
    (141, "the reader of its output went away, such as head"),
)


def shared_code(codes: Iterable[int]) -> int:
    """Return the exit code that all failures share: 1 where they do not, 0 for none."""
    found = set(codes) - {0}
    return found.pop() if len(found) == 1 else int(bool(found))
