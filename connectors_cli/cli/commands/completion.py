"""The command `completion`: what makes a shell complete words with the Tab key."""

from typing import Annotated

import typer

from connectors_cli.cli.options import examples
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Text

app = typer.Typer()

SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


@app.command(
    epilog=examples("connectors completion --install", "connectors completion zsh > _connectors")
)
def completion(
    shell: Annotated[
        str | None,
        typer.Argument(
            help=f"One of {', '.join(SHELLS)}; by default the shell that runs this.",
            autocompletion=lambda: list(SHELLS),
            show_default=False,
        ),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Install it for you, in the shell's own files.")
    ] = False,
) -> Text:
    """Print or install completion with the Tab key."""
    from connectors_cli.cli import completion_scripts

    name = shell or completion_scripts.current_shell()
    if name is None:
        raise UsageError("cannot tell which shell this is", hint=f"name one: {', '.join(SHELLS)}")
    if name not in SHELLS:
        raise UsageError(f"no completion for {name[:20]!r}", hint=f"one of {', '.join(SHELLS)}")
    if not install:
        return Text(completion_scripts.script(name))
    path = completion_scripts.install(name)
    return Text(f"installed {name} completion in {path}\nIt works in the next shell you open.")
