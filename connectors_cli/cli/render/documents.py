"""Documents for people: one object as names and values, and the records in it."""

import sys
from collections.abc import Iterator
from typing import Any

from rich.text import Text as Line

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.console import console_for, print_pairs
from connectors_cli.cli.render.machine import chosen
from connectors_cli.services.output import Document, ServicePage
from connectors_cli.system.text import as_text, printable

_WORD = 30
_NOT_FOR_PEOPLE = frozenset({"flag", "filled_by_flow"})  # `supplied_by` says both


def show_document(document: Document, context: CommandContext) -> int:
    """Show an object; return its exit code."""
    values = chosen(document, context)
    tables = {name: value for name, value in values.items() if _is_table(value)}
    filled = {n: v for n, v in values.items() if n not in tables and v not in (None, "", [])}
    if filled.get("dry_run") is False:  # only a dry run is worth mentioning
        del filled["dry_run"]
    pairs = [(name, _in_lines(value)) for name, value in filled.items()]
    print_pairs(console_for(context, sys.stdout), pairs)
    for table in tables.values():
        _show_records(table, context)
    for note in document.notes:
        context.note(note)
    return document.exit_code


def show_service_page(page: ServicePage, context: CommandContext) -> int:
    """Show the description of a service as a page, or as an object if fields are asked for."""
    if context.row_output != "cards" or context.fields:
        return show_document(page, context)
    from connectors_cli.cli.render.pages import show_service

    return show_service(page, context)


def _in_lines(value: Any) -> str:
    """Return a value for people; a list of sentences or addresses as one line each."""
    if isinstance(value, dict) and any(map(_is_long, value.values())):
        return "\n".join(line for item in value.items() for line in _named_lines(*item))
    return "\n".join(map(str, value)) if _is_long(value) else as_text(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(len(str(item)) > _WORD for item in value)


def _named_lines(name: str, value: Any) -> Iterator[str]:
    """Yield a value of an object for people: sentences numbered, anything else after its name."""
    if name == "scopes" or not _is_long(value):
        shown = ", ".join(value) if isinstance(value, tuple) else as_text(value)
        yield from (f"{name.replace('_', ' ')}: {shown}",) if shown else ()
    else:
        yield from (f"{number}. {text}" for number, text in enumerate(value, 1))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _show_records(records: list[dict[str, Any]], context: CommandContext) -> None:
    """Show records below each other, each under its name, without empty fields."""
    console = console_for(context, sys.stdout)
    for record in records:
        (_, title), *rest = record.items()
        console.print(Line(f"\n{printable(as_text(title))}", style="bold"))
        pairs = [
            (name, as_text(value))
            for name, value in rest
            if value not in (None, "", False, []) and name not in _NOT_FOR_PEOPLE
        ]
        print_pairs(console, pairs, "  ")
