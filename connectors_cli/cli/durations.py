"""Durations and times as people write them: `10s`, `7d`, `2026-11-01`."""

import re
from datetime import UTC, datetime, timedelta

from connectors_cli.errors import UsageError

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d|w)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_EXAMPLES = "500ms, 10s, 5m, 2h, 7d or 4w"


def parse_duration(text: str, option: str) -> float:
    """Return `10s`, `500ms`, `5m`, `1h`, `7d`, `2w` or plain `10` in seconds.

    Raises UsageError, which names the option, for anything else.
    """
    found = _DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if seconds <= 0:
        raise UsageError(f"{option} must be a duration such as {_EXAMPLES}")
    return seconds


def parse_time(text: str, option: str, now: datetime) -> datetime:
    """Return the time in UTC: `7d` before `now`, or a date or time of RFC 3339.

    A date means its first moment; a time without a zone is in UTC. Raises UsageError.
    """
    text = text.strip()
    try:
        if _DURATION.fullmatch(text):
            return (now - timedelta(seconds=parse_duration(text, option))).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} must be a duration (so long ago) or a date, such as 7d or"
            " 2026-11-01T09:00:00Z"
        ) from None
