"""Help as Typer and Rich render it for 80 columns, ready-made: programs and pagers read it."""

from __future__ import annotations

import os
import sys

from connectors_cli import __version__
from connectors_cli.system import streams

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "help")
COLUMNS = 80
_OTHERWISE = (
    *("COLUMNS", "TERMINAL_WIDTH", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE"),
    *("JUPYTER_COLUMNS", "DATABRICKS_RUNTIME_VERSION", "TYPER_USE_RICH", "UNICODE_VERSION"),
    *("TYPER_RICH_MARKUP_MODE", "_CONNECTORS_COMPLETE"),
)
"""The variables by which Typer and Rich show help in another way."""


def show(line: list[str]) -> int | None:
    """Print the version, or the help that a line asks for; return the exit code.

    None leaves the line to Typer: another line, and help for a terminal or of another width.
    """
    if line == ["--version"]:
        text: str | None = f"connectors {__version__}\n"
    elif _is_rendered_alike():
        text = _help_of(line[:-1])
    else:
        text = None
    if text is None or sys.stdout is None:
        return None
    streams.prepare()
    try:
        sys.stdout.write(text if line else text.removesuffix("\n"))
        streams.flush()
    except OSError as error:
        from connectors_cli.cli import boundary
        from connectors_cli.cli.context import CommandContext

        return boundary.fail(error, CommandContext())
    return 0 if line else 2  # nothing to do: the usage is wrong


def _help_of(words: list[str]) -> str | None:
    if not all(word.isalpha() for word in words):
        return None
    path = os.path.join(FOLDER, "-".join(("connectors", *words)) + ".txt")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:  # not a command
        return None


def _is_rendered_alike() -> bool:
    """Return whether Rich would render for 80 columns, in UTF-8 and without colors."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    if sys.stdout is None or sys.stdout.isatty() or not encoding.startswith("utf"):
        return False
    return os.environ.keys().isdisjoint(_OTHERWISE) and _width() == COLUMNS


def _width() -> int:
    """Return the width that Rich uses in a pipe: that of the first terminal, else 80."""
    for descriptor in range(3):
        try:
            return os.get_terminal_size(descriptor).columns or COLUMNS
        except (OSError, ValueError):
            continue
    return COLUMNS
