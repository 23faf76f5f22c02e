"""The glyphs of the Tabler icons that entries name: one wide emoji each, in `icons.json`."""

import json
import os
from functools import cache

_FILE = os.path.join(os.path.dirname(__file__), "icons.json")
FALLBACK = "🔌"


@cache
def icons() -> dict[str, str]:
    """Return the glyph of each icon by its name."""
    with open(_FILE, encoding="utf-8") as file:
        found: dict[str, str] = json.load(file)
    return found


def glyph(icon: str) -> str:
    """Return the character that stands for an icon in a terminal."""
    return icons().get(icon, FALLBACK)
