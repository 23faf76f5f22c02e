"""Export, import and move of a tenant's keys between sources."""

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Literal

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, KeyMissing, KeyProblem, UsageError
from connectors_cli.services.keys.reseal import Resealer
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.keys import key_states, needed_keys, tenant_keys
from connectors_cli.system import private_file
from connectors_cli.vault import key_sources
from connectors_cli.vault.key_copies import Copy, write_paper, write_sealed
from connectors_cli.vault.key_sources import FILE_VARIABLE, KeySource
from connectors_cli.vault.passphrase import PassphraseCipher
from connectors_cli.vault.seal import Cipher, Key

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Destination:
    """A destination for keys: the OS keyring, or a new key file."""

    kind: Literal["keyring", "file"]
    path: str | None = None

    @property
    def shown(self) -> str:
        """The destination in words."""
        return "the OS keyring" if self.kind == "keyring" else str(self.path)


def check_permission(ws: Workspace, action: Action) -> None:
    """Check that the user may do this, before a passphrase or a file is read."""
    with ws.permitted(action, ws.tenant):
        pass


def copies(ws: Workspace, action: Action, details: Row) -> list[Copy]:
    """Record the export and return the tenant's keys, without retired ones.

    Raises:
        NotPermitted: the role does not allow it.
        KeyMissing: the active key, or one that rows need, is not available.
    """
    ws.fetch_keys()
    with ws.change(action, ws.tenant, details) as db:
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


def export_keys(ws: Workspace, path: str, cipher: PassphraseCipher | None, *, replace: bool) -> Row:
    """Write the tenant's keys to a private file, sealed by a cipher or, without one, printable."""
    form = "printable" if cipher is None else "sealed"
    copied = copies(ws, Action.KEY_EXPORT, {"form": form})
    text = write_paper(copied) if cipher is None else write_sealed(copied, cipher)
    private_file.write(path, text, replace=replace)
    keys = [copy.key.id for copy in copied]
    return {"tenant": ws.tenant, "file": path, "form": form, "keys": keys}


def import_keys(
    ws: Workspace, found: Sequence[Key], place: Destination | None
) -> tuple[Row, list[str]]:
    """Write the keys that the tenant needs to its key source, or to `place`.

    Returns the result and notes for the user.

    Raises:
        KeyProblem: the tenant needs none of the keys, or the destination cannot be written.
    """
    with ws.permitted(Action.KEY_IMPORT, ws.tenant) as db:
        states: dict[str, str] = dict(key_states(db, ws.tenant))
    wanted = [key for key in found if states.get(key.id, "retired") != "retired"]
    if not wanted:
        needs = ", ".join(key_id for key_id, state in states.items() if state != "retired")
        raise KeyProblem(
            f"the file contains no key that tenant {ws.tenant} needs",
            hint=f"it needs {needs}; for another tenant add --tenant NAME",
        )
    target = place or _destination_of(ws.key_source())
    opened = _opened(ws, wanted)
    with ws.change(Action.KEY_IMPORT, ws.tenant, {"keys": [key.id for key in wanted]}):
        _check_free(target)
    done = _put(ws, target, wanted)
    notes = _what_to_set(ws.key_source(), target)
    notes += [f"key {key.id} is not needed and was skipped" for key in found if key not in wanted]
    return {"tenant": ws.tenant, "to": target.shown, "keys": done, "opened": opened}, notes


def move_keys(
    spaces: Sequence[Workspace], place: Destination, *, forget: bool
) -> tuple[Row, list[str]]:
    """Write the tenants' keys to another source, read them back and open a connector with each.

    The old source is unchanged; with `forget` the keyring's entries are deleted at the end.
    Returns the result and notes for the user.

    Raises:
        Conflict: the destination already has them.
        KeyProblem, UsageError, NotPermitted: the keys cannot be moved.
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
        from connectors_cli.vault import keyring

        for copy in moved:
            keyring.forget(f"{source.store_id}:{copy.key.id}")
    elif source.is_keyring:
        notes.append("the OS keyring still contains them; --forget deletes them")
    rest = len(source.keys) - len(moved)
    if rest > 0:
        notes.append(
            f"{source.shown} lists {rest} more; --all also moves the keys of other tenants"
        )
    row = {"from": source.name, "to": place.shown, "keys": [copy.key.id for copy in moved]}
    return {**row, "opened": opened}, notes


def _check_move(source: KeySource, place: Destination, *, forget: bool) -> None:
    if place.kind == "keyring" and source.is_keyring:
        raise Conflict("the keys are already in the OS keyring")
    if forget and not source.is_keyring:
        raise UsageError(
            f"--forget deletes keys from the OS keyring, but they are in {source.shown}",
            hint="omit --forget; the command ends with what to unset",
        )
    _check_free(place)


def _check_free(place: Destination) -> None:
    if place.path is not None:
        private_file.check_new(place.path)


def _destination_of(source: KeySource) -> Destination:
    if source.is_keyring:
        return Destination("keyring")
    raise KeyProblem(
        f"the keys come from {source.shown}, which this program does not write",
        hint="choose a destination: --to file --file PATH, or --to keyring",
    )


def _put(ws: Workspace, place: Destination, found: Sequence[Key]) -> list[str]:
    """Write keys to a destination and read them back."""
    store_id = ws.store.meta["store_id"]
    if place.path is not None:
        text = ",".join(key.text for key in found) + "\n"
        private_file.write(place.path, [text], replace=False)
        there = key_sources.find_source({FILE_VARIABLE: place.path}, store_id)
    else:
        there = KeySource("keyring", (), store_id)
        for key in found:
            _put_in_keyring(store_id, key)
    return [there.get(key.id).id for key in found]


def _put_in_keyring(store_id: str, key: Key) -> None:
    from connectors_cli.vault import keyring

    with suppress(KeyMissing):
        KeySource("keyring", (), store_id).get(
            key.id
        )  # already there: an entry belongs to its key alone
        return
    keyring.put(f"{store_id}:{key.id}", key.text)


def _opened(ws: Workspace, found: Sequence[Key]) -> list[str]:
    """Return the names of connectors that these keys open, one per key."""
    with closing(open_for_reading(ws.settings.store)) as db:
        resealer = Resealer(ws, db)
        names = [resealer.first_opened(Cipher(key)) for key in found]
    return [name for name in names if name is not None]


def _what_to_set(source: KeySource, place: Destination) -> list[str]:
    unset = [] if source.is_keyring else [f"now {source.way_out}"]
    if place.path is None:
        return unset
    if source.shown != source.name:
        return [f"now use it: connectors init --key file:{place.path}"]
    if source.name == FILE_VARIABLE:
        unset = []
    return [*unset, f"now set {FILE_VARIABLE}={place.path}"]
