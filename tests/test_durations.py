"""Lengths of time and moments, as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.durations import duration, moment
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
def test_a_length_of_time(text, seconds):
    assert duration(text, "--within") == seconds


@pytest.mark.parametrize("text", ["", "0", "0d", "-1d", "7 days", "d", "1y", "\u0661d", "1e3s"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(UsageError, match="--within takes a time"):
        duration(text, "--within")


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
def test_a_moment(text, expected):
    assert moment(text, "--since", NOW).isoformat() == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "0d"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(UsageError, match="--since takes a time"):
        moment(text, "--since", NOW)


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_of_rfc_3339_is_read_back(found):
    found = found.astimezone(UTC) if 1 < found.year < 9999 else found.replace(tzinfo=UTC)
    assert moment(found.isoformat(), "--since", NOW) == found
