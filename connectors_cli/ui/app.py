"""The page with its tabs, and the keys that work on all of them."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import INT, TEXT
from connectors_cli.store.read.tenants import list_tenants
from connectors_cli.ui.header import PageHeader
from connectors_cli.ui.lines import KeyLine, TabLine
from connectors_cli.ui.page import Leaving, Page, Pane
from connectors_cli.ui.palette import Command, CommandProvider
from connectors_cli.ui.session import Session

TABS = ("catalog", "installed", "activity")
_SECONDS = 1.0
"""How often it looks for changes by others."""


class ConnectorsApp(Page):
    """The page; screens open over it."""

    TITLE = "connectors"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[Any]] = {CommandProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "tab('catalog')", "Catalog", show=False),
        Binding("2", "tab('installed')", "Installed", show=False),
        Binding("3", "tab('activity')", "Activity", show=False),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("colon", "command_palette", "Commands", key_display=":", show=False),
        Binding("w", "tenants", "Tenant", show=False),
        Binding("question_mark", "keys", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", "Quit", show=False, system=True),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),
    ]

    def __init__(self, session: Session, tab: str = "catalog", theme: str = "textual-dark") -> None:
        super().__init__(session, is_ansi=theme.startswith("ansi"))
        self.theme = theme
        self._first_tab = self._active = tab
        self._made: dict[str, Pane] = {}
        self._signals: list[int] = []

    def compose(self) -> ComposeResult:
        yield PageHeader(self.session)
        yield TabLine(TABS, self.show_tab)
        yield Vertical(id="tabs")
        yield KeyLine()

    async def on_mount(self) -> None:
        self.set_interval(_SECONDS, self.watch_store)
        loop = asyncio.get_running_loop()
        for number in self._signals:
            with suppress(
                NotImplementedError, RuntimeError, ValueError
            ):  # Windows; a test's thread
                loop.add_signal_handler(number, self._end, number)
        self.show_changes()
        await self.action_tab(self._first_tab)

    def on_ready(self) -> None:
        gc.enable()  # which the command disabled to start quickly

    def end_on(self, number: int) -> None:
        """Let a signal end the interface; one that is ignored, as under nohup, stays ignored."""
        if signal.getsignal(number) is not signal.SIG_IGN:
            self._signals.append(number)

    def _end(self, number: int) -> None:
        self.exit(return_code=128 + number)

    async def action_tab(self, name: str) -> None:
        """Show a tab, and give it the keys; what it shows is made the first time."""
        is_new = name not in self._made
        if is_new:
            self._made[name] = self._new_pane(name)
            await self.screen_stack[0].query_one("#tabs").mount(self._made[name])
        self.query_one(TabLine).active = self._active = name
        for other, pane in self._made.items():
            pane.display = other == name
        if is_new:
            self._made[name].show_rows()
        self._made[name].focus_list()

    def _new_pane(self, name: str) -> Pane:
        """Return what a tab shows; its module is imported only now."""
        if name == "catalog":
            from connectors_cli.ui.catalog import CatalogPane

            return CatalogPane(self.session)
        if name == "installed":
            from connectors_cli.ui.installed import InstalledPane

            return InstalledPane(self.session)
        from connectors_cli.ui.activity import ActivityPane

        return ActivityPane(self.session)

    @work
    async def show_tab(self, name: str) -> None:
        """Show a tab."""
        await self.action_tab(name)

    def action_search(self) -> None:
        """Go to the search of the tab that is shown."""
        self._pane().focus_search()

    def _pane(self) -> Pane:
        return self._made[self._active]

    async def action_quit(self) -> None:
        """Leave the interface; a form that would lose something is asked about first."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Leaving) and not screen.may_leave():
                screen.ask_to_leave()
                return
        self.exit()

    def action_keys(self) -> None:
        """Show every key."""
        from connectors_cli.ui.help import HelpScreen

        self.push_screen(HelpScreen(self))

    @work
    async def action_tenants(self) -> None:
        """Choose another tenant."""
        from connectors_cli.ui.dialogs import ChoiceScreen

        nothing: list[tuple[str, str]] = []
        found = self.look(self._tenants, nothing)
        chosen = await self.push_screen_wait(ChoiceScreen("Tenant", found, self.session.tenant))
        if chosen is not None:
            self.session.serve(chosen)
            self.show_changes()

    def _tenants(self, db: Database) -> list[tuple[str, str]]:
        columns = (("name", TEXT), ("role", TEXT), ("connectors", INT))
        rows = list_tenants(db, self.session.tenant, columns).rows
        return [(name, f"{name}  {role}, {count:,} connectors") for name, role, count in rows]

    def commands(self) -> Iterator[Command]:
        """Yield what can be done here, for the palette."""
        yield from self._pane().commands()
        for name in TABS:
            yield Command(f"Show {name}", "Go to the tab", partial(self.show_tab, name))
        yield Command("Show another tenant", "Switch to it", self.action_tenants)
        yield Command("Show the keys", "Help: every key", self.action_keys)
        yield Command("Quit", "Leave the interface", self.action_quit)
