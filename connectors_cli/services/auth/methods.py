"""Which sign-in method works best on this machine."""

import sys
from collections.abc import Mapping

from connectors_cli.catalog.entry import Entry
from connectors_cli.oauth import actions


def usual_method(entry: Entry, environ: Mapping[str, str]) -> str:
    """Return the best sign-in method of a type that has one, on this machine."""
    known = actions.methods(entry)
    far = is_far_from_a_browser(environ)
    return next((way for way in ("device", "paste") if far and way in known), known[0])


def is_far_from_a_browser(environ: Mapping[str, str]) -> bool:
    """Return whether a browser opened here would not be on the person's screen."""
    if any(environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")):
        return False
    return sys.platform == "linux" or bool(environ.get("SSH_CONNECTION"))
