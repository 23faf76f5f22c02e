"""Connection tests as commands run them: with a progress bar, once or repeatedly."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.progress import progress
from connectors_cli.errors import NotFound, Problem, Unreachable, UsageError
from connectors_cli.services.checks import run as checks_run
from connectors_cli.services.checks.results import Checks
from connectors_cli.services.checks.run import Options
from connectors_cli.services.checks.select import Choice
from connectors_cli.services.host_key import host_key_question, pin_host_key
from connectors_cli.services.output import Watched
from connectors_cli.services.results import Change, Check
from connectors_cli.store.read import connectors, filters
from connectors_cli.store.read.rows import TEXT, Column, Rows
from connectors_cli.system.record import replace

Filters = dict[str, Any]
FEWEST = 2
"""The least number of tests that gets a progress bar."""


def choice(
    names: list[str] | None, *, everything: bool, tag: str | None, type_key: str | None
) -> Choice:
    """Return the chosen connectors; raises UsageError unless they are named or filtered."""
    by_filter = everything or tag is not None or type_key is not None
    if by_filter == bool(names):
        raise UsageError("name connectors, or select them with --all, --tag or --type")
    return Choice(tuple(names or ()), tag, type_key)


def check(context: CommandContext, chosen: Choice, options: Options) -> Checks:
    """Test connections with a progress bar; `-o junit` asks for a JUnit report."""
    junit = context.asks_for("junit")
    db = context.existing_reader()
    wanted = filters.resolved(db, context.settings.tenant, {"type": chosen.type})
    chosen = replace(chosen, type=wanted["type"])
    context.close_reader()
    with _progress_bar(context) as tick:
        found = checks_run.check_connectors(context.settings, chosen, options, tick)
    pinned = tuple(item.name for item in found.results if _pin_host_key(context, item, options))
    if pinned:
        again = checks_run.check_connectors(context.settings, Choice(pinned), options)
        tested = {item.name: item for item in again.results}
        found = replace(found, results=tuple(tested.get(r.name, r) for r in found.results))
    return replace(found, form="junit" if junit else None)


def _pin_host_key(context: CommandContext, item: Check, options: Options) -> bool:
    """Save the key of a host that is not known yet, if `options` or the person accept it."""
    if item.host_key is None:
        return False
    if not options.accept_new_host_key:
        if not context.interactive or context.yes:
            return False
        from connectors_cli.cli.prompts import ask

        if not ask.confirm(host_key_question(item), default=False, color=context.color):
            return False
    pin_host_key(context.existing_workspace(), item)
    return True


def watch(context: CommandContext, chosen: Choice, options: Options, seconds: float) -> Watched:
    """Return rounds of tests, `seconds` apart, without end."""

    def rounds() -> Iterator[Checks]:
        while True:
            yield check(context, chosen, options)
            time.sleep(seconds)

    return Watched(rounds())


def test_change(context: CommandContext, change: Change, options: Options) -> Change:
    """Return a change with the result of testing its connector."""
    if change.dry_run or change.connector is None:
        return change
    chosen = Choice((change.connector["id"],))
    found = check(context, chosen, options).results[0]
    connector = {**change.connector, "status": found.status}
    return replace(change, connector=connector, check=found)


def working_targets(
    context: CommandContext,
    wanted: Filters,
    shape: tuple[tuple[Column, ...], str | None, int | None],
    require: int,
    options: Options,
) -> Rows:
    """Test publish targets and return those that work; the others are noted with a remedy.

    `shape` is the columns, the field to sort by, and how many rows there may be. A target that
    cannot be tested counts as working. Raises NotFound if too few work.
    """
    columns, sort_by, limit = shape
    if context.reader() is None:
        found: tuple[Check, ...] = ()
    else:
        filters = (wanted["tag"], wanted["type"], True, wanted["capability"], wanted["search"])
        found = check(context, Choice((), *filters), options).results
    good = {item.name for item in found if item.exit_code == 0}
    for item in found:
        if item.exit_code:
            hint = f"; {item.hint}" if item.hint else ""
            context.note(f"{item.name}: {item.state}: {item.message}{hint}")
    if len(good) < require:
        failed = [item.exit_code for item in found if item.exit_code]
        is_temporary = bool(failed) and set(failed) == {Unreachable.exit_code}
        raise (Unreachable if is_temporary else NotFound)(
            f"{len(good)} publish targets work, {require} required",
            hint="see `connectors test --all`",
            details=[
                Problem((item.name,), item.state, item.message) for item in found if item.exit_code
            ],
        )
    db = context.reader()
    if db is None:
        return context.no_rows("connector")
    named = (("name", TEXT), *columns)
    tenant = context.settings.tenant
    rows = connectors.get_publish_targets(db, tenant, named, sort_by=sort_by, **wanted)
    kind = "working" if found else rows.kind
    working = (row[1:] for row in rows.rows if row[0] in good)
    return Rows(kind, columns, islice(working, limit))


@contextmanager
def _progress_bar(context: CommandContext) -> Iterator[Callable[[int, int], Any]]:
    """Yield a function that advances the bar, which is drawn once the total is known."""
    with ExitStack() as stack:
        moved: list[Any] = [None, 0]

        def tick(done: int, total: int) -> None:
            if moved[0] is None:
                moved[0] = stack.enter_context(progress(context, "testing", total, fewest=FEWEST))
            moved[0](done - moved[1])
            moved[1] = done

        yield tick
