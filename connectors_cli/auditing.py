"""The log as commands ask for it: moments and filters as people write them, and what is shown."""

from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime

from connectors_cli import errors, history, reader, roster, tallies
from connectors_cli.access import Action
from connectors_cli.context import Run
from connectors_cli.database import Database
from connectors_cli.durations import moment
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.history import Wanted
from connectors_cli.membership import check_tenant_exists
from connectors_cli.results import Document
from connectors_cli.rows import TEXT, Column, Rows, columns_for, pick


@dataclass(frozen=True, slots=True)
class Choice:
    """Filters as they were given."""

    name: str | None = None
    since: str | None = None
    until: str | None = None
    actor: str | None = None
    action: str | None = None
    outcome: str | None = None


def events(run: Run, choice: Choice, last: int | None) -> Rows:
    """Return the events that were chosen; NotFound for a name that nothing is known of."""
    columns, found = _columns(run, "event"), wanted(choice)
    db = run.reader()
    if db is None:
        return run.nothing("event")
    rows = history.list_events(db, run.settings.tenant, columns, found, last)
    _check_known(db, run.settings.tenant, choice.name)
    return rows


def sums(run: Run, choice: Choice, by: str) -> Rows:
    """Return how often things happened; by tenant, in every tenant that the actor is a member of.

    Raises UsageError for what cannot be summed by, NotFound for the tenant, and for a name that
    nothing is known of.
    """
    if by not in tallies.BY:
        raise UsageError(f"no --by {by[:50]!r}", hint=f"one of {', '.join(tallies.BY)}")
    found, known = wanted(choice), tallies.columns(by)
    shown = pick(known, run.fields) if run.fields else known
    places = [known.index(column) for column in shown]
    db = run.reader()
    if db is None:
        return Rows("stats", shown, iter(()))
    check_tenant_exists(db, run.settings.tenant)
    _check_known(db, run.settings.tenant, choice.name)
    rows = tallies.tally(db, _tenants(db, run.settings.tenant, by), by, found)
    return Rows("stats", shown, (tuple(row[n] for n in places) for row in rows))


def _check_known(db: Database, tenant: str, name: str | None) -> None:
    """Raise NotFound for a name that no connector has and no event tells of."""
    if name is not None and not history.tells_of(db, tenant, name):
        reader.show_connector(db, tenant, name)  # which says that it is not


def _tenants(db: Database, tenant: str, by: str) -> list[str]:
    if by != "tenant":
        return [tenant]
    listed = roster.list_tenants(db, tenant, (("name", TEXT),))
    return [name for (name,) in listed.rows]


def verified(run: Run, choice: Choice, last: int | None) -> Document:
    """Return what verifying the whole log found; UsageError for a part of it."""
    if any(astuple(choice)) or last is not None:
        raise UsageError("--verify checks the whole log: give it no name and no filters")
    from connectors_cli.services import events as service

    db = run.reader()
    if db is None:
        raise NotFound("there is no store yet, and so no log", hint="`connectors init` makes one")
    found = service.verify(db, run.settings)
    notes = (f"hint: {found.hint}",) if found.hint else ()
    return Document("log", found.as_object(), notes=notes, exit_code=found.exit_code)


def wanted(choice: Choice) -> Wanted:
    """Return filters with their moments in UTC; UsageError for one that makes no sense."""
    now = datetime.now(UTC)
    _check_action(choice.action)
    _check_outcome(choice.outcome)
    given = asdict(choice)
    for name in ("since", "until"):
        if given[name] is not None:
            found = moment(given[name], f"--{name}", now)
            given[name] = f"{found.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    return Wanted(**given)


def _check_action(action: str | None) -> None:
    if action is None or action in set(Action):
        return
    parts = sorted({known.partition(".")[0] for known in Action})
    if action not in parts:
        raise UsageError(
            f"no action {action[:50]!r}",
            hint=f"one of {', '.join(Action)}; or the first part of several: {', '.join(parts)}",
        )


def _check_outcome(outcome: str | None) -> None:
    known = {"ok", "failed"} | {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.ConnectorsError)
    }
    if outcome is not None and outcome not in known:
        raise UsageError(f"no outcome {outcome[:50]!r}", hint=f"one of {', '.join(sorted(known))}")


def _columns(run: Run, kind: str) -> tuple[Column, ...]:
    """Return the columns to show: a table where people read."""
    output = "table" if run.row_output == "cards" else run.row_output
    return columns_for(kind, output, run.fields)
