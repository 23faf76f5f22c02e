"""The generated modules of `store/write`: statements and tables as text, so that no ORM is loaded.

`make statements` writes them; a test compares them with what this module compiles.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from connectors_cli.store.orm import upgrade
from connectors_cli.store.orm.tables import (
    CatalogRow,
    Connector,
    KeyRow,
    Member,
    StoreMeta,
    Tenant,
)

Statement = tuple[dict[str, str], tuple[str, ...]]
"""SQL by dialect, with `?` for parameters, and the parameters' names in order."""
FOLDER = Path(__file__).parent.parent / "write"
_HEAD = '"""{}, generated from the tables by `make statements`: do not edit."""\n'
_BY = ("updated_by_email", "updated_by_name", "updated_at")
_GONE = ("deleted_by_email", "deleted_by_name", "deleted_at")
_OWN = ("tenant_id", "id")
_DECLARED = ("status", "config", "auth", "auth_fingerprints", "tags", "auth_expires_at")
_NAME = ("name", "folded", "lookalike")
_CONTENT = (*_NAME, *_DECLARED, "key_id", "last_check")
_UPDATES: dict[str, tuple[type[SQLModel], tuple[str, ...], tuple[str, ...]]] = {
    "EDIT_CONNECTOR": (Connector, (*_CONTENT, "version", *_BY), _OWN),
    "CHANGE_CONNECTOR": (Connector, (*_DECLARED, "version", *_BY), _OWN),
    "TURN_CONNECTOR": (Connector, ("status", "version", *_BY), _OWN),
    "REMOVE_CONNECTOR": (Connector, _GONE, _OWN),
    "RESTORE_CONNECTOR": (Connector, (*_NAME, "version", *_BY, *_GONE), _OWN),
    "SET_KEY_STATE": (KeyRow, ("state",), _OWN),
}
"""Each statement's table, the columns that it sets, and those that choose the row."""


def statements() -> dict[str, Statement]:
    """Return the statements of everyday writes by name."""
    compiled: dict[str, Any] = {
        "INSERT_CONNECTOR": _insert(Connector),
        "DELETE_CONNECTOR": _chosen(delete(_table(Connector)), Connector, _OWN),
        "INSERT_TYPE": _insert(CatalogRow),
        "UPDATE_TYPE": _update(
            CatalogRow,
            [c.name for c in _table(CatalogRow).c if c.name not in {"id", "created_at"}],
            ("id",),
        ),
        "DELETE_TYPE": _chosen(delete(_table(CatalogRow)), CatalogRow, _OWN),
        "INSERT_TENANT": _insert(Tenant),
        "INSERT_KEY": _insert(KeyRow),
        "DELETE_KEY": _chosen(delete(_table(KeyRow)), KeyRow, _OWN),
        "INSERT_MEMBER": _insert(Member),
        "INSERT_META": _insert(StoreMeta),
        "DELETE_META": _chosen(delete(_table(StoreMeta)), StoreMeta, ("key",)),
        **{name: _update(*parts) for name, parts in _UPDATES.items()},
    }
    return {name: _text(compiled[name]) for name in sorted(compiled)}


def schema() -> tuple[str, ...]:
    """Return the statements that create the tables, indexes and views of a SQLite store."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "store.db")
        upgrade.upgrade_file(path)
        with closing(sqlite3.connect(path)) as db:
            made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type <> 'table', "
            texts = [str(sql) for (sql,) in db.execute(made + "type <> 'index', name")]
            (revision,) = db.execute("SELECT version_num FROM alembic_version").fetchone()
    return (*texts, f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')")


def modules() -> dict[str, str]:
    """Return the text of each generated module by its file name."""
    made = "".join(
        f"\n{name} = (\n    {{\n{_lines(texts)}    }},\n    ({_names(names)}),\n)\n"
        for name, (texts, names) in statements().items()
    )
    tables = "".join(f"    {_quoted(' '.join(sql.split()))},\n" for sql in schema())
    return {
        "statements.py": _HEAD.format("The statements of everyday writes") + made,
        "tables.py": _HEAD.format("The tables of a new SQLite store")
        + f"\nTABLES = (\n{tables})\n",
    }


def main() -> None:
    """Write the generated modules."""
    for name, text in modules().items():
        (FOLDER / name).write_text(text, "utf-8")


def _table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to every table class


def _insert(model: type[SQLModel]) -> Any:
    """Return the insertion of a whole row."""
    values: dict[str, Any] = {one.name: bindparam(one.name) for one in _table(model).c}
    return insert(_table(model)).values(values).inline()


def _update(model: type[SQLModel], columns: Iterable[str], where: Iterable[str]) -> Any:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return _chosen(update(_table(model)).values(values), model, where)


def _chosen(statement: Any, model: type[SQLModel], where: Iterable[str]) -> Any:
    """Return a statement for the rows that have the given values in the columns of `where`."""
    for name in where:
        statement = statement.where(_table(model).c[name] == bindparam(name))
    return statement


def _text(statement: Any) -> Statement:
    dialects: Any = (sqlite.dialect, postgresql.dialect)
    made = [statement.compile(dialect=dialect(paramstyle="qmark")) for dialect in dialects]
    texts = {one.dialect.name: " ".join(str(one).split()) for one in made}
    return texts, tuple(made[0].positiontup)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lines(texts: dict[str, str]) -> str:
    return "".join(f'        "{dialect}": {_quoted(sql)},\n' for dialect, sql in texts.items())


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, names)) + ("," if len(names) == 1 else "")


if __name__ == "__main__":
    main()
