"""A real PostgreSQL server in a throw-away folder, on loopback."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> str | None:
    """Return the folder of the server's programs, None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return str(Path(found).parent)
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return str(Path(places[-1]).parent) if places else None


@contextmanager
def serving(bin_folder: str) -> Iterator[str]:
    """Yield the URL of a running server's empty database."""
    folder = tempfile.mkdtemp(prefix="pg-")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user = _other_user(folder)

    def call(program: str, *arguments: str) -> None:
        line = [f"{bin_folder}/{program}", *arguments]
        subprocess.run(line, check=True, capture_output=True, user=as_user, cwd=folder, timeout=60)

    data = f"{folder}/data"
    call(
        "initdb", "-D", data, "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    call("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield f"postgresql://owner@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _other_user(folder: str) -> int | None:
    """Return who runs the server when this is root, which it refuses."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("postgres" if _exists("postgres") else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_uid


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
