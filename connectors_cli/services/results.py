"""Results of use cases that are not rows of a view; they contain no secrets."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from connectors_cli.documents.sources import unread_in
from connectors_cli.system.record import Record, field, replace

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


class Check(Record):
    """The result of testing one connection; `hint` is the command that fixes it."""

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
    detail: str | None = None
    """What the server itself said about a failure."""
    checked_at: str = ""
    host_key: str | None = None
    """The public key of a host that is not known yet; not part of the JSON object."""

    @property
    def exit_code(self) -> int:
        """The exit code if this is the only result.

        A service that cannot be tested is not a failure; a missing extra of the program is.
        """
        return 1 if self.state == "unsupported" and self.hint else EXIT_CODES[self.state]

    @property
    def steps(self) -> Iterator[tuple[str, str]]:
        """Every step, with ok, failed or skipped."""
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
            "detail": self.detail,
            "hint": self.hint,
            "checked_at": self.checked_at,
            "steps": [{"step": step, "result": result} for step, result in self.steps],
        }

    def as_last_check(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stored of the test; without an account that of an earlier one, `known`."""
        kept = ("state", "message", "account", "account_id", "http_status", "latency_ms", "hint")
        values = self.as_object()
        if self.account is None:
            values |= {name: known.get(name) for name in ("account", "account_id")}
        return {"at": self.checked_at, **{name: values[name] for name in kept}}


class FieldChange(Record):
    """One field before and after a change; of a secret only that it differs.

    `source` says what a value is read from that has not been read yet, so that it may turn out to
    be unchanged.
    """

    field: str
    before: Any
    after: Any
    secret: bool = False
    source: str | None = None


def with_source(change: FieldChange, value: Any) -> FieldChange:
    """Return the change of a field with the source of its new value, if that was not read."""
    unread = ", ".join(dict.fromkeys(unread_in(value)))
    return replace(change, source=unread) if unread else change


class Change(Record):
    """What a command did to one connector, or would do (`dry_run`)."""

    change: str
    name: str
    connector: dict[str, Any] | None = None
    fields: tuple[FieldChange, ...] = ()
    dry_run: bool = False
    notes: tuple[str, ...] = ()
    show_fields: bool = False
    check: Check | None = None


class PlannedChange(Record):
    """What a plan does to one connector: create, update, remove, unchanged or skip."""

    change: str
    name: str
    catalog_key: str
    fields: tuple[FieldChange, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether it is an update that only values change which have not been read yet."""
        return self.change == "update" and all(item.source for item in self.fields)


class Plan(Record):
    """The changes of a file of connectors: planned (`dry_run`) or done.

    `sources` are the commands and files that carrying it out runs and reads.
    """

    changes: tuple[PlannedChange, ...]
    dry_run: bool = False
    exit_code: int = 0
    brief: bool = False
    sources: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether the plan changes anything."""
        return any(step.change not in {"unchanged", "skip"} for step in self.changes)

    def named(self, change: str) -> tuple[PlannedChange, ...]:
        """Return the changes of one kind: create, update, remove, unchanged or skip."""
        return tuple(step for step in self.changes if step.change == change)


class Failure(Record):
    """One item of a batch that failed."""

    name: str
    error: Any


class Batch(Record):
    """The results of a command that accepts several names."""

    results: tuple[Change | Failure, ...]


class Lines(Record):
    """Lines of a conversation, each written out before the next one is made."""

    lines: Iterator[str] = field(shown=False)
    streams: ClassVar[bool] = True


class FieldReport(Record):
    """The validation of one field; never a secret's value."""

    field: str
    value: Any
    secret: bool
    errors: tuple[str, ...] = ()
    suggestions: tuple[Any, ...] = ()


class Validation(Record):
    """The validation of one connector or file."""

    name: str
    catalog_key: str | None
    """None for a connector that was changed outside connectors: nothing of it is trusted."""
    fields: tuple[FieldReport, ...] = field(default=())

    @property
    def error_count(self) -> int:
        """The number of problems."""
        return sum(len(report.errors) for report in self.fields)

    def as_object(self) -> dict[str, Any]:
        """Return the report as its JSON object."""
        return {
            "name": self.name,
            "catalog_key": self.catalog_key,
            "error_count": self.error_count,
            "fields": [
                {
                    "field": report.field,
                    "value": None if report.secret else report.value,
                    "secret": report.secret,
                    "errors": list(report.errors),
                    "suggestions": list(report.suggestions),
                }
                for report in self.fields
            ],
        }


class Validations(Record):
    """The validations of one connector or file (`single`), or of several."""

    reports: tuple[Validation, ...]
    single: bool = False
