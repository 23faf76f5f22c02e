"""Full disks: failed writes are errors, old data stays, and small writes work again."""

import gc
import json
import os
import resource
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Contents, Home
from support.processes import finish, fork

STOCK = 10
DISK_KB = 2048
SPARE = (0, 16, 48, 96)
NEVER = (
    *("done and not there", "secrets shown without an entry", "earlier data changed"),
    *("half files", "called a bug", "not done again"),
)
GET = ("get", "c0", "integration_token", "--reveal")
TOLD = {
    GET: "token-of-c0\n",
    (
        "env",
        "c0",
        "--only",
        "integration_token",
    ): "export CONNECTOR_INTEGRATION_TOKEN=token-of-c0\n",
    (
        "run",
        "c0",
        "--mask",
        "never",
        "--",
        "printenv",
        "CONNECTOR_INTEGRATION_TOKEN",
    ): "token-of-c0\n",
}
"""Lines that tell a secret, and what they print."""
Limit = Callable[[Home, tuple[object, ...], int], SimpleNamespace]


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Run `count` kinds of commands where files may not grow, and on a disk that is full."""
    stock, bundle = _stock(folder)
    lines = _lines(stock, bundle)[:count]
    yield _filled("full disk: files that may not grow", stock, lines, _run_limited)
    disk = folder / "disk"
    disk.mkdir()
    try:
        with _mounted(disk):
            stock.path, stock.environ["CONNECTORS_HOME"] = _moved(stock, disk)
            name = f"full disk: {DISK_KB // 1024} MB, 0 to {SPARE[-1]} KB free"
            lines = _lines(stock, bundle)[:count]
            yield _filled(name, stock, lines, _run_on_full_disk)
    except PermissionError as error:
        yield Row("full disk", 0, skipped=str(error))


def _stock(folder: Path) -> tuple[Home, Path]:
    keys = [new_key().text for _ in range(8)]
    stock = Home(folder / "stock", BIG="x" * 60_000, **{KEY: keys[-1]})
    stock.fill(STOCK)
    stock.environ[KEY] = ",".join(keys)
    bundle = folder / "bundle.json"
    export = ("export", "--all", "--secrets", "plain", "--yes", "--force", "--to", bundle)
    stock.must(*export)
    text = bundle.read_text().replace("token-of-", "other-token-" * 50)
    bundle.write_text(text)
    return stock, bundle


def _lines(home: Home, bundle: Path) -> tuple[tuple[object, ...], ...]:
    big = ("-S", "integration_token=env:BIG")
    place = home.path.parent
    return (
        ("install", "medium", "-N", "big", *big, "--upsert", "--yes"),
        ("edit", "c0", *big),
        ("import", bundle, "--on-conflict", "overwrite", "--yes"),
        ("key", "rotate"),
        ("export", "--all", "--secrets", "plain", "--yes", "--force", "--to", place / "out.json"),
        ("backup", place / "out.db"),
        *TOLD,
    )


def limited(folder: Path, commands: tuple[str, ...]) -> Row:
    """Run some of the commands where files may not grow."""
    stock, bundle = _stock(folder)
    lines = [line for line in _lines(stock, bundle) if line[0] in commands]
    return _filled("full disk", stock, lines, _run_limited)


def _filled(name: str, stock: Home, lines: Sequence[tuple[object, ...]], limit: Limit) -> Row:
    found: Counter[str] = Counter(dict.fromkeys(("failed", "fitted", *NEVER), 0))
    kept = {file.name: file.read_bytes() for file in stock.path.parent.iterdir()}
    recorded, truth = _recorded(stock), stock.contents()
    tried = 0
    for line in lines:
        for spare in SPARE:
            _put_back(stock, kept)
            done = limit(stock, line, spare)
            found.update(_judge(stock, line, done, truth, recorded))
            tried += 1
    _put_back(stock, kept)
    return row(name, tried, found, NEVER)


def _judge(
    home: Home, line: tuple[object, ...], done: SimpleNamespace, truth: Contents, recorded: int
) -> Iterator[str]:
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"
    if _left(home, line, done) and _recorded(home) <= recorded:
        yield "secrets shown without an entry"
    if done.code == 0:
        yield "fitted" if is_there(home, line, done.out, truth) else "done and not there"
        return
    yield "failed"
    if not home.is_whole() or home.contents() != truth or done.out:
        yield "earlier data changed"
    if any(home.path.parent.glob("out.*")):
        yield "half files"
    if home.run(*line).code:
        yield "not done again"


def is_there(home: Home, line: tuple[object, ...], out: str, truth: Contents) -> bool:
    """Read again what a line that ended with 0 has written; return whether all of it is there."""
    auth = {name: item["auth"] for name, item in truth.items()}
    try:
        if not home.is_whole():
            return False
        if line in TOLD:
            return out == TOLD[line]
        if line[0] == "export":
            return _items(Path(str(line[-1]))) == auth
        if line[0] == "backup":
            return _stored(Path(str(line[-1]))) == _stored(home.path)
        now = {name: item["auth"] for name, item in home.contents().items()}
    except (AssertionError, OSError, ValueError, sqlite3.DatabaseError):
        return False
    return now == _wanted(home, line, auth) and (line[0] != "key" or _is_rotated(home))


def _is_rotated(home: Home) -> bool:
    states = sorted(state for (state,) in home.query("SELECT state FROM keys"))
    return len(states) > 1 and states.count("active") == 1


def _wanted(home: Home, line: tuple[object, ...], auth: dict[str, object]) -> dict[str, object]:
    """Return the credentials of every connector after a line."""
    big = {"integration_token": home.environ["BIG"]}
    match line[0]:
        case "install":
            return {**auth, "big": big}
        case "edit":
            return {**auth, "c0": big}
        case "import":
            return {**auth, **_items(Path(str(line[1])))}
    return auth


def _items(file: Path) -> dict[str, object]:
    """Return the credentials in a file that was exported."""
    return {item["name"]: item["auth"] for item in json.loads(file.read_text())["connectors"]}


def _stored(file: Path) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of a store, and what is wrong with its file."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT id, name, config, auth, auth_mac FROM connectors ORDER BY id")
        return rows.fetchall(), db.execute("PRAGMA integrity_check").fetchall()


def _left(home: Home, line: tuple[object, ...], done: SimpleNamespace) -> bool:
    """Return whether a line has told or written secrets."""
    return bool(line in TOLD and done.out) or (home.path.parent / "out.json").exists()


def _recorded(home: Home) -> int:
    """Return how many entries of the log say that secrets left."""
    actions = "('connector.reveal', 'connector.use', 'connector.export')"
    ((count,),) = home.query(f"SELECT COUNT(*) FROM events WHERE action IN {actions}")
    return count


def _put_back(home: Home, kept: dict[str, bytes]) -> None:
    place = home.path.parent
    for file in place.iterdir():
        file.unlink()
    for name, data in kept.items():
        (place / name).write_bytes(data)
        (place / name).chmod(0o600)


def _run_limited(home: Home, line: tuple[object, ...], spare: int) -> SimpleNamespace:
    """Run a line while no file may grow beyond the given KB (and a little)."""
    files = [home.folder / "out", home.folder / "err"]
    work = home.work(*line)

    def limited() -> int:
        size = (spare + 4) * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return work()

    for file in files:
        file.unlink(missing_ok=True)
    code = finish(fork(limited, *map(str, files)))
    return SimpleNamespace(code=code, out=files[0].read_text(), err=files[1].read_text())


def _run_on_full_disk(home: Home, line: tuple[object, ...], spare: int) -> SimpleNamespace:
    ballast = home.path.parents[1] / "ballast"
    with ballast.open("wb", buffering=0) as file:
        _fill(file.write)
    os.truncate(ballast, max(0, ballast.stat().st_size - spare * 1024))
    done = home.run(*line)
    ballast.unlink()
    return done


def _fill(write: Callable[[bytes], int]) -> None:
    for size in (65536, 4096):
        try:
            while write(bytes(size)) == size:
                continue
        except OSError:
            continue


def _moved(stock: Home, disk: Path) -> tuple[Path, str]:
    """Move the store to the disk; return its path and its home."""
    home = disk / "home"
    home.mkdir(mode=0o700)
    path = home / "store.db"
    path.write_bytes(stock.path.read_bytes())
    path.chmod(0o600)
    return path, str(home)


@contextmanager
def _mounted(place: Path) -> Iterator[None]:
    """Mount a small disk; raise PermissionError if that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k,mode=700", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        raise PermissionError("no small disk can be mounted by this user")
    try:
        yield
    finally:
        gc.collect()
        subprocess.run(["umount", "--lazy", str(place)], check=True)


FAMILY = Family("disk", figures, full=9, short=2)
