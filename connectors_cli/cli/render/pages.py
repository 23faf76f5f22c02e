"""One connector, or one service, as a page for people; `-o table` shows every field instead."""

import sys
from typing import Any

from rich.text import Text

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.console import TONE_STYLES, console_for, print_pairs
from connectors_cli.services.output import ServicePage
from connectors_cli.services.pages import PageContent, connector_page, service_page
from connectors_cli.system.text import printable, printable_lines


def show_connector(row: dict[str, Any], context: CommandContext) -> None:
    """Print the page of a connector."""
    _show(connector_page(row), context)


def show_service(page: ServicePage, context: CommandContext) -> int:
    """Print the page of a service; return the exit code."""
    _show(service_page(page.values), context)
    return page.exit_code


def _show(page: PageContent, context: CommandContext) -> None:
    console = console_for(context, sys.stdout)
    icon = "" if console.options.ascii_only else f"{page.glyph} "
    words: list[str | tuple[str, str]] = [
        (f"{icon}{printable(page.heading)}", "bold"),
        "  ",
        (printable(page.kind), "cyan"),
    ]
    if page.state.text:
        words += ["  ", (str(page.state.text), TONE_STYLES[page.state.tone])]
    console.print(Text.assemble(*words), soft_wrap=True)
    for text, tone in page.texts:
        console.print(Text(printable_lines(str(text)), style=TONE_STYLES[tone]))
    for section in page.sections:
        console.print()
        if section.title:
            console.print(Text(section.title, style="bold"))
        print_pairs(console, section.pairs, "  " if section.title else "")
    if page.after:
        console.print(Text(f"\n{printable_lines(page.after)}"))
