"""Shell completion of names; it only reads, and needs no key."""

import typer

from connectors_cli.cli.context import context_of


def connector_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of installed connectors."""
    return _names(ctx, incomplete, "installed_connectors")


def removed_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of removed connectors."""
    return _names(ctx, incomplete, "removed_connectors")


def tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the tenants of the current user."""
    return _tenants_or_members(ctx, incomplete, "tenants")


def removed_tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the removed tenants that the current user owns."""
    return _tenants_or_members(ctx, incomplete, "removed")


def member_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the members of the current tenant."""
    return _tenants_or_members(ctx, incomplete, "members")


def catalog_keys(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the keys of catalog entries and custom types."""
    from connectors_cli.catalog import files
    from connectors_cli.errors import ConnectorsError
    from connectors_cli.store.read import connectors, database

    found = set(files.paths())
    settings = context_of(ctx).settings
    try:
        db = database.open_for_reading(settings.store)
        found |= {
            key for (key,) in connectors.list_catalog(db, settings.tenant, (("key", "text"),)).rows
        }
        db.close()
    except ConnectorsError:
        pass
    return sorted(key for key in found if key.startswith(incomplete))


def config_keys(incomplete: str) -> list[str]:
    """Complete the keys of the configuration file."""
    from connectors_cli.system.configuration import VARIABLES

    return [key for key in VARIABLES if key.startswith(incomplete)]


def config_values(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the values of a key that has only some."""
    from connectors_cli.system.configuration import CHOICES

    key = str(ctx.params.get("key"))
    known = tenant_names(ctx, "") if key == "tenant" else CHOICES.get(key, ())
    return [value for value in known if value.startswith(incomplete)]


def _names(ctx: typer.Context, incomplete: str, view: str) -> list[str]:
    from connectors_cli.errors import ConnectorsError
    from connectors_cli.store.read import connectors, database

    context = context_of(ctx)
    try:
        db = database.open_for_reading(context.settings.store)
    except ConnectorsError:
        return []
    try:
        return connectors.names_with_prefix(db, context.settings.tenant, incomplete, view)
    finally:
        db.close()


def _tenants_or_members(ctx: typer.Context, incomplete: str, what: str) -> list[str]:
    from connectors_cli.errors import ConnectorsError
    from connectors_cli.store.read import database, tenants

    try:
        settings = context_of(ctx).settings
        db = database.open_for_reading(settings.store)
    except ConnectorsError:
        return []
    name = (("name", "text"),)
    try:
        if what == "members":
            rows = tenants.list_members(db, settings.tenant, (("principal", "text"),))
        else:
            rows = tenants.list_tenants(db, settings.tenant, name, removed=what == "removed")
        return [found for (found,) in rows.rows if found.startswith(incomplete)]
    except ConnectorsError:
        return []
    finally:
        db.close()
