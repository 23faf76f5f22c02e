"""The command `log`: the audit log and its verification."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import About, Actor, Since, Until, examples
from connectors_cli.services.output import Document
from connectors_cli.store.read.rows import Rows

app = typer.Typer()


def actions(incomplete: str) -> list[str]:
    """Complete actions and groups of actions."""
    from connectors_cli.audit.roles import Action

    parts = {action.partition(".")[0] for action in Action}
    return sorted(word for word in (*Action, *parts) if word.startswith(incomplete))


@app.command(
    "log",
    epilog=examples(
        "connectors log blog --since 7d",
        "connectors log --verify",
    ),
)
def log(
    ctx: typer.Context,
    name: About = None,
    about: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="NAME",
            help="Only what concerns this connector, by name, earlier name or id.",
            autocompletion=connector_names,
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    actor: Actor = None,
    action: Annotated[
        str | None,
        typer.Option(
            help="Only this action, e.g. connector.reveal, or a group such as key.",
            autocompletion=actions,
        ),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Only this outcome: ok, failed, or an error code such as not_permitted."),
    ] = None,
    last: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Show only the newest N entries.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Verify that no entry was changed, added or removed.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="With --verify: a hash that the log must contain, as backup and key status print.",
        ),
    ] = None,
) -> Rows | Document:
    """Show the audit log, or verify it.

    Oldest entries first. Includes refused attempts; never shows secret values. With --verify the
    exit code is 7 if the log was altered.
    """
    from connectors_cli.cli.handlers import log as handler

    return handler.log(
        context_of(ctx), name, since, until, actor, action, outcome, last, verify, expect, about
    )
