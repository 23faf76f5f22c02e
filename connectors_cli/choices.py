"""Which tenant a user works in: shown, chosen, and kept in the user's own home."""

import os
from contextlib import suppress

from connectors_cli import private_file, roster
from connectors_cli.database import Database
from connectors_cli.errors import NoTenant
from connectors_cli.membership import check_tenant_exists
from connectors_cli.results import Document
from connectors_cli.rows import only_row
from connectors_cli.settings import Settings, check_tenant, choice_path, read_choice


def show_tenant(db: Database, settings: Settings, name: str | None = None) -> Document:
    """Return a tenant, the one in use without a name, with its members; NoTenant, UsageError."""
    wanted = settings.tenant if name is None else check_tenant(name)
    found = roster.list_tenants(db, settings.tenant, name=wanted)
    if found.is_empty():
        raise NoTenant(wanted)
    members = roster.list_members(db, wanted).rows
    listed = [{"principal": who, "role": role} for who, role, _ in members]
    return Document(wanted, {**only_row(found), "members": listed})


def use_tenant(db: Database, settings: Settings) -> Document:
    """Keep the tenant as the one to work in; NoTenant."""
    check_tenant_exists(db, settings.tenant)
    private_file.make_folder(settings.home)
    private_file.write(choice_path(settings.home), [settings.tenant + "\n"])
    notes: tuple[str, ...] = ()
    if named := settings.environ.get("CONNECTORS_TENANT"):
        notes = (f"note: CONNECTORS_TENANT is set to {named}, and comes before this choice",)
    values = {"tenant": settings.tenant, "kept_in": choice_path(settings.home)}
    return Document(settings.tenant, values, notes)


def forget_choice(settings: Settings, name: str) -> bool:
    """Take back the choice of a tenant, if it is this one; tell whether it was."""
    if read_choice(settings.home) != name:
        return False
    with suppress(FileNotFoundError):
        os.unlink(choice_path(settings.home))
    return True
