"""Failures forced with a canary secret, expected and not: how many repeat the secret."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from figures import Family, Row, row
from homes import Home
from support.canary import (
    CANARY,
    CORE,
    DOCUMENTS,
    FAILURES,
    NUMBER,
    OWN,
    PASSWORD,
    SCHEMA,
    WORDPRESS,
    leaks,
)
from unexpected import unexpected

LEVELS: tuple[tuple[str, ...], ...] = ((), ("--verbose",), ("--json",), ("--quiet",))
READS: tuple[tuple[str, ...], ...] = (
    ("list",),
    ("targets",),
    ("show", "blog"),
    ("show", "own"),
    ("get", "blog", "site_url"),
    ("catalog", "show", "own"),
    ("validate", "--all"),
    ("export", "--all"),
    ("log",),
    ("log", "--verify"),
    ("stats",),
    ("whoami",),
    ("key", "status"),
    ("auth", "status", "--all"),
    ("tenant", "show", "default"),
    ("doctor",),
    ("edit", "blog", *PASSWORD, "--dry-run", "--diff"),
)
TAKING = (("install", "own", "-N", "b"), ("validate", "--type", "own"))


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Force every failure (at most `count`) at each verbosity."""
    given = folder / "given"
    given.mkdir(mode=0o700)
    (given / "secret").write_text(CANARY)
    home = _made(folder / "made")
    lines = list(_lines(given))
    yield forced(home, lines[:: max(1, len(lines) // count)])
    yield told_by_reads(home)
    yield unexpected(home, max(1, count // 160), folder / "unexpected")


def forced(home: Home, lines: Sequence[tuple[str, ...]]) -> Row:
    """Force failures at each verbosity."""
    names = ("told", "kept in a file", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("runs", *names), 0))
    for line in lines:
        for level in LEVELS:
            found.update(_forced(home, line, level))
    files = (file for file in home.folder.rglob("*") if file.is_file())
    found["kept in a file"] = sum(bool(leaks(file.read_bytes())) for file in files)
    return row("failures with a canary secret", len(lines), found, names)


def told_by_reads(home: Home) -> Row:
    """Run every command that reads and must tell no secret."""
    names = ("told", "failed")
    found: Counter[str] = Counter(dict.fromkeys(("runs", *names), 0))
    levels: tuple[tuple[str, ...], ...] = ((), ("--json",))
    for line in READS:
        for level in levels:
            done = home.run(*line, *level)
            found["runs"] += 1
            found["failed"] += done.code != 0
            found["told"] += bool(leaks(done.out + done.err))
    return row("commands that only read", len(READS), found, names)


def _made(folder: Path) -> Home:
    home = Home(folder, P=CANARY, PIN=str(NUMBER), BIG=f"{NUMBER}000")
    own = folder / "own.json"
    own.write_text(json.dumps(SCHEMA))
    home.must("init")
    home.must("catalog", "add", own, "--key", "own")
    home.must(*WORDPRESS, *PASSWORD, "-N", "blog", "--activate")
    values = ("-S", "token=env:P", "-S", "pin=env:PIN", "-S", "inner.secret=env:P")
    home.must(*OWN, *values, "--activate")
    return home


def _lines(given: Path) -> Iterator[tuple[str, ...]]:
    for line in FAILURES:
        if line != ["nosuch", CANARY]:  # a command's name is no place for a secret
            yield tuple(word.replace("{0}", str(given)) for word in line)
    for number, (name, text) in enumerate(DOCUMENTS):
        file = given / f"{number}-{name}"
        file.write_text(text.replace("%s", CORE))
        file.chmod(0o600)
        for command in TAKING:
            yield (*command, "--from-file", str(file))


def _forced(home: Home, line: tuple[str, ...], level: tuple[str, ...]) -> Iterator[str]:
    done = home.run(*line, *level)
    if done.code == 0:
        raise AssertionError(f"{line} does not fail")
    yield "runs"
    if leaks(done.out + done.err):
        yield "told"
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"


FAMILY = Family("canaries", figures, full=1000, short=5)
