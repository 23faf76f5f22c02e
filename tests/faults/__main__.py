"""Causes faults and counts their effects on the store (`make faults`); broken promises fail it.

`python tests/faults [FAMILY ...] [--short] [--allow-skips]`

Exit codes: 0 no promise is broken; 1 one is, or a family did not come to its end; 2 no such family
or option; 3 a fault was skipped, which `--allow-skips` permits.
"""

import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from answers import run_all
from families import FAMILIES
from figures import Family
from homes import warm

OPTIONS = ("--short", "--allow-skips")


def main(words: Sequence[str], families: Sequence[Family] = FAMILIES) -> int:
    """Run the named families, or all, one per core; return the exit code."""
    known = {family.name: family for family in families}
    names = [word for word in words if word not in OPTIONS]
    if unknown := [name for name in names if name not in known]:
        print(f"error: no family {', '.join(unknown)}", file=sys.stderr)
        print(f"families: {', '.join(known)}; options: {', '.join(OPTIONS)}", file=sys.stderr)
        return 2
    begin = time.monotonic()
    warm()
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores")
    print(f"{'fault':<50} {'made':>6}  figures")
    asked = [known[name] for name in dict.fromkeys(names or known)]
    broken, skipped, stopped = _run(asked, "--short" in words)
    print(
        f"{broken} promises broken, {skipped} faults skipped, {stopped} of {len(asked)} families"
        f" stopped early, {time.monotonic() - begin:.0f} s"
    )
    if broken or stopped:
        return 1
    return 3 if skipped and "--allow-skips" not in words else 0


def _run(families: Sequence[Family], short: bool) -> tuple[int, int, int]:
    """Print the rows of families; return how many are broken and skipped, and families stopped."""
    broken = skipped = answered = 0
    for answer in run_all(families, short):
        for row in answer.rows:
            print(row, flush=True)
            broken += bool(row.broken)
            skipped += bool(row.skipped)
        answered += not answer.error
        if answer.error:
            print(f"{answer.name:<50} {'-':>6}  STOPPED: {answer.error}", flush=True)
    return broken, skipped, len(families) - answered


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
