"""The store's file: its permissions, what is refused instead of it, and what faults leave."""

import gc
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from connectors_cli import __version__
from connectors_cli.audit.roles import Action
from connectors_cli.errors import StoreError
from connectors_cli.services import tenants
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import sqlite_path
from connectors_cli.store.backup import copy as backup_copy
from connectors_cli.store.orm.engine import make_engine
from connectors_cli.store.read import connections, database
from connectors_cli.store.write import create

READS = (
    ["list"],
    ["list", "-o", "cards"],
    ["show", "blog"],
    ["targets", "--json"],
    ["key", "status"],
)
WRITES = (
    ["init"],
    ["edit", "blog", "--deactivate"],
    ["remove", "blog"],
    ["install", "medium", "--yes", "-S", "integration_token=env:BLOG_PASSWORD"],
)


@pytest.fixture
def path(settings) -> Path:
    return Path(settings.home) / "store.db"


def told(done, *words: str, code: int = 1) -> None:
    """Assert that a command failed with one error that contains these words."""
    assert done.code == code, done.err
    assert "this is a bug" not in done.err, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err


def modes(folder: Path) -> dict[str, int]:
    return {
        str(file.relative_to(folder)): stat.S_IMODE(file.lstat().st_mode)
        for file in [folder, *folder.rglob("*")]
    }


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_created_files_are_private_to_their_owner(settings, monkeypatch, umask, tmp_path):
    monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / "a" / "b" / "home"))
    before = os.umask(umask)
    try:
        settings = type(settings)(os.environ)
        tenants.init(settings)
        ws = Workspace(settings)
        with ws.store.transaction():
            found = modes(tmp_path / "a")
        ws.close()
        backup_copy.back_up(ws.store.path, ws.store.path + ".backup")
        found |= modes(tmp_path / "a")
    finally:
        os.umask(before)
    files = {"store.db", "store.db-wal", "store.db-shm", "store.db.lock", "store.db.backup"}
    assert files <= {Path(name).name for name in found}
    for name, mode in found.items():
        folder = name in {".", "b", "b/home"}
        assert mode == (0o700 if folder else 0o600), (name, oct(mode))


def test_store_that_others_can_read_is_made_private(run, blog, path):
    path.chmod(0o644)
    assert run("edit", "blog", "--deactivate").code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _instead(path: Path, case: str) -> None:
    """Replace the store by something else, or damage it."""
    data = path.read_bytes()
    path.unlink()
    if case == "link":
        path.with_name("victim").write_bytes(data)
        path.symlink_to(path.with_name("victim"))
    elif case == "dangling link":
        path.symlink_to(path.with_name("victim"))
    elif case == "folder":
        path.mkdir()
    elif case == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(
            {
                "empty": b"",
                "text": b"this is not a database, but it is long enough to be one" * 20,
                "short": data[:50],
                "truncated": data[: len(data) // 2],
                "zeroed": data[:4096] + bytes(len(data) - 4096),
            }.get(case, data)
        )
    statements = {
        "newer": "UPDATE store_meta SET value = '99' WHERE key = 'schema_version'",
        "no version": "DELETE FROM store_meta",
        "bad version": "UPDATE store_meta SET value = 'x' WHERE key = 'schema_version'",
        "no views": "DROP VIEW installed_connectors",
    }
    if case in statements:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statements[case])
    if case == "foreign":
        path.unlink()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE songs (title TEXT)")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("link", ["is a symbolic link"]),
        ("dangling link", ["is a symbolic link"]),
        ("folder", ["is a folder"]),
        ("pipe", ["is a pipe or device"]),
        ("empty", ["is empty"]),
        ("text", ["is not a database"]),
        ("short", ["store"]),
        ("truncated", ["is damaged"]),
        ("newer", ["has schema version 99", "supports version", "upgrade connectors"]),
        ("no version", ["is damaged"]),
        ("bad version", ["is damaged"]),
        ("foreign", ["not a connectors store"]),
    ],
)
def test_file_that_is_not_a_store_is_refused_and_unchanged(run, blog, path, case, words):
    _instead(path, case)
    before = path.read_bytes() if path.is_file() else None
    for line in (*READS, *WRITES):
        told(run(*line), *words)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert path.with_name("victim").exists() == (case == "link")


@pytest.mark.parametrize("case", ["zeroed", "no views"])
def test_damaged_store_is_reported(run, blog, path, case):
    _instead(path, case)
    for line in (["list"], ["show", "blog"], ["edit", "blog", "--tag", "x"]):
        done = run(*line)
        assert done.code != 0 or line[0] == "edit"
        assert "this is a bug" not in done.err


def test_reading_without_a_store_finds_and_creates_nothing(run, path):
    assert run("list", "--json").out.strip() == "[]"
    assert run("targets", "-o", "names").out == ""
    assert run("catalog").code == 0
    assert not path.parent.exists()


@pytest.mark.parametrize(("folder", "file"), [(0o500, 0o600), (0o700, 0o400)])
def test_read_only_home_is_read_and_refuses_changes(as_nobody, folder, file):
    home, run_as = as_nobody
    (home / "store.db").chmod(file)
    home.chmod(folder)
    for line in (["list"], ["targets", "--json"]):
        done = run_as(*line)
        assert (done.code, "blog" in done.out) == (0, True), done.err
    for line in (["edit", "blog", "--deactivate"], ["get", "blog", "username", "--reveal"]):
        told(run_as(*line), "is read-only")


_HALF_WRITTEN = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=DELETE")
db.execute("PRAGMA cache_size=1")  # pages are written before the commit
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE connectors SET name = 'half'")
db.execute("INSERT INTO store_meta SELECT id, hex(randomblob(9000)) FROM connector_catalog")
os.kill(os.getpid(), signal.SIGKILL)
"""


def leave_half_written(store: Path) -> None:
    """Change a store by a process that is killed amid writing, when it has no write-ahead log."""
    done = subprocess.run([sys.executable, "-c", _HALF_WRITTEN, store], check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(f"file:{store}?immutable=1", uri=True)) as torn:
        assert torn.execute("SELECT name FROM connectors").fetchall() == [("half",)]


@pytest.mark.skipif(os.name != "posix", reason="processes are killed")
@pytest.mark.parametrize(
    "line",
    [["list"], ["get", "blog", "username", "--reveal"], ["log"], ["edit", "blog", "--deactivate"]],
)
def test_a_write_that_was_cut_off_is_undone_by_who_reads(run, blog, path, line):
    leave_half_written(path)
    done = run(*line)
    assert (done.code, "half" in done.out) == (0, False), done.err
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM connectors").fetchall() == [("blog",)]
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_write_that_was_cut_off_is_not_read_by_who_may_not_undo_it(as_nobody):
    home, run_as = as_nobody
    leave_half_written(home / "store.db")
    for file in home.iterdir():
        file.chmod(0o444)
    home.chmod(0o555)
    told(run_as("list"), "has a write that was cut off")
    home.chmod(0o755)


def test_inaccessible_home_is_reported(as_nobody):
    home, run_as = as_nobody
    home.chmod(0o000)
    for line in (["list"], ["init"]):
        told(run_as(*line))


def test_unreadable_store_is_reported(as_nobody):
    home, run_as = as_nobody
    (home / "store.db").chmod(0o000)
    for line in (["list"], ["init"]):
        told(run_as(*line), "cannot be read by this user")


def test_writable_store_of_another_user_is_used(as_nobody):
    home, run_as = as_nobody
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    home.chmod(0o777)
    for file in home.iterdir():
        os.chown(file, 0, 0)
        file.chmod(0o666)
    done = run_as("edit", "blog", "--deactivate")
    assert done.code == 0, done.err


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1.5 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1536k,mode=700", "none", str(place)]
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    gc.collect()
    # Lazily, because a process that another test forked may still use it.
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path, spare: int = 0) -> None:
    with (place / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    os.truncate(place / "ballast", (place / "ballast").stat().st_size - spare)


@pytest.mark.slow
def test_full_disk_loses_nothing_and_small_writes_work_again(run, small_disk, monkeypatch):
    monkeypatch.setenv("CONNECTORS_HOME", str(small_disk / "home"))
    monkeypatch.setenv("P", "x" * 60_000)
    monkeypatch.setenv("T", "1234567890")
    assert run("install", "medium", "--yes", "-S", "integration_token=env:T").code == 0
    fill(small_disk, spare=96 * 1024)
    done = run("install", "medium", "--yes", "-N", "big", "-S", "integration_token=env:P")
    told(done, "the disk is full")
    assert run("list", "-o", "names").out == "medium\n"
    assert run("get", "medium", "integration_token", "--reveal").out == "1234567890\n"
    assert run("edit", "medium", "--tag", "small").code == 0
    fill(small_disk)
    told(run("edit", "medium", "--tag", "none"), "full")
    assert run("list", "-o", "names").out == "medium\n"
    done = run("get", "medium", "integration_token", "--reveal")
    told(done, "full")
    assert done.out == ""
    (small_disk / "ballast").unlink()
    assert run("install", "medium", "--yes", "-N", "big", "-S", "integration_token=env:P").code == 0
    assert whole(small_disk / "home" / "store.db")


def test_full_disk_leaves_no_partial_store(run, small_disk, monkeypatch):
    monkeypatch.setenv("CONNECTORS_HOME", str(small_disk / "home"))
    fill(small_disk, spare=64 * 1024)
    told(run("init"), "full")
    assert not (small_disk / "home" / "store.db").exists()
    (small_disk / "ballast").unlink()
    assert run("init").code == 0


def test_file_size_limit_leaves_no_partial_store(path):
    """The same without root: files are limited to 40 KB."""
    line = f"ulimit -f 40; exec {sys.executable} -m connectors_cli init"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "this is a bug" not in done.stderr
    assert not path.exists()


def whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def age(path: Path) -> None:
    """Turn the store into one of an older program."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE store_meta SET value = '0' WHERE key = 'schema_version'")
        for view in ("catalog_entries", "publish_targets"):
            connection.execute(f"DROP VIEW {view}")


def version(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT value FROM store_meta WHERE key = 'schema_version'"
        return str(connection.execute(sql).fetchone()[0])


@pytest.mark.parametrize("line", [["list", "-o", "names"], ["targets", "-o", "names"]])
def test_older_store_is_migrated_after_a_backup(run, blog, path, line):
    age(path)
    done = run(*line)
    assert (done.code, done.out) == (0, "blog\n"), done.err
    copy = Path(f"{path}.before-{__version__}")
    assert (version(path), version(copy)) == (str(database.SCHEMA_VERSION), "0")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


def test_backup_contains_what_was_only_in_the_log(run, blog, path):
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM store_meta").fetchall()
        assert run("edit", "blog", "--rename", "renamed").code == 0
        backup_copy.back_up(str(path), f"{path}.copy")
    with closing(sqlite3.connect(f"{path}.copy")) as copy:
        assert copy.execute("SELECT name FROM connectors").fetchall() == [("renamed",)]


def test_failed_migration_leaves_the_older_store(run, blog, path):
    age(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE publish_targets (in_the TEXT)")
    told(run("list"))
    assert version(path) == "0"
    assert whole(path)


@pytest.mark.slow
def test_migration_waits_for_another_then_has_nothing_to_do(run, blog, path):
    age(path)
    command = [sys.executable, "-m", "connectors_cli", "list", "-o", "names"]
    several = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    assert [child.communicate(timeout=60)[0] for child in several] == [b"blog\n"] * 3


def test_older_store_without_a_backup_is_not_migrated(run, blog, path):
    age(path)
    Path(f"{path}.before-{__version__}").mkdir()
    told(run("list"), "backup")
    assert version(path) == "0"


def test_lock_that_is_not_released_is_reported(run, blog, path, monkeypatch):
    from filelock import FileLock

    age(path)
    monkeypatch.setattr(create, "LOCK_SECONDS", 0.2)
    with FileLock(f"{path}.lock"):
        told(run("list"), "another process has been creating, migrating or restoring the store")


def test_tables_match_the_models(ws):
    with make_engine(ws.store.url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []
        for table in SQLModel.metadata.sorted_tables:
            sql = f"SELECT name, type FROM pragma_table_info('{table.name}')"
            assert dict(connection.exec_driver_sql(sql).all()) == {
                column.name: column.type.compile(connection.dialect) for column in table.columns
            }


def test_every_writer_has_the_required_pragmas(ws):
    with make_engine(ws.store.url).connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        assert connection.exec_driver_sql("PRAGMA trusted_schema").scalar() == 0
    assert found == {"journal_mode": "wal", "synchronous": 3, "foreign_keys": 1, "secure_delete": 1}


def test_deleted_credential_is_in_no_file(run, blog, path):
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT auth FROM connectors"
        token = connection.execute(sql).fetchone()[0].split('"')[3].encode()
    assert token in path.read_bytes()
    assert run("remove", "blog").code == 0
    assert run("remove", "blog", "--purge", "--yes").code == 0
    for file in path.parent.iterdir():
        assert token[20:60] not in file.read_bytes()


def test_key_is_in_no_file(run, blog, path):
    key = os.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"].encode()
    for file in path.parent.iterdir():
        assert key not in file.read_bytes()


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, StoreError])
def test_failing_change_releases_the_lock_at_once(ws, path, failure):
    with pytest.raises(failure), ws.change(Action.CONNECTOR_INSTALL, "x"):
        raise failure("x")
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")


def test_store_that_stays_locked_is_reported(run, blog, path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told(run("edit", "blog", "--deactivate"), "was locked by another process")
        assert run("list", "-o", "names").out == "blog\n"


@pytest.mark.parametrize("name", ["a%20b?c#d.db", "é.db", " x.db", "-.db"])
def test_store_may_have_any_name(run, tmp_path, name):
    assert run("init", "--store", tmp_path / name).code == 0
    assert (tmp_path / name).is_file()
    assert run("list", "--store", tmp_path / name, "--json").out.strip() == "[]"


def commit_often(path, seconds, held):
    """Hold the write lock nearly all of the time, in many short transactions."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
        other.execute("PRAGMA synchronous=OFF")
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE store_meta SET value = value")
            held.set()
            time.sleep(0.15)
            other.execute("COMMIT")
            time.sleep(0.03)


@pytest.mark.slow
def test_a_writer_waits_for_others_that_make_progress(run, blog, settings, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 1.5)
    held = threading.Event()
    path = sqlite_path(settings.store)
    other = threading.Thread(target=commit_often, args=(path, 4, held))
    other.start()
    try:
        held.wait(5)
        for number in range(3):
            assert run("edit", "blog", "--tag", f"t{number}").code == 0
    finally:
        other.join()


def test_a_writer_without_end_is_named_by_its_process(run, blog, settings, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    line = [sys.executable, "-c", program, sqlite_path(settings.store)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        done = run("edit", "blog", "--tag", "x")
        holder.stdin.close()
    assert done.code == 1
    assert "was locked by another process for" in done.err
    if os.path.exists("/proc/locks"):
        assert f"(process {holder.pid}, " in done.err


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#define LOCKS(name) int name(int fd, int cmd, ...) { \\
  va_list a; va_start(a, cmd); void *p = va_arg(a, void *); va_end(a); \\
  int (*real)(int, int, void *) = dlsym(RTLD_NEXT, #name); \\
  if (getenv("NO_LOCKS") && (cmd == F_SETLK || cmd == F_SETLKW)) { errno = ENOLCK; return -1; } \\
  return real(fd, cmd, p); }
LOCKS(fcntl)
LOCKS(fcntl64)
#define MAPS(name) void *name(void *at, size_t size, int p, int flags, int fd, off_t o) { \\
  void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, #name); \\
  if (getenv("NO_SHARED") && (flags & MAP_SHARED) && fd >= 0) { errno = ENODEV; \\
    return MAP_FAILED; } \\
  return real(at, size, p, flags, fd, o); }
MAPS(mmap)
MAPS(mmap64)
"""


@pytest.fixture
def poor_file_system(tmp_path):
    """Run a line on a file system that lacks locks or shared memory."""
    compiler = shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and gcc")
    (tmp_path / "shim.c").write_text(SHIM)
    shim = tmp_path / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-o", shim, tmp_path / "shim.c", "-ldl"]
    subprocess.run(command, check=True)

    def run_there(lacks, *line):
        return subprocess.run(
            [sys.executable, "-m", "connectors_cli", *line],
            env={**os.environ, lacks: "1", "LD_PRELOAD": str(shim)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run_there


@pytest.mark.slow
@pytest.mark.parametrize("line", [("list",), ("edit", "blog", "--tag", "x")], ids=str)
def test_a_file_system_without_locks_is_named(blog, poor_file_system, line):
    done = poor_file_system("NO_LOCKS", *line)
    assert done.returncode == 1
    assert "has no locks" in done.stderr
    assert "locked by another process" not in done.stderr


@pytest.mark.slow
def test_a_store_of_another_journal_is_made_without_shared_memory(
    isolated, poor_file_system, settings
):
    assert poor_file_system("NO_SHARED", "init").returncode == 0
    assert poor_file_system("NO_SHARED", "member", "add", "bob", "--role", "viewer").returncode == 0
    assert "bob" in poor_file_system("NO_SHARED", "member", "list").stdout
    with closing(sqlite3.connect(sqlite_path(settings.store))) as store:
        assert store.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False])
def test_a_backup_is_restored_without_shared_memory(
    run, blog, poor_file_system, tmp_path, monkeypatch, there
):
    """Also from a file whose journal is a write-ahead log, onto a store that has none."""
    for name in ("copy", "logged"):
        assert run("backup", tmp_path / f"{name}.db").code == 0
    with closing(sqlite3.connect(tmp_path / "logged.db")) as copy:
        copy.execute("PRAGMA journal_mode=WAL")
    monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / "poor"))
    if there:
        assert poor_file_system("NO_SHARED", "init").returncode == 0
    for name in ("copy", "logged"):
        line = ("restore", "--from", tmp_path / f"{name}.db", "--yes")
        done = poor_file_system("NO_SHARED", *line)
        assert done.returncode == 0, done.stderr
        assert "blog" in poor_file_system("NO_SHARED", "list").stdout
        assert poor_file_system("NO_SHARED", "edit", "blog", "--tag", name).returncode == 0
    assert not list((tmp_path / "poor").glob("*.new*"))


@pytest.mark.slow
def test_a_file_system_without_shared_memory_is_named(blog, poor_file_system):
    done = poor_file_system("NO_SHARED", "edit", "blog", "--tag", "x")
    assert done.returncode == 1
    assert "has no shared memory" in done.stderr


@pytest.mark.parametrize("name", ["catalog_stamp", "program_version"])
def test_a_version_that_is_none_is_written_again(run, blog, settings, name):
    with closing(sqlite3.connect(sqlite_path(settings.store), isolation_level=None)) as store:
        change = "INSERT OR REPLACE INTO store_meta (key, value) VALUES (?, ?)"
        store.execute(change, (name, "x[y-1"))
    assert run("edit", "blog", "--tag", "x").code == 0
    assert run("list", "--json").code == 0
    assert "unexpected" not in run("doctor").out


@pytest.mark.parametrize(
    ("table", "column"), [("connectors", "status"), ("connector_catalog", "auth_type")]
)
def test_the_database_refuses_a_value_that_nobody_knows(blog, settings, table, column):
    with closing(sqlite3.connect(Path(settings.home) / "store.db")) as db:
        with pytest.raises(sqlite3.IntegrityError, match=f"ck_{table}_{column}"):
            db.execute(f"UPDATE {table} SET {column} = 'other'")
        assert db.execute(f"UPDATE {table} SET {column} = {column}").rowcount > 0
