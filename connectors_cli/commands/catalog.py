"""`connectors catalog`: the services that can be installed."""

from typing import Annotated

import typer

from connectors_cli import filters
from connectors_cli.commands.completions import catalog_keys
from connectors_cli.commands.parameters import Capability, CatalogKey, DryRun
from connectors_cli.context import Run, run_of
from connectors_cli.results import Document, Text, Validations
from connectors_cli.rows import Rows
from connectors_cli.services import types

app = typer.Typer(invoke_without_command=True)

Query = Annotated[
    str | None,
    typer.Option("-q", "--query", help="Search names, descriptions, categories; forgives typos."),
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
    return list_(ctx, query, category, auth_type, capability, lifecycle)


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
    wanted = {"category": category, "auth_type": auth_type}
    return _listed(run_of(ctx), query, {**wanted, "capability": capability, "lifecycle": lifecycle})


@app.command()
def show(ctx: typer.Context, key: CatalogKey) -> Document:
    """Show one service: what it needs, field by field, and the flag that supplies each."""
    run = run_of(ctx)
    return types.describe(
        types.find_entry(key, run.reader), verbose=bool(run.options.get("verbose"))
    )


@app.command()
def schema(
    ctx: typer.Context,
    key: CatalogKey,
    part: Annotated[str, typer.Option("--part", help="config, auth or all.")] = "all",
) -> Text:
    """Print a service's JSON Schema: of its settings, its credentials, or both."""
    return Text(types.schema_text(types.find_entry(key, run_of(ctx).reader), part))


@app.command()
def example(ctx: typer.Context, key: CatalogKey) -> Text:
    """Print a file ready to edit, for `connectors install --from-file`."""
    run = run_of(ctx)
    return Text(types.example_text(types.find_entry(key, run.reader), run.output))


@app.command()
def add(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A catalog entry, a JSON Schema or an Airbyte spec; - is stdin.")
    ],
    key: Annotated[str | None, typer.Option("--key", help="A schema's key.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="A schema's name; else its key.")
    ] = None,
    auth_type: Annotated[
        str, typer.Option("--auth-type", help="A schema's api_key, basic or none.")
    ] = "api_key",
    dry_run: DryRun = False,
) -> Document:
    """Add a service of your own, from a catalog entry or from any JSON Schema."""
    from connectors_cli import documents
    from connectors_cli.services import custom_types

    entry = custom_types.custom_entry(documents.read_document(file), file, key, name, auth_type)
    return custom_types.add_type(run_of(ctx).workspace(), entry, commit=not dry_run)


@app.command()
def remove(
    ctx: typer.Context,
    key: Annotated[
        str, typer.Argument(help="The added service's key.", autocompletion=catalog_keys)
    ],
    dry_run: DryRun = False,
) -> Document:
    """Remove a service that was added, when nothing of it is installed."""
    from connectors_cli.services import custom_types

    return custom_types.remove_type(run_of(ctx).existing_workspace(), key, commit=not dry_run)


@app.command()
def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Catalog files.")],
) -> Validations:
    """Check catalog files: the format, and what it cannot say; exit code 3 with problems."""
    return types.lint_files(files)


def _listed(run: Run, query: str | None, wanted: dict[str, str | None]) -> Rows:
    filters.check(wanted)
    db = run.reader()
    rows = types.browse(db, run.columns("catalog"), query or "", wanted, run.settings.tenant)
    if rows.is_empty():
        run.note(types.nothing_found(db, wanted))
    return rows
