"""`connectors auth`: sign connectors in and out, and see how they stand."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import AllowHttp, CaFile, Name, Secrets, test_options
from connectors_cli.context import run_of
from connectors_cli.results import Change
from connectors_cli.standing import Standings

app = typer.Typer(no_args_is_help=True)
Names = Annotated[
    list[str] | None,
    typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names),
]
All = Annotated[bool, typer.Option("--all", help="Every connector that signs in.")]


@app.callback()
def auth() -> None:
    """Sign connectors in to their services, see how they stand, refresh tokens, sign out."""


@app.command()
def login(
    ctx: typer.Context,
    name: Name,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="browser, device (a code on any device), paste, or token (you have one).",
            autocompletion=lambda: ["browser", "device", "paste", "token"],
        ),
    ] = None,
    secrets: Secrets = None,
    scopes: Annotated[
        str | None, typer.Option("--scopes", metavar="A,B", help="Ask for these, not the type's.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Where the browser comes back to."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser; only tell the address.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            metavar="TIME",
            help="How long to wait for you: 5m without; a device's code as long as it is good.",
        ),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Test the connection afterwards.")] = False,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Change:
    """Sign a connector in, or in again; everything else of it stays as it is."""
    from connectors_cli import authorizing  # the network: not for --help and completion
    from connectors_cli.durations import duration
    from connectors_cli.oauth import Options

    run = run_of(ctx)
    options = Options(
        method=method,
        scopes=tuple(word for word in (scopes or "").replace(",", " ").split()),
        port=port,
        open_browser=not no_browser,
        timeout=None if timeout is None else duration(timeout, "--timeout"),
        ca_file=ca_file,
        allow_http=allow_http,
    )
    tests = test_options(test, None, ca_file, allow_http)
    done = authorizing.login(run, name, options, tuple(secrets or ()))
    if tests is not None:
        from connectors_cli import checking

        return checking.tested(run, done, tests)
    return done


@app.command()
def status(
    ctx: typer.Context,
    names: Names = None,
    everything: All = False,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="TIME", help="Also those that end in this time: 7d."),
    ] = None,
) -> Standings:
    """Show how connectors stand; exit code 9 when one needs a person to sign in again."""
    from connectors_cli import standings
    from connectors_cli.durations import duration

    run = run_of(ctx)
    seconds = duration(within, "--within") if within is not None else 0.0
    chosen = standings.choice(names, everything=everything, may_be_none=True)
    db = run.existing_reader() if chosen else run.reader()
    if db is None:
        run.nothing("connector")
        return Standings(())
    return standings.standings(db, run.settings.tenant, chosen, seconds)


@app.command()
def refresh(
    ctx: typer.Context,
    names: Names = None,
    everything: All = False,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="TIME", help="Only those that end in this time: 24h."),
    ] = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Standings:
    """Fetch the next tokens now; whoever uses a connector does so by itself when they are due."""
    from connectors_cli import standings
    from connectors_cli.durations import duration
    from connectors_cli.oauth import Options
    from connectors_cli.services import refreshes

    run = run_of(ctx)
    seconds = duration(within, "--within") if within is not None else None
    chosen = standings.choice(names, everything=everything)
    options = Options(ca_file=ca_file, allow_http=allow_http)
    return refreshes.refresh_all(run.existing_workspace(), chosen, seconds, options)


@app.command()
def logout(
    ctx: typer.Context, name: Name, ca_file: CaFile = None, allow_http: AllowHttp = False
) -> Change:
    """Take a connector's tokens back at the service, and out of the store."""
    from connectors_cli.oauth import Options
    from connectors_cli.services import signins

    run = run_of(ctx)
    options = Options(ca_file=ca_file, allow_http=allow_http)
    return signins.sign_out(run.existing_workspace(), name, options)
