"""The commands `catalog ...`: the services that can be installed, and custom ones."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import catalog_keys
from connectors_cli.cli.confirm import confirm_new_host
from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import categories, closed_words, one_of
from connectors_cli.cli.handlers import catalog as handler
from connectors_cli.cli.options import Capability, CatalogKey, DryRun, examples
from connectors_cli.services import types
from connectors_cli.services.output import Document, Text
from connectors_cli.services.results import Validations
from connectors_cli.store.read.rows import Rows
from connectors_cli.store.read.types import find_entry

app = typer.Typer(invoke_without_command=True)

Query = Annotated[
    str | None,
    typer.Option(
        "-q", "--query", help="Search names, descriptions and categories; tolerates typos."
    ),
]
Category = Annotated[
    str | None,
    typer.Option("--category", help="Only this category.", autocompletion=categories),
]
AuthType = Annotated[
    str | None,
    typer.Option(
        "--auth-type",
        help="Only this sign-in: oauth, api_key, basic or none.",
        autocompletion=closed_words("auth_type"),
    ),
]
Lifecycle = Annotated[
    str | None,
    typer.Option(
        "--lifecycle",
        help="Only this lifecycle: active, limited or closed.",
        autocompletion=closed_words("lifecycle"),
    ),
]


@app.callback(
    epilog=examples(
        "connectors catalog",
        "connectors catalog -q newsletter --auth-type api_key",
    )
)
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


@app.command(
    "list",
    epilog=examples(
        "connectors catalog list --category social",
        "connectors catalog list --json",
    ),
)
def list_(
    ctx: typer.Context,
    query: Query = None,
    category: Category = None,
    auth_type: AuthType = None,
    capability: Capability = None,
    lifecycle: Lifecycle = None,
) -> Rows:
    """List the services: one line each on a terminal, or cards if they fit; TSV in a pipe."""
    return handler.list_(context_of(ctx), query, category, auth_type, capability, lifecycle)


@app.command(
    epilog=examples(
        "connectors catalog show wordpress",
        "connectors catalog show wordpress --json",
    )
)
def show(ctx: typer.Context, key: CatalogKey) -> Document:
    """Show one service: its fields, and the option that sets each."""
    return handler.show(context_of(ctx), key)


@app.command(
    epilog=examples(
        "connectors catalog schema wordpress",
        "connectors catalog schema wordpress --part auth",
    )
)
def schema(
    ctx: typer.Context,
    key: CatalogKey,
    part: Annotated[
        str,
        typer.Option(
            "--part",
            help="Which part: config, auth or all.",
            autocompletion=one_of("config", "auth", "all"),
        ),
    ] = "all",
) -> Text:
    """Print the JSON Schema of a service's settings, credentials, or both."""
    context = context_of(ctx)
    entry = find_entry(context.reader(), context.settings.tenant, key)
    return Text(types.schema_text(entry, part))


@app.command(
    epilog=examples(
        "connectors catalog example wordpress",
        "connectors catalog example wordpress -o json",
    )
)
def example(ctx: typer.Context, key: CatalogKey) -> Text:
    """Print an example file to edit and use with `install --from-file`."""
    context = context_of(ctx)
    return Text(
        types.example_text(
            find_entry(context.reader(), context.settings.tenant, key),
            None if context.is_yaml else context.given_output,
        )
    )


@app.command(
    epilog=examples(
        "connectors catalog add my-service.json",
        "connectors catalog add schema.json --key intranet --name Intranet",
        "connectors catalog add my-service.json --replace --dry-run",
    )
)
def add(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A catalog entry, JSON Schema or Airbyte spec; - is stdin.")
    ],
    key: Annotated[
        str | None, typer.Option("--key", help="Key of the service, for a schema.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the service, for a schema; default: its key."),
    ] = None,
    auth_type: Annotated[
        str,
        typer.Option(
            "--auth-type",
            help="Sign-in, for a schema: api_key, basic or none.",
            autocompletion=one_of("api_key", "basic", "none"),
        ),
    ] = "api_key",
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace the custom service of this key; its connectors are checked and kept.",
        ),
    ] = False,
    dry_run: DryRun = False,
) -> Document:
    """Add a custom service from a catalog entry or any JSON Schema."""
    from connectors_cli.documents import read
    from connectors_cli.services import custom_types

    context = context_of(ctx)
    entry = custom_types.custom_entry(read.read_document(file), file, key, name, auth_type)
    for contradiction in custom_types.contradictions_of(entry):
        context.note(contradiction)
    ws = context.workspace()
    if not replace:
        return custom_types.add_type(ws, entry, commit=not dry_run)

    def act(to_new_host: bool) -> Document:
        return custom_types.replace_type(ws, entry, to_new_host=to_new_host, commit=not dry_run)

    return confirm_new_host(context, act)


@app.command(
    epilog=examples(
        "connectors catalog remove intranet",
        "connectors catalog remove intranet --dry-run",
    )
)
def remove(
    ctx: typer.Context,
    key: Annotated[
        str, typer.Argument(help="Key of the custom service.", autocompletion=catalog_keys)
    ],
    dry_run: DryRun = False,
) -> Document:
    """Remove a custom service that has no installed connectors."""
    from connectors_cli.services import custom_types

    return custom_types.remove_type(context_of(ctx).existing_workspace(), key, commit=not dry_run)


@app.command(
    epilog=examples(
        "connectors catalog lint my-service.json",
        "connectors catalog lint a.json b.json --json",
    )
)
def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Catalog files to check.")],
) -> Validations:
    """Check catalog files: their format and their consistency. Exit code 3 if invalid."""
    return types.lint_files(files)
