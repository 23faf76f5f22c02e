"""The clock, and times as the store keeps them: RFC 3339 text in UTC, whose order is time order."""

from __future__ import annotations

import time

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from datetime import datetime

SKEW = 60.0
"""How many seconds early a token counts as expired: clocks differ, and requests take time."""


def now() -> str:
    """Return the current time with microseconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"


def after(seconds: float) -> str:
    """Return the time `seconds` from now."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S.999999Z", time.gmtime(time.time() + seconds))
    except (OverflowError, ValueError, OSError):
        return "9999"  # later than any


def expires_within(expires_at: str | None, seconds: float = SKEW) -> bool:
    """Return whether a token has expired or expires within `seconds`.

    `expires_at` is compared as text, so that reads stay cheap; None never expires.
    """
    return isinstance(expires_at, str) and expires_at <= after(seconds)


def as_text(moment: datetime, timespec: str = "microseconds") -> str:
    """Return a time as RFC 3339 text in UTC, with microseconds unless `timespec` says otherwise."""
    from datetime import UTC

    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec)}Z"


def parse(text: str) -> datetime:
    """Return the time that RFC 3339 text names.

    Raises ValueError for other text, and for a time without a zone.
    """
    from datetime import datetime

    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def ago(text: str) -> str:
    """Return how long ago a time of the store was, in words: `3 days ago`, `just now`."""
    import math
    from datetime import UTC, datetime

    seconds = (datetime.now(UTC) - parse(text)).total_seconds()
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = math.floor(seconds / size)
        if count >= 1:
            return f"{count:,} {word}{'s' * (count > 1)} ago"
    return "just now"
