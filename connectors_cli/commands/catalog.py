"""`connectors catalog`: the services that can be installed."""

from typing import Annotated

import typer

from connectors_cli import intake, reader
from connectors_cli.commands.parameters import Capability, CatalogKey, run_of
from connectors_cli.context import Run
from connectors_cli.reader import Rows
from connectors_cli.results import Document, Text
from connectors_cli.services import types

app = typer.Typer(invoke_without_command=True)

Query = Annotated[
    str | None, typer.Option("-q", "--query", help="Search name, key, description, aliases.")
]
Category = Annotated[str | None, typer.Option("--category", help="Only this category.")]
AuthType = Annotated[
    str | None, typer.Option("--auth-type", help="Only oauth, api_key, basic or none.")
]
Lifecycle = Annotated[
    str | None, typer.Option("--lifecycle", help="Only active, limited or closed.")
]


@app.callback()
def catalog(
    ctx: typer.Context,
    query: Query = None,
    category: Category = None,
    auth_type: AuthType = None,
    capability: Capability = None,
    lifecycle: Lifecycle = None,
) -> Rows | None:
    """Browse the services that can be installed."""
    if ctx.invoked_subcommand is not None:
        return None
    filters = {"category": category, "auth_type": auth_type}
    return _listed(
        run_of(ctx), query, {**filters, "capability": capability, "lifecycle": lifecycle}
    )


@app.command("list")
def list_(
    ctx: typer.Context,
    query: Query = None,
    category: Category = None,
    auth_type: AuthType = None,
    capability: Capability = None,
    lifecycle: Lifecycle = None,
) -> Rows:
    """List the services: cards on a terminal, TSV in a pipe."""
    filters = {"category": category, "auth_type": auth_type}
    return _listed(
        run_of(ctx), query, {**filters, "capability": capability, "lifecycle": lifecycle}
    )


@app.command()
def show(ctx: typer.Context, key: CatalogKey) -> Document:
    """Show one service: what it needs, field by field, and the flag that supplies each."""
    run = run_of(ctx)
    return types.describe(intake.find_entry(run, key), verbose=bool(run.options.get("verbose")))


@app.command()
def schema(
    ctx: typer.Context,
    key: CatalogKey,
    part: Annotated[str, typer.Option("--part", help="config, auth or all.")] = "all",
) -> Text:
    """Print a service's JSON Schema: of its settings, its credentials, or both."""
    return Text(types.schema_text(intake.find_entry(run_of(ctx), key), part))


@app.command()
def example(ctx: typer.Context, key: CatalogKey) -> Text:
    """Print a file ready to edit, for `connectors install --from-file`."""
    run = run_of(ctx)
    return Text(types.example_text(intake.find_entry(run, key), run.output))


def _listed(run: Run, query: str | None, filters: dict[str, str | None]) -> Rows:
    columns = run.columns("catalog")
    db = run.reader()
    if db is None or query:
        return types.search(db, columns, query or "", filters)
    return reader.list_catalog(db, columns, **filters)
