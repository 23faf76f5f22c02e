"""Sign-in on the command line: its method, its dialog, and sign-in after an install."""

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.setup import app_setup
from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.documents.references import read_source
from connectors_cli.errors import (
    Cancelled,
    ConnectorsError,
    InputNeeded,
    InvalidInput,
    UsageError,
)
from connectors_cli.oauth import actions
from connectors_cli.oauth.contract import Options
from connectors_cli.services import connector_row, hints
from connectors_cli.services.auth import login as auth_login
from connectors_cli.services.auth.methods import is_far_from_a_browser, usual_method
from connectors_cli.services.results import Change
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read import types as read_types
from connectors_cli.system.record import replace
from connectors_cli.system.text import printable

Act = Callable[..., Change]
_GIVEN = ("access_token", "refresh_token", "expires_at")
_LONGEST = 64 * 1024
_BORDER = 2
_ADDRESS = "address of the last page"


class Dialog:
    """The dialog with the person who signs in; text of the service is escaped for the terminal.

    Without a terminal the same text is written, for a log, and a paste is a line of stdin.
    """

    def __init__(
        self,
        context: CommandContext,
        entry: Entry,
        *,
        is_far: bool = False,
        shows_setup: bool = False,
    ) -> None:
        self._context = context
        self._entry = entry
        self._is_far = is_far
        self._shows_setup = shows_setup
        self._lines = ""
        self._problem: InvalidInput | None = None

    def visit(self, url: str, *, opens: bool, waits: bool) -> None:
        """Show the address to sign in at; `opens` means that a browser is being opened there."""
        name = printable(self._entry.name)
        if self._shows_setup:
            self._show_setup(url)
        if opens:
            _write(f"Sign in at {name} in the browser that opens. If none opens, go to:")
        else:
            _write(f"To sign in at {name}, open this address in a browser:")
        _write(f"\n  {printable(url)}\n")
        if waits:
            if not opens or self._is_far:
                _write("Use a browser on this machine. On another machine, use --method paste.")
            _write("Waiting for the sign-in ... Press Ctrl-C to cancel.")
        elif not self._shows:
            _write("The browser may end on an error page. Its address is what you need.")

    def otherwise(self, url: str) -> int | None:
        """Show the address of a page that shows a password, and say that it can be pasted here."""
        try:
            descriptor = None if sys.stdin is None else sys.stdin.fileno()
        except (OSError, ValueError):
            descriptor = None
        if descriptor is not None:
            _write(
                "If the page says that the URL must be secure (WordPress before 7.0), open this"
                " one, and paste\nUSER:PASSWORD here, with the password that it shows:"
            )
            _write(f"\n  {printable(url)}\n")
        return descriptor

    def device(self, code: str, url: str, complete_url: str | None, expires_in: float) -> None:
        """Show the code and where to type it; `complete_url` already contains the code."""
        _write(f"Sign in at {printable(self._entry.name)}.")
        _write(f"On any device, open {printable(url)}\nand type this code: {printable(code)}")
        code_image = _qr_code(complete_url or url)
        if code_image:
            _write(f"\n{code_image}")
        minutes = max(1, round(expires_in / 60))
        _write(f"Waiting for the sign-in; the code expires in {minutes} min ...")
        _write("Press Ctrl-C to cancel.")

    def paste(self) -> str:
        """Return what the person pastes: the last address of the browser, or a code it shows."""
        what = f"{self._shows} that the page shows" if self._shows else _ADDRESS
        if self._context.interactive:
            from connectors_cli.cli.prompts import ask

            return ask.ask_secret(f"The {what}", color=self._context.color)
        if self._problem is None:
            _write(f"Paste the {what} as one line:")
        line = sys.stdin.readline(_LONGEST) if sys.stdin is not None else ""
        if not line.strip():
            raise self._problem or InputNeeded("nothing was pasted on standard input")
        self._lines += line
        return self._lines

    def again(self, problem: InvalidInput) -> None:
        """Show what is wrong with the paste; without a prompt, the next line continues it."""
        if not self._context.interactive:
            self._problem = problem
            return
        _write("; ".join(text for text in (problem.message, problem.hint) if text))

    def _show_setup(self, url: str) -> None:
        """Show what must be registered with the service for the address of its sign-in page."""
        setup = app_setup(self._entry)
        address = parse_qs(urlsplit(url).query).get("redirect_uri", [""])[0]
        if setup is None or "redirect_uri" not in self._entry.config_schema["properties"]:
            return
        _write(f"Your app at {setup.portal} must have this redirect address:")
        _write(f"\n  {printable(address)}\n")

    @property
    def _shows(self) -> str | None:
        """What the service's page shows to be pasted; None if its address is pasted."""
        oauth = self._entry.oauth or {}
        if oauth.get("grant") == "application_password":
            return "password"
        return "code" if oauth.get("paste_redirect") else None


def _write(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _qr_code(url: str) -> str:
    """Return an address as a QR code; empty if stderr is no terminal or cannot draw it."""
    if not is_terminal(sys.stderr):
        return ""
    import segno

    drawn = io.StringIO()
    code = segno.make(url, error="l", micro=False)
    code.terminal(drawn, compact=True, border=_BORDER)
    try:
        drawn.getvalue().encode(sys.stderr.encoding or "ascii")
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (UnicodeError, OSError):
        return ""
    return drawn.getvalue() if code.symbol_size(border=_BORDER)[0] <= columns else ""


def login(
    context: CommandContext,
    name: str,
    options: Options,
    given: Sequence[str] = (),
    *,
    switch: bool = False,
) -> Change:
    """Sign a connector in, with a person or with tokens from the sources in `given`.

    With `switch` it may be another account than before.
    """
    ws = context.existing_workspace()
    entry, held = _entry(ws, name)
    if given and options.method not in {None, "token"}:
        raise UsageError("--secret requires --method token")
    if given:
        auth_login.check_method(entry, "token")
        tokens = _tokens(given, context.environ)
        return auth_login.save_token(ws, name, tokens, options, switch=switch)
    method = _method(context, entry, name, options.method)
    if method == "token":
        tokens = _asked_token(context, entry, name)
        return auth_login.save_token(ws, name, tokens, options, switch=switch)
    is_far = is_far_from_a_browser(context.environ)
    is_first = sign_in.needs_sign_in(entry, held)
    dialog = Dialog(context, entry, is_far=is_far, shows_setup=is_first or context.verbose)
    unseen = method == "paste" and is_far
    options = replace(options, method=method, open_browser=options.open_browser and not unseen)
    return auth_login.sign_in(ws, name, options, dialog, switch=switch)


def after_install(context: CommandContext, done: Change, options: Options) -> Change:
    """Sign in a connector that was just installed, by its method or, on a terminal, the best one.

    If that fails, the connector stays installed; the error says so and how to resume.
    """
    shown, way = done.connector, options.method
    if shown is None or done.dry_run or way == "none" or shown["auth_fields"] is None:
        return done
    entry = read_types.entry_with_key(
        context.reader(), context.settings.tenant, shown["catalog_key"]
    )
    signed = not sign_in.needs_sign_in(entry, shown["auth_fields"])
    by_itself = (
        (context.interactive or actions.methods(entry) == ("client",))
        and done.change == "installed"
        and entry.auth_type == "oauth"
    )
    if way is None and (signed or not by_itself):
        return add_note(context, done)
    if way == "token" and signed:
        return done
    try:
        made = login(context, done.name, options)
    except (ConnectorsError, KeyboardInterrupt) as error:
        raise _not_signed_in(done, error) from None
    return replace(done, connector=made.connector, notes=(*done.notes, *made.notes))


def add_note(context: CommandContext, done: Change) -> Change:
    """Return a change, with a note if its connector still has to be signed in."""
    shown = done.connector
    if shown is None or done.dry_run or shown["auth_fields"] is None:
        return done
    entry = read_types.entry_with_key(
        context.reader(), context.settings.tenant, shown["catalog_key"]
    )
    if not sign_in.needs_sign_in(entry, shown["auth_fields"]):
        return done
    note = f"note: {done.name} is not signed in yet: {hints.sign_in(done.name)}"
    return replace(done, notes=(*done.notes, note))


def _entry(ws: Workspace, name: str) -> tuple[Entry, frozenset[str]]:
    """Return a connector's type, and the names of the credentials that it has."""
    with ws.permitted(Action.CONNECTOR_LOGIN, name) as db:
        held = frozenset(connector_row.find(db, ws, name).auth)
        return auth_login.type_of(ws, db, name), held


def _method(context: CommandContext, entry: Entry, name: str, wanted: str | None) -> str:
    """Return the sign-in method: as given, else the best one that works on this machine."""
    auth_login.check_method(entry, wanted or "browser")
    known = actions.methods(entry)
    if wanted == "none":
        raise UsageError("'none' is not a sign-in method", hint=f"use one of: {', '.join(known)}")
    if wanted is not None:
        return wanted if wanted in known else "paste"
    if known == ("client",):  # nobody is needed
        return "client"
    if not context.interactive:
        or_else = ", or -S access_token=SOURCE" if "token" in known else ""
        raise InputNeeded(
            f"choose a sign-in method for {name} with --method {_either(known)}",
            hint=f"{hints.sign_in(name)} --method {known[0]}{or_else}",
        )
    return usual_method(entry, context.environ)


def _either(words: Sequence[str]) -> str:
    """Return words as `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _tokens(given: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    sources = {}
    for option in given:
        name, separator, source = option.partition("=")
        if not separator or name not in _GIVEN:
            raise UsageError(f"--secret must be {' or '.join(f'{n}=SOURCE' for n in _GIVEN)} here")
        sources[name] = source
    if "access_token" not in sources:
        raise UsageError("--method token requires --secret access_token=SOURCE")
    return {name: read_source(source, name, environ) for name, source in sources.items()}


def _asked_token(context: CommandContext, entry: Entry, name: str) -> dict[str, str]:
    if not context.interactive:
        raise InputNeeded(
            "--method token requires a token (not running in a terminal, so it cannot be prompted"
            " for)",
            hint=f"{hints.sign_in(name)} --secret access_token=SOURCE",
        )
    from connectors_cli.cli.prompts import ask

    title = f"Access token of {entry.name}"
    return {"access_token": ask.ask_secret(title, color=context.color)}


def _not_signed_in(done: Change, error: BaseException) -> ConnectorsError:
    """Return the error for a connector that is installed but not signed in."""
    resume = hints.sign_in(done.name)
    if isinstance(error, Cancelled | KeyboardInterrupt):
        state = f"{done.name} is {done.change}. Sign-in was cancelled"
        return Cancelled(f"{state}; resume with: {resume}")
    assert isinstance(error, ConnectorsError)  # noqa: S101 - what the caller catches
    message = f"{done.name} is {done.change}, but not signed in: {error.message}"
    return type(error)(message, hint=error.hint or resume, details=error.details)
