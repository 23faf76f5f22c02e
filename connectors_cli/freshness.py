"""When a token is due to be refreshed: compared as text, so that reads stay cheap."""

from __future__ import annotations

import time

SKEW = 60.0
"""How many seconds before its end a token counts as ended: clocks differ, requests take time."""


def is_due(expires_at: str | None, within: float = SKEW) -> bool:
    """Tell whether a token (its end as RFC 3339 in UTC) ends within so many seconds, or has."""
    return isinstance(expires_at, str) and expires_at <= moment(within)


def moment(seconds: float) -> str:
    """Return the time so many seconds from now, as the store has times."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S.999999Z", time.gmtime(time.time() + seconds))
    except (OverflowError, ValueError, OSError):
        return "9999"  # later than any
