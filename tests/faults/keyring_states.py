"""Every state of a keyring: its own message, in time, and nothing written elsewhere."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Home
from support.secret_service import MISSING, SecretService

SECONDS = 6
PLAINTEXT = """
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, name): return None
    def set_password(self, service, name, text): open("plain.txt", "w").write(text)
"""
STAND_IN = """
from keyring.backend import KeyringBackend
KEPT = {kept!r}
open(KEPT, "a").close()
class PlaintextKeyring(KeyringBackend):
    priority = 99
    def get_password(self, service, name):
        found = [line.split() for line in open(KEPT) if line.startswith(name + " ")]
        return found[-1][1] if found else None
    def set_password(self, service, name, text): open(KEPT, "a").write(name + " " + text + "\\n")
"""
GET = ("get", "c0", "integration_token", "--reveal")
BACKEND = "PYTHON_KEYRING_BACKEND"


@dataclass(frozen=True)
class State:
    """A state of the keyring: how to create it, and its environment."""

    name: str
    bring: Callable[[SecretService, Home], None] = lambda *_: None
    environ: dict[str, str] = field(default_factory=dict)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Try the first `count` states."""
    if MISSING:
        yield Row("states of the keyring", 0, skipped=f"no {', '.join(MISSING)} here")
        return
    names = ("not refused", "too slow", "called a bug", "written under HOME")
    found: Counter[str] = Counter(dict.fromkeys(("different words", *names), 0))
    told: set[str] = set()
    states = STATES[:count]
    slowest = 0.0
    for state in states:
        done, spent, home = _in_state(state, folder / state.name.replace(" ", "-"))
        told.add(done.splitlines()[0] if done else "")
        slowest = max(slowest, spent)
        found["not refused"] += not done.startswith("error: ")
        found["called a bug"] += "this is a bug" in done or "Traceback" in done
        found["too slow"] += spent > SECONDS
        found["written under HOME"] += any((home.folder / "user").rglob("*"))
    counts = {**found, "different words": len(told), "slowest (s)": f"{slowest:.1f}"}
    yield row("states of the keyring", len(states), counts, names)
    yield allowed(folder / "allowed")
    yield sources(folder / "sources")


def _in_state(state: State, folder: Path) -> tuple[str, float, Home]:
    """Return the message of reading a credential in a state, its duration, and the home."""
    service, home = SecretService(), Home(folder)
    try:
        service.start(b"test")
        for name in (KEY, BACKEND):
            home.environ.pop(name)
        home.environ.update(service.environ)
        (folder / "user").mkdir()
        (folder / "path" / "keyrings" / "alt").mkdir(parents=True)
        (folder / "path" / "keyrings" / "alt" / "file.py").write_text(PLAINTEXT)
        home.fill(1)
        state.bring(service, home)
        home.environ.update(state.environ)
        home.environ["PYTHONPATH"] = f"{folder / 'path'}{os.pathsep}{home.environ['PYTHONPATH']}"
        start = time.monotonic()
        err = home.run(*GET).err
        return err, time.monotonic() - start, home
    finally:
        service.close()


def allowed(folder: Path) -> Row:
    """Start with keyrings that the program must not even load: by variable, settings, package."""
    names = ("loaded", "keys kept there", "stores made")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *names), 0))
    for number, way in enumerate(WAYS_IN):
        home = Home(folder / str(number))
        packages, settings = home.folder / "packages", home.folder / "config" / "python_keyring"
        for place in (packages / "keyrings" / "alt", packages / "evil-1.dist-info", settings):
            place.mkdir(parents=True)
        kept = home.folder / "kept"
        stand_in = STAND_IN.format(kept=str(kept))
        for file in ("keyrings/alt/file.py", "evil.py"):
            (packages / file).write_text(stand_in)
        environ = way(packages, settings)
        for name in (KEY, BACKEND):
            home.environ.pop(name)
        home.environ |= {"XDG_CONFIG_HOME": str(home.folder / "config"), **environ}
        home.environ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        done = home.run_as(lambda place=packages: sys.path.insert(0, str(place)), "init")
        found["refused" if done.code else "stores made"] += 1
        found["loaded"] += kept.exists()
        found["keys kept there"] += kept.exists() and bool(kept.read_text())
    return row("keyrings that are not the system's", len(WAYS_IN), found, names)


def sources(folder: Path) -> Row:
    """Give keys that are none, or that others can read: no store is made with them."""
    names = ("stores made", "called a bug", "key told")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *names), 0))
    key = new_key().text
    for number, (_, environ) in enumerate(_bad_keys(folder / "keys", key)):
        home = Home(folder / str(number))
        home.environ.pop(KEY)
        done = home.run("init", **environ)
        found["refused" if done.code and not home.path.exists() else "stores made"] += 1
        found["called a bug"] += "this is a bug" in done.err or "Traceback" in done.err
        found["key told"] += key[:20] in done.err
    return row("keys that are none, or that others can read", number + 1, found, names)


def _bad_keys(folder: Path, key: str) -> Iterator[tuple[str, dict[str, str]]]:
    folder.mkdir(parents=True)
    zeros = "A" * 43 + "="
    texts = ("", "changeme", f'"{key}"', key[:-1], zeros, f"{key},changeme", key.replace("=", "é"))
    for text in texts:
        yield "text", {KEY: text}
    for name, mode, content in (
        ("open", 0o644, key),
        ("writable", 0o620, key),
        ("empty", 0o600, ""),
        ("two lines", 0o600, f"{key}\nx\n"),
    ):
        (folder / name).write_text(content)
        (folder / name).chmod(mode)
        yield name, {f"{KEY}_FILE": str(folder / name)}
    (folder / "link").symlink_to(folder / "open")
    yield "link", {f"{KEY}_FILE": str(folder / "link")}
    yield "folder", {f"{KEY}_FILE": str(folder)}
    for command in ("false", "true", f"sh -c 'echo {key}; exit 3'", "nosuchprogram"):
        yield "command", {f"{KEY}_COMMAND": command}


def _by_variable(_: Path, __: Path) -> dict[str, str]:
    return {BACKEND: "keyrings.alt.file.PlaintextKeyring"}


def _by_settings(_: Path, settings: Path) -> dict[str, str]:
    text = "[backend]\ndefault-keyring=keyrings.alt.file.PlaintextKeyring\n"
    (settings / "keyringrc.cfg").write_text(text)
    return {}


def _by_path(packages: Path, settings: Path) -> dict[str, str]:
    """Name a module that only the settings' own path leads to."""
    text = f"[backend]\ndefault-keyring=evil.PlaintextKeyring\nkeyring-path={packages}\n"
    (settings / "keyringrc.cfg").write_text(text)
    return {}


def _by_package(packages: Path, _: Path) -> dict[str, str]:
    """Install a package whose backend is the best by its priority."""
    info = packages / "evil-1.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nevil = evil\n")
    return {}


def _by_null(_: Path, settings: Path) -> dict[str, str]:
    (settings / "keyringrc.cfg").write_text(
        "[backend]\ndefault-keyring=keyring.backends.null.Keyring\n"
    )
    return {}


WAYS_IN = (_by_variable, _by_settings, _by_path, _by_package, _by_null)


def _lock(service: SecretService, _: Home) -> None:
    service.stop()
    service.start(None)


def _hang(service: SecretService, _: Home) -> None:
    assert service.daemon is not None
    service.daemon.send_signal(signal.SIGSTOP)


def _end(service: SecretService, _: Home) -> None:
    service.stop()


def entry_of(home: Home) -> str:
    """Return the name of the key's entry in the keyring."""
    ((store,),) = home.query("SELECT value FROM store_meta WHERE key = 'store_id'")
    ((key,),) = home.query("SELECT id FROM keys WHERE state = 'active'")
    return f"{store}:{key}"


def in_python(home: Home, line: str) -> None:
    """Run a line of Python with the keyring imported."""
    command = [sys.executable, "-c", f"import keyring; {line}"]
    subprocess.run(command, env=home.environ, check=True, capture_output=True)


def forget(_: SecretService, home: Home) -> None:
    in_python(home, f"keyring.delete_password('connectors-cli', {entry_of(home)!r})")


def _mistake(_: SecretService, home: Home) -> None:
    other = "from connectors_cli.vault.seal import new_key"
    put = f"keyring.set_password('connectors-cli', {entry_of(home)!r}, new_key().text)"
    in_python(home, f"{other}; {put}")


STATES = (
    State("entry gone", forget),
    State("another key in the entry", _mistake),
    State("hung", _hang),
    State("locked", _lock),
    State("no keyring on the bus", _end),
    State("no bus", environ={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}),
    State("backend fail", environ={BACKEND: "keyring.backends.fail.Keyring"}),
    State("backend null", environ={BACKEND: "keyring.backends.null.Keyring"}),
    State("backend plaintext", environ={BACKEND: "keyrings.alt.file.PlaintextKeyring"}),
    State("backend not there", environ={BACKEND: "no.such"}),
    State("backend of another system", environ={BACKEND: "keyring.backends.macOS.Keyring"}),
)

FAMILY = Family("keyrings", figures, full=len(STATES), short=2)
