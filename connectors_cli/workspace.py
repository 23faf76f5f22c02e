"""Store, keys, catalog and actor of one run; `change` is the one gate of every write."""

import copy
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlmodel import Session, select

from connectors_cli import catalog, catalog_rows, journal, recording
from connectors_cli.access import Action, Role
from connectors_cli.catalog.entry import Entry
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Conflict, ConnectorsError, KeyProblem, NotFound, NotPermitted
from connectors_cli.key_rows import key_states
from connectors_cli.keys import KeySource, find_source
from connectors_cli.settings import Settings
from connectors_cli.store import Store, open_store
from connectors_cli.tables import CatalogRow, KeyRow, Member, Tenant
from connectors_cli.vault import Vault


class Workspace:
    """What a use case works on. Close it when done."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_store(settings.store)
        self.actor = journal.find_actor(settings, self.store.principal)
        self.log = settings.tenant
        self._source: KeySource | KeyProblem | None = None
        sync_catalog(self)

    @property
    def tenant(self) -> str:
        """The tenant this run serves."""
        return self.settings.tenant

    def close(self) -> None:
        self.store.close()

    @contextmanager
    def change(
        self,
        action: Action,
        subject: str,
        details: dict[str, Any] | None = None,
        *,
        commit: bool = True,
        needs_key: bool = False,
    ) -> Iterator[Session]:
        """Check the permission, yield a session with the write lock, record the event, commit.

        With `needs_key` the tenant's keys are fetched before the lock is taken.
        `details` may be filled until the end and must hold no values. With `commit` false all is
        rolled back and nothing recorded: a dry run. Who may not is recorded all the same; a failure
        has a transaction of its own, and the details that are known before.
        """
        noted: dict[str, Any] = {} if details is None else details
        tried = (action, subject, json.dumps(noted))
        if needs_key:
            self.fetch_keys()
        with self._failures_recorded(tried, commit), self.store.transaction() as session:
            self.require(session, action)
            yield session
            session.flush()
            if commit and self.log:
                self.serving(self.log).record_each(session, [(action, subject, noted)])
            if not commit:
                session.rollback()

    @contextmanager
    def founding(self, tenant: str, *, commit: bool = True) -> Iterator[Session]:
        """Yield a session that adds a tenant: for who owns another, or where there is none.

        It is recorded in the new tenant's log, and a refusal in that of the tenant of this run.
        """
        action = Action.TENANT_CREATE
        with self.store.transaction() as session:
            founder = self._is_founder(session)
            if founder:
                yield session
                session.flush()
                if commit:
                    self.serving(tenant).record_each(session, [(action, tenant, {})])
                else:
                    session.rollback()
        if not founder:
            with self.permitted(action, tenant):  # refuses: he owns not even this run's tenant
                raise Conflict("your roles were changed meanwhile", hint="try again")

    def _is_founder(self, session: Session) -> bool:
        owned = select(Member.tenant_id).where(
            Member.principal == self.actor.principal, Member.role == Role.OWNER
        )
        owns_one = session.exec(owned).first() is not None
        return owns_one or session.exec(select(Tenant.id)).first() is None

    @contextmanager
    def permitted(self, action: Action, subject: str) -> Iterator[Session]:
        """Yield a session for reading what an action works on; only a refusal is recorded."""
        with self._failures_recorded((action, subject, "{}")), self.store.transaction() as session:
            self.require(session, action)
            yield session

    def serving(self, tenant: str, *, log: str | None = None) -> "Workspace":
        """Return this workspace for another tenant, on the same store: close one of them.

        What succeeds is recorded in the log of the tenant `log`, where it is another.
        """
        other = copy.copy(self)
        other.settings = self.settings.serving(tenant)
        other.log = tenant if log is None else log
        return other

    @contextmanager
    def _failures_recorded(
        self, tried: tuple[Action, str, str], commit: bool = True
    ) -> Iterator[None]:
        """Record what fails, but for what is not there: that is nobody's log."""
        action, subject, details = tried
        try:
            yield
        except ConnectorsError as error:
            counts = commit or isinstance(error, NotPermitted)
            if counts and not isinstance(error, NotFound) and error.code != "store":
                with self.store.transaction() as session:
                    self._append(session, [(action, subject, error.code, details)])
            raise

    def record_each(
        self, session: Session, done: Iterable[tuple[Action, str, dict[str, Any]]]
    ) -> None:
        """Add an event for each part of a change: its action, subject and details without values.

        The change itself is recorded beside them; a dry run takes all back.
        """
        events = ((action, subject, "ok", json.dumps(details)) for action, subject, details in done)
        self._append(session, events)

    def vault(self, session: Session, key_id: str | None = None) -> Vault:
        """Return the tenant's vault under its active key, or under the key a row is sealed with.

        Called inside the write transaction, so that no rotation comes between. KeyProblem when
        the key is missing, locked or another one.
        """
        return Vault(self.key_source().get(key_id or active_key_id(session, self.tenant)))

    def fetch_keys(self) -> None:
        """Get the tenant's keys from their source before a transaction that uses them.

        A command or keyring takes seconds, which nobody else should wait for. A key that cannot be
        had is told where it is used.
        """
        db = open_for_reading(self.settings.store)
        try:
            for key_id, state in key_states(db, self.tenant):
                if state != "retired":
                    with suppress(KeyProblem):
                        self.key_source().get(key_id)
        finally:
            db.close()

    def key_source(self) -> KeySource:
        """Return where this run's keys come from; it is looked for once."""
        if self._source is None:
            try:
                self._source = find_source(self.settings.environ, self.store.meta["store_id"])
            except KeyProblem as error:
                self._source = error
        if isinstance(self._source, KeyProblem):
            raise self._source
        return self._source

    def look_for_keys_anew(self) -> None:
        """Take no key for missing that was missing before."""
        self._source = None

    def entry(self, session: Session, key: str) -> Entry:
        """Return a type: the store's own one, else the program's file by key or alias."""
        custom = select(CatalogRow).where(CatalogRow.key == key, CatalogRow.source == "custom")
        row = session.exec(custom).first()
        return catalog.load(key) if row is None else catalog.entry_of(row.model_dump())

    def require(self, session: Session, action: Action) -> None:
        """Raise what `recording.permit` raises; nobody is demoted before the transaction ends."""
        db = self.store.driver(session)
        recording.permit(db, self.tenant, action, hold=True, log=self.log)

    def _append(self, session: Session, events: Iterable[journal.Event]) -> None:
        keys = self._source.at_hand() if isinstance(self._source, KeySource) else ()
        journal.append(self.store.driver(session), self.actor, self.tenant, events, keys)


def active_key_id(session: Session, tenant: str) -> str:
    """Return the id of the key that a tenant seals with now."""
    query = select(KeyRow.id).where(KeyRow.tenant_id == tenant, KeyRow.state == "active")
    key_id = session.exec(query).first()
    if key_id is None:
        raise KeyProblem(f"tenant {tenant} has no active key")
    return key_id


def sync_catalog(ws: Workspace) -> None:
    """Bring the store's built-in entries up to the program's files, if those changed."""
    if catalog_rows.are_older(ws.store.meta):
        with ws.store.transaction() as session:
            catalog_rows.write_catalog(session)
