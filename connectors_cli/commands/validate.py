"""`connectors validate`: values against their schemas, field by field."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import catalog_keys, connector_names
from connectors_cli.commands.parameters import FromFile
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Validations

app = typer.Typer()


@app.command()
def validate(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every installed connector.")] = False,
    type_key: Annotated[
        str | None,
        typer.Option("--type", help="The type of --from-file.", autocompletion=catalog_keys),
    ] = None,
    from_file: FromFile = None,
) -> Validations:
    """Check connectors, or a file for a type, against the schemas; exit code 3 with problems."""
    from connectors_cli import intake  # what writes: not for --help and completion
    from connectors_cli.services import validation

    run = run_of(ctx)
    if from_file is not None:
        entry, given = intake.values_of_file(run, type_key, from_file)
        return validation.validate_values(entry, from_file, given.config, given.auth)
    if everything == bool(names):
        raise UsageError("name connectors, or --all, or a file with --from-file")
    ws = run.existing_workspace()
    return validation.validate_connectors(ws, None if everything else names)
