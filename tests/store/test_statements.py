"""The generated statements and tables, against the models and the migrations."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.services import tenants
from connectors_cli.settings import Settings
from connectors_cli.store.orm import generate, upgrade
from connectors_cli.store.orm.tables import SQLModel
from connectors_cli.store.read.database import SCHEMA_VERSION

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def contents(path: Path) -> dict[str, object]:
    """Return what a store consists of except its rows: schema, revision, version, and metadata."""
    with closing(sqlite3.connect(path)) as db:
        found = {tuple(row[:3]): " ".join((row[3] or "").split()) for row in db.execute(SCHEMA)}
        return {
            "schema": found,
            "columns": {
                name: db.execute(f"PRAGMA table_info({name})").fetchall()
                for kind, name, _ in found
                if kind == "table"
            },
            "revision": db.execute("SELECT version_num FROM alembic_version").fetchall(),
            "version": db.execute("PRAGMA user_version").fetchone(),
            "facts": {key.partition(":")[0] for (key,) in db.execute("SELECT key FROM store_meta")},
        }


def test_generated_modules_are_what_the_tables_compile_to():
    for name, text in generate.modules().items():
        assert (generate.FOLDER / name).read_text("utf-8") == text, "run `make statements`"


def test_new_store_is_as_the_migrations_make_it(tmp_path, settings: Settings):
    migrated = tmp_path / "migrated.db"
    upgrade.upgrade_file(str(migrated))
    tenants.init(settings)
    found, wanted = contents(Path(settings.home) / "store.db"), contents(migrated)
    assert found.pop("facts") == wanted.pop("facts") | {"store_id", "catalog_stamp", "uid"}
    assert found == wanted
    assert found["version"] == (SCHEMA_VERSION,)


@pytest.mark.parametrize("name", generate.statements())
def test_statement_has_as_many_marks_as_parameters_in_both_databases(name):
    texts, names = generate.statements()[name]
    assert set(texts) == {"sqlite", "postgresql"}
    assert {text.count("?") for text in texts.values()} == {len(names)}


def test_insertions_cover_every_column():
    for name, (texts, names) in generate.statements().items():
        if name.startswith("INSERT_"):
            table = SQLModel.metadata.tables[texts["sqlite"].split()[2]]
            assert set(names) | {"id"} == {column.name for column in table.columns} | {"id"}
