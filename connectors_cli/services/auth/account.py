"""The account of a sign-in: read from the service before its tokens are saved, and compared."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from connectors_cli.catalog.addresses import Addresses
from connectors_cli.errors import Conflict
from connectors_cli.oauth.contract import Options, TokenResponse
from connectors_cli.services.opener import OpenConnector
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.results import Check
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.rows import JSON, TEXT, all_rows
from connectors_cli.system import clock
from connectors_cli.system.text import command_line

Known = Mapping[str, Any]
"""What the last test of a connector found: its `account` and `account_id`."""


def ask(found: OpenConnector, response: TokenResponse, options: Options) -> Check | None:
    """Return the test of new tokens, with their account; None if the type has no test."""
    if (found.entry.probe or {"protocol": "none"})["protocol"] == "none":
        return None
    import asyncio  # what asks a service: a removal uses this module without

    from connectors_cli.net.client import tls_context
    from connectors_cli.probes.network import open_network
    from connectors_cli.services.probing import TIMEOUT, CheckedConnector

    config, auth = {**found.config, **response.config}, {**found.auth, **response.auth}
    row = {**found.row, "config": config, "catalog_key": found.catalog_key}
    tested = CheckedConnector(row, PreparedType(found.entry), auth)

    async def work() -> None:
        tls = tls_context(options.ca_file)
        async with open_network(tls, allow_http=options.allow_http) as network:
            await tested.probe(network, TIMEOUT)

    asyncio.run(work())
    return tested.check(clock.now(), record=False)


def is_same(known: Known, check: Check) -> bool | None:
    """Return whether a test found the known account; None if one of them is not known."""
    if known.get("account_id") and check.account_id:
        return bool(known["account_id"] == check.account_id)
    if known.get("account") and check.account:
        return bool(known["account"] == check.account)
    return None


def another(found: OpenConnector, known: Known, check: Check) -> Conflict:
    """Return the error for a sign-in with another account than before."""
    before, now = (text or "another account" for text in (known.get("account"), check.account))
    return Conflict(
        f"{found.name} belongs to {before}, and this sign-in is as {now}; nothing was saved",
        hint="to change the account: connectors auth login NAME --switch-account",
    )


def others(ws: Workspace, found: OpenConnector, check: Check, config: Known) -> tuple[str, ...]:
    """Return the names of the tenant's other connectors that use the same account."""
    if check.account is None:
        return ()
    columns = (("id", TEXT), ("name", TEXT), ("config", JSON), ("last_check", JSON))
    addresses = Addresses(found.entry)
    with closing(open_for_reading(ws.settings.store)) as db:
        rows = all_rows(connectors.list_installed(db, ws.tenant, columns, type=found.entry.key))
    return tuple(
        str(row["name"])
        for row in rows
        if row["id"] != found.id
        and is_same(row["last_check"] or {}, check)
        and addresses.origins(row["config"] or {}) == addresses.origins(config)
    )


def shared_note(found: OpenConnector, check: Check, names: tuple[str, ...]) -> str:
    """Return the note about other connectors on the same account."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    shown = command_line("show", names[0])
    return f"note: {names[0]}{more} also uses the account {check.account}: {shown}"
