"""Resealing of a tenant's rows under another key, block by block in plain SQL."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from connectors_cli.errors import Damaged, KeyMissing, Tampered
from connectors_cli.services.opener import Opener
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.sealed import (
    live_id,
    stored_block,
    stored_connectors,
    table_order,
)
from connectors_cli.system.confusables import look_columns
from connectors_cli.system.record import Record, field
from connectors_cli.vault.seal import Cipher

Row = dict[str, Any]
BLOCK = 500
FEW = 200
"""How many rows one transaction reseals in some 50 ms, which other writers may wait."""
_LISTED = 10_000
"""How many rows under other keys are found by an index; of more, the whole table is read."""
_NAMED = 20


class Resealed(Record, frozen=False):
    """The result of resealing: counts, and the first names of rows that do not open."""

    connectors: int = 0
    values: int = 0
    damaged: int = 0
    names: list[str] = field(default_factory=list)
    cleared: list[tuple[str, Row]] = field(default_factory=list)

    def note(self, name: str) -> None:
        """Count a row that does not open."""
        self.damaged += 1
        if len(self.names) < _NAMED:
            self.names.append(name)


class FreshRow(Record):
    """A row as it will be: its new columns, the seal among them; and its key and seal before."""

    id: str
    columns: tuple[Any, ...]
    seal: str
    before: tuple[str, str]
    values: int


class Resealer:
    """Reads and rewrites the sealed rows of one tenant; writes are in the caller's transaction."""

    def __init__(self, ws: Workspace, db: Database) -> None:
        self._ws = ws
        self._db = db
        self.opener = Opener(db, ws.key_source)

    def reseal(self, target: Cipher, *, clears: bool = False) -> Resealed:
        """Seal every row that is under another key under the target's key, and check the seals.

        A row that does not open is unchanged. With `clears`, a row whose credentials are lost keeps
        only its settings; a row that was otherwise altered is unchanged.
        """
        done = Resealed()
        for block in self._others(target.key.id):
            fresh, cleared = [], []
            for row in block:
                try:
                    fresh.append(self._fresh(row, target))
                except (Tampered, KeyMissing) as error:
                    done.note(shown_name(row))
                    if clears and (isinstance(error, KeyMissing) or not self.opener.opens(row)):
                        done.cleared.append((shown_name(row), self.clear(row, target)))
                        cleared.append(row["id"])
            self.replace(fresh, target, done)
            self.verify(target, [*(row.id for row in fresh), *cleared])
        self._reseal_webhooks(target, done, clears=clears)
        return done

    def is_small(self, target: Cipher) -> bool:
        """Return whether so few rows are under other keys that one transaction reseals them."""
        return len(self._cursors_of_others(target.key.id, FEW + 1)) <= FEW

    def altered(self, target: Cipher) -> Resealed:
        """Return the rows under other keys whose seal does not match, or whose key is missing."""
        found = Resealed()
        for block in self._blocks("c.key_id <> ?", target.key.id):
            for row in block:
                try:
                    self.opener.check(row)
                except (Tampered, KeyMissing):
                    found.note(shown_name(row))
        return found

    def fresh_blocks(self, target: Cipher) -> Iterator[list[FreshRow]]:
        """Yield the rows under other keys that open, sealed under the target's key, in blocks.

        Nothing is written: `replace` does it, where a row is still as it was read here.
        """
        for block in self._blocks("c.key_id <> ?", target.key.id):
            fresh = []
            for row in block:
                with suppress(Tampered, KeyMissing):
                    fresh.append(self._fresh(row, target))
            if fresh:
                yield fresh

    def replace(self, rows: Sequence[FreshRow], target: Cipher, done: Resealed) -> None:
        """Write rows as they are under the target's key, and count them.

        A row that was changed since it was read is unchanged, and not counted.
        """
        sql = (
            "UPDATE connectors SET auth = ?, auth_fingerprints = ?, auth_mac = ?, revision = ?,"
            " key_id = ? WHERE tenant_id = ? AND id = ? AND key_id = ? AND auth_mac = ?"
        )
        tenant = self._ws.tenant
        self._db.write(sql, [(*r.columns, target.key.id, tenant, r.id, *r.before) for r in rows])
        seals = self._seals([row.id for row in rows])
        written = [row for row in rows if seals.get(row.id) == row.seal]
        done.connectors += len(written)
        done.values += sum(row.values for row in written)

    def verify(self, cipher: Cipher, ids: Sequence[str] | None = None) -> int:
        """Check the seal of every row under a key, or of these rows; return their number.

        Raises:
            Tampered: a seal does not match.
        """
        count = 0
        blocks = self._blocks("c.key_id = ?", cipher.key.id) if ids is None else [self._named(ids)]
        for block in blocks:
            for row in block:
                cipher.check_row(self.opener.sealed(row))
            count += len(block)
        return count

    def first_opened(self, cipher: Cipher) -> str | None:
        """Return the name of a connector that a key opens, or None."""
        for block in self._blocks("c.key_id = ?", cipher.key.id):
            for row in block:
                with suppress(Tampered):
                    cipher.open_row(self.opener.sealed(row))
                    return shown_name(row)
        return None

    def damaged(self) -> Iterator[tuple[Row, bool]]:
        """Yield the rows that do not open, and whether at least their credentials open."""
        for block in self._blocks("c.key_id >= ?", ""):  # all
            for row in block:
                try:
                    self.opener.open(row)
                except KeyMissing:
                    yield row, False
                except Tampered:
                    yield row, self.opener.opens(row)

    def clear(self, row: Row, cipher: Cipher) -> Row:
        """Delete a row's credentials, seal its settings unchanged; return details for the log."""
        config = row["config"] if isinstance(row["config"], dict) else {}
        tags = row["texts"]["tags"] if isinstance(row["tags"], list) else "[]"
        status = row["status"] if row["status"] in {"active", "inactive"} else "error"
        actor = self._ws.actor
        self._db.write(
            "UPDATE connectors SET auth = '{}', auth_fingerprints = '{}', config = ?, tags = ?,"
            " key_id = ?, auth_expires_at = NULL, version = version + 1, status = ?,"
            " updated_at = ?, updated_by_email = ?, updated_by_name = ? WHERE id = ?",
            [
                (
                    *(json.dumps(config), tags, cipher.key.id),
                    "error" if status == "active" else status,
                    *(self._db.now(), actor.email, actor.name, row["id"]),
                )
            ],
        )

        fields = sorted(row["auth"]) if isinstance(row["auth"], dict) else []
        version = row["version"] if isinstance(row["version"], int) else 0  # as SQLite computes it
        revision = self.opener.renew(row["tenant_id"], (row["id"],), cipher)[row["id"]]
        return {"id": row["id"], "version": version + 1, "fields": fields, "revision": revision}

    def seal_as_it_is(self, row: Row) -> int:
        """Seal a row again under its key, with any change made to it; return its revision."""
        look = look_columns(row["name"])
        other = "SELECT 1 FROM connectors WHERE tenant_id = ? AND folded = ? AND id <> ?"
        other += " AND deleted_at IS NULL"
        if self._db.one(other, (row["tenant_id"], look["folded"], row["id"])):
            look = {"folded": None, "lookalike": look["folded"]}
        sql = "UPDATE connectors SET version = version + 1, folded = ?, lookalike = ? WHERE id = ?"
        self._db.write(sql, [(*look.values(), row["id"])])
        return self.opener.renew(row["tenant_id"], (row["id"],))[row["id"]]

    def named(self, name: str) -> Row | None:
        """Return a connector's row by name or id, or None; it does not have to open."""
        for column in ("name", "id"):
            row_id = live_id(self._db, self._ws.tenant, column, name)
            if row_id is not None:
                found = stored_connectors(self._db, self._ws.tenant, (row_id,))
                return next(iter(found.values()), None)
        return None

    def _fresh(self, row: Row, target: Cipher) -> FreshRow:
        auth, prints, seal, revision = self.opener.reseal(row, target)
        before = (row["key_id"], row["auth_mac"])
        return FreshRow(row["id"], (auth, prints, seal, revision), seal, before, len(row["auth"]))

    def _seals(self, ids: Sequence[str]) -> dict[str, str]:
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT id, auth_mac FROM connectors WHERE tenant_id = ? AND id IN ({marks})"
        return dict(self._db.rows(sql, (self._ws.tenant, *ids)))

    def _named(self, ids: Sequence[str]) -> list[Row]:
        found = stored_connectors(self._db, self._ws.tenant, ids)
        return [found[row_id] for row_id in ids if row_id in found]

    def _others(self, key_id: str) -> Iterator[list[Row]]:
        """Yield the rows under other keys in blocks; few of them are found by the index."""
        few = self._cursors_of_others(key_id, _LISTED + 1)
        if not few:
            return iter(())
        if len(few) > _LISTED:
            return self._blocks("c.key_id <> ?", key_id)
        return self._blocks(f"{{cursor}} IN ({', '.join('?' * len(few))})", *few)

    def _cursors_of_others(self, key_id: str, limit: int) -> list[Any]:
        """Return where the first rows under other keys are in the order of the table."""
        side = f"SELECT {table_order(self._db, '')} FROM connectors WHERE tenant_id = ?"
        sides = " UNION ALL ".join(f"{side} AND key_id {sign} ?" for sign in "<>")
        own = (self._ws.tenant, key_id)
        return [row[0] for row in self._db.rows(f"{sides} LIMIT {limit}", own * 2)]

    def _blocks(self, condition: str, *values: Any) -> Iterator[list[Row]]:
        """Yield the tenant's rows in blocks, in the order of the table."""
        last: Any = 0 if self._db.dialect == "sqlite" else ""
        while found := self._block((condition, values), last):
            last = found[-1][0]
            yield [row for _, row in found]

    def _block(self, condition: tuple[str, tuple[Any, ...]], after: Any) -> list[tuple[Any, ...]]:
        tenant = self._ws.tenant
        return self._read(lambda: stored_block(self._db, tenant, after, BLOCK, condition))

    def _read(self, query: Callable[[], list[Any]]) -> list[Any]:
        """Return rows; undecodable bytes in one row do not fail the whole query."""
        try:
            return query()
        except Damaged:
            self._db.keep_bytes()
            return query()

    def _reseal_webhooks(self, target: Cipher, done: Resealed, *, clears: bool) -> None:
        sql = (
            "SELECT id, name, secret, key_id FROM webhooks"
            " WHERE tenant_id = ? AND secret IS NOT NULL AND key_id <> ?"
        )
        own = (self._ws.tenant, target.key.id)
        update = "UPDATE webhooks SET secret = ?, key_id = ? WHERE id = ?"
        for row_id, name, token, key_id in self._read(lambda: list(self._db.rows(sql, own))):
            place = (self._ws.tenant, row_id, "secret")
            try:
                fresh, _ = self.opener.cipher(key_id).reseal(place, token, target)
                self._db.write(update, ((fresh, target.key.id, row_id),))
                done.values += 1
            except (Tampered, KeyMissing):
                done.note(f"webhook {name}")
                if clears:
                    self._db.write(update, ((None, None, row_id),))


def shown_name(row: Row) -> str:
    """Return a row's name for messages and the log; undecodable bytes are escaped."""
    name = str(row["name"]).encode("utf-8", "backslashreplace").decode()
    return f"{name} (removed)" if row["deleted_at"] else name
