"""What one run's options resolve to; opens the read side or the write side, and closes it."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from connectors_cli import database
from connectors_cli.database import Database
from connectors_cli.errors import Missing, NoTenant, NotFound, Outdated, StoreError, UsageError
from connectors_cli.rows import Column, Rows, columns_for
from connectors_cli.settings import Settings

if TYPE_CHECKING:
    import typer

    from connectors_cli.workspace import Workspace

OUTPUTS = ("cards", "table", "json", "jsonl", "csv", "tsv", "names")


class Run:
    """One run: options as given, settings, terminal, and the store once it is asked for."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.options: dict[str, Any] = {}
        self._settings: Settings | None = None
        self._database: Database | None = None
        self._workspace: Workspace | None = None
        self._notes: list[str] = []

    @property
    def settings(self) -> Settings:
        """Paths and tenant; UsageError when an option or variable makes no sense."""
        if self._settings is None:
            self._settings = Settings(
                self.environ,
                tenant=self.options.get("tenant"),
                store=self.options.get("store"),
                quiet=bool(self.options.get("quiet")) or self._is_for_a_program,
            )
        return self._settings

    @property
    def output(self) -> str | None:
        """The output that was asked for, None for the default; UsageError for an unknown one."""
        if self.options.get("json"):
            return "json"
        output = self.options.get("output")
        if output is not None and output not in OUTPUTS:
            raise UsageError(f"no output {output[:20]!r}", hint=f"one of {', '.join(OUTPUTS)}")
        return str(output) if output else None

    @property
    def row_output(self) -> str:
        """How rows are shown: as asked, else cards on a terminal and TSV in a pipe."""
        return self.output or ("cards" if is_terminal(sys.stdout) else "tsv")

    def columns(self, kind: str, *, single: bool = False) -> tuple[Column, ...]:
        """Return the columns to read for rows of a kind; UsageError for an unknown field."""
        return columns_for(kind, self.row_output, self.fields, single=single)

    @property
    def fields(self) -> str | None:
        """The `--fields` that were asked for."""
        return self.options.get("fields")

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked: a terminal on both sides and nothing that forbids it."""
        forbidden = self.options.get("no_input") or any(
            self.environ.get(name, "") not in {"", "0", "false"}
            for name in ("CONNECTORS_NO_INPUT", "CI")
        )
        return not forbidden and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def yes(self) -> bool:
        """Whether every confirmation is answered in advance."""
        return bool(self.options.get("yes"))

    @property
    def color(self) -> bool | None:
        """True where colour was asked for, False where forbidden, None for the terminal's own."""
        return {"always": True, "never": False}.get(self.options.get("color", "auto"))

    def note(self, text: str) -> None:
        """Tell people something that is not data, on standard error, unless --quiet.

        Where an error would be JSON, and nobody is asked, it waits: an error is alone there.
        """
        self._notes.append(text)
        if not self._is_for_a_program:
            self.release_notes()

    @property
    def _is_for_a_program(self) -> bool:
        """Whether an error would be JSON, alone on standard error, and nobody is asked."""
        return bool(self.options.get("errors_as_json")) and not self.interactive

    def release_notes(self) -> None:
        """Tell what waited, now that there is no error."""
        if not self.options.get("quiet") and sys.stderr is not None:
            sys.stderr.writelines(text + "\n" for text in self._notes)
        self._notes.clear()

    def reader(self) -> Database | None:
        """Return the read side, or None when there is no local store yet.

        A store of an older program is migrated first; one whose catalog is older is refreshed if
        this user may write it.
        """
        if self._database is None:
            try:
                self._database = database.open_for_reading(self.settings.store)
            except Missing:
                return None
            except Outdated:
                self.workspace()
                self._database = database.open_for_reading(self.settings.store)
        return self._database

    def existing_reader(self) -> Database:
        """Return the read side of a store that is there; NotFound before anything is installed."""
        db = self.reader()
        if db is None:
            self.nothing("connector")
            raise NotFound(
                "nothing is installed: there is no store yet",
                hint="install a connector with `connectors install TYPE`",
            )
        return db

    def nothing(self, kind: str) -> Rows:
        """Return no rows: what a read shows before there is a store; NotFound for a tenant."""
        if self.settings.tenant != "default":
            raise NoTenant(
                self.settings.tenant, f"{self.settings.tenant_origin}: there is no store yet"
            )
        shown = "connector" if kind == "removed" else kind
        return Rows(shown, self.columns(kind), iter(()))

    def workspace(self) -> "Workspace":
        """Return the write side; at first use the store, tenant `default` and its key are made.

        The read side is closed: SQLite's log goes when who closes last may write.
        """
        from connectors_cli import workspace  # the ORM: only for what writes

        self.close_reader()
        if self._workspace is None:
            try:
                self._workspace = workspace.Workspace(self.settings)
            except Missing:
                self._first_use()
                self._workspace = workspace.Workspace(self.settings)
        return self._workspace

    def existing_workspace(self) -> "Workspace":
        """Return the write side of a store that is there; NotFound before anything is installed."""
        self.existing_reader()
        return self.workspace()

    def close(self) -> None:
        """Close what was opened."""
        self.close_reader()
        if self._workspace is not None:
            self._workspace.close()

    def close_reader(self) -> None:
        """Close the read side, for what takes long without it."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _first_use(self) -> None:
        from connectors_cli.services import tenants

        if self.settings.tenant != "default":
            raise StoreError(
                f"there is no store yet, and so no tenant {self.settings.tenant}"
                f"{self.settings.tenant_origin}",
                hint=f"make both: connectors tenant create {self.settings.tenant}",
            )
        made = tenants.init(self.settings)
        if made["created"]:
            self.note(
                f"made the store {made['store']} with tenant default; its key"
                f" {made['key_id']} is in {made['key_source']}"
            )


def run_of(ctx: "typer.Context") -> Run:
    """Return the run that a command belongs to."""
    found = ctx.find_object(Run)
    assert found is not None, "main() gives every context its run"  # noqa: S101
    return found


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is an open terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
