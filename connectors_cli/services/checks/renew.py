"""Token refreshes during tests of connections, several at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from connectors_cli.errors import ConnectorsError, KeyProblem, Rejected, Unreachable
from connectors_cli.net.failure import Fix
from connectors_cli.oauth import actions
from connectors_cli.probes.finding import Finding
from connectors_cli.services.checks.select import Choice, open_all
from connectors_cli.services.probing import CheckedConnector
from connectors_cli.settings import Settings
from connectors_cli.system.clock import SKEW, expires_within
from connectors_cli.system.threads import AT_ONCE

if TYPE_CHECKING:
    from connectors_cli.services.workspace import Workspace


class Renewer:
    """Refreshes tokens that expire; without any it loads and opens nothing."""

    def __init__(self, settings: Settings, ca_file: str | None, *, allow_http: bool) -> None:
        self._settings = settings
        self._ca_file = ca_file
        self._allow_http = allow_http
        self._ws: Workspace | None = None
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def close(self) -> None:
        """Close the store when no refresh uses it; does not wait for those that still run."""
        if self._ws is not None:
            self._pool.submit(self._ws.close)
        self._pool.shutdown(wait=False)

    def needs_refresh(self, connector: CheckedConnector) -> bool:
        """Return whether a connector's token must be refreshed before it is used."""
        return expires_within(connector.row["auth_expires_at"])

    def may_refresh(self, connector: CheckedConnector) -> bool:
        """Return whether a connector has what is needed to get its next token."""
        entry = connector.entry
        return entry is not None and actions.can_refresh(entry, connector.auth)

    async def renew(
        self, connector: CheckedConnector, seconds: float, *, refused: bool = False
    ) -> None:
        """Refresh a connector's token within `seconds`; a failure becomes its finding.

        It is refreshed if it expires soon, and always after the service has refused it.
        """
        within = None if refused else SKEW
        from connectors_cli.services.workspace import (
            Workspace,  # the ORM: only for tokens that expire
        )

        loop = asyncio.get_running_loop()
        try:
            self._ws = self._ws or Workspace(self._settings)
            async with asyncio.timeout(seconds):
                fresh = await loop.run_in_executor(
                    self._pool, self._renewed, self._ws, str(connector.row["id"]), within
                )
        except TimeoutError:
            text = f"no new token within {seconds:g} seconds"
            connector.found = Finding("timeout", "authenticate", text, fix=Fix("longer"))
        except ConnectorsError as error:
            connector.found, connector.hint = _finding(error), error.hint
        else:
            connector.row, connector.auth, connector.found = fresh.row, fresh.auth, fresh.found

    def _renewed(self, ws: Workspace, connector_id: str, within: float | None) -> CheckedConnector:
        from connectors_cli.oauth.contract import Options
        from connectors_cli.services.auth import refresh

        options = Options(ca_file=self._ca_file, allow_http=self._allow_http)
        refresh.refresh(ws, connector_id, within=within, options=options)
        return open_all(self._settings, Choice((connector_id,)))[0]


def _finding(error: ConnectorsError) -> Finding:
    if isinstance(error, Rejected):
        return Finding("auth_failed", "authenticate", error.message)
    if isinstance(error, Unreachable):
        return Finding("unreachable", "connect", error.message)
    if isinstance(error, KeyProblem):
        return Finding("key_error", "decrypt", error.message)
    return Finding("invalid_config", "authenticate", error.message)
