"""The opener of sealed rows: the one place that checks key, seal and type before a use.

It takes rows as plain data, so that fast reads use it without the ORM.
"""

from __future__ import annotations

from contextlib import suppress

from connectors_cli.errors import KeyProblem, Tampered, UsageError
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.services.sealed_type import SealedType, stored_type
from connectors_cli.store.read.sealed import (
    older_seals,
    stored_connectors,
    unreadable,
)
from connectors_cli.vault.key_sources import KeySource, find_source
from connectors_cli.vault.seal import ROW_VERSION, Cipher

TYPE_CHECKING = False  # importing typing costs a fast read
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from connectors_cli.catalog.entry import Entry
    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database
    from connectors_cli.vault.seal import Key

    Row = dict[str, Any]


NOT_SEALED = 0
"""The logged revision of a connector that was changed without its key, or deleted."""
_SHORTEST_SECRET = 8
"""Shorter credentials are not looked for in a reason: they can be a usual word."""
_SEAL = "UPDATE connectors SET auth_mac = ?, revision = ? WHERE tenant_id = ? AND id = ?"


class OpenConnector:
    """A connector whose seal was checked and whose credentials are open."""

    __slots__ = ("_cipher", "auth", "row", "type")

    def __init__(self, row: Row, kind: SealedType, cipher: Cipher, auth: Row) -> None:
        self.row = row
        self.type = kind
        self.auth = auth
        self._cipher = cipher

    @property
    def key(self) -> Key:
        """The key that opened it."""
        return self._cipher.key

    def __repr__(self) -> str:
        return f"OpenConnector({self.name!r})"

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def catalog_key(self) -> str:
        return self.type.key

    @property
    def config(self) -> Row:
        return dict(self.row["config"])

    @property
    def settings(self) -> Row:
        """The settings with the defaults of the type, as programs use them."""
        from connectors_cli.catalog.defaults import with_defaults

        return with_defaults(self.entry.config_schema, self.config)

    @property
    def entry(self) -> Entry:
        """The type that the seal covers."""
        return self.type.entry()

    @property
    def granted(self) -> dict[str, tuple[str, ...]]:
        """The credentials that a service granted, and where each may be sent."""
        place, tokens = (self.row["tenant_id"], self.row["id"]), self.row["auth"]
        found = {f: self._cipher.origins((*place, f), tokens[f]) for f in self.auth}
        return {name: origins for name, origins in found.items() if origins}

    def check_origins(self) -> None:
        """Check that what a service granted would be sent only where it was granted.

        Raises:
            Rejected: the settings name another address now.
        """
        granted = self.granted
        if not granted:
            return
        from connectors_cli.catalog.addresses import Addresses
        from connectors_cli.errors import Rejected
        from connectors_cli.system.text import command_line

        now = Addresses(self.entry).origins(self.config)
        other = [origin for origin in now if any(origin not in o for o in granted.values())]
        if other:
            was = ", ".join(sorted({one for origins in granted.values() for one in origins}))
            raise Rejected(
                f"the sign-in of {self.name} was at {was}, not at {other[0]}; nothing was sent",
                hint=command_line("auth", "login", self.name),
            )


class Opener:
    """Checks, opens and seals rows of connectors; keys and types are looked up once.

    A row is one of `store.read.sealed`: the columns that a seal covers, and their texts.
    `find_keys` returns the key source; it is called when the first key is needed. `reason` is why
    credentials are used: one that contains a credential is refused, because the log keeps it.
    """

    def __init__(self, db: Database, find_keys: Callable[[], KeySource], reason: str = "") -> None:
        self._db = db
        self._reason = reason
        self._find_keys = find_keys
        self._keys: KeySource | KeyProblem | None = None
        self._ciphers: dict[str, Cipher] = {}
        self._tenants: dict[str, TenantKeys] = {}
        self._opening: set[tuple[str, str]] = set()
        self._sealing: set[tuple[str, str]] = set()
        self._types: dict[object, SealedType] = {}

    def is_for(self, find_keys: Callable[[], KeySource]) -> bool:
        """Return whether it has its keys from this source."""
        return self._find_keys == find_keys

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that were used so far."""
        return tuple(cipher.key for cipher in self._ciphers.values())

    def cipher(self, key_id: str) -> Cipher:
        """Return the cipher under a key, whoever's it is; KeyProblem without it.

        To seal with it, call `sealing_cipher`.
        """
        if key_id not in self._ciphers:
            self._ciphers[key_id] = Cipher(self._source().get(key_id))
        return self._ciphers[key_id]

    def sealing_cipher(self, tenant: str, key_id: str) -> Cipher:
        """Return the cipher to seal a tenant's values with, once its key was checked for that.

        Raises:
            KeyProblem: the key is not available.
            Tampered: it is not the tenant's active key, nor one before it.
        """
        cipher = self.cipher(key_id)
        if (tenant, key_id) not in self._sealing:
            self.tenant_keys(tenant).check_sealing(key_id, self._source())
            self._sealing.add((tenant, key_id))
        return cipher

    def tenant_keys(self, tenant: str) -> TenantKeys:
        """Return the keys of a tenant."""
        if tenant not in self._tenants:
            self._tenants[tenant] = TenantKeys(self._db, tenant)
        return self._tenants[tenant]

    def endorse_first(self, tenant: str) -> None:
        """Let the active key of an older store endorse itself, if it may seal."""
        keys = self.tenant_keys(tenant)
        if keys.active is not None and not keys.is_endorsed(keys.active):
            with suppress(KeyProblem):
                self.sealing_cipher(tenant, keys.active)
                keys.endorse(keys.active, self.cipher(keys.active).key)

    def type_of(self, row: Mapping[str, Any]) -> SealedType:
        """Return a row's type; one without a key, which no seal matches, for an unknown id."""
        type_id = row["catalog_id"]
        if type_id not in self._types:
            self._types[type_id] = stored_type(self._db, type_id)
        return self._types[type_id]

    def sealed(self, row: Mapping[str, Any]) -> Row:
        """Return a row with its type's part of the seal; raises Tampered for a damaged row."""
        kinds = (("id", str), ("name", str), ("config", dict), ("auth", dict))
        if not all(isinstance(row[name], kind) for name, kind in kinds):
            raise unreadable(row["name"])
        return {**row, **self.type_of(row).seal_material}

    def open(self, row: Row, fields: tuple[str, ...] | None = None) -> OpenConnector:
        """Check a row's seal and open its credentials, or those named.

        Raises KeyProblem without the row's key, Tampered for a row that was changed, or that is
        older than the log says, UsageError for a reason that contains a credential.
        """
        sealed = self.sealed(row)
        cipher = self.cipher(row["key_id"])
        auth = cipher.open_row(sealed, fields)
        self._check_key(row, cipher)
        check_revision(cipher, sealed)
        opened = OpenConnector(row, self.type_of(row), cipher, auth)
        if self._reason:
            _check_reason(self._reason, opened)
        return opened

    def check(self, row: Row) -> None:
        """Check a row's seal without opening it; raises what `open` raises."""
        cipher = self.cipher(row["key_id"])
        self.check_seal(row)
        self._check_key(row, cipher)
        check_revision(cipher, row)

    def check_seal(self, row: Row) -> None:
        """Check a row's seal alone, and not that it is the last one that the log knows."""
        self.cipher(row["key_id"]).check_row(self.sealed(row))

    def stored(self, tenant: str, row_id: str) -> Row:
        """Return a connector as it is now in the transaction; Tampered for a damaged row."""
        row = stored_connectors(self._db, tenant, (row_id,)).get(row_id)
        if row is None:
            raise unreadable(row_id)
        return row

    def renew(
        self, tenant: str, ids: Sequence[str], cipher: Cipher | None = None
    ) -> dict[str, int]:
        """Seal rows as they are now in the transaction; return their new revisions by id.

        Call it after the write. The caller has checked each row before it changed it: what is
        sealed here counts as written by this program. `cipher` is the rows' own, where their key
        is in no source yet.
        """
        rows = stored_connectors(self._db, tenant, ids)
        made = [self._next_seal(row, cipher or self._sealing_own(row)) for row in rows.values()]
        self._db.write(
            _SEAL, [(*seal, tenant, row_id) for seal, row_id in zip(made, rows, strict=True)]
        )
        return {row_id: revision for (_, revision), row_id in zip(made, rows, strict=True)}

    def check_removed(self, row: Row) -> None:
        """Check a removed connector's seal; without its key it was removed under its former one.

        Raises:
            KeyProblem, Tampered: as `open` does.
        """
        try:
            self.check(row)
        except Tampered:
            if row["logged_revision"] != NOT_SEALED:
                raise
            self.check_before_removal(row)

    def check_before_removal(self, row: Row) -> None:
        """Check the seal that a connector had before it was removed without its key.

        Raises:
            KeyProblem, Tampered: as `open` does.
        """
        sql = (
            "SELECT revision FROM events WHERE tenant_id = ? AND connector_id = ?"
            " AND revision > ? ORDER BY id DESC LIMIT 1"
        )
        found = self._db.one(sql, (row["tenant_id"], row["id"], NOT_SEALED))
        logged = found[0] if found else None
        self.check({**row, "deleted_at": None, "logged_revision": logged})

    def upgrade(self, tenant: str, limit: int = 200) -> None:
        """Give some rows that an older program sealed a seal of version 2.

        A row that does not fit its old seal keeps it.
        """
        ids = older_seals(self._db, tenant, limit)
        made = []
        for row_id, row in stored_connectors(self._db, tenant, ids).items():
            with suppress(Tampered, KeyProblem):
                self.check(row)
                sealed = {**self.sealed(row), "revision": 0}
                made.append((self._sealing_own(row).row_seal(sealed), 0, tenant, row_id))
        self._db.write(_SEAL, made)

    def _next_seal(self, row: Row, cipher: Cipher) -> tuple[str, int]:
        """Return the seal and the revision of a row that was changed."""
        before = row["revision"]
        revision = (before if isinstance(before, int) else 0) + 1
        try:
            return cipher.row_seal({**self.sealed(row), "revision": revision}), revision
        except TypeError:  # a column contains bytes
            raise unreadable(row["name"]) from None

    def opens(self, row: Row) -> bool:
        """Return whether every credential of a row opens, whatever else of it was changed.

        Raises KeyProblem. For reports only: to use credentials, call `open`.
        """
        try:
            sealed = self.sealed(row)
            cipher = self.cipher(row["key_id"])
            for name, token in sealed["auth"].items():
                cipher.unwrap((sealed["tenant_id"], sealed["id"], name), token)
        except Tampered:
            return False
        return True

    def reseal(self, row: Row, target: Cipher) -> tuple[str, str, str, int]:
        """Return a row's tokens and fingerprints as JSON, its seal and revision, under a new key.

        The revision stays, because nothing but the key changes. Raises what `open` raises.
        """
        import json

        sealed = self.sealed(row)
        cipher = self.cipher(row["key_id"])
        tokens, prints = cipher.reseal_row(sealed, target)
        self._check_key(row, cipher)
        check_revision(cipher, sealed)
        auth, fingerprints = json.dumps(tokens), json.dumps(prints)
        texts = {**row["texts"], "auth": auth, "auth_fingerprints": fingerprints}
        revision = row["revision"] or 0
        seal = target.row_seal({**sealed, "texts": texts, "revision": revision})
        return auth, fingerprints, seal, revision

    def _check_key(self, row: Row, cipher: Cipher) -> None:
        """Check that a row's key is one of its tenant's; raises Tampered."""
        place = (row["tenant_id"], cipher.key.id)
        if place not in self._opening:
            self.tenant_keys(place[0]).check(cipher.key, self._source().loaded_keys())
            self._opening.add(place)

    def _sealing_own(self, row: Row) -> Cipher:
        return self.sealing_cipher(row["tenant_id"], row["key_id"])

    def _source(self) -> KeySource:
        """Return the key source; a missing one is remembered too, so that it is asked only once."""
        if self._keys is None:
            try:
                self._keys = self._find_keys()
            except KeyProblem as error:
                self._keys = error
        if isinstance(self._keys, KeyProblem):
            raise self._keys
        return self._keys


def check_revision(cipher: Cipher, row: Row) -> None:
    """Check that a row is the last one that the log knows.

    Its revision is under the seal, and each change is an event with the new revision: an older row
    that was put back, one that was removed and revived, and one whose events are gone differ.

    Raises:
        Tampered: they differ.
    """
    logged = row["logged_revision"]
    revision = row["revision"] if is_renewed(row) else None
    if (revision or None) != logged:
        raise cipher.altered(row, "it is not as its last change in the log left it")


def is_renewed(row: Row) -> bool:
    """Return whether a row's seal is of version 2; rows of older programs have version 1."""
    return str(row["auth_mac"]).startswith(ROW_VERSION)


def opener_for(db: Database, settings: Settings) -> Opener:
    """Return the opener of a store that is read with the key source of a run's settings."""
    return Opener(db, lambda: find_source(settings.environ, db.meta["store_id"]), settings.reason)


def _check_reason(reason: str, opened: OpenConnector) -> None:
    """Raise UsageError if a reason contains a credential of a connector."""
    from connectors_cli.catalog.fields import secret_texts

    texts = secret_texts(opened.entry, opened.auth)
    if any(len(text) >= _SHORTEST_SECRET and text in reason for text in texts):
        raise UsageError(
            f"the reason contains a credential of {opened.name}; the log would keep it",
            hint="give a reason without secrets, and replace that credential: it was on a"
            " command line or in a variable",
        )
