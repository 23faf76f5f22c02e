"""Unexpected errors forced in commands that hold a secret; none of them repeats it."""

import errno
import json
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from inspect import CO_GENERATOR
from pathlib import Path
from types import FrameType
from typing import Any

from figures import Row, row
from homes import Home
from support.canary import CANARY, leaks

PACKAGE = "/connectors_cli/"
KINDS: tuple[Callable[[], BaseException], ...] = (
    lambda: RuntimeError(CANARY),
    lambda: KeyError(CANARY),
    lambda: ValueError(CANARY),
    lambda: TypeError(f"cannot use {CANARY}"),
    lambda: sqlite3.OperationalError(f"near {CANARY}: syntax error"),
    lambda: OSError(errno.EIO, CANARY, CANARY),
    lambda: AssertionError({"value": CANARY}),
)
VALUES = ("-S", "application_password=env:P")
BLOG = ("wordpress", "-s", "site_url=https://a.example", "-s", "username=al")
NEVER = ("told", "kept in a file", "a traceback")
LEVELS: tuple[tuple[str, ...], ...] = ((), ("--verbose",), ("--json",))
TELLS = frozenset({"get", "env", "run"})
"""Commands that tell secrets when they succeed, which they may before an error."""


def lines(folder: Path) -> tuple[tuple[str, ...], ...]:
    """Return every command line that handles a secret; HOME stands for a home's folder."""
    declared, sealed, keys = (str(folder / name) for name in ("declared", "sealed", "keys"))
    passphrase = ("--passphrase", "env:P")
    return (
        ("install", *BLOG, *VALUES, "-N", "new"),
        ("edit", "blog", *VALUES),
        ("get", "blog", "application_password", "--reveal"),
        ("get", "blog", "application_password", "--reveal", "--quiet"),
        ("env", "blog"),
        ("run", "blog", "--", "true"),
        ("run", "blog", "--mask", "never", "--", "true"),
        ("validate", "--type", "wordpress", "--from-file", declared),
        ("apply", "-f", declared, "--allow-plain", "--yes"),
        ("test", "blog", "--timeout", "1s"),
        ("export", "--all", "--secrets", "plain", "--yes", "--to", "HOME/out.json"),
        ("export", "--all", "--secrets", "sealed", "--to", "HOME/out", *passphrase),
        ("import", sealed, "--on-conflict", "overwrite", "--yes", *passphrase),
        ("key", "rotate"),
        ("key", "export", "--to", "HOME/keys", *passphrase),
        ("key", "import", keys, "--to", "file", "--file", "HOME/key", *passphrase),
        ("credentials", "accept", "blog", "--yes"),
        ("remove", "blog", "--purge", "--yes"),
        ("doctor",),
    )


def unexpected(made: Home, count: int, folder: Path) -> Row:
    """Raise an error with the secret in its text at `count` places of each command."""
    given = folder / "given"
    given.mkdir(mode=0o700, parents=True)
    _prepare(made, given)
    found: Counter[str] = Counter(dict.fromkeys(("raised", "ended with an error", *NEVER), 0))
    tried = 0
    for number, words in enumerate(lines(given)):
        home = made.copy(folder / "raised")
        line = tuple(word.replace("HOME", str(home.folder)) for word in words)
        calls = _calls(home, line)
        home.remove()
        for n in range(count):
            tried += 1
            home = made.copy(folder / "raised")
            kind = KINDS[(number + n) % len(KINDS)]
            level = LEVELS[(number + n) % len(LEVELS)]
            _judge(found, home, (*line, *level), 1 + n * calls // count, kind)
            home.remove()
    return row("unexpected errors that quote a secret", tried, found, NEVER)


def _prepare(made: Home, given: Path) -> None:
    passphrase = ("--passphrase", "env:P")
    made.must("export", "--all", "--secrets", "sealed", "--to", given / "sealed", *passphrase)
    made.must("key", "export", "--to", given / "keys", *passphrase)
    item = {
        "name": "blog",
        "type": "wordpress",
        "config": {"site_url": "https://a.example", "username": "al"},
        "auth": {"application_password": "another-password"},
    }
    (given / "declared").write_text(json.dumps({"owner": "faults", "connectors": [item]}))
    (given / "declared").chmod(0o600)


def _judge(
    found: Counter[str],
    home: Home,
    line: tuple[str, ...],
    place: int,
    kind: Callable[[], BaseException],
) -> None:
    """Count what a command did in which an error was raised at a call of our code."""
    raised = home.folder / "raised"
    done = home.run_as(lambda: _raise_at(place, kind, raised), *line)
    found["raised"] += raised.exists()
    found["ended with an error"] += done.code != 0
    is_told = leaks(done.err) or (line[0] not in TELLS and leaks(done.out))
    found["told"] += bool(is_told)
    found["a traceback"] += "Traceback" in done.err
    files = [file for file in home.folder.rglob("*") if file.is_file() and file.name != "out.json"]
    found["kept in a file"] += any(leaks(file.read_bytes()) for file in files)


def _calls(home: Home, line: tuple[str, ...]) -> int:
    """Return how many calls of our code a command makes."""
    counted = home.folder / "calls"
    home.run_as(lambda: _count_calls(counted), *line)
    return int(counted.read_text())


def _count_calls(counted: Path) -> None:
    calls = 0

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        calls += _is_ours(frame, event)

    def write() -> None:
        sys.setprofile(None)
        counted.write_text(str(calls))

    _at_exit(write)
    sys.setprofile(count)


def _raise_at(place: int, kind: Callable[[], BaseException], raised: Path) -> None:
    """Raise an error at a call of our code."""
    calls = 0

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        calls += _is_ours(frame, event)
        if calls >= place:
            sys.setprofile(None)
            raised.touch()
            raise kind()

    sys.setprofile(count)


def _is_ours(frame: FrameType, event: str) -> bool:
    """Return whether a function of the program is called; a generator only goes on."""
    code = frame.f_code
    return event == "call" and PACKAGE in code.co_filename and not code.co_flags & CO_GENERATOR


def _at_exit(work: Callable[[], None]) -> None:
    """Do something before a forked process ends, or becomes another program."""
    leave, become = os._exit, os.execve

    def left(code: int) -> None:
        work()
        leave(code)

    def became(*words: Any) -> None:
        work()
        become(*words)

    os._exit, os.execve = left, became  # type: ignore[assignment]
