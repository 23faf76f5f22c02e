"""The OS keyring: only real backends, every call with a time limit, every write read back."""

import os
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from connectors_cli.errors import KeyProblem
from connectors_cli.vault import secret_service

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "connectors-cli"
SECONDS = 5.0
WAYS_OUT = (
    "keep the key in a file: connectors init --key file; or"
    " set CONNECTOR_AUTH_ENCRYPTION_KEY, CONNECTOR_AUTH_ENCRYPTION_KEY_FILE or"
    " CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND, or run in a desktop session (headless Linux:"
    " dbus-run-session with an unlocked gnome-keyring)"
)
REAL_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
_ELSEWHERE = {
    "keyring.backends.macOS.Keyring": "darwin",
    "keyring.backends.Windows.WinVaultKeyring": "win32",
}
"""The systems of the backends that no other system has; to find that out they load a lot."""
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_FAIL = "keyring.backends.fail.Keyring"
_NULL = "keyring.backends.null.Keyring"
_HARMLESS = frozenset({_CHAINER, _FAIL, _NULL})
"""The other backends of keyring: refused by name, or the best one in their place."""
VARIABLE = "PYTHON_KEYRING_BACKEND"
_abandoned: list[threading.Thread] = []
"""Threads that still wait for the keyring; nothing waits for them."""
_SLOW = (TimeoutError, BlockingIOError)
"""The errors of a bus that does not answer, or that too many processes wait for."""
_NOT_LOADED = (ImportError, AttributeError, ValueError, TypeError, RuntimeError)
T = TypeVar("T")


def get(name: str) -> str | None:
    """Return an entry's text, or None if it does not exist.

    Raises:
        KeyProblem: the keyring cannot be used.
    """

    def read() -> str | None:
        found = _directly(lambda: secret_service.read(SERVICE, name))
        return found if found is not None else _read(_ask(_backend), name)

    return _bounded(read)


def put(name: str, text: str) -> None:
    """Create an entry and read it back.

    Raises:
        KeyProblem: the entry exists, or the keyring cannot be used.
    """

    def write() -> str | None:
        backend = _ask(_backend)
        if _read(backend, name) is not None:
            raise KeyProblem(
                "the OS keyring already contains this entry, and entries are not overwritten"
            )
        _ask(lambda: backend.set_password(SERVICE, name, text))
        return _read(backend, name)

    if _bounded(write) != text:
        raise KeyProblem("the OS keyring did not keep the new key", hint=WAYS_OUT)


def forget(name: str) -> None:
    """Delete an entry if it exists.

    Raises:
        KeyProblem: the entry is still there, or the keyring cannot be used.
    """

    def remove() -> bool:
        backend = _ask(_backend)
        if _read(backend, name) is not None:
            _ask(lambda: backend.delete_password(SERVICE, name))
        return _read(backend, name) is None

    if not _bounded(remove):
        raise KeyProblem("the OS keyring did not delete the entry", hint="unlock it and try again")


def backend_name() -> str:
    """Return the class name of the backend; KeyProblem if there is no real backend."""

    def look() -> str:
        is_there = _directly(secret_service.is_available)
        return secret_service.BACKEND if is_there else _class_name(_ask(_backend))

    return _bounded(look)


def _read(backend: "KeyringBackend", name: str) -> str | None:
    return _ask(lambda: backend.get_password(SERVICE, name))


def _directly(question: Callable[[], T]) -> T | None:
    """Return what the Secret Service answers without keyring, None to ask keyring instead."""
    _check_named()
    if not secret_service.is_chosen(os.environ.get(VARIABLE)):
        return None
    try:
        return _ask(question)
    except Exception:  # noqa: BLE001 - keyring meets it again, and _explain sorts it
        return None


def _ask(question: Callable[[], T]) -> T:
    """Return the answer to a question; repeat it while the bus is slow.

    jeepney gives up on its handshake after 1 s. Nothing was sent by then, so nothing is done
    twice. `_bounded` sets the time limit.
    """
    while True:
        try:
            return question()
        except _SLOW:
            time.sleep(0.05)


def _bounded(work: Callable[[], T]) -> T:
    """Run `work` in a daemon thread with a time limit, because a locked keyring can wait forever.

    A keyring that did not answer is not asked again until it has: each question would take as long.
    """
    if any(thread.is_alive() for thread in _abandoned):
        raise _no_answer()
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - every backend has its own; _explain sorts them
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if failed:
        raise _explain(failed[0]) from None
    if not done:
        _abandoned.append(thread)
        raise _no_answer()
    return done[0]


def _no_answer() -> KeyProblem:
    return KeyProblem(
        f"the OS keyring did not answer within {SECONDS:.0f} s: it may be waiting to be unlocked",
        hint=f"unlock it, or {WAYS_OUT}",
    )


def _backend() -> "KeyringBackend":
    """Return the backend that is named, else the best one; load none but the allowed ones."""
    _check_named()
    named = os.environ[VARIABLE] if VARIABLE in os.environ else _configured()
    if named is None or named == _CHAINER:
        return _best()
    if named == _FAIL:
        raise KeyProblem("no OS keyring is available", hint=WAYS_OUT)
    if named and named not in REAL_BACKENDS:
        what = "stores nothing" if named == _NULL else "does not encrypt what it stores"
        raise KeyProblem(f"the keyring backend {named[:100]} is refused: it {what}", hint=WAYS_OUT)
    from keyring.core import load_keyring

    return load_keyring(named)


def _best() -> "KeyringBackend":
    """Return the backend that fits this system best; raise one of _SLOW while it does not answer.

    Unlike keyring, which also loads the backends of every package that is installed.
    """
    found, slow = [], None
    for name in sorted(REAL_BACKENDS):
        if _ELSEWHERE.get(name, sys.platform) != sys.platform:
            continue
        module, _, kind = name.rpartition(".")
        try:
            backend = getattr(import_module(module), kind)
            found.append((float(backend.priority), name, backend))
        except _SLOW as error:
            slow = error
        except Exception:  # noqa: BLE001, S112 - each system lacks the others, each in its own way
            continue
    if found:
        best: KeyringBackend = max(found)[2]()
        return best
    if slow is not None:
        raise slow
    raise KeyProblem("no OS keyring is available", hint=WAYS_OUT)


def _configured() -> str | None:
    """Return the backend that keyring's settings name; a path that they add is not used."""
    from configparser import Error, RawConfigParser

    from keyring.util import platform_

    path = os.path.join(platform_.config_root(), "keyringrc.cfg")
    parser = RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
        return parser.get("backend", "default-keyring", fallback="").strip() or None
    except (Error, OSError, ValueError):
        raise KeyProblem(f"keyring's settings cannot be read: {path}", hint=WAYS_OUT) from None


def _check_named() -> None:
    """Refuse an unknown backend before its module runs, and load none where there is no bus."""
    named = os.environ.get(VARIABLE)
    if named is None and secret_service.is_chosen(None) and not secret_service.may_exist():
        raise KeyProblem("no OS keyring is available", hint=WAYS_OUT)
    if named and named not in REAL_BACKENDS | _HARMLESS:
        raise KeyProblem(
            f"{VARIABLE} names {named[:100]}, which is not loaded: it is not one of the operating"
            " system's keyrings and could store keys in plain text",
            hint=f"unset it, or {WAYS_OUT}",
        )


def _class_name(backend: object) -> str:
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}"


def _explain(error: BaseException) -> KeyProblem:
    if isinstance(error, KeyProblem):
        return error
    if isinstance(error, _NOT_LOADED) and VARIABLE in os.environ:
        return KeyProblem(
            f"{VARIABLE} names a backend that cannot be loaded", hint=f"unset it, or {WAYS_OUT}"
        )
    name = type(error).__name__
    if name in {"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"}:
        return KeyProblem("the OS keyring is locked", hint=f"unlock it, or {WAYS_OUT}")
    if isinstance(error, OSError | RuntimeError):  # no backend, or the bus is gone
        return KeyProblem("no OS keyring is available", hint=WAYS_OUT)
    return KeyProblem(f"the OS keyring failed ({name})", hint=WAYS_OUT)
