"""A connector taken over from another tenant: opened there, to be sealed anew in this one."""

from collections.abc import Mapping
from typing import Any

from connectors_cli import journal, keys, recording, remedies, reveal, stored
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import is_filled_by_flow
from connectors_cli.context import Run
from connectors_cli.database import Database
from connectors_cli.errors import ConnectorsError, UsageError
from connectors_cli.names import check_name
from connectors_cli.planning import OWNER
from connectors_cli.sealed import sealed_connector
from connectors_cli.services.connectors import Wanted
from connectors_cli.settings import Settings
from connectors_cli.vault import Vault

Values = dict[str, Any]


def wanted_copy(
    run: Run, source: str, name: str | None, *, commit: bool = True
) -> tuple[Wanted, tuple[str, ...]]:
    """Return the connector to install as `TENANT/NAME` has it, and notes for people.

    That its credentials were used is recorded in its own tenant, in the transaction that looks
    whether they may be; a dry run records nothing. What signing in fills stays there: two
    connectors that share a refresh token end each other's sign-in. Raises NotFound, NotPermitted
    (to use it there, to install here), KeyProblem, Tampered.
    """
    tenant, slash, original = source.partition("/")
    if not (tenant and slash and original):
        raise UsageError("--from takes a connector of a tenant, as TENANT/NAME")
    db, there = run.existing_reader(), run.settings.serving(tenant)
    actor = journal.find_actor(run.settings, db.principal)
    recording.allow(run.settings, actor, Action.CONNECTOR_INSTALL, name or original)
    row = sealed_connector(db, there.tenant, original)
    auth = _opened(db, there, row, commit=commit)
    entry = stored.find_entry(db, row["catalog_key"])
    left = _filled_by_signing_in(entry)
    wanted = Wanted(
        type=entry.key,
        name=check_name(row["name"] if name is None else name),
        config=_without(row["config"], left),
        auth=_without(auth, left),
        tags=tuple(tag for tag in row["tags"] if not tag.startswith(OWNER)),
    )
    stayed = sorted(left & auth.keys())
    then = remedies.sign_in(wanted.name)
    return wanted, (f"note: {', '.join(stayed)} stayed with {source}: {then}",) if stayed else ()


def _opened(db: Database, settings: Settings, row: Values, *, commit: bool) -> Values:
    """Return a connector's credentials, whose use is recorded before they leave."""
    actor, action = journal.find_actor(settings, db.principal), Action.CONNECTOR_USE
    event = reveal.noted(row, sorted(row["auth"]))
    try:
        recording.permit(db, settings.tenant, action)
        source = keys.find_source(settings.environ, db.meta["store_id"])
        vault = Vault(source.get(row["key_id"]))
        auth = vault.open_row(row)
    except ConnectorsError as error:
        if commit:
            recording.record(settings, actor, action, (event,), error.code)
        raise
    if commit:
        with recording.change(settings, actor, action, (event,), (vault.key,)):
            pass
    return auth


def _filled_by_signing_in(entry: Entry) -> frozenset[str]:
    schemas = (entry.config_schema, entry.auth_schema)
    properties = (pair for schema in schemas for pair in schema.get("properties", {}).items())
    flow = (name for name, inner in properties if is_filled_by_flow(inner))
    return frozenset(flow)


def _without(values: Mapping[str, Any], names: frozenset[str]) -> Values:
    return {name: value for name, value in values.items() if name not in names}
