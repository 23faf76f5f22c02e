"""The commands `config ...`: the configuration file."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import config_keys, config_values
from connectors_cli.cli.context import CommandContext, context_of
from connectors_cli.cli.options import examples
from connectors_cli.services import configuration
from connectors_cli.services.output import Document, Text
from connectors_cli.store.read.rows import TEXT, Rows, pick
from connectors_cli.system.configuration import VARIABLES

app = typer.Typer(
    no_args_is_help=True,
    epilog=examples("connectors config set output table", "connectors config list"),
)
_COLUMNS = (("key", TEXT), ("value", TEXT), ("from", TEXT))
_OPTIONS = {"tenant": "--tenant", "store": "--store", "output": "--output", "color": "--color"}

Key = Annotated[
    str,
    typer.Argument(help="tenant, store, output, color or pager.", autocompletion=config_keys),
]


@app.callback()
def config() -> None:
    """Show and change the configuration file."""


@app.command("list", epilog=examples("connectors config list", "connectors config list --json"))
def list_(ctx: typer.Context) -> Rows:
    """List all keys, their values, and where each comes from: option, variable, file or default."""
    context = context_of(ctx)
    columns = pick(_COLUMNS, context.fields) if context.fields else _COLUMNS
    found = [_setting(context, key) for key in VARIABLES]
    return Rows("setting", columns, (tuple(one[name] for name, _ in columns) for one in found))


@app.command(epilog=examples("connectors config get output", "connectors config get tenant --json"))
def get(ctx: typer.Context, key: Key) -> Text | Document:
    """Print the value of one key; with --json also where it comes from."""
    context = context_of(ctx)
    found = _setting(context, configuration.check_key(key))
    if context.given_output is None and not context.fields:
        return Text(found["value"] or "")
    return Document(key, found)


@app.command(
    "set",
    epilog=examples("connectors config set output table", "connectors config set pager 'less -S'"),
)
def set_(
    ctx: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(help="The value.", autocompletion=config_values)],
) -> Document:
    """Set a key in the file."""
    context = context_of(ctx)
    path = configuration.set_value(context.environ, configuration.check_key(key), value)
    context.mark_changed()
    return _changed(context, key, value, path)


@app.command(
    epilog=examples("connectors config unset output", "connectors config unset tenant --json")
)
def unset(ctx: typer.Context, key: Key) -> Document:
    """Remove a key from the file."""
    context = context_of(ctx)
    path = configuration.unset_value(context.environ, configuration.check_key(key))
    context.mark_changed()
    return _changed(context, key, None, path)


def _setting(context: CommandContext, key: str) -> dict[str, str | None]:
    """Return a key's value as commands use it, and where it comes from."""
    settings = context.settings
    values = {
        "tenant": settings.tenant,
        "store": settings.shown_store,
        "output": context.usual_output,
        "color": context.color_choice,
        "pager": context.pager,
    }
    option = _OPTIONS.get(key)
    place = configuration.origin(context.environ, key)
    if key == "tenant" and place == "default" and settings.tenant_from == "tenant use":
        place = "tenant use"
    given = option is not None and context.has_option(key)
    return {"key": key, "value": values[key], "from": option if given else place}


def _changed(context: CommandContext, key: str, value: str | None, path: str) -> Document:
    variables = [name for name in VARIABLES[key] if context.environ.get(name)]
    notes = [f"note: {name} is set and overrides the file" for name in variables]
    return Document(key, {"key": key, "value": value, "kept_in": path}, tuple(notes))
