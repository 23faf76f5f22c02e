"""The fast lane: hot reads for programs, without Typer, where every word of a line is known."""

from __future__ import annotations

import os
import sys

from connectors_cli import __version__, database, formats, reader
from connectors_cli.rows import columns_for
from connectors_cli.settings import Settings
from connectors_cli.streams import flush, prepare

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors_cli.database import Database
    from connectors_cli.rows import Rows

_GLOBAL = {
    "-t": "tenant",
    "--tenant": "tenant",
    "--store": "store",
    "-o": "output",
    "--output": "output",
    "--fields": "fields",
}
_FLAGS = {
    "--json": "json",
    "--no-input": "no_input",
    "--quiet": "quiet",
    "-y": "yes",
    "--yes": "yes",
}
_OPTIONS = {
    "targets": {"--capability": "capability", "--type": "type", "--tag": "tag"},
    "list": {"--type": "type", "--status": "status", "--tag": "tag", "--capability": "capability"},
    "catalog": {
        "--category": "category",
        "--auth-type": "auth_type",
        "--capability": "capability",
        "--lifecycle": "lifecycle",
    },
    "show": {},
    "get": {},
}
_NAMES = {"targets": 0, "list": 0, "catalog": 0, "show": 1, "get": 2}
_OUTPUTS = frozenset({"json", "jsonl", "names", "tsv"})
_FILTERS = ("capability", "type", "tag", "status", "category", "auth_type", "lifecycle")


def run(line: list[str]) -> int | None:
    """Run a hot read and return its exit code; None leaves the line to Typer.

    Everything that is not understood is Typer's, and so is every error of a read before its first
    byte. A `get` is not tried twice: that a credential was asked for is recorded once.
    """
    if not line or sys.stdout is None or "_CONNECTORS_COMPLETE" in os.environ:
        return None
    parsed = _parse(line)
    if parsed is None:
        return None
    command, names, options = parsed
    try:
        place = {"tenant": options.get("tenant"), "store": options.get("store")}
        settings = Settings(os.environ, **place, quiet="quiet" in options)
        db = database.open_for_reading(settings.store)
    except Exception:  # noqa: BLE001 - the boundary is Typer's, which meets it again
        return None
    try:
        return _answer(db, settings, command, names, options)
    finally:
        db.close()


def _answer(
    db: Database, settings: Settings, command: str, names: list[str], options: dict[str, str]
) -> int | None:
    if db.meta.get("program_version") != __version__:
        return None
    if command == "get":
        return _shown(lambda: _value(db, settings, names, options), "text")
    try:
        rows = _rows(db, settings.tenant, command, names, options)
    except Exception:  # noqa: BLE001 - as above
        return None
    if rows is None:
        return None
    output = options["output"]
    return _shown(lambda: formats.write(rows, output, sys.stdout), output)


def _parse(line: list[str]) -> tuple[str, list[str], dict[str, str]] | None:
    """Split a line into command, names and options; None when any word is not known here."""
    words: list[str] = []
    options: dict[str, str] = {}
    position = 0
    while position < len(line):
        word = line[position]
        position += 1
        known = _OPTIONS.get(words[0], {}) if words else {}
        if word in _FLAGS:
            options[_FLAGS[word]] = "1"
        elif word == "--reveal" and words[:1] == ["get"]:
            options["reveal"] = "1"
        elif option := _GLOBAL.get(word) or known.get(word):
            if position == len(line):
                return None
            options[option] = line[position]
            position += 1
        elif word.startswith("-") or not word:
            return None
        else:
            words.append(word)
    if not words or _NAMES.get(words[0], -1) != len(words) - 1:
        return None
    return _with_output(words, options)


def _with_output(
    words: list[str], options: dict[str, str]
) -> tuple[str, list[str], dict[str, str]] | None:
    command = words[0]
    if command == "get":
        plain = not {"json", "output", "fields"} & options.keys()
        return (command, words[1:], options) if plain else None
    output = "json" if "json" in options else options.get("output")
    if output is None and sys.stdout is not None and not sys.stdout.isatty():
        output = "tsv"
    if output not in _OUTPUTS:
        return None
    return command, words[1:], {**options, "output": output}


def _shown(write: Callable[[], object], output: str) -> int:
    """Write to standard output and return the exit code; what fails here is not tried again."""
    try:
        prepare()
        write()
        flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - hands it to the boundary
        from connectors_cli import boundary

        return boundary.fail_early(error, json=output in {"json", "jsonl"})
    return 0


def _value(db: Database, settings: Settings, names: list[str], options: dict[str, str]) -> None:
    from connectors_cli.services.values import get_value  # json: only where a value is parsed

    text = get_value(db, settings, *names, reveal="reveal" in options)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _rows(
    db: Database, tenant: str, command: str, names: list[str], options: dict[str, str]
) -> Rows | None:
    """Return the rows of a read; None for an empty catalog, and for none of a type that is not
    there by this key: Typer's lane says why it is, or knows the alias.
    """
    kind = "catalog" if command == "catalog" else "connector"
    columns = columns_for(kind, options["output"], options.get("fields"), single=command == "show")
    chosen = {name: options[name] for name in _FILTERS if name in options}
    if chosen:
        from connectors_cli import filters  # most lists have none

        filters.check(chosen)
    if command == "show":
        return reader.show_connector(db, tenant, names[0], columns)
    if command == "catalog":
        rows = reader.list_catalog(db, columns, **chosen)
        return None if rows.is_empty() else rows
    read = reader.get_publish_targets if command == "targets" else reader.list_installed
    rows = read(db, tenant, columns, **chosen)
    return rows if "type" not in chosen or _has_type(db, rows, chosen["type"]) else None


def _has_type(db: Database, rows: Rows, key: str) -> bool:
    """Tell whether a type is there, as rows of it say."""
    from connectors_cli import filters

    return not rows.is_empty() or filters.is_type(db, key)
