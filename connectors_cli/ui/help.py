"""Every key of the interface, on a screen of its own."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from connectors_cli.audit import roles
from connectors_cli.ui.actions import ACTIONS
from connectors_cli.ui.lines import KeyLine
from connectors_cli.ui.page import Page


class Key(NamedTuple):
    """A key, what it does, and why it does not work now, if so."""

    key: str
    help: str
    reason: str = ""


EVERYWHERE = (
    Key("1 2 3", "show Catalog, Installed, Activity"),
    Key("/", "search as you type; Enter or Escape goes back to the list"),
    Key("f", "filter"),
    Key("Escape", "clear the search, the filters and the marks"),
    Key("arrows, h j k l", "move; also Page up, Page down, Home, End, g, G"),
    Key("Enter", "show all of it; a second click does so, too"),
    Key(": or Ctrl-P", "find an action by its words"),
    Key("w", "show another tenant"),
    Key("?", "show the keys"),
    Key("q", "leave"),
)
CATALOG = (Key("i", "install the service: a form opens"),)
INSTALLED = (
    Key("Space", "mark, to act on several; A marks all"),
    Key("u", "undo the last removal"),
    Key("!", "show only what needs a person, or again all"),
    Key("R", "show what was removed, or again what is installed"),
)
ACTIVITY = (
    Key("b", "usage of the last 30 days, by type and by connector"),
    Key("v", "verify that no entry was changed or left out"),
)


class HelpScreen(ModalScreen[None]):
    """The keys by the place where they work."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "app.pop_screen", "Back")
    ]

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(self._text())
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _text(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        install = self._key("i", CATALOG[0].help, roles.Action.CONNECTOR_INSTALL)
        acting = [self._key(one.key, one.help, one.needs) for one in ACTIONS]
        _add(table, "Everywhere", EVERYWHERE)
        _add(table, "Catalog", [install])
        _add(table, "Installed", [*acting, *INSTALLED])
        _add(table, "Activity", ACTIVITY)
        return table

    def _key(self, key: str, help_: str, needs: roles.Action | None) -> Key:
        if needs is None or self._page.may(needs):
            return Key(key, help_)
        return Key(key, help_, f"needs {roles.least(needs)}; you are {self._page.role}")


def _add(table: Table, title: str, keys: Iterable[Key] | Sequence[Key]) -> None:
    table.add_row(Text(title, "bold"), "")
    for key, help_, reason in keys:
        said = Text(help_, "dim" if reason else "")
        if reason:
            said.append(f" ({reason})", "italic")
        table.add_row(Text(f"  {key}", "cyan"), said)
