"""The root Typer app: its global options, its table of commands."""

from importlib import import_module
from itertools import pairwise
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as build

from connectors_cli import __version__, boundary, streams
from connectors_cli.coercion import take_text_as_it_is
from connectors_cli.context import OUTPUTS, Run

CORE, INSPECT, USE, AUTHORIZE = "Core", "Inspect", "Use", "Authorize"
MOVE, ADMINISTER = "Move", "Administer"

# Each command's module is imported only when the command runs; its help stands here.
COMMANDS: dict[str, tuple[str, str]] = {
    "catalog": (CORE, "Browse the services that can be installed."),
    "install": (CORE, "Install a connector: an account of a service."),
    "edit": (CORE, "Change a connector's settings, credentials, name or tags."),
    "remove": (CORE, "Remove connectors; `restore` brings them back."),
    "targets": (CORE, "List the active connectors that can publish."),
    "list": (INSPECT, "List the installed connectors."),
    "show": (INSPECT, "Show one connector."),
    "validate": (INSPECT, "Check connectors or a file against their schemas."),
    "test": (INSPECT, "Test connections against the services themselves."),
    "log": (INSPECT, "Show what happened, and verify that the log is whole."),
    "stats": (INSPECT, "Sum up installs, uses, tests and failures."),
    "run": (USE, "Run a program with connectors' values as variables."),
    "env": (USE, "Print connectors' values as variables, for a shell or file."),
    "get": (USE, "Print one raw value of a connector."),
    "auth": (AUTHORIZE, "Sign connectors in and out, and see how they stand."),
    "export": (MOVE, "Write connectors to a file, for a backup or another store."),
    "import": (MOVE, "Add the connectors of an exported file, all or nothing."),
    "apply": (MOVE, "Make the store as a file of connectors has it."),
    "preset": (MOVE, "Keep settings of a type under a name."),
    "backup": (MOVE, "Copy the whole store to a file."),
    "restore": (MOVE, "Bring back a removed connector, or a whole backup."),
    "init": (ADMINISTER, "Make the store, the tenant and its key."),
    "tenant": (ADMINISTER, "Keep connectors of several owners apart."),
    "member": (ADMINISTER, "Say who is in a tenant, and what each may do."),
    "whoami": (ADMINISTER, "Show who acts, in which tenant and store."),
    "key": (ADMINISTER, "Show where a tenant's key is, give it a new one, keep copies."),
    "doctor": (ADMINISTER, "Look for what is wrong: store, keys, files, clock."),
    "credentials": (ADMINISTER, "Clear or accept credentials that no longer open."),
    "help": (ADMINISTER, "Explain a topic, such as the exit codes."),
}
PANEL = "Global options"
COLORS = ("auto", "always", "never")
_COMPLETION = {"install_completion", "show_completion"}
_ROOT_ONLY = {"version", *_COMPLETION}
_JSON = {"--json", *(f"{o}{f}" for o in ("-o", "--output", "--output=") for f in ("json", "jsonl"))}


class Group(TyperGroup):
    """A group whose commands are loaded when named, each with the global options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        take_text_as_it_is(self.get_params(ctx))
        _show_as_typed(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        self.commands = dict.fromkeys(COMMANDS, self)  # Typer suggests from their names
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if ctx.info_name is None or getattr(self, "_listing", False):
            panel, text = COMMANDS[cmd_name]
            return TyperCommand(cmd_name, help=text, rich_help_panel=panel)
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = build(import_module(f"connectors_cli.commands.{module}").app)
        command.name = cmd_name
        _add_global_options(ctx, command, [p for p in self.params if p.name not in _ROOT_ONLY])
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        self._listing = True
        return super().shell_complete(ctx, incomplete)


def _add_global_options(ctx: Any, command: Any, params: list[Any]) -> None:
    names = {param.name for param in params} | _COMPLETION
    kept = [param for param in command.params if param.name not in names]
    own = [*kept, command.get_help_option(ctx)]
    take_text_as_it_is(own)
    _show_as_typed(own)
    command.params = [*kept, *params]
    for inner in getattr(command, "commands", {}).values():
        _add_global_options(ctx, inner, params)


def _show_as_typed(params: list[Any]) -> None:
    """Have help show flags without a value, and arguments as the README writes them."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.param_type_name == "argument" and param.metavar is None:
            word = param.name.upper()
            param.metavar = word if param.nargs == 1 else word.removesuffix("S")


def _remember(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """Keep a global option wherever on the line it stands; the last one wins."""
    if param.name == "color" and value not in {None, *COLORS}:
        raise typer.BadParameter(f"it is one of {', '.join(COLORS)}")
    run = ctx.find_object(Run)
    if run is not None and value is not None and value is not False:
        run.options[str(param.name)] = value
    return value


def _version(value: bool) -> None:
    if value:
        typer.echo(f"connectors {__version__}")
        raise typer.Exit


def _option(*names: str, help: str, **more: Any) -> Any:  # noqa: A002 - Typer's word
    return typer.Option(
        *names,
        help=help,
        callback=_remember,
        expose_value=False,
        rich_help_panel=PANEL,
        show_default=False,
        **more,
    )


def _tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    from connectors_cli.commands.completions import tenant_names  # only where a name is completed

    return tenant_names(ctx, incomplete)


app = typer.Typer(cls=Group, pretty_exceptions_enable=False, rich_markup_mode="rich")


@app.callback(epilog="Exit codes: `connectors help exit-codes`.", no_args_is_help=True)
def root(  # noqa: PLR0913, PLR0917 - the global options
    tenant: Annotated[
        str | None,
        _option(
            "-t", "--tenant", help="The tenant [CONNECTORS_TENANT].", autocompletion=_tenant_names
        ),
    ] = None,
    store: Annotated[
        str | None, _option("--store", help="The store's path or URL [CONNECTORS_STORE].")
    ] = None,
    output: Annotated[
        str | None,
        _option(
            "-o",
            "--output",
            help=f"One of {', '.join(OUTPUTS)}.",
            autocompletion=lambda: list(OUTPUTS),
        ),
    ] = None,
    json: Annotated[bool, _option("--json", help="The same as --output json.")] = False,
    fields: Annotated[str | None, _option("--fields", help="Only these fields: a,b,c.")] = None,
    no_input: Annotated[
        bool, _option("--no-input", help="Never ask [CONNECTORS_NO_INPUT, CI].")
    ] = False,
    yes: Annotated[
        bool, _option("-y", "--yes", help="Answer every confirmation with yes.")
    ] = False,
    quiet: Annotated[bool, _option("--quiet", help="No notes on standard error.")] = False,
    verbose: Annotated[bool, _option("-v", "--verbose", help="Tell more.")] = False,
    color: Annotated[
        str | None,
        _option(
            "--color",
            help="auto, always or never [NO_COLOR].",
            autocompletion=lambda: list(COLORS),
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The accounts a company publishes with: a service catalog and an encrypted local store."""


def run(line: list[str]) -> int:
    """Run one line through Typer and return its exit code; the one error boundary."""
    streams.prepare()
    state = Run()
    # What matters for showing an error is known even where the line cannot be parsed.
    state.options["errors_as_json"] = _asks_json(line)
    try:
        result = app(line, obj=state, prog_name="connectors", standalone_mode=False)
        code = _show(result, state)
        streams.flush()
        state.release_notes()
        return code
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary
        return boundary.fail(error, state)
    except SystemExit as left:  # Typer's, after completions; Rich's, where nobody reads its help on
        gone = isinstance(left.__context__, BrokenPipeError)
        return streams.broken_pipe() if gone else int(left.code or 0)
    finally:
        state.close()


def _show(result: Any, state: Run) -> int:
    """Show what a command returned; no command prints. A number is an exit code already."""
    if result is None or isinstance(result, int):
        return result or 0  # without Rich: `run` is to start fast
    from connectors_cli import render

    return render.show(result, state)


def _asks_json(line: list[str]) -> bool:
    """Tell whether a line asks for JSON, be it one that cannot be parsed."""
    words = {*line, *map("".join, pairwise(line))}
    return not words.isdisjoint(_JSON)
