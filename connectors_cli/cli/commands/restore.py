"""The command `restore`: removed connectors, or the whole store from a backup."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors_cli.cli.completion import removed_names
from connectors_cli.cli.context import CommandContext, context_of
from connectors_cli.cli.options import DryRun, examples
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Document
from connectors_cli.services.results import Change

if TYPE_CHECKING:
    from connectors_cli.store.backup.contents import StoreContents

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors restore blog",
        "connectors restore --from store-backup.db",
    )
)
def restore(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="Name or id of the removed connector.", autocompletion=removed_names),
    ] = None,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Restore it under this name.")
    ] = None,
    backup: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Replace the whole store with this backup."),
    ] = None,
    dry_run: DryRun = False,
) -> Change | Document:
    """Restore a removed connector, or the whole store from a backup.

    Of several removed connectors with the same name, the last one is restored.
    """
    from connectors_cli.cli.handlers import removal  # slow to import; not for --help

    context = context_of(ctx)
    if backup is None or name is not None:
        return removal.restore(context, name if backup is None else None, rename, dry_run)
    if rename is not None:
        raise UsageError("--rename cannot be used with --from")
    return _restore_backup(context, backup, dry_run=dry_run)


def _restore_backup(context: CommandContext, source: str, *, dry_run: bool) -> Document:
    """Replace the store with a backup after confirmation; with `dry_run` only compare them."""
    from connectors_cli.cli.confirm import confirm  # slow to import; not for --help
    from connectors_cli.services import restore as services_restore
    from connectors_cli.store.backup.contents import StoreContents

    found = services_restore.examine(context.settings, source)
    if dry_run:
        shown = _in_words if context.row_output in {"cards", "table"} else StoreContents.as_object
        values = {
            "backup": shown(found.held),
            "store": shown(found.present) if found.present else None,
            "problem": found.problem,
            "not_member_of": list(found.not_member_of),
        }
        return Document("restore", values, ("nothing was changed",))
    context.note(f"the backup contains {_in_words(found.held)}")
    if found.present is not None:
        context.note(f"the store contains {_in_words(found.present)}")
    else:
        context.note(f"the store cannot be read: {found.problem}")
    for tenant in found.not_member_of:
        context.note(f"you are not a member of its tenant {tenant}; only its owners can add you")
    store = context.settings.shown_store
    confirm(context, f"Replace the store {store} with this backup?", f"replacing {store}")
    done = services_restore.restore(context.settings, found)
    context.mark_changed()
    return Document("restore", done, tuple(_notes(done)))


def _in_words(held: "StoreContents") -> str:
    tenants = ", ".join(
        f"{t.tenant} (connectors: {t.connectors}, removed: {t.removed})" for t in held.tenants
    )
    return f"{tenants or 'no tenant'}; newest event: {held.newest_event or 'none'}"


def _notes(done: dict[str, Any]) -> Iterator[str]:
    for missing in done["missing_keys"]:
        yield f"tenant {missing['tenant']} needs key {missing['key']}: {missing['reason']}"
