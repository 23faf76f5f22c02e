"""Makes faults and counts what they do to the store: `make faults`; any broken promise fails it.

`python tests/faults [FAMILY ...] [--short]`
"""

import multiprocessing
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from families import FAMILIES
from figures import Row
from homes import warm


def main(words: list[str]) -> int:
    """Make the families named, or all, as many at once as there are cores; 1 if one is broken."""
    short = "--short" in words
    names = [word for word in words if word != "--short"] or [one.name for one in FAMILIES]
    broken, begin = 0, time.monotonic()
    warm()
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores")
    print(f"{'fault':<50} {'made':>6}  figures")
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        for rows in pool.imap(_make, [(name, short) for name in names]):
            for row in rows:
                print(row, flush=True)
                broken += bool(row.broken)
    print(f"{broken} promises broken, {time.monotonic() - begin:.0f} s")
    return 1 if broken else 0


def _make(task: tuple[str, bool]) -> list[Row]:
    name, short = task
    family = next(family for family in FAMILIES if family.name == name)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        return list(family.make(family.short if short else family.full, Path(folder)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
