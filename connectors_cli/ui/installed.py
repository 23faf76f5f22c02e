"""The tab Installed: the connectors of the tenant, as cards."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from connectors_cli.catalog.icons import glyph
from connectors_cli.services.cards import STATUS_TONES, Card, Line, day
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import CONNECTOR, TEXT, all_rows
from connectors_cli.ui.filters import FilterScreen
from connectors_cli.ui.grid import CardGrid
from connectors_cli.ui.page import Pane, page_of
from connectors_cli.ui.search_line import SearchInput, SearchLine
from connectors_cli.ui.session import Session

_LINES = 6
_COLUMNS = (*CONNECTOR, ("catalog_name", TEXT), ("icon", TEXT))
_ID = (("id", TEXT),)
_EMPTY = "Nothing is installed yet.\n1 shows the catalog: choose a service there."
_NONE = "No connector matches. Escape clears the search and the filters."


class InstalledPane(Pane):
    """The cards of the connectors that match the search and the filters, by name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter"),
        Binding("space", "mark", "Mark", show=False),
        Binding("escape", "clear", "Clear", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.filters: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield SearchLine("search connectors")
        yield CardGrid(self._card, _LINES, empty=_EMPTY, name="connectors")

    def show_rows(self, *, keep_place: bool = True) -> None:
        """Read again what is shown."""
        grid = self.query_one(CardGrid)
        ids = page_of(self).look(self._ids, list(grid.ids))
        grid.show(ids, keep_place=keep_place)
        grid.say(_NONE if self.filters or self.query_one(SearchLine).text else _EMPTY)
        self._show_chips()

    def focus_search(self) -> None:
        """Give the keys to the search."""
        self.query_one(SearchInput).focus()

    def focus_list(self) -> None:
        """Give the keys to the cards."""
        self.query_one(CardGrid).focus()

    def _show_chips(self) -> None:
        grid = self.query_one(CardGrid)
        marked = [f"{len(grid.marked)} marked"] if grid.marked else []
        self.query_one(SearchLine).show_chips(self.filters, [f"{len(grid.ids):,}", *marked])

    def _ids(self, db: Database) -> list[str]:
        wanted: dict[str, Any] = {"search": self.query_one(SearchLine).text or None, **self.filters}
        rows = connectors.list_installed(db, self.session.tenant, _ID, **wanted).rows
        return [str(row_id) for (row_id,) in rows]

    def _card(self, connector_id: str) -> Card:
        nothing: list[dict[str, Any]] = []
        rows = page_of(self).look(lambda db: self._row(db, connector_id), nothing)
        return _card_of(rows[0]) if rows else Card("", connector_id, [Line("removed", "dim")])

    def _row(self, db: Database, connector_id: str) -> list[dict[str, Any]]:
        return all_rows(
            connectors.show_connector(db, self.session.tenant, connector_id, _COLUMNS, by=("id",))
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show_rows(keep_place=False)

    def on_search_input_left(self) -> None:
        self.focus_list()

    def action_clear(self) -> None:
        """Show every connector again, and mark none."""
        self.filters = {}
        self.query_one(CardGrid).marked.clear()
        self.query_one(SearchInput).value = ""
        self.show_rows()

    def action_mark(self) -> None:
        """Mark the connector, or take its mark off."""
        self.query_one(CardGrid).mark()
        self._show_chips()

    def action_filter(self) -> None:
        """Choose what the connectors are filtered by."""
        nothing: dict[str, list[str]] = {}
        words = page_of(self).look(self._words, nothing)
        self.app.push_screen(FilterScreen(words, self.filters), self._filtered)

    def _filtered(self, chosen: dict[str, str] | None) -> None:
        if chosen is not None:
            self.filters = chosen
            self.show_rows()

    def _words(self, db: Database) -> dict[str, list[str]]:
        tags: set[str] = set()
        for (text,) in connectors.list_installed(db, self.session.tenant, (("tags", TEXT),)).rows:
            tags.update(json.loads(text or "[]"))
        return {
            "status": list(STATUS_TONES),
            "type": connectors.types_in_use(db, self.session.tenant),
            "tag": sorted(tags),
        }


def _card_of(row: dict[str, Any]) -> Card:
    status, service = str(row["status"]), str(row["catalog_name"] or row["catalog_key"])
    return Card(
        glyph=glyph(str(row["icon"])),
        heading=str(row["name"]),
        lines=[
            Line(f"{status} · {service}", STATUS_TONES.get(status, "bad")),
            *_facts(row),
        ],
    )


def _facts(row: dict[str, Any]) -> Iterator[Line]:
    check = row["last_check"] if isinstance(row["last_check"], dict) else {}
    if check.get("account"):
        yield Line(str(check["account"]))
    if row["tags"]:
        yield Line("tags: " + ", ".join(map(str, row["tags"])), "dim")
    if check:
        good = check.get("state") == "ok"
        tone = "dim" if good else "bad"
        yield Line(f"tested {day(str(check.get('at')))}: {check.get('state')}", tone)
    if row["auth_expires_at"]:
        yield Line(f"sign-in ends {day(str(row['auth_expires_at']))}", "dim")
