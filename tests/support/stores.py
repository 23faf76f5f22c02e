"""A store that is created once by command lines; each test works on a copy."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors_cli.__main__ import main
from connectors_cli.services.opener import Opener
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.sealed import stored_connectors
from connectors_cli.vault.key_sources import find_source
from connectors_cli.vault.seal import Cipher, Key, new_key
from support.postgres_server import Server

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


class ServerStore:
    """A connection to a store on a server that takes `?` for parameters, as SQLite's does."""

    def __init__(self, url: str) -> None:
        self.raw = psycopg.connect(url)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        return self.raw.execute(sql.replace("?", "%s"), parameters)

    def commit(self) -> None:
        self.raw.commit()

    def close(self) -> None:
        self.raw.close()


def connect() -> Any:
    """Connect to the test's store, of either kind, to look into it or to alter it by SQL."""
    url = os.environ.get("CONNECTORS_STORE", "")
    if url.startswith("postgresql://"):
        return ServerStore(url)
    return sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")


def reseal(connection: Any, name: str, dialect: str = "sqlite") -> None:
    """Seal a connector as it is now, with the key in the environment: a test altered it by SQL."""
    if isinstance(connection, ServerStore):
        connection, dialect = connection.raw, "postgresql"
    db = Database(connection, dialect, "the store")
    (row_id, tenant), cipher = _place(db, name), Cipher(Key(os.environ[KEY].split(",")[0]))
    opener = Opener(db, lambda: find_source(os.environ, ""))
    row = stored_connectors(db, tenant, (row_id,))[row_id]
    db.write(
        "UPDATE connectors SET auth_mac = ? WHERE id = ?", [(seal(opener, row, cipher), row_id)]
    )


def seal(opener: Opener, row: dict[str, Any], cipher: Cipher) -> str:
    """Return the seal of a row of the store as it is, its revision unchanged."""
    return cipher.row_seal(opener.sealed(row))


def _place(db: Database, name: str) -> tuple[str, str]:
    row = db.one("SELECT id, tenant_id FROM connectors WHERE name = ?", (name,))
    assert row is not None
    return row[0], row[1]


class TemplateStore:
    """A store that command lines created once, to copy for each test."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.home = folder / "home"
        self.environ = {KEY: new_key().text, **environ}
        self._lines: list[list[str]] = []
        self._database = ""

    def run(self, *line: object) -> None:
        self._lines.append([str(word) for word in line])
        self._run(self._lines[-1])

    def copy(self, patch: pytest.MonkeyPatch) -> Path:
        """Copy the store into the test's own home; return its path."""
        self._set(patch)
        home = Path(os.environ["CONNECTORS_HOME"])
        shutil.copytree(self.home, home)
        return home / "store.db"

    def copy_database(self, patch: pytest.MonkeyPatch, server: Server) -> None:
        """Copy the store, made once more on a server, into the database that is the test's own."""
        if not self._database:
            self._database = server.create()
            for line in self._lines:
                self._run(line, CONNECTORS_STORE=server.url(self._database))
        self._set(patch)
        own = os.environ["CONNECTORS_STORE"].rpartition("/")[2]
        server.create(f"TEMPLATE {self._database}", name=own)

    def _run(self, line: list[str], **environ: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            self._set(patch)
            patch.setenv("CONNECTORS_HOME", str(self.home))
            patch.delenv("CONNECTORS_STORE", raising=False)
            for name, value in environ.items():
                patch.setenv(name, value)
            assert main(line) == 0

    def _set(self, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("CONNECTORS_USER_EMAIL", "tester@example.com")
        patch.setenv("CONNECTORS_USER_NAME", "Tester")
        for name, value in self.environ.items():
            patch.setenv(name, value)
