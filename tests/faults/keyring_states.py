"""Every state of a keyring: told in words of its own, in time, and nothing written elsewhere."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from figures import Family, Row, row
from homes import KEY, Home
from secret_service import MISSING, SecretService

SECONDS = 6
PLAINTEXT = """
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 9
    def get_password(self, service, name): return None
    def set_password(self, service, name, text): open("plain.txt", "w").write(text)
"""
GET = ("get", "c0", "integration_token", "--reveal")
BACKEND = "PYTHON_KEYRING_BACKEND"


@dataclass(frozen=True)
class State:
    """A state of the keyring: how to bring it about, and the environment that leads there."""

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


def _in_state(state: State, folder: Path) -> tuple[str, float, Home]:
    """Return what reading a credential tells in a state, how long it took, and the home."""
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
    """Run a line of Python with the keyring at hand."""
    command = [sys.executable, "-c", f"import keyring; {line}"]
    subprocess.run(command, env=home.environ, check=True, capture_output=True)


def forget(_: SecretService, home: Home) -> None:
    in_python(home, f"keyring.delete_password('connectors-cli', {entry_of(home)!r})")


def _mistake(_: SecretService, home: Home) -> None:
    other = "from connectors_cli.vault import new_key"
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
