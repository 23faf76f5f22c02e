"""A tenant's keys: what is known of them, a new one, and the old ones forgotten."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

from sqlmodel import col, select, update

from connectors_cli import keys, rotation
from connectors_cli.access import Action
from connectors_cli.database import Database, open_for_reading
from connectors_cli.errors import Conflict, ConnectorsError, KeyProblem
from connectors_cli.key_rows import needed_keys, sealed_by_key, tenant_keys
from connectors_cli.membership import check_tenant_exists
from connectors_cli.resealing import Resealer, shown_name
from connectors_cli.settings import Settings
from connectors_cli.tables import KeyRow, Member, Tenant
from connectors_cli.workspace import Workspace, active_key_id

Row = dict[str, Any]


def key_status(db: Database, settings: Settings) -> Row:
    """Return the tenant's key source and keys: id, state, what each seals, whether it is at hand.

    `problem` is why a key that is needed cannot be had.
    """
    check_tenant_exists(db, settings.tenant)
    problem, source, backend = None, None, None
    try:
        source = keys.find_source(settings.environ, db.meta["store_id"])
        backend = _backend() if source.is_keyring else None
    except ConnectorsError as error:
        problem = error.message
    counts, needed = sealed_by_key(db, settings.tenant), needed_keys(db, settings.tenant)
    rows = []
    for key_id, state, created_at in tenant_keys(db, settings.tenant):
        missing = _why_missing(source, key_id)
        sealed = {table: counts[table].get(key_id, 0) for table in counts}
        if state == "active" or key_id in needed:
            problem = problem or missing
        row = {"id": key_id, "state": state, "created_at": str(created_at), **sealed}
        rows.append({**row, "available": missing is None})
    return {
        "tenant": settings.tenant,
        "source": source.name if source else None,
        "backend": backend,
        "keys": rows,
        "problem": problem,
        "elsewhere": _elsewhere(source, rows),
    }


def rotate(ws: Workspace, *, skip_damaged: bool = False) -> tuple[Row, list[str]]:
    """Rotate the tenant's key; return what was done, and notes of what is left to do.

    Raises what `rotation.rotate` raises.
    """
    done = rotation.rotate(ws, "skip" if skip_damaged else "refuse")
    result: Row = {
        "tenant": ws.tenant,
        "from": done.before,
        "to": done.after,
        "connectors": done.done.connectors,
        "values": done.done.values,
        "left": done.done.names,
    }
    notes = [f"the old key {done.before} is kept until `connectors key prune`"]
    if done.done.damaged:
        notes = [f"{done.done.damaged} left under the old key, which is kept for them"]
    if not done.log_is_empty:
        notes.append(
            "a process that reads keeps old values in the store's log; they go when it ends"
        )
    return result, notes


def preview(ws: Workspace, taken: set[str]) -> tuple[Row, list[str]]:
    """Return what a rotation would do, and what would stop it; no key is made.

    Rotations of other tenants before it would have `taken` some keys; its own is added.

    Raises KeyProblem where the source has no key that it could take.
    """
    with ws.permitted(Action.KEY_ROTATE, ws.tenant) as session:
        before = active_key_id(session, ws.tenant)
        rows = session.exec(select(KeyRow)).all()
    used = {row.id for row in rows if row.state != "pending" or row.tenant_id != ws.tenant}
    rotation.check_new_key(ws.key_source(), frozenset(used | taken))
    free = ws.key_source().first_unused(frozenset(used | taken))
    taken |= {free.id} if free else set()
    with closing(open_for_reading(ws.settings.store)) as db:
        total = sum(sealed_by_key(db, ws.tenant)["connectors"].values())
        left = [shown_name(row) for row, _ in Resealer(ws, db).damaged()]
    row = {"tenant": ws.tenant, "from": before, "to": None, "connectors": total - len(left)}
    row["values"] = None
    notes = ["what does not open stops it, or is left with --skip-damaged"] if left else []
    return {**row, "left": left}, ["nothing was done", *notes]


def prune(ws: Workspace, *, commit: bool = True) -> tuple[Row, list[str]]:
    """Forget the tenant's old keys; return their ids, and notes of what is left to do.

    Raises Conflict when a row still needs one (the others are forgotten all the same), KeyProblem
    when the keyring does not give an entry up (then run it again).
    """
    details: Row = {}
    with ws.change(Action.KEY_PRUNE, ws.tenant, details, commit=commit) as session:
        needed = needed_keys(ws.store.driver(session), ws.tenant)
        rows = session.exec(select(KeyRow).where(KeyRow.tenant_id == ws.tenant)).all()
        old = [row.id for row in rows if row.state == "retiring"]
        free = [key_id for key_id in old if key_id not in needed]
        retired = [row.id for row in rows if row.state == "retired"]
        retire = update(KeyRow).where(col(KeyRow.id).in_(free)).values(state="retired")
        session.exec(retire)
        details |= {"keys": free}
    source = ws.key_source()
    if source.is_keyring and commit:
        _forget(source, [*free, *retired])
    kept = {key_id: needed[key_id] for key_id in old if key_id in needed}
    if kept:
        raise _still_needed(kept, free)
    notes = _after_pruning(source, free) if commit else ["nothing was done"]
    return {"tenant": ws.tenant, "forgotten": free}, notes


def each_tenant(
    ws: Workspace, act: Callable[[Workspace], tuple[Row, list[str]]]
) -> tuple[list[Row | ConnectorsError], list[str]]:
    """Do one thing for every tenant of the actor; what fails for one does not stop the others."""
    results: list[Row | ConnectorsError] = []
    notes: list[str] = []
    for space in own_spaces(ws):
        try:
            result, more = act(space)
        except ConnectorsError as error:
            error.message = f"{space.tenant}: {error.message}"
            results.append(error)
        else:
            results.append(result)
            notes += [f"{space.tenant}: {note}" for note in more]
    return results, notes


def own_spaces(ws: Workspace) -> list[Workspace]:
    """Return the workspace for each tenant that the actor is a member of, with one key source."""
    with suppress(KeyProblem):  # told by what needs a key
        ws.key_source()
    with ws.store.transaction() as session:
        live = (
            select(Tenant.id)
            .join(Member, col(Member.tenant_id) == Tenant.id)
            .where(Member.principal == ws.actor.principal, col(Tenant.deleted_at).is_(None))
            .order_by(Tenant.id)
        )
        return [ws.serving(tenant) for tenant in session.exec(live).all()]


def _backend() -> str:
    from connectors_cli import os_keyring

    return os_keyring.backend_name()


def _why_missing(source: keys.KeySource | None, key_id: str) -> str | None:
    if source is None:
        return "no usable source"
    try:
        source.get(key_id)
    except ConnectorsError as error:
        return error.message
    return None


def _elsewhere(source: keys.KeySource | None, rows: Sequence[Row]) -> str | None:
    """Say that the OS keyring has the key that the variable in its place has not."""
    wanted = [row["id"] for row in rows if not row["available"] and row["state"] != "retired"]
    if source is None or source.is_keyring:
        return None
    found = [key_id for key_id in wanted if _is_in_keyring(source.store_id, key_id)]
    if not found:
        return None
    return (
        f"the OS keyring holds {', '.join(found)}, and is not asked while {source.name} is set:"
        f" unset {source.name}"
    )


def _is_in_keyring(store_id: str, key_id: str) -> bool:
    try:
        keys.KeySource("keyring", (), store_id).get(key_id)
    except KeyProblem:
        return False
    return True


def _forget(source: keys.KeySource, key_ids: Sequence[str]) -> None:
    """Remove keyring entries; those of an earlier prune that was cut off are gone after it too."""
    from connectors_cli import os_keyring

    for key_id in key_ids:
        os_keyring.forget(f"{source.store_id}:{key_id}")


def _still_needed(kept: dict[str, int], free: Sequence[str]) -> Conflict:
    parts = [
        f"key {key_id} is still needed by {count} {'row' if count == 1 else 'rows'}"
        for key_id, count in kept.items()
    ]
    gone = f"; forgotten: {', '.join(free)}" if free else ""
    return Conflict(
        f"{', '.join(parts)}: kept{gone}",
        hint="`connectors key rotate` moves what opens to the active key;"
        " `connectors credentials reset --all` clears what does not, and `connectors credentials"
        " accept NAME` takes what was changed outside",
    )


def _after_pruning(source: keys.KeySource, free: Sequence[str]) -> list[str]:
    if not free:
        return ["no old key is there to forget"]
    notes = ["backups made before the rotation still need it: keep its export as long as those"]
    if not source.is_keyring:
        listed = {key.id: place for place, key in enumerate(source.keys, 1)}
        notes += [
            f"now take key {key_id} (number {listed[key_id]}) out of {source.name}"
            for key_id in free
            if key_id in listed
        ]
    return notes
