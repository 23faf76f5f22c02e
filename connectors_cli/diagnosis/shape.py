"""Whether a store has the tables, indexes and views it was made with, and nothing that acts."""

from collections.abc import Iterator

from connectors_cli.database import Database
from connectors_cli.diagnosis.findings import Finding

_FROM_BACKUP = "put a backup in its place: connectors restore --from FILE"
_NAMED = 5


def check_shape(db: Database) -> Iterator[Finding]:
    """Yield what a SQLite store lacks, and the triggers in it: this program makes none."""
    found = set(db.rows("SELECT type, name FROM sqlite_master"))
    missing = sorted(f"{kind} {name}" for kind, name in _expected() - found)
    triggers = sorted(str(name) for kind, name in found if kind == "trigger")
    if missing:
        what = f"not there: {_few(missing)}"
        yield Finding("schema", "failure", what, _FROM_BACKUP)
    if triggers:
        what = f"{len(triggers)} triggers, which this program did not make, act when it writes"
        yield Finding("schema", "failure", what, f"drop them, or {_FROM_BACKUP}")
    if not missing and not triggers:
        yield Finding("schema", "ok", "tables, indexes and views are all there")


def _expected() -> set[tuple[str, str]]:
    from sqlmodel import SQLModel

    from connectors_cli import views  # what writes, and the tables with it

    tables = SQLModel.metadata.sorted_tables
    return {
        *(("table", table.name) for table in tables),
        *(("index", str(index.name)) for table in tables for index in table.indexes),
        *(("view", name) for name in views.VIEWS),
    }


def _few(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
