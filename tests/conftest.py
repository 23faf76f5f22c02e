"""Every test has its own home and its own key, no OS keyring, and no network but loopback."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors_cli.__main__ import main
from connectors_cli.services import tenants
from connectors_cli.settings import Settings
from connectors_cli.vault import new_key
from connectors_cli.workspace import Workspace

Run = Callable[..., SimpleNamespace]
SITE = "https://blog.example.com"


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home and a key of its own, and take every other source away."""
    for name in list(os.environ):
        if name.startswith(("CONNECTOR", "XDG_", "DBUS_")) or name in {"CI", "NO_COLOR"}:
            monkeypatch.delenv(name)
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

    def spawn_line(
        *line: str, stdin: str | bytes | None = None, **environ: str
    ) -> SimpleNamespace:
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
def blog(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """An active WordPress connector named blog, its password `canary-password`."""
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")
    done = run(
        *("install", "wordpress", "--name", "blog", "--activate", "--tag", "prod"),
        *("--set", f"site_url={SITE}", "--set", "username=alice"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    )
    assert done.code == 0, done.err
    return "blog"
