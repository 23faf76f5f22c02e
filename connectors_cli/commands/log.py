"""`connectors log`: what happened, who did it, and whether the log is whole."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import About, Actor, Since, Until
from connectors_cli.context import run_of
from connectors_cli.results import Document
from connectors_cli.rows import Rows

app = typer.Typer()


def actions(incomplete: str) -> list[str]:
    """Complete what can be done, and the first part of several."""
    from connectors_cli.access import Action

    parts = {action.partition(".")[0] for action in Action}
    return sorted(word for word in (*Action, *parts) if word.startswith(incomplete))


@app.command("log")
def log(
    ctx: typer.Context,
    name: About = None,
    since: Since = None,
    until: Until = None,
    actor: Actor = None,
    action: Annotated[
        str | None,
        typer.Option(
            help="Only what was done: connector.reveal, or all of key.", autocompletion=actions
        ),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="ok, failed, or an error's code such as not_permitted.")
    ] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many, the newest.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that no entry was changed, added or removed.")
    ] = False,
) -> Rows | Document:
    """Show what happened, the newest last: who did what to whom; refusals too, and no values.

    With --verify the exit code is 7 unless the whole log is as it was written.
    """
    from connectors_cli import auditing

    run = run_of(ctx)
    choice = auditing.Choice(name, since, until, actor, action, outcome)
    return auditing.verified(run, choice, last) if verify else auditing.events(run, choice, last)
