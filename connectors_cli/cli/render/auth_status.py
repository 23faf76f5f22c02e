"""The sign-in status of connectors: a table for people, rows for programs."""

import sys

from rich.table import Table
from rich.text import Text

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.console import console_for
from connectors_cli.services.auth.status import SignInStatus, SignInStatuses
from connectors_cli.system.text import printable, printable_lines


def show_sign_in_statuses(found: SignInStatuses, context: CommandContext) -> int:
    """Show sign-in statuses; return the exit code, which says whether a person is needed."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "state", "method", "account", "ends", "scopes"):
        table.add_column(heading, overflow="fold")
    for item in found.results:
        good = item.exit_code == 0
        table.add_row(
            Text(printable(item.name)),
            Text(item.state, style="green" if good else "red"),
            Text(item.method or ""),
            Text(printable(item.account or "")),
            Text(_end(item)),
            Text(printable(" ".join(item.scopes))),
        )
    console = console_for(context, sys.stdout)
    if found.results:
        console.print(table)
    else:
        context.note("no connectors that sign in")
    for item in found.results:
        text = "; ".join(part for part in (item.message, item.hint) if part)
        if text:
            console.print(
                Text(f"{printable(item.name)}: {printable_lines(text)}", style="dim"),
                soft_wrap=True,
            )
    return found.exit_code


def _end(item: SignInStatus) -> str:
    """Return when the token expires, to the minute, and whether it is refreshed then."""
    if item.expires_at is None:
        return ""
    end = item.expires_at[:16].replace("T", " ") + "Z"
    is_good = item.refreshes_itself and item.state != "rejected"
    return f"{end}, refreshed" if is_good else end
