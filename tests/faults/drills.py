"""Restore drills: the key, the store or both are gone, and what was kept brings everything back."""

from collections.abc import Callable, Iterator
from pathlib import Path

from figures import Family, Row, row
from homes import KEY, Contents, Home
from keyring_states import BACKEND, forget
from secret_service import MISSING, SecretService

PASSPHRASE = ("--passphrase", "env:PASSPHRASE")
Drill = Callable[[Home, Path], Home]


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Lose a store's key and file with `count` connectors in it, and restore them."""
    for name, drill in DRILLS:
        yield _drilled(name, drill, _home(folder / name.replace(" ", "-")), count)
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
    truth = home.contents()
    kept = home.folder / "kept"
    kept.mkdir(mode=0o700)
    restored = drill(home, kept).contents()
    missing = sum(restored.get(item) != truth[item] for item in truth)
    counts = {"read again": f"{count - missing} of {count}", "lost": missing}
    return row(f"restore drill: {name}", count, counts, ("lost",))


def _wipe(service: SecretService, home: Home, kept: Path) -> Home:
    home.must("key", "export", "--to", kept / "keys", *PASSPHRASE)
    forget(service, home)
    _must_fail(home)
    home.must("key", "import", kept / "keys", "--to", "keyring", *PASSPHRASE)
    return home


def _type_in(home: Home, kept: Path) -> Home:
    """Lose the variable with the key; bring it back from paper, to a key file."""
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
    """Lose store and key; a sealed export comes back under another key."""
    file = kept / "export.json"
    home.must("export", "--all", "--secrets", "sealed", "--to", file, *PASSPHRASE)
    other = _home(kept / "other")
    other.must("init")
    other.must("import", file, "--yes", *PASSPHRASE)
    return other


def _must_fail(home: Home) -> None:
    """Assert that without its key the store opens for nobody."""
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
