"""The tab Activity: the log as it grows, and how much the connectors were used."""

from connectors_cli.ui.page import Pane


class ActivityPane(Pane):
    """The log, newest first."""

    def show_rows(self) -> None:
        """Read again what is shown."""

    def focus_search(self) -> None:
        """Give the keys to the search."""

    def focus_list(self) -> None:
        """Give the keys to the log."""
