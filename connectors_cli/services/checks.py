"""Tests of connections against the live services, recorded where they are asked to be."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_cli import catalog, journal, reader, remedies
from connectors_cli.access import Action
from connectors_cli.batches import record_checks
from connectors_cli.catalog import Entry
from connectors_cli.database import Database, open_for_reading
from connectors_cli.errors import ConnectorsError, KeyProblem, NotFound
from connectors_cli.forms.validation import checker
from connectors_cli.probes.finding import Finding, Fix
from connectors_cli.probes.network import open_network
from connectors_cli.probes.running import run_probe
from connectors_cli.probes.values import Values
from connectors_cli.vault import Vault
from connectors_cli.verdicts import Check, Checks
from connectors_cli.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Choice:
    """Which connectors: these, or all that carry a tag and are of a type."""

    names: tuple[str, ...] = ()
    tag: str | None = None
    type: str | None = None
    targets_only: bool = False
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How connections are tested; `timeout` is in seconds and over all of one test."""

    timeout: float = 10.0
    jobs: int = 8
    record: bool = True
    fail_fast: bool = False
    ca_file: str | None = None
    allow_http: bool = False


@dataclass(slots=True)
class _Subject:
    """One connector to test, its credentials open, or with what keeps it from being tested."""

    row: dict[str, Any]
    entry: Entry | None = None
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    found: Finding | None = None
    hint: str | None = None
    latency_ms: int | None = None

    @property
    def name(self) -> str:
        return str(self.row["name"])


def check_connectors(
    ws: Workspace,
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
    subjects = _open_all(ws, choice)
    ready = [subject for subject in subjects if subject.found is None]
    _record_use(ws, ready)
    tick(len(subjects) - len(ready), len(subjects))
    asyncio.run(_run_all(ready, options, lambda: tick(_done(subjects), len(subjects))))
    done = [subject for subject in subjects if subject.found is not None]
    moment = journal.now()
    checks = tuple(_check(subject, options, moment) for subject in done)
    if options.record and checks:
        _record(ws, done, checks)
    elapsed = round((time.monotonic() - began) * 1000)
    return Checks(checks, len(subjects) - len(done), elapsed)


def _done(subjects: Iterable[_Subject]) -> int:
    return sum(subject.found is not None for subject in subjects)


def _open_all(ws: Workspace, choice: Choice) -> list[_Subject]:
    ws.fetch_keys()
    db = open_for_reading(ws.settings.store)
    opener = _Opener(ws, db)
    try:
        names = choice.names or _names(db, ws.tenant, choice)
        rows = {}
        for name in names:
            subject = opener.open(name)
            rows[subject.row["id"]] = subject
        return list(rows.values())
    finally:
        db.close()


def _names(db: Database, tenant: str, choice: Choice) -> list[str]:
    listed = reader.get_publish_targets if choice.targets_only else reader.list_installed
    filters = {"tag": choice.tag, "type": choice.type, "capability": choice.capability}
    return [row[0] for row in listed(db, tenant, (("id", reader.TEXT),), **filters).rows]


class _Opener:
    """Opens connectors one by one; keys and types are made ready once."""

    def __init__(self, ws: Workspace, db: Database) -> None:
        self._ws = ws
        self._db = db
        self._vaults: dict[str, Vault] = {}
        self._entries: dict[str, Entry] = {}
        self._checkers: dict[str, tuple[Any, Any]] = {}

    def open(self, name: str) -> _Subject:
        """Return a connector, its seal checked; NotFound when there is none of this name."""
        try:
            row = reader.sealed_connector(self._db, self._ws.tenant, name)
        except KeyProblem as error:  # its row cannot even be read
            (row_id,) = next(
                reader.show_connector(self._db, self._ws.tenant, name, (("id", reader.TEXT),)).rows
            )
            row = {"id": row_id, "name": name, "catalog_key": "", "status": "", "auth_mac": ""}
            return _refused(_Subject(row), error)
        subject = _Subject(row)
        try:
            subject.entry = self._entry(row)
            subject.auth = self._vault(row["key_id"]).open_row(row)
        except ConnectorsError as error:
            return _refused(subject, error)
        subject.found = self._misfit(subject)
        return subject

    def _entry(self, row: dict[str, Any]) -> Entry:
        """Return the type: a built-in one from the program's files; else as the seal has it."""
        key = row["catalog_key"]
        if row["source"] == "custom":
            if key not in self._entries:
                stored = reader.catalog_entry(self._db, key)
                if stored is None:
                    raise NotFound(f"no connector type {key!r}")
                stored = {**stored, "source": row["source"]}
                self._entries[key] = catalog.entry_of(stored)
            row["digest"] = self._entries[key].digest
        elif key not in self._entries:
            self._entries[key] = catalog.load(key)
        return self._entries[key]

    def _vault(self, key_id: str) -> Vault:
        if key_id not in self._vaults:
            self._vaults[key_id] = Vault(self._ws.key_source().get(key_id))
        return self._vaults[key_id]

    def _misfit(self, subject: _Subject) -> Finding | None:
        """Return the first thing that does not match the type's schemas."""
        entry = subject.entry
        assert entry is not None  # noqa: S101 - it was just set
        if entry.key not in self._checkers:
            made = (checker(entry.config_schema), checker(entry.auth_schema))
            self._checkers[entry.key] = made
        of_config, of_auth = self._checkers[entry.key]
        problems = (*of_config(subject.row["config"]), *of_auth(subject.auth))
        if not problems:
            return None
        fields = tuple(dict.fromkeys(str(p.path[0]) for p in problems if p.path))
        text = f"{problems[0].sentence}: the values do not match the schema"
        return Finding("invalid_config", "schema", text, fix=Fix("settings", fields))


def _refused(subject: _Subject, error: ConnectorsError) -> _Subject:
    """Note what keeps a connector closed: its key or seal, else that its type is not there."""
    known = isinstance(error, KeyProblem)
    state, step = ("key_error", "decrypt") if known else ("invalid_config", "schema")
    subject.found = Finding(state, step, error.message)  # type: ignore[arg-type]  # one of two
    subject.hint = error.hint
    return subject


async def _run_all(subjects: Sequence[_Subject], options: Options, tick: Callable[[], Any]) -> None:
    gate = asyncio.Semaphore(options.jobs)
    failed = asyncio.Event()
    async with open_network(
        ca_file=options.ca_file, allow_http=options.allow_http, connections=options.jobs
    ) as network:

        async def one(subject: _Subject) -> None:
            async with gate:
                entry = subject.entry
                assert entry is not None  # noqa: S101 - only what is open comes here
                began = time.monotonic()
                values = Values({**_defaults(entry), **subject.row["config"]}, subject.auth)
                subject.found = await run_probe(
                    entry.key, entry.probe, values, network, options.timeout
                )
                subject.latency_ms = round((time.monotonic() - began) * 1000)
                if subject.found.state not in {"ok", "unsupported"}:
                    failed.set()
                tick()

        tasks = [asyncio.create_task(one(subject)) for subject in subjects]
        if options.fail_fast:
            tasks.append(asyncio.create_task(_cancel_when(failed, list(tasks))))
        for outcome in await asyncio.gather(*tasks[: len(subjects)], return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        for task in tasks:
            task.cancel()


async def _cancel_when(failed: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    await failed.wait()
    for task in tasks:
        task.cancel()


def _defaults(entry: Entry) -> dict[str, Any]:
    properties = entry.config_schema.get("properties", {})
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }


def _check(subject: _Subject, options: Options, moment: str) -> Check:
    found, row = subject.found, subject.row
    assert found is not None  # noqa: S101 - only what is done comes here
    hide = remedies.hider(subject.entry, subject.auth)
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


def _record_use(ws: Workspace, subjects: Sequence[_Subject]) -> None:
    """Record, each, that credentials are about to leave; NotPermitted for who may not use them."""
    used = [(subject.name, {"fields": sorted(subject.auth), "for": "test"}) for subject in subjects]
    if used:
        (name, details), *rest = used
        with ws.change(Action.CONNECTOR_USE, name, details) as session:
            ws.record_each(session, ((Action.CONNECTOR_USE, *item) for item in rest))


def _record(ws: Workspace, subjects: Sequence[_Subject], checks: Sequence[Check]) -> None:
    """Write every last_check, unless the connector was changed meanwhile, and the events."""
    pairs = list(zip(subjects, checks, strict=True))
    events = [(check.name, {"state": check.state, "step": check.step}) for check in checks]
    (name, details), *rest = events
    with ws.change(Action.CONNECTOR_TEST, name, details) as session:
        record_checks(session, [_row(subject, check) for subject, check in pairs])
        ws.record_each(session, ((Action.CONNECTOR_TEST, *item) for item in rest))


def _row(subject: _Subject, check: Check) -> dict[str, Any]:
    before, after = remedies.turn(check.state)
    kept = ("state", "message", "account", "http_status", "latency_ms", "hint")
    found = check.as_object()
    return {
        "row_id": subject.row["id"],
        "mac": subject.row["auth_mac"],
        "before": before,
        "after": after,
        "last_check": {"at": check.checked_at, **{name: found[name] for name in kept}},
    }
