"""The environment of programs that are started: without our key, store, and credentials."""

from __future__ import annotations

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

PRIVATE_VARIABLES = ("CONNECTOR_AUTH_ENCRYPTION_KEY", "CONNECTORS_")
"""Prefixes of the program's own variables, which no other program gets."""
STORE_VARIABLES = frozenset({
    "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLKEY", "PGSSLPASSWORD",
})  # fmt: skip
"""The variables by which libpq gets the password of a store."""
_read_variables: set[str] = set()
"""The variables that credentials were read from: no other program needs them."""


def hide_variable(name: str) -> None:
    """Hand a variable on to no program that is started from now on: it holds a credential."""
    _read_variables.add(name)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for another program: without our key, store, and credentials."""
    return {name: value for name, value in environ.items() if not is_private(name)}


def clean(environ: MutableMapping[str, str]) -> None:
    """Remove what is kept from other programs, before a library starts one."""
    for name in [name for name in environ if is_private(name)]:
        del environ[name]


def is_private(name: str) -> bool:
    """Return whether a variable is kept from other programs."""
    upper = name.upper()
    return (
        upper.startswith(PRIVATE_VARIABLES) or upper in STORE_VARIABLES or name in _read_variables
    )
