"""Tests of connections as commands run them: progress, and one round after another."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from connectors_cli import filters, reader
from connectors_cli.context import Run
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.render import progress
from connectors_cli.results import Change
from connectors_cli.rows import TEXT, Column, Rows
from connectors_cli.services import checks
from connectors_cli.services.checks import Options
from connectors_cli.subjects import Choice
from connectors_cli.verdicts import Check, Checks, Watched

Filters = dict[str, str | None]
FEWEST = 2
"""How many tests are worth a progress bar."""


def choice(
    names: list[str] | None, *, everything: bool, tag: str | None, type_key: str | None
) -> Choice:
    """Return which connectors are meant; UsageError when none or two ways to say it are given."""
    by_filter = everything or tag is not None or type_key is not None
    if by_filter == bool(names):
        raise UsageError("name connectors, or choose them with --all, --tag or --type")
    return Choice(tuple(names or ()), tag, type_key)


def check(run: Run, chosen: Choice, options: Options) -> Checks:
    """Test connections with a bar on a terminal; `-o junit` is known here alone."""
    junit = run.options.get("output") == "junit" and not run.options.get("json")
    if junit:
        run.options["output"] = None
    db = run.existing_reader()
    chosen = replace(chosen, type=filters.resolved(db, {"type": chosen.type})["type"])
    run.close_reader()
    with _ticking(run) as tick:
        found = checks.check_connectors(run.settings, chosen, options, tick)
    return replace(found, form="junit" if junit else None)


def watch(run: Run, chosen: Choice, options: Options, seconds: float) -> Watched:
    """Test again and again, until somebody stops it."""

    def rounds() -> Iterator[Checks]:
        while True:
            yield check(run, chosen, options)
            time.sleep(seconds)

    return Watched(rounds())


def tested(run: Run, change: Change, options: Options) -> Change:
    """Return a change with what a test of its connector found."""
    if change.dry_run or change.connector is None:
        return change
    chosen = Choice((change.connector["id"],))
    found = check(run, chosen, options).results[0]
    connector = {**change.connector, "status": found.status}
    return replace(change, connector=connector, check=found)


def working_targets(
    run: Run, columns: tuple[Column, ...], wanted: Filters, require: int, options: Options
) -> Rows:
    """Test targets and return those that work; the others are told, each with what mends it.

    One that cannot be tested counts as working. Raises NotFound for fewer than are required.
    """
    if run.reader() is None:
        found: tuple[Check, ...] = ()
    else:
        chosen = Choice((), wanted["tag"], wanted["type"], True, wanted["capability"])
        found = check(run, chosen, options).results
    good = {item.name for item in found if item.exit_code == 0}
    for item in found:
        if item.exit_code:
            hint = f"; {item.hint}" if item.hint else ""
            run.note(f"{item.name}: {item.state}: {item.message}{hint}")
    if len(good) < require:
        raise NotFound(
            f"{len(good)} publish targets work, and {require} are required",
            hint="see `connectors test --all`",
        )
    db = run.reader()
    if db is None:
        return run.nothing("connector")
    named = (("name", TEXT), *columns)
    rows = reader.get_publish_targets(db, run.settings.tenant, named, **wanted)
    kind = "working" if found else rows.kind
    return Rows(kind, columns, (row[1:] for row in rows.rows if row[0] in good))


@contextmanager
def _ticking(run: Run) -> Iterator[Callable[[int, int], Any]]:
    """Yield what moves a bar on; it is drawn at the first call, when the total is known."""
    with ExitStack() as stack:
        moved: list[Any] = [None, 0]

        def tick(done: int, total: int) -> None:
            if moved[0] is None:
                moved[0] = stack.enter_context(progress(run, "testing", total, fewest=FEWEST))
            moved[0](done - moved[1])
            moved[1] = done

        yield tick
