"""Signing a connector in: by browser, code, paste or token, with a way to stop."""

import io
import os
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in as catalog_sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.setup import app_setup
from connectors_cli.errors import Cancelled, Conflict, ConnectorsError, InvalidInput
from connectors_cli.oauth import actions
from connectors_cli.oauth.contract import Options
from connectors_cli.services import connector_row
from connectors_cli.services.auth import login
from connectors_cli.services.auth.methods import usual_method
from connectors_cli.services.results import Change
from connectors_cli.services.workspace import Workspace
from connectors_cli.system.text import printable
from connectors_cli.ui.dialogs import ChoiceScreen, ConfirmScreen
from connectors_cli.ui.form.secret_input import SecretInput
from connectors_cli.ui.lines import KeyLine
from connectors_cli.ui.page import page_of
from connectors_cli.ui.session import Session

_METHODS = {
    "browser": "in a browser on this machine",
    "device": "with a code, on any device",
    "paste": "in any browser, and paste the address of its last page",
    "token": "with a token that you have",
    "client": "by itself, with the app's own credentials",
}
_LOOK = 0.1


class ScreenDialog:
    """The dialog of a sign-in that runs in another thread, shown on a screen."""

    def __init__(self, screen: "SignInScreen", stop: threading.Event) -> None:
        self._screen = screen
        self._stop = stop
        self._pasted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._pipe: tuple[int, int] | None = None

    def visit(self, url: str, *, opens: bool, waits: bool) -> None:
        """Show the address to sign in at."""
        how = "A browser opens at:" if opens else "Open this address in a browser:"
        after = "Waiting for the sign-in ..." if waits else ""
        self._show(how, f"  {printable(url)}", after)

    def otherwise(self, url: str) -> int | None:
        """Show the address of a page that shows a password, which can be pasted here."""
        self._show(
            "If the page says that the URL must be secure, open this one, and paste USER:PASSWORD:",
            f"  {printable(url)}",
            more=True,
        )
        self._pipe = os.pipe()
        self._call(self._screen.ask, "the password that the page shows")
        return self._pipe[0]

    def device(self, code: str, url: str, complete_url: str | None, expires_in: float) -> None:
        """Show the code and where to enter it."""
        minutes = max(1, round(expires_in / 60))
        self._show(
            f"On any device, open {printable(url)}",
            f"and type this code:  {printable(code)}",
            _qr_code(complete_url or url),
            f"Waiting for the sign-in; the code expires in {minutes} min ...",
        )

    def paste(self) -> str:
        """Return what is pasted: the last address of the browser, or a code."""
        self._call(self._screen.ask, "the address of the last page, or the code that it shows")
        while True:
            try:
                return self._pasted.get(timeout=_LOOK)
            except queue.Empty:
                if self._stop.is_set():
                    raise Cancelled("Cancelled.") from None

    def again(self, problem: InvalidInput) -> None:
        """Show what is wrong with the paste."""
        hint = f"; {problem.hint}" if problem.hint else ""
        self._call(self._screen.say, printable(f"{problem.message}{hint}"))

    def take(self, text: str) -> None:
        """Take what was pasted on the screen."""
        if self._pipe is not None:
            os.write(self._pipe[1], f"{text.strip()}\n".encode())
        else:
            self._pasted.put(text)

    def close(self) -> None:
        """Close what the sign-in read from."""
        for descriptor in self._pipe or ():
            os.close(descriptor)
        self._pipe = None

    def _show(self, *lines: str, more: bool = False) -> None:
        self._call(self._screen.show, "\n".join(line for line in lines if line), more=more)

    def _call(self, act: Callable[..., None], *args: Any, **options: Any) -> None:
        if self._stop.is_set():
            raise Cancelled("Cancelled.")
        self._screen.app.call_from_thread(partial(act, *args, **options))


class SignInScreen(ModalScreen[Change | None]):
    """A sign-in: the method is chosen first; Escape stops it. It is dismissed with what changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Stop"),
        Binding("enter", "accept", "Accept"),
    ]

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self._session = session
        self._named = name
        self._stop = threading.Event()
        self._dialog = ScreenDialog(self, self._stop)
        self._takes: Callable[[str], None] = self._dialog.take
        self._is_running = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(f"Sign in {printable(self._named)}", classes="title", markup=False)
            yield Static("", id="sign-in-text", markup=False)
            yield SecretInput()
            yield Static("", id="sign-in-problem", classes="wrong", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(SecretInput).display = False
        self._begin()

    @work
    async def _begin(self) -> None:
        page = page_of(self)
        try:
            entry, is_first = await page.change(self._found)
            login.check_method(entry, "browser")
        except ConnectorsError as error:
            page.refuse(error)
            self.dismiss(None)
            return
        method = await self._method(entry)
        if method is None:
            self.dismiss(None)
            return
        if is_first and (setup := _setup_text(entry)):
            self.show(setup)
        if method == "token":
            self._takes = partial(self._token_given, entry)
            self.show(f"Paste an access token of {printable(entry.name)}.", more=True)
            self.ask("the access token")
            return
        self._sign_in(method)

    def _found(self, ws: Workspace) -> tuple[Entry, bool]:
        with ws.permitted(Action.CONNECTOR_LOGIN, self._named) as db:
            held = frozenset(connector_row.find(db, ws, self._named).auth)
            entry = login.type_of(ws, db, self._named)
        return entry, catalog_sign_in.needs_sign_in(entry, held)

    async def _method(self, entry: Entry) -> str | None:
        known = actions.methods(entry)
        if len(known) == 1:
            return known[0]
        best = usual_method(entry, self._session.settings.environ)
        options = [(method, _METHODS[method]) for method in known]
        title = f"Sign in to {entry.name}"
        return await page_of(self).push_screen_wait(ChoiceScreen(title, options, best))

    @work
    async def _sign_in(self, method: str, *, switch: bool = False) -> None:
        options = Options(method=method, stop=self._stop)
        act = partial(
            login.sign_in, name=self._named, options=options, dialog=self._dialog, switch=switch
        )
        await self._do(act, lambda: self._sign_in(method, switch=True))

    def _token_given(self, entry: Entry, token: str) -> None:
        self._save_token(token)

    @work
    async def _save_token(self, token: str, *, switch: bool = False) -> None:
        tokens = {"access_token": token.strip()}
        act = partial(login.save_token, name=self._named, tokens=tokens, switch=switch)
        await self._do(act, lambda: self._save_token(token, switch=True))

    async def _do(self, act: Callable[[Workspace], Change], again: Callable[[], Any]) -> None:
        """Run a sign-in; another account than before is asked about."""
        page = page_of(self)
        self._is_running = True
        try:
            done = await page.change(act)
        except Cancelled:
            self.dismiss(None)
        except Conflict as error:
            self._is_running = False
            question = f"{error.message}. Sign in as the other account?"
            if await page.push_screen_wait(ConfirmScreen(question)):
                again()
            else:
                self.dismiss(None)
        except ConnectorsError as error:
            self._is_running = False
            self.say(
                printable(error.message) + (f"\n{printable(error.hint)}" if error.hint else "")
            )
        else:
            self.dismiss(done)
        finally:
            self._dialog.close()

    def show(self, text: str, *, more: bool = False) -> None:
        """Show text, with `more` after what is there."""
        said = self.query_one("#sign-in-text", Static)
        before = str(said.content) if more else ""
        said.update(f"{before}\n\n{text}".strip())

    def ask(self, what: str) -> None:
        """Ask for something to be pasted."""
        field = self.query_one(SecretInput)
        field.display = True
        field.begin(f"paste {what} here, then Enter")
        field.focus()

    def say(self, problem: str) -> None:
        """Say what is wrong."""
        self.query_one("#sign-in-problem", Static).update(problem)

    def action_accept(self) -> None:
        """Take what was pasted."""
        field = self.query_one(SecretInput)
        if field.display and field.value.strip():
            text = field.value
            field.begin("taken")
            self.say("")
            self._takes(text)

    def on_unmount(self) -> None:
        """Stop what runs if the whole interface is ended."""
        self._stop.set()

    def action_leave(self) -> None:
        """Stop the sign-in; nothing is changed by then."""
        self._stop.set()
        if self._is_running:
            self.say("Stopping ...")
        else:
            self.dismiss(None)


def _setup_text(entry: Entry) -> str:
    """Return what has to be registered with the service first, empty for nothing."""
    setup = app_setup(entry)
    if setup is None:
        return ""
    return f"Your app is registered at {printable(str(setup.portal))}."


def _qr_code(url: str) -> str:
    """Return an address as a QR code in text, empty if it is too large for a small screen."""
    import segno  # only for a code

    drawn = io.StringIO()
    code = segno.make(url, error="l", micro=False)
    if code.symbol_size(border=1)[0] > 60:
        return ""
    code.terminal(drawn, compact=True, border=1)
    return Text.from_ansi(drawn.getvalue()).plain
