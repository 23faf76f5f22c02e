"""The tab Catalog: the services that can be installed, as cards.

What only a key needs is imported when it is pressed: the cards are to be there at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import ConnectorsError
from connectors_cli.services import types
from connectors_cli.services.cards import Card, service_card
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import CATALOG, INT
from connectors_cli.ui.grid import CardGrid
from connectors_cli.ui.page import Pane, page_of
from connectors_cli.ui.palette import Command
from connectors_cli.ui.search_line import SearchInput, SearchLine
from connectors_cli.ui.session import Session

if TYPE_CHECKING:
    from connectors_cli.services.results import Change

_LINES = 6
FILTERS = ("category", "auth_type", "capability", "lifecycle")
_COLUMNS = (*CATALOG, ("installed", INT))
_EMPTY = "No service matches. Escape clears the search and the filters."


class CatalogPane(Pane):
    """The cards of the services that match the search and the filters, best match first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter"),
        Binding("escape", "clear", "Clear", show=False),
        Binding("i", "install", "Install"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.filters: dict[str, str] = {}
        self._rows: dict[str, dict[str, Any]] = {}

    def compose(self) -> ComposeResult:
        yield SearchLine("search services")
        yield CardGrid(self._card, _LINES, empty=_EMPTY, name="services")

    def show_rows(self, *, keep_place: bool = True) -> None:
        """Read again what is shown."""
        rows: list[dict[str, Any]] | None = page_of(self).look(self._read, None)
        self._rows = {row["key"]: row for row in (self._read(None) if rows is None else rows)}
        self.query_one(CardGrid).show(list(self._rows), keep_place=keep_place)
        self.query_one(SearchLine).show_chips(self.filters, [_counted(len(self._rows))])

    def focus_search(self) -> None:
        """Give the keys to the search."""
        self.screen.set_focus(self.query_one(SearchInput))

    def focus_list(self) -> None:
        """Give the keys to the cards."""
        self.screen.set_focus(self.query_one(CardGrid))

    def _read(self, db: Database | None) -> list[dict[str, Any]]:
        text = self.query_one(SearchLine).text
        wanted: dict[str, str | None] = {name: self.filters.get(name) for name in FILTERS}
        found = types.browse(db, _COLUMNS, text, wanted, self.session.tenant)
        names = [name for name, _ in found.columns]
        return [dict(zip(names, row, strict=True)) for row in found.rows]

    def _card(self, key: str) -> Card:
        return service_card(self._rows[key])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show_rows(keep_place=False)

    def on_card_grid_opened(self, event: CardGrid.Opened) -> None:
        event.stop()
        self._open(event.id)

    @work
    async def _open(self, key: str) -> None:
        from connectors_cli.services.pages import service_page
        from connectors_cli.ui.detail import DetailScreen

        page = page_of(self)
        try:
            content = service_page(types.describe(self.session.entry(key), verbose=False).values)
        except ConnectorsError as error:
            page.refuse(error)
            return
        may = page.may(Action.CONNECTOR_INSTALL)
        offered = [("i,enter", "install", "Install")] if may else []
        if await page.push_screen_wait(DetailScreen(content, offered)):
            await self._install(key)

    def action_install(self) -> None:
        """Install the service under the cursor."""
        key = self.query_one(CardGrid).current
        if key is not None:
            self._begin(key)

    async def _install(self, key: str) -> None:
        from connectors_cli.catalog import sign_in
        from connectors_cli.ui.form.screen import FormScreen

        page = page_of(self)
        done = await page.push_screen_wait(FormScreen.to_install(self.session, key))
        if done is None:
            return
        page.tell(done)
        shown = done.connector or {}
        if sign_in.needs_sign_in(self.session.entry(key), shown.get("auth_fields") or ()):
            from connectors_cli.ui.sign_in import SignInScreen  # the network

            signed = await page.push_screen_wait(SignInScreen(self.session, done.name))
            if signed is not None:
                page.tell(signed)
                await self._offer_to_publish(signed)

    async def _offer_to_publish(self, signed: Change) -> None:
        """Ask whether to publish with a connector that has just been signed in."""
        from connectors_cli.ui.dialogs import ConfirmScreen

        page, shown = page_of(self), signed.connector or {}
        question = f"Publish with {signed.name} now?"
        if shown.get("status") != "inactive":
            return
        if await page.push_screen_wait(ConfirmScreen(question)):
            from connectors_cli.services.connectors import Edits, update_connector  # keys

            edits = Edits(status="active")
            page.tell(await page.perform(lambda ws: update_connector(ws, signed.name, edits)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key works now: what the role does not allow is not offered."""
        return action != "install" or page_of(self).may(Action.CONNECTOR_INSTALL)

    def commands(self) -> Iterator[Command]:
        yield from super().commands()
        yield Command("Filter services", "By category, sign-in, capability", self.action_filter)
        if page_of(self).may(Action.CONNECTOR_INSTALL):
            for key, row in self._rows.items():
                begin = partial(self._begin, key)
                yield Command(f"Install {row['name']}", str(row["description"]), begin)

    @work
    async def _begin(self, key: str) -> None:
        await self._install(key)

    def action_clear(self) -> None:
        """Show every service again."""
        self.filters = {}
        self.query_one(SearchInput).value = ""
        self.show_rows()

    def action_filter(self) -> None:
        """Choose what the services are filtered by."""
        from connectors_cli.ui.filters import FilterScreen

        self.app.push_screen(FilterScreen(self._choices(), self.filters), self._filtered)

    def _filtered(self, chosen: dict[str, str] | None) -> None:
        if chosen is not None:
            self.filters = chosen
            self.show_rows()

    def _choices(self) -> dict[str, list[str]]:
        found: list[Entry] | None = page_of(self).look(self._entries, None)
        return types.filter_words(found or self._entries(None))

    def _entries(self, db: Database | None) -> list[Entry]:
        return types.entries(db, self.session.tenant)


def _counted(count: int) -> str:
    return "1 service" if count == 1 else f"{count:,} services"
