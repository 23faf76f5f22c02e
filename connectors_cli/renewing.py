"""Tokens that are due, refreshed beside the tests of connections, many at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from connectors_cli.errors import ConnectorsError, KeyProblem, Rejected, Unreachable
from connectors_cli.freshness import is_due
from connectors_cli.probes.finding import Finding, Fix
from connectors_cli.settings import Settings
from connectors_cli.subjects import Choice, Subject, open_all

if TYPE_CHECKING:
    from connectors_cli.workspace import Workspace

AT_ONCE = 16
"""How many refreshes run at the same time: each has a thread, for the store's driver waits."""


class Renewer:
    """Refreshes the tokens of subjects; where none is due it loads and opens nothing."""

    def __init__(self, settings: Settings, ca_file: str | None, *, allow_http: bool) -> None:
        self._settings = settings
        self._ca_file = ca_file
        self._allow_http = allow_http
        self._ws: Workspace | None = None
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def close(self) -> None:
        """Close the store, once nothing uses it: a refresh that takes long goes on till its end."""
        if self._ws is not None:
            self._pool.submit(self._ws.close)
        self._pool.shutdown(wait=False)

    def is_due(self, subject: Subject) -> bool:
        """Tell whether a subject's token is to be refreshed before it is used."""
        return is_due(subject.row["auth_expires_at"])

    async def renew(self, subject: Subject, seconds: float) -> None:
        """Refresh a subject's token; what keeps it from that is what was found."""
        from connectors_cli.workspace import Workspace  # the ORM: only for what is due

        loop = asyncio.get_running_loop()
        try:
            self._ws = self._ws or Workspace(self._settings)
            async with asyncio.timeout(seconds):
                fresh = await loop.run_in_executor(
                    self._pool, self._renewed, self._ws, str(subject.row["id"])
                )
        except TimeoutError:
            text = f"no new token within {seconds:g} seconds"
            subject.found = Finding("timeout", "authenticate", text, fix=Fix("longer"))
        except ConnectorsError as error:
            subject.found, subject.hint = _finding(error), error.hint
        else:
            subject.row, subject.auth, subject.found = fresh.row, fresh.auth, fresh.found

    def _renewed(self, ws: Workspace, connector_id: str) -> Subject:
        from connectors_cli import refreshing
        from connectors_cli.oauth import Options

        options = Options(ca_file=self._ca_file, allow_http=self._allow_http)
        refreshing.refresh(ws, connector_id, options=options)
        return open_all(self._settings, Choice((connector_id,)))[0]


def _finding(error: ConnectorsError) -> Finding:
    if isinstance(error, Rejected):
        return Finding("auth_failed", "authenticate", error.message)
    if isinstance(error, Unreachable):
        return Finding("unreachable", "connect", error.message)
    if isinstance(error, KeyProblem):
        return Finding("key_error", "decrypt", error.message)
    return Finding("invalid_config", "authenticate", error.message)
