"""A real PostgreSQL server in a temporary folder, on loopback."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# What is in it need not outlive the machine.
_FAST = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"),
    *("max_connections=60", "shared_buffers=32MB", "max_wal_size=4GB"),
)


def programs() -> str | None:
    """Return the folder of the server's programs, None if it is not installed."""
    found = shutil.which("initdb")
    if found:
        return str(Path(found).parent)
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return str(Path(places[-1]).parent) if places else None


class Server:
    """A running server whose tests each get a database of their own."""

    def __init__(self, port: int, folder: str) -> None:
        self.port = port
        self.folder = folder
        self._connection: psycopg.Connection | None = None

    def url(self, database: str = "postgres", user: str = "owner") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def create(self, options: str = "", *, name: str = "") -> str:
        """Create a database with the options of CREATE DATABASE; return its name."""
        name = name or new_name()
        self._administer(f"CREATE DATABASE {name} {options}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database if it exists, whoever is connected to it."""
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(self.url(), autocommit=True)
        self._connection.execute(statement)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def new_name() -> str:
    """Return a name for a database."""
    return f"t{uuid.uuid4().hex}"


@contextmanager
def serving_tls(bin_folder: str, certificate: Path, key: Path) -> Iterator[Server]:
    """Yield a server that offers TLS with a certificate and its key."""
    with serving(bin_folder) as server:
        for file, name in ((certificate, "server.crt"), (key, "server.key")):
            place = Path(server.folder, "data", name)
            place.write_bytes(file.read_bytes())
            place.chmod(0o600)
            owner = Path(server.folder, "data").stat()
            os.chown(place, owner.st_uid, owner.st_gid)
        server.execute("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
        yield server


@contextmanager
def serving(bin_folder: str, *options: str) -> Iterator[Server]:
    """Yield a server that runs while the context lasts; options are of its configuration."""
    folder = tempfile.mkdtemp(prefix="pg-")
    os.chmod(folder, 0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user = _other_user(folder)

    def call(program: str, *arguments: str) -> None:
        line = [f"{bin_folder}/{program}", *arguments]
        subprocess.run(line, check=True, capture_output=True, user=as_user, cwd=folder, timeout=120)

    data = f"{folder}/data"
    call(
        *("initdb", "-D", data, "-U", "owner", "-A", "trust", "--no-sync"),
        *("-E", "UTF8", "--locale=C"),
    )
    given = " ".join(f"-c {option}" for option in (*_FAST, *options))
    started = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {given}"
    call("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", started, "start")
    server = Server(port, folder)
    try:
        yield server
    finally:
        server.close()
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _other_user(folder: str) -> int | None:
    """Return the user who runs the server instead of root, which it refuses."""
    if os.geteuid() != 0:
        return None
    import pwd

    user = pwd.getpwnam("postgres" if _exists("postgres") else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_uid


def _exists(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
