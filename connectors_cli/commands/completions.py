"""What the shell offers for names, from the read side alone: no key is touched."""

import typer

from connectors_cli.context import run_of


def connector_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of connectors, from the read side alone: no key is touched."""
    return _names(ctx, incomplete, "installed_connectors")


def removed_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of removed connectors."""
    return _names(ctx, incomplete, "removed_connectors")


def tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the tenants of who asks."""
    return _roster(ctx, incomplete, "tenants")


def removed_tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the removed tenants that who asks owns."""
    return _roster(ctx, incomplete, "removed")


def member_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the members of the tenant."""
    return _roster(ctx, incomplete, "members")


def catalog_keys(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the keys of the catalog."""
    from connectors_cli import database, reader
    from connectors_cli.catalog import files
    from connectors_cli.errors import ConnectorsError

    found = set(files.paths())
    try:
        db = database.open_for_reading(run_of(ctx).settings.store)
        found |= {key for (key,) in reader.list_catalog(db, (("key", "text"),)).rows}
        db.close()
    except ConnectorsError:
        pass
    return sorted(key for key in found if key.startswith(incomplete))


def _names(ctx: typer.Context, incomplete: str, view: str) -> list[str]:
    from connectors_cli import database, reader
    from connectors_cli.errors import ConnectorsError

    run = run_of(ctx)
    try:
        db = database.open_for_reading(run.settings.store)
    except ConnectorsError:
        return []
    try:
        return reader.names_beginning(db, run.settings.tenant, incomplete, view)
    finally:
        db.close()


def _roster(ctx: typer.Context, incomplete: str, what: str) -> list[str]:
    from connectors_cli import database, roster
    from connectors_cli.errors import ConnectorsError

    try:
        settings = run_of(ctx).settings
        db = database.open_for_reading(settings.store)
    except ConnectorsError:
        return []
    name = (("name", "text"),)
    try:
        if what == "members":
            rows = roster.list_members(db, settings.tenant, (("principal", "text"),))
        else:
            rows = roster.list_tenants(db, settings.tenant, name, removed=what == "removed")
        return [found for (found,) in rows.rows if found.startswith(incomplete)]
    except ConnectorsError:
        return []
    finally:
        db.close()
