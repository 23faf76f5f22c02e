"""Connectors removed and restored: `remove` and `restore`."""

from __future__ import annotations

from connectors_cli.cli import confirm
from connectors_cli.errors import UsageError
from connectors_cli.services import connectors

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.results import Batch, Change


def remove(
    context: CommandContext, names: list[str], purge: bool, no_revoke: bool, dry_run: bool
) -> Batch:
    """Remove connectors, with `purge` permanently; a failure does not stop the others."""
    context.check_change()
    if purge and not dry_run:
        listed = ", ".join(names)
        confirm.confirm(context, f"Permanently delete {listed}?", f"permanently deleting {listed}")
    act = connectors.purge_connector if purge else connectors.delete_connector
    if not no_revoke:
        from connectors_cli.services.auth.revocation import with_revocation

        act = with_revocation(act)
    return connectors.each(context.existing_workspace(), names, act, commit=not dry_run)


def restore(context: CommandContext, name: str | None, rename: str | None, dry_run: bool) -> Change:
    """Restore a removed connector; raises UsageError without a name."""
    if name is None:
        raise UsageError(
            "name a removed connector, or a backup with --from FILE",
            hint="see `connectors list --removed`",
        )
    context.check_change()
    done = connectors.restore_connector(
        context.existing_workspace(), name, rename=rename, mixed=context.yes, commit=not dry_run
    )
    from connectors_cli.cli import sign_in

    return sign_in.add_note(context, done)
