"""One connector's row: found, sealed, opened, and read back as the view shows it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import JSON, Session, col, select

from connectors_cli import catalog, reader
from connectors_cli.errors import Conflict, Damaged, NotFound
from connectors_cli.names import check_credential, fold, is_text
from connectors_cli.rows import only_row
from connectors_cli.sealed import unreadable
from connectors_cli.tables import CatalogRow, Connector
from connectors_cli.vault import Vault, canonical
from connectors_cli.workspace import Workspace

_WITHOUT_JSON = tuple(
    defer(getattr(Connector, column.name))
    for column in Connector.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    if isinstance(column.type, JSON)
)
"""What leaves out the columns that a damaged row may hold no JSON in, until they are asked for."""
_KINDS = (
    *(("id", str), ("name", str), ("status", str), ("version", int)),
    *(("config", dict), ("auth", dict), ("auth_fingerprints", dict), ("tags", list)),
)


def find(session: Session, ws: Workspace, name: str, *, whole: bool = True) -> Connector:
    """Return a connector of the tenant by name or id; NotFound otherwise.

    Not `whole`, it is also had where its JSON is damaged, which is Tampered otherwise.
    """
    row = find_live(session, ws, name, whole=whole)
    if row is None:
        live = select(Connector.name).where(
            Connector.tenant_id == ws.tenant, col(Connector.deleted_at).is_(None)
        )
        raise reader.no_connector(name, filter(is_text, map(str, session.exec(live.limit(1000)))))
    return row


def open_connector(ws: Workspace, session: Session, row: Connector) -> dict[str, Any]:
    """Return a row's credentials, its seal checked first; KeyProblem or Tampered."""
    return ws.vault(session, row.key_id).open_row(sealed(session, row))


def find_live(
    session: Session, ws: Workspace, name: str, *, whole: bool = True
) -> Connector | None:
    live = select(Connector).where(
        Connector.tenant_id == ws.tenant, col(Connector.deleted_at).is_(None)
    )
    live = live if whole else live.options(*_WITHOUT_JSON)
    if not is_text(name):
        return None
    try:
        for column in (Connector.name, Connector.id):
            if row := session.exec(live.where(column == name).with_for_update()).first():
                return _checked(row, whole=whole)
    except Damaged:
        raise unreadable(name) from None
    return None


def _checked(row: Connector, *, whole: bool) -> Connector:
    """Return a row whose columns hold what they are for; Tampered otherwise."""
    kinds = _KINDS if whole else _KINDS[:4]
    if not all(isinstance(getattr(row, name), kind) for name, kind in kinds):
        raise unreadable(row.name)
    return row


def find_removed(session: Session, ws: Workspace, name: str) -> list[Connector]:
    gone = (
        select(Connector)
        .where(Connector.tenant_id == ws.tenant, col(Connector.deleted_at).is_not(None))
        .order_by(col(Connector.deleted_at).desc())
        .options(*_WITHOUT_JSON)
    )
    for column in (Connector.name, Connector.id) if is_text(name) else ():
        if rows := session.exec(gone.where(column == name)).all():
            return list(rows)
    if find_live(session, ws, name) is not None:
        raise Conflict(f"{name!r} is not removed")
    raise NotFound(f"no removed connector {name!r}", hint="see `connectors list --removed`")


def check_free(session: Session, ws: Workspace, name: str, own_id: str | None = None) -> None:
    """Raise Conflict when another connector's name is the same but for case or composition."""
    taken = select(Connector.name, Connector.id).where(
        Connector.tenant_id == ws.tenant, col(Connector.deleted_at).is_(None)
    )
    folded = fold(name)
    for other, other_id in session.exec(taken):
        if other_id != own_id and fold(str(other)) == folded:
            raise Conflict(
                f"{name!r} reads like {other!r}, which exists", hint="choose another name"
            )


def seal(
    row: Connector, vault: Vault, auth: Mapping[str, Any], keep: Mapping[str, Any] | None = None
) -> None:
    """Seal credentials into a row; those that `keep` has with the same value stay as they are."""
    tokens, prints = {}, {}
    for name in sorted(auth):
        place = (row.tenant_id, row.id, check_credential(name))
        same = keep is not None and name in keep and canonical(keep[name]) == canonical(auth[name])
        tokens[name] = row.auth[name] if same else vault.seal(place, auth[name])
        prints[name] = vault.fingerprint(place, auth[name])
    row.auth, row.auth_fingerprints = tokens, prints


def sealed(session: Session, row: Connector) -> dict[str, Any]:
    """Return what the row's seal covers, and what is needed to open it.

    A custom type's digest is made anew: what the store says of it could be as altered as the type.
    """
    kind = _type(session, row)
    custom = kind.source == "custom"
    return {
        "tenant_id": row.tenant_id,
        "id": row.id,
        "catalog_key": kind.key,
        "source": kind.source,
        "digest": catalog.entry_of(kind.model_dump()).digest if custom else None,
        "name": row.name,
        "config": row.config,
        "auth": row.auth,
        "auth_mac": row.auth_mac,
        "key_id": row.key_id,
    }


def type_key(session: Session, row: Connector) -> str:
    """Return the key of a connector's type; Tampered where the store has no such type."""
    return _type(session, row).key


def _type(session: Session, row: Connector) -> CatalogRow:
    found = session.get(CatalogRow, row.catalog_id)
    if found is None:
        raise unreadable(row.name)
    return found


def shown(session: Session, ws: Workspace, connector_id: str) -> dict[str, Any]:
    """Read a connector back through the view, inside the transaction."""
    session.flush()
    db = ws.store.driver(session)
    return only_row(reader.show_connector(db, ws.tenant, connector_id))
