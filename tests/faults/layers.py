"""Each seal alone: a row that is sealed again with the true key, so that one layer is left."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from connectors_cli.services.opener import Opener
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.sealed import stored_connectors
from connectors_cli.vault.key_sources import find_source
from connectors_cli.vault.seal import Cipher
from figures import Row, row
from homes import Home
from signed_in import FIELDS, USES, Place

Forge = Callable[[dict[str, Any], Cipher, dict[str, Any]], object]
"""Alters tokens (a row's `auth`, the true cipher, the `auth` of another connector)."""
NEVER = ("used all the same", "called a bug")
FIELD = FIELDS["blog"]


def _of_another_connector(auth: dict[str, Any], _: Cipher, other: dict[str, Any]) -> None:
    auth[FIELD] = other[FIELD]


def _for_another_place(auth: dict[str, Any], cipher: Cipher, _: dict[str, Any]) -> None:
    auth[FIELD] = cipher.seal(("acme", "x", FIELD), "canary-of-mallory")


def _of_another_version(auth: dict[str, Any], cipher: Cipher, row: dict[str, Any]) -> None:
    body = cipher.unwrap(row["place"], auth[FIELD])
    auth[FIELD] = cipher.wrap(b"\x03" + body[1:])


def _without_a_place(auth: dict[str, Any], cipher: Cipher, _: dict[str, Any]) -> None:
    auth[FIELD] = cipher.wrap(b'\x01"canary-of-mallory"')


def _damaged(auth: dict[str, Any], _: Cipher, __: dict[str, Any]) -> None:
    auth[FIELD] = auth[FIELD][:-8] + "AAAAAA=="


def _no_text(auth: dict[str, Any], _: Cipher, __: dict[str, Any]) -> None:
    auth[FIELD] = 7


FORGERIES: tuple[Forge, ...] = (
    _of_another_connector,
    _for_another_place,
    _of_another_version,
    _without_a_place,
    _damaged,
    _no_text,
)
FORGED_USES = ("get", "run", "env", "test", "export", "targets, then get")


def layers(place: Place, folder: Path) -> Iterator[Row]:
    """Try the seal of a field, and the origin of a grant, without the seal of the row."""
    found: Counter[str] = Counter(dict.fromkeys(("uses", "refused", *NEVER), 0))
    control = resealed(place.home.copy(folder), "blog", lambda *_: None)
    if failed := [use for use in FORGED_USES if USES[use](control, "blog", FIELD).code]:
        raise AssertionError(f"a row that was sealed again cannot be used: {failed}")
    control.remove()
    for forge in FORGERIES:
        home = resealed(place.home.copy(folder), "blog", forge)
        for use in FORGED_USES:
            found.update(_judged(USES[use](home, "blog", FIELD)))
        home.remove()
    yield row("tokens swapped, rows resealed with the true key", len(FORGERIES), found, NEVER)
    yield _origins(place, folder)


def _origins(place: Place, folder: Path) -> Row:
    """Move a connector that is signed in to another address, and seal that with the true key."""
    never = (*NEVER, "requests to the thief")
    found: Counter[str] = Counter(dict.fromkeys(("uses", "refused", *never), 0))
    home = place.home.copy(folder)
    moved = "UPDATE connectors SET config = json_set(config, '$.server_url', ?) WHERE name = 'news'"
    home.query(moved, place.thief.url)
    resealed(home, "news", lambda *_: None)
    before = len(place.thief.requests)
    for use in ("test", "auth refresh", "run", "env"):
        found.update(_judged(USES[use](home, "news", FIELDS["news"])))
    found["requests to the thief"] = len(place.thief.requests) - before
    home.remove()
    return row("sign-ins moved, rows resealed with the true key", 1, found, never)


def _judged(done: Any) -> Iterator[str]:
    yield "uses"
    yield "refused" if done.code else "used all the same"
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"


def resealed(home: Home, name: str, forge: Forge) -> Home:
    """Alter the tokens of a connector, and seal its row as it then is with its true key."""
    one = "SELECT id FROM connectors WHERE tenant_id = 'default' AND name = ?"
    with closing(sqlite3.connect(home.path)) as connection, connection:
        db = Database(connection, "sqlite", "the store")
        ((row_id,),) = connection.execute(one, (name,)).fetchall()
        ((other,),) = connection.execute(
            "SELECT auth FROM connectors WHERE tenant_id = 'default' AND name = 'shop'"
        ).fetchall()
        opener = Opener(db, lambda: find_source(home.environ, ""))
        sealed = stored_connectors(db, "default", (row_id,))[row_id]
        cipher = opener.cipher(sealed["key_id"])
        auth = dict(sealed["auth"])
        forge(auth, cipher, {**json.loads(other), "place": ("default", row_id, FIELD)})
        change = "UPDATE connectors SET auth = ? WHERE id = ?"
        connection.execute(change, (json.dumps(auth), row_id))
        sealed = stored_connectors(db, "default", (row_id,))[row_id]
        seal = cipher.row_seal(opener.sealed(sealed))
        connection.execute("UPDATE connectors SET auth_mac = ? WHERE id = ?", (seal, row_id))
    return home
