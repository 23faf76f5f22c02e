"""The log: one hash chain per tenant, sealed with the tenant's key."""

import io
import sqlite3
import sys
import tracemalloc
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.__main__ import main
from connectors_cli.audit import history, log
from connectors_cli.audit.roles import Action
from connectors_cli.cli import formats
from connectors_cli.services.log import verify
from connectors_cli.store.read import database
from connectors_cli.store.read.rows import EVENT
from connectors_cli.vault.log_seals import HASHED, TRUST_LEVELS, Sealer, hash_entry
from connectors_cli.vault.seal import Key, new_key
from support import log_writer, processes

pytestmark = pytest.mark.sqlite

ENTRY = st.lists(st.none() | st.text(), min_size=len(HASHED), max_size=len(HASHED))
MANY = 30_000


def chain(path, tenant="default"):
    """Check a tenant's chain entry by entry; return its rows as (id, hash, key id, action)."""
    columns = ", ".join(("id", "previous_hash", "hash", "seal", *HASHED))
    sql = f"SELECT {columns} FROM events WHERE tenant_id = ? ORDER BY id"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(sql, (tenant,)).fetchall()
        (entries, last) = db.execute(
            "SELECT entries, hash FROM log_heads WHERE tenant_id = ?", (tenant,)
        ).fetchone()
    expected = None
    for (
        _,
        previous,
        found,
        *_,
    ) in rows:
        assert previous == expected
        expected = found
    assert all(found == hash_entry(previous, entry) for _, previous, found, _, *entry in rows)
    assert (entries, last) == (len(rows), expected)
    return rows


def test_entries_are_chained_and_sealed_when_the_key_is_available(run, blog, settings):
    run("edit", blog, "--tag", "more")
    run("get", blog, "application_password", "--reveal")
    run("edit", blog, "--set", "site_url=https://new.example.com", "--yes")
    run("remove", blog)
    rows = chain(Path(settings.home) / "store.db")
    assert [row[8] for row in rows] == [
        *("tenant.create", "connector.install", "connector.update", "connector.reveal"),
        *("connector.update", "connector.remove"),
    ]
    key = Key(settings.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"])
    sealer, hashes = Sealer(key, "default"), ["", *(row[2] for row in rows)]
    before = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}
    assert [row[3] for row in rows] == [
        sealer.seal_entry(hashes[n], hashes[before[n]]) if n in before else None
        for n in range(1, 7)
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_concurrent_writers_make_one_chain(run, blog, settings):
    """Changing and reading commands run next to programs that only append."""
    edit = partial(main, ["edit", blog, "--tag", "t"])
    reveal = partial(main, ["get", blog, "application_password", "--reveal"])
    assert processes.together([edit, reveal, *[log_writer.append] * 8]) == [0] * 10
    assert len(chain(Path(settings.home) / "store.db")) == 2 + 2 + 8 * log_writer.appended()
    assert run("log", "--verify").code == 0


@pytest.mark.slow
@given(st.none() | st.text(), ENTRY, st.none() | st.text(), ENTRY)
def test_equal_hashes_need_equal_entries_and_previous_hashes(before, entry, before2, entry2):
    same = (before, entry) == (before2, entry2)
    assert (hash_entry(before, entry) == hash_entry(before2, entry2)) == same


@given(ENTRY, st.integers(0, len(HASHED) - 1), st.text())
def test_any_change_to_an_entry_changes_its_hash(entry, place, text):
    changed = [*entry[:place], text, *entry[place + 1 :]]
    assert (hash_entry(None, changed) == hash_entry(None, entry)) == (changed == entry)


def test_seal_depends_on_key_tenant_and_use():
    one, other = new_key(), new_key()
    found = hash_entry(None, [""] * len(HASHED))
    seals = {
        Sealer(one, "a").seal_entry(found, ""),
        Sealer(one, "a").seal_entry(found, found),
        Sealer(one, "a").seal_alone(found),
        Sealer(other, "a").seal_entry(found, ""),
        Sealer(one, "b").seal_entry(found, ""),
        Sealer(one, "a").seal_head(1, found),
        Sealer(one, "a").seal_head(2, found),
        *(Sealer(one, "a").seal_entry(found, "", trust) for trust in TRUST_LEVELS[1:]),
        *(Sealer(one, "a").seal_head(1, found, trust) for trust in TRUST_LEVELS[1:]),
    }
    assert len(seals) == 7 + 2 * 3


class Sink(io.TextIOBase):
    """A stream that discards its text."""

    def write(self, text):
        return len(text)


@pytest.mark.slow
@pytest.mark.sqlite
def test_long_log_is_verified_and_shown_in_little_memory(ws, settings):
    events = ((Action.CONNECTOR_USE, f"c{n}", "ok", f'{{"n": {n}}}') for n in range(MANY))
    key = Key(settings.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"])
    with closing(database.open_for_appending(settings.store)) as db:
        db.connection.execute("BEGIN IMMEDIATE")
        log.append(db, ws.actor, "default", events, (key,))
        db.connection.commit()
    with closing(database.open_for_reading(settings.store)) as db:
        tracemalloc.start()
        try:
            found = verify(db, settings)
            rows = history.list_events(db, "default", EVENT, history.EventFilter())
            shown = formats.write(rows, "jsonl", Sink())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (found.state, found.seals_checked) == ("whole", found.entries)
    assert found.entries == shown == 1 + MANY
    assert peak < 2 * 1024 * 1024
