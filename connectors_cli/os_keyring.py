"""The OS keyring: real backends only, every call bounded in time, what is written read back."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from connectors_cli.errors import KeyProblem

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "connectors-cli"
SECONDS = 5.0
WAYS_OUT = (
    "set CONNECTOR_AUTH_ENCRYPTION_KEY, CONNECTOR_AUTH_ENCRYPTION_KEY_FILE or"
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
# Those that keyring has besides; loaded to be told apart, and refused.
_HARMLESS = frozenset(
    {
        "keyring.backends.chainer.ChainerBackend",
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
    }
)
VARIABLE = "PYTHON_KEYRING_BACKEND"
_given_up: list[threading.Thread] = []
"""What waits for the keyring still, and is waited for no longer."""
_NOT_LOADED = (ImportError, AttributeError, ValueError, TypeError, RuntimeError)
T = TypeVar("T")


def get(name: str) -> str | None:
    """Return an entry's text, None when the keyring has no such entry; KeyProblem when unusable."""
    return _bounded(lambda: _backend().get_password(SERVICE, name))


def put(name: str, text: str) -> None:
    """Write an entry that is not there yet and read it back; KeyProblem when that fails."""

    def write() -> str | None:
        backend = _backend()
        if backend.get_password(SERVICE, name) is not None:
            raise KeyProblem("the OS keyring has that entry already: entries are not overwritten")
        backend.set_password(SERVICE, name, text)
        return backend.get_password(SERVICE, name)

    if _bounded(write) != text:
        raise KeyProblem("the OS keyring did not keep the new key", hint=WAYS_OUT)


def forget(name: str) -> None:
    """Remove an entry, if it is there, and look again; KeyProblem when it stays."""

    def remove() -> bool:
        backend = _backend()
        if backend.get_password(SERVICE, name) is not None:
            backend.delete_password(SERVICE, name)
        return backend.get_password(SERVICE, name) is None

    if not _bounded(remove):
        raise KeyProblem("the OS keyring did not give the entry up", hint="unlock it and try again")


def backend_name() -> str:
    """Return the class of the backend in use; KeyProblem when there is no real one."""
    return _bounded(lambda: _class_name(_backend()))


def _bounded(work: Callable[[], T]) -> T:
    """Run `work` in a thread that cannot keep the program: a locked keyring can wait for ever.

    One that did not answer is not asked anew until it has: each question would take as long.
    """
    if any(thread.is_alive() for thread in _given_up):
        raise _no_answer()
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - every backend has its own; told apart below
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if failed:
        raise _explain(failed[0]) from None
    if not done:
        _given_up.append(thread)
        raise _no_answer()
    return done[0]


def _no_answer() -> KeyProblem:
    return KeyProblem(
        f"the OS keyring did not answer in {SECONDS:.0f} s: it may be waiting to be unlocked",
        hint=f"unlock it, or {WAYS_OUT}",
    )


def _backend() -> "KeyringBackend":
    _check_named()
    import keyring

    backend = keyring.get_keyring()
    candidates = getattr(backend, "backends", None) or [backend]
    for candidate in candidates:
        if _class_name(candidate) in REAL_BACKENDS:
            real: KeyringBackend = candidate
            return real
    name = _class_name(backend)
    if name == "keyring.backends.fail.Keyring":
        raise KeyProblem("there is no OS keyring here", hint=WAYS_OUT)
    what = "stores nothing" if ".null." in name else "is not one that keeps secrets sealed"
    raise KeyProblem(f"the keyring backend {name} {what}: refused", hint=WAYS_OUT)


def _check_named() -> None:
    """Refuse a backend of somebody's own before its module is run."""
    named = os.environ.get(VARIABLE)
    if named and named not in REAL_BACKENDS | _HARMLESS:
        raise KeyProblem(
            f"{VARIABLE} names {named[:100]}, which is not loaded: it is not one of the operating"
            " system's keyrings, and could keep keys in clear",
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
    if isinstance(error, OSError | RuntimeError):  # no backend, or a bus that is gone
        return KeyProblem("there is no OS keyring here", hint=WAYS_OUT)
    return KeyProblem(f"the OS keyring failed ({name})", hint=WAYS_OUT)
