"""What the tabs and the screens over them share: reading, changing, and telling what failed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

from textual import events
from textual.app import App
from textual.containers import Vertical
from textual.message import Message

from connectors_cli.audit import roles
from connectors_cli.errors import ConnectorsError
from connectors_cli.store.read import connectors
from connectors_cli.store.read.members import role_of
from connectors_cli.system.threads import detached
from connectors_cli.ui.header import PageHeader
from connectors_cli.ui.palette import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.dom import DOMNode

    from connectors_cli.audit.roles import Action
    from connectors_cli.services.results import Change
    from connectors_cli.services.workspace import Workspace
    from connectors_cli.store.read.database import Database
    from connectors_cli.ui.session import Session

_KEY_S = 0.25
"""How long a key may take before the next one is looked at all the same."""
T = TypeVar("T")
M = TypeVar("M")


@runtime_checkable
class Leaving(Protocol):
    """A screen that may have something to lose."""

    def may_leave(self) -> bool: ...
    def ask_to_leave(self) -> None: ...


class Page(App[None]):
    """The interface around a session.

    A key takes effect before the next one is looked at. Textual itself sends keys that come
    together, as over a slow line, to whatever has them when they come.
    """

    @dataclass
    class KeyDone(Message):
        """What a key does is done: sent after it, on the same way through the widgets."""

        number: int

    def __init__(self, session: Session, *, is_ansi: bool = False) -> None:
        super().__init__(ansi_color=is_ansi)
        self.session = session
        self._version: object = None
        self._keys: deque[events.Key] = deque()
        self._sent = self._done = 0
        """How many keys were sent to a widget, and how many of them are done."""
        self.crash: BaseException | None = None
        """The error of the interface itself that ended it."""
        self.role: str | None = None
        """The role of the current user in the tenant, None without a store."""

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._keys.append(event)
        if self._sent == self._done:
            await self._send_key()

    async def _send_key(self) -> None:
        """Send the next key to the widget that has the keys now."""
        if not self._keys:
            return
        self._sent += 1
        target = self.focused or self.screen
        await super().on_event(self._keys.popleft())
        after = self.KeyDone(self._sent)
        target.post_message(after)
        self.set_timer(_KEY_S, partial(self.post_message, after))  # if the widget is gone

    async def on_page_key_done(self, event: KeyDone) -> None:
        """Go on with the next key."""
        if event.number > self._done:
            self._done = event.number
            await self._send_key()

    def _handle_exception(self, error: Exception) -> None:
        """End the interface; what is told of the error has no value of a variable in it.

        Textual itself prints the local variables of every frame.
        """
        self.crash = self.crash or error
        self._return_code = 1
        if self._exception is None:  # which a test's pilot raises
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End the interface without printing anything."""
        self._return_code = self._return_code or 1
        self._close_messages_no_wait()

    def may(self, action: Action | None) -> bool:
        """Return whether the current user may do an action; the first one creates a store."""
        return action is None or self.role is None or roles.allows(self.role, action)

    def look(self, call: Callable[[Database], T], otherwise: M) -> T | M:
        """Return what a call reads from the store.

        Without a store, or one that cannot be read now, which the header then says, `otherwise`.
        """
        try:
            found = self.session.read(call, otherwise)
        except ConnectorsError as error:
            self._say_trouble(error.message)
            return otherwise
        self._say_trouble("")
        return found

    def is_taken(self, name: str) -> bool:
        """Return whether an installed connector has a name."""
        return self.look(lambda db: connectors.is_installed(db, self.session.tenant, name), False)

    async def change(self, act: Callable[[Workspace], T]) -> T:
        """Return what a use case does in a thread of its own; raises what it raises."""
        try:
            return await detached(self.session.change, act)
        finally:
            self.show_changes()

    async def perform(self, act: Callable[[Workspace], T], done: str = "") -> T | None:
        """Return what a use case does, and say that it is done.

        An error becomes a toast, and None is returned.
        """
        try:
            found = await self.change(act)
        except ConnectorsError as error:
            self.refuse(error)
            return None
        if done:
            self.notify(done, markup=False)
        return found

    def tell(self, done: Change | None) -> None:
        """Show what was done as a toast, with its notes; nothing for None."""
        if done is not None:
            notes = "\n".join(done.notes)
            self.notify(f"{done.name}: {done.change}\n{notes}".rstrip(), markup=False)

    def refuse(self, error: ConnectorsError) -> None:
        """Show an error as a toast: what is wrong, and what helps."""
        text = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.notify(text, severity="error", timeout=10, markup=False)

    def show_changes(self) -> None:
        """Read again what the page shows."""
        self._version = self._found_version()
        self.role = self.look(self._role, self.role)
        for header in self._headers:
            header.role = self.role
            header.show_rows()
        for pane in self.panes():
            pane.show_rows()
        for screen in self.screen_stack[1:]:
            if (told := getattr(screen, "store_changed", None)) is not None:
                told()

    def watch_store(self) -> None:
        """Show what has changed in the store since it was last read, by whomever."""
        if self._found_version() != self._version:
            self.show_changes()

    def panes(self) -> Iterator[Pane]:
        """Yield the panes of the tabs, whichever screen is over them."""
        if self.screen_stack:
            yield from self.screen_stack[0].query(Pane)

    def _role(self, db: Database) -> str | None:
        return role_of(db, self.session.tenant, db.principal)

    def _found_version(self) -> object:
        try:
            found = self.session.version()
        except ConnectorsError as error:
            self._say_trouble(error.message)
            return self._version
        self._say_trouble("")
        return found

    def _say_trouble(self, trouble: str) -> None:
        for header in self._headers:
            header.trouble = trouble

    @property
    def _headers(self) -> Iterator[PageHeader]:
        """The header; nothing before the page is there, and while it is being left."""
        if self.screen_stack:
            yield from self.screen_stack[0].query(PageHeader)


class Pane(Vertical):
    """What a tab shows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def show_rows(self) -> None:
        """Read again what is shown, and keep the place, the marks and what is typed."""
        raise NotImplementedError

    def focus_search(self) -> None:
        """Give the keys to the search."""
        raise NotImplementedError

    def focus_list(self) -> None:
        """Give the keys to what the tab lists."""
        raise NotImplementedError

    def commands(self) -> Iterator[Command]:
        """Yield what can be done in the tab now, for the palette."""
        yield Command("Search", "Find by words", self.focus_search)


def page_of(node: DOMNode) -> Page:
    """Return the page that a widget or screen belongs to."""
    return cast("Page", node.app)
