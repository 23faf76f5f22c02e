"""Makes faults and counts what they do to the store: `make faults`; any broken promise fails it.

`python tests/faults [FAMILY ...] [--short]`
"""

import platform
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from families import FAMILIES
from homes import warm


def main(words: list[str]) -> int:
    """Make the families named, or all; return 1 when a promise was broken."""
    short = "--short" in words
    names = [word for word in words if word != "--short"]
    broken, begin = 0, time.monotonic()
    warm()
    print(f"Python {platform.python_version()}, {platform.system()}")
    print(f"{'fault':<50} {'made':>6}  figures")
    for family in FAMILIES:
        if names and family.name not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            for row in family.make(family.short if short else family.full, Path(folder)):
                print(row, flush=True)
                broken += bool(row.broken)
    print(f"{broken} promises broken, {time.monotonic() - begin:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
