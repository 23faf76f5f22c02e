"""`export` on the command line: which connectors, in which format, with which secrets."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.cli import confirm
from connectors_cli.cli import passphrase as cli_passphrase
from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.cli.render.progress import progress
from connectors_cli.documents import write
from connectors_cli.errors import UsageError
from connectors_cli.services import export as services_export
from connectors_cli.services.output import Chunks, Document
from connectors_cli.system import private_file
from connectors_cli.system.record import Record, replace
from connectors_cli.vault.passphrase import new_passphrase_cipher

Item = dict[str, Any]


class ExportOptions(Record):
    """The options of `export`."""

    names: tuple[str, ...] = ()
    secrets: str = "omit"
    to: str | None = None
    form: str | None = None
    passphrase: str | None = None
    force: bool = False


def export_to(context: CommandContext, options: ExportOptions) -> Chunks | Document:
    """Export connectors to a file, or stream them to standard output."""
    form = _format(context, options)
    options = replace(options, to=private_file.output_path(options.to))
    if options.to is not None:
        private_file.check_name(options.to)
        if not options.force:
            private_file.check_new(options.to, forcible=True)
    db = context.existing_reader()
    if options.secrets == "plain":
        _check_plain(context, options)
    cipher = None
    if options.secrets == "sealed":
        actor = log.find_actor(context.settings, db.principal)
        gate.allow(context.settings, actor, Action.CONNECTOR_EXPORT, "sealed")
        cipher = new_passphrase_cipher(cli_passphrase.new_passphrase(context, options.passphrase))
    elif options.passphrase is not None:
        raise UsageError("--passphrase requires --secrets sealed")
    choice = services_export.Choice(options.names, services_export.SECRETS[options.secrets], cipher)
    found = services_export.export_connectors(db, context.settings, choice)
    if options.to is None:
        return Chunks(write.write(form, found.head, found.items, found.end))
    with progress(context, "Exporting", found.total) as advance:
        items = _counted(found.items, advance)
        text = write.write(form, found.head, items, found.end)
        private_file.write(options.to, text, replace=options.force)
    context.mark_changed()
    values = {"file": options.to, "connectors": found.total, "secrets": options.secrets}
    return Document("export", {**values, "format": form})


def _format(context: CommandContext, options: ExportOptions) -> str:
    if options.secrets not in services_export.SECRETS:
        raise UsageError(
            f"unknown value for --secrets: {options.secrets[:20]!r}",
            hint=f"one of {', '.join(services_export.SECRETS)}",
        )
    ending = (options.to or "").rpartition(".")[2].lower()
    by_name = {"json": "json", "toml": "toml"}.get(ending, "yaml")
    as_json = context.given_output in {"json", "jsonl"} and not context.is_yaml
    form = options.form or ("json" if as_json else None)
    if form is not None and form not in write.FORMATS:
        raise UsageError(f"unknown format {form[:20]!r}", hint=f"one of {', '.join(write.FORMATS)}")
    return form or by_name


def _check_plain(context: CommandContext, options: ExportOptions) -> None:
    if options.to is None and is_terminal(sys.stdout):
        raise UsageError(
            "this would show credentials on the terminal",
            hint="write them to a file with --to FILE (readable only by you), or use a pipe",
        )
    confirm.confirm(
        context, "Write credentials as plain text?", "exporting credentials as plain text"
    )


def _counted(items: Iterator[Item], advance: Callable[[int], None]) -> Iterator[Item]:
    for item in items:
        yield item
        advance(1)
