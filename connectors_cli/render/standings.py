"""How connectors stand with the services they sign in to."""

import sys

from rich.table import Table
from rich.text import Text

from connectors_cli.context import Run
from connectors_cli.render.console import clean, console_for
from connectors_cli.render.outcomes import write_outcomes
from connectors_cli.rows import BOOL, JSON, TEXT
from connectors_cli.standing import Standing, Standings

_BRIEF = "name,state,method,account,expires_at,refreshes_itself,message"
_COLUMNS = (
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("state", TEXT),
    ("status", TEXT),
    ("method", TEXT),
    ("scopes", JSON),
    ("account", TEXT),
    ("expires_at", TEXT),
    ("refreshes_itself", BOOL),
    ("message", TEXT),
    ("hint", TEXT),
)


def show_standings(found: Standings, run: Run) -> int:
    """Show how connectors stand; return the exit code that says whether a person is needed."""
    if not write_outcomes(found, run, _COLUMNS, _BRIEF):
        _show_for_people(found, run)
    return found.exit_code


def _show_for_people(found: Standings, run: Run) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "state", "method", "account", "ends", "scopes"):
        table.add_column(heading, overflow="fold")
    for item in found.results:
        good = item.exit_code == 0
        table.add_row(
            Text(clean(item.name)),
            Text(item.state, style="green" if good else "red"),
            Text(item.method or ""),
            Text(clean(item.account or "")),
            Text(_end(item)),
            Text(clean(" ".join(item.scopes))),
        )
    console = console_for(run, sys.stdout)
    if found.results:
        console.print(table)
    else:
        run.note("no connectors that sign in")
    for item in found.results:
        told = "; ".join(text for text in (item.message, item.hint) if text)
        if told:
            console.print(Text(f"{clean(item.name)}: {clean(told)}", style="dim"), soft_wrap=True)


def _end(item: Standing) -> str:
    """Return when a token ends, to the minute, or that it is refreshed then."""
    if item.expires_at is None:
        return ""
    end = item.expires_at[:16].replace("T", " ") + "Z"
    is_good = item.refreshes_itself and item.state != "rejected"
    return f"{end}, refreshed" if is_good else end
