"""Results of tests of connections; they contain no secrets."""

from typing import Any

from connectors_cli.errors import shared_code
from connectors_cli.services.output import Bulk
from connectors_cli.services.results import EXIT_CODES, Check
from connectors_cli.store.read.rows import INT, TEXT, Column
from connectors_cli.system.record import Record

_COLUMNS: tuple[Column, ...] = (
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("state", TEXT),
    ("status", TEXT),
    ("account", TEXT),
    ("account_id", TEXT),
    ("http_status", INT),
    ("latency_ms", INT),
    ("message", TEXT),
    ("detail", TEXT),
    ("hint", TEXT),
    ("checked_at", TEXT),
)


class Checks(Bulk, Record):
    """The results of several tests; `skipped` counts those left out after a failure."""

    columns = _COLUMNS
    brief = "name,state,account,latency_ms,message"
    more = (("steps", TEXT),)

    results: tuple[Check, ...]
    skipped: int = 0
    elapsed_ms: int = 0
    form: str | None = None

    @property
    def exit_code(self) -> int:
        """Return 0, the exit code that all failures share, or 1 if they differ."""
        return shared_code(check.exit_code for check in self.results)

    @property
    def summary(self) -> dict[str, Any]:
        """The number of results, in total and by state."""
        states = [check.state for check in self.results]
        return {
            "total": len(states),
            **{state: states.count(state) for state in EXIT_CODES},
            "skipped": self.skipped,
            "elapsed_ms": self.elapsed_ms,
        }
