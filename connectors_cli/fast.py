"""The fast lane: hot reads for programs, without Typer, where every word of a line is known."""

import os
import sys

from connectors_cli import __version__, database, formats, reader
from connectors_cli.database import Database
from connectors_cli.errors import ConnectorsError
from connectors_cli.reader import Rows
from connectors_cli.settings import Settings
from connectors_cli.streams import flush, prepare

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

    Everything that is not understood, and every error before the first byte, is Typer's.
    """
    if not line or "_CONNECTORS_COMPLETE" in os.environ:
        return None
    parsed = _parse(line)
    if parsed is None:
        return None
    command, names, options = parsed
    try:
        settings = Settings(os.environ, tenant=options.get("tenant"), store=options.get("store"))
        db = database.open_for_reading(settings.store)
    except (ConnectorsError, OSError):
        return None
    if db.meta.get("program_version") != __version__:
        db.close()
        return None
    try:
        answer = _prepare(db, settings, command, names, options)
    except (ConnectorsError, OSError):
        db.close()
        return None
    return _write(db, answer, options)


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
        return (command, words[1:], options) if plain and "reveal" in options else None
    output = "json" if "json" in options else options.get("output")
    if output is None and sys.stdout is not None and not sys.stdout.isatty():
        output = "tsv"
    if output not in _OUTPUTS:
        return None
    return command, words[1:], {**options, "output": output}


def _prepare(
    db: Database, settings: Settings, command: str, names: list[str], options: dict[str, str]
) -> Rows | str:
    if command == "get":
        from connectors_cli.reveal import reveal  # loads cryptography: only where a value is opened

        return reveal(db, settings, *names)
    return _rows(db, settings.tenant, command, names, options)


def _write(db: Database, answer: Rows | str, options: dict[str, str]) -> int:
    try:
        prepare()
        if isinstance(answer, str):
            sys.stdout.write(answer + "\n")
        else:
            formats.write(answer, options["output"], sys.stdout)
        flush()
    except (ConnectorsError, OSError) as error:
        from connectors_cli import app

        return app.fail(error, json="json" in options.get("output", ""))
    finally:
        db.close()
    return 0


def _rows(
    db: Database, tenant: str, command: str, names: list[str], options: dict[str, str]
) -> Rows:
    kind = "catalog" if command == "catalog" else "connector"
    columns = reader.columns_for(
        kind, options["output"], options.get("fields"), single=command == "show"
    )
    filters = {name: options[name] for name in _FILTERS if name in options}
    if command == "show":
        return reader.show_connector(db, tenant, names[0], columns)
    if command == "catalog":
        return reader.list_catalog(db, columns, **filters)
    read = reader.get_publish_targets if command == "targets" else reader.list_installed
    return read(db, tenant, columns, **filters)
