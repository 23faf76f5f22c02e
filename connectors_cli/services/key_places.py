"""Copies of a tenant's keys, and keys moved from one source to another."""

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Literal

from connectors_cli import keys, private_file
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Conflict, KeyMissing, KeyProblem, UsageError
from connectors_cli.key_rows import key_states, needed_keys, tenant_keys
from connectors_cli.keys import FILE_VARIABLE, KeySource
from connectors_cli.paper import Copy
from connectors_cli.resealing import Resealer
from connectors_cli.vault import Key, Vault
from connectors_cli.workspace import Workspace

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys go: the OS keyring, or a new key file."""

    kind: Literal["keyring", "file"]
    path: str | None = None

    @property
    def shown(self) -> str:
        """The place as people read it."""
        return "the OS keyring" if self.kind == "keyring" else str(self.path)


def copies(ws: Workspace, action: Action, details: Row) -> list[Copy]:
    """Return the tenant's keys, that they leave recorded before; retired ones are gone.

    Raises KeyProblem when the active one, or one that rows need, is not at hand; NotPermitted.
    """
    ws.fetch_keys()
    with ws.change(action, ws.tenant, details) as session:
        db = ws.store.driver(session)
        needed = needed_keys(db, ws.tenant)
        found = []
        for key_id, state, created_at in tenant_keys(db, ws.tenant):
            if state == "retired":
                continue
            try:
                found.append(Copy(ws.tenant, state, str(created_at), ws.key_source().get(key_id)))
            except KeyMissing:
                if state == "active" or needed.get(key_id):
                    raise
        details["keys"] = [copy.key.id for copy in found]
    return found


def import_keys(ws: Workspace, found: Sequence[Key], place: Place | None) -> tuple[Row, list[str]]:
    """Put those keys that the tenant needs where its keys are looked for.

    Raises KeyProblem for keys it does not need, and where that place cannot be written to.
    """
    with ws.permitted(Action.KEY_IMPORT, ws.tenant) as session:
        states: dict[str, str] = dict(key_states(ws.store.driver(session), ws.tenant))
    wanted = [key for key in found if states.get(key.id, "retired") != "retired"]
    if not wanted:
        needs = ", ".join(key_id for key_id, state in states.items() if state != "retired")
        raise KeyProblem(
            f"no key in it is one that tenant {ws.tenant} needs",
            hint=f"it needs {needs}; for another tenant add --tenant NAME",
        )
    target = place or _place_of(ws.key_source())
    opened = _opened(ws, wanted)
    with ws.change(Action.KEY_IMPORT, ws.tenant, {"keys": [key.id for key in wanted]}):
        _check_free(target)
    done = _put(ws, target, wanted)
    notes = _what_to_set(ws.key_source(), target)
    notes += [f"key {key.id} is not needed here: left out" for key in found if key not in wanted]
    return {"tenant": ws.tenant, "to": target.shown, "keys": done, "opened": opened}, notes


def move_keys(spaces: Sequence[Workspace], place: Place, *, forget: bool) -> tuple[Row, list[str]]:
    """Put the tenants' keys into another source, read back and tried on a connector.

    The old place stays as it is; with `forget` the keyring's entries go, after all else. Raises
    Conflict when they are there already, KeyProblem, UsageError, NotPermitted.
    """
    source = spaces[0].key_source()
    _check_move(source, place, forget=forget)
    moved: list[Copy] = []
    opened = []
    for ws in spaces:
        details = {"from": source.name, "to": place.kind}
        own = copies(ws, Action.KEY_MOVE, details)
        opened += _opened(ws, [copy.key for copy in own])
        moved += own
    _put(spaces[0], place, [copy.key for copy in moved])
    notes = _what_to_set(source, place)
    if forget:
        from connectors_cli import os_keyring

        for copy in moved:
            os_keyring.forget(f"{source.store_id}:{copy.key.id}")
    elif source.is_keyring:
        notes.append("the OS keyring still has them; --forget takes them out")
    rest = len(source.keys) - len(moved)
    if rest > 0:
        notes.append(f"{source.name} lists {rest} more: keys of other tenants go with --all")
    row = {"from": source.name, "to": place.shown, "keys": [copy.key.id for copy in moved]}
    return {**row, "opened": opened}, notes


def _check_move(source: KeySource, place: Place, *, forget: bool) -> None:
    if place.kind == "keyring" and source.is_keyring:
        raise Conflict("the keys are in the OS keyring already")
    if forget and not source.is_keyring:
        raise UsageError(
            f"--forget takes keys out of the OS keyring, and they are in {source.name}",
            hint="leave --forget out; what is to be unset is told at the end",
        )
    _check_free(place)


def _check_free(place: Place) -> None:
    if place.path is not None:
        private_file.check_new(place.path)


def _place_of(source: KeySource) -> Place:
    if source.is_keyring:
        return Place("keyring")
    raise KeyProblem(
        f"keys come from {source.name} here, which this program does not write",
        hint="say where to: --to file --file PATH, or --to keyring",
    )


def _put(ws: Workspace, place: Place, found: Sequence[Key]) -> list[str]:
    """Write keys to a place and read them back from there."""
    store_id = ws.store.meta["store_id"]
    if place.path is not None:
        text = ",".join(key.text for key in found) + "\n"
        private_file.write(place.path, [text], replace=False)
        there = keys.find_source({FILE_VARIABLE: place.path}, store_id)
    else:
        there = KeySource("keyring", (), store_id)
        for key in found:
            _put_in_keyring(store_id, key)
    return [there.get(key.id).id for key in found]


def _put_in_keyring(store_id: str, key: Key) -> None:
    from connectors_cli import os_keyring

    with suppress(KeyMissing):
        KeySource("keyring", (), store_id).get(key.id)  # there already: an entry is its key's alone
        return
    os_keyring.put(f"{store_id}:{key.id}", key.text)


def _opened(ws: Workspace, found: Sequence[Key]) -> list[str]:
    """Return the names of connectors that these keys open, one each."""
    with closing(open_for_reading(ws.settings.store)) as db:
        resealer = Resealer(ws, db)
        names = [resealer.first_opened(Vault(key)) for key in found]
    return [name for name in names if name is not None]


def _what_to_set(source: KeySource, place: Place) -> list[str]:
    unset = [] if source.is_keyring else [f"now unset {source.name}"]
    if place.path is None:
        return unset
    if source.name == FILE_VARIABLE:
        unset = []
    return [*unset, f"now set {FILE_VARIABLE}={place.path}"]
