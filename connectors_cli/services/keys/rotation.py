"""Key rotation: a new key for a tenant, and every value resealed under it.

The new key is in its source before the store names it, and the old one stays until `key prune`, so
an interrupted rotation can be run again. Of many connectors most are resealed in blocks, with both
keys good meanwhile: each row names its own. Only what is left, and the switch of the active key, is
one transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, Literal

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, KeyMissing, KeyProblem, NotPermitted, Tampered
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.services.keys.reseal import FreshRow, Resealed, Resealer
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.keys import all_keys, keys_ever_used, needed_keys
from connectors_cli.store.write import leases, statements
from connectors_cli.store.write.rows import execute
from connectors_cli.system.record import Record
from connectors_cli.system.text import shell_quoted
from connectors_cli.vault.key_sources import COMMAND_VARIABLE, FILE_VARIABLE, KeySource
from connectors_cli.vault.seal import Cipher, Key

DamagedRows = Literal["refuse", "skip", "clear", "leave"]
LEASE_SECONDS = 600.0
"""How long a lease is valid; each block of connectors renews it."""


class Rotation(Record):
    """The result of a rotation."""

    before: str
    after: str
    done: Resealed
    log_is_empty: bool


def rotate(
    ws: Workspace, damaged: DamagedRows = "refuse", action: Action = Action.KEY_ROTATE
) -> Rotation:
    """Seal all values of the tenant under a new key; the old key becomes `retiring`.

    `damaged` says what happens to rows that do not open. `refuse`: change nothing and name them.
    `skip`: leave them under their key. `clear`: delete lost credentials. `leave`: like `skip`, when
    the old key itself is lost and can come back.

    Raises:
        Conflict: another process rotates the key.
        KeyProblem: there is no new key, or the old one is missing.
        Tampered: rows do not open.
        NotPermitted, StoreError: nothing was changed.
    """
    with _alone(ws, action) as holder:
        ws.fetch_keys()
        key = _stage(ws, damaged)
        ahead = _reseal_ahead(ws, Cipher(key), holder, damaged, action)
        done = _switch(ws, key, holder, damaged, action, ahead)
        _read_back(ws, Cipher(key))
        return Rotation(*done, log_is_empty=ws.store.checkpoint())


def new_key(source: KeySource, used: frozenset[str]) -> Key:
    """Return an unused key: a new one in the keyring, else the first unused one listed.

    Raises:
        KeyProblem: no key is unused.
    """
    check_new_key(source, used)
    key = source.unused_key(used)
    source.remember(key)
    return key


def check_new_key(source: KeySource, used: frozenset[str]) -> Key | None:
    """Return the unused key that a rotation would take; None if the keyring would generate one.

    Raises:
        KeyProblem: no key is unused; the hint says how to add one.
    """
    free = source.first_unused(used)
    if not source.is_keyring and free is None:
        raise KeyProblem(
            f"rotation needs a new key in {source.shown}",
            hint=_how_to_add(source.name, source.shown),
        )
    return free


@contextmanager
def _alone(ws: Workspace, action: Action) -> Iterator[str]:
    """Check the permission and hold the lease on the tenant's keys."""
    with ws.permitted(action, ws.tenant):
        name = _lease(ws)
    other = leases.holder_of(ws.store, name, LEASE_SECONDS)
    holder = None if other else leases.acquire(ws.store, name, LEASE_SECONDS)
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
        f"the key of tenant {ws.tenant} is being rotated by {other or 'another process'}",
        hint=f"wait until it ends; after a crash, {LEASE_SECONDS / 60:.0f} min at most",
    )


def _stage(ws: Workspace, damaged: DamagedRows) -> Key:
    """Return the next key, stored in its source and noted as `pending`; reuse a pending one.

    The active key endorses it before anything is sealed with it.

    Raises:
        KeyMissing: the key of an interrupted rotation is missing, and rows are sealed with it.
        Tampered: the active key was made so outside connectors.
    """
    key = _pending(ws, damaged)
    with ws.store.transaction() as db:
        _endorse(ws, db, key)
    return key


def _pending(ws: Workspace, damaged: DamagedRows) -> Key:
    with ws.store.transaction() as db:
        rows = all_keys(db)
        used = keys_ever_used(db)
    source = ws.key_source()
    for key_id, tenant, state in rows:
        if tenant == ws.tenant and state == "pending":
            try:
                return source.get(key_id)
            except KeyMissing as error:
                if damaged == "refuse" and key_id in _needed(ws):
                    raise _half_done(error) from None
                break
    key = new_key(source, frozenset(used))
    needed = _needed(ws)
    with ws.store.transaction() as db:
        for key_id, tenant, state in rows:
            if tenant == ws.tenant and state == "pending":
                _drop(db, tenant, key_id, is_needed=key_id in needed)
        row = {"id": key.id, "tenant_id": ws.tenant, "state": "pending"}
        execute(db, statements.INSERT_KEY, {**row, "created_at": db.now()})
    return key


def _endorse(ws: Workspace, db: Database, key: Key) -> None:
    """Let the active key endorse the next one; nothing endorses it if the active one is lost."""
    before = active_key_id(db, ws.tenant)
    if _why_lost(ws, before) is None:
        keys = TenantKeys(db, ws.tenant)
        keys.check_sealing(before, ws.key_source())
        old = ws.key_source().get(before)
        if not keys.is_endorsed(before):
            keys.endorse(before, old)
        keys.endorse(key.id, old)


def _needed(ws: Workspace) -> dict[str, int]:
    with closing(open_for_reading(ws.settings.store)) as db:
        return needed_keys(db, ws.tenant)


def _half_done(error: KeyMissing) -> KeyMissing:
    return KeyMissing(
        f"{error.message}: an interrupted rotation sealed connectors with it",
        hint=f"{error.hint}; if it is lost, keep the settings: connectors credentials reset --all",
    )


def _drop(db: Database, tenant: str, key_id: str, *, is_needed: bool) -> None:
    """Forget a pending key whose source lost it; what is sealed with it waits for its return."""
    if is_needed:
        _set_state(db, tenant, key_id, "retiring")
    else:
        execute(db, statements.DELETE_KEY, {"tenant_id": tenant, "id": key_id})


def _how_to_add(name: str, shown: str) -> str:
    first = "put it first, separated by a comma"
    if name == FILE_VARIABLE and shown != name:
        first += f": {name}={shell_quoted(shown.removeprefix('the file '))}"
    if name == COMMAND_VARIABLE:
        return f"let the command print it {first[7:]}; generate it with: connectors key generate"
    new = "$(connectors key generate)"
    if name == FILE_VARIABLE:
        write = f'printf %s "{new},$(cat "${name}")" > "${name}.new"'
        then = "; " if shown != name else ": "
        return f'{first}{then}(umask 077; {write} && mv "${name}.new" "${name}")'
    return f'{first}: export {name}="{new},${name}"'


def _reseal_ahead(
    ws: Workspace, target: Cipher, holder: str, damaged: DamagedRows, action: Action
) -> Resealed:
    """Seal most of many rows under the new key, in blocks; return what was done.

    Others read and write meanwhile: values are opened and sealed without a lock, and a row that was
    changed since it was read is resealed later. With `refuse` nothing is written if a row does not
    open; those rows are in the result. A refusal of the user is left to the switch, which records
    it.
    """
    done = Resealed()
    with closing(open_for_reading(ws.settings.store)) as db:
        reader = Resealer(ws, db)
        if damaged in {"clear", "leave"} or reader.is_small(target):
            return done
        if damaged == "refuse" and (found := reader.altered(target)).damaged:
            return found
        before = -1
        while done.connectors > before and not reader.is_small(target):
            before = done.connectors
            with suppress(NotPermitted):
                for fresh in reader.fresh_blocks(target):
                    _write_block(ws, fresh, target, holder, action, done)
    return done


def _write_block(
    ws: Workspace,
    fresh: Sequence[FreshRow],
    target: Cipher,
    holder: str,
    action: Action,
    done: Resealed,
) -> None:
    with ws.store.transaction() as db:
        ws.require(db, action)
        _keep_lease(ws, db, holder)
        Resealer(ws, db).replace(fresh, target, done)


def _keep_lease(ws: Workspace, db: Database, holder: str) -> None:
    if not leases.renew(db, _lease(ws), holder, LEASE_SECONDS):
        raise _busy(ws, leases.holder_of(ws.store, _lease(ws), LEASE_SECONDS))


def _switch(
    ws: Workspace,
    key: Key,
    holder: str,
    damaged: DamagedRows,
    action: Action,
    ahead: Resealed,
) -> tuple[str, str, Resealed]:
    """Reseal the rows that are left and activate the key, in one transaction."""
    details: dict[str, Any] = {}
    target = Cipher(key)
    with ws.change(action, ws.tenant, details) as db:
        _keep_lease(ws, db, holder)
        before = active_key_id(db, ws.tenant)
        lost = _why_lost(ws, before)
        if lost is not None and damaged not in {"clear", "leave"}:
            raise lost
        if ahead.damaged:
            raise _refusal(ahead)
        done = Resealer(ws, db).reseal(target, clears=damaged == "clear")
        done.connectors += ahead.connectors
        done.values += ahead.values
        if done.damaged and damaged == "refuse":
            raise _refusal(done, is_begun=ahead.connectors > 0)
        is_gone = lost is not None and damaged == "clear"
        _set_state(db, ws.tenant, before, "retired" if is_gone else "retiring")
        _set_state(db, ws.tenant, key.id, "active")
        if lost is not None:  # the keys before it that are available endorse the new one
            TenantKeys(db, ws.tenant).accept(ws.key_source())
        _keep_lease(ws, db, holder)
        ws.record_each(db, ((Action.CONNECTOR_RESET, name, noted) for name, noted in done.cleared))
        details |= {"from": before, "to": key.id, "connectors": done.connectors}
        details |= {"values": done.values, "damaged": done.damaged}
    return before, key.id, done


def _why_lost(ws: Workspace, key_id: str) -> KeyMissing | None:
    """Return the error for a lost key, with the way out; None if the key is available.

    Raises:
        KeyProblem: the key source cannot be used.
    """
    try:
        ws.key_source().get(key_id)
    except KeyMissing as error:
        return KeyMissing(
            error.message,
            hint=f"{error.hint}; if it is lost, create a new key and keep the settings:"
            " connectors credentials reset --all",
        )
    return None


def _set_state(db: Database, tenant: str, key_id: str, state: str) -> None:
    row = {"tenant_id": tenant, "id": key_id, "state": state}
    execute(db, statements.SET_KEY_STATE, row)


def _refusal(done: Resealed, *, is_begun: bool = False) -> Tampered:
    more = f" and {done.damaged - len(done.names)} more" if done.damaged > len(done.names) else ""
    count = "one connector does" if done.damaged == 1 else f"{done.damaged} connectors do"
    result = "the rotation did not finish" if is_begun else "nothing was changed"
    return Tampered(
        f"{count} not open, so {result}: {', '.join(done.names)}{more}",
        hint="see why: connectors test NAME; to clear their credentials and keep their settings:"
        " connectors credentials reset --all; to leave them under the old key: --skip-damaged",
    )


def _read_back(ws: Workspace, cipher: Cipher) -> None:
    """Check every row's seal as it is on disk, while the old key still exists."""
    db = open_for_reading(ws.settings.store)
    try:
        Resealer(ws, db).verify(cipher)
    finally:
        db.close()
