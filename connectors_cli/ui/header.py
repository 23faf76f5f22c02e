"""The line at the top: whose connectors these are, and what needs a person."""

from typing import Any

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from connectors_cli.errors import ConnectorsError
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import TEXT
from connectors_cli.system.text import printable
from connectors_cli.ui.session import Session


class PageHeader(Widget):
    """Tenant, role, store, how many targets there are, and what needs a person.

    `trouble` is why the store cannot be read now; it is shown instead of the counts.
    """

    trouble = reactive("")
    facts: reactive[tuple[str, ...]] = reactive(())
    broken = reactive(0)
    role: reactive[str | None] = reactive(None)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def show_rows(self) -> None:
        """Read again what is shown."""
        try:
            targets, self.broken = self.session.read(self._counts, (0, 0))
        except ConnectorsError as error:
            self.trouble = error.message
            return
        who = f"{self.session.tenant} ({self.role})" if self.role else self.session.tenant
        self.facts = (who, f"{targets:,} {'target' if targets == 1 else 'targets'}")

    def _place(self) -> str:
        """Return where the store is; in the home folder of the user as `~/...`."""
        settings = self.session.settings
        home = settings.environ.get("HOME", "").rstrip("/")
        shown = settings.shown_store
        return f"~{shown[len(home) :]}" if home and shown.startswith(f"{home}/") else shown

    def _counts(self, db: Database) -> tuple[int, int]:
        tenant = self.session.tenant
        failing = connectors.list_installed(db, tenant, (("id", TEXT),), status="error").rows
        return connectors.count_publish_targets(db, tenant), sum(1 for _ in failing)

    def render(self) -> Any:
        place = printable(self._place())
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(" connectors ", "bold reverse")
        if self.trouble:
            return text.append(f"  {self.trouble}", "bold")
        text.append("  " + " · ".join(map(printable, self.facts)))
        if self.broken:
            text.append(f" · ! {self.broken:,} need you", "bold")
        return text.append(f" · {place}", "dim")
