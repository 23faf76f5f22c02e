"""The services that can be installed: `catalog`, `catalog list` and `catalog show`."""

from __future__ import annotations

from connectors_cli.store.read import connectors, filters

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.output import Document
    from connectors_cli.store.read.rows import Rows


def list_(
    context: CommandContext,
    query: str | None,
    category: str | None,
    auth_type: str | None,
    capability: str | None,
    lifecycle: str | None,
) -> Rows:
    """Return the services that match; raises UsageError for a word that no service has."""
    wanted = {
        "category": category,
        "auth_type": auth_type,
        "capability": capability,
        "lifecycle": lifecycle,
    }
    filters.check(wanted)
    db, tenant, columns = context.reader(), context.settings.tenant, context.columns("catalog")
    if db is not None and not query and not context.is_for_people:
        rows = connectors.list_catalog(db, tenant, columns, by="key", **wanted)
    else:
        from connectors_cli.services import types  # the files of the catalog: slow to import

        rows = types.browse(db, columns, query or "", wanted, tenant)
    if rows.is_empty():
        from connectors_cli.services import types

        types.check_words(db, tenant, wanted)
        context.note("no service matches")
    return rows


def show(context: CommandContext, key: str) -> Document:
    """Return the description of one service; raises NotFound."""
    from connectors_cli.services import types
    from connectors_cli.store.read.types import find_entry

    entry = find_entry(context.reader(), context.settings.tenant, key)
    return types.describe(entry, verbose=context.verbose)
