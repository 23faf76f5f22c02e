"""Writes `cli/help/*.txt`: the help of each command as Typer renders it for a pipe."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

from typer.main import get_command

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "connectors_cli" / "cli" / "help"


def help_texts() -> dict[str, str]:
    """Return the help of every command by the name of its file."""
    from connectors_cli.cli import app, help_texts

    root = get_command(app.app)
    columns = {"COLUMNS": str(help_texts.COLUMNS)}
    found = {}
    for words in _commands(root):
        with mock.patch.dict(os.environ, columns), redirect_stdout(io.StringIO()) as output:
            app.run([*words, "--help"])
        found["-".join(("connectors", *words)) + ".txt"] = output.getvalue()
    return found


def _commands(group, words=()) -> Iterator[tuple[str, ...]]:
    yield words
    context = group.context_class(group, info_name="connectors")
    for name in group.list_commands(context) if hasattr(group, "list_commands") else ():
        yield from _commands(group.get_command(context, name), (*words, name))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    texts = help_texts()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
