"""The OS keyring, with a real Secret Service and with backends that are refused."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from connectors_cli.vault import secret_service as os_secret_service
from connectors_cli.vault.seal import Key, new_key
from support.imports import loaded
from support.processes import run_forked

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
WAYS_OUT = (
    f"keep the key in a file: connectors init --key file; or set {VARIABLE}, {VARIABLE}_FILE or"
    f" {VARIABLE}_COMMAND, or run in a desktop session (headless Linux: dbus-run-session with an"
    " unlocked gnome-keyring)"
)
NULL = "keyring.backends.null.Keyring"
PLAINTEXT = "keyrings.alt.file.PlaintextKeyring"
NOT_LOADED = (
    "PYTHON_KEYRING_BACKEND names {}, which is not loaded: it is not one of the operating system's"
    " keyrings and could store keys in plain text"
)
CANNOT_LOAD = "PYTHON_KEYRING_BACKEND names a backend that cannot be loaded"
MISSING = "key {} is missing from the OS keyring, and sealed values need it; no new key was created"
RESTORE = (
    "import it with `connectors key import FILE`, restore the keyring that contained it, or set"
    f" the key in {VARIABLE}"
)
INSTALL = ("install", "medium", "--yes", "-S", "integration_token=cmd:echo canary-token")
GET = ("get", "medium", "integration_token", "--reveal")


@pytest.fixture
def run(tmp_path):
    """Run each line in a separate process: keyring looks for its backend once per process."""
    return lambda *line: run_forked(tmp_path, *line)


@pytest.fixture
def unlocked(secret_service):
    secret_service.start(b"test")
    return secret_service


def told(done, message: str, hint: str = WAYS_OUT) -> None:
    err = f"error: {message}\n  hint: {hint}\n"
    assert (done.code, done.out, done.err) == (7, "", err)


def python(line: str) -> str:
    """Run a line of Python with the keyring modules imported, in a separate process."""
    ours = "from connectors_cli.vault import keyring as os_keyring"
    code = f"import keyring, secretstorage; {ours}; {line}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def entry() -> str:
    """Return the name of the key's entry: store id and key id."""
    import sqlite3
    from contextlib import closing

    path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        store = connection.execute("SELECT value FROM store_meta WHERE key = 'store_id'").fetchone()
        key = connection.execute("SELECT id FROM keys").fetchone()
    return f"{store[0]}:{key[0]}"


def test_key_is_generated_in_the_keyring_and_used_from_there(unlocked, run):
    done = run(*INSTALL)
    assert done.code == 0, done.err
    assert "the OS keyring" in done.err
    assert run(*GET).out == "canary-token\n"
    status = json.loads(run("key", "status", "--json").out)
    assert (status["source"], status["problem"]) == ("keyring", None)
    assert status["backend"] == "keyring.backends.SecretService.Keyring"
    name = entry()
    text = python(f"print(keyring.get_password('connectors-cli', {name!r}))")
    assert Key(text).id == name.partition(":")[2]
    for file in Path(os.environ["CONNECTORS_HOME"]).iterdir():
        assert text.encode() not in file.read_bytes()


def test_entries_are_read_without_the_package_keyring(unlocked, run):
    assert run(*INSTALL).code == 0
    for line in (GET, ("key", "status")):
        code, modules = loaded(*line)
        assert code == 0
        assert "secretstorage" in modules
        assert "keyring" not in modules


def test_settings_of_keyring_are_obeyed_by_asking_it(secret_service, monkeypatch, tmp_path):
    ours = os_secret_service.is_chosen
    assert ours(None)
    assert ours(os_secret_service.BACKEND)
    assert not ours("keyring.backends.kwallet.DBusKeyring")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:KDE")
    assert not ours(None)
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
    assert not ours(None)
    monkeypatch.delenv("KEYRING_PROPERTY_SCHEME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert ours(None)
    (tmp_path / "python_keyring").mkdir()
    (tmp_path / "python_keyring" / "keyringrc.cfg").write_text("")
    assert not ours(None)


def test_key_outlives_the_session(unlocked, run):
    assert run(*INSTALL).code == 0
    unlocked.stop()
    unlocked.start(b"test")
    assert run(*GET).out == "canary-token\n"


def test_each_tenant_has_its_own_key(unlocked, run):
    for tenant in ("default", "acme"):
        assert run("init", "-t", tenant).code == 0
    keys = [
        json.loads(run("key", "status", "--json", "-t", tenant).out)["keys"]
        for tenant in ("default", "acme")
    ]
    assert keys[0][0]["id"] != keys[1][0]["id"]
    assert all(key[0]["available"] for key in keys)


def test_entry_is_never_overwritten(unlocked):
    python("os_keyring.put('a:b', 'one')")
    with pytest.raises(subprocess.CalledProcessError) as failure:
        python("os_keyring.put('a:b', 'two')")
    assert "entries are not overwritten" in failure.value.stderr
    assert python("print(os_keyring.get('a:b'), os_keyring.get('a:c'))") == "one None"


def test_locked_keyring_is_an_error_with_alternatives_and_reading_works(unlocked, run):
    assert run(*INSTALL).code == 0
    unlocked.stop()
    unlocked.start(None)
    for line in (GET, ("init", "-t", "acme")):
        before = time.monotonic()
        told(run(*line), "the OS keyring is locked", f"unlock it, or {WAYS_OUT}")
        assert time.monotonic() - before < 12  # and not for ever; the machine may be busy
    assert run("list", "-o", "names").out == "medium\n"
    assert run("edit", "medium", "--deactivate").code == 0


def test_missing_entry_is_an_error_and_no_key_is_generated(unlocked, run):
    assert run(*INSTALL).code == 0
    name = entry()
    python(f"keyring.delete_password('connectors-cli', {name!r})")
    message = MISSING.format(name.partition(":")[2])
    told(run(*GET), message, RESTORE)
    assert run("init").code in {0, 7}
    told(run("edit", "medium", "--rename", "other"), message, RESTORE)
    assert python(f"print(os_keyring.get({name!r}))") == "None"


def test_entry_with_another_key_is_an_error(unlocked, run):
    assert run(*INSTALL).code == 0
    name, other = entry(), new_key()
    python(f"keyring.set_password('connectors-cli', {name!r}, {other.text!r})")
    wanted = name.partition(":")[2]
    message = f"the OS keyring's entry for key {wanted} contains another key ({other.id})"
    told(run(*GET), message, f"set the right key in {VARIABLE}")


def test_environment_comes_before_the_keyring(unlocked, run, monkeypatch):
    assert run(*INSTALL).code == 0
    needed, other = entry().partition(":")[2], new_key()
    monkeypatch.setenv(VARIABLE, other.text)
    message = f"this tenant is sealed with key {needed}, but {VARIABLE} contains {other.id}"
    told(run(*GET), message, f"provide key {needed}, or unset {VARIABLE} to use another source")
    monkeypatch.setenv(VARIABLE, "")
    told(run(*GET), f"{VARIABLE} is set but empty", "unset it or set a value")


@pytest.fixture
def pause():
    """Stop a process for some seconds, and continue it after the test at the latest."""
    timers = []

    def stop(process, seconds: float) -> None:
        process.send_signal(signal.SIGSTOP)
        timers.append(threading.Timer(seconds, process.send_signal, [signal.SIGCONT]))
        timers[-1].start()

    yield stop
    for timer in timers:
        timer.cancel()
        timer.function(*timer.args)


def test_slow_bus_is_waited_for(unlocked, run, pause):
    pause(unlocked.bus, 2.5)
    done = run(*INSTALL)
    assert done.code == 0, done.err
    pause(unlocked.bus, 2.5)
    assert run(*GET).out == "canary-token\n"


def test_bus_that_is_slow_between_two_calls_is_asked_again(unlocked):
    paused = (
        "import os, signal, threading\n"
        "def pause():\n"
        f"    os.kill({unlocked.bus.pid}, signal.SIGSTOP)\n"
        f"    threading.Timer(1.5, os.kill, [{unlocked.bus.pid}, signal.SIGCONT]).start()\n"
        "print(os_keyring.get('a'))\n"
        "pause(); os_keyring.put('a', 'text')\n"
        "pause(); print(os_keyring.get('a'))\n"
        "pause(); os_keyring.forget('a')\n"
        "print(os_keyring.get('a'))"
    )
    assert python(paused).splitlines() == ["None", "text", "None"]


@pytest.mark.parametrize("part", ["bus", "daemon"])
def test_hanging_keyring_times_out(unlocked, run, pause, part):
    assert run(*INSTALL).code == 0
    pause(getattr(unlocked, part), 30)
    before = time.monotonic()
    message = "the OS keyring did not answer within 5 s: it may be waiting to be unlocked"
    told(run(*GET), message, f"unlock it, or {WAYS_OUT}")
    assert time.monotonic() - before < 9  # 5 s and a start on a busy machine


def test_hanging_keyring_is_asked_only_once(unlocked):
    unlocked.daemon.send_signal(signal.SIGSTOP)
    asked = (
        "import threading; from connectors_cli.errors import KeyProblem\n"
        "os_keyring.SECONDS = 0.5\n"
        "for name in 'abc':\n"
        "    try: os_keyring.get(name)\n"
        "    except KeyProblem as error: print(error.message, threading.active_count())"
    )
    told = "the OS keyring did not answer within 0 s: it may be waiting to be unlocked 2"
    assert python(asked).splitlines() == [told] * 3


def test_bus_without_a_keyring_is_an_error_and_creates_nothing(secret_service, run, tmp_path):
    told(run("init"), "no OS keyring is available")
    assert not (tmp_path / "home" / "store.db").exists()


def test_missing_bus_is_an_error(secret_service, run, monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    told(run("init"), "no OS keyring is available")


@pytest.fixture
def own_backends(monkeypatch, tmp_path):
    """A folder on Python's path with a plaintext backend and one that runs code when loaded."""
    package = tmp_path / "path" / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class PlaintextKeyring(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, name): return None\n"
        "    def set_password(self, service, name, text): open('plain.txt', 'w').write(text)\n"
    )
    (tmp_path / "path" / "evil.py").write_text("open('evil.txt', 'w').write('ran')\n")
    monkeypatch.syspath_prepend(tmp_path / "path")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE)
    return tmp_path


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        (NULL, f"the keyring backend {NULL} is refused: it stores nothing"),
        (PLAINTEXT, NOT_LOADED.format(PLAINTEXT)),
        ("no.such", NOT_LOADED.format("no.such")),
        ("evil.Keyring", NOT_LOADED.format("evil.Keyring")),
        ("keyring.backends.macOS.Keyring", CANNOT_LOAD),
        ("", CANNOT_LOAD),
    ],
)
def test_backend_that_does_not_encrypt_is_refused(own_backends, run, monkeypatch, backend, message):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    told(run("init"), message, WAYS_OUT if backend == NULL else f"unset it, or {WAYS_OUT}")
    assert not (own_backends / "home" / "store.db").exists()
    assert not list(own_backends.glob("*.txt"))
    assert not (own_backends / "user").exists()


def test_plaintext_backend_from_keyrings_settings_is_refused(own_backends, run, monkeypatch):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    folder = own_backends / "user" / ".config" / "python_keyring"
    folder.mkdir(parents=True)
    (folder / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring={PLAINTEXT}\n")
    told(
        run("init"),
        f"the keyring backend {PLAINTEXT} is refused: it does not encrypt what it stores",
    )
    assert not list(own_backends.glob("*.txt"))


def test_a_folder_from_keyrings_settings_is_not_loaded(own_backends, run, monkeypatch):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    folder = own_backends / "user" / ".config" / "python_keyring"
    folder.mkdir(parents=True)
    (own_backends / "more").mkdir()
    (own_backends / "more" / "secretstorage.py").write_text("open('evil.txt', 'w').write('ran')\n")
    (folder / "keyringrc.cfg").write_text(
        f"[backend]\nkeyring-path={own_backends / 'more'}\ndefault-keyring=evil.Keyring\n"
    )
    told(
        run("init"),
        "the keyring backend evil.Keyring is refused: it does not encrypt what it stores",
    )
    (folder / "keyringrc.cfg").write_text(f"[backend]\nkeyring-path={own_backends / 'more'}\n")
    told(run("init"), "no OS keyring is available")
    assert not list(own_backends.glob("*.txt"))


def test_a_backend_that_a_package_brings_along_is_not_loaded(own_backends, run, monkeypatch):
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    about = own_backends / "path" / "evil-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[keyring.backends]\nevil = evil\n")
    told(run("init"), "no OS keyring is available")
    assert not list(own_backends.glob("*.txt"))


def test_erasing_a_tenant_deletes_only_its_key(unlocked, run):
    assert run(*INSTALL).code == 0
    assert run("tenant", "create", "acme").code == 0
    listed = json.loads(run("tenant", "list", "--json").out)
    store_id, keys = entry().partition(":")[0], {row["name"]: row["key_id"] for row in listed}
    done = run("tenant", "remove", "acme", "--purge", "--confirm", "acme")
    assert done.code == 0
    assert f"key {keys['acme']} was removed from the OS keyring" in done.err
    assert python(f"print(os_keyring.get('{store_id}:{keys['acme']}'))") == "None"
    assert run(*GET).out == "canary-token\n"


def kept_keys(service) -> set[str]:
    """Return the ids of the keys in the keyring."""
    code = (
        "c = secretstorage.dbus_init();"
        " items = secretstorage.get_default_collection(c).get_all_items();"
        " print(*[i.get_attributes().get('username', '').rpartition(':')[2] for i in items])"
    )
    return set(python(code).split())


def keys_by_state(run) -> dict[str, str]:
    found = json.loads(run("key", "status", "--json").out)["keys"]
    return {key["state"]: key["id"] for key in found}


def test_rotation_keeps_the_old_key_in_the_keyring_until_prune(unlocked, run):
    assert run(*INSTALL).code == 0
    assert run("key", "rotate").code == 0
    keys = keys_by_state(run)
    assert kept_keys(unlocked) == {keys["retiring"], keys["active"]}
    assert run("key", "prune", "--yes").code == 0
    assert kept_keys(unlocked) == {keys["active"]}
    assert run(*GET).out == "canary-token\n"


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("connectors_cli.services.keys.rotation._switch", {"active", "pending"}),
        ("connectors_cli.services.keys.reseal.Resealer.verify", {"active", "pending"}),
        ("connectors_cli.services.keys.rotation._read_back", {"active", "retiring"}),
    ],
)
def test_killed_rotation_loses_no_key_and_can_be_finished(unlocked, run, monkeypatch, place, left):
    assert run(*INSTALL).code == 0
    with monkeypatch.context() as killed:
        killed.setattr(place, lambda *_args, **_more: os.kill(os.getpid(), signal.SIGKILL))
        assert run("key", "rotate").code == -signal.SIGKILL
    keys = keys_by_state(run)
    assert keys.keys() == left
    assert kept_keys(unlocked) == set(keys.values())
    assert run(*GET).out == "canary-token\n"
    assert run("key", "rotate").code == 0
    assert run("key", "prune", "--yes").code == 0
    assert kept_keys(unlocked) == {keys_by_state(run)["active"]}
    assert run(*GET).out == "canary-token\n"


def test_killed_prune_is_finished_by_the_next(unlocked, run, monkeypatch):
    assert run(*INSTALL).code == 0
    assert run("key", "rotate").code == 0
    with monkeypatch.context() as killed:
        killed.setattr(
            "connectors_cli.services.keys.tenant_keys._forget",
            lambda *_: os.kill(os.getpid(), signal.SIGKILL),
        )
        assert run("key", "prune", "--yes").code == -signal.SIGKILL
    assert len(kept_keys(unlocked)) == 2
    assert run("key", "prune", "--yes").code == 0
    assert kept_keys(unlocked) == {keys_by_state(run)["active"]}
