"""Failures forced with a canary secret at hand: how many, and how many repeat it anywhere."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from figures import Family, Row, row
from homes import Home
from test_no_leaks import (
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

LEVELS: tuple[tuple[str, ...], ...] = ((), ("--verbose",), ("--json",), ("--quiet",))
TAKING = (("install", "own", "-N", "b"), ("validate", "--type", "own"))


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Force every failure (at most `count`) at each level of telling."""
    given = folder / "given"
    given.mkdir(mode=0o700)
    (given / "secret").write_text(CANARY)
    home = _made(folder / "made")
    names = ("told", "kept in a file", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("runs", *names), 0))
    lines = list(_lines(given))
    lines = lines[:: max(1, len(lines) // count)]
    for line in lines:
        for level in LEVELS:
            found.update(_forced(home, line, level))
    files = (file for file in home.folder.rglob("*") if file.is_file())
    found["kept in a file"] = sum(bool(leaks(file.read_bytes())) for file in files)
    yield row("failures with a canary secret", len(lines), found, names)


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
