"""`connectors preset`: named settings of a type."""

from typing import Annotated

import typer

from connectors_cli import preset_rows
from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import DryRun
from connectors_cli.context import run_of
from connectors_cli.results import Document
from connectors_cli.rows import Rows

app = typer.Typer(no_args_is_help=True)
PresetName = Annotated[str, typer.Argument(help="The preset's name.")]


@app.callback()
def preset() -> None:
    """Keep settings of a type under a name, for `install --preset` and files; never credentials."""


@app.command("list")
def list_(ctx: typer.Context) -> Rows:
    """List the presets."""
    run = run_of(ctx)
    columns = run.columns("preset")
    db = run.reader()
    if db is None:
        return run.nothing("preset")
    return preset_rows.list_presets(db, run.settings.tenant, columns)


@app.command()
def show(ctx: typer.Context, name: PresetName) -> Document:
    """Show one preset."""
    run = run_of(ctx)
    db = run.reader()
    if db is None:
        raise preset_rows.no_preset(name)
    key, config = preset_rows.preset(db, run.settings.tenant, name)
    return Document(name, {"name": name, "catalog_key": key, "config": config})


@app.command()
def save(
    ctx: typer.Context,
    name: PresetName,
    connector: Annotated[
        str,
        typer.Option(
            "--from", help="The connector to take them from.", autocompletion=connector_names
        ),
    ],
    dry_run: DryRun = False,
) -> Document:
    """Keep a connector's settings under a name; what was under it is replaced."""
    from connectors_cli.services import presets  # what writes: not for --help and completion

    ws = run_of(ctx).existing_workspace()
    return presets.save_preset(ws, name, connector, commit=not dry_run)


@app.command()
def remove(ctx: typer.Context, name: PresetName, dry_run: DryRun = False) -> Document:
    """Remove a preset; connectors that began with it stay as they are."""
    from connectors_cli.services import presets  # what writes: not for --help and completion

    return presets.remove_preset(run_of(ctx).existing_workspace(), name, commit=not dry_run)
