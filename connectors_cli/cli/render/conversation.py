"""Lines of a conversation with another program."""

import sys

from connectors_cli.cli.context import CommandContext
from connectors_cli.services.results import Lines


def show_lines(conversation: Lines, _: CommandContext) -> int:
    """Write each line when it is made; return the exit code."""
    for line in conversation.lines:
        sys.stdout.write(line)
        sys.stdout.flush()
    return 0
