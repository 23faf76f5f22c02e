"""From a command line to what to change: options, an editor, or questions at a terminal."""

from dataclasses import replace
from typing import Any

from connectors_cli.collecting import ValueOptions, collect, from_references, read_file
from connectors_cli.context import Run
from connectors_cli.edits import Edits, validate_config
from connectors_cli.errors import ConnectorsError, InputNeeded, UsageError
from connectors_cli.given import Given
from connectors_cli.services import connectors
from connectors_cli.services.connectors import Current
from connectors_cli.workspace import Workspace


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
