"""The tab Installed: the connectors of the tenant, as cards."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.icons import glyph
from connectors_cli.errors import ConnectorsError
from connectors_cli.services.cards import STATUS_TONES, Card, Line, day
from connectors_cli.services.pages import connector_page
from connectors_cli.store.read import connectors, search
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import CONNECTOR, REMOVED, TEXT, Rows, all_rows
from connectors_cli.store.read.types import entry_with_key
from connectors_cli.system import clock
from connectors_cli.ui.actions import ACTIONS, BY_NAME, ConnectorActions
from connectors_cli.ui.detail import DetailScreen
from connectors_cli.ui.filters import FilterScreen
from connectors_cli.ui.grid import CardGrid
from connectors_cli.ui.page import Pane, page_of
from connectors_cli.ui.palette import Command
from connectors_cli.ui.search_line import SearchInput, SearchLine
from connectors_cli.ui.session import Session

_LINES = 5
_MORE = (("catalog_name", TEXT), ("icon", TEXT))
_ID = (("id", TEXT),)
_BROKEN = {"status": "error"}
_SOON = 7 * 24 * 3600.0
"""From how many seconds before its end a sign-in is shown as ending soon."""
_EMPTY = "Nothing is installed yet.\n1 shows the catalog: choose a service there, and press Enter."
_NONE = "No connector matches. Escape clears the search and the filters."
_NO_REMOVED = "Nothing is removed. R shows the installed connectors."


class InstalledPane(Pane):
    """The cards of the connectors that match the search and the filters, by name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(one.key, f"on_cards({one.name!r})", one.label, show=one.shown)
            for one in ACTIONS
        ),
        Binding("space", "mark", "Mark", show=False),
        Binding("A", "mark_all", "Mark all", show=False),
        Binding("u", "undo", "Undo"),
        Binding("f", "filter", "Filter", show=False),
        Binding("R", "removed", "Removed", show=False),
        Binding("exclamation_mark", "broken", "What needs you", key_display="!", show=False),
        Binding("escape", "clear", "Clear", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.filters: dict[str, str] = {}
        self.shows_removed = False
        self._rows: dict[str, dict[str, Any]] = {}
        self._entries: dict[str, Entry | None] = {}
        self._texts: list[tuple[str, str]] | None = None
        self._actions = ConnectorActions(page_of(self))

    def compose(self) -> ComposeResult:
        yield SearchLine("search connectors")
        yield CardGrid(self._card, _LINES, empty=_EMPTY, name="connectors")

    @property
    def grid(self) -> CardGrid:
        """The cards."""
        return self.query_one(CardGrid)

    def show_rows(self) -> None:
        """Read again what is shown."""
        self._rows.clear()
        self._entries.clear()
        self._texts = None
        self._show_found()

    def _show_found(self, *, keep_place: bool = True) -> None:
        """Show what the search finds in what was read."""
        ids = page_of(self).look(self._ids, list(self.grid.ids))
        self.grid.show(ids, keep_place=keep_place)
        is_chosen = self.filters or self.query_one(SearchLine).text
        self.grid.say(_NONE if is_chosen else _NO_REMOVED if self.shows_removed else _EMPTY)
        self._show_chips()

    def focus_search(self) -> None:
        """Give the keys to the search."""
        self.screen.set_focus(self.query_one(SearchInput))

    def focus_list(self) -> None:
        """Give the keys to the cards."""
        self.screen.set_focus(self.grid)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key works now: what the role does not allow is not offered."""
        if action == "undo":
            return bool(self._actions.undone)
        if action != "on_cards":
            return True
        wanted = BY_NAME[str(parameters[0])]
        return wanted.removed == self.shows_removed and page_of(self).may(wanted.needs)

    def _show_chips(self) -> None:
        marked = [f"{len(self.grid.marked):,} marked"] if self.grid.marked else []
        kind = {"removed": "shown"} if self.shows_removed else {}
        rest = [f"{len(self.grid.ids):,} of them", *marked]
        self.query_one(SearchLine).show_chips(kind | self.filters, rest)

    @property
    def _read(self) -> Callable[..., Rows]:
        return connectors.list_removed if self.shows_removed else connectors.list_installed

    def _ids(self, db: Database) -> list[str]:
        tenant, wanted = self.session.tenant, self.query_one(SearchLine).text
        filters: dict[str, Any] = dict(self.filters)
        if not wanted:
            return [str(row_id) for (row_id,) in self._read(db, tenant, _ID, **filters).rows]
        if self._texts is None:
            removed = self.shows_removed
            found = connectors.texts_to_search(db, tenant, removed=removed, **filters)
            self._texts = list(found)
        words = search.words_of(wanted)
        return [row_id for row_id, text in self._texts if search.has_all(text, words)]

    def row(self, connector_id: str) -> dict[str, Any] | None:
        """Return the row of a connector, None if it is gone."""
        if connector_id not in self._rows:
            nothing: list[dict[str, Any]] = []
            found = page_of(self).look(lambda db: self._found(db, connector_id), nothing)
            if not found:
                return None
            self._rows[connector_id] = found[0]
        return self._rows[connector_id]

    def _found(self, db: Database, connector_id: str) -> list[dict[str, Any]]:
        columns = (REMOVED if self.shows_removed else CONNECTOR) + _MORE
        tenant = self.session.tenant
        rows = connectors.rows_with_ids(db, tenant, columns, [connector_id], self.shows_removed)
        return all_rows(rows)

    def _card(self, connector_id: str) -> Card:
        try:
            row = self.row(connector_id)
        except ConnectorsError as error:
            return Card("!", connector_id, [Line(error.message, "bad"), Line(error.hint or "")])
        if row is None:
            return Card("", connector_id, [Line("gone", "dim")])
        return _card_of(row, self._entry(str(row["catalog_key"])))

    def _entry(self, key: str) -> Entry | None:
        """Return a type, None for one that cannot be read."""
        if key not in self._entries:
            tenant = self.session.tenant
            try:
                found = self.session.read(lambda db: entry_with_key(db, tenant, key), None)
            except ConnectorsError:
                found = None
            self._entries[key] = found
        return self._entries[key]

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_found(keep_place=False)

    def on_card_grid_opened(self, event: CardGrid.Opened) -> None:
        event.stop()
        self._open(event.id)

    @work
    async def _open(self, connector_id: str) -> None:
        row = self.row(connector_id)
        if row is None:
            return
        page = page_of(self)
        offered = [
            (one.key, one.name, one.label)
            for one in ACTIONS
            if one.removed == self.shows_removed and page.may(one.needs)
        ]
        chosen = await page.push_screen_wait(DetailScreen(connector_page(row), offered))
        if chosen is not None:
            await self._actions.run(chosen, [row])

    @work
    async def action_on_cards(self, name: str) -> None:
        """Do something with the marked connectors, else with the one under the cursor."""
        ids = [one for one in self.grid.ids if one in self.grid.marked]
        if not ids or not BY_NAME[name].many:
            ids = [] if self.grid.current is None else [self.grid.current]
        rows = [row for row in map(self.row, ids) if row is not None]
        await self._actions.run(name, rows)
        self.refresh_bindings()

    @work
    async def action_undo(self) -> None:
        """Restore what was removed last."""
        await self._actions.undo()
        self.refresh_bindings()

    def commands(self) -> Iterator[Command]:
        yield from super().commands()
        current = None if self.grid.current is None else self.row(self.grid.current)
        for one in ACTIONS:
            if current is not None and self.check_action("on_cards", (one.name,)):
                many = one.many and self.grid.marked
                what = f"{len(self.grid.marked)} marked" if many else str(current["name"])
                begin = partial(self.action_on_cards, one.name)
                yield Command(f"{one.label} {what}", one.help, begin)
        if self._actions.undone:
            yield Command("Undo the removal", "Restore what was removed last", self.action_undo)
        other = "installed" if self.shows_removed else "removed"
        yield Command(f"Show {other} connectors", "Instead of these", self.action_removed)
        yield Command("Show what needs you", "Connectors with status error", self.action_broken)
        yield Command("Filter connectors", "By status, type, tag", self.action_filter)
        yield Command("Mark all", "To act on all that are shown", self.action_mark_all)

    def action_clear(self) -> None:
        """Show every connector again, and mark none."""
        self.filters = {}
        self.grid.marked.clear()
        self.query_one(SearchInput).value = ""
        self.show_rows()

    def action_mark(self) -> None:
        """Mark the connector, or take its mark off."""
        self.grid.mark()
        self._show_chips()

    def action_mark_all(self) -> None:
        """Mark all that are shown, or none if they are."""
        every = set(self.grid.ids)
        self.grid.marked = set() if self.grid.marked == every else every
        self.grid.refresh()
        self._show_chips()

    def action_removed(self) -> None:
        """Show the removed connectors, or again the installed ones."""
        self.shows_removed = not self.shows_removed
        self.filters = {}
        self.show_rows()
        self.refresh_bindings()

    def action_broken(self) -> None:
        """Show only the connectors that need a person, or again all."""
        self.shows_removed = False
        self.filters = {} if self.filters == _BROKEN else dict(_BROKEN)
        self.show_rows()

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
        for (text,) in self._read(db, self.session.tenant, (("tags", TEXT),)).rows:
            tags.update(json.loads(text or "[]"))
        return {
            "status": list(STATUS_TONES),
            "type": connectors.types_in_use(db, self.session.tenant),
            "tag": sorted(tags),
        }


def _card_of(row: dict[str, Any], entry: Entry | None) -> Card:
    status, service = str(row["status"]), str(row["catalog_name"] or row["catalog_key"])
    return Card(
        glyph=glyph(str(row["icon"])),
        heading=str(row["name"]),
        lines=[
            Line(f"{status} · {service}", STATUS_TONES.get(status, "bad")),
            *_facts(row, entry),
        ],
    )


def _facts(row: dict[str, Any], entry: Entry | None) -> Iterator[Line]:
    check = row["last_check"] if isinstance(row["last_check"], dict) else {}
    if check.get("account"):
        yield Line(str(check["account"]))
    if row["tags"]:
        yield Line("tags: " + ", ".join(map(str, row["tags"])), "dim")
    if row.get("deleted_at"):
        yield Line(f"removed {day(row['deleted_at'])} by {row['deleted_by_email']}", "dim")
        return
    if check:
        is_good = check.get("state") == "ok"
        said = "works" if is_good else str(check.get("state")).replace("_", " ")
        yield Line(f"tested {day(str(check.get('at')))}: {said}", "dim" if is_good else "bad")
    if row["auth_expires_at"]:
        is_soon = str(row["auth_expires_at"]) < clock.after(_SOON)
        ends = day(str(row["auth_expires_at"]))
        yield Line(f"sign-in ends {ends}", "warning" if is_soon else "dim")
    if step := _next_step(row, check, entry):
        yield Line(f"next: {step}", "bad" if row["status"] == "error" else "warning")


def _next_step(row: dict[str, Any], check: dict[str, Any], entry: Entry | None) -> str:
    """Return what a person has to do, empty for nothing."""
    if row["status"] == "unreadable":
        return "ask `connectors doctor`"
    if entry is not None and sign_in.needs_sign_in(entry, row["auth_fields"] or ()):
        return "sign in (s)"
    if row["status"] == "error" or check.get("state") == "auth_failed":
        signs_in = entry is not None and entry.oauth
        return "sign in again (s)" if signs_in else "replace the credentials (e)"
    if check.get("state") == "invalid_config":
        return "correct the settings (e)"
    return ""
