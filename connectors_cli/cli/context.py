"""The context of one command line: its options, settings and terminal, and access to the store."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

from connectors_cli.errors import Missing, NoTenant, NotFound, Outdated, UsageError
from connectors_cli.settings import OUTPUTS, Settings, config_path, read_config
from connectors_cli.store.read.rows import TEXT, Rows, columns_for

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TextIO

    import typer

    from connectors_cli.services.workspace import Workspace
    from connectors_cli.store.read.database import Database
    from connectors_cli.store.read.rows import Column

_FOR_PEOPLE = frozenset({"cards", "table"})
_JSON = frozenset(
    {"--json", *(f"{o}{f}" for o in ("-o", "--output", "--output=") for f in ("json", "jsonl"))}
)


class CommandContext:
    """What a command works with: global options, settings, terminal, and the store when needed.

    `errors_as_json` is known before the line is parsed, so that a usage error is JSON as well.
    """

    def __init__(
        self, environ: Mapping[str, str] | None = None, *, errors_as_json: bool = False
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self._asks_json = errors_as_json
        self._config: dict[str, str] | None = None
        self._config_error: UsageError | None = None
        self._options: dict[str, Any] = {}
        self._own_output: str | None = None
        self._jq: Any = None
        self._named_tenant: str | None = None
        self._settings: Settings | None = None
        self._database: Database | None = None
        self._workspace: Workspace | None = None
        self._notes: list[str] = []
        self._has_written = False

    def add_option(self, name: str, value: Any) -> None:
        """Add a global option; for the parser only."""
        self._options[name] = value

    @property
    def settings(self) -> Settings:
        """Paths and tenant; raises UsageError for an invalid option, variable or file."""
        if self._settings is None:
            config = self.config
            if self._config_error is not None:
                raise self._config_error
            named = self._named_tenant
            self._settings = Settings(
                self.environ,
                tenant=self._options.get("tenant") if named is None else named,
                store=self._options.get("store"),
                allow_insecure_store=bool(self._options.get("allow_insecure_store")),
                quiet=self.quiet or self._is_for_a_program,
                reason=self._options.get("reason"),
                config=config,
            )
        return self._settings

    def has_option(self, name: str) -> bool:
        """Return whether the line has a global option."""
        return name in self._options

    @property
    def may_page(self) -> bool:
        """Whether long output goes through a pager: for a person at a terminal, who has one."""
        return (
            not self._options.get("no_pager")
            and self.pager.strip() not in {"", "cat"}
            and self.is_for_people
            and self.interactive
            and is_terminal(sys.stdout)
        )

    @property
    def pager(self) -> str:
        """The command that shows long output, empty for none; as in git, $PAGER comes last."""
        usual = self.config.get("pager", self.environ.get("PAGER", "less"))
        return self.environ.get("CONNECTORS_PAGER", usual)

    @property
    def tenant_option(self) -> str | None:
        """The value of `--tenant`."""
        return self._options.get("tenant")

    def name_tenant(self, name: str) -> None:
        """Use the tenant that a command's argument names, instead of the current one.

        The current tenant is not read at all, so it may be invalid.
        """
        self._named_tenant = name

    @property
    def names_tenant(self) -> bool:
        """Whether the tenant comes from a command's argument."""
        return self._named_tenant is not None

    @property
    def config(self) -> dict[str, str]:
        """What the configuration file says; nothing if it is invalid, which `settings` raises."""
        if self._config is None:
            self._config = {}
            try:
                self._config = read_config(self.environ)
            except UsageError as error:
                self._config_error = error
        return self._config

    @property
    def errors_as_json(self) -> bool:
        """Whether errors are JSON: as the line asks, else as the usual output is."""
        usual = self.usual_output in {"json", "jsonl"}
        return self._asks_json or (usual and "output" not in self._options)

    @property
    def output(self) -> str | None:
        """The output format as given, or as usual; None for the default.

        It is JSON for YAML and for jq, which `conversion` makes of it. Raises UsageError for an
        unknown one.
        """
        return self._output_of(self._wish)

    @property
    def given_output(self) -> str | None:
        """The output format as given, for commands that usually print text for programs."""
        return self._output_of(self._wish if self._options.keys() & {"json", "output"} else None)

    def _output_of(self, wish: str | None) -> str | None:
        if wish in {"json", "yaml"}:
            return "json"
        if "jq" in self._options:
            return "jsonl" if wish == "jsonl" else "json"
        if wish is None or wish == self._own_output:
            return None
        if wish == "name":  # as kubectl calls it
            return "names"
        if wish not in OUTPUTS:
            where = "" if "output" in self._options else " in CONNECTORS_OUTPUT"
            raise UsageError(
                f"unknown output {wish[:20]!r}{where}", hint=f"one of {', '.join(OUTPUTS)}"
            )
        return wish

    @property
    def _wish(self) -> str | None:
        """The output format of the line, else the usual one, as it is written."""
        if self._options.get("json"):
            return "json"
        output: str | None = self._options.get("output")
        return self.usual_output if output is None else output

    @property
    def usual_output(self) -> str | None:
        """The output format of the environment or the file; None for the default."""
        return self.environ.get("CONNECTORS_OUTPUT") or self.config.get("output")

    @property
    def is_yaml(self) -> bool:
        """Whether JSON is converted to YAML."""
        return self._wish == "yaml"

    @property
    def is_converted(self) -> bool:
        """Whether JSON is converted to something else."""
        return self.is_yaml or "jq" in self._options

    @property
    def jq(self) -> Any:
        """The program of `--jq`, None without; raises UsageError for an invalid one."""
        if self._jq is None and "jq" in self._options:
            from connectors_cli.cli import conversion

            self._jq = conversion.compiled(self._options["jq"])
        return self._jq

    def asks_for(self, output: str) -> bool:
        """Return whether an output format that only this command knows was given.

        `output` is None from then on: the command writes that format itself.
        """
        self._own_output = output
        return self._options.get("output") == output and not self._options.get("json")

    @property
    def row_output(self) -> str:
        """How rows are shown: as given, else cards on a terminal and TSV in a pipe."""
        return self.output or ("cards" if is_terminal(sys.stdout) else "tsv")

    @property
    def asks_for_cards(self) -> bool:
        """Whether cards were asked for, by option, variable or file."""
        return self._wish == "cards"

    @property
    def is_for_people(self) -> bool:
        """Whether rows and objects are shown as cards or tables."""
        output = "json" if "jq" in self._options else self._wish
        return output in _FOR_PEOPLE or (output is None and is_terminal(sys.stdout))

    def columns(
        self, kind: str, *, single: bool = False, several: bool = False
    ) -> tuple[Column, ...]:
        """Return the columns to read for rows of a kind; raises UsageError for an unknown field.

        For rows of `several` tenants short lines begin with the tenant.
        """
        found = columns_for(kind, self.row_output, self.fields, single=single)
        is_short = not self.fields and self.row_output in {"tsv", "table"}
        return (("tenant_id", TEXT), *found) if several and is_short else found

    def check_change(self) -> None:
        """Raise UsageError for an unknown field before a connector is changed."""
        self.columns("change")

    @property
    def fields(self) -> str | None:
        """The value of `--fields`."""
        return self._options.get("fields")

    @property
    def asks_for_a_format(self) -> bool:
        """Whether the line names an output format."""
        return any(self._options.get(name) for name in ("json", "output", "jq", "fields"))

    @property
    def header(self) -> bool:
        """Whether TSV begins with the names of its columns."""
        return bool(self._options.get("header"))

    @property
    def interactive(self) -> bool:
        """Whether a person can be prompted: stdin and stderr are terminals, input is allowed."""
        return not self.forbids_input and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def forbids_input(self) -> bool:
        """Whether an option or a variable says that nobody is to be asked."""
        return bool(self._options.get("no_input")) or any(
            self.environ.get(name, "") not in {"", "0", "false"}
            for name in ("CONNECTORS_NO_INPUT", "CI")
        )

    @property
    def yes(self) -> bool:
        """Whether `--yes` answers every confirmation."""
        return bool(self._options.get("yes"))

    @property
    def quiet(self) -> bool:
        """Whether `--quiet` suppresses notes."""
        return bool(self._options.get("quiet"))

    @property
    def verbose(self) -> bool:
        """Whether `--verbose` asks for more detail."""
        return bool(self._options.get("verbose"))

    @property
    def color_choice(self) -> str:
        """When to use colors: auto, always or never, by option, environment or file."""
        if given := self._options.get("color"):
            return str(given)
        if self.environ.get("NO_COLOR"):
            return "never"
        forced = (self.environ.get(name) for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
        return "always" if any(forced) else self.config.get("color", "auto")

    @property
    def color(self) -> bool | None:
        """True for `--color always`, False for never, None for the terminal's default."""
        return {"always": True, "never": False}.get(self.color_choice)

    def note(self, text: str) -> None:
        """Write a note for people to standard error, unless --quiet.

        When errors are JSON and no prompt is possible, notes are held back: an error must be the
        only thing on standard error.
        """
        self._notes.append(text)
        if not self._is_for_a_program:
            self.release_notes()

    @property
    def _is_for_a_program(self) -> bool:
        """Whether errors are JSON, alone on standard error, and no prompt is possible."""
        return self.errors_as_json and not self.interactive

    def release_notes(self) -> None:
        """Write the notes that were held back; called when there is no error."""
        if not self.quiet and sys.stderr is not None:
            sys.stderr.writelines(text + "\n" for text in self._notes)
        self._notes.clear()

    def reader(self) -> Database | None:
        """Return the read side, or None if no local store exists.

        A store of an older program is migrated first. A store with an older catalog is refreshed
        if this user may write to it.
        """
        if self._database is None:
            from connectors_cli.store.read import connections, database  # not for help

            connections.KEPT.is_on = True
            try:
                self._database = database.open_for_reading(self.settings.store)
            except Missing:
                return None
            except Outdated:
                self.workspace()
                self._database = database.open_for_reading(self.settings.store)
        return self._database

    def existing_reader(self) -> Database:
        """Return the read side; raises NotFound if no store exists."""
        db = self.reader()
        if db is None:
            self.no_rows("connector")
            raise NotFound(
                "nothing is installed: no store exists yet",
                hint="install a connector with `connectors install TYPE`",
            )
        return db

    def no_rows(self, kind: str) -> Rows:
        """Return no rows, which is what a read shows before a store exists.

        Raises NotFound for a store that was named, and NoTenant for any tenant but `default`.
        """
        self.check_unnamed()
        if self.settings.tenant != "default":
            raise NoTenant(
                self.settings.tenant, f"{self.settings.tenant_origin}: no store exists yet"
            )
        shown = "connector" if kind == "removed" else kind
        return Rows(shown, self.columns(kind), iter(()))

    def check_unnamed(self) -> None:
        """Raise NotFound if the store, which does not exist, was named: by option or variable."""
        if self._options.get("store") is not None:
            origin = "--store"
        elif self.environ.get("CONNECTORS_STORE"):
            origin = "CONNECTORS_STORE"
        elif "store" in self.config:
            origin = config_path(self.environ)
        else:
            return
        raise NotFound(
            f"no store at {self.settings.shown_store} (from {origin})",
            hint="check the name; or create the store: connectors init",
        )

    def workspace(self) -> Workspace:
        """Return the write side; the first use creates the store, tenant `default` and its key.

        The read side is closed first: SQLite removes its -wal file only when the last connection
        that closes may write.
        """
        from connectors_cli.services import workspace  # only for commands that write
        from connectors_cli.store.read import connections

        connections.KEPT.is_on = True
        self.close_reader()
        if self._workspace is None:
            try:
                self._workspace = workspace.Workspace(self.settings)
            except Missing:
                self._create_store()
                self._workspace = workspace.Workspace(self.settings)
        return self._workspace

    def mark_changed(self) -> None:
        """Remember a change that is not made through the workspace, such as a written file."""
        self._has_written = True

    @property
    def has_changed(self) -> bool:
        """Whether the command changed anything, which an output that fails does not undo."""
        return self._has_written or (
            self._workspace is not None and self._workspace.store.is_changed
        )

    def existing_workspace(self) -> Workspace:
        """Return the write side; raises NotFound if no store exists."""
        self.existing_reader()
        return self.workspace()

    def close(self) -> None:
        """Close the read side and the write side."""
        if (connections := sys.modules.get("connectors_cli.store.read.connections")) is not None:
            connections.KEPT.end()
        self.close_reader()
        if self._workspace is not None:
            self._workspace.close()

    def close_reader(self) -> None:
        """Close the read side before long work that does not need it."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _create_store(self) -> None:
        from connectors_cli.services import tenants

        created = tenants.init_default(self.settings)
        self._has_written = self._has_written or bool(created["created"])
        if created["created"]:
            self.note(
                f"created the store {created['store']} with tenant default; its key"
                f" {created['key_id']} is in {created['key_source']}"
            )


def asks_json(line: list[str]) -> bool:
    """Return whether a line asks for JSON, even if the line cannot be parsed."""
    words = {*line, *map("".join, pairwise(line))}
    return not words.isdisjoint(_JSON)


def context_of(ctx: typer.Context) -> CommandContext:
    """Return the context of the command line that a Typer context belongs to."""
    found = ctx.find_object(CommandContext)
    assert found is not None, "app.run() gives every Typer context its object"  # noqa: S101
    return found


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is an open terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False
