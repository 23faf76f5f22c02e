"""The workspace of a run: store, keys and user; `change` is the gate of what services write."""

import copy
import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from connectors_cli.audit import gate
from connectors_cli.audit import log as audit_log
from connectors_cli.audit.roles import Action, Role
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import (
    Conflict,
    ConnectorsError,
    KeyProblem,
    NotFound,
    NotPermitted,
    StoreError,
)
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.services.opener import NOT_SEALED, Opener
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database, open_for_reading, principal_at
from connectors_cli.store.read.keys import key_states, keys_ever_used
from connectors_cli.store.read.types import find_entry
from connectors_cli.store.write import catalog, create, statements
from connectors_cli.store.write.rows import execute
from connectors_cli.store.write.store import Store, open_store
from connectors_cli.store.write.transaction import Transaction
from connectors_cli.vault.key_sources import KeySource, find_source
from connectors_cli.vault.seal import Cipher


class Workspace:
    """The store, keys and user that a use case works with; close it after use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.store)
        self.actor = audit_log.find_actor(settings, self.store.principal)
        self.log = settings.tenant
        self._source: KeySource | KeyProblem | None = None
        sync_catalog(self)

    @property
    def tenant(self) -> str:
        """The tenant of this run."""
        return self.settings.tenant

    def close(self) -> None:
        """End the use of the store; between transactions nothing of it is open."""

    @contextmanager
    def change(
        self,
        action: Action,
        subject: str,
        details: dict[str, Any] | None = None,
        *,
        commit: bool = True,
        needs_key: bool = False,
        reading: bool = False,
    ) -> Iterator[Transaction]:
        """Check the permission, yield the store with the write lock, record the event, commit.

        With `needs_key` the tenant's keys are fetched before the lock is taken. The body may fill
        `details`, which must not contain values. With `commit` false everything is rolled back and
        nothing is recorded (a dry run), except a refusal. With that or `reading` it begins without
        the lock: the body takes it before it writes. A failure is recorded in a transaction of its
        own, with the details known at the start.

        Each connector that was written is sealed again at the end, and the event has its new
        revision; the body has checked its seal before it changed it.
        """
        noted: dict[str, Any] = {} if details is None else details
        tried = (action, subject, json.dumps(noted))
        if needs_key:
            self.fetch_keys()
        begun = self.store.transaction(commit=commit, reading=reading)
        with self._failures_recorded(tried, commit), begun as db:
            self.require(db, action)
            yield db
            if commit and not db.lock():
                self.require(db, action)
            revisions = self._seal_written(db)
            if noted.get("id") in revisions:
                noted["revision"] = revisions.pop(noted["id"])
            others = [(action, subject, {"id": i, "revision": n}) for i, n in revisions.items()]
            if commit and self.log:
                self.serving(self.log).record_each(db, [*others, (action, subject, noted)])
        self.store.is_changed |= commit

    def empty_log(self) -> tuple[str, ...]:
        """Empty the write-ahead log after a deletion; return a note if what was deleted stays."""
        if self.store.path is None:
            note = (
                "the deleted credentials stay in the server's files, encrypted, until VACUUM, and"
                " in archives of its write-ahead log"
            )
            return (note,)
        return () if self.store.checkpoint() else (self._note_of_reader("deleted"),)

    def note_if_read(self) -> tuple[str, ...]:
        """Return a note if replaced credentials stay in the store because a process reads it.

        Otherwise the write-ahead log was emptied when the change was done: by its last user, or
        here, where a process such as the full-screen interface has the store open without reading.
        """
        if not self.store.has_log():
            return ()
        try:
            is_empty = self.store.checkpoint()
        except StoreError:  # the change itself is done
            is_empty = False
        return () if is_empty else (self._note_of_reader("replaced"),)

    def _note_of_reader(self, what: str) -> str:
        return (
            f"another process reads {self.store.path}: the {what} credentials stay in its files,"
            " encrypted, until that process ends and something is written"
        )

    def _seal_written(self, db: Transaction) -> dict[str, int]:
        """Seal the connectors that were written; return their new revisions by id."""
        ids = sorted(db.written)
        unsealed = dict.fromkeys(db.unsealed, NOT_SEALED)
        if not ids:
            return unsealed
        opener = self.opener(db)
        revisions = opener.renew(self.tenant, ids)
        opener.upgrade(self.tenant)
        opener.endorse_first(self.tenant)
        return revisions | unsealed

    @contextmanager
    def adding_tenant(self, tenant: str, *, commit: bool = True) -> Iterator[Transaction]:
        """Yield a store to add a tenant to; requires an owner of another, or an empty store.

        The new tenant's log records it; a refusal is recorded in the log of this run's tenant.
        """
        action = Action.TENANT_CREATE
        with self.store.transaction(commit=commit) as db:
            is_allowed = self._may_add_tenant(db)
            if is_allowed:
                yield db
                if commit:
                    self.serving(tenant).record_each(db, [(action, tenant, {})])
                    self.store.is_changed = True
        if not is_allowed:
            with self.permitted(action, tenant):  # refused: not even the owner of this run's tenant
                raise Conflict("your roles changed meanwhile", hint="try again")

    def _may_add_tenant(self, db: Database) -> bool:
        owned = "SELECT 1 FROM members WHERE principal IN (?, ?) AND role = ?"
        user = (self.actor.principal, db.principal_id)
        if db.one(owned, (*user, str(Role.OWNER))):
            return True
        return db.one("SELECT 1 FROM tenants") is None

    @contextmanager
    def permitted(self, action: Action, subject: str) -> Iterator[Transaction]:
        """Check the permission and yield the store for reading; records only a refusal.

        It holds no lock that others wait for.
        """
        reading = self.store.transaction(commit=False)
        with self._failures_recorded((action, subject, "{}")), reading as db:
            self.require(db, action, hold=False)
            yield db

    def serving(self, tenant: str, *, log: str | None = None) -> "Workspace":
        """Return this workspace for another tenant, on the same store; close only one of them.

        Successful changes are recorded in the log of the tenant `log`, by default the same one.
        """
        other = copy.copy(self)
        other.settings = self.settings.serving(tenant)
        other.log = tenant if log is None else log
        return other

    @contextmanager
    def _failures_recorded(
        self, tried: tuple[Action, str, str], commit: bool = True
    ) -> Iterator[None]:
        """Record failures, except for unknown objects, which belong to no log."""
        action, subject, details = tried
        try:
            yield
        except ConnectorsError as error:
            counts = commit or isinstance(error, NotPermitted)
            if counts and not isinstance(error, NotFound) and error.code != "store":
                with self.store.transaction() as db:
                    self._append(db, [(action, subject, error.code, details)])
            raise

    def record_each(self, db: Database, done: Iterable[tuple[Action, str, dict[str, Any]]]) -> None:
        """Record an event for each part of a change: action, subject, and details without values.

        `change` also records the change as a whole; a dry run rolls back all of them.
        """
        events = ((action, subject, "ok", json.dumps(details)) for action, subject, details in done)
        self._append(db, events)

    def cipher(self, db: Database) -> Cipher:
        """Return the cipher under the tenant's active key, to seal with.

        Called inside the write transaction, so that the key cannot be rotated meanwhile.

        Raises:
            KeyProblem: the key is not available.
            Tampered: it was made the tenant's outside connectors.
        """
        opener = self.opener(db)
        return opener.sealing_cipher(self.tenant, active_key_id(db, self.tenant))

    def opener(self, db: Database) -> Opener:
        """Return the opener for a transaction, in which no key can be rotated meanwhile.

        It is the same one until the transaction writes something else than connectors.
        """
        kept: Opener | None = getattr(db, "opener", None)
        if kept is not None and kept.is_for(self.key_source):
            return kept
        made = Opener(db, self.key_source, self.settings.reason)
        if isinstance(db, Transaction):
            db.opener = made
        return made

    def _keys_in(self, db: Database) -> TenantKeys:
        kept: Opener | None = getattr(db, "opener", None)
        return TenantKeys(db, self.tenant) if kept is None else kept.tenant_keys(self.tenant)

    def fetch_keys(self) -> None:
        """Fetch the tenant's keys from their source, before a transaction that uses them.

        A command or keyring takes seconds, which other writers should not wait for. Retired keys
        are asked for too, if the source answers: one that still exists has to have endorsed the
        active one. A missing key is reported when it is used.
        """
        with closing(open_for_reading(self.settings.store)) as db:
            states = key_states(db, self.tenant)
        with suppress(KeyProblem):
            source = self.key_source()
            for key_id, state in sorted(states, key=lambda row: row[1] == "retired"):
                if state != "retired" or source.loaded_keys():
                    with suppress(KeyProblem):
                        source.get(key_id)

    def key_source(self) -> KeySource:
        """Return this run's key source, found once; raises KeyProblem without one."""
        if self._source is None:
            try:
                self._source = find_source(self.settings.environ, self.store.meta["store_id"])
            except KeyProblem as error:
                self._source = error
        if isinstance(self._source, KeyProblem):
            raise self._source
        return self._source

    def forget_key_failures(self) -> None:
        """Forget remembered key failures, so that the source is asked again."""
        self._source = None

    def entry(self, db: Database, key: str) -> Entry:
        """Return a type: a custom one of the store, or a built-in one by key or alias."""
        return find_entry(db, self.tenant, key)

    def require(self, db: Database, action: Action, *, hold: bool = True) -> None:
        """Check a permission as `gate.permit` does; with `hold` roles stay until the end."""
        gate.permit(db, self.tenant, action, hold=hold, log=self.log)

    def _append(self, db: Database, events: Iterable[audit_log.Event]) -> None:
        source = self._source
        may_seal = isinstance(source, KeySource) and self._keys_in(db).may_seal(source)
        keys = source.loaded_keys() if isinstance(source, KeySource) and may_seal else ()
        audit_log.append(db, self.actor, self.tenant, events, keys)


def active_key_id(db: Database, tenant: str) -> str:
    """Return the id of a tenant's active key; raises KeyProblem without one."""
    found = db.one("SELECT id FROM keys WHERE tenant_id = ? AND state = 'active'", (tenant,))
    if found is None:
        raise KeyProblem(f"tenant {tenant} has no active key")
    return str(found[0])


def sync_catalog(ws: Workspace) -> None:
    """Update the store's built-in types from the program's files, if those are newer."""
    if catalog.is_catalog_outdated(ws.store.meta):
        with ws.store.transaction() as db:
            catalog.write_catalog(db)


def create_store(settings: Settings) -> str | None:
    """Create the store with its catalog, tenant and key; return the key's id, None if it exists.

    The key is saved in its source and read back before anything that names it is committed.

    Raises:
        KeyProblem: no key source is usable; nothing was created.
        StoreError: the store cannot be created.
    """
    actor = audit_log.find_actor(settings, principal_at(settings.store))
    store_id = create.new_store_id()
    made: list[str] = []

    def write(db: Database) -> None:
        catalog.write_catalog(db)
        source = find_source(settings.environ, store_id)
        made.append(add_tenant(db, settings.tenant, actor, source))
        founded = (Action.TENANT_CREATE, settings.tenant, "ok", "{}")
        audit_log.append(db, actor, settings.tenant, [founded], source.loaded_keys())

    return made[0] if create.create(settings.store, store_id, write) else None


def add_tenant(db: Database, tenant: str, actor: audit_log.Actor, source: KeySource) -> str:
    """Add a tenant with its own key and the user as owner; return the key's id."""
    key = source.unused_key(frozenset(keys_ever_used(db)))
    source.remember(key)
    made: dict[str, str] = {"tenant_id": tenant, "created_at": db.now()}
    named = {"id": tenant, "name": tenant, "created_by_email": actor.email}
    execute(db, statements.INSERT_TENANT, {**made, **named})
    audit_log.start(db, tenant, key)
    own = {"endorsed_by": key.id, "endorsement": key.endorsement(tenant, key.id)}
    execute(db, statements.INSERT_KEY, {**made, "id": key.id, "state": "active", **own})
    owner = {"principal": actor.principal, "role": str(Role.OWNER)}
    execute(db, statements.INSERT_MEMBER, {**made, **owner})
    return key.id
