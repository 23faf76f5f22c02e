"""The users of a store's file, by number: another user who gets the name of a member is not it.

`store_meta` keeps `uid:MACHINE:NUMBER` with a member's name, because numbers differ between
machines and names are what people know. It is written when a user acts or becomes a member.
"""

from __future__ import annotations

import os

from connectors_cli.errors import Conflict
from connectors_cli.system.text import command_line

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors_cli.store.read.database import Database

_PREFIX = "uid:"
_MACHINE_ID = "/etc/machine-id"
KNOWN = f"SELECT key, value FROM store_meta WHERE key LIKE '{_PREFIX}%'"


def member_name(known: Mapping[str, str], os_user: Callable[[], str]) -> str:
    """Return the name by which a store knows the current user of the operating system.

    It is `uid-1000` for a user who has the name of another one. `known` is the store's `store_meta`
    or its part about users; `os_user` looks up the name.
    """
    if not hasattr(os, "getuid"):
        return os_user()
    own = _key(os.getuid())
    if own in known:
        return known[own]
    name = os_user()
    return f"uid-{os.getuid()}" if _numbers(known, name) else name


def remember(db: Database) -> None:
    """Keep the number of the current user, who writes, unless the store has it."""
    if db.dialect != "sqlite" or not hasattr(os, "getuid") or db.principal == db.principal_id:
        return
    own = _key(os.getuid())
    if own not in db.known_users():
        _keep(db, own, db.principal)


def claim(db: Database, name: str) -> None:
    """Keep the number of a user who becomes a member, if the system has a user of this name.

    Raises:
        Conflict: the store knows the name as that of another user, or the user by another name.
    """
    number = _number_of(name) if db.dialect == "sqlite" else None
    if number is None:
        return
    known = db.known_users()
    other = known.get(_key(number), name)
    if other != name:
        raise Conflict(
            f"the user {name} is known here as {other}",
            hint=command_line("member", "add", other),
        )
    before = [found for found in _numbers(known, name) if found != _key(number)]
    if before and db.one("SELECT 1 FROM members WHERE principal = ?", (name,)):
        raise Conflict(
            f"{name} was another user when it was added as a member: its number is now {number}",
            hint=f"remove that member from each tenant first: {command_line('member', 'remove')}",
        )
    db.write("DELETE FROM store_meta WHERE key = ?", [(key,) for key in before])
    if _key(number) not in known:
        _keep(db, _key(number), name)


def forget(db: Database, name: str) -> None:
    """Forget the numbers of a user whom no tenant has as a member."""
    if db.dialect == "sqlite":
        db.write(f"DELETE FROM store_meta WHERE key LIKE '{_PREFIX}%' AND value = ?", [(name,)])


def _keep(db: Database, key: str, name: str) -> None:
    db.write("INSERT OR IGNORE INTO store_meta (key, value) VALUES (?, ?)", [(key, name)])


def _numbers(known: Mapping[str, str], name: str) -> list[str]:
    """Return the keys of the users of this machine that a store knows by a name."""
    here = _key("")
    return [key for key, value in known.items() if value == name and key.startswith(here)]


def _number_of(name: str) -> int | None:
    try:
        import pwd

        return pwd.getpwnam(name).pw_uid
    except (ImportError, KeyError, ValueError):  # Windows, no such user, or not a name
        return None


def _key(number: int | str) -> str:
    return f"{_PREFIX}{_machine()}:{number}"


def _machine() -> str:
    """Return what tells this machine from others that use the same file."""
    try:
        with open(_MACHINE_ID, "rb") as file:
            found = file.read(64)
    except OSError:
        found = os.uname().nodename.encode()
    return f"{crc32(found):08x}"


def crc32(data: bytes) -> int:
    """Return the checksum that zlib computes; importing its library costs a fast read 1 %."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (0xEDB88320 if checksum & 1 else 0)
    return checksum ^ 0xFFFFFFFF
