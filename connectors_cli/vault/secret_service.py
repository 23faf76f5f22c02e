"""The Secret Service of Linux desktops, asked without the package keyring.

keyring loads every backend it has, which costs ten times as much as the question. It is asked for
everything else: another backend, a locked keyring, a missing entry, and every error.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing

BACKEND = "keyring.backends.SecretService.Keyring"
"""The backend of keyring whose entries these are."""
_SETTINGS = ("python_keyring", "keyringrc.cfg")


def is_chosen(named: str | None) -> bool:
    """Return whether keyring would use this service too, if it is there.

    `named` is the backend that the environment names. keyring prefers another one on KDE, and may
    be configured by a file or by variables.
    """
    if sys.platform != "linux" or named not in {None, BACKEND}:
        return False
    if "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":"):
        return False
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    old = os.path.expanduser("~/.local/share")
    is_configured = any(os.path.lexists(os.path.join(p, *_SETTINGS)) for p in (settings, old))
    return not is_configured and not any(n.startswith("KEYRING_PROPERTY_") for n in os.environ)


def may_exist() -> bool:
    """Return whether there may be a session bus, without which no keyring of Linux is reached.

    It is named, or runs, or a desktop could start it.
    """
    named = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")
    folder = os.environ.get("XDG_RUNTIME_DIR")
    is_running = bool(folder) and os.path.exists(os.path.join(str(folder), "bus"))
    return is_running or any(os.environ.get(name) for name in named)


def is_available() -> bool:
    """Return whether the service runs or can be started; raises what the bus raises."""
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        return secretstorage.check_service_availability(connection)


def read(service: str, name: str) -> str | None:
    """Return an unlocked entry's text, else None; raises what the bus raises."""
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.Collection(connection)
        if collection.is_locked():
            return None
        for item in collection.search_items({"service": service, "username": name}):
            return None if item.is_locked() else item.get_secret().decode()
    return None
