"""A tenant's sealed values under another key: every row in turn, in plain SQL, in flat memory."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from connectors_cli import catalog, reader
from connectors_cli.database import Database
from connectors_cli.errors import Damaged, KeyMissing, Tampered
from connectors_cli.journal import now
from connectors_cli.sealed import unreadable
from connectors_cli.vault import Vault
from connectors_cli.workspace import Workspace

Row = dict[str, Any]
_COLUMNS = (
    *("id", "name", "catalog_id", "config", "auth", "auth_mac", "key_id", "version", "deleted_at"),
)
BLOCK = 500
_decode = json.JSONDecoder().decode
_NAMED = 20


@dataclass(slots=True)
class Resealed:
    """What became of a tenant's rows: how many, and the first of those that do not open."""

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


class Resealer:
    """Works on the sealed rows of one tenant; who changes them has begun a transaction."""

    def __init__(self, ws: Workspace, db: Database) -> None:
        self._ws = ws
        self._db = db
        self._vaults: dict[str, Vault] = {}
        self._kinds: dict[str, Row] = {}
        self._cursor, cast = ("rowid", "") if db.dialect == "sqlite" else ("id", "::text")
        self._names = ", ".join(
            f"{name}{cast}" if name in {"config", "auth"} else name for name in _COLUMNS
        )

    def reseal(self, target: Vault, *, clears: bool = False) -> Resealed:
        """Seal every row of the tenant that another key seals under the target's.

        A row that does not open stays as it is; with `clears` one whose credentials are lost keeps
        its settings alone, and one that was altered beside them stays.
        """
        done = Resealed()
        for block in self._blocks("key_id <> ?", target.key.id):
            rows = []
            for row in block:
                try:
                    rows.append(self._resealed(row, target))
                    done.values += len(row["auth"])
                except (Tampered, KeyMissing) as error:
                    done.note(shown_name(row))
                    if clears and (isinstance(error, KeyMissing) or not self.opens(row)):
                        done.cleared.append((shown_name(row), self.clear(row, target)))
            self._write(rows)
            done.connectors += len(rows)
        self._reseal_webhooks(target, done, clears=clears)
        return done

    def verify(self, vault: Vault) -> int:
        """Read back every row under a key and check its seal; return how many, or Tampered."""
        count = 0
        for block in self._blocks("key_id = ?", vault.key.id):
            for row in block:
                vault.check_row(self.sealed(row))
            count += len(block)
        return count

    def first_opened(self, vault: Vault) -> str | None:
        """Return the name of a connector that a key opens; None where there is none."""
        for block in self._blocks("key_id = ?", vault.key.id):
            for row in block:
                with suppress(Tampered):
                    vault.open_row(self.sealed(row))
                    return shown_name(row)
        return None

    def damaged(self) -> Iterator[tuple[Row, bool]]:
        """Yield the rows that do not open, and whether their credentials alone would."""
        for block in self._blocks("key_id >= ?", ""):  # all
            for row in block:
                try:
                    self._vault(row["key_id"]).open_row(self.sealed(row))
                except KeyMissing:
                    yield row, False
                except Tampered:
                    yield row, self.opens(row)

    def clear(self, row: Row, vault: Vault) -> Row:
        """Take a row's credentials away and seal what is left: its settings, as they stand.

        Returns what the log is to have of it.
        """
        config = row["config"] if isinstance(row["config"], dict) else {}
        kept = {**row, "config": config, "auth": {}}
        actor = self._ws.actor
        self._db.write(
            "UPDATE connectors SET auth = '{}', auth_fingerprints = '{}', config = ?,"
            " auth_mac = ?, key_id = ?, auth_expires_at = NULL, version = version + 1,"
            " status = CASE status WHEN 'active' THEN 'error' ELSE status END,"
            " updated_at = ?, updated_by_email = ?, updated_by_name = ? WHERE id = ?",
            [
                (
                    *(json.dumps(config), vault.row_mac(self.sealed(kept)), vault.key.id),
                    *(now(), actor.email, actor.name, row["id"]),
                )
            ],
        )

        fields = sorted(row["auth"]) if isinstance(row["auth"], dict) else []
        version = row["version"] if isinstance(row["version"], int) else 0  # as SQLite adds to it
        return {"id": row["id"], "version": version + 1, "fields": fields}

    def seal_as_it_is(self, row: Row) -> None:
        """Put a row under its key's seal again, whatever was changed of it."""
        mac = self._vault(row["key_id"]).row_mac(self.sealed(row))
        sql = "UPDATE connectors SET auth_mac = ?, version = version + 1 WHERE id = ?"
        self._db.write(sql, [(mac, row["id"])])

    def named(self, name: str) -> Row | None:
        """Return a connector's row by name or id, also one that does not open."""
        for column in ("name", "id"):
            sql = (
                f"SELECT {self._names} FROM connectors"
                f" WHERE tenant_id = ? AND deleted_at IS NULL AND {column} = ?"
            )
            for found in self._read(sql, (self._ws.tenant, name)):
                return _parsed(found)
        return None

    def sealed(self, row: Row) -> Row:
        """Return what a row's seal covers, and what is needed to open it."""
        if not isinstance(row["config"], dict) or not isinstance(row["auth"], dict):
            raise Tampered(f"connector {row['name']!r} is not used: it holds no JSON")
        if not isinstance(row["id"], str) or not isinstance(row["name"], str):
            raise unreadable(row["name"])
        return {**row, **self._kind(row["catalog_id"]), "tenant_id": self._ws.tenant}

    def _vault(self, key_id: str) -> Vault:
        if key_id not in self._vaults:
            self._vaults[key_id] = Vault(self._ws.key_source().get(key_id))
        return self._vaults[key_id]

    def _kind(self, type_id: str) -> Row:
        """Return what a row's seal covers of its type, as `records.sealed` has it."""
        if type_id not in self._kinds:
            sql = "SELECT key, source FROM connector_catalog WHERE id = ?"
            key, source = self._db.one(sql, (type_id,)) or ("", "")
            found = reader.catalog_entry(self._db, key) if source == "custom" else None
            digest = catalog.entry_of(found).digest if found else None
            self._kinds[type_id] = {"catalog_key": key, "source": source, "digest": digest}
        return self._kinds[type_id]

    def _resealed(self, row: Row, target: Vault) -> tuple[str, ...]:
        sealed = self.sealed(row)
        tokens, prints = self._vault(row["key_id"]).reseal_row(sealed, target)
        mac = target.row_mac({**sealed, "auth": tokens})
        return json.dumps(tokens), json.dumps(prints), mac, target.key.id, row["id"]

    def _write(self, rows: list[tuple[str, ...]]) -> None:
        if rows:
            self._db.write(
                "UPDATE connectors SET auth = ?, auth_fingerprints = ?, auth_mac = ?, key_id = ?"
                " WHERE id = ?",
                rows,
            )

    def _blocks(self, condition: str, key_id: str) -> Iterator[list[Row]]:
        """Yield the tenant's rows in blocks, as they lie on the disk."""
        sql = (
            f"SELECT {self._cursor}, {self._names} FROM connectors WHERE tenant_id = ?"
            f" AND {self._cursor} > ? AND {condition} ORDER BY {self._cursor} LIMIT {BLOCK}"
        )
        last: Any = 0 if self._db.dialect == "sqlite" else ""
        while found := self._read(sql, (self._ws.tenant, last, key_id)):
            last = found[-1][0]
            yield [_parsed(row[1:]) for row in found]

    def _read(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return rows; bytes that are no text are one row's damage, and not the store's."""
        try:
            return list(self._db.rows(sql, parameters))
        except Damaged:
            if self._db.dialect != "sqlite":
                raise
            # Not from the beginning: it doubles the time that reading takes.
            self._db.connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
            return list(self._db.rows(sql, parameters))

    def opens(self, row: Row) -> bool:
        """Tell whether every credential of a row opens, whatever stands beside."""
        try:
            for name, token in self.sealed(row)["auth"].items():
                self._vault(row["key_id"]).unwrap((self._ws.tenant, row["id"], name), token)
        except Tampered:
            return False
        return True

    def _reseal_webhooks(self, target: Vault, done: Resealed, *, clears: bool) -> None:
        sql = (
            "SELECT id, name, secret, key_id FROM webhooks"
            " WHERE tenant_id = ? AND secret IS NOT NULL AND key_id <> ?"
        )
        update = "UPDATE webhooks SET secret = ?, key_id = ? WHERE id = ?"
        for row_id, name, token, key_id in self._read(sql, (self._ws.tenant, target.key.id)):
            place = (self._ws.tenant, row_id, "secret")
            try:
                fresh, _ = self._vault(key_id).reseal(place, token, target)
                self._db.write(update, ((fresh, target.key.id, row_id),))
                done.values += 1
            except (Tampered, KeyMissing):
                done.note(f"webhook {name}")
                if clears:
                    self._db.write(update, ((None, None, row_id),))


def _parsed(row: tuple[Any, ...]) -> Row:
    """Return a row by column, its JSON parsed; what holds none stays as it is stored."""
    found = dict(zip(_COLUMNS, row, strict=True))
    with suppress(ValueError, TypeError, RecursionError):
        found["config"], found["auth"] = _decode(found["config"]), _decode(found["auth"])
    return found


def shown_name(row: Row) -> str:
    """Return a row's name as people and the log are told it; bytes that are no text are escaped."""
    name = str(row["name"]).encode("utf-8", "backslashreplace").decode()
    return f"{name} (removed)" if row["deleted_at"] else name
