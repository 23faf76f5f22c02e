"""The root Typer app: the global options and the table of commands."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command as build

from connectors_cli import __version__
from connectors_cli.cli import boundary, start
from connectors_cli.cli.context import CommandContext, asks_json, is_terminal
from connectors_cli.cli.options import examples
from connectors_cli.cli.param_types import avoid_pydantic
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Text
from connectors_cli.settings import COLORS, OUTPUTS
from connectors_cli.system import streams

CORE, INSPECT, USE, AUTHORIZE = "Core", "Inspect", "Use", "Authorize"
MOVE, ADMINISTER = "Move", "Administer"

# A command's module is imported only when the command runs, so its help line is here too.
COMMANDS: dict[str, tuple[str, str]] = {
    "catalog": (CORE, "Browse the services that can be installed."),
    "install": (CORE, "Install a connector: one account of a service."),
    "edit": (CORE, "Change a connector's settings, credentials, name, tags or status."),
    "remove": (CORE, "Remove connectors; `restore` brings them back."),
    "ui": (CORE, "Browse, install and manage connectors on a full screen."),
    "targets": (CORE, "List the active connectors that can publish."),
    "list": (INSPECT, "List the installed connectors."),
    "show": (INSPECT, "Show one connector."),
    "validate": (INSPECT, "Check connectors, or values to install, against their schemas."),
    "test": (INSPECT, "Test whether connectors can connect to their services."),
    "log": (INSPECT, "Show the audit log, or verify it."),
    "stats": (INSPECT, "Count installs, uses, tests and failures."),
    "run": (USE, "Run a program with connectors' values as environment variables."),
    "env": (USE, "Print connectors' values as environment variables."),
    "get": (USE, "Print one value of a connector."),
    "inject": (USE, "Fill a template with connectors' values."),
    "forms": (USE, "Use the form of a service from another program."),
    "auth": (AUTHORIZE, "Sign connectors in and out, and show their sign-in status."),
    "export": (MOVE, "Write connectors to a file."),
    "import": (MOVE, "Add the connectors of an exported file."),
    "apply": (MOVE, "Apply a file of connectors: create, update, and with --prune remove."),
    "preset": (MOVE, "Save settings of a service under a name, to use them again."),
    "backup": (MOVE, "Copy the whole store to a file."),
    "restore": (MOVE, "Restore a removed connector, or the whole store from a backup."),
    "init": (ADMINISTER, "Create the store, the tenant and its key."),
    "config": (ADMINISTER, "Show and change the configuration file."),
    "tenant": (ADMINISTER, "Manage tenants, which keep connectors of several owners apart."),
    "member": (ADMINISTER, "Manage the members of a tenant and their roles."),
    "whoami": (ADMINISTER, "Show the current user, role, tenant and store."),
    "key": (ADMINISTER, "Manage a tenant's encryption keys: show, rotate, export, move."),
    "doctor": (ADMINISTER, "Check the store, keys, files and clock for problems."),
    "credentials": (
        ADMINISTER,
        "Reset credentials that no longer open, or accept outside changes.",
    ),
    "completion": (ADMINISTER, "Print or install completion with the Tab key."),
    "help": (ADMINISTER, "Show a guide, or a command's help."),
}
PANEL = "Global options"
_GLOBAL_LINE = "Global options, such as --tenant, --json and --yes: connectors --help"
_COMPLETION = {"install_completion", "show_completion"}
_COMPLETION_OPTIONS = {"--install-completion": ["--install"], "--show-completion": []}
_ROOT_ONLY = {"version", *_COMPLETION}


class Group(TyperGroup):
    """A group that imports a command when it is named, and adds the global options to it."""

    def _main_shell_completion(self, *args: Any, **options: Any) -> None:
        if "_CONNECTORS_COMPLETE" in os.environ:
            _use_own_completion()
        super()._main_shell_completion(*args, **options)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if any(word.startswith(("--install-", "--show-")) for word in args):
            from connectors_cli.system import environment

            _use_own_completion()
            environment.clean(os.environ)  # Typer starts PowerShell
        avoid_pydantic(self.get_params(ctx))
        _show_as_typed(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        start.refuse_synonym(args)
        self.commands = dict.fromkeys(COMMANDS, self)  # for "did you mean ...?"
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
        command = build(import_module(f"connectors_cli.cli.commands.{module}").app)
        command.name = cmd_name
        _add_global_options(ctx, command, [p for p in self.params if p.name not in _ROOT_ONLY])
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        with _help_output(ctx), _options_last():
            super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        self._listing = True
        return super().shell_complete(ctx, incomplete)


def _use_own_completion() -> None:
    from connectors_cli.cli import completion_scripts  # only where a shell asks

    completion_scripts.register()


def _add_global_options(ctx: Any, command: Any, params: list[Any]) -> None:
    names = {param.name for param in params} | _COMPLETION
    kept = [param for param in command.params if param.name not in names]
    taken = {name for param in kept for name in param.opts}
    params = [param for param in params if taken.isdisjoint(param.opts)]
    own = [*kept, command.get_help_option(ctx)]
    avoid_pydantic(own)
    _show_as_typed(own)
    command.params = [*kept, *params]
    _hide_in_help(command, params)
    for inner in getattr(command, "commands", {}).values():
        _add_global_options(ctx, inner, params)


def _hide_in_help(command: Any, params: list[Any]) -> None:
    """Show the global options as one line in the help of a command, not in a box of their own."""
    show_help = command.format_help

    def format_help(ctx: Any, formatter: Any) -> None:
        for param in params:
            param.hidden = True
        try:
            with _help_output(ctx):
                show_help(ctx, formatter)
        finally:
            for param in params:
                param.hidden = False

    command.format_help = format_help
    command.epilog = f"{command.epilog or ''}\n\n{_GLOBAL_LINE}".lstrip()


@contextmanager
def _help_output(ctx: Any) -> Iterator[None]:
    """Show help in a pager if it is long, and without any style where NO_COLOR is set.

    Rich itself keeps bold and dim text then.
    """
    if os.environ.get("NO_COLOR"):
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None
    context = ctx.find_object(CommandContext)
    if context is None or not context.may_page:
        yield
        return
    from connectors_cli.cli.render.pager import paged

    with paged(context):
        yield


@contextmanager
def _options_last() -> Iterator[None]:
    """Show options after the commands, which one looks for; Typer shows them first."""
    from typer import rich_utils

    panels: list[dict[str, Any]] = []
    show = rich_utils._print_options_panel  # noqa: SLF001 - Typer offers no other way
    rich_utils._print_options_panel = lambda **panel: panels.append(panel)  # noqa: SLF001
    try:
        yield
    finally:
        rich_utils._print_options_panel = show  # noqa: SLF001
    for panel in panels:
        show(**panel)


def _show_as_typed(params: list[Any]) -> None:
    """Show flags without a value, options with their name, arguments as the README does."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.metavar is None:
            param.metavar = _metavar(param)
        if param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None  # not `<list[str]>`, which nobody types
        param._get_number_range_help_str = lambda: None  # noqa: SLF001 - not `[x>=1]`, either


def _metavar(param: Any) -> str:
    if param.param_type_name == "argument":
        word: str = param.name.upper()
        return word if param.nargs == 1 else word.removesuffix("S")
    longest: str = max(param.opts, key=len)
    return longest.lstrip("-").replace("-", "_").upper()


def _remember(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """Store a global option, wherever it is on the line; the last one wins."""
    if param.name == "color" and value not in {None, *COLORS}:
        raise typer.BadParameter(f"must be one of {', '.join(COLORS)}")
    context = ctx.find_object(CommandContext)
    if context is not None and value is not None and value is not False:
        context.add_option(str(param.name), value)
        if param.name == "jq":
            _ = context.jq  # an invalid one is refused before anything is done
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


def _columns(ctx: typer.Context, incomplete: str) -> list[str]:
    from connectors_cli.cli.field_completion import columns  # imported only to complete a name

    return columns(ctx, incomplete)


def _tenant_names(ctx: typer.Context, incomplete: str) -> list[str]:
    from connectors_cli.cli.completion import tenant_names  # imported only to complete a name

    return tenant_names(ctx, incomplete)


app = typer.Typer(
    cls=Group,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


EXAMPLES = examples(
    "connectors install wordpress", "connectors list", "connectors run blog -- ./publish.sh"
)


@app.callback(epilog=f"{EXAMPLES}\n\nExit codes: connectors help exit-codes", no_args_is_help=True)
def root(  # noqa: PLR0913, PLR0917 - the global options
    tenant: Annotated[
        str | None,
        _option(
            "-t",
            "--tenant",
            help="Tenant to use [CONNECTORS_TENANT].",
            autocompletion=_tenant_names,
        ),
    ] = None,
    store: Annotated[
        str | None, _option("--store", help="Path or URL of the store [CONNECTORS_STORE].")
    ] = None,
    allow_insecure_store: Annotated[
        bool,
        _option(
            "--allow-insecure-store",
            help="Accept a store's server that is not verified [CONNECTORS_ALLOW_INSECURE_STORE].",
        ),
    ] = False,
    output: Annotated[
        str | None,
        _option(
            "-o",
            "--output",
            help=f"Output format: {', '.join(OUTPUTS)}.",
            autocompletion=lambda: list(OUTPUTS),
        ),
    ] = None,
    json: Annotated[bool, _option("--json", help="Same as --output json.")] = False,
    fields: Annotated[
        str | None,
        _option(
            "--fields",
            help="Show only these fields, e.g. name,status.",
            autocompletion=_columns,
        ),
    ] = None,
    jq: Annotated[
        str | None,
        _option("--jq", metavar="EXPR", help="Print what a jq expression selects of the JSON."),
    ] = None,
    header: Annotated[
        bool, _option("--header", help="Begin TSV with the names of the columns.")
    ] = False,
    no_input: Annotated[
        bool, _option("--no-input", help="Never prompt [CONNECTORS_NO_INPUT, CI].")
    ] = False,
    yes: Annotated[
        bool, _option("-y", "--yes", help="Answer every confirmation with yes.")
    ] = False,
    quiet: Annotated[bool, _option("--quiet", help="Suppress notes on standard error.")] = False,
    verbose: Annotated[bool, _option("-v", "--verbose", help="Show more detail.")] = False,
    reason: Annotated[
        str | None,
        _option(
            "--reason",
            metavar="TEXT",
            help="Why credentials are used; kept in the log [CONNECTORS_REASON].",
        ),
    ] = None,
    color: Annotated[
        str | None,
        _option(
            "--color",
            help="Use colors: auto, always or never [NO_COLOR].",
            autocompletion=lambda: list(COLORS),
        ),
    ] = None,
    no_pager: Annotated[
        bool, _option("--no-pager", help="Show long output without a pager [CONNECTORS_PAGER].")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "-V", "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Store the accounts a company publishes with, encrypted and on this machine."""


def run(line: list[str]) -> int:
    """Run one command line through Typer and return its exit code."""
    streams.prepare()
    if line and line[0] in _COMPLETION_OPTIONS:  # Typer's own words for it
        line = ["completion", *_COMPLETION_OPTIONS[line[0]], *line[1:]]
    line = ["--version"] if line == ["version"] else line
    context = CommandContext(errors_as_json=asks_json(line))
    try:
        return boundary.complete(lambda: _call(line, context), context)
    except SystemExit as left:  # Typer's after completions; Rich's if the reader of help went away
        gone = isinstance(left.__context__, BrokenPipeError)
        return streams.broken_pipe() if gone else int(left.code or 0)


def _result(line: list[str], context: CommandContext) -> Any:
    """Return what the command of a line returns; without any, at a terminal, the first page."""
    if not line and is_terminal(sys.stdout):
        return Text(start.page(context))
    return start.with_name(
        lambda words: app(words, obj=context, prog_name="connectors", standalone_mode=False),
        line,
        context,
    )


def _call(line: list[str], context: CommandContext) -> Any:
    """Return what the command of a line returns; errors of Typer are raised as ours."""
    try:
        return _result(line, context)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        sentence = _sentence(error.format_message())
        if not sentence and not context.errors_as_json:
            return UsageError.exit_code  # a line without a command: its help was shown
        raise UsageError(sentence or "missing command", hint=_usage_hint(error)) from None


def _sentence(text: str) -> str:
    """Return Typer's message in our style, without extra arguments: they may be a secret."""
    if text.startswith("Got unexpected extra argument"):
        text = text.partition(" (")[0]
    return text[:1].lower() + text[1:].rstrip(".")


def _usage_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path if context else 'connectors'} --help`"
