"""What the program runs on: versions, the clock, the terminal."""

import platform
import sqlite3
import sys
import time
from collections.abc import Iterator

from connectors_cli import __version__
from connectors_cli.diagnosis.findings import Finding

_YEAR = 365.2425 * 86400
EARLIEST = 50 * _YEAR
"""2020: before this program; certificates and tokens of today do not hold then."""
LATEST = 130 * _YEAR


def check_surroundings() -> Iterator[Finding]:
    """Yield what is found of versions, the clock and the terminal."""
    yield _versions()
    yield check_clock(time.time())
    yield _encoding()


def check_clock(now: float) -> Finding:
    """Return what a time says of the clock that tells it."""
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    hint = "set the clock: timedatectl, or your system's settings"
    if now < 0:
        what = f"the system clock says {shown}, before 1970: nothing can be sealed"
        return Finding("clock", "failure", what, hint)
    if now < EARLIEST:
        what = f"the system clock says {shown}: no certificate and no token is good then"
        return Finding("clock", "failure", what, hint)
    if now > LATEST:
        return Finding("clock", "warning", f"the system clock says {shown}", hint)
    return Finding("clock", "ok", f"it is {shown}")


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
        return Finding("locale", "ok", "standard output takes every character (utf-8)")
    return Finding(
        "locale",
        "warning",
        f"standard output is {encoding}: what it has no character for is shown escaped",
        "export LC_ALL=C.UTF-8",
    )
