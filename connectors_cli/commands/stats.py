"""`connectors stats`: how often things happened."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import About, Until
from connectors_cli.context import run_of
from connectors_cli.rows import Rows

app = typer.Typer()


def groups(incomplete: str) -> list[str]:
    """Complete what can be summed by."""
    from connectors_cli.tallies import BY

    return [word for word in BY if word.startswith(incomplete)]


@app.command("stats")
def stats(
    ctx: typer.Context,
    name: About = None,
    by: Annotated[
        str,
        typer.Option("--by", help="type, tenant, day or actor.", autocompletion=groups),
    ] = "type",
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Not before: 7d ago, or a date.")
    ] = "30d",
    until: Until = None,
) -> Rows:
    """Sum up installs, uses of credentials, tests and failures, with their course over time."""
    from connectors_cli import auditing

    return auditing.sums(run_of(ctx), auditing.Choice(name, since, until), by)
