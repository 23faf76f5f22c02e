"""A new connector from the values of a line, or from the form: `install`."""

from __future__ import annotations

from connectors_cli.catalog.sign_in import needs_sign_in
from connectors_cli.cli import confirm
from connectors_cli.cli.durations import parse_duration
from connectors_cli.cli.flags import at_most_one, require_flag, test_options
from connectors_cli.cli.values import install as values
from connectors_cli.cli.values.options import value_options, with_answers
from connectors_cli.errors import UsageError
from connectors_cli.services import connectors
from connectors_cli.store.read.types import entry_with_key
from connectors_cli.system.record import replace

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.connectors import Wanted
    from connectors_cli.services.output import Document
    from connectors_cli.services.results import Change


def install(
    context: CommandContext,
    type_key: str | None,
    name: str | None,
    sets: list[str] | None,
    set_json: list[str] | None,
    secrets: list[str] | None,
    from_file: str | None,
    from_env: str | None,
    answers: str | None,
    keep_newline: bool,
    allow_commands: bool,
    tag: list[str] | None,
    activate: bool,
    upsert: bool,
    if_not_exists: bool,
    questions: bool,
    preset: str | None,
    copy_from: str | None,
    auth: str | None,
    test: bool,
    timeout: str | None,
    ca_file: str | None,
    allow_http: bool,
    accept_new_host_key: bool,
    dry_run: bool,
) -> Change | Document:
    """Install a connector, and with `auth` or `test` sign it in and test it.

    Raises:
        UsageError: options that cannot be used together.
        InputNeeded: a value is missing and there is no terminal.
        InvalidInput, Conflict: the values, or the name, cannot be installed.
    """
    at_most_one(upsert=upsert, if_not_exists=if_not_exists)
    signs_in = auth not in {None, "none"}
    require_flag("--test", test, accept_new_host_key=accept_new_host_key)
    require_flag("--test or --auth", test or signs_in, timeout=timeout)
    patience = parse_duration(timeout, "--timeout") if timeout and signs_in else None
    tests = test_options(
        test, timeout if test else None, ca_file, allow_http, new_host_key=accept_new_host_key
    )
    options = value_options(sets, set_json, secrets, from_file, from_env, keep_newline)
    options = replace(options, preset=preset, allow_commands=allow_commands, dry_run=dry_run)
    options = with_answers(options, answers)
    if questions:
        return values.questions(context, type_key, options)
    context.check_change()
    existing: connectors.OnExisting = "update" if upsert else "keep" if if_not_exists else "fail"

    def save(wanted: connectors.Wanted) -> Change:
        ws = context.workspace()
        ws.forget_key_failures()

        def install_at(to_new_host: bool) -> Change:
            agreed = replace(wanted, to_new_host=to_new_host)
            return connectors.install_connector(
                ws, agreed, on_existing=existing, commit=not dry_run
            )

        return confirm.confirm_new_host(context, install_at)

    if copy_from is None:
        details = values.DetailOptions(
            name,
            tuple(tag or ()),
            activate,
            may_exist=existing != "fail",
            keeps=existing == "keep",
        )
        done = values.install_from_options(context, type_key, details, options, auth, save)
    else:
        alone = type_key is None and preset is None and not options.any
        wanted, notes = _copied(context, copy_from, name, alone=alone, dry_run=dry_run)
        status = "active" if activate else wanted.status
        done = save(replace(wanted, tags=(*wanted.tags, *(tag or ())), status=status))
        done = replace(done, notes=(*done.notes, *notes))
    changed = replace(done, show_fields=dry_run or upsert)
    changed = _signed_in(context, changed, auth, patience, ca_file, allow_http)
    if copy_from is None and not options.any:  # a form asked for the values
        changed = values.offer_activation(context, changed, auth)
    if tests is not None:
        from connectors_cli.cli import checks  # slow to import

        return checks.test_change(context, changed, tests)
    return values.with_next_step(context, changed)


def _signed_in(
    context: CommandContext,
    done: Change,
    method: str | None,
    seconds: float | None,
    ca_file: str | None,
    allow_http: bool,
) -> Change:
    """Sign a new connector in, by a method or, on a terminal, the best one, if it needs that."""
    if method is None and not _lacks_sign_in(context, done):
        return done
    from connectors_cli.cli import sign_in
    from connectors_cli.oauth.contract import Options

    options = Options(method, timeout=seconds, ca_file=ca_file, allow_http=allow_http)
    return sign_in.after_install(context, done, options)


def _lacks_sign_in(context: CommandContext, done: Change) -> bool:
    shown = done.connector
    if shown is None or done.dry_run or shown["auth_fields"] is None:
        return False
    entry = entry_with_key(context.reader(), context.settings.tenant, shown["catalog_key"])
    return needs_sign_in(entry, shown["auth_fields"])


def _copied(
    context: CommandContext, source: str, name: str | None, *, alone: bool, dry_run: bool
) -> tuple[Wanted, tuple[str, ...]]:
    """Return a copy of another tenant's connector; raises UsageError if values are given too."""
    from connectors_cli.services import copy

    if not alone:
        raise UsageError("--from copies a whole connector: it accepts no type and no values")
    origin = copy.origin_of(source)
    db = context.existing_reader()
    return copy.wanted_copy(db, context.settings, origin, name, commit=not dry_run)
