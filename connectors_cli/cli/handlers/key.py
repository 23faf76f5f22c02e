"""A tenant's keys: `key status`, `key rotate` and `key prune`."""

from __future__ import annotations

from functools import partial

from connectors_cli.errors import ConnectorsError, NotFound, shared_code
from connectors_cli.services.output import Document

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.workspace import Workspace


def status(context: CommandContext) -> Document:
    """Return the key source and keys; the exit code is 7 without the active key."""
    db = context.reader()
    if db is None:
        context.check_unnamed()
        raise NotFound("no store exists yet", hint="create one: connectors init")
    from connectors_cli.services.keys.status import key_status

    found = key_status(db, context.settings)
    return Document("key", found, exit_code=7 if found["problem"] else 0)


def rotate(
    context: CommandContext, everything: bool, skip_damaged: bool, dry_run: bool
) -> Document:
    """Rotate the key of one tenant or of all, or return what that would do."""
    from connectors_cli.services.keys import tenant_keys

    act = partial(tenant_keys.rotate, skip_damaged=skip_damaged)
    preview = partial(tenant_keys.preview, taken=set())
    return applied(context, preview if dry_run else act, everything=everything)


def prune(context: CommandContext, everything: bool, dry_run: bool) -> Document:
    """Delete the old keys of one tenant or of all, after a confirmation."""
    from connectors_cli.cli.confirm import confirm
    from connectors_cli.services.keys import tenant_keys

    if not dry_run:
        confirm(
            context,
            "Permanently delete the old keys? Older backups still need them.",
            "permanently deleting the old keys",
        )
    return applied(context, partial(tenant_keys.prune, commit=not dry_run), everything=everything)


def applied(
    context: CommandContext,
    act: Callable[[Workspace], tuple[dict[str, Any], list[str]]],
    *,
    everything: bool,
) -> Document:
    """Apply an action to the keys of one tenant or of all, and return the results."""
    from connectors_cli.services.keys import tenant_keys

    if not everything:
        result, notes = act(context.existing_workspace())
        return Document("key", result, tuple(notes))
    results, notes = tenant_keys.each_tenant(context.existing_workspace(), act)
    failed = [item for item in results if isinstance(item, ConnectorsError)]
    done = [item for item in results if not isinstance(item, ConnectorsError)]
    problems = [{"message": error.message, "hint": error.hint} for error in failed]
    code = 1 if done and failed else shared_code(error.exit_code for error in failed)
    return Document("keys", {"tenants": done, "problems": problems}, tuple(notes), code)
