"""Durations and times as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.cli.durations import parse_duration, parse_time
from connectors_cli.errors import UsageError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("10", 10),
        ("1.5h", 5400),
        ("5m", 300),
        ("7d", 604800),
        ("2w", 1209600),
    ],
)
def test_duration_is_parsed(text, seconds):
    assert parse_duration(text, "--within") == seconds


@pytest.mark.parametrize("text", ["", "0", "0d", "-1d", "7 days", "d", "1y", "\u0661d", "1e3s"])
def test_invalid_duration_is_a_usage_error(text):
    with pytest.raises(UsageError, match="--within must be a duration"):
        parse_duration(text, "--within")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", "2026-11-15T12:00:00+00:00"),
        ("90m", "2026-11-22T10:30:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T09:00:00Z", "2026-11-01T09:00:00+00:00"),
        ("2026-11-01T09:00:00+02:00", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01 09:00", "2026-11-01T09:00:00+00:00"),
    ],
)
def test_time_is_parsed(text, expected):
    assert parse_time(text, "--since", NOW).isoformat() == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "0d"])
def test_invalid_time_is_a_usage_error(text):
    with pytest.raises(UsageError, match="--since must be a duration"):
        parse_time(text, "--since", NOW)


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_of_rfc_3339_is_read_back(found):
    found = found.astimezone(UTC) if 1 < found.year < 9999 else found.replace(tzinfo=UTC)
    assert parse_time(found.isoformat(), "--since", NOW) == found
