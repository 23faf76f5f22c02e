"""Verification names a log that was rewritten without the key, also after later seals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from connectors_cli.audit import log as audit_log
from connectors_cli.services.log import verify
from connectors_cli.settings import Settings
from connectors_cli.store.orm import tables
from connectors_cli.store.read.database import Database, os_user
from connectors_cli.vault.log_seals import BROKEN, Sealer
from connectors_cli.vault.seal import new_key
from support import forgery

INTO_KEYS = "INSERT INTO keys (id, tenant_id, state, created_at)"

KEY, OTHER = new_key(), new_key()
SEALED = (True, True, False, True, False)
"""The patterns of sealed entries (of 1 to 5) to try."""
NOW = "2026-11-22T00:00:00.000000Z"


class Log:
    """A tenant's log in an in-memory store; commands with or without the key append to it."""

    def __init__(self, sealed=SEALED):
        engine = create_engine("sqlite://")
        SQLModel.metadata.create_all(engine, [table.__table__ for table in TABLES])
        self.sql = engine.raw_connection().driver_connection
        self.sql.isolation_level = None
        self.db = Database(self.sql, "sqlite", "memory")
        self.db.meta = {"store_id": "s"}
        for tenant, key in (("default", KEY), ("other", OTHER)):
            self.sql.execute(
                "INSERT INTO tenants VALUES (?, ?, 'a@b', ?, NULL)", (tenant, tenant, NOW)
            )
            self.sql.execute(
                "INSERT INTO members VALUES (?, ?, 'owner', ?)", (tenant, os_user(), NOW)
            )
            self.sql.execute(
                f"{INTO_KEYS} VALUES (?, ?, 'active', ?)",
                (key.id, tenant, NOW),
            )
        audit_log.start(self.db, "default", KEY)
        for has_key in sealed:
            self.append(*((KEY,) if has_key else ()))

    def append(self, *keys):
        (count,) = self.sql.execute("SELECT COALESCE(MAX(id), 0) FROM events").fetchone()
        event = ("connector.use", f"c{count}", "ok", f'{{"n": {count}}}')
        audit_log.append(self.db, audit_log.Actor("ann", "a@b", "Ann"), "default", [event], keys)

    def verified(self, *keys):
        """Return the verification with these keys; without keys, with an unrelated one."""
        listed = ",".join(key.text for key in keys or (OTHER,))
        settings = Settings({"CONNECTOR_AUTH_ENCRYPTION_KEY": listed})
        found = verify(self.db, settings, rows=False)
        self.sql.execute("ROLLBACK")
        return found

    def named(self, *keys):
        """Return the broken entry and what is wrong with it, else the log's state."""
        found = self.verified(*keys)
        return (found.broken.id, found.broken.what) if found.broken else found.state


TABLES = (
    *(tables.Tenant, tables.KeyRow, tables.Member, tables.Event, tables.LogHead),
    tables.StoreMeta,
)


def change(log):
    log.sql.execute("UPDATE events SET principal = 'mallory' WHERE id = 2")


def remove(log):
    log.sql.execute("DELETE FROM events WHERE id = 2")


def cut(log):
    log.sql.execute("DELETE FROM events WHERE id >= 2")


def nothing_else(_):
    pass


def hashes(log):
    forgery.rewrite(log.sql)


def hashes_and_seals(log):
    forgery.erase_seals(log.sql, 2)
    forgery.rewrite(log.sql)


def head_as_well(log):
    hashes_and_seals(log)
    forgery.follow(log.sql)


def as_if_never_sealed(log):
    forgery.erase_seals(log.sql)
    forgery.rewrite(log.sql)
    forgery.bare(log.sql)


def head_gone(log):
    as_if_never_sealed(log)
    log.sql.execute("DELETE FROM log_heads")


def everything_gone(log):
    log.sql.execute("DELETE FROM events")
    log.sql.execute("DELETE FROM log_heads")


def head_under_no_key(log):
    head_as_well(log)
    log.sql.execute("UPDATE log_heads SET seal_key_id = '0123456789abcdef'")


def head_under_a_key_put_in(log):
    """Claim that the tenant once had a key that nobody has."""
    head_as_well(log)
    log.sql.execute("UPDATE log_heads SET seal_key_id = 'made-up'")
    log.sql.execute(
        f"{INTO_KEYS} VALUES ('made-up', 'default', 'retired', ?)",
        (NOW,),
    )


# What is done, and how it is hidden; what verifying names with the key and without it; and then
# once a command with the key has gone on with the log.
FORGERIES = [
    (change, nothing_else, (2, "changed"), (2, "changed"), (2, "changed")),
    (change, hashes, (2, "resealed"), (4, "resealed"), (2, "resealed")),
    (change, hashes_and_seals, (4, "resealed"), (4, "resealed"), (6, "resealed")),
    (change, head_as_well, (1, "resealed"), "unchecked", (6, "unmatched")),
    (change, as_if_never_sealed, "unsealed", "unsealed", "unsealed"),
    (change, head_gone, (5, "headless"), (5, "headless"), (1, "resealed")),
    (change, everything_gone, (None, "headless"), (None, "headless"), "unsealed"),
    (change, head_under_no_key, (1, "foreign"), (1, "foreign"), (6, "unmatched")),
    (change, head_under_a_key_put_in, "unchecked", "unchecked", "unchecked"),
    (remove, nothing_else, (3, "removed"), (3, "removed"), (3, "removed")),
    (remove, hashes, (4, "resealed"), (5, "resealed"), (4, "resealed")),
    (remove, head_as_well, (1, "resealed"), "unchecked", (6, "unmatched")),
    (cut, nothing_else, (1, "cut"), (1, "cut"), (2, "removed")),
    (cut, hashes, (1, "cut"), (1, "cut"), (2, "resealed")),
    (cut, head_as_well, (1, "resealed"), "unchecked", (2, "unmatched")),
]


@pytest.mark.parametrize(("act", "hide", "with_key", "without", "then"), FORGERIES)
def test_verification_names_the_tampering(act, hide, with_key, without, then):
    log = Log()
    act(log)
    hide(log)
    assert log.named(KEY) == with_key
    assert log.named() == without
    log.append(KEY)
    assert log.named(KEY) == then


def test_later_keys_do_not_cover_up_tampering():
    log = Log()
    change(log)
    head_as_well(log)
    for _ in range(2):
        log.append(KEY)
    new = new_key()
    log.sql.execute("UPDATE keys SET state = 'retired' WHERE tenant_id = 'default'")
    log.sql.execute(
        f"{INTO_KEYS} VALUES (?, 'default', 'active', ?)",
        (new.id, NOW),
    )
    log.append(KEY, new)
    log.append(new)
    assert log.named(KEY, new) == (6, "unmatched")
    assert log.named(new) == (8, "unmatched")
    forgery.rewrite(log.sql)
    assert log.named(KEY, new) == (6, "unmatched")


def test_new_key_continues_the_seals_of_the_old_one():
    log = Log()
    new = new_key()
    log.sql.execute("UPDATE keys SET state = 'retiring' WHERE tenant_id = 'default'")
    log.sql.execute(
        f"{INTO_KEYS} VALUES (?, 'default', 'active', ?)",
        (new.id, NOW),
    )
    log.append(KEY)  # not sealed: the key is not the active one
    log.append(new, KEY)
    log.append(new)
    assert log.named(KEY, new) == log.named(new) == "whole"
    change(log)
    hashes_and_seals(log)
    assert log.named(new) != "whole"


def test_entries_sealed_with_a_lost_key_stay_unchecked():
    log = Log()
    new = new_key()
    log.sql.execute("UPDATE keys SET state = 'retired' WHERE tenant_id = 'default'")
    log.sql.execute(
        f"{INTO_KEYS} VALUES (?, 'default', 'active', ?)",
        (new.id, NOW),
    )
    log.append(new)
    log.append(new)
    found = log.verified(new)
    assert (found.state, found.unproven_until[0], found.sealed_until[0]) == ("unchecked", 5, 7)
    assert "was lost" in found.hint
    log.sql.execute("UPDATE events SET principal = 'mallory' WHERE id = 6")
    forgery.rewrite(log.sql)
    assert log.named(new) == (6, "resealed")


def seal_all(log, key):
    """Seal a whole log and its length with a key."""
    log.sql.execute("UPDATE events SET seal_key_id = ?", (key.id,))
    forgery.rewrite(log.sql)
    sealer, before = Sealer(key, "default"), ""
    for entry, found in log.sql.execute("SELECT id, hash FROM events ORDER BY id").fetchall():
        seal = sealer.seal_entry(found, before)
        log.sql.execute("UPDATE events SET seal = ? WHERE id = ?", (seal, entry))
        before = found
    log.sql.execute(
        "UPDATE log_heads SET sealed_entries = entries, sealed_hash = hash, seal = ?,"
        " seal_key_id = ?",
        (sealer.seal_head(5, before), key.id),
    )


def test_seals_of_another_tenants_key_do_not_count():
    log = Log()
    change(log)
    seal_all(log, KEY)
    assert log.named(KEY, OTHER) == "whole"
    seal_all(log, OTHER)
    assert log.named(KEY, OTHER) == log.named() == (1, "foreign")
    log.append(KEY, OTHER)
    assert log.named(KEY, OTHER) == (1, "foreign")


def test_seal_says_broken_only_if_the_log_was_altered():
    """The word is part of the seal, so that it cannot be removed without the key."""
    log = Log()
    change(log)
    head_as_well(log)
    log.append(KEY)
    (found,) = log.sql.execute("SELECT sealed_hash FROM log_heads").fetchone()
    log.sql.execute("UPDATE log_heads SET sealed_hash = ?", (f'{found}","{BROKEN}',))
    log.append(KEY)
    assert log.named(KEY) == (6, "unmatched")


def test_undetected_tampering_is_what_the_documentation_says():
    """Entries after the last seal can be altered, and an older copy of the log put back."""
    log = Log()
    log.sql.execute("UPDATE events SET principal = 'mallory' WHERE id = 5")
    forgery.rewrite(log.sql)
    assert log.named(KEY) == "whole"
    log = Log(SEALED[:1])
    older = log.sql.execute(
        "SELECT sealed_entries, sealed_hash, seal, seal_key_id FROM log_heads"
    ).fetchone()
    for _ in range(2):
        log.append(KEY)
    change(log)
    hashes_and_seals(log)
    moved = "sealed_entries = ?, sealed_hash = ?, seal = ?, seal_key_id = ?"
    log.sql.execute(f"UPDATE log_heads SET {moved}", older)
    assert log.named(KEY) == "whole"


HIDINGS = (
    nothing_else,
    hashes,
    hashes_and_seals,
    head_as_well,
    as_if_never_sealed,
    head_gone,
    head_under_no_key,
    head_under_a_key_put_in,
)
COLUMNS = ("at", "tenant_id", "principal", "email", "action", "subject", "outcome", "details")


@st.composite
def forgeries(draw):
    """A pattern of seals, and SQL that alters, removes, moves or cuts off earlier entries."""
    sealed = draw(st.lists(st.booleans(), min_size=1, max_size=7).filter(any))
    last = max(place for place, is_sealed in enumerate(sealed, 1) if is_sealed)
    entry = draw(st.integers(1, last))
    other = draw(st.integers(1, len(sealed)).filter(lambda place: place != entry or last == 1))
    column = draw(st.sampled_from(COLUMNS))
    moved = "UPDATE events SET id = {} WHERE id = {}"
    acts = [
        [f"UPDATE events SET {column} = {column} || 'x' WHERE id = {entry}"],
        [f"DELETE FROM events WHERE id = {entry}"],
        [f"DELETE FROM events WHERE id >= {entry}"],
        [f"DELETE FROM events WHERE id <= {entry}"],
    ]
    if other != entry:
        acts.append([moved.format(-1, entry), moved.format(entry, other), moved.format(other, -1)])
    return sealed, draw(st.sampled_from(acts))


@given(
    forgeries(),
    st.sampled_from(HIDINGS),
    st.lists(st.booleans(), max_size=3),
)
def test_forgery_before_the_last_seal_is_never_whole(forgery, hide, then):
    sealed, act = forgery
    log = Log(sealed)
    for sql in act:
        log.sql.execute(sql)
    hide(log)
    for has_key in then:
        log.append(*((KEY,) if has_key else ()))
    assert log.named(KEY) != "whole"


@given(forgeries())
def test_forgery_that_breaks_hashes_is_found_without_the_key(forgery):
    sealed, act = forgery
    log = Log(sealed)
    for sql in act:
        log.sql.execute(sql)
    assert log.verified().broken is not None


@given(st.lists(st.booleans(), max_size=9))
def test_untouched_log_is_whole(sealed):
    assert Log(sealed).named(KEY) == "whole"
