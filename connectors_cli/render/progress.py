"""A progress bar on a terminal's standard error; none in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors_cli.context import Run, is_terminal
from connectors_cli.render.console import console_for

FEWEST = 1000
"""What is done sooner than a bar is read needs none."""


@contextmanager
def progress(
    run: Run, title: str, total: int, *, fewest: int = FEWEST
) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves the bar on; without a terminal, or for little, it does nothing.

    An unknown total is 0: then how many are done is shown.
    """
    quiet = bool(run.options.get("quiet"))
    if quiet or not is_terminal(sys.stderr) or 0 < total < fewest:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console_for(run, sys.stderr), transient=True) as bar:
        task = bar.add_task(title, total=total or None)
        yield lambda count: bar.advance(task, count)
