"""Changes to a connector from the values of a line, an editor or the form: `edit`."""

from __future__ import annotations

from connectors_cli.cli import confirm
from connectors_cli.cli.flags import at_most_one, require_flag, test_options
from connectors_cli.cli.values import edit as values
from connectors_cli.cli.values.options import value_options, with_answers
from connectors_cli.services import connectors
from connectors_cli.services.connectors import Edits
from connectors_cli.system.record import replace

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.output import Document
    from connectors_cli.services.results import Change


def edit(
    context: CommandContext,
    name: str,
    sets: list[str] | None,
    set_json: list[str] | None,
    secrets: list[str] | None,
    from_file: str | None,
    from_env: str | None,
    answers: str | None,
    keep_newline: bool,
    allow_commands: bool,
    unset: list[str] | None,
    rename: str | None,
    tag: list[str] | None,
    untag: list[str] | None,
    activate: bool,
    deactivate: bool,
    editor: bool,
    questions: bool,
    if_version: int | None,
    diff: bool,
    test: bool,
    timeout: str | None,
    ca_file: str | None,
    allow_http: bool,
    accept_new_host_key: bool,
    dry_run: bool,
) -> Change | Document:
    """Change a connector, and with `test` test it.

    Raises:
        UsageError: options that cannot be used together.
        InputNeeded: nothing to change is given and there is no terminal.
        NotFound, InvalidInput, Conflict: the change cannot be made.
    """
    at_most_one(activate=activate, deactivate=deactivate)
    require_flag("--test", test, timeout=timeout, ca_file=ca_file, allow_http=allow_http)
    require_flag("--test", test, accept_new_host_key=accept_new_host_key)
    tests = test_options(test, timeout, ca_file, allow_http, new_host_key=accept_new_host_key)
    context.check_change()
    options = value_options(sets, set_json, secrets, from_file, from_env, keep_newline)
    options = replace(options, allow_commands=allow_commands, dry_run=dry_run)
    options = with_answers(options, answers)
    edits = Edits(
        unset=tuple(unset or ()),
        rename=rename,
        tag=tuple(tag or ()),
        untag=tuple(untag or ()),
        status="active" if activate else "inactive" if deactivate else None,
        if_version=if_version,
    )
    ws = context.existing_workspace()
    if questions:
        return values.questions(context, ws, name, options, edits.unset)

    def save(edits: Edits) -> Change:
        ws.forget_key_failures()

        def change(to_new_host: bool) -> Change:
            wanted = replace(edits, mixed=context.yes, to_new_host=to_new_host)
            return connectors.update_connector(ws, name, wanted, commit=not dry_run)

        return confirm.confirm_new_host(context, change)

    if edits == Edits() and not options.any and not editor:
        done, notes = values.asked_change(context, ws, name, save), tuple[str, ...]()
    else:
        edits, notes = values.wanted_edits(context, ws, name, edits, options, editor=editor)
        done = save(edits)
    changed = replace(done, notes=(*done.notes, *notes), show_fields=diff or dry_run)
    if tests is not None:
        from connectors_cli.cli import checks  # slow to import

        return checks.test_change(context, changed, tests)
    return changed
