"""The log is one chain a tenant: each entry's hash holds the one before, sealed with the key."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.chain import HASHED, Sealer, hash_entry
from connectors_cli.vault import Key


def chain(path, tenant="default"):
    """Check a tenant's chain entry by entry; its rows as (id, hash, key id, action)."""
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


def test_entries_are_chained_and_sealed_where_the_key_is_at_hand(run, blog, settings):
    run("edit", blog, "--tag", "more")
    run("get", blog, "application_password", "--reveal")
    run("edit", blog, "--set", "site_url=https://new.example.com")
    run("remove", blog)
    rows = chain(Path(settings.home) / "store.db")
    sealed = {row[8]: row[3] is not None for row in rows}
    assert [row[8] for row in rows] == [
        *("connector.install", "connector.update", "connector.reveal", "connector.update"),
        "connector.remove",
    ]
    assert [row[3] is not None for row in rows] == [True, False, True, True, False], sealed
    key = Key(settings.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"])
    assert all(row[3] in {None, Sealer(key, "default").seal_entry(row[2])} for row in rows)


@pytest.mark.skipif(sys.platform == "win32", reason="starts many processes")
def test_writers_at_once_make_one_chain(blog, settings):
    line = [sys.executable, "-m", "connectors_cli"]
    jobs = [
        [*line, "edit", blog, "--tag", f"t{n}"]
        if n % 2
        else [*line, "get", blog, "application_password", "--reveal"]
        for n in range(8)
    ]
    running = [subprocess.Popen(job, stdout=subprocess.DEVNULL) for job in jobs]
    assert [process.wait(60) for process in running] == [0] * 8
    assert len(chain(Path(settings.home) / "store.db")) == 9
