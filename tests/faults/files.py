"""Files that commands write and read: whole or absent, private, and refused once altered."""

import json
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from figures import Family, Row, row
from homes import Home
from killing import can_trace, changes_of, kill_at_call

STOCK = 10
PASSPHRASE = ("--passphrase", "env:PASSPHRASE")
ALL = ("export", "--all", "--yes", "--secrets")
Line = tuple[str, ...]
WRITTEN: dict[str, Line] = {
    "out.json": (*ALL, "plain", "--force", "--to"),
    "out.sealed": (*ALL, "sealed", "--format", "json", *PASSPHRASE, "--force", "--to"),
    "out.keys": ("key", "export", *PASSPHRASE, "--force", "--to"),
    "out.paper": ("key", "export", "--printable", "--yes", "--force", "--to"),
    "out.db": ("backup", "--force"),
}
"""The commands that write a file, by its name, which follows them."""
OLDER = '{"connectors": "an older file"}\n'


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Kill each command that writes a file `count` times; alter each file as often."""
    made = Home(folder / "made", PASSPHRASE="correct horse battery")
    made.fill(STOCK)
    if can_trace():
        yield killed(made, count, folder / "killed")
    else:
        yield Row("kill -9 while files are written", 0, skipped="no strace here")
    yield modes(folder / "modes")
    yield altered(made, count, folder / "altered")
    yield backups(made, folder / "backups")
    yield unusable(made, folder / "unusable")


def _lines(home: Home, names: Sequence[str] = tuple(WRITTEN)) -> Iterator[tuple[Path, Line]]:
    for name in names:
        file = home.folder / name
        yield file, (*WRITTEN[name], str(file))


def killed(made: Home, count: int, folder: Path) -> Row:
    """Kill while a file is written, new or over an older one: it is old, absent or whole.

    What is left of an unfinished one is gone after the next run.
    Two thirds of the kills are at the last system calls, where the file gets its name.
    """
    never = ("half files", "older files lost", "partial files left")
    found: Counter[str] = Counter(dict.fromkeys(("absent", "older", "whole", *never), 0))
    for name in WRITTEN:
        home = made.copy(folder)
        [(file, line)] = _lines(home, (name,))
        file.write_text(OLDER)
        calls = changes_of(home.work(*line), home.folder)
        size = file.stat().st_size
        home.remove()
        for n in range(count):
            home = made.copy(folder)
            was_there = n % 2 == 1
            if was_there:
                file.write_text(OLDER)
            kill_at_call(home.work(*line), calls, _place(n, count, len(calls)))
            found.update(_written(file, size, was_there=was_there))
            if home.run(*line).code or _partial(file):
                found["partial files left"] += 1
            home.remove()
    return row("kill -9 while files are written", count * len(WRITTEN), found, never)


def _place(n: int, count: int, calls: int) -> int:
    """Return the call before which the n-th of `count` kills is."""
    return max(1, calls - n // 2 if n % 3 else (n + 1) * calls // count)


def _partial(file: Path) -> list[Path]:
    """Return what is left of an unfinished file: the next run removes it."""
    return list(file.parent.glob(f".{file.name}.*.part*"))


def _written(file: Path, size: int, *, was_there: bool) -> Iterator[str]:
    if not file.exists():
        yield "older files lost" if was_there else "absent"
    elif file.read_bytes() == OLDER.encode():
        yield "older"
    else:
        yield "whole" if _is_whole(file, size) else "half files"


def _is_whole(file: Path, size: int) -> bool:
    if file.suffix == ".paper":
        return file.stat().st_size == size
    if file.suffix != ".db":
        try:
            found = json.loads(file.read_text())
        except ValueError:
            return False
        return file.suffix == ".keys" or len(found["connectors"]) == STOCK
    with closing(sqlite3.connect(file)) as db:
        try:
            checks = db.execute("PRAGMA integrity_check").fetchall()
            return checks == [("ok",)] and _count(db) == STOCK
        except sqlite3.DatabaseError:
            return False


def _count(db: sqlite3.Connection) -> int:
    ((count,),) = db.execute("SELECT COUNT(*) FROM connectors").fetchall()
    return int(count)


def modes(folder: Path) -> Row:
    """Write every kind of file with a umask of 0: others can read none."""
    never = ("readable by others", "failed")
    found: Counter[str] = Counter(dict.fromkeys(("private", *never), 0))
    home = Home(folder, PASSPHRASE="correct horse battery")
    folder.chmod(0o700)
    lines = [
        ("init",),
        ("install", "medium", "-N", "c0", "-S", "integration_token=env:KEPT", "--yes"),
    ]
    lines += [line for _, line in _lines(home)]
    lines += [("key", "move", "--to", "file", "--file", str(folder / "key"), "--yes")]
    for line in lines:
        done = home.run_as(lambda: os.umask(0), *line, KEPT="token-of-c0")
        found["failed"] += done.code != 0
    for file in folder.rglob("*"):
        kind = never[0] if file.stat().st_mode & 0o077 else "private"
        found[kind] += 1
    return row("files written with a umask of 0", len(lines), found, never)


TEXTS = ((b"label 1", b"label 8"), (b'"prod"', b'"test"'), (b'"active"', b'"inactive"'))
"""Settings in an export that are not encrypted, and what they are altered to."""


def altered(made: Home, count: int, folder: Path) -> Row:
    """Flip bits of files, or cut them: what is imported all the same is unchanged."""
    never = ("other values imported", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("refused", "harmless", *never), 0))
    chance, truth = random.Random(4), made.contents()
    for file, line in _lines(made, ("out.sealed", "out.keys")):
        made.must(*line)
        data = file.read_bytes()
        forged = [data.replace(*texts) for texts in TEXTS if texts[0] in data]
        forged += [_changed(data, chance, cut=n % 4 == 0) for n in range(count - len(forged))]
        for text in forged:
            other = _target(made, folder)
            file.write_bytes(text)
            found[_imported(other, file, truth)] += 1
            other.remove()
        file.unlink()
    return row("altered sealed exports and key files", 2 * count, found, never)


def _target(made: Home, folder: Path) -> Home:
    other = Home(folder, PASSPHRASE=made.given["PASSPHRASE"])
    other.must("init")
    return other


def _changed(data: bytes, chance: random.Random, *, cut: bool) -> bytes:
    place = chance.randrange(len(data) - 1)
    if cut:
        return data[:place]
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(7)]) + data[place + 1 :]


def _imported(other: Home, file: Path, truth: object) -> str:
    if file.suffix == ".keys":
        target = other.folder / "key"
        done = other.run("key", "import", file, "--to", "file", "--file", target, *PASSPHRASE)
    else:
        done = other.run("import", file, "--yes", *PASSPHRASE)
    if "this is a bug" in done.err or "Traceback" in done.err:
        return "called a bug"
    if done.code:
        return "refused"
    if file.suffix == ".keys":  # the other store does not need the key
        return "harmless" if not target.exists() else "other values imported"
    return "harmless" if other.contents() == truth else "other values imported"


Forge = Callable[[sqlite3.Connection], object]
FORGED: dict[str, Forge] = {
    "trigger": lambda db: db.execute(
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events WHERE id < NEW.id; END"
    ),
    "view": lambda db: db.executescript(
        "DROP VIEW publish_targets; CREATE VIEW publish_targets AS SELECT 1 AS id WHERE 0"
    ),
    "row": lambda db: db.execute("UPDATE connectors SET config = '{}', version = 9"),
    "token": lambda db: db.execute(
        "UPDATE connectors SET auth = (SELECT auth FROM connectors WHERE name = 'c1')"
    ),
    "end of the log": lambda db: db.execute("UPDATE log_heads SET entries = entries - 1"),
}


ACT = frozenset({"trigger", "view"})
"""What would act in the store: it must not be restored."""


def backups(made: Home, folder: Path) -> Row:
    """Restore backups that were altered: refused, or named by doctor and refused at use."""
    never = ("restored all the same", "used all the same", "not named", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("not restored", "named by doctor", *never), 0))
    copy = made.folder / "copy.db"
    made.must("backup", copy)
    data = copy.read_bytes()
    copy.unlink()
    for name, forge in FORGED.items():
        home = made.copy(folder)
        file = home.folder / "forged.db"
        file.write_bytes(data)
        file.chmod(0o600)
        with closing(sqlite3.connect(file)) as db, db:
            forge(db)
        done = home.run("restore", "--from", file, "--yes")
        found["called a bug"] += "this is a bug" in done.err
        found["not restored"] += bool(done.code)
        found["restored all the same"] += done.code == 0 and name in ACT
        if done.code == 0:
            verdict = home.run("doctor").code
            found["named by doctor" if verdict else "not named"] += 1
            used = home.run("get", "c0", "integration_token", "--reveal")
            found["used all the same"] += used.code == 0 and name in {"row", "token"}
        home.remove()
    return row("altered backups restored", len(FORGED), found, never)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _renumber(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE store_meta SET value = '999' WHERE key = 'schema_version'")


def _link(file: Path) -> None:
    file.rename(file.with_name("real.db"))
    file.symlink_to(file.with_name("real.db"))


def _to_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: tuple[Callable[[Path], object], ...] = (
    _cut,
    _renumber,
    _link,
    _to_folder,
    lambda file: file.write_bytes(b""),
    lambda file: file.write_text("no database " * 500),
)
USES = (
    ("get", "c0", "integration_token", "--reveal"),
    ("edit", "c0", "--tag", "x"),
    ("init",),
    ("key", "rotate"),
)


def unusable(made: Home, folder: Path) -> Row:
    """Use stores that are cut, of a newer program, a link, a folder, empty, or no database."""
    never = ("used all the same", "changed", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    for spoil in SPOILT:
        home = made.copy(folder)
        spoil(home.path)
        before = _bytes(home)
        for line in USES:
            done = home.run(*line)
            found["refused" if done.code else "used all the same"] += 1
            found["called a bug"] += "this is a bug" in done.err or "Traceback" in done.err
            found["changed"] += _bytes(home) != before
        home.remove()
    return row("stores that cannot be used", len(SPOILT), found, never)


def _bytes(home: Home) -> dict[str, bytes]:
    files = (file for file in home.path.parent.iterdir() if file.is_file())
    return {file.name: file.read_bytes() for file in files if file.suffix == ".db"}


FAMILY = Family("files", figures, full=16, short=3)
