"""Forgeries of a log, by somebody who can write to the database but has no key."""

from connectors_cli.vault.log_seals import HASHED, hash_entry

BARE = (
    "UPDATE log_heads SET sealed_entries = NULL, sealed_hash = NULL, seal = NULL,"
    " seal_key_id = NULL"
)


def rewrite(db, start=1):
    """Correct every unsealed hash from an entry on, and the end of the log."""
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
    """Remove all traces that entries were sealed, from one on."""
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL WHERE id >= ?", (start,))


def follow(db):
    """Mark the log as sealed up to its last sealed entry; keep the seal."""
    sealed = (
        "(SELECT COUNT(*) FROM events WHERE id <= (SELECT MAX(id) FROM events WHERE seal > ''))"
    )
    last = "(SELECT hash FROM events WHERE seal > '' ORDER BY id DESC LIMIT 1)"
    db.execute(f"UPDATE log_heads SET sealed_entries = {sealed}, sealed_hash = {last}")


def bare(db):
    """Remove all traces that the log was ever sealed."""
    db.execute(BARE)


COLUMNS = (
    'config = \'{"site_url": "https://evil.example"}\'',
    "config = json_set(config, '$.account_label', 'x')",
    "config = '[]'",
    "auth = json_remove(auth, '$.username')",
    "auth_mac = ''",
    "auth_mac = 'é'",
    "auth_mac = x'00ff'",
    "auth_mac = (SELECT auth_mac FROM connectors WHERE name = 'shop')",
    "catalog_id = (SELECT id FROM connector_catalog WHERE key = 'medium')",
    "id = '11111111-1111-1111-1111-111111111111'",
    "key_id = '0000000000000000'",
    "key_id = (SELECT id FROM keys WHERE tenant_id = 'acme')",
)


CUSTOM_TYPE = (
    "source = 'builtin'",
    "key = 'own2'",
    "auth_schema = '{}'",
    'probe = \'{"url": "https://evil.example"}\'',
    "capabilities = '{\"post_text\": true}'",
    "digest = 'x'",
)


# What each column of a type can be altered to.
CONTENT = {
    **dict.fromkeys(("name", "description", "category", "icon", "auth_type"), "x"),
    **dict.fromkeys(("lifecycle", "notice"), "x"),
    **dict.fromkeys(("capabilities", "default_config_schema", "oauth", "probe"), '{"x": true}'),
    "auth_schema": '{"properties": {"token": {"x-env": "HTTPS_PROXY"}}}',
}
