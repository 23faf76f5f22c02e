"""Connectors to a file and from one: `export`, `apply` and `import`."""

from __future__ import annotations

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.output import Chunks, Document
    from connectors_cli.services.results import Plan


def export(
    context: CommandContext,
    names: list[str] | None,
    everything: bool,
    secrets: str,
    to: str | None,
    form: str | None,
    force: bool,
    passphrase: str | None,
) -> Chunks | Document:
    """Return connectors as a file's text, or what was written to the file `to`."""
    if everything == bool(names):
        raise UsageError("name connectors, or use --all")
    from connectors_cli.cli.export import ExportOptions, export_to

    options = ExportOptions(tuple(names or ()), secrets, to, form, passphrase, force)
    return export_to(context, options)


def apply(
    context: CommandContext,
    file: str,
    prune: bool,
    allow_plain: bool,
    allow_commands: bool,
    exit_code: bool,
    passphrase: str | None,
    trust_cost: bool,
    dry_run: bool,
) -> Plan:
    """Apply a file of connectors and return the plan, which is done unless `dry_run`."""
    from connectors_cli.cli import transfer  # it loads what plans need

    _check_key(context)
    options = transfer.ApplyOptions(
        prune=prune,
        dry_run=dry_run,
        exit_code=exit_code,
        allow_plain=allow_plain,
        allow_commands=allow_commands,
        passphrase=passphrase,
        trust_cost=trust_cost,
    )
    return transfer.apply(context, file, options)


def import_(
    context: CommandContext,
    file: str,
    on_conflict: str,
    passphrase: str | None,
    trust_cost: bool,
    dry_run: bool,
) -> Plan:
    """Add the connectors of an exported file and return the plan."""
    from connectors_cli.cli import transfer

    _check_key(context)
    options = transfer.ImportOptions(on_conflict, dry_run, passphrase, trust_cost)
    return transfer.import_(context, file, options)


def _check_key(context: CommandContext) -> None:
    """Check that a key is available for a store that is about to be created."""
    if context.reader() is None:
        from connectors_cli.cli.key_choice import check_key

        check_key(context)
