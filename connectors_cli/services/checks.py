"""Tests of connections against the live services, recorded where they are asked to be."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from typing import Any

from connectors_cli import interruptions, journal, recording, remedies
from connectors_cli.access import Action
from connectors_cli.database import Database, principal_at
from connectors_cli.http import trust
from connectors_cli.journal import Actor
from connectors_cli.probes.network import Network, open_network
from connectors_cli.probes.running import run_probe
from connectors_cli.probes.values import Values
from connectors_cli.renewing import Renewer
from connectors_cli.settings import Settings
from connectors_cli.subjects import Choice, Subject, open_all
from connectors_cli.vault import Key
from connectors_cli.verdicts import Check, Checks

_KEEP = (
    "UPDATE connectors SET last_check = ?, status = CASE WHEN status = ? THEN ? ELSE status END"
    " WHERE tenant_id = ? AND id = ? AND auth_mac = ? AND deleted_at IS NULL"
)
_ACCOUNT = {
    "sqlite": "SELECT CASE WHEN json_valid(last_check) THEN json_extract(last_check, '$.account')"
    " END FROM connectors WHERE id = ?",
    "postgresql": "SELECT last_check ->> 'account' FROM connectors WHERE id = ?",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How connections are tested; `timeout` is in seconds and over all of one test."""

    timeout: float = 10.0
    jobs: int = 8
    record: bool = True
    fail_fast: bool = False
    ca_file: str | None = None
    allow_http: bool = False


def check_connectors(
    settings: Settings,
    choice: Choice,
    options: Options | None = None,
    tick: Callable[[int, int], Any] = lambda done, total: None,
) -> Checks:
    """Test connections, several at a time, and record what was found.

    `tick` is called with how many are done, of how many. Raises NotFound for a name, NotPermitted,
    and InvalidInput for options; whatever else goes wrong is in the results. What uses a
    credential is recorded before it leaves.
    """
    options = options or Options()
    began = time.monotonic()
    actor = journal.find_actor(settings, principal_at(settings.store))
    recording.allow(settings, actor, Action.CONNECTOR_TEST, ", ".join(choice.names) or "all")
    subjects = open_all(settings, choice)
    ready = [subject for subject in subjects if subject.found is None]
    _record_use(settings, actor, ready)
    counted = count(len(subjects) - len(ready))

    def moved() -> None:
        tick(next(counted), len(subjects))

    moved()
    renewer = Renewer(settings, options.ca_file, allow_http=options.allow_http)
    any_due = any(renewer.is_due(subject) for subject in ready)
    try:
        with interruptions.heeded() if any_due else nullcontext():
            asyncio.run(_run_all(ready, options, renewer, moved))
    finally:
        renewer.close()
    done = [subject for subject in subjects if subject.found is not None]
    moment = journal.now()
    checks = tuple(_check(subject, options, moment) for subject in done)
    if options.record and checks:
        _record(settings, actor, done, checks)
    elapsed = round((time.monotonic() - began) * 1000)
    return Checks(checks, len(subjects) - len(done), elapsed)


async def _run_all(
    subjects: Sequence[Subject], options: Options, renewer: Renewer, tick: Callable[[], Any]
) -> None:
    """Run the probes: each worker takes the next, over connections of its own."""
    tls = trust(options.ca_file)
    waiting = iter(subjects)

    async def work() -> None:
        async with open_network(tls, allow_http=options.allow_http) as network:
            for subject in waiting:
                await _run(subject, renewer, network, options.timeout)
                tick()
                if options.fail_fast and _failed(subject):
                    for worker in workers:
                        worker.cancel()
                    return

    workers = [asyncio.create_task(work()) for _ in subjects[: options.jobs]]
    for outcome in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def _run(subject: Subject, renewer: Renewer, network: Network, seconds: float) -> None:
    began = time.monotonic()
    if renewer.is_due(subject):
        await renewer.renew(subject, seconds)
    if subject.found is None:
        await _probe(subject, network, began + seconds - time.monotonic())
    subject.latency_ms = round((time.monotonic() - began) * 1000)


async def _probe(subject: Subject, network: Network, seconds: float) -> None:
    kind = subject.kind
    assert kind is not None  # noqa: S101 - only what is open comes here
    values = Values({**kind.defaults, **subject.row["config"]}, subject.auth)
    subject.found = await run_probe(kind.entry.key, kind.entry.probe, values, network, seconds)


def _failed(subject: Subject) -> bool:
    return subject.found is not None and subject.found.state not in {"ok", "unsupported"}


def _check(subject: Subject, options: Options, moment: str) -> Check:
    found, row = subject.found, subject.row
    assert found is not None  # noqa: S101 - only what is done comes here
    public = subject.kind.public if subject.kind else frozenset()

    def hide(text: str) -> str:
        return remedies.hidden(text, subject.auth, public)

    account = found.account
    hint = subject.hint or remedies.command(subject.name, subject.entry, found.fix, options.timeout)
    status = row["status"]
    if options.record:
        before, after = remedies.turn(found.state)
        status = after if status == before else status
    return Check(
        name=subject.name,
        catalog_key=row["catalog_key"],
        state=found.state,
        step=found.step,
        message=hide(found.message),
        status=status,
        account=hide(account.label or account.id or "") or None if account else None,
        account_id=hide(account.id or "") or None if account else None,
        http_status=found.http_status,
        latency_ms=subject.latency_ms,
        hint=hint,
        checked_at=moment,
    )


def _record_use(settings: Settings, actor: Actor, subjects: Sequence[Subject]) -> None:
    """Record, each, that credentials are about to leave; NotPermitted for who may not use them."""
    used = [
        (subject.name, {"id": subject.row["id"], "fields": sorted(subject.auth), "for": "test"})
        for subject in subjects
    ]
    if used:
        with recording.change(settings, actor, Action.CONNECTOR_USE, used, _keys(subjects)):
            pass


def _keys(subjects: Sequence[Subject]) -> list[Key]:
    """Return the keys that connectors were opened with."""
    return list({subject.key.id: subject.key for subject in subjects if subject.key}.values())


def _record(
    settings: Settings, actor: Actor, subjects: Sequence[Subject], checks: Sequence[Check]
) -> None:
    """Write every last_check, unless the connector was changed meanwhile, and the events.

    Whose account it is stays known where a test does not get as far as asking.
    """
    pairs = list(zip(subjects, checks, strict=True))
    events = [
        (check.name, {"id": subject.row["id"], "state": check.state, "step": check.step})
        for subject, check in pairs
    ]
    with recording.change(settings, actor, Action.CONNECTOR_TEST, events, _keys(subjects)) as db:
        db.write(_KEEP, [_row(*pair, _account(db, *pair)) for pair in pairs])


def _account(db: Database, subject: Subject, check: Check) -> str | None:
    """Return whose account a connector is, as this test found it or the last one that did."""
    if check.account is not None:
        return check.account
    found = db.one(_ACCOUNT[db.dialect], (subject.row["id"],))
    return found[0] if found and isinstance(found[0], str) else None


def _row(subject: Subject, check: Check, account: str | None) -> tuple[str, ...]:
    """Return the values of _KEEP: the status that the outcome ends, and what it becomes, too."""
    kept = ("state", "message", "account", "http_status", "latency_ms", "hint")
    found = {**check.as_object(), "account": account}
    last = {"at": check.checked_at, **{name: found[name] for name in kept}}
    turned = remedies.turn(check.state)
    row = subject.row
    return (json.dumps(last), *turned, row["tenant_id"], row["id"], row["auth_mac"])
