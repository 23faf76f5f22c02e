"""Many connectors or types in a store, copied from one by plain SQL."""

import sqlite3

_OWN = {
    "id": "printf('%s-%06d', :tenant, n)",
    "tenant_id": ":tenant",
    "name": "printf('n%06d', n)",
    "folded": "printf('n%06d', n)",
    "lookalike": "NULL",
}


def fill(db: sqlite3.Connection, tenant: str, count: int, like: str) -> None:
    """Add `count` copies (n000000 ...) of the connector `like` to a tenant, which is created."""
    db.execute(
        "INSERT OR IGNORE INTO tenants (id, name, created_by_email, created_at)"
        " SELECT :tenant, name, created_by_email, created_at"
        " FROM tenants WHERE id = 'default'",
        {"tenant": tenant},
    )
    db.execute(
        "INSERT OR IGNORE INTO members (tenant_id, principal, role, created_at)"
        " SELECT :tenant, principal, role, created_at FROM members WHERE tenant_id = 'default'",
        {"tenant": tenant},
    )
    columns = [row[1] for row in db.execute("PRAGMA table_info(connectors)")]
    values = ", ".join(_OWN.get(column, f"sample.{column}") for column in columns)
    db.execute(
        "CREATE TEMP TABLE sample AS"
        " SELECT * FROM connectors WHERE tenant_id = 'default' AND name = ?",
        (like,),
    )
    db.execute(
        "WITH RECURSIVE numbers(n) AS"
        " (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)"
        f" INSERT INTO connectors ({', '.join(columns)}) SELECT {values} FROM sample, numbers",
        {"tenant": tenant, "count": count},
    )
    db.execute("DROP TABLE sample")
    db.commit()


def fill_catalog(db: sqlite3.Connection, count: int, like: str) -> None:
    """Add `count` custom types (own-0000 ...) to a store, copies of the type `like`."""
    own = {
        "id": "printf('own-%06d', n)",
        "key": "printf('own-%04d', n)",
        "name": "printf('Own %04d', n)",
        "category": "printf('Own %02d', n % 20)",
        "source": "'custom'",
    }
    columns = [row[1] for row in db.execute("PRAGMA table_info(connector_catalog)")]
    values = ", ".join(own.get(column, f"sample.{column}") for column in columns)
    db.execute(
        "WITH RECURSIVE numbers(n) AS"
        " (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)"
        f" INSERT INTO connector_catalog ({', '.join(columns)}) SELECT {values}"
        " FROM connector_catalog sample, numbers WHERE sample.key = :like",
        {"count": count, "like": like},
    )
    db.commit()
