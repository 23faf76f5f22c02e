"""The changes to a connector: from options, an editor, or the form at a terminal."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.values.options import ValueOptions, collect, from_references, read_file
from connectors_cli.cli.values.reading import IN_DRY_RUN, read_values
from connectors_cli.documents.sources import Sources, unread_fields
from connectors_cli.errors import Conflict, ConnectorsError, InputNeeded, UsageError
from connectors_cli.services import connectors
from connectors_cli.services.connectors import (
    Current,
    Edits,
    Status,
    changes,
    detail_changes,
    validate_config,
)
from connectors_cli.services.given import Given
from connectors_cli.services.output import Document
from connectors_cli.services.results import Change
from connectors_cli.services.workspace import Workspace
from connectors_cli.system.record import replace

if TYPE_CHECKING:  # they load the forms
    from connectors_cli.cli.prompts.details import Details
    from connectors_cli.cli.values.answers import AnswersFile


def wanted_edits(
    context: CommandContext,
    ws: Workspace,
    name: str,
    edits: Edits,
    options: ValueOptions,
    *,
    editor: bool = False,
) -> tuple[Edits, tuple[str, ...]]:
    """Return the edits from options, or from the editor."""
    if editor:
        if options.any:
            raise UsageError("--editor reads the values from the file it opens; pass no others")
        return _merged(edits, _edited(context, connectors.current_values(ws, name))), ()
    if not options.any:
        return edits, ()
    return _given_edits(context, ws, name, edits, options)


def _given_edits(
    context: CommandContext, ws: Workspace, name: str, edits: Edits, options: ValueOptions
) -> tuple[Edits, tuple[str, ...]]:
    """Return the edits from options, and notes about their values."""
    entry = connectors.type_of(ws, name)

    @cache
    def current() -> Current:
        return connectors.current_values(ws, name)

    def values() -> dict[str, Any]:
        return {**current().config, **current().auth}

    def check(draft: Given) -> None:
        if draft.unread:
            drafted = replace(edits, config=draft.config, auth=draft.auth, to_new_host=True)
            connectors.update_connector(ws, name, drafted, commit=False)

    unanswered = replace(options, answers=None, current=values)
    given = read_values(context, entry, unanswered, read_file(options), None, check)
    wanted = replace(edits, config=given.config, auth=given.auth)
    if given.parts:
        version = current().version if edits.if_version is None else edits.if_version
        wanted = replace(wanted, parts=frozenset(given.parts), if_version=version)
    if options.answers is not None:
        wanted = _answered(context, current(), given, wanted, options.answers)
    return wanted, tuple(given.notes)


def questions(
    context: CommandContext,
    ws: Workspace,
    name: str,
    options: ValueOptions,
    unset: tuple[str, ...],
) -> Document:
    """Return questions, answers and problems of a connector with the given changes."""
    from connectors_cli.cli.values.answers import checked
    from connectors_cli.services.type_form import current_form

    current = connectors.current_values(ws, name)
    values = {**current.config, **current.auth}
    unanswered = replace(options, answers=None, current=lambda: values)
    document = read_file(options)
    sources = Sources(context.environ, IN_DRY_RUN)
    given = collect(current.entry, unanswered, context.environ, document, sources=sources)
    form, refused = current_form(current, given, unset)
    return Document(name, checked(form, options.answers, context.environ, refused), as_json=True)


def _answered(
    context: CommandContext, current: Current, given: Given, edits: Edits, file: "AnswersFile"
) -> Edits:
    """Return edits with the values that a file of answers makes of the current ones."""
    from connectors_cli.cli.values.answers import answered_values, refuse
    from connectors_cli.services.type_form import current_form

    form, refused = current_form(current, given, edits.unset)
    refuse("the values", refused)
    values = answered_values(form, file, context.environ)
    return _merged(replace(edits, unset=()), changes(current, *values))


def _merged(given: Edits, typed: Edits) -> Edits:
    """Return the edits from options together with the values from an editor."""
    return replace(
        given,
        config=typed.config,
        auth=typed.auth,
        unset=tuple(dict.fromkeys((*given.unset, *typed.unset))),
        if_version=typed.if_version if given.if_version is None else given.if_version,
    )


def _edited(context: CommandContext, current: Current) -> Edits:
    """Return the changes made in an editor, which opens again while the values are invalid.

    Raises InputNeeded where nobody is: with input forbidden, or without both a terminal and an
    editor that the user has named, which may be a program.
    """
    named = any(context.environ.get(name, "").strip() for name in ("VISUAL", "EDITOR"))
    if not context.interactive and (context.forbids_input or not named):
        raise InputNeeded(
            "an editor needs a terminal", hint="pass --set, --secret or --from-file instead"
        )
    from connectors_cli.cli.values import editor

    def accept(document: dict[str, Any]) -> Edits:
        wanted: dict[str, Any] = document.get("config") or {}
        typed: dict[str, Any] = document.get("auth") or {}
        kept = {name: current.auth[name] for name in typed if typed[name] == editor.KEPT}
        references = {name: value for name, value in typed.items() if name not in kept}
        given = from_references(current.entry, references, Sources(context.environ, ()))
        validate_config(current.entry, wanted, {**kept, **given})
        if unread_fields(given):  # nothing runs for values that cannot be saved
            given = from_references(current.entry, references, Sources(context.environ))
            validate_config(current.entry, wanted, {**kept, **given})
        return changes(current, wanted, {**kept, **given})

    def again(error: ConnectorsError) -> bool:
        if not context.interactive:
            return False
        from connectors_cli.cli.prompts import ask

        context.note(f"not saved: {error.message}")
        return ask.confirm("Continue editing?", default=True, color=context.color)

    return editor.edit(current, context.environ, accept, again)


def asked_change(
    context: CommandContext, ws: Workspace, name: str, save: Callable[[Edits], Change]
) -> Change:
    """Show the form with the current values, and save what the person changes.

    If it cannot be saved, the review says why, with every answer still there. If the connector has
    changed meanwhile, saving again changes the same fields of what it is now.
    """
    if not context.interactive:
        raise InputNeeded(
            "nothing to change", hint="pass --set, --secret, --tag ..., or run it in a terminal"
        )
    from connectors_cli.cli.prompts import ask
    from connectors_cli.cli.prompts.details import Details
    from connectors_cli.cli.values.install import taken_names

    current = connectors.current_values(ws, name)
    others = taken_names(context) - {current.name}
    details = Details(current.name, current.status, current.tags, taken=others)
    done, version = [], [current.version]

    def save_values(values: tuple[dict[str, Any], dict[str, Any]]) -> None:
        edits = replace(_asked_edits(current, details, values), if_version=version[-1])
        try:
            done.append(save(edits))
        except Conflict:
            version.append(connectors.current_values(ws, name).version)
            raise

    shown = (current.config, current.auth)
    color = context.color
    ask.ask_values(current.entry, Given(), shown, about=details, save=save_values, color=color)
    return done[0]


def _asked_edits(
    current: Current, details: "Details", values: tuple[dict[str, Any], dict[str, Any]]
) -> Edits:
    status = cast("Status", details.status)
    edits = changes(current, *values)
    return detail_changes(edits, current, details.name, details.tags, status)
