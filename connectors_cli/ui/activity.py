"""The tab Activity: the log as it grows, and how much the connectors were used."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from connectors_cli.audit import history, stats
from connectors_cli.audit.history import EventFilter
from connectors_cli.audit.roles import Action
from connectors_cli.errors import ConnectorsError
from connectors_cli.services import log
from connectors_cli.services.cards import Line, day
from connectors_cli.services.log import Verification
from connectors_cli.services.pages import PageContent, Section, entry_details
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.rows import EVENT, all_rows
from connectors_cli.system import clock
from connectors_cli.system.text import as_text, printable
from connectors_cli.system.threads import detached
from connectors_cli.ui.detail import DetailScreen
from connectors_cli.ui.filters import FilterScreen
from connectors_cli.ui.line_list import LineList
from connectors_cli.ui.page import Pane, page_of
from connectors_cli.ui.palette import Command
from connectors_cli.ui.search_line import SearchInput, SearchLine
from connectors_cli.ui.session import Session

_AT_A_TIME = 500
_DAYS = 30
_WIDEST_BAR = 40
_ADDED_DAYS = {"today": 1, "7 days": 7, "30 days": 30}
_EMPTY = "No entry matches. Escape clears the search and the filters."


class ActivityPane(Pane):
    """The entries of the log, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter"),
        Binding("b", "usage", "Usage"),
        Binding("v", "verify", "Verify"),
        Binding("escape", "clear", "Clear", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.filters: dict[str, str] = {}
        self._rows: dict[int, dict[str, Any]] = {}
        self._newest = 0
        self._count = _AT_A_TIME

    def compose(self) -> ComposeResult:
        yield SearchLine("search the log")
        yield LineList(self._line, empty=_EMPTY)

    @property
    def lines(self) -> LineList:
        """The entries."""
        return self.query_one(LineList)

    def show_rows(self) -> None:
        """Read again which entries there are; those that are there stay where they are."""
        ids = page_of(self).look(self._ids, list(self.lines.ids))
        self.lines.show(ids)
        newer = 0
        if self.lines.position == 0:
            self._newest = ids[0] if ids else 0
        else:
            newer = sum(1 for one in ids if one > self._newest)
        said = [f"{newer} new above"] if newer else []
        self.query_one(SearchLine).show_chips(self.filters, [*said, "newest first"])

    def focus_search(self) -> None:
        """Give the keys to the search."""
        self.screen.set_focus(self.query_one(SearchInput))

    def focus_list(self) -> None:
        """Give the keys to the entries."""
        self.screen.set_focus(self.lines)

    def commands(self) -> Iterator[Command]:
        yield from super().commands()
        yield Command("Filter the log", "By action, outcome, time", self.action_filter)
        yield Command("Usage", f"Of the last {_DAYS} days, as bars", self.action_usage)
        yield Command("Verify the log", "That nothing was changed or left out", self.action_verify)

    def _ids(self, db: Database) -> list[int]:
        return history.newest_ids(db, self.session.tenant, self._wanted, self._count)

    @property
    def _wanted(self) -> EventFilter:
        since = self.filters.get("since")
        return EventFilter(
            action=self.filters.get("action"),
            outcome=self.filters.get("outcome"),
            since=_since(_ADDED_DAYS[since]) if since else None,
            text=self.query_one(SearchLine).text or None,
        )

    def _row(self, entry: int) -> dict[str, Any] | None:
        """Return an entry; those around it are read with it. None if it cannot be read."""
        if entry not in self._rows:
            ids = self.lines.ids
            at = ids.index(entry) if entry in ids else 0
            height = max(1, self.lines.size.height)
            around = list(ids[at : at + height]) or [entry]
            nothing: list[dict[str, Any]] = []
            found = page_of(self).look(lambda db: self._read(db, around), nothing)
            self._rows |= {row["id"]: row for row in found}
        return self._rows.get(entry)

    def _read(self, db: Database, ids: list[int]) -> list[dict[str, Any]]:
        return all_rows(history.events_with_ids(db, self.session.tenant, EVENT, ids))

    def _line(self, entry: int) -> Text:
        row = self._row(entry)
        if row is None:
            return Text(f"{entry}")
        failed = row["outcome"] != "ok"
        text = Text(no_wrap=True)
        text.append(f"{day(str(row['at']))}  ", "dim")
        text.append(f"{printable(str(row['principal']))[:14]:14}  ")
        text.append(f"{row['action']:20}  ", "bold red" if failed else "cyan")
        text.append(printable(str(row["subject"])))
        said = entry_details(row["details"])
        more = ", ".join(filter(None, (row["outcome"] if failed else "", said)))
        return text.append(f"  {printable(more)}", "red" if failed else "dim")

    def on_line_list_ended(self) -> None:
        """Read more entries when the cursor nears the last of them."""
        if len(self.lines.ids) >= self._count:
            self._count += _AT_A_TIME
            self.show_rows()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        row = self._row(event.id)
        if row is not None:
            self.app.push_screen(DetailScreen(_entry_page(row), ()))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_again()

    def _show_again(self) -> None:
        """Show other entries than before, from the newest on."""
        self._count = _AT_A_TIME
        self.lines.show((), keep_place=False)
        self.show_rows()

    def action_clear(self) -> None:
        """Show every entry again."""
        self.filters = {}
        self.query_one(SearchInput).value = ""
        self._show_again()

    def action_filter(self) -> None:
        """Choose what the entries are filtered by."""
        parts = sorted({action.partition(".")[0] for action in Action})
        words = {
            "outcome": ["ok", "failed"],
            "since": list(_ADDED_DAYS),
            "action": [*parts, *map(str, Action)],
        }
        self.app.push_screen(FilterScreen(words, self.filters), self._filtered)

    def _filtered(self, chosen: dict[str, str] | None) -> None:
        if chosen is not None:
            self.filters = chosen
            self._show_again()

    def action_usage(self) -> None:
        """Show how much the types and connectors were used."""
        nothing: list[Section] = []
        sections = page_of(self).look(self._usage, nothing)
        title = f"Usage of the last {_DAYS} days"
        empty = () if sections else (Line("Nothing was used."),)
        content = PageContent("", title, self.session.tenant, Line(""), empty, tuple(sections))
        self.app.push_screen(DetailScreen(content, ()))

    def _usage(self, db: Database) -> list[Section]:
        wanted = EventFilter(since=_since(_DAYS))
        found = []
        for by in ("type", "connector"):
            rows = list(stats.grouped_counts(db, [self.session.tenant], by, wanted))
            names = [name for name, _ in stats.columns(by)]
            counts = [dict(zip(names, row, strict=True)) for row in rows]
            used = [row for row in counts if row[by] and (row["uses"] or row["tests"])]
            used.sort(key=lambda row: (-row["uses"], str(row[by])))
            if used:
                found.append(Section(f"Uses by {by}", _bars(used, by)))
        return found

    @work
    async def action_verify(self) -> None:
        """Check that no entry was changed or left out."""
        page = page_of(self)
        page.notify("Verifying the log ...")
        try:
            found = await detached(self._verified)
        except ConnectorsError as error:
            page.refuse(error)
            return
        said = f"The log is {found.state}: {found.entries:,} entries, {found.seals:,} seals."
        hint = f"\n{found.hint}" if found.hint else ""
        page.notify(
            f"{said}{hint}",
            severity="error" if found.exit_code else "information",
            timeout=10,
            markup=False,
        )

    def _verified(self) -> Verification:
        settings = self.session.settings
        with closing(open_for_reading(settings.store)) as db:
            return log.verify(db, settings)


def _since(days: int) -> str:
    return clock.as_text(datetime.now(UTC) - timedelta(days=days))


def _entry_page(row: dict[str, Any]) -> PageContent:
    """Return everything that an entry says."""
    names = ("id", "at", "principal", "email", "action", "subject", "outcome")
    pairs = [(name, str(row[name] or "")) for name in names]
    details = row["details"] if isinstance(row["details"], dict) else {}
    more = [(str(name), as_text(value)) for name, value in details.items()]
    tone = "good" if row["outcome"] == "ok" else "bad"
    sections = [Section("", pairs), *([Section("Details", more)] if more else [])]
    return PageContent(
        "",
        str(row["action"]),
        str(row["subject"]),
        Line(str(row["outcome"]), tone),
        (),
        tuple(sections),
    )


def _bars(rows: list[dict[str, Any]], by: str) -> list[tuple[str, str]]:
    highest = max(1, *(row["uses"] for row in rows))
    return [(str(row[by]), _bar(row, highest)) for row in rows]


def _bar(row: dict[str, Any], highest: int) -> str:
    """Return a bar as long as the uses, at least one sign for any, and the counts."""
    length = -(-row["uses"] * _WIDEST_BAR // highest)
    counts = ", ".join(f"{row[name]:,} {name}" for name in ("uses", "tests", "failures"))
    return f"{'#' * length} {counts}".lstrip()
