"""Signing in as commands run it: which way, what of it follows an install or a removal."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors_cli import filling, oauth, remedies, stored
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.context import Run
from connectors_cli.errors import (
    Cancelled,
    ConnectorsError,
    InputNeeded,
    NotFound,
    NotPermitted,
    UsageError,
)
from connectors_cli.oauth import Options
from connectors_cli.results import Change
from connectors_cli.services import signins
from connectors_cli.sources import read_source
from connectors_cli.talking import Talk
from connectors_cli.workspace import Workspace

_GIVEN = ("access_token", "refresh_token")
Act = Callable[..., Change]


def login(run: Run, name: str, options: Options, given: Sequence[str] = ()) -> Change:
    """Sign a connector in: a person does, or `given` says where a token comes from."""
    ws = run.existing_workspace()
    entry = _entry(ws, name)
    if given and options.method not in {None, "token"}:
        raise UsageError("--secret goes with --method token")
    if given:
        return signins.take_token(ws, name, _tokens(given, run.environ))
    method = _way(run, entry, name, options.method)
    if method == "token":
        return signins.take_token(ws, name, _asked_token(run, entry, name))
    is_far = _is_far_from_a_browser(run.environ)
    unseen = method == "paste" and is_far
    options = replace(options, method=method, open_browser=options.open_browser and not unseen)
    return signins.sign_in(ws, name, options, Talk(run, entry, is_far=is_far))


def after_install(run: Run, done: Change, options: Options) -> Change:
    """Sign in what was just installed: by its method or, at a terminal, by the type's best one.

    What was installed stays when that fails, which the error says, with the command that goes on.
    """
    shown, way = done.connector, options.method
    if shown is None or done.dry_run or way == "none" or shown["auth_fields"] is None:
        return done
    entry = stored.find_entry(run.reader(), shown["catalog_key"])
    signed = not filling.needs_sign_in(entry, shown["auth_fields"])
    by_itself = run.interactive and done.change == "installed" and entry.auth_type == "oauth"
    if way is None and (signed or not by_itself):
        return noted(run, done)
    if way == "token" and signed:
        return done
    try:
        made = login(run, done.name, options)
    except (ConnectorsError, KeyboardInterrupt) as error:
        raise _left_without(done, error) from None
    return replace(done, connector=made.connector)


def noted(run: Run, done: Change) -> Change:
    """Return a change with a note where its connector still has to be signed in."""
    shown = done.connector
    if shown is None or done.dry_run or shown["auth_fields"] is None:
        return done
    entry = stored.find_entry(run.reader(), shown["catalog_key"])
    if not filling.needs_sign_in(entry, shown["auth_fields"]):
        return done
    but = " is active but" if shown["status"] == "active" else " is"
    note = f"note: {done.name}{but} not signed in yet: {remedies.sign_in(done.name)}"
    return replace(done, notes=(*done.notes, note))


def taking_back(act: Act) -> Act:
    """Return a removal that takes tokens back at the service first; what fails is a note."""

    def remove(ws: Workspace, name: str, *, commit: bool) -> Change:
        notes = _taken_back(ws, name) if commit else ()
        done = act(ws, name, commit=commit)
        return replace(done, notes=(*done.notes, *notes))

    return remove


def _taken_back(ws: Workspace, name: str) -> tuple[str, ...]:
    try:
        if not signins.may_be_revoked(ws, name):
            return ()
        return signins.sign_out(ws, name, keep_unrevoked=True).notes
    except (NotFound, NotPermitted):
        return ()  # one that was removed before and is purged now; the removal refuses
    except ConnectorsError as error:
        return (f"note: {name}: its tokens were not taken back: {error.message}",)


def _entry(ws: Workspace, name: str) -> Entry:
    with ws.permitted(Action.CONNECTOR_LOGIN, name) as session:
        return signins.type_of(ws, session, name)


def _way(run: Run, entry: Entry, name: str, wanted: str | None) -> str:
    """Return how to sign in: as wanted, else the best way that works where this run is."""
    signins.check_way(entry, wanted or "browser")
    known = oauth.methods(entry)
    if wanted == "none":
        raise UsageError("none is no way to sign in", hint=f"use one of: {', '.join(known)}")
    if wanted is not None:
        return wanted if wanted in known else "paste"
    if not run.interactive:
        or_else = ", or -S access_token=SOURCE" if "token" in known else ""
        raise InputNeeded(
            f"how to sign {name} in? Nobody can be asked here",
            hint=f"{remedies.sign_in(name)} --method {known[0]}{or_else}",
        )
    far = _is_far_from_a_browser(run.environ)
    return next((way for way in ("device", "paste") if far and way in known), known[0])


def _is_far_from_a_browser(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser that opens here would be on no screen that the person sees."""
    if any(environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")):
        return False
    return sys.platform == "linux" or bool(environ.get("SSH_CONNECTION"))


def _tokens(given: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for option in given:
        name, separator, source = option.partition("=")
        if not separator or name not in _GIVEN:
            raise UsageError(f"--secret takes {' or '.join(f'{n}=SOURCE' for n in _GIVEN)} here")
        found[name] = read_source(source, name, environ)
    if "access_token" not in found:
        raise UsageError("--method token needs --secret access_token=SOURCE")
    return found


def _asked_token(run: Run, entry: Entry, name: str) -> dict[str, str]:
    if not run.interactive:
        raise InputNeeded(
            "--method token needs a token, and nobody can be asked here",
            hint=f"{remedies.sign_in(name)} --secret access_token=SOURCE",
        )
    from connectors_cli import prompts

    title = f"The access token of {entry.name}"
    return {"access_token": prompts.ask_secret(title, color=run.color)}


def _left_without(done: Change, error: BaseException) -> ConnectorsError:
    """Return why a connector that was installed is not signed in."""
    if not isinstance(error, ConnectorsError):
        error = Cancelled("left")
    message = f"{done.name} is {done.change}, but not signed in: {error.message}"
    return type(error)(
        message, hint=error.hint or remedies.sign_in(done.name), details=error.details
    )
