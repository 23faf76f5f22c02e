"""The configuration file: what it may say, and reading it quickly.

Precedence: option, environment variable, this file, default. `settings` knows where it is, and
imports this only where there is one.
"""

from __future__ import annotations

import os

from connectors_cli.errors import UsageError
from connectors_cli.settings import COLORS, OUTPUTS

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CHOICES = {"output": OUTPUTS, "color": COLORS}
"""The keys whose value is one of several words."""
VARIABLES: dict[str, tuple[str, ...]] = {
    "tenant": ("CONNECTORS_TENANT",),
    "store": ("CONNECTORS_STORE",),
    "output": ("CONNECTORS_OUTPUT",),
    "color": ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"),
    "pager": ("CONNECTORS_PAGER",),
}
"""The keys of the file, and the variables that take precedence over each, the first first."""
_MOST = 65536


def read(path: str) -> dict[str, str]:
    """Return the known keys of the file with their values; empty without a file.

    Raises UsageError for a file that cannot be read, and for an invalid value.
    """
    try:
        return checked(parse(read_text(path)))
    except UsageError as error:
        raise _about(path, error) from None


def read_all(path: str) -> tuple[str, dict[str, Any]]:
    """Return the text of the file and all that it says, to change it; raises UsageError."""
    try:
        text = read_text(path)
        return text, parse(text)
    except UsageError as error:
        raise _about(path, error) from None


def _about(path: str, error: UsageError) -> UsageError:
    return UsageError(f"{error.message} in {path}", hint=error.hint)


def read_text(path: str) -> str:
    """Return the text of the file, empty without one; raises UsageError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""  # opening the store reports a home that is closed to this user
    try:
        return os.read(descriptor, _MOST).decode()
    except (OSError, UnicodeDecodeError):
        raise UsageError("unreadable text", hint="mend or delete the file") from None
    finally:
        os.close(descriptor)


def parse(text: str) -> dict[str, Any]:
    """Return what the text says; raises UsageError unless it is TOML.

    Lines such as `key = "value"` are read here: importing tomllib takes a third of a fast read.
    """
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, sign, value = (part.strip() for part in line.partition("="))
        is_plain = len(value) > 1 and value[0] == value[-1] == '"' and not {*value[1:-1]} & {*'"\\'}
        if sign and name.isidentifier() and is_plain and name not in found:
            found[name] = value[1:-1]
        elif name and not name.startswith("#"):
            return _parsed(text)
    return found


def checked(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the known keys with their values; raises UsageError for an invalid one."""
    known = {key: value for key, value in found.items() if key in VARIABLES}
    for key, value in known.items():
        if not isinstance(value, str):
            raise UsageError(f"the value of {key} is not text", hint=f'write {key} = "..."')
        if key in CHOICES and value not in CHOICES[key]:
            raise UsageError(
                f"unknown {key} {value[:20]!r}", hint=f"one of {', '.join(CHOICES[key])}"
            )
    return known


def _parsed(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"not TOML: {error}", hint="mend or delete the file") from None
