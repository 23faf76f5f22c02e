"""Many connectors' rows at once: read as they are, sealed, inserted and changed in bulk."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from connectors_cli import catalog
from connectors_cli.catalog_rows import catalog_id
from connectors_cli.filling import EXPIRY
from connectors_cli.names import check_credential, fold
from connectors_cli.planning import Current, Declared, Step, kept, tags_of
from connectors_cli.tables import CatalogRow, Connector
from connectors_cli.vault import Vault
from connectors_cli.workspace import Workspace

BLOCK = 500
_TABLE: Any = Connector.__table__  # type: ignore[attr-defined]  # SQLModel adds it to every table class
_READ = tuple(_TABLE.c[name] for name in Current.__dataclass_fields__)
_Row = dict[str, Any]


def live_named(session: Session, tenant: str, names: Iterable[str]) -> dict[str, Current]:
    """Return the live connectors of these names, by name."""
    found: dict[str, Current] = {}
    for block in blocks(names):
        query = select(*_READ).where(_live(tenant), _TABLE.c.name.in_(block)).with_for_update()
        rows = session.connection().execute(query)
        found.update((row.name, Current(*row)) for row in rows)
    return found


def live_names(session: Session, tenant: str) -> dict[str, str]:
    """Return the names of all live connectors, by what people take for the same."""
    rows = session.connection().execute(select(_TABLE.c.name).where(_live(tenant)))
    return {fold(name): name for (name,) in rows}


def live_tagged(session: Session, tenant: str, tags: frozenset[str]) -> Iterator[Current]:
    """Yield the live connectors that carry one of these tags, by name."""
    heads = select(_TABLE.c.name, _TABLE.c.tags).where(_live(tenant)).order_by(_TABLE.c.name)
    owned = [name for name, found in session.connection().execute(heads) if tags & set(found)]
    found = live_named(session, tenant, owned)
    return (found[name] for name in owned)


def used_ids(session: Session, ids: Iterable[str]) -> set[str]:
    """Return which of these ids a connector of any tenant has, removed ones included."""
    found: set[str] = set()
    for block in blocks(ids):
        query = select(_TABLE.c.id).where(_TABLE.c.id.in_(block))
        found.update(session.connection().execute(query).scalars())
    return found


def blocks(items: Iterable[Any], size: int = BLOCK) -> Iterator[list[Any]]:
    """Yield items in lists of at most `size`."""
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


def _live(tenant: str) -> Any:
    return (_TABLE.c.tenant_id == tenant) & _TABLE.c.deleted_at.is_(None)


class Sealer:
    """Seals, compares and checks many rows in one transaction: keys and types made ready once."""

    def __init__(self, ws: Workspace, session: Session) -> None:
        self._ws = ws
        self._session = session
        self._vaults: dict[str | None, Vault] = {}
        self._kinds: dict[str, dict[str, Any]] = {}
        self._now = datetime.now(UTC)

    def vault(self, key_id: str | None = None) -> Vault:
        """Return the vault under a key, or under the tenant's active one."""
        if key_id not in self._vaults:
            vault = self._ws.vault(self._session, key_id)
            self._vaults[key_id] = self._vaults[vault.key.id] = vault
        return self._vaults[key_id]

    def fingerprint(self, connector_id: str, key_id: str, name: str, value: Any) -> str:
        """Return a value's fingerprint as the connector's row would have it."""
        return self.vault(key_id).fingerprint((self._ws.tenant, connector_id, name), value)

    def check(self, current: Current) -> None:
        """Raise Tampered unless a row is as this program last wrote it."""
        sealed = self._sealed(current.catalog_id, current.id, current.name, current.config)
        sealed |= {"auth": current.auth, "auth_mac": current.auth_mac}
        self.vault(current.key_id).check_row(sealed)

    def type_key(self, type_id: str) -> str:
        """Return the key of a type by its id."""
        return str(self._kind(type_id)["catalog_key"])

    def new_row(self, wanted: Declared, connector_id: str | None) -> _Row:
        """Return the row of a new connector, its credentials sealed."""
        vault, email, name = self.vault(), self._ws.actor.email, self._ws.actor.name
        row_id = connector_id or str(uuid.uuid4())
        type_id = catalog_id(wanted.entry.key)
        tokens, prints = self._seal(vault, row_id, wanted.auth)
        sealed = self._sealed(type_id, row_id, wanted.name, wanted.config)
        return {
            "id": row_id,
            "tenant_id": self._ws.tenant,
            "catalog_id": type_id,
            "name": wanted.name,
            "status": wanted.status or "inactive",
            "config": wanted.config,
            "auth": tokens,
            "auth_fingerprints": prints,
            "auth_mac": vault.row_mac({**sealed, "auth": tokens}),
            "key_id": vault.key.id,
            "tags": tags_of(wanted, ()),
            "version": 1,
            "auth_expires_at": _moment(wanted.auth_expires_at),
            "created_by_email": email,
            "created_by_name": name,
            "created_at": self._now,
            "updated_by_email": email,
            "updated_by_name": name,
            "updated_at": self._now,
        }

    def changed_row(self, step: Step, flow: frozenset[str]) -> _Row:
        """Return the values of a changed connector; what did not change keeps its token."""
        wanted, current = step.wanted, step.current
        assert wanted is not None and current is not None  # noqa: S101, PT018 - an update has both
        vault = self.vault(current.key_id)
        altered = {change.field for change in step.fields if change.secret}
        fresh = {name: value for name, value in wanted.auth.items() if name in altered}
        tokens, prints = self._seal(vault, current.id, fresh)
        known = {**current.auth_fingerprints, **prints}
        named = set(wanted.auth) | (flow & set(current.auth))
        ends = current.auth_expires_at
        if "access_token" in fresh:  # the old one's end is not that of a new one
            ends = _moment(wanted.auth_expires_at)
            named -= {EXPIRY} - set(wanted.auth)
        tokens = {f: tokens.get(f) or current.auth[f] for f in sorted(named)}
        config = kept(current.config, wanted.config, flow)
        sealed = self._sealed(current.catalog_id, current.id, current.name, config)
        return {
            "row_id": current.id,
            "config": config,
            "auth": tokens,
            "auth_fingerprints": {f: p for f, p in known.items() if f in tokens},
            "auth_mac": vault.row_mac({**sealed, "auth": tokens}),
            "auth_expires_at": ends,
            "tags": tags_of(wanted, current.tags),
            "status": wanted.status or current.status,
            **self._touched(current),
        }

    def removed_row(self, current: Current) -> _Row:
        """Return the values of a connector that is removed, softly."""
        actor = self._ws.actor
        return {
            "row_id": current.id,
            "deleted_at": self._now,
            "deleted_by_email": actor.email,
            "deleted_by_name": actor.name,
        }

    def insert(self, rows: Sequence[_Row]) -> None:
        """Add rows of new connectors."""
        if rows:
            self._session.connection().execute(insert(_TABLE), rows)

    def update(self, rows: Sequence[_Row]) -> None:
        """Change rows; all must name the same columns."""
        if rows:
            names: _Row = {n: bindparam(n) for n in rows[0] if n != "row_id"}
            own = _TABLE.c.tenant_id == self._ws.tenant
            query = update(_TABLE).where(own, _TABLE.c.id == bindparam("row_id")).values(names)
            self._session.connection().execute(query, rows)

    def _touched(self, current: Current) -> _Row:
        return {
            "version": current.version + 1,
            "updated_at": self._now,
            "updated_by_email": self._ws.actor.email,
            "updated_by_name": self._ws.actor.name,
        }

    def _seal(
        self, vault: Vault, connector_id: str, auth: Mapping[str, Any]
    ) -> tuple[dict[str, str], dict[str, str]]:
        places = {
            name: (self._ws.tenant, connector_id, check_credential(name)) for name in sorted(auth)
        }
        tokens = {name: vault.seal(place, auth[name]) for name, place in places.items()}
        prints = {name: vault.fingerprint(place, auth[name]) for name, place in places.items()}
        return tokens, prints

    def _sealed(self, type_id: str, row_id: str, name: str, config: _Row) -> dict[str, Any]:
        return {
            **self._kind(type_id),
            "tenant_id": self._ws.tenant,
            "id": row_id,
            "name": name,
            "config": config,
        }

    def _kind(self, type_id: str) -> dict[str, Any]:
        """Return what a row's seal covers of its type, as `records.sealed` has it."""
        if type_id not in self._kinds:
            kind = self._session.get_one(CatalogRow, type_id)
            custom = kind.source == "custom"
            self._kinds[type_id] = {
                "catalog_key": kind.key,
                "source": kind.source,
                "digest": catalog.entry_of(kind.model_dump()).digest if custom else None,
            }
        return self._kinds[type_id]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
