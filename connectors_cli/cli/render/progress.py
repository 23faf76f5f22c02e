"""Progress bars at a terminal; without one Rich is not imported."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors_cli.cli.context import CommandContext, is_terminal

FEWEST = 1000
"""Fewer steps than this end before anyone could read a progress bar."""


@contextmanager
def progress(
    context: CommandContext, title: str, total: int, *, fewest: int = FEWEST
) -> Iterator[Callable[[int], None]]:
    """Yield a function that advances the bar, which is shown only for many steps at a terminal.

    A total of 0 means unknown: the bar then shows only how many are done.
    """
    quiet = context.quiet
    if quiet or not is_terminal(sys.stderr) or 0 < total < fewest:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from connectors_cli.cli.render.console import console_for

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console_for(context, sys.stderr), transient=True) as bar:
        task = bar.add_task(title, total=total or None)
        yield lambda count: bar.advance(task, count)
