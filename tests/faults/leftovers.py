"""Credentials that were changed or deleted: their tokens are in no file of the home any more."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors_cli.store.read import connections
from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Home
from support.canary import forms

STOCK = 30
LONG = 2000
"""Bytes of a token that is on several pages."""
GONE = ("c3", "c4", "c5")
NEVER = ("old tokens left", "values in plain text", "keys in files")
PLAIN = sorted({form for n in GONE for form in forms(f"token-of-{n}") | forms("another-token")})
Line = tuple[object, ...]


@dataclass(frozen=True)
class Case:
    """Lines after which the tokens of some connectors (`names`; none: all) must be gone."""

    name: str
    lines: tuple[Line, ...]
    names: tuple[str, ...] = GONE
    damages: bool = False


def _edits(*more: object) -> tuple[Line, ...]:
    return tuple(("edit", name, "-S", "integration_token=env:NEW", *more) for name in GONE)


CASES = (
    Case("edit", _edits()),
    Case("remove --purge", (("remove", *GONE, "--purge", "--yes"),)),
    Case("remove, then remove --purge", (("remove", *GONE), ("remove", *GONE, "--purge", "--yes"))),
    Case("key rotate, key prune", (("key", "rotate"), ("key", "prune", "--yes")), ()),
    Case("credentials reset", (("credentials", "reset", *GONE, "--yes"),), damages=True),
    Case(
        "tenant remove --purge",
        (("tenant", "remove", "default", "--purge", "--confirm", "default"),),
        (),
    ),
    Case("apply", (("apply", "--allow-plain", "--yes", "-f", "FILE"),)),
    Case("import", (("import", "EXPORTED", "--on-conflict", "overwrite", "--yes"),)),
)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Try the first `count` cases with each journal."""
    made = _made(folder / "made")
    for journal in ("WAL", "DELETE"):
        yield searched(journal, CASES[:count], made, folder / "tried")
    yield _read_meanwhile(made, folder / "read")


def searched(journal: str, cases: Sequence[Case], made: Home, folder: Path) -> Row:
    """Try cases with a journal, and search all files of the home for the old tokens."""
    found: Counter[str] = Counter(dict.fromkeys(("tokens searched for", *NEVER), 0))
    made.query(f"PRAGMA journal_mode={journal}")
    for case in cases:
        found.update(_tried(case, made, folder))
    return row(f"credentials changed or deleted, {journal}", len(cases), found, NEVER)


def _made(folder: Path) -> Home:
    keys = [new_key().text for _ in range(3)]
    home = Home(folder, NEW="another-token", **{KEY: keys[-1]})
    home.fill(STOCK)
    home.given[KEY] = home.environ[KEY] = ",".join(keys)
    home.must("init", "-t", "other")  # so that a tenant can be removed
    # A token of several pages: those that are free afterwards are cleared, too.
    long = ("-S", "integration_token=env:LONG")
    home.must("edit", GONE[0], *long, LONG="token-of-c3" + "0123456789abcdef" * 1000)
    return home


def _tried(case: Case, made: Home, folder: Path) -> Iterator[str]:
    home = made.copy(folder)
    tokens = tokens_of(home, case.names)
    if case.damages:
        damaged = "UPDATE connectors SET auth_mac = 'x' WHERE name IN (?, ?, ?)"
        home.query(damaged, *GONE)
    if not all(_files_with(home, [token]) for token in tokens):
        raise AssertionError("a token cannot be found before it is gone")
    for line in case.lines:
        home.must(*(FILES[word](home) if word in FILES else word for word in line))
    for token in tokens:
        yield "tokens searched for"
        if _files_with(home, [token]):
            yield "old tokens left"
    if _files_with(home, PLAIN):
        yield "values in plain text"
    if _files_with(home, [key.encode() for key in home.given[KEY].split(",")]):
        yield "keys in files"
    home.remove()


def tokens_of(home: Home, names: Sequence[str]) -> list[bytes]:
    """Return the tokens of connectors as they are in the store; of long ones a part of a page."""
    rows = home.query("SELECT name, auth FROM connectors")
    chosen = [json.loads(auth) for name, auth in rows if not names or name in names]
    return [_part(home, token.encode()) for auth in chosen for token in auth.values()]


def _part(home: Home, token: bytes) -> bytes:
    if len(token) < LONG:
        return token
    parts = (token[at : at + LONG // 4] for at in range(LONG, len(token), LONG))
    return next(part for part in parts if _files_with(home, [part]))


def _files_with(home: Home, wanted: Sequence[bytes]) -> list[str]:
    """Return the files of the home that contain some bytes."""
    files = (file for file in home.path.parent.rglob("*") if file.is_file())
    return [file.name for file in files if any(text in file.read_bytes() for text in wanted)]


def _declared(home: Home) -> Path:
    """Write a file for `apply` with other tokens."""
    return home.declare(
        [
            {
                "name": name,
                "type": "medium",
                "config": {"account_label": "x"},
                "auth": {"integration_token": "another-token"},
            }
            for name in GONE
        ]
    )


def _exported(home: Home) -> Path:
    """Write a file for `import` with other tokens."""
    file = home.folder / "exported.json"
    home.must("export", *GONE, "--secrets", "plain", "--yes", "--to", file)
    file.write_text(file.read_text().replace("token-of-", "another-token-"))
    return file


FILES = {"FILE": _declared, "EXPORTED": _exported}


READ_MEANWHILE: tuple[tuple[str, ...], ...] = (
    ("remove", *GONE, "--purge", "--yes"),
    ("edit", GONE[0], "-S", "integration_token=env:NEW"),
    ("credentials", "reset", GONE[0], "--yes"),
    ("key", "rotate"),
    ("apply", "--allow-plain", "--yes", "-f", "FILE"),
    ("import", "EXPORTED", "--on-conflict", "overwrite", "--yes"),
)
"""Commands that delete or replace credentials, and say it if these stay."""


def _read_meanwhile(made: Home, folder: Path) -> Row:
    """Delete while another process reads: what stays is said, and gone with the next write."""
    never = ("not said", "left after the next write", "failed")
    found: Counter[str] = Counter(dict.fromkeys(("left while it is read", *never), 0))
    for line in READ_MEANWHILE:
        home = made.copy(folder)
        home.query("PRAGMA journal_mode=WAL")
        names = GONE if line[0] == "remove" else GONE[:1]
        tokens = tokens_of(home, names)
        filled = [FILES[word](home) if word in FILES else word for word in line]
        with closing(sqlite3.connect(home.path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM connectors").fetchone()
            done = home.run_as(_impatient, *filled)
            left = bool(_files_with(home, tokens))
            found["failed"] += bool(done.code)
            found["left while it is read"] += left
            found["not said"] += left and " process " not in done.err
        home.must("edit", "c9", "--tag", "later")
        found["left after the next write"] += bool(_files_with(home, tokens))
        home.remove()
    tried = len(READ_MEANWHILE)
    return row("credentials deleted while they are read", tried, found, never)


def _impatient() -> None:
    """Wait for a reader only for a moment."""
    connections.BUSY_SECONDS = 0.5


FAMILY = Family("leftovers", figures, full=len(CASES), short=4)
