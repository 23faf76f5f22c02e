"""The page with its tabs, and the keys that work on all of them."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, TabbedContent, TabPane

from connectors_cli.ui.activity import ActivityPane
from connectors_cli.ui.catalog import CatalogPane
from connectors_cli.ui.header import PageHeader
from connectors_cli.ui.installed import InstalledPane
from connectors_cli.ui.page import Page, Pane
from connectors_cli.ui.session import Session

TABS = ("catalog", "installed", "activity")
_SECONDS = 1.0
"""How often it looks for changes by others."""


class ConnectorsApp(Page):
    """The page; screens open over it."""

    TITLE = "connectors"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "tab('catalog')", "Catalog", show=False),
        Binding("2", "tab('installed')", "Installed", show=False),
        Binding("3", "tab('activity')", "Activity", show=False),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("colon", "command_palette", "Commands", key_display=":", show=False),
        Binding("question_mark", "show_help_panel", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, session: Session, tab: str = "catalog") -> None:
        super().__init__(session)
        self._first_tab = tab

    def compose(self) -> ComposeResult:
        yield PageHeader(self.session)
        with TabbedContent(initial=self._first_tab):
            with TabPane("Catalog", id="catalog"):
                yield CatalogPane(self.session)
            with TabPane("Installed", id="installed"):
                yield InstalledPane(self.session)
            with TabPane("Activity", id="activity"):
                yield ActivityPane(self.session)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.show_changes()
        self._pane().focus_list()
        self.set_interval(_SECONDS, self.watch_store)

    def on_tabbed_content_tab_activated(self) -> None:
        self._pane().focus_list()

    def action_tab(self, name: str) -> None:
        """Show a tab, and give it the keys."""
        self.query_one(TabbedContent).active = name

    def action_search(self) -> None:
        """Go to the search of the tab that is shown."""
        self._pane().focus_search()

    def _pane(self) -> Pane:
        active = self.query_one(TabbedContent).active
        return self.query_one(f"#{active}").query_one(Pane)

    def get_system_commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        for name in TABS:
            yield SystemCommand(
                name.title(), f"Show the tab {name}", partial(self.action_tab, name)
            )
        yield SystemCommand("Quit", "Leave the interface", self.action_quit)
