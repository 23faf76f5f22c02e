"""Checks of the host: versions, clock and output encoding."""

import platform
import sqlite3
import sys
import time
from collections.abc import Iterator

from connectors_cli import __version__
from connectors_cli.services.doctor.findings import Finding

_YEAR = 365.2425 * 86400
EARLIEST = 50 * _YEAR
"""2020, before this program existed; today's certificates and tokens are not valid then."""
LATEST = 130 * _YEAR


def check_host() -> Iterator[Finding]:
    """Yield the findings about versions, clock and output encoding."""
    yield _versions()
    yield check_clock(time.time())
    yield _encoding()


def check_clock(now: float) -> Finding:
    """Return the finding about a clock that shows this time."""
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    hint = "set the clock: timedatectl, or your system's settings"
    if now < 0:
        what = f"the system clock shows {shown}, before 1970: nothing can be sealed"
        return Finding("clock", "failure", what, hint)
    if now < EARLIEST:
        what = f"the system clock shows {shown}: certificates and tokens are not valid then"
        return Finding("clock", "failure", what, hint)
    if now > LATEST:
        return Finding("clock", "warning", f"the system clock shows {shown}", hint)
    return Finding("clock", "ok", f"the system clock shows {shown}")


def _versions() -> Finding:
    import cryptography
    from cryptography.hazmat.backends.openssl import backend

    parts = (
        f"connectors {__version__}",
        f"Python {platform.python_version()} ({sys.platform}, {platform.machine()})",
        f"SQLite {sqlite3.sqlite_version}",
        f"cryptography {cryptography.__version__} ({backend.openssl_version_text()})",
    )
    return Finding("program", "ok", ", ".join(parts))


def _encoding() -> Finding:
    encoding = (getattr(sys.stdout, "encoding", None) or "none").lower()
    if encoding.replace("-", "") == "utf8":
        return Finding("locale", "ok", "standard output can show every character (utf-8)")
    return Finding(
        "locale",
        "warning",
        f"standard output is {encoding}: characters that it lacks are escaped",
        "export LC_ALL=C.UTF-8",
    )
