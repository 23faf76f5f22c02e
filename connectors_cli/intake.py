"""From a command line to what to install: options, then questions at a terminal."""

from collections.abc import Mapping
from typing import Any

from connectors_cli import filling, reader
from connectors_cli.catalog import Entry
from connectors_cli.collecting import ValueOptions, collect, read_file
from connectors_cli.completing import complete
from connectors_cli.confirming import confirm
from connectors_cli.context import Run
from connectors_cli.errors import ConnectorsError, InputNeeded, UsageError
from connectors_cli.given import Given
from connectors_cli.names import check_name
from connectors_cli.oauth import methods
from connectors_cli.preset_rows import no_preset, preset
from connectors_cli.results import Document
from connectors_cli.rows import TEXT
from connectors_cli.services import signins, types
from connectors_cli.services.connectors import Wanted


def pick_entry(run: Run, key: str | None, document: Mapping[str, Any] | None) -> Entry:
    """Return the type that is named, by the line or the file, or picked at the terminal."""
    named = key or (document or {}).get("type")
    if isinstance(named, str):
        return types.find_entry(named, run.reader)
    if not run.interactive:
        raise InputNeeded(
            "which service? None is named, and nobody can be asked here",
            hint="connectors install TYPE; see `connectors catalog`",
        )
    from connectors_cli import prompts

    key = prompts.pick_type(types.entries(run.reader()), color=run.color)
    return types.find_entry(key, run.reader)


def find_preset(run: Run, name: str) -> tuple[str, dict[str, Any]]:
    """Return a preset's type and config; NotFound."""
    db = run.reader()
    if db is None:
        raise no_preset(name)
    return preset(db, run.settings.tenant, name)


def _preset(
    run: Run, entry: Entry, options: ValueOptions, document: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    name = options.preset or (document or {}).get("preset")
    if not isinstance(name, str):
        return None
    key, config = find_preset(run, name)
    if key != entry.key:
        raise UsageError(f"the preset {name!r} is of type {key}, not {entry.key}")
    return config


def wanted_connector(
    run: Run,
    key: str | None,
    name: str | None,
    options: ValueOptions,
    way: str | None = None,
) -> tuple[Wanted, tuple[str, ...]]:
    """Return the connector to install, with every value, and notes for people.

    What signing in by this way fills afterwards is not asked for.
    """
    document = read_file(options)
    entry = pick_entry(run, key, document)
    signins.check_way(entry, way)
    later = way not in {None, "token"} and bool(methods(entry))
    entry = filling.before_sign_in(entry) if later else entry
    given = collect(entry, options, run.environ, document, _preset(run, entry, options, document))
    _warn_of_lifecycle(run, entry)
    asked = run.interactive and not options.any
    chosen = name if name is not None else given.name
    checked = check_name(
        (_ask_name(run, entry) if asked else entry.key) if chosen is None else chosen
    )
    config, auth = _values(run, entry, given, ask_all=asked)
    wanted = Wanted(
        type=entry.key,
        name=checked,
        config=config,
        auth=auth,
        tags=given.tags,
        status="active" if given.active else "inactive",
        given=None if asked else frozenset((*given.config, *given.auth)),
        signs_in=later,
    )
    return wanted, tuple(given.notes)


def questions(run: Run, key: str | None, options: ValueOptions) -> Document:
    """Return the questions that are open for a type with the values given; nothing is asked."""
    from connectors_cli.outstanding import outstanding

    document = read_file(options)
    entry = pick_entry(run, key, document)
    given = collect(entry, options, run.environ, document, _preset(run, entry, options, document))
    return Document(entry.name, {"type": entry.key, "questions": outstanding(entry, given)})


def values_of_file(run: Run, key: str | None, path: str) -> tuple[Entry, Given]:
    """Return the type and the values of a file; nothing is asked but the type."""
    options = ValueOptions(file=path)
    document = read_file(options)
    entry = pick_entry(run, key, document)
    return entry, collect(entry, options, run.environ, document)


def _values(
    run: Run, entry: Entry, given: Given, *, ask_all: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    if not ask_all:
        try:
            return complete(entry, given)
        except InputNeeded:
            if not run.interactive:
                raise
    from connectors_cli import prompts

    return prompts.ask_values(entry, given, color=run.color)


def _ask_name(run: Run, entry: Entry) -> str:
    from connectors_cli import prompts

    taken = _taken_names(run)
    default, number = entry.key, 2
    while default in taken:
        default, number = f"{entry.key}-{number}", number + 1

    def problem(name: str) -> str | None:
        try:
            return f"{name} is taken" if check_name(name) in taken else None
        except ConnectorsError as error:
            return error.message

    return prompts.ask_name(default, problem, color=run.color)


def _taken_names(run: Run) -> frozenset[str]:
    db = run.reader()
    if db is None:
        return frozenset()
    rows = reader.list_installed(db, run.settings.tenant, (("name", TEXT),))
    return frozenset(name for (name,) in rows.rows)


def _warn_of_lifecycle(run: Run, entry: Entry) -> None:
    """Tell what is to know of a type; who wants one that not everybody can use says so."""
    if entry.notice:
        run.note(f"note: {entry.notice}")
    if entry.lifecycle != "active":
        kind = "takes no new accounts" if entry.lifecycle == "closed" else "is not for everybody"
        confirm(run, f"{entry.name} {kind}. Install it all the same?")
