"""Saves what a service granted, which it gives but once: a store that is held up is waited for."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from connectors_cli import remedies
from connectors_cli.errors import (
    ConnectorsError,
    Damaged,
    KeyProblem,
    Newer,
    NotPermitted,
    Rejected,
    StoreError,
)
from connectors_cli.grants import Opened
from connectors_cli.oauth import Granted
from connectors_cli.workspace import Workspace

T = TypeVar("T")
PATIENCE = 180.0
"""How many seconds a store that cannot be written is tried again; each try waits for it, too."""
_PAUSE = 0.5


def keep(ws: Workspace, found: Opened, granted: Granted, save: Callable[[], T]) -> T:
    """Save what was granted, again and again while the store cannot be written.

    Where it finally cannot, the error says what that means: Rejected where the service has spent
    the old refresh token, else of the kind that kept it from being saved.
    """
    deadline, is_told = time.monotonic() + PATIENCE, False
    while True:
        try:
            return save()
        except (Damaged, Newer, KeyProblem, NotPermitted) as error:
            raise _lost(found, granted, error) from None
        except StoreError as error:
            if time.monotonic() >= deadline:
                raise _lost(found, granted, error) from None
            if not is_told:
                _tell(ws, found, error)
                is_told = True
        time.sleep(_PAUSE)


def _tell(ws: Workspace, found: Opened, error: StoreError) -> None:
    if ws.settings.quiet or sys.stderr is None:
        return
    waits = f"still trying for {PATIENCE:.0f} s to save what {found.entry.name} granted"
    sys.stderr.write(f"note: {found.name}: {error.message}; {waits}\n")
    sys.stderr.flush()


def _lost(found: Opened, granted: Granted, error: ConnectorsError) -> ConnectorsError:
    """Return what it means that a grant could not be saved."""
    following = granted.auth.get("refresh_token")
    is_spent = "refresh_token" in found.auth and following not in {
        None,
        found.auth["refresh_token"],
    }
    what = f"what {found.entry.name} granted could not be saved: {error.message}"
    if is_spent:
        text = f"{what}; the refresh token in the store may be spent with it: sign in again"
        return Rejected(text, hint=remedies.sign_in(found.name))
    return type(error)(f"{what}; nothing was changed", hint=error.hint)
