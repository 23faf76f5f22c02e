"""SQL that reads views past damaged rows: what is no JSON there is null, and is said.

It stands beside the views, which may not use these functions. PostgreSQL stores nothing like that.
"""

from __future__ import annotations

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN_ROW = "FROM connectors c WHERE c.id = {view}.id"
_IS_OBJECT = "json_valid(c.auth) AND substr(c.auth, 1, 1) = '{{'"
_READABLE = f"(SELECT {_IS_OBJECT} {_OWN_ROW})"
_NAMES = "SELECT '[' || COALESCE(group_concat(json_quote(key), ', '), '') || ']' FROM json_each"
_STATUS = f"CASE WHEN {_READABLE} THEN CAST(status AS TEXT) ELSE 'unreadable' END"
_AUTH_FIELDS = f"(SELECT CASE WHEN {_IS_OBJECT} THEN ({_NAMES}(c.auth)) END {_OWN_ROW})"
_INSTEAD = {"status": f"{_STATUS} AS status", "auth_fields": f"{_AUTH_FIELDS} AS auth_fields"}
_OF_CONNECTORS = frozenset({"installed_connectors", "publish_targets", "removed_connectors"})


def selected(dialect: str, view: str, columns: Iterable[tuple[str, str]]) -> str:
    """Return SQL for columns of a view; a connector whose credentials are no JSON is unreadable."""
    if dialect == "postgresql":
        return ", ".join(name for name, _ in columns)
    return ", ".join(_column(view, name, kind) for name, kind in columns)


def _column(view: str, name: str, kind: str) -> str:
    if view in _OF_CONNECTORS and name in _INSTEAD:
        return _INSTEAD[name].format(view=view)
    if kind == "json":
        begin = "[" if name == "tags" else "{"
        return f"CASE WHEN json_valid({name}) AND substr({name}, 1, 1) = '{begin}' THEN {name} END"
    # Without a name of its own: what is sorted by is the column, which has an index.
    return f"CAST({name} AS TEXT)" if kind == "text" else name


def status(dialect: str, view: str) -> str:
    """Return SQL for the status of a view's connectors, as it is selected."""
    return "status" if dialect == "postgresql" else _STATUS.format(view=view)


def readable(dialect: str, view: str) -> str:
    """Return the condition that leaves out targets that cannot be used."""
    if dialect == "postgresql" or view != "publish_targets":
        return ""
    return f" AND {_READABLE.format(view=view)}"
