"""Every expected failure, with its code and exit code."""

from __future__ import annotations

import errno

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Problem:
    """One invalid value: its path, the rule it breaks, and a sentence that does not quote it.

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
        """The path in dotted form: `credentials.scopes.0`."""
        return ".".join(str(step) for step in self.path)

    @property
    def sentence(self) -> str:
        """The problem as a sentence for people."""
        return f"{self.dotted}: {self.message}" if self.path else self.message

    @property
    def place(self) -> dict[str, str | int]:
        """The known source location, for programs."""
        return {}


class Located(Problem):
    """A problem in a file of connectors, with its file, line and connector."""

    __slots__ = ("connector", "file", "line")

    def __init__(self, problem: Problem, file: str, line: int, connector: str | None) -> None:
        super().__init__(problem.path, problem.rule, problem.message)
        self.file = file
        self.line = line
        self.connector = connector

    @property
    def sentence(self) -> str:
        """The problem, preceded by its location."""
        owner = f"{self.connector}: " if self.connector else ""
        return f"{self.file}:{self.line}: {owner}{super().sentence}"

    @property
    def place(self) -> dict[str, str | int]:
        """The file, the line and the connector."""
        named: dict[str, str | int] = {"connector": self.connector} if self.connector else {}
        return {"file": self.file, "line": self.line, **named}


def in_file(problem: Problem) -> tuple[str, int]:
    """Return the sort key of a problem: its file and line."""
    return (problem.file, problem.line) if isinstance(problem, Located) else ("", 0)


class ConnectorsError(Exception):
    """A failure that the user can act on; `hint` is what to type."""

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
    """The store is older than the program and has to be migrated."""


class Missing(StoreError):
    """No store exists at this location."""


class Newer(StoreError):
    """The store is newer than the program, which does not touch it."""


class Damaged(StoreError):
    """The store's file is corrupt: truncated, overwritten or altered."""


class Unwritable(StoreError):
    """The store can be read but not written: it is read-only, or the disk is full."""


class Foreign(StoreError):
    """A database that is not a store."""


class StoreUnreachable(StoreError):
    """The store's server cannot be reached, or the connection to it was lost."""

    exit_code = 8


class StoreRejected(StoreError):
    """The store's server rejects the login."""

    exit_code = 9


class StoreForbidden(StoreError):
    """The store's server does not let this role connect, or use the store."""

    exit_code = 4


class NoDatabase(StoreError):
    """The store's server has no such database."""

    exit_code = 5


class UsageError(ConnectorsError):
    """The command line is invalid."""

    code, exit_code = "usage", 2


class Unreadable(UsageError):
    """A file cannot be read: missing, not permitted, not a file, or not text."""

    def __init__(self, path: str, why: str, hint: str | None = None) -> None:
        named = {"-": "standard input", "": "''"}.get(path, path)
        super().__init__(f"{named}: cannot be read: {why}", hint=hint)


class InputNeeded(ConnectorsError):
    """Values are missing, and there is no terminal to prompt on."""

    code, exit_code = "input_needed", 2


class NewHost(InputNeeded):
    """Credentials would be sent to another host than before, and nobody has agreed."""

    @property
    def question(self) -> str:
        """What a person is asked before they are."""
        return f"{self.message[:1].upper()}{self.message[1:]}. Continue?"


class InvalidInput(ConnectorsError):
    """Values do not match their schema; `details` lists the problems."""

    code, exit_code = "invalid", 3


class InvalidAnswer(InvalidInput):
    """An answer is invalid; the question is asked again."""


class InvalidSchema(ConnectorsError):
    """A schema cannot be used: invalid, unbounded, or with remote references."""

    code, exit_code = "invalid_schema", 3


class NotPermitted(ConnectorsError):
    """The principal's role does not allow the action."""

    code, exit_code = "not_permitted", 4


class NotFound(ConnectorsError):
    """No such type, connector, tenant or field."""

    code, exit_code = "not_found", 5


class NoTenant(NotFound):
    """The tenant does not exist, or the user is not a member: both read the same."""

    def __init__(self, tenant: str, origin: str = "") -> None:
        super().__init__(
            f"no tenant {tenant}{origin}",
            hint=f"see `connectors tenant list`, or create it: connectors tenant create {tenant}",
        )
        self.tenant = tenant


class Conflict(ConnectorsError):
    """A name is taken, or the connector changed since it was read."""

    code, exit_code = "conflict", 6


class ChangedMeanwhile(Conflict):
    """Another process changed the same rows at the same time: the change can be tried again."""


class KeyProblem(ConnectorsError):
    """The tenant's key is missing, locked, malformed or the wrong one."""

    code, exit_code = "key", 7


class KeyMissing(KeyProblem):
    """The key source works, but does not contain the key."""


class Tampered(KeyProblem):
    """Sealed values were damaged, moved or changed outside the program."""

    code = "tampered"


class Unreachable(ConnectorsError):
    """The service cannot be reached; retrying may help."""

    code, exit_code = "unreachable", 8


class Rejected(ConnectorsError):
    """The service rejects the credentials; sign in again."""

    code, exit_code = "rejected", 9


class Cancelled(ConnectorsError):
    """The person cancelled a prompt; nothing was saved."""

    code, exit_code = "cancelled", 130


NO_MEMORY = ("not enough memory", "raise the limit (`ulimit -v unlimited`), or free some memory")
NO_FILES = ("too many open files", "raise the limit: `ulimit -n 256`")
NO_SYSTEM_FILES = ("the system has too many open files", "try again later")
_SHORT_OF = {errno.ENOMEM: NO_MEMORY, errno.EMFILE: NO_FILES, errno.ENFILE: NO_SYSTEM_FILES}
_LOADER = {
    "Too many open files in system": NO_SYSTEM_FILES,
    "Too many open files": NO_FILES,
    "failed to map segment": NO_MEMORY,
    "annot allocate memory": NO_MEMORY,
    "cannot create shared object descriptor": NO_MEMORY,
    "cannot allocate": NO_MEMORY,
    "can't start new thread": NO_MEMORY,
}


def shortage(error: BaseException | None) -> ConnectorsError | None:
    """Return our error if memory or open files ran out, which any import or call can meet.

    The loader of compiled modules tells by its text only. A shortage is often the cause of the
    error that is seen last, so those before it are looked at, too.
    """
    seen = 0
    while error is not None and seen < 20:
        if found := _short_of(error):
            return ConnectorsError(found[0], hint=found[1])
        error = error.__cause__ or error.__context__
        seen += 1
    return None


def _short_of(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, OSError) and error.errno in _SHORT_OF:
        return _SHORT_OF[error.errno]
    if isinstance(error, (ImportError, OSError, RuntimeError, SystemError)):
        text = str(error)
        return next((words for part, words in _LOADER.items() if part in text), None)
    return None


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "success, or nothing to do"),
    (1, "unexpected error, or a batch failed for different reasons"),
    (2, "usage error, unreadable file, or input required without a terminal"),
    (3, "value does not match its schema"),
    (4, "not permitted"),
    (5, "no such type, connector, tenant or field"),
    (6, "conflict: the name is taken, or the connector has changed"),
    (7, "key missing, locked or wrong"),
    (8, "service unreachable; retrying may help"),
    (9, "credentials rejected; sign in again"),
    (10, "apply --dry-run --exit-code: changes are pending"),
    (130, "cancelled, e.g. with Ctrl-C"),
    (141, "the reader of the output closed the pipe, e.g. head"),
)


def shared_code(codes: Iterable[int]) -> int:
    """Return the exit code that all failures share, 1 if they differ, 0 if there are none."""
    found = set(codes) - {0}
    return found.pop() if len(found) == 1 else int(bool(found))
