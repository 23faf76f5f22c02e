"""From a command line to what to install or change: options, then questions at a terminal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors_cli import filling, reader
from connectors_cli.catalog import Entry
from connectors_cli.completing import complete
from connectors_cli.context import Run
from connectors_cli.edits import Edits, validate_config
from connectors_cli.errors import Cancelled, ConnectorsError, InputNeeded, UsageError
from connectors_cli.given import (
    Given,
    ValueOptions,
    collect,
    from_references,
    read_file,
)
from connectors_cli.names import check_name
from connectors_cli.oauth import methods
from connectors_cli.preset_rows import no_preset, preset
from connectors_cli.results import Document
from connectors_cli.rows import TEXT
from connectors_cli.services import connectors, signins, types
from connectors_cli.services.connectors import Current, Wanted
from connectors_cli.workspace import Workspace


def confirm(run: Run, question: str) -> None:
    """Return when --yes or somebody at the terminal says yes.

    Raises Cancelled for a no, and InputNeeded where nobody can be asked.
    """
    if run.yes:
        return
    if not run.interactive:
        raise InputNeeded(f"{question} Nobody can be asked here", hint="add --yes")
    from connectors_cli import prompts

    if not prompts.confirm(question, default=False, color=run.color):
        raise Cancelled("left: nothing was changed")


def confirm_by_name(run: Run, what: str, name: str, given: str | None) -> None:
    """Return when the name is given again, by option or by somebody at the terminal.

    Raises UsageError for another name, Cancelled, and InputNeeded where nobody can be asked.
    """
    if given is not None:
        if given != name:
            raise UsageError(f"--confirm names {given[:64]!r}, and not {name[:64]!r}")
        return
    if not run.interactive:
        raise InputNeeded(f"{what} Nobody can be asked here", hint=f"add --confirm {name}")
    from connectors_cli import prompts

    run.note(what)
    if not prompts.type_to_confirm(name, color=run.color):
        raise Cancelled("left: nothing was changed")


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


def wanted_edits(
    run: Run,
    ws: Workspace,
    name: str,
    edits: Edits,
    options: ValueOptions,
    *,
    editor: bool = False,
) -> tuple[Edits, tuple[str, ...]]:
    """Return an edit with the values that options give or, with none at all, that are asked for."""
    if editor:
        if options.any:
            raise UsageError("--editor takes values from the file that it opens: give no others")
        return _together(edits, _edited(run, connectors.current_values(ws, name))), ()
    if edits == Edits() and not options.any:
        if not run.interactive:
            raise InputNeeded(
                "what to change? Nothing is given, and nobody can be asked here",
                hint="see `connectors edit --help`",
            )
        current = connectors.current_values(ws, name)
        return _asked_edits(run, current), ()
    if not options.any:
        return edits, ()
    entry = connectors.type_of(ws, name)
    given = collect(entry, options, run.environ, read_file(options))
    return replace(edits, config=given.config, auth=given.auth), tuple(given.notes)


def _together(given: Edits, typed: Edits) -> Edits:
    """Return what options say beside values, with values from an editor."""
    return replace(
        given,
        config=typed.config,
        auth=typed.auth,
        unset=tuple(dict.fromkeys((*given.unset, *typed.unset))),
        if_version=typed.if_version if given.if_version is None else given.if_version,
    )


def _edited(run: Run, current: Current) -> Edits:
    """Return what somebody changed in an editor; it opens again while that does not fit."""
    from connectors_cli import editor

    def accept(document: dict[str, Any]) -> Edits:
        wanted: dict[str, Any] = document.get("config") or {}
        typed: dict[str, Any] = document.get("auth") or {}
        kept = {name: current.auth[name] for name in typed if typed[name] == editor.KEPT}
        references = {name: value for name, value in typed.items() if name not in kept}
        given = from_references(current.entry, references, run.environ)
        validate_config(current.entry, wanted, {**kept, **given})
        return _edits(current, wanted, {**kept, **given})

    def again(error: ConnectorsError) -> bool:
        if not run.interactive:
            return False
        from connectors_cli import prompts

        run.note(f"it does not fit: {error.message}")
        return prompts.confirm("Go on editing?", default=True, color=run.color)

    return editor.edit(current, run.environ, accept, again)


def values_of_file(run: Run, key: str | None, path: str) -> tuple[Entry, Given]:
    """Return the type and the values of a file; nothing is asked but the type."""
    options = ValueOptions(file=path)
    document = read_file(options)
    entry = pick_entry(run, key, document)
    return entry, collect(entry, options, run.environ, document)


def _asked_edits(run: Run, current: Current) -> Edits:
    from connectors_cli import prompts

    asked = prompts.ask_values(
        current.entry, Given(), (current.config, current.auth), color=run.color
    )
    return _edits(current, *asked)


def _edits(current: Current, new_config: dict[str, Any], new_auth: dict[str, Any]) -> Edits:
    """Return what leads from a connector's values to new ones, if nobody else changed it."""
    config, auth = current.config, current.auth
    return Edits(
        config=_changed(config, new_config),
        auth=_changed(auth, new_auth),
        unset=tuple(f for f in (*config, *auth) if f not in new_config and f not in new_auth),
        if_version=current.version,
    )


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {f: value for f, value in after.items() if f not in before or before[f] != value}


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


def only_one(**chosen: bool) -> None:
    """Raise UsageError when options that exclude each other are given together."""
    given = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other")
