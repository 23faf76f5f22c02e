"""Connectors' values for programs: `get`, `env`, `run` and `inject`."""

from __future__ import annotations

import os
import sys

from connectors_cli.cli.context import is_terminal
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Chunks, Document, Text

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.use import Prepared

MASKS = ("auto", "always", "never")


def get(context: CommandContext, name: str, field: str, reveal: bool) -> Text | Document:
    """Return one value of a connector; a credential only with `reveal`, which is recorded."""
    db = context.reader()
    if db is None:
        from connectors_cli.store.read.connectors import no_connector

        context.check_unnamed()
        raise no_connector(name)
    from connectors_cli.services.reveal import get_value

    text = get_value(db, context.settings, name, field, reveal=reveal)
    if context.given_output == "json":
        return Document(name, {"name": name, "field": field, "value": text})
    return Text(text)


def env(
    context: CommandContext,
    names: list[str],
    form: str,
    prefix: str | None,
    only: list[str] | None,
    tool: str | None,
) -> Text:
    """Return connectors' values as environment variables in one of the formats."""
    from connectors_cli.cli.env_formats import FORMATS, write_variables
    from connectors_cli.services import use

    if context.given_output == "json":
        form = "json"
    if form not in FORMATS:
        raise UsageError(f"unknown format {form[:20]!r}", hint=f"one of {', '.join(FORMATS)}")
    if is_terminal(sys.stdout) and not context.yes:
        raise UsageError(
            "this would show credentials on the terminal",
            hint='use a pipe, as in eval "$(connectors env NAME)", or add --yes',
        )
    chosen = use.Choice(names, prefix, only, purpose="env", tool=tool)
    made = use.prepare(context.existing_reader(), context.settings, chosen)
    _show_notes(context, made)
    text = write_variables(made.values, form)
    if form == "github":
        from connectors_cli.cli import runner_masks

        runner_masks.add(made.secrets)
    return Text(text)


def run(
    context: CommandContext,
    names: str,
    command: list[str],
    prefix: str | None,
    only: list[str] | None,
    files: list[str] | None,
    clean_env: bool,
    mask: str,
    tool: str | None,
) -> int:
    """Run a program with connectors' values in its environment; return its exit code.

    The values of the fields in `files` are in temporary files, whose paths the variables hold.
    """
    from connectors_cli.cli import runner_masks
    from connectors_cli.services import use
    from connectors_cli.system import child

    if mask not in MASKS:
        raise UsageError(
            f"unknown value for --mask: {mask[:20]!r}", hint=f"one of {', '.join(MASKS)}"
        )
    child.check(command[0], context.environ)
    purpose = use.purpose("run", command)
    chosen = use.Choice(names.split(","), prefix, only, files, purpose=purpose, tool=tool)
    made = use.prepare(context.existing_reader(), context.settings, chosen)
    _show_notes(context, made)
    environ = child.child_environment(context.environ, made.values, clean=clean_env)
    if mask != "never" and runner_masks.is_job(context.environ):
        runner_masks.add(made.secrets)
    piped = not (is_terminal(sys.stdout) and is_terminal(sys.stderr))
    masked = mask == "always" or (mask == "auto" and piped)
    secrets = made.secrets if masked else ()
    if made.files:
        from connectors_cli.system.secret_files import secret_files

        with secret_files(made.files, context.environ) as paths:
            return child.run(command, {**environ, **paths}, secrets, masked)
    if not masked and os.name == "posix":
        child.replace(command, environ)
    return child.run(command, environ, secrets, masked)


def _show_notes(context: CommandContext, made: Prepared) -> None:
    for note in made.notes:
        context.note(note)


def inject(
    context: CommandContext, template: str, to: str | None, force: bool
) -> Chunks | Document:
    """Fill a template with connectors' values; into a file, or on standard output."""
    from connectors_cli.documents.read import read_text
    from connectors_cli.services.template import fill
    from connectors_cli.system import private_file

    to = private_file.output_path(to)
    if to is None and is_terminal(sys.stdout) and not context.yes:
        raise UsageError(
            "this would show credentials on the terminal",
            hint="name a file with -o FILE, use a pipe, or add --yes",
        )
    if to is not None and not force:
        private_file.check_new(to, forcible=True)
    filled = fill(context.existing_reader(), context.settings, read_text(template))
    if to is None:
        return Chunks(iter((filled.text,)))
    private_file.write(to, [filled.text], replace=force)
    context.mark_changed()
    return Document(
        f"{to} written", {"to": to, "connectors": list(filled.names), "values": filled.count}
    )
