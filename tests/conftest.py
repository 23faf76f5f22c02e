"""Every test has its own home and its own key, no OS keyring, and no network but loopback."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from made import Made
from secret_service import MISSING, SecretService
from surroundings import IN_CI

from connectors_cli.__main__ import main
from connectors_cli.services import tenants
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.settings import Settings
from connectors_cli.vault import new_key
from connectors_cli.workspace import Workspace

# The same examples in every run; HYPOTHESIS_PROFILE=search looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# A test run in the background, or under nohup, would hand on that these are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _name in ("SIGHUP", "SIGQUIT"):
    if hasattr(signal, _name):
        signal.signal(getattr(signal, _name), signal.SIG_DFL)

Run = Callable[..., SimpleNamespace]
NOBODY = 65534
SITE = "https://blog.example.com"
# What a store of several tenants holds: (tenant, name, type, status, tags, account_label).
STOCK = (
    ("default", "blog", "wordpress", "active", ("prod", "eu"), "Company blog"),
    ("default", "Café ☕", "wordpress", "active", ("prod",), "[bold red]Ann[/] \x1b[31m\u202e"),
    ("default", "=1+1", "wordpress", "inactive", (), "=cmd|' /C calc'!A0"),
    ("default", "100%_off", "wordpress", "inactive", ("50%_off",), 'quote " comma , tab \t'),
    ("default", "x", "twitter", "active", (), None),
    ("acme", "blog", "wordpress", "active", ("acme",), "ACME-ONLY"),
    ("acme", "hidden", "twitter", "active", (), "ACME-ONLY"),
)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home and a key of its own, and take every other source away."""
    for name in list(os.environ):
        if name.startswith(("CONNECTOR", "XDG_", "DBUS_")) or name in {"CI", "NO_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "keyring"]:
        del sys.modules[name]  # it keeps the backend of the environment it was loaded in
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CONNECTORS_USER_EMAIL", "tester@example.com")
    monkeypatch.setenv("CONNECTORS_USER_NAME", "Tester")
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", new_key().text)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def settings(isolated: None) -> Settings:
    """The settings of the test's own home."""
    return Settings(os.environ)


@pytest.fixture
def ws(settings: Settings) -> Iterator[Workspace]:
    """A workspace on a new store."""
    tenants.init(settings)
    workspace = Workspace(settings)
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A store with STOCK in it, made once: its environment."""
    environ = {
        "CONNECTORS_HOME": str(tmp_path_factory.mktemp("stock") / "home"),
        "CONNECTORS_USER_EMAIL": "tester@example.com",
        "CONNECTORS_USER_NAME": "Tester",
        "CONNECTOR_AUTH_ENCRYPTION_KEY": f"{new_key().text},{new_key().text}",
    }
    for tenant in ("default", "acme"):
        settings = Settings(environ, tenant=tenant)
        tenants.init(settings)
        workspace = Workspace(settings)
        for owner, name, type_key, status, tags, label in STOCK:
            if owner == tenant:
                wanted = _stocked(name, type_key, status, tags, label)
                install_connector(workspace, wanted)
        workspace.close()
    return environ


def _stocked(name: str, type_key: str, status: str, tags: tuple, label: str | None) -> Wanted:
    config = {"account_label": label} if label else {}
    if type_key == "wordpress":
        auth = {"username": "alice", "application_password": f"canary-{name}"}
        return Wanted(type_key, name, {**config, "site_url": SITE}, auth, tags, status)
    return Wanted(type_key, name, {**config, "client_id": "sample-client"}, {}, tags, status)


@pytest.fixture
def stocked(isolated: None, stock: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the store of several tenants, for tests that only read."""
    for name, value in stock.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process; the result has code, out and err."""

    def run_line(*line: str) -> SimpleNamespace:
        capfd.readouterr()
        code = main([str(word) for word in line])
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run_line


@pytest.fixture
def spawn() -> Run:
    """Run a command line as a process of its own, in a pipe; extra environment as keywords."""

    def spawn_line(*line: str, stdin: str | bytes | None = None, **environ: str) -> SimpleNamespace:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "connectors_cli", *map(str, line)],
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            env={**os.environ, **environ},
            timeout=60,
            check=False,
        )
        return SimpleNamespace(
            code=done.returncode,
            out=done.stdout.decode("utf-8", "replace"),
            err=done.stderr.decode("utf-8", "replace"),
        )

    return spawn_line


@pytest.fixture
def at() -> Callable[..., Any]:
    """Run a command line at another time than now."""
    program = shutil.which("faketime")
    if program is None:
        assert not IN_CI, "CI runs without faketime"
        pytest.skip("no faketime here")

    def run_line(date: str, *line: str) -> subprocess.CompletedProcess[str]:
        command = [program, "-f", date, sys.executable, "-m", "connectors_cli", *line]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )

    return run_line


@pytest.fixture
def terminal() -> Run:
    """Run a command line with a terminal for its input and output; its errors in a pipe."""
    pty = pytest.importorskip("pty")

    def spawn_line(*line: str, columns: int = 80, **environ: str) -> SimpleNamespace:
        outer, inner = pty.openpty()
        _resize(inner, columns)
        process = subprocess.Popen(
            [sys.executable, "-m", "connectors_cli", *map(str, line)],
            stdin=inner,
            stdout=inner,
            stderr=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color", **environ},
        )
        os.close(inner)
        out = _read_terminal(outer)
        _, err = process.communicate(timeout=60)
        return SimpleNamespace(
            code=process.returncode,
            out=out.decode("utf-8", "replace").replace("\r\n", "\n"),
            err=err.decode("utf-8", "replace"),
        )

    return spawn_line


def _resize(descriptor: int, columns: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def _read_terminal(descriptor: int) -> bytes:
    read = b""
    try:
        while chunk := os.read(descriptor, 65536):
            read += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(descriptor)
    return read


@pytest.fixture(scope="session")
def blog_made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The store of `blog`, made once."""
    made = Made(tmp_path_factory.mktemp("blog"), BLOG_PASSWORD="canary-password")
    made.run(
        *("install", "wordpress", "--name", "blog", "--activate", "--tag", "prod"),
        *("--set", f"site_url={SITE}", "--set", "username=alice"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    )
    return made


@pytest.fixture
def blog(blog_made: Made, isolated: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """An active WordPress connector named blog, its password `canary-password`."""
    blog_made.copy(monkeypatch)
    return "blog"


@pytest.fixture
def secret_service(isolated: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A bus for the test alone, on which a real keyring can be started; it is the key's source."""
    if MISSING:
        assert not IN_CI, f"CI runs without {', '.join(MISSING)}"
        pytest.skip(f"no {', '.join(MISSING)} here")
    service = SecretService()
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    yield service
    service.close()


@pytest.fixture
def server() -> Iterator[Any]:
    """A service that connectors sign in to."""
    from authorization_server import AuthorizationServer

    with AuthorizationServer() as made:
        yield made


@pytest.fixture
def news(run: Run, server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """An active connector, named news, that was signed in there with the browser."""
    import signed_in

    monkeypatch.setenv("BROWSER", signed_in.BROWSER)
    signed_in.add_type(run, server)
    assert signed_in.install(run, server, "news", "--auth", "browser").code == 0
    return "news"


@pytest.fixture
def as_nobody(
    monkeypatch: pytest.MonkeyPatch, blog: str, settings: Settings
) -> Iterator[tuple[Path, Run]]:
    """The store of a plain user, in a folder of his, and a way to run commands as that user."""
    if os.name != "posix":
        pytest.skip("modes are POSIX's")
    place = Path(tempfile.mkdtemp(prefix="connectors-"))
    home = place / "home"
    shutil.copytree(settings.home, home)
    place.chmod(0o755)
    who = []
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may write anywhere, and setpriv is not here")
        who = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        for file in (place, home, *home.rglob("*")):
            os.chown(file, NOBODY, NOBODY)
        with closing(sqlite3.connect(home / "store.db")) as connection, connection:
            connection.execute("UPDATE members SET principal = ?", (_name_of(NOBODY),))
    monkeypatch.setenv("CONNECTORS_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))

    def run_as(*line: str) -> SimpleNamespace:
        command = [*who, sys.executable, "-m", "connectors_cli", *line]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "No module named" in done.stderr or "Permission denied: '/" in done.stderr:
            pytest.skip("a plain user cannot read this checkout")
        return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)

    yield home, run_as
    for file in (home, *home.rglob("*")):
        file.chmod(0o700)
    shutil.rmtree(place)


def _name_of(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid-{user}"


@pytest.fixture
def sign_in(server: object) -> Iterator[Callable[..., object]]:
    """Sign in at the server, by oauth itself; keywords are of the type's oauth."""
    from authorization_server import AUTH, config_for, entry_for
    from people import Person

    from connectors_cli import oauth

    people = []

    def signed_in(person=None, options=None, config=None, auth=AUTH, **said):
        people.append(person or Person())
        options = options or oauth.Options(open_browser=False, timeout=10)
        config = {**config_for(server), **(config or {})}
        return oauth.sign_in(entry_for(server, **said), config, auth, options, people[-1])

    yield signed_in
    for person in people:
        person.done()
