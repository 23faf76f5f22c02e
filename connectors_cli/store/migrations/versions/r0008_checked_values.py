"""Checked values: the database itself refuses a status or kind of sign-in that nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_CHECKS = (
    ("connectors", "status", ("active", "inactive", "error"), "error"),
    ("connector_catalog", "auth_type", ("oauth", "api_key", "basic", "none"), "none"),
)
"""Table, column, its values, and the value that replaces any other."""


def upgrade() -> None:
    """Add the constraints; a value that only another program can have written is replaced."""
    connection = op.get_bind()
    for table, column, values, other in _CHECKS:
        allowed = ", ".join(f"'{value}'" for value in values)
        condition = f"{column} IN ({allowed})"
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = '{other}' WHERE NOT {condition}")
        name = f"ck_{table}_{column}"
        if connection.dialect.name == "sqlite":
            _add_to_file(connection, table, f"CONSTRAINT {name} CHECK ({condition})")
        else:
            op.create_check_constraint(name, table, condition)


def _add_to_file(connection: sa.Connection, table: str, constraint: str) -> None:
    """Add a constraint to a table's definition, without copying its rows.

    https://www.sqlite.org/lang_altertable.html#otheralter (changes that do not affect the rows)
    """
    chosen = "WHERE type = 'table' AND name = ?"
    sql = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master {chosen}", (table,)).scalar()
    before, end, after = str(sql).rpartition(")")
    (version,) = connection.exec_driver_sql("PRAGMA schema_version").one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = f"{before.rstrip()}, {constraint}{end}{after}"
    connection.exec_driver_sql(f"UPDATE sqlite_master SET sql = ? {chosen}", (changed, table))
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
