"""One connector under test: its open values, the probe of them, and the result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.catalog.defaults import with_defaults
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import secret_texts
from connectors_cli.net.templates import Values
from connectors_cli.probes.finding import Finding
from connectors_cli.probes.network import Network
from connectors_cli.probes.run import run_probe
from connectors_cli.services import hints
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.results import Check
from connectors_cli.system.masking import mask_credentials
from connectors_cli.vault.seal import Key

TIMEOUT = 10.0
"""The default time limit of one test, in seconds."""
LONGEST_DETAIL = 200
"""The most characters of a server's own words that are shown."""


@dataclass(slots=True)
class CheckedConnector:
    """One connector to test: its open credentials, or the finding that prevents the test."""

    row: dict[str, Any]
    type: PreparedType | None = None
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    key: Key | None = None
    found: Finding | None = None
    hint: str | None = None
    latency_ms: int | None = None
    follow: Callable[[str], None] | None = field(default=None, repr=False)
    """What is told each step of its test as it is reached."""

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def entry(self) -> Entry | None:
        return self.type.entry if self.type else None

    async def probe(self, network: Network, seconds: float) -> None:
        """Run the type's probe with the connector's values, and keep its finding."""
        kind = self.type
        assert kind is not None  # noqa: S101 - it is open
        values = Values(with_defaults(kind.entry.config_schema, self.row["config"]), self.auth)
        self.found = await run_probe(
            kind.entry.key, kind.entry.probe, values, network, seconds, follow=self.follow
        )

    def check(self, moment: str, *, timeout: float = TIMEOUT, record: bool) -> Check:
        """Return the result of a test that is done; with `record` it can change the status."""
        found, row = self.found, self.row
        assert found is not None  # noqa: S101 - its test is done
        secrets = secret_texts(self.type.entry, self.auth) if self.type else []

        def hide(text: str) -> str:
            return mask_credentials(text, secrets)

        account = found.account
        hint = self.hint or hints.command(self.name, self.entry, found.fix, timeout)
        before, after = hints.turn(found.state) if record else ("", "")
        return Check(
            name=self.name,
            catalog_key=row["catalog_key"],
            state=found.state,
            step=found.step,
            message=hide(found.message),
            status=after if row["status"] == before else row["status"],
            account=hide(account.label or account.id or "") or None if account else None,
            account_id=hide(account.id or "") or None if account else None,
            http_status=found.http_status,
            latency_ms=self.latency_ms,
            hint=hint and hide(hint),
            checked_at=moment,
            detail=_cut(hide(found.detail)) if found.detail else None,
            host_key=found.host_key,
        )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"
