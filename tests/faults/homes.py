"""A throw-away home with a store, and the program run in it: forked, or as a command line."""

import importlib
import json
import os
import pkgutil
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import connectors_cli
from connectors_cli.__main__ import main
from connectors_cli.vault.seal import new_key
from support.processes import finish, fork

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("CONNECTOR", "XDG_", "DBUS_", "PYTHON_KEYRING", "CI", "NO_COLOR", "COLUMNS")
EXPORT = ("export", "--all", "--secrets", "plain", "--format", "json", "--yes")
SHOWN = ("name", "type", "status", "tags", "config", "auth")
Contents = dict[str, dict[str, object]]


class Home:
    """A home folder and the environment that points to it."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.path = folder / "home" / "store.db"
        self.given = {KEY: new_key().text, **environ}
        self.environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith(FOREIGN)},
            "CONNECTORS_HOME": str(self.path.parent),
            "CONNECTORS_USER_EMAIL": "tester@example.com",
            "CONNECTORS_USER_NAME": "Tester",
            "HOME": str(folder / "user"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            **self.given,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def copy(self, folder: Path) -> "Home":
        """Return another home with a copy of the store, and the same key."""
        other = Home(folder, **self.given)
        if self.path.parent.exists():
            shutil.copytree(self.path.parent, other.path.parent)
        return other

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def work(self, *line: object, **environ: str) -> Callable[[], int]:
        """Return a command line as work for a forked process."""

        def run() -> int:
            os.environ.clear()
            os.environ.update({**self.environ, **environ})
            sys.argv = ["connectors", *map(str, line)]
            return main()

        return run

    def run(self, *line: object, **environ: str) -> SimpleNamespace:
        """Run a command line in a forked process; the result has code, out and err."""
        return self.finished(self.work(*line, **environ))

    def run_as(
        self, prepare: Callable[[], object], *line: object, **environ: str
    ) -> SimpleNamespace:
        """Run a command line in a forked process that something was done to before."""
        work = self.work(*line, **environ)

        def prepared() -> int:
            prepare()
            return work()

        return self.finished(prepared)

    def finished(self, work: Callable[[], int]) -> SimpleNamespace:
        """Do some work in a forked process; the result has code, out and err."""
        files = [self.folder / "out", self.folder / "err"]
        code = finish(fork(work, *map(str, files)))
        done = SimpleNamespace(code=code, out=files[0].read_text(), err=files[1].read_text())
        for file in files:
            file.unlink()
        return done

    def must(self, *line: object, **environ: str) -> SimpleNamespace:
        """Run a command line that must succeed."""
        done = self.run(*line, **environ)
        if done.code:
            raise AssertionError(f"{line} ended with {done.code}: {done.err}")
        return done

    def command(self, *line: object, **environ: str) -> "subprocess.Popen[str]":
        """Start a command line as a user does."""
        return subprocess.Popen(
            [sys.executable, "-m", "connectors_cli", *map(str, line)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environ, **environ},
            text=True,
        )

    def fill(self, count: int) -> None:
        """Install connectors c0, c1 ..., each with its own token."""
        items = [
            {
                "name": f"c{n}",
                "type": "medium",
                "status": "active",
                "tags": ["prod"],
                "config": {"account_label": f"label {n}"},
                "auth": {"integration_token": f"token-of-c{n}"},
            }
            for n in range(count)
        ]
        self.must("init")
        self.must("apply", "--allow-plain", "--yes", "-f", self.declare(items))

    def declare(self, items: list[dict[str, object]]) -> Path:
        """Write a file of connectors; return its path."""
        file = self.folder / "declared.json"
        file.write_text(json.dumps({"owner": "faults", "connectors": items}))
        file.chmod(0o600)
        return file

    def contents(self) -> Contents:
        """Return every connector with its credentials, as the program reads them."""
        told = json.loads(self.must(*EXPORT).out)["connectors"]
        live = "SELECT COUNT(*) FROM connectors WHERE tenant_id = 'default' AND deleted_at IS NULL"
        if self.query(live) != [(len(told),)]:
            raise AssertionError(f"an export of all contains {len(told)} connectors only")
        return {item["name"]: {name: item.get(name) for name in SHOWN} for item in told}

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")  # an attacker would
            return connection.execute(sql, parameters).fetchall()

    def is_whole(self) -> bool:
        """Return whether the file passes SQLite's integrity check."""
        try:
            checks = self.query("PRAGMA integrity_check"), self.query("PRAGMA foreign_key_check")
        except sqlite3.DatabaseError:
            return False
        return checks == ([("ok",)], [])


def warm() -> None:
    """Import the program once, so that forked processes need not."""
    for module in pkgutil.walk_packages(connectors_cli.__path__, "connectors_cli."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("alembic.command")
