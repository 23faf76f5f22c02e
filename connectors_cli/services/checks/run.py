"""Tests of connections to the live services, and the record of their results."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from connectors_cli.audit import gate, log
from connectors_cli.audit.log import Actor
from connectors_cli.audit.roles import Action
from connectors_cli.net.client import tls_context
from connectors_cli.probes.network import Network, open_network
from connectors_cli.services.checks.renew import Renewer
from connectors_cli.services.checks.results import Checks
from connectors_cli.services.checks.select import Choice, open_all
from connectors_cli.services.opener import Opener
from connectors_cli.services.probing import TIMEOUT, CheckedConnector
from connectors_cli.services.results import Check
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database, principal_at
from connectors_cli.system import clock, signals
from connectors_cli.vault.key_sources import find_source
from connectors_cli.vault.seal import Cipher, Key

_LOOK = 0.1
"""How often it looks whether it is to stop, in seconds."""
_FOUND = (
    "SELECT 1 FROM connectors"
    " WHERE tenant_id = ? AND id = ? AND auth_mac = ? AND deleted_at IS NULL"
)
_KEEP = (
    "UPDATE connectors SET last_check = ?"
    " WHERE tenant_id = ? AND id = ? AND auth_mac = ? AND deleted_at IS NULL"
)
_TURN = "UPDATE connectors SET status = ? WHERE tenant_id = ? AND id = ?"
_ACCOUNT = {
    "sqlite": "SELECT json_extract(last_check, '$.account'),"
    " json_extract(last_check, '$.account_id') FROM connectors"
    " WHERE id = ? AND json_valid(last_check)",
    "postgresql": "SELECT last_check ->> 'account', last_check ->> 'account_id' FROM connectors"
    " WHERE id = ?",
}


@dataclass(frozen=True, slots=True)
class Options:
    """Options of tests; `timeout` is the time limit of one test, in seconds."""

    timeout: float = TIMEOUT
    jobs: int = 8
    record: bool = True
    fail_fast: bool = False
    ca_file: str | None = None
    allow_http: bool = False
    accept_new_host_key: bool = False
    follow: Callable[[str, str], None] | None = None
    """What is told the name of a connector and the step that its test has reached, or its state."""
    stop: threading.Event | None = None
    """Ends the tests when it is set; what is done by then is recorded."""


def check_connectors(
    settings: Settings,
    choice: Choice,
    options: Options | None = None,
    tick: Callable[[int, int], Any] = lambda done, total: None,
) -> Checks:
    """Test connections, several at a time, and record the results.

    `tick` is called with the number of finished tests and their total. The use of credentials is
    recorded before they are sent.

    Raises NotFound for an unknown name, NotPermitted, and InvalidInput for options; the results
    contain all other failures.
    """
    options = options or Options()
    began = time.monotonic()
    actor = log.find_actor(settings, principal_at(settings.store))
    gate.allow(settings, actor, Action.CONNECTOR_TEST, ", ".join(choice.names) or "all")
    chosen = open_all(settings, choice)
    ready = [connector for connector in chosen if connector.found is None]
    _record_use(settings, actor, ready)
    counted = count(len(chosen) - len(ready))
    for connector in chosen if options.follow else ():
        _tell(connector, options.follow)

    def moved() -> None:
        tick(next(counted), len(chosen))

    moved()
    renewer = Renewer(settings, options.ca_file, allow_http=options.allow_http)
    any_refresh = any(renewer.may_refresh(connector) for connector in ready)
    try:
        with signals.deferred_signals() if any_refresh else nullcontext():
            asyncio.run(_run_all(ready, options, renewer, moved))
    finally:
        renewer.close()
    done = [connector for connector in chosen if connector.found is not None]
    moment = clock.now()
    checks = tuple(
        connector.check(moment, timeout=options.timeout, record=options.record)
        for connector in done
    )
    if options.record and checks:
        _record(settings, actor, done, checks)
    elapsed = round((time.monotonic() - began) * 1000)
    return Checks(checks, len(chosen) - len(done), elapsed)


async def _run_all(
    chosen: Sequence[CheckedConnector], options: Options, renewer: Renewer, tick: Callable[[], Any]
) -> None:
    """Run the probes: each worker runs the next one, over its own network connections."""
    tls = tls_context(options.ca_file)
    waiting = iter(chosen)

    async def work() -> None:
        async with open_network(tls, allow_http=options.allow_http) as network:
            for connector in waiting:
                await _run(connector, renewer, network, options.timeout)
                _tell(connector, options.follow)
                tick()
                if options.fail_fast and _failed(connector):
                    for worker in workers:
                        worker.cancel()
                    return

    workers = [asyncio.create_task(work()) for _ in chosen[: options.jobs]]
    for outcome in await _ended(workers, options.stop):
        if isinstance(outcome, Exception):
            raise outcome


async def _ended(
    workers: Sequence[asyncio.Task[None]], stop: threading.Event | None
) -> Sequence[BaseException | None]:
    """Return what the workers came to; they are cancelled when `stop` is set."""
    every = asyncio.gather(*workers, return_exceptions=True)
    while stop is not None and not every.done():
        if stop.is_set():
            for worker in workers:
                worker.cancel()
        await asyncio.wait(workers, timeout=_LOOK)
    return await every


def _tell(connector: CheckedConnector, follow: Callable[[str, str], None] | None) -> None:
    """Tell the state of a test that is done; of another one, each step from now on."""
    if follow is None:
        return
    connector.follow = partial(follow, connector.name)
    if connector.found is not None:
        connector.follow(connector.found.state)


async def _run(
    connector: CheckedConnector, renewer: Renewer, network: Network, seconds: float
) -> None:
    began = time.monotonic()
    if renewer.needs_refresh(connector):
        await renewer.renew(connector, seconds)
    if connector.found is None:
        await connector.probe(network, began + seconds - time.monotonic())
    if _is_refused(connector) and renewer.may_refresh(connector):
        await renewer.renew(connector, began + seconds - time.monotonic(), refused=True)
        if connector.found is None:
            await connector.probe(network, began + seconds - time.monotonic())
    connector.latency_ms = round((time.monotonic() - began) * 1000)


def _is_refused(connector: CheckedConnector) -> bool:
    """Return whether the service itself refused a connector's token."""
    found = connector.found
    return found is not None and found.state == "auth_failed" and found.http_status is not None


def _failed(connector: CheckedConnector) -> bool:
    return connector.found is not None and connector.found.state not in {"ok", "unsupported"}


def _record_use(settings: Settings, actor: Actor, chosen: Sequence[CheckedConnector]) -> None:
    """Record the use of each connector's credentials; raises NotPermitted."""
    used = [
        (
            connector.name,
            {"id": connector.row["id"], "fields": sorted(connector.auth), "for": "test"},
        )
        for connector in chosen
    ]
    if used:
        with gate.change(settings, actor, Action.CONNECTOR_USE, used, _keys(chosen)):
            pass


def _keys(chosen: Sequence[CheckedConnector]) -> list[Key]:
    """Return the keys that opened the connectors."""
    return list({one.key.id: one.key for one in chosen if one.key}.values())


def _record(
    settings: Settings, actor: Actor, chosen: Sequence[CheckedConnector], checks: Sequence[Check]
) -> None:
    """Save each result as last_check, unless the connector changed meanwhile, and the events.

    The account found by an earlier test is kept if this one did not get that far.
    """
    pairs = list(zip(chosen, checks, strict=True))
    events: list[tuple[str, dict[str, Any]]] = [
        (check.name, {"id": connector.row["id"], "state": check.state, "step": check.step})
        for connector, check in pairs
    ]
    with gate.change(settings, actor, Action.CONNECTOR_TEST, events, _keys(chosen)) as db:
        db.write(_KEEP, [_row(*pair, _known_account(db, *pair)) for pair in pairs])
        opener = Opener(db, lambda: find_source(settings.environ, ""))
        for (connector, check), (_, noted) in zip(pairs, events, strict=True):
            if connector.key is not None and check.status != connector.row["status"]:
                noted.update(_turn(db, opener, connector, check.status))


def _turn(db: Database, opener: Opener, connector: CheckedConnector, status: str) -> dict[str, Any]:
    """Give a connector another status, unless it was changed meanwhile; return its revision."""
    assert connector.key is not None  # noqa: S101 - only what was opened is turned
    row, cipher = connector.row, Cipher(connector.key)
    same = (row["tenant_id"], row["id"], row["auth_mac"])
    if db.one(_FOUND, same) is None:
        return {}
    db.write(_TURN, [(status, row["tenant_id"], row["id"])])
    return {"revision": opener.renew(row["tenant_id"], (row["id"],), cipher)[row["id"]]}


def _known_account(db: Database, connector: CheckedConnector, check: Check) -> dict[str, Any]:
    """Return the account of a connector that an earlier test found, if this one found none."""
    if check.account is not None:
        return {}
    found = db.one(_ACCOUNT[db.dialect], (connector.row["id"],)) or (None, None)
    pairs = zip(("account", "account_id"), found, strict=True)
    return {name: value for name, value in pairs if isinstance(value, str)}


def _row(connector: CheckedConnector, check: Check, known: dict[str, Any]) -> tuple[str, ...]:
    """Return the parameters of _KEEP."""
    row = connector.row
    kept = json.dumps(check.as_last_check(known))
    return (kept, row["tenant_id"], row["id"], row["auth_mac"])
