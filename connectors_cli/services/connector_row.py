"""One connector's row in the store: found, opened, sealed, and read back as the view shows it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from connectors_cli.errors import Conflict, Damaged, KeyProblem, NotFound, Tampered
from connectors_cli.services.names import check_credential
from connectors_cli.services.opener import OpenConnector, Opener
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import only_row
from connectors_cli.store.read.sealed import type_of, unreadable
from connectors_cli.store.write.connectors import (
    ConnectorHead,
    ConnectorRow,
    live_head,
    live_row,
    look_alikes,
    removed_heads,
)
from connectors_cli.system.confusables import look_columns, looks
from connectors_cli.system.record import Record
from connectors_cli.system.text import composed, is_unicode
from connectors_cli.vault.seal import canonical_json

_KINDS = (
    *(("id", str), ("name", str), ("status", str), ("version", int)),
    *(("config", dict), ("auth", dict), ("auth_fingerprints", dict), ("tags", list)),
)
_Found = TypeVar("_Found", bound=ConnectorHead)


def find(db: Database, ws: Workspace, name: str) -> ConnectorRow:
    """Return a connector of the tenant by name or id; raises NotFound, Tampered if damaged."""
    return _found(db, ws, name, find_live(db, ws, name))


def find_head(db: Database, ws: Workspace, name: str) -> ConnectorHead:
    """Return a connector without its JSON, which can be damaged; raises NotFound."""
    return _found(db, ws, name, find_live_head(db, ws, name))


def find_live(db: Database, ws: Workspace, name: str) -> ConnectorRow | None:
    """Return a connector of the tenant by name or id, None without it; Tampered if damaged."""
    return _find(live_row, db, ws, name)


def find_live_head(db: Database, ws: Workspace, name: str) -> ConnectorHead | None:
    """Return a connector without its JSON, which can be damaged, None without it."""
    return _find(live_head, db, ws, name)


def find_removed(db: Database, ws: Workspace, name: str) -> list[ConnectorHead]:
    """Return the removed connectors of a name or id; raises Conflict if it is not removed."""
    for column in ("name", "id") if is_unicode(name) else ():
        if rows := removed_heads(db, ws.tenant, column, composed(name)):
            return rows
    if find_live(db, ws, name) is not None:
        raise Conflict(f"{name!r} is not removed")
    raise NotFound(f"no removed connector {name!r}", hint="see: connectors list --removed")


def check_free(db: Database, tenant: str, name: str, own_id: str | None = None) -> None:
    """Raise Conflict if another connector's name looks the same."""
    for _, other, other_id in look_alikes(db, tenant, looks(name)):
        if other_id != own_id:
            raise Conflict(
                f"{name!r} looks like {other!r}, which exists", hint="choose another name"
            )


def of_another_type(name: str) -> Conflict:
    """Return the error for a name that a connector of another type has."""
    return Conflict(f"{name!r} exists with another type", hint="choose another --name")


def rename(row: ConnectorHead, name: str) -> None:
    """Set a connector's name, and what it looks like."""
    columns = look_columns(name)
    row.name, row.folded, row.lookalike = name, columns["folded"], columns["lookalike"]


def type_key(db: Database, row: ConnectorHead) -> str:
    """Return the key of a connector's type; raises Tampered for an unknown type."""
    found = type_of(db, row.catalog_id)
    if found is None:
        raise unreadable(row.name)
    return found[0]


def open_row(ws: Workspace, db: Database, row: ConnectorHead) -> OpenConnector:
    """Check a row's seal and open its credentials; raises KeyProblem or Tampered."""
    opener = ws.opener(db)
    return opener.open(opener.stored(row.tenant_id, row.id))


def check_row(ws: Workspace, db: Database, row: ConnectorHead) -> None:
    """Check a row's seal before it is changed; raises KeyProblem or Tampered."""
    opener = ws.opener(db)
    opener.check(opener.stored(row.tenant_id, row.id))


def is_sound(ws: Workspace, db: Database, row: ConnectorHead) -> bool:
    """Return whether a row's seal can be checked and matches."""
    try:
        check_row(ws, db, row)
    except (KeyProblem, Tampered):
        return False
    return True


class Grant(Record):
    """The credentials that a service granted, and where they may be sent."""

    fields: frozenset[str] = frozenset()
    origins: tuple[str, ...] = ()


def seal(
    row: ConnectorRow,
    opener: Opener,
    auth: Mapping[str, Any],
    keep: Mapping[str, Any] | None = None,
    grant: Grant | None = None,
) -> None:
    """Seal credentials into a row; those that are equal in `keep` keep their tokens.

    A token that already says where it was granted keeps that, so that no change of settings sends
    it elsewhere.
    """
    cipher, grant = opener.sealing_cipher(row.tenant_id, row.key_id), grant or Grant()
    tokens, prints = {}, {}
    for name in sorted(auth):
        place = (row.tenant_id, row.id, check_credential(name))
        origins = grant.origins if name in grant.fields else ()
        same = keep is not None and name in keep and _is_same(keep[name], auth[name])
        if same and (not origins or cipher.origins(place, row.auth[name])):
            tokens[name] = row.auth[name]
        else:
            tokens[name] = cipher.seal(place, auth[name], origins)
        prints[name] = cipher.fingerprint(place, auth[name])
    row.auth, row.auth_fingerprints = tokens, prints


def _is_same(before: Any, after: Any) -> bool:
    return canonical_json(before) == canonical_json(after)


def shown(db: Database, ws: Workspace, connector_id: str) -> dict[str, Any]:
    """Return a connector as the view shows it, inside the transaction."""
    return only_row(connectors.show_connector(db, ws.tenant, connector_id, by=("id",)))


def _found(db: Database, ws: Workspace, name: str, row: _Found | None) -> _Found:
    if row is None:
        known = connectors.some_names(db, ws.tenant)
        raise connectors.no_connector(name, filter(is_unicode, known))
    return row


def _find(
    read: Callable[[Database, str, str, str], _Found | None],
    db: Database,
    ws: Workspace,
    name: str,
) -> _Found | None:
    if not is_unicode(name):
        return None
    try:
        for column in ("name", "id"):
            if row := read(db, ws.tenant, column, composed(name)):
                return _checked(row)
    except Damaged:
        raise unreadable(name) from None
    return None


def _checked(row: _Found) -> _Found:
    """Return a row whose columns have the right types; raises Tampered."""
    kinds = _KINDS if isinstance(row, ConnectorRow) else _KINDS[:4]
    if not all(isinstance(getattr(row, name), kind) for name, kind in kinds):
        raise unreadable(row.name)
    return row
