"""Outcomes that are not rows of a view; never a secret in one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.verdicts import Check


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; a secret's values are not here, only that they differ."""

    field: str
    before: Any
    after: Any
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did (or, dry, would do) to one connector."""

    change: str
    name: str
    connector: dict[str, Any] | None = None
    fields: tuple[FieldChange, ...] = ()
    dry_run: bool = False
    notes: tuple[str, ...] = ()
    show_fields: bool = False
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a plan does to one connector: create, update, remove, unchanged or skip."""

    change: str
    name: str
    catalog_key: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file of connectors changes: still to be done (`dry_run`), or done."""

    changes: tuple[PlannedChange, ...]
    dry_run: bool = False
    exit_code: int = 0
    brief: bool = False

    @property
    def pending(self) -> bool:
        """Whether anything is changed at all."""
        return any(step.change not in {"unchanged", "skip"} for step in self.changes)

    def named(self, change: str) -> tuple[PlannedChange, ...]:
        """Return the changes of one word."""
        return tuple(step for step in self.changes if step.change == change)


@dataclass(frozen=True, slots=True)
class Failure:
    """One item of a batch that could not be done."""

    name: str
    error: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcomes of a command that takes many names."""

    results: tuple[Change | Failure, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One object to show: a title for people, its fields for everybody."""

    title: str
    values: dict[str, Any]
    notes: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """Text to print as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Chunks:
    """Text to print as it comes, however much there is."""

    chunks: Iterator[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FieldReport:
    """What validation found of one field; a secret's value is never here."""

    field: str
    value: Any
    secret: bool
    errors: tuple[str, ...] = ()
    suggestions: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """What validation found of one connector or file."""

    name: str
    catalog_key: str | None
    """None where the connector was altered in the store, and nothing of it is taken for true."""
    fields: tuple[FieldReport, ...] = field(default=())

    @property
    def error_count(self) -> int:
        """How many rules are broken."""
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


@dataclass(frozen=True, slots=True)
class Validations:
    """What validation found, of one (`single`) or of many."""

    reports: tuple[Validation, ...]
    single: bool = False
