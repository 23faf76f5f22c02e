"""The commands `auth ...`: sign-in, its status, token refresh and sign-out."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.flags import test_options
from connectors_cli.cli.options import (
    AllowHttp,
    CaFile,
    Name,
    Secrets,
    examples,
)
from connectors_cli.services.auth.status import SignInStatuses
from connectors_cli.services.results import Change

app = typer.Typer(no_args_is_help=True)
Names = Annotated[
    list[str] | None,
    typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names),
]
All = Annotated[bool, typer.Option("--all", help="All connectors whose service has a sign-in.")]


@app.callback(
    epilog=examples(
        "connectors auth login blog",
        "connectors auth status --all",
    )
)
def auth() -> None:
    """Sign connectors in and out, and show their sign-in status."""


@app.command(
    epilog=examples(
        "connectors auth login blog",
        "connectors auth login blog --method device",
    )
)
def login(
    ctx: typer.Context,
    name: Name,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="browser, device (type a code on any device), paste, token (you have one), or"
            " client (the app signs in as itself).",
            autocompletion=lambda: ["browser", "device", "paste", "token", "client"],
        ),
    ] = None,
    secrets: Secrets = None,
    scopes: Annotated[
        str | None,
        typer.Option(
            "--scopes", metavar="A,B", help="Request these scopes instead of the default ones."
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Local port that the browser is redirected to."
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser; only print the address.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            metavar="TIME",
            help="How long to wait for the sign-in. Default 5m; a device code until it expires.",
        ),
    ] = None,
    switch_account: Annotated[
        bool,
        typer.Option("--switch-account", help="Accept a sign-in as another account than before."),
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Test the connection after the sign-in.")
    ] = False,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Change:
    """Sign a connector in, or sign it in again with the same account.

    Its settings do not change.
    """
    from connectors_cli.cli import sign_in  # slow to import; not for --help
    from connectors_cli.cli.durations import parse_duration
    from connectors_cli.oauth.contract import Options

    context = context_of(ctx)
    options = Options(
        method=method,
        scopes=tuple(word for word in (scopes or "").replace(",", " ").split()),
        port=port,
        open_browser=not no_browser,
        timeout=None if timeout is None else parse_duration(timeout, "--timeout"),
        ca_file=ca_file,
        allow_http=allow_http,
    )
    tests = test_options(test, None, ca_file, allow_http, new_host_key=False)
    done = sign_in.login(context, name, options, tuple(secrets or ()), switch=switch_account)
    if tests is not None:
        from connectors_cli.cli import checks

        return checks.test_change(context, done, tests)
    return done


@app.command(
    epilog=examples(
        "connectors auth status",
        "connectors auth status --all --within 7d",
    )
)
def status(
    ctx: typer.Context,
    names: Names = None,
    everything: All = False,
    within: Annotated[
        str | None,
        typer.Option(
            "--within",
            metavar="TIME",
            help="Also report tokens that expire within this time, e.g. 7d.",
        ),
    ] = None,
) -> SignInStatuses:
    """Show the sign-in status of connectors.

    Exit code 9 if a connector has to be signed in again.
    """
    from connectors_cli.cli.handlers import auth

    return auth.status(context_of(ctx), names, everything, within)


@app.command(
    epilog=examples(
        "connectors auth refresh blog",
        "connectors auth refresh --all --within 24h",
    )
)
def refresh(
    ctx: typer.Context,
    names: Names = None,
    everything: All = False,
    within: Annotated[
        str | None,
        typer.Option(
            "--within", metavar="TIME", help="Only tokens that expire within this time, e.g. 24h."
        ),
    ] = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> SignInStatuses:
    """Refresh access tokens now. (They are also refreshed automatically when used.)"""
    from connectors_cli.cli.durations import parse_duration
    from connectors_cli.oauth.contract import Options
    from connectors_cli.services.auth import refresh
    from connectors_cli.services.auth import status as auth_status

    context = context_of(ctx)
    seconds = parse_duration(within, "--within") if within is not None else None
    chosen = auth_status.choice(names, everything=everything)
    options = Options(ca_file=ca_file, allow_http=allow_http)
    return refresh.refresh_all(context.existing_workspace(), chosen, seconds, options)


@app.command(
    epilog=examples(
        "connectors auth logout blog",
        "connectors auth logout blog --json",
    )
)
def logout(
    ctx: typer.Context, name: Name, ca_file: CaFile = None, allow_http: AllowHttp = False
) -> Change:
    """Sign a connector out: revoke its tokens at the service and delete them here."""
    from connectors_cli.oauth.contract import Options
    from connectors_cli.services.auth import login as auth_login

    context = context_of(ctx)
    options = Options(ca_file=ca_file, allow_http=allow_http)
    return auth_login.sign_out(context.existing_workspace(), name, options)
