"""The audit log: `log` and `stats`, with their filters as typed."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors_cli import errors
from connectors_cli.audit import history
from connectors_cli.audit.history import EventFilter
from connectors_cli.audit.roles import Action
from connectors_cli.cli.durations import parse_time
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.rows import TEXT, Rows, columns_for, pick
from connectors_cli.system import clock
from connectors_cli.system.text import composed

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.output import Document
    from connectors_cli.store.read.database import Database


def log(
    context: CommandContext,
    name: str | None,
    since: str | None,
    until: str | None,
    actor: str | None,
    action: str | None,
    outcome: str | None,
    last: int | None,
    verify: bool,
    expect: str | None,
    about: str | None,
) -> Rows | Document:
    """Return the selected events, or the result of verifying the whole log.

    Raises:
        NotFound: a connector that never existed.
        UsageError: an invalid filter, or a filter of a log to verify.
    """
    if name is not None and about is not None:
        raise UsageError("NAME and --for cannot be used together")
    name = about if name is None else name
    if expect is not None and not verify:
        raise UsageError("--expect requires --verify")
    if verify:
        if any((name, since, until, actor, action, outcome)) or last is not None:
            raise UsageError("--verify checks the whole log and accepts no name and no filters")
        return _verified(context, expect)
    output = "table" if context.row_output == "cards" else context.row_output
    columns = columns_for("event", output, context.fields)
    _check_action(action)
    _check_outcome(outcome)
    wanted = _filter(name, since, until)
    wanted.actor, wanted.action, wanted.outcome = actor, action, outcome
    db = context.reader()
    if db is None:
        return context.no_rows("event")
    rows = history.list_events(db, context.settings.tenant, columns, wanted, last)
    _check_known(db, context.settings.tenant, name)
    return rows


def stats(
    context: CommandContext, name: str | None, by: str, since: str, until: str | None
) -> Rows:
    """Return counts of events, grouped by type, tenant, day or actor.

    `by="tenant"` covers every tenant of the current user. Raises UsageError for another grouping,
    NotFound for an unknown tenant or a connector that never existed.
    """
    from connectors_cli.audit import stats as counts

    if by not in counts.BY:
        raise UsageError(
            f"unknown value for --by: {by[:50]!r}", hint=f"one of {', '.join(counts.BY)}"
        )
    wanted, known = _filter(name, since, until), counts.columns(by)
    shown = pick(known, context.fields) if context.fields else known
    places = [known.index(column) for column in shown]
    db = context.reader()
    if db is None:
        context.check_unnamed()
        return Rows("stats", shown, iter(()))
    tenant = context.settings.tenant
    check_tenant_exists(db, tenant)
    _check_known(db, tenant, name)
    rows = counts.grouped_counts(db, _tenants(db, tenant, by), by, wanted)
    return Rows("stats", shown, (tuple(row[n] for n in places) for row in rows))


def _verified(context: CommandContext, expect: str | None) -> Document:
    from connectors_cli.services import log as audit_log
    from connectors_cli.services.output import Document

    db = context.reader()
    if db is None:
        context.check_unnamed()
        raise NotFound(
            "no store exists yet, so there is no log", hint="create one: connectors init"
        )
    found = audit_log.verify(db, context.settings, expect=expect)
    notes = (f"hint: {found.hint}",) if found.hint else ()
    return Document("log", found.as_object(), notes=notes, exit_code=found.exit_code)


def _check_known(db: Database, tenant: str, name: str | None) -> None:
    """Raise NotFound for a name that neither a connector nor an event has."""
    if name is not None and not history.has_events_of(db, tenant, composed(name)):
        from connectors_cli.store.read import connectors

        connectors.show_connector(db, tenant, name)  # raises NotFound


def _tenants(db: Database, tenant: str, by: str) -> list[str]:
    if by != "tenant":
        return [tenant]
    from connectors_cli.store.read import tenants

    listed = tenants.list_tenants(db, tenant, (("name", TEXT),))
    return [name for (name,) in listed.rows]


def _filter(name: str | None, since: str | None, until: str | None) -> EventFilter:
    """Return a filter with its times in UTC; raises UsageError for an invalid one."""
    now = datetime.now(UTC)
    times = [
        None if given is None else clock.as_text(parse_time(given, option, now))
        for given, option in ((since, "--since"), (until, "--until"))
    ]
    return EventFilter(name=name and composed(name), since=times[0], until=times[1])


def _check_action(action: str | None) -> None:
    if action is None or action in set(Action):
        return
    parts = sorted({known.partition(".")[0] for known in Action})
    if action not in parts:
        raise UsageError(
            f"unknown action {action[:50]!r}",
            hint=f"one of {', '.join(Action)}; or a group of them: {', '.join(parts)}",
        )


def _check_outcome(outcome: str | None) -> None:
    known = {"ok", "failed"} | {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.ConnectorsError)
    }
    if outcome is not None and outcome not in known:
        raise UsageError(
            f"unknown outcome {outcome[:50]!r}", hint=f"one of {', '.join(sorted(known))}"
        )
