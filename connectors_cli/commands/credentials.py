"""`connectors credentials`: those that no longer open, cleared or accepted."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import DryRun, Name
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Batch, Change, Document

if TYPE_CHECKING:
    from connectors_cli.context import Run
    from connectors_cli.workspace import Workspace

app = typer.Typer(no_args_is_help=True)
_SHOWN = 5


@app.callback()
def credentials() -> None:
    """Clear or accept credentials that no longer open."""


@app.command()
def reset(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that do not open; with a lost key, under a new one.")
    ] = False,
    dry_run: DryRun = False,
) -> Batch | Document:
    """Clear credentials and keep the settings: when a key is lost for good, or a row is damaged."""
    from connectors_cli import confirming
    from connectors_cli.services import connectors
    from connectors_cli.services import credentials as service

    run = run_of(ctx)
    if everything == bool(names):
        raise UsageError("name connectors, or --all")
    workspace = run.existing_workspace()
    if everything:
        return _reset_all(run, workspace, dry_run=dry_run)
    if not dry_run:
        lost = service.find_lost_key(workspace) if run.interactive else None
        wanted = f"Clear the credentials of {', '.join(names or ())}? Settings stay."
        confirming.confirm(run, _after_a_loss(lost) + wanted)
    return connectors.each(workspace, names or (), service.reset, commit=not dry_run)


@app.command()
def accept(ctx: typer.Context, name: Name) -> Change:
    """Accept a connector that was changed outside connectors, as it stands (owners only)."""
    from connectors_cli import confirming
    from connectors_cli.services import credentials as service

    run = run_of(ctx)
    workspace = run.existing_workspace()
    held = service.look(workspace, name)
    run.note(f"{json.dumps(held.name)} ({held.catalog_key}) holds, and would be used with, this:")
    for field, value in held.config.items():
        run.note(f"  {json.dumps(field)}: {json.dumps(value)}")
    run.note(f"  credentials that open: {json.dumps(held.fields)}")
    confirming.confirm(run, "Is that right? Its credentials go where these settings say.")
    return service.accept(workspace, held)


def _reset_all(run: "Run", workspace: "Workspace", *, dry_run: bool) -> Document:
    from connectors_cli import confirming
    from connectors_cli.services import credentials as service

    broken = service.find_broken(workspace)
    found: dict[str, Any] = {
        "tenant": workspace.tenant,
        "lost_key": broken.lost_key,
        "new_key": None,
    }
    found |= {"reset": broken.lost, "altered": broken.altered}
    if dry_run:
        return Document("credentials", found, ("nothing was done",))
    if not broken.lost and broken.lost_key is None:
        return Document("credentials", found, _notes(broken.altered))
    confirming.confirm(run, _question(broken.lost, broken.lost_key))
    found |= service.reset_all(workspace, broken)
    return Document("credentials", found, _notes(found["altered"], found["reset"]))


def _question(lost: list[str], lost_key: str | None) -> str:
    names = ", ".join(json.dumps(name) for name in lost[:_SHOWN])
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    what = f"Clear the credentials of {names}{more}? Settings stay." if lost else "Make a new key?"
    return _after_a_loss(lost_key) + what


def _after_a_loss(lost_key: str | None) -> str:
    if lost_key is None:
        return ""
    return f"Key {lost_key} is not to be found; `connectors key import` brings a copy back. "


def _notes(altered: list[str], reset_: "list[str] | tuple[()]" = ()) -> tuple[str, ...]:
    notes = ["give new ones with `connectors edit NAME`"] if reset_ else []
    if altered:
        notes.append(
            "changed outside, with credentials that open: look at each with `connectors credentials"
            " accept NAME` (a removed one after `connectors restore NAME`):"
            f" {', '.join(map(json.dumps, altered))}"
        )
    return tuple(notes)
