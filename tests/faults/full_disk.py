"""Full disks: what cannot be written is told, what was there stays, and small writes work again."""

import gc
import os
import resource
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from figures import Family, Row, row
from homes import KEY, Contents, Home
from processes import finish, fork

from connectors_cli.vault import new_key

STOCK = 10
DISK_KB = 2048
SPARE = (0, 16, 48, 96)
NEVER = ("earlier data changed", "half files", "called a bug", "not done again")
GET = ("get", "c0", "integration_token", "--reveal")
Limit = Callable[[Home, tuple[object, ...], int], SimpleNamespace]


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Run `count` kinds of commands where files may not grow, and on a disk that is full."""
    stock, bundle = _stock(folder)
    yield _filled("full disk: files that may not grow", stock, bundle, count, _run_limited)
    disk = folder / "disk"
    disk.mkdir()
    try:
        with _mounted(disk):
            stock.path, stock.environ["CONNECTORS_HOME"] = _moved(stock, disk)
            name = f"full disk: {DISK_KB // 1024} MB, 0 to {SPARE[-1]} KB free"
            yield _filled(name, stock, bundle, count, _run_on_full_disk)
    except PermissionError as error:
        yield Row("full disk", 0, skipped=str(error))


def _stock(folder: Path) -> tuple[Home, Path]:
    keys = [new_key().text for _ in range(8)]
    stock = Home(folder / "stock", BIG="x" * 60_000, **{KEY: keys[-1]})
    stock.fill(STOCK)
    stock.environ[KEY] = ",".join(keys)
    bundle = folder / "bundle.json"
    export = ("export", "--all", "--secrets", "plain", "--yes", "--to", bundle)
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
        ("export", "--all", "--secrets", "plain", "--yes", "--to", place / "out.json"),
        ("backup", place / "out.db"),
        GET,
    )


def _filled(name: str, stock: Home, bundle: Path, count: int, limit: Limit) -> Row:
    found: Counter[str] = Counter(dict.fromkeys(("failed", "fitted", *NEVER), 0))
    kept = {file.name: file.read_bytes() for file in stock.path.parent.iterdir()}
    truth = stock.contents()
    tried = 0
    for line in _lines(stock, bundle)[:count]:
        for spare in SPARE:
            _put_back(stock, kept)
            done = limit(stock, line, spare)
            found.update(_judge(stock, line, done, truth))
            tried += 1
    _put_back(stock, kept)
    return row(name, tried, found, NEVER)


def _judge(
    home: Home, line: tuple[object, ...], done: SimpleNamespace, truth: Contents
) -> Iterator[str]:
    yield "failed" if done.code else "fitted"
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"
    if done.code == 0:
        return
    if not home.is_whole() or home.contents() != truth or done.out:
        yield "earlier data changed"
    if any(home.path.parent.glob("out.*")):
        yield "half files"
    if home.run(*line).code:
        yield "not done again"


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
    """Mount a small disk; PermissionError where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k,mode=700", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        raise PermissionError("no small disk can be mounted by this user")
    try:
        yield
    finally:
        gc.collect()
        subprocess.run(["umount", "--lazy", str(place)], check=True)


FAMILY = Family("disk", figures, full=7, short=2)
