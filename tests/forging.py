"""What somebody who can write to the database and has no key does to a log."""

from connectors_cli.chain import HASHED, hash_entry

BARE = (
    "UPDATE log_heads SET sealed_entries = NULL, sealed_hash = NULL, seal = NULL,"
    " seal_key_id = NULL"
)


def rewrite(db, start=1):
    """Make every plain hash from an entry on right, and where the log ends."""
    columns = ", ".join(("id", *HASHED))
    rows = db.execute(f"SELECT {columns} FROM events ORDER BY id").fetchall()
    previous = None
    for entry_id, *entry in rows:
        found = hash_entry(previous, entry)
        if entry_id >= start:
            change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = ?"
            db.execute(change, (previous, found, entry_id))
        previous = found
    db.execute("UPDATE log_heads SET entries = ?, hash = ?", (len(rows), previous))


def erase_seals(db, start=1):
    """Let nothing tell that entries were sealed, from one on."""
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL WHERE id >= ?", (start,))


def follow(db):
    """Say that the log is sealed up to its last sealed entry as it is now; the seal stays."""
    sealed = (
        "(SELECT COUNT(*) FROM events WHERE id <= (SELECT MAX(id) FROM events WHERE seal > ''))"
    )
    last = "(SELECT hash FROM events WHERE seal > '' ORDER BY id DESC LIMIT 1)"
    db.execute(f"UPDATE log_heads SET sealed_entries = {sealed}, sealed_hash = {last}")


def bare(db):
    """Let nothing tell that the log was ever sealed."""
    db.execute(BARE)
