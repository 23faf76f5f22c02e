"""A copy of another tenant's connector: opened there, to be sealed in this tenant."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import flow_fields
from connectors_cli.errors import Conflict, ConnectorsError, UsageError
from connectors_cli.services import hints, reveal
from connectors_cli.services.connectors import Wanted
from connectors_cli.services.names import OWNER, check_name
from connectors_cli.services.opener import OpenConnector, opener_for
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.store.read.types import find_entry
from connectors_cli.system.text import command_line

Values = dict[str, Any]


def origin_of(source: str) -> tuple[str, str]:
    """Return tenant and name of `TENANT/NAME`; raises UsageError."""
    tenant, slash, name = source.partition("/")
    if not (tenant and slash and name):
        raise UsageError("--from must be TENANT/NAME, e.g. --from acme/blog")
    return tenant, name


def wanted_copy(
    db: Database,
    settings: Settings,
    origin: tuple[str, str],
    name: str | None,
    *,
    commit: bool = True,
) -> tuple[Wanted, tuple[str, ...]]:
    """Return the connector to install, copied from `origin`, and notes for the user.

    The log of the original's tenant records the use of its credentials; a dry run records nothing.
    Values that a sign-in fills are not copied: two connectors with one refresh token would end each
    other's sign-in.

    Raises:
        NotFound: no such connector, or this tenant does not have its type.
        Conflict: this tenant has another type with the same key.
        NotPermitted: the user may not use it there, or not install here.
        KeyProblem: its key is missing.
        Tampered: it was changed outside connectors.
    """
    tenant, original = origin
    there = settings.serving(tenant)
    actor = log.find_actor(settings, db.principal)
    gate.allow(settings, actor, Action.CONNECTOR_INSTALL, name or original)
    row = sealed_connector(db, there.tenant, original)
    found = _opened(db, there, row, commit=commit)
    entry, auth = found.entry, found.auth
    _check_type(db, settings, entry, tenant)
    left = flow_fields(entry)
    wanted = Wanted(
        type=entry.key,
        name=check_name(found.name if name is None else name),
        config=_without(found.config, left),
        auth=_without(auth, left),
        tags=tuple(tag for tag in row["tags"] if not tag.startswith(OWNER)),
    )
    stayed = sorted(left & auth.keys())
    then = hints.sign_in(wanted.name)
    return wanted, (
        f"note: {', '.join(stayed)} not copied from {tenant}/{original}; sign in: {then}",
    ) if stayed else ()


def _opened(db: Database, settings: Settings, row: Values, *, commit: bool) -> OpenConnector:
    """Open a connector, and record the use of its credentials before they are returned."""
    actor, action = log.find_actor(settings, db.principal), Action.CONNECTOR_USE
    event = reveal.use_event(row, sorted(row["auth"]), "install --from")
    recorded = (ConnectorsError,) if commit else ()
    with gate.failures_recorded(settings, actor, action, (event,), recorded):
        gate.permit(db, settings.tenant, action)
        found = opener_for(db, settings).open(row)
    if commit:
        with gate.change(settings, actor, action, (event,), (found.key,)):
            pass
    return found


def _check_type(db: Database, settings: Settings, entry: Entry, tenant: str) -> None:
    """Check that a key names the same type in both tenants, which decides where values are sent."""
    if find_entry(db, settings.tenant, entry.key).digest != entry.digest:
        raise Conflict(
            f"the type {entry.key!r} of tenant {settings.tenant} is not the same as in {tenant}:"
            " nothing was copied",
            hint=f"compare them: {command_line('catalog', 'show', entry.key, '--tenant', tenant)}",
        )


def _without(values: Mapping[str, Any], names: frozenset[str]) -> Values:
    return {name: value for name, value in values.items() if name not in names}
