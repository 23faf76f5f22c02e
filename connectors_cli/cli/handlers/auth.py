"""The sign-in status of connectors: `auth status`."""

from __future__ import annotations

from connectors_cli.services.auth import status as auth_status
from connectors_cli.services.auth.status import SignInStatuses

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext


def status(
    context: CommandContext, names: list[str] | None, everything: bool, within: str | None
) -> SignInStatuses:
    """Return the sign-in status of the named connectors, or of all."""
    seconds = 0.0
    if within is not None:
        from connectors_cli.cli.durations import parse_duration

        seconds = parse_duration(within, "--within")
    chosen = auth_status.choice(names, everything=everything, may_be_none=True)
    db = context.existing_reader() if chosen else context.reader()
    if db is None:
        context.no_rows("connector")
        return SignInStatuses(())
    return auth_status.sign_in_statuses(db, context.settings.tenant, chosen, seconds)
