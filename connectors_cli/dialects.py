"""SQL that PostgreSQL wants, where SQLite keeps text in an order of bytes."""

from __future__ import annotations

_RFC3339 = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def as_rfc3339(dialect: str, column: str) -> str:
    """Return SQL for a time as RFC 3339 text."""
    return _RFC3339.format(column) if dialect == "postgresql" else column


def as_text(dialect: str, column: str) -> str:
    """Return SQL for JSON as text."""
    return f"{column}::text" if dialect == "postgresql" else column


def in_bytes(dialect: str, column: str) -> str:
    """Return SQL that orders by text byte by byte, whatever language the server speaks."""
    return f'{column} COLLATE "C"' if dialect == "postgresql" else column
