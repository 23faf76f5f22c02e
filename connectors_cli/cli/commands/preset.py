"""The commands `preset ...`: saved settings of a service."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import presets
from connectors_cli.cli.options import DryRun, examples
from connectors_cli.services.output import Document
from connectors_cli.store.read import presets as read_presets
from connectors_cli.store.read.rows import Rows

app = typer.Typer(no_args_is_help=True)
PresetName = Annotated[str, typer.Argument(help="Name of the preset.", autocompletion=presets)]


@app.callback(
    epilog=examples(
        "connectors preset save eu-smtp --from mail",
        "connectors install smtp --preset eu-smtp",
    )
)
def preset() -> None:
    """Save settings of a service under a name, to use them again.

    `install --preset` and files use them. A preset contains no credentials.
    """


@app.command(
    "list",
    epilog=examples(
        "connectors preset list",
        "connectors preset list --json",
    ),
)
def list_(ctx: typer.Context) -> Rows:
    """List the presets."""
    context = context_of(ctx)
    columns = context.columns("preset")
    db = context.reader()
    if db is None:
        return context.no_rows("preset")
    return read_presets.list_presets(db, context.settings.tenant, columns)


@app.command(
    epilog=examples(
        "connectors preset show eu-smtp",
        "connectors preset show eu-smtp --json",
    )
)
def show(ctx: typer.Context, name: PresetName) -> Document:
    """Show one preset."""
    context = context_of(ctx)
    db = context.reader()
    if db is None:
        raise read_presets.no_preset(name)
    key, config = read_presets.preset(db, context.settings.tenant, name)
    return Document(name, {"name": name, "catalog_key": key, "config": config})


@app.command(
    epilog=examples(
        "connectors preset save eu-smtp --from mail",
        "connectors preset save eu-smtp --from mail --dry-run",
    )
)
def save(
    ctx: typer.Context,
    name: PresetName,
    connector: Annotated[
        str,
        typer.Option(
            "--from", help="Connector to copy the settings from.", autocompletion=connector_names
        ),
    ],
    dry_run: DryRun = False,
) -> Document:
    """Save a connector's settings as a preset; replaces a preset of that name."""
    from connectors_cli.services import presets  # slow to import; not for --help

    ws = context_of(ctx).existing_workspace()
    return presets.save_preset(ws, name, connector, commit=not dry_run)


@app.command(
    epilog=examples(
        "connectors preset remove eu-smtp",
        "connectors preset remove eu-smtp --dry-run",
    )
)
def remove(ctx: typer.Context, name: PresetName, dry_run: DryRun = False) -> Document:
    """Remove a preset. Connectors installed with it do not change."""
    from connectors_cli.services import presets  # slow to import; not for --help

    return presets.remove_preset(context_of(ctx).existing_workspace(), name, commit=not dry_run)
