"""Masks for the log of a GitHub Actions job: its runner replaces what it was told by `***`.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands (masking a value)
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHORTEST = 4
"""The shortest text that is masked: a brace alone would mask half of a log."""
_ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})


def is_job(environ: Mapping[str, str]) -> bool:
    """Return whether this is a job of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS", "") not in {"", "false"}


def add(secrets: Iterable[str]) -> None:
    """Tell the runner to mask secrets, and each line of those of several lines.

    The runner reads its commands from standard error as well, and does not show them. On a terminal
    there is no runner, and nothing is written.
    """
    if sys.stderr is None or sys.stderr.isatty():
        return
    masked = dict.fromkeys(one for secret in secrets for one in _parts(secret))
    sys.stderr.write("".join(f"::add-mask::{one.translate(_ESCAPES)}\n" for one in masked))
    sys.stderr.flush()


def _parts(secret: str) -> Iterator[str]:
    lines = secret.splitlines()
    parts = [*(line.strip() for line in lines), secret] if len(lines) > 1 else [secret]
    return (part for part in parts if len(part.strip()) >= SHORTEST)
