"""A tenant's new key: made, noted, every value resealed; what is cut off is run again.

The key is in its source before anything names it, and the old one stays there until `key prune`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlmodel import Session, col, delete, select, update

from connectors_cli import leases
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Conflict, KeyMissing, KeyProblem, Tampered
from connectors_cli.keys import COMMAND_VARIABLE, FILE_VARIABLE, KeySource
from connectors_cli.resealing import Resealed, Resealer
from connectors_cli.tables import KeyRow
from connectors_cli.vault import Key, Vault
from connectors_cli.workspace import Workspace, active_key_id

Damaged = Literal["refuse", "skip", "clear", "leave"]
LEASE_SECONDS = 600.0
"""Half a million connectors; nobody can write a longer lease while a SQLite store is resealed."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    before: str
    after: str
    done: Resealed
    log_is_empty: bool


def rotate(
    ws: Workspace, damaged: Damaged = "refuse", action: Action = Action.KEY_ROTATE
) -> Rotation:
    """Give the tenant a new key and seal all its values under it; the old key becomes `retiring`.

    Rows that do not open: `refuse` changes nothing and names them, `skip` leaves them under their
    key, `clear` takes away credentials that are lost and leaves what was altered beside others,
    `leave` is `skip` for when the old key itself is lost, and may come back.
    Raises Conflict while another process rotates, KeyProblem (no new key to be had, the old one
    missing), Tampered, NotPermitted, StoreError.
    """
    with _alone(ws, action) as holder:
        ws.fetch_keys()
        key = _stage(ws)
        done = _switch(ws, key, holder, damaged, action)
        _read_back(ws, Vault(key))
        return Rotation(*done, log_is_empty=ws.store.checkpoint())


@contextmanager
def _alone(ws: Workspace, action: Action) -> Iterator[str]:
    """Hold the lease on the tenant's keys, for whom may; Conflict while another process does."""
    with ws.permitted(action, ws.tenant):
        name = _lease(ws)
    other = leases.holder_of(ws.store, name, LEASE_SECONDS)
    holder = None if other else leases.take(ws.store, name, LEASE_SECONDS)
    if holder is None:
        raise _busy(ws, other)
    try:
        yield holder
    finally:
        leases.release(ws.store, name, holder)


def _lease(ws: Workspace) -> str:
    return f"rotate:{ws.tenant}"


def _busy(ws: Workspace, other: str | None) -> Conflict:
    return Conflict(
        f"rotation of the key of tenant {ws.tenant} by {other or 'another process'} is in progress",
        hint=f"wait until it is done; where it was cut off, {LEASE_SECONDS / 60:.0f} min at most",
    )


def _stage(ws: Workspace) -> Key:
    """Return the key that is to be, in its source and noted as `pending`; one left over is used."""
    with ws.store.transaction() as session:
        rows = {row.id: row for row in session.exec(select(KeyRow)).all()}
    source = ws.key_source()
    for row in rows.values():
        if row.tenant_id == ws.tenant and row.state == "pending":
            try:
                return source.get(row.id)
            except KeyMissing:
                break
    key = new_key(source, frozenset(rows))
    with ws.store.transaction() as session:
        left = col(KeyRow.tenant_id) == ws.tenant, col(KeyRow.state) == "pending"
        session.exec(delete(KeyRow).where(*left))
        moment = datetime.now(UTC)
        session.add(KeyRow(id=key.id, tenant_id=ws.tenant, state="pending", created_at=moment))
    return key


def new_key(source: KeySource, used: frozenset[str]) -> Key:
    """Return a key nobody uses: made in the keyring, else the first such one that is listed."""
    check_new_key(source, used)
    key = source.make(used)
    source.remember(key)
    return key


def check_new_key(source: KeySource, used: frozenset[str]) -> None:
    """Raise KeyProblem, with how to add one, where no key that nobody uses is to be had."""
    if not source.is_keyring and source.first_unused(used) is None:
        raise KeyProblem(
            f"{source.name} holds no key that is unused yet, and this needs a new one",
            hint=_how_to_add(source.name),
        )


def _how_to_add(name: str) -> str:
    make = "$(connectors key generate)"
    if name in {FILE_VARIABLE, COMMAND_VARIABLE}:
        where = "the file holds" if name == FILE_VARIABLE else "the command prints"
        return f"put one and a comma before what {where}: `connectors key generate`"
    return f'export {name}="{make},${name}", and run it again'


def _switch(
    ws: Workspace, key: Key, holder: str, damaged: Damaged, action: Action
) -> tuple[str, str, Resealed]:
    """Reseal all and make the key the active one, in one transaction."""
    details: dict[str, Any] = {}
    target = Vault(key)
    with ws.change(action, ws.tenant, details) as session:
        if not leases.renew(session, _lease(ws), holder, LEASE_SECONDS):
            raise _busy(ws, leases.holder_of(ws.store, _lease(ws), LEASE_SECONDS))
        before = active_key_id(session, ws.tenant)
        lost = _why_lost(ws, before)
        if lost is not None and damaged not in {"clear", "leave"}:
            raise lost
        resealer = Resealer(ws, ws.store.driver(session))
        done = resealer.reseal(target, clears=damaged == "clear")
        if done.damaged and damaged == "refuse":
            raise _refusal(done)
        is_gone = lost is not None and damaged == "clear"
        _set_state(session, before, "retired" if is_gone else "retiring")
        _set_state(session, key.id, "active")
        resealer.verify(target)
        leases.renew(session, _lease(ws), holder, LEASE_SECONDS)
        ws.record_each(
            session, ((Action.CONNECTOR_RESET, name, noted) for name, noted in done.cleared)
        )
        details |= {"from": before, "to": key.id, "connectors": done.connectors}
        details |= {"values": done.values, "damaged": done.damaged}
    return before, key.id, done


def _why_lost(ws: Workspace, key_id: str) -> KeyMissing | None:
    """Return why a key cannot be had, with the way out; KeyProblem when its source cannot say."""
    try:
        ws.key_source().get(key_id)
    except KeyMissing as error:
        return KeyMissing(
            error.message,
            hint=f"{error.hint}; if it is lost for good, `connectors credentials reset --all`"
            " makes a new key and keeps the settings",
        )
    return None


def _set_state(session: Session, key_id: str, state: str) -> None:
    session.exec(update(KeyRow).where(col(KeyRow.id) == key_id).values(state=state))


def _refusal(done: Resealed) -> Tampered:
    more = f" and {done.damaged - len(done.names)} more" if done.damaged > len(done.names) else ""
    count = "one does" if done.damaged == 1 else f"{done.damaged} do"
    return Tampered(
        f"{count} not open, and nothing was changed: {', '.join(done.names)}{more}",
        hint="see each with `connectors test NAME`; `connectors credentials reset --all` clears"
        " their credentials and keeps settings; --skip-damaged leaves them under the old key",
    )


def _read_back(ws: Workspace, vault: Vault) -> None:
    """Check every row's seal as the disk has it now; the old key is still there."""
    db = open_for_reading(ws.settings.store)
    try:
        Resealer(ws, db).verify(vault)
    finally:
        db.close()
