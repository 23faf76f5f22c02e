"""Restore drills: the key, the store or both are lost and restored from copies."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from figures import Family, Row, row
from homes import KEY, Contents, Home
from keyring_states import BACKEND, forget
from kills import historic
from support.secret_service import MISSING, SecretService

PASSPHRASE = ("--passphrase", "env:PASSPHRASE")
Drill = Callable[[Home, Path], Home]


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Lose a store's key and file with `count` connectors in it, and restore them."""
    for name, drill in DRILLS:
        yield _drilled(name, drill, _home(folder / name.replace(" ", "-")), count)
    yield migrated(folder / "migrated")
    yield replaced(_home(folder / "replaced"))
    if MISSING:
        yield Row("restore drill: the keyring wiped", 0, skipped=f"no {', '.join(MISSING)} here")
        return
    service = SecretService()
    try:
        service.start(b"test")
        home = _home(folder / "wiped")
        for variable in (KEY, BACKEND):
            home.environ.pop(variable)
        home.environ.update(service.environ)
        yield _drilled(
            "keyring wiped, key import", lambda *ways: _wipe(service, *ways), home, count
        )
    finally:
        service.close()


def _home(folder: Path) -> Home:
    return Home(folder, PASSPHRASE="correct horse battery")


def _drilled(name: str, drill: Drill, home: Home, count: int) -> Row:
    home.fill(count)
    kept = home.folder / "kept"
    kept.mkdir(mode=0o700)
    try:
        restored: Contents = drill(home, kept).contents()
    except AssertionError:  # a command of the drill failed, or the restored store does not open
        restored = {}
    missing = sum(not _is_restored(restored, n) for n in range(count))
    counts = {"read again": f"{count - missing} of {count}", "lost": missing}
    return row(f"restore drill: {name}", count, counts, ("lost",))


def _is_restored(contents: Contents, number: int) -> bool:
    """Return whether a connector of `Home.fill` is among the contents."""
    found = contents.get(f"c{number}", {})
    return (
        found.get("auth") == {"integration_token": f"token-of-c{number}"}
        and found.get("config") == {"account_label": f"label {number}"}
        and "prod" in found.get("tags", ())
    )


def migrated(folder: Path) -> Row:
    """Migrate a store of the first version: a whole copy of it as it was stays."""
    home = historic(folder)
    before = home.query("SELECT id, name, config, auth FROM connectors ORDER BY id")
    home.must("list")
    copies = list(home.path.parent.glob("store.db.before-*"))
    kept = home.path.with_name("kept")
    found = {"no copy": int(not copies), "copy damaged": 0, "copy not private": 0}
    for copy in copies:
        found["copy not private"] += bool(copy.stat().st_mode & 0o077)
        with closing(sqlite3.connect(copy.rename(kept))) as db:
            rows = db.execute("SELECT id, name, config, auth FROM connectors ORDER BY id")
            found["copy damaged"] += rows.fetchall() != before
    return row("copy before a migration", 1, found, found)


def replaced(home: Home) -> Row:
    """Restore a backup over a store: a whole copy of what it replaces stays, and is private."""
    home.fill(2)
    home.must("backup", home.folder / "copy.db")
    home.must("edit", "c0", "--tag", "since")
    wanted = "SELECT name, tags, auth FROM connectors ORDER BY name"
    before = home.query(wanted)
    home.must("restore", "--from", home.folder / "copy.db", "--yes")
    found = {"not restored": int(home.query(wanted) == before)}
    copies = list(home.path.parent.glob("store.db.before-restore-*"))
    found |= {"no copy": int(not copies), "copy damaged": 0, "copy not private": 0}
    for copy in copies:
        found["copy not private"] += bool(copy.stat().st_mode & 0o077)
        with closing(sqlite3.connect(copy)) as db:
            found["copy damaged"] += db.execute(wanted).fetchall() != before
    return row("store that restore replaces", 1, found, found)


def _wipe(service: SecretService, home: Home, kept: Path) -> Home:
    home.must("key", "export", "--to", kept / "keys", *PASSPHRASE)
    forget(service, home)
    _must_fail(home)
    home.must("key", "import", kept / "keys", "--to", "keyring", *PASSPHRASE)
    return home


def _type_in(home: Home, kept: Path) -> Home:
    """Lose the variable with the key; type it in from paper into a key file."""
    home.must("key", "export", "--printable", "--to", kept / "paper", "--yes")
    home.environ.pop(KEY)
    _must_fail(home)
    home.must("key", "import", kept / "paper", "--to", "file", "--file", kept / "key")
    home.environ[KEY + "_FILE"] = str(kept / "key")
    return home


def _restore(home: Home, kept: Path) -> Home:
    home.must("backup", kept / "copy.db")
    for file in home.path.parent.iterdir():
        file.unlink()
    home.must("restore", "--from", kept / "copy.db", "--yes")
    return home


def _import(home: Home, kept: Path) -> Home:
    """Lose store and key; import a sealed export under another key."""
    file = kept / "export.json"
    home.must("export", "--all", "--secrets", "sealed", "--to", file, *PASSPHRASE)
    other = _home(kept / "other")
    other.must("init")
    other.must("import", file, "--yes", *PASSPHRASE)
    return other


def _must_fail(home: Home) -> None:
    """Assert that the store does not open without its key."""
    try:
        contents: Contents = home.contents()
    except AssertionError:
        return
    raise RuntimeError(f"{len(contents)} connectors open without their key")


DRILLS: tuple[tuple[str, Drill], ...] = (
    ("store gone, restore --from", _restore),
    ("store and key gone, import", _import),
    ("key gone, typed in from paper", _type_in),
)
FAMILY = Family("drills", figures, full=100, short=5)
