"""Rows of many connectors: read, checked, sealed, inserted and updated in bulk."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors_cli.catalog.sign_in import EXPIRY, expiry_in
from connectors_cli.services.apply.plan import Current, Declared, Step, kept, tags_of
from connectors_cli.services.connector_row import Grant
from connectors_cli.services.names import check_credential
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.store.read.database import Database, as_text
from connectors_cli.store.read.faults import damaged
from connectors_cli.store.read.rows import batched
from connectors_cli.store.read.sealed import stored_connectors, unreadable
from connectors_cli.store.write import connectors, statements
from connectors_cli.store.write.catalog import catalog_id
from connectors_cli.store.write.rows import Statement, execute
from connectors_cli.system import clock
from connectors_cli.system.confusables import look_columns, looks
from connectors_cli.system.identifiers import random_id
from connectors_cli.vault.seal import Cipher

BLOCK = 500
_READ = tuple(name for name in Current.__dataclass_fields__ if name != "stored")
_LIVE = "FROM connectors WHERE tenant_id = ? AND deleted_at IS NULL"
_Row = dict[str, Any]


def live_named(db: Database, tenant: str, names: Iterable[str]) -> dict[str, Current]:
    """Return the installed connectors of these names, by name; they are locked."""
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    found: dict[str, Current] = {}
    for block in batched(names, BLOCK):
        sql = f"SELECT id, name {_LIVE} AND name IN ({_marks(block)}){lock}"
        rows = list(db.rows(sql, (tenant, *block)))
        stored = stored_connectors(db, tenant, [row_id for row_id, _ in rows])
        for row_id, name in rows:
            if row_id not in stored:
                raise unreadable(name)
            found[name] = _current(db, stored[row_id])
    return found


def look_alikes(db: Database, tenant: str, names: Iterable[str]) -> dict[str, str]:
    """Return the installed connectors that look like one of these names, by every key of a look."""
    found: dict[str, str] = {}
    for keys in batched((key for name in names for key in looks(name)), BLOCK):
        found |= {key: name for key, name, _ in connectors.look_alikes(db, tenant, keys)}
    return found


def live_tagged(db: Database, tenant: str, tags: frozenset[str]) -> Iterator[Current]:
    """Yield the installed connectors that have one of these tags, sorted by name."""
    sql = f"SELECT name, {as_text(db.dialect, 'tags')} {_LIVE} ORDER BY name"
    owned = [name for name, text in db.rows(sql, (tenant,)) if tags & _tags(db, text)]
    found = live_named(db, tenant, owned)
    return (found[name] for name in owned)


def used_ids(db: Database, ids: Iterable[str]) -> set[str]:
    """Return which of these ids connectors of any tenant use, including removed ones."""
    found: set[str] = set()
    for block in batched(ids, BLOCK):
        rows = db.rows(f"SELECT id FROM connectors WHERE id IN ({_marks(block)})", block)
        found.update(row_id for (row_id,) in rows)
    return found


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _current(db: Database, stored: _Row) -> Current:
    """Return a connector as it is stored; raises Damaged for JSON that cannot be read."""
    if any(isinstance(stored[name], str) for name in stored["texts"]):
        raise damaged(db.place)
    return Current(**{name: stored[name] for name in _READ}, stored=stored)


def _tags(db: Database, text: str) -> set[str]:
    try:
        return set(json.loads(text))
    except (TypeError, ValueError, RecursionError):
        raise damaged(db.place) from None


class RowWriter:
    """Checks, compares and writes many rows in one transaction; keys and types are read once."""

    def __init__(self, ws: Workspace, db: Database) -> None:
        self._ws = ws
        self._db = db
        self._opener = ws.opener(db)
        self._active_key: str | None = None
        self.revisions: dict[str, int] = {}
        self._now = db.now()

    def fingerprint(self, connector_id: str, key_id: str, name: str, value: Any) -> str:
        """Return a value's fingerprint for a connector's field."""
        cipher = self._opener.cipher(key_id)
        return cipher.fingerprint((self._ws.tenant, connector_id, name), value)

    def check(self, current: Current) -> None:
        """Raise Tampered for a row that was changed outside connectors."""
        self._opener.check(current.stored)

    def type_key(self, type_id: str) -> str:
        """Return the key of a type by its id."""
        return self._opener.type_of({"catalog_id": type_id}).key

    def new_row(self, wanted: Declared, connector_id: str | None, kind: PreparedType) -> _Row:
        """Return the row of a new connector, with sealed credentials."""
        cipher, email, name = self._active(), self._ws.actor.email, self._ws.actor.name
        row_id = connector_id or random_id()
        type_id = catalog_id(wanted.entry, self._ws.tenant)
        grant = _grant(kind, wanted.auth, wanted.config)
        tokens, prints = self._seal(cipher, row_id, wanted.auth, grant)
        row = {
            "id": row_id,
            "tenant_id": self._ws.tenant,
            "catalog_id": type_id,
            "name": wanted.name,
            "status": wanted.status or "inactive",
            "config": wanted.config,
            "auth": tokens,
            "auth_fingerprints": prints,
            "key_id": cipher.key.id,
            "tags": tags_of(wanted, ()),
            "version": 1,
            "auth_expires_at": _expiry(wanted),
            "created_by_email": email,
            "created_by_name": name,
            "created_at": self._now,
            "updated_by_email": email,
            "updated_by_name": name,
            "updated_at": self._now,
            **look_columns(wanted.name),
        }
        return {**row, "auth_mac": ""}

    def changed_row(self, step: Step, kind: PreparedType) -> _Row:
        """Return the columns of a changed connector; unchanged credentials keep their tokens."""
        wanted, current = step.wanted, step.current
        assert wanted is not None and current is not None  # noqa: S101, PT018 - an update has both
        cipher = self._opener.sealing_cipher(self._ws.tenant, current.key_id)
        altered = {change.field for change in step.fields if change.secret}
        fresh = {name: value for name, value in wanted.auth.items() if name in altered}
        flow = step.kept
        config = kept(current.config, wanted.config, flow)
        tokens, prints = self._seal(cipher, current.id, fresh, _grant(kind, fresh, config))
        known = {**current.auth_fingerprints, **prints}
        named = set(wanted.auth) | (flow & set(current.auth))
        ends = current.auth_expires_at
        if not fresh.keys().isdisjoint(("access_token", EXPIRY)):
            ends = _expiry(wanted)  # the old expiry is not that of a new token
            named -= {EXPIRY} - set(wanted.auth)
        elif "access_token" not in named:
            ends = None
        tokens = {f: tokens.get(f) or current.auth[f] for f in sorted(named)}
        return {
            "id": current.id,
            "tenant_id": self._ws.tenant,
            "config": config,
            "auth": tokens,
            "auth_fingerprints": {f: p for f, p in known.items() if f in tokens},
            "auth_expires_at": ends,
            "tags": tags_of(wanted, current.tags),
            "status": wanted.status or current.status,
            **self._touched(current),
        }

    def removed_row(self, current: Current) -> _Row:
        """Return the columns of a removed connector, which can be restored."""
        actor = self._ws.actor
        return {
            "id": current.id,
            "tenant_id": self._ws.tenant,
            "deleted_at": self._now,
            "deleted_by_email": actor.email,
            "deleted_by_name": actor.name,
        }

    def insert(self, rows: Sequence[_Row]) -> None:
        """Insert rows of new connectors, and seal them."""
        self._write(statements.INSERT_CONNECTOR, rows)

    def update(self, rows: Sequence[_Row]) -> None:
        """Update the rows of changed connectors, and seal them."""
        self._write(statements.CHANGE_CONNECTOR, rows)

    def remove(self, rows: Sequence[_Row]) -> None:
        """Update the rows of removed connectors, and seal them."""
        self._write(statements.REMOVE_CONNECTOR, rows)

    def _write(self, statement: Statement, rows: Sequence[_Row]) -> None:
        if rows:
            execute(self._db, statement, *rows)
            self._renew([row["id"] for row in rows])

    def _renew(self, ids: list[str]) -> None:
        self.revisions |= self._opener.renew(self._ws.tenant, ids)

    def _touched(self, current: Current) -> _Row:
        return {
            "version": current.version + 1,
            "updated_at": self._now,
            "updated_by_email": self._ws.actor.email,
            "updated_by_name": self._ws.actor.name,
        }

    def _seal(
        self, cipher: Cipher, connector_id: str, auth: Mapping[str, Any], grant: Grant
    ) -> tuple[dict[str, str], dict[str, str]]:
        places = {
            name: (self._ws.tenant, connector_id, check_credential(name)) for name in sorted(auth)
        }
        tokens = {
            name: cipher.seal(place, auth[name], grant.origins if name in grant.fields else ())
            for name, place in places.items()
        }
        prints = {name: cipher.fingerprint(place, auth[name]) for name, place in places.items()}
        return tokens, prints

    def _active(self) -> Cipher:
        """Return the cipher under the tenant's active key."""
        if self._active_key is None:
            self._active_key = active_key_id(self._db, self._ws.tenant)
        return self._opener.sealing_cipher(self._ws.tenant, self._active_key)


def _grant(kind: PreparedType, auth: Mapping[str, Any], config: Mapping[str, Any]) -> Grant:
    """Return which of these credentials a service granted, and where they may be sent."""
    fields = kind.flow & auth.keys()
    return Grant(fields, kind.addresses.origins(config) if fields else ())


def _expiry(wanted: Declared) -> str | None:
    text = wanted.auth_expires_at
    moment = clock.parse(text) if text else expiry_in(wanted.auth)
    return clock.as_text(moment) if moment else None
