"""Lines of styled text: a terminal gets them by Rich, anything else as plain text without it."""

from __future__ import annotations

from connectors_cli.cli.context import is_terminal

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from connectors_cli.cli.context import CommandContext

    Line = tuple[tuple[str, str], ...]
    """Pieces of a line, each with its style."""


def write_lines(lines: Iterable[Line], context: CommandContext, stream: TextIO) -> None:
    """Write lines to a stream; no line is broken."""
    if context.color_choice != "always" and not is_terminal(stream):
        stream.writelines("".join(text for text, _ in line) + "\n" for line in lines)
        return
    from rich.text import Text

    from connectors_cli.cli.render.console import console_for

    console = console_for(context, stream)
    for line in lines:
        console.print(Text.assemble(*line), soft_wrap=True)
