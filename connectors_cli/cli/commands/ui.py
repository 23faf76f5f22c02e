"""The command `ui`: the full-screen interface."""

import os
import sys
from typing import Annotated

import typer

from connectors_cli.cli.context import CommandContext, context_of, is_terminal
from connectors_cli.cli.field_completion import one_of
from connectors_cli.cli.options import examples
from connectors_cli.errors import UsageError

app = typer.Typer()
TABS = ("catalog", "installed", "activity")


@app.command(
    epilog=examples(
        "connectors ui",
        "connectors ui --tab installed --tenant acme",
    )
)
def ui(
    ctx: typer.Context,
    tab: Annotated[
        str,
        typer.Option(
            "--tab",
            help="The tab to begin with: catalog, installed or activity.",
            autocompletion=one_of(*TABS),
        ),
    ] = "catalog",
) -> int:
    """Browse, install and manage connectors on a full screen."""
    context = context_of(ctx)
    if tab not in TABS:
        raise UsageError(f"unknown tab {tab[:20]!r}", hint=f"one of {', '.join(TABS)}")
    _check_terminal(context)
    context.close_reader()
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]  # they make it write keys to files, or load other code
    from connectors_cli.ui.run import run_interface

    return run_interface(context.settings, tab, context.color_choice)


def _check_terminal(context: CommandContext) -> None:
    """Raise UsageError where no full screen can be shown, or nobody is to be asked."""
    if context.forbids_input:
        why = "nobody is to be asked (--no-input, CONNECTORS_NO_INPUT or CI)"
    elif not context.interactive or not is_terminal(sys.stdout):
        why = "this is no terminal"
    elif context.environ.get("TERM", "") in {"", "dumb"}:
        why = "this terminal cannot show a full screen"
    elif context.asks_for_a_format:
        why = "it has no output format"
    elif not (sys.stderr.encoding or "").lower().replace("-", "").startswith("utf"):
        why = "this terminal is not set to UTF-8"
    else:
        return
    raise UsageError(
        f"the interface cannot be shown: {why}",
        hint="the same from the command line: connectors catalog, list, install, edit, test, log",
    )
