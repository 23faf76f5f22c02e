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

from connectors_cli.__main__ import main
from connectors_cli.audit.roles import Action
from connectors_cli.services import connector_row, tenants
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.write import connectors as rows
from connectors_cli.vault.seal import new_key
from support import postgres_server
from support.ci import skip_without
from support.secret_service import MISSING, SecretService
from support.stores import TemplateStore

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
_AMBIENT = frozenset({"CI", "GITHUB_ACTIONS", "NO_COLOR", "COLUMNS"})
# What a Python says whose files, or the program's, another user may not read.
OUT_OF_REACH = ("No module named", "Permission denied: '/", "loading shared libraries")
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


ON_BOTH = frozenset(
    f"test_{name}.py"
    for name in (
        *(
            "connectors",
            "editor",
            "export",
            "key",
            "list",
            "log",
            "member",
            "preset",
            "purpose",
            "rotation",
            "run",
        ),
        *("tenant", "workspace", "workspace_gate"),
    )
)
"""The files whose tests of stores run on SQLite and on PostgreSQL."""
STORES = frozenset({"ws", "blog", "news"})
"""The fixtures that are stores of either kind."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on PostgreSQL, too, unless it looks into a SQLite file (marker `sqlite`)."""
    stores = STORES.intersection(metafunc.fixturenames)
    is_of_stores = metafunc.definition.path.name in ON_BOTH and stores
    if is_of_stores and metafunc.definition.get_closest_marker("sqlite") is None:
        slow = pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.slow))
        metafunc.parametrize("database_kind", ["sqlite", slow], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts a real Secret Service, before the marks are selected by."""
    for item in items:
        if "secret_service" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database the test's store is in: `sqlite` or `postgres`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(autouse=True)
def isolated(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database_kind: str,
) -> Iterator[None]:
    """Give the test a home and a key of its own, and take every other source away."""
    _isolate(tmp_path, monkeypatch)
    if database_kind == "sqlite":
        yield
        return
    server, name = request.getfixturevalue("postgres"), postgres_server.new_name()
    monkeypatch.setenv("CONNECTORS_STORE", server.url(name))
    yield
    server.drop(name)


def _isolate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        is_proxy = name.lower().endswith("_proxy")
        if name.startswith(("CONNECTOR", "XDG_", "DBUS_")) or name in _AMBIENT or is_proxy:
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


@pytest.fixture(scope="session")
def new_template(tmp_path_factory: pytest.TempPathFactory) -> TemplateStore:
    """A new store, created once."""
    made = TemplateStore(tmp_path_factory.mktemp("new"))
    made.run("init")
    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server, one for all tests of a worker."""
    programs = postgres_server.programs() if sys.platform != "win32" else None
    if programs is None:
        skip_without("PostgreSQL's initdb and pg_ctl (package postgresql)")
    with postgres_server.serving(programs) as server:
        yield server


Copy = Callable[[TemplateStore], None]


@pytest.fixture
def copy_store(
    request: pytest.FixtureRequest,
    isolated: None,
    database_kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Copy:
    """Copy a template to where the test's store is: its home, or its own database."""

    def copy(template: TemplateStore) -> None:
        if database_kind == "sqlite":
            template.copy(monkeypatch)
        else:
            template.copy_database(monkeypatch, request.getfixturevalue("postgres"))

    return copy


@pytest.fixture
def database(postgres: Any, isolated: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an empty database on the server, which is the store."""
    name = postgres.create()
    monkeypatch.setenv("CONNECTORS_STORE", postgres.url(name))
    yield name
    postgres.drop(name)


@pytest.fixture
def ws(new_template: TemplateStore, settings: Settings, copy_store: Copy) -> Iterator[Workspace]:
    """A workspace on a new store."""
    copy_store(new_template)
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
                install_connector(workspace, _stocked(name, type_key, status, tags))
                _label(workspace, name, label)
        workspace.close()
    return environ


def _label(workspace: Workspace, name: str, label: str | None) -> None:
    """Give a connector any label, also one that only older programs accepted."""
    if label is not None:
        with workspace.change(Action.CONNECTOR_UPDATE, name) as db:
            row = connector_row.find(db, workspace, name)
            row.config = {"account_label": label, **row.config}
            rows.save(db, row)


def _stocked(name: str, type_key: str, status: str, tags: tuple) -> Wanted:
    if type_key == "wordpress":
        auth = {"username": "alice", "application_password": f"canary-{name}"}
        return Wanted(type_key, name, {"site_url": SITE}, auth, tags, status)
    return Wanted(type_key, name, {"client_id": "sample-client"}, {}, tags, status)


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
        skip_without("faketime")

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
def blog_made(tmp_path_factory: pytest.TempPathFactory) -> TemplateStore:
    """The store of `blog`, made once."""
    made = TemplateStore(tmp_path_factory.mktemp("blog"), BLOG_PASSWORD="canary-password")
    made.run(
        *("install", "wordpress", "--name", "blog", "--activate", "--tag", "prod"),
        *("--set", f"site_url={SITE}", "--set", "username=alice"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    )
    return made


@pytest.fixture
def blog(blog_made: TemplateStore, copy_store: Copy) -> str:
    """An active WordPress connector named blog, its password `canary-password`."""
    copy_store(blog_made)
    return "blog"


@pytest.fixture
def secret_service(isolated: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A bus for the test alone, on which a real keyring can be started; it is the key's source."""
    if MISSING:
        skip_without(f"{', '.join(MISSING)} (packages gnome-keyring and dbus)")
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
    from support.oauth_server import AuthorizationServer

    with AuthorizationServer() as made:
        yield made


@pytest.fixture(scope="session")
def example_template(tmp_path_factory: pytest.TempPathFactory) -> TemplateStore:
    """A store with the type `example`, created once."""
    from support import oauth_connectors

    folder = tmp_path_factory.mktemp("example")
    made = TemplateStore(folder)
    made.run("catalog", "add", oauth_connectors.write_type(folder))
    return made


@pytest.fixture
def news(
    example_template: TemplateStore,
    run: Run,
    server: Any,
    copy_store: Copy,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """An active connector, named news, that was signed in there with the browser."""
    from support import oauth_connectors

    monkeypatch.setenv("BROWSER", oauth_connectors.BROWSER)
    copy_store(example_template)
    assert oauth_connectors.install(run, server, "news", "--auth", "browser").code == 0
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
            pytest.skip("needs setpriv where the tests run as root")
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
        if any(said in done.stderr for said in OUT_OF_REACH):
            pytest.skip("needs a checkout and a Python that a plain user can read")
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
    from connectors_cli.oauth import actions
    from connectors_cli.oauth.contract import Options
    from support.oauth_server import AUTH, config_for, entry_for
    from support.sign_in_dialogs import Person

    people = []

    def signed_in(person=None, options=None, config=None, auth=AUTH, **said):
        people.append(person or Person())
        options = options or Options(open_browser=False, timeout=10)
        config = {**config_for(server), **(config or {})}
        return actions.sign_in(entry_for(**said), config, auth, options, people[-1])

    yield signed_in
    for person in people:
        person.done()
