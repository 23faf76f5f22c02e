"""The command `stats`: counts of logged events."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import About, Until, examples
from connectors_cli.store.read.rows import Rows

app = typer.Typer()


def groups(incomplete: str) -> list[str]:
    """Complete the groupings."""
    from connectors_cli.audit.stats import BY

    return [word for word in BY if word.startswith(incomplete)]


@app.command(
    "stats",
    epilog=examples(
        "connectors stats",
        "connectors stats --by day --since 7d",
    ),
)
def stats(
    ctx: typer.Context,
    name: About = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            help="Group by type, connector, tenant, day, actor, for or reason.",
            autocompletion=groups,
        ),
    ] = "type",
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="TIME", help="Only from this time on: 7d ago, or a date (UTC)."
        ),
    ] = "30d",
    until: Until = None,
) -> Rows:
    """Count installs, uses, tests and failures.

    The chart shows how they change over time.
    """
    from connectors_cli.cli.handlers import log

    return log.stats(context_of(ctx), name, by, since, until)
