"""Results that are text or one object, as commands return them; quick to import."""

from __future__ import annotations

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from connectors_cli.store.read.rows import Column


class Bulk:
    """Results of many connectors, which programs get as rows.

    TSV has the `brief` fields, and only JSON has `more`; `form` is another format, such as JUnit.
    """

    __slots__ = ()
    columns: tuple[Column, ...]
    brief: str
    more: tuple[Column, ...] = ()
    form: str | None = None
    results: tuple[Any, ...]

    @property
    def summary(self) -> dict[str, Any]:
        """The counts that end the JSON object."""
        raise NotImplementedError

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        raise NotImplementedError


class Document:
    """One object to show: a title for people, its fields for everybody.

    `as_json`: it is written as JSON, whatever output was chosen.
    """

    __slots__ = ("as_json", "exit_code", "notes", "title", "values")

    def __init__(
        self,
        title: str,
        values: dict[str, Any],
        notes: tuple[str, ...] = (),
        exit_code: int = 0,
        *,
        as_json: bool = False,
    ) -> None:
        self.title = title
        self.values = values
        self.notes = notes
        self.exit_code = exit_code
        self.as_json = as_json


class ServicePage(Document):
    """The description of a service."""

    __slots__ = ()


class Text:
    """Text to print unchanged."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Guide:
    """Markdown to read: formatted where people read it, as it is elsewhere."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Chunks:
    """Text to print in chunks, of any length."""

    __slots__ = ("chunks",)
    streams = True
    """It is written as it comes, and never converted as a whole."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self.chunks = chunks


class Watched:
    """Rounds of results that repeat without end, each shown when it is complete.

    With `only_changes` a round that looks like the one before is not shown.
    """

    __slots__ = ("only_changes", "rounds")
    streams = True

    def __init__(self, rounds: Iterator[Any], *, only_changes: bool = False) -> None:
        self.rounds = rounds
        self.only_changes = only_changes
