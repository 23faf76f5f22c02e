"""Backups of stores in use, and restores from them, all or nothing."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.__main__ import main
from connectors_cli.store.backup import partial
from connectors_cli.store.read import connections, database
from connectors_cli.vault.seal import Key, new_key
from support.processes import finish, fork

pytestmark = pytest.mark.sqlite

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
STORES = Path(__file__).parents[1] / "store" / "versions"


@pytest.fixture
def path(settings) -> Path:
    return Path(settings.home) / "store.db"


@pytest.fixture
def copy(tmp_path) -> Path:
    return tmp_path / "copy.db"


def query(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def spoil(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def refused(done, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert "this is a bug" not in done.err, done.err
    for word in words:
        assert word in done.err, done.err


def names(run) -> list[str]:
    return run("list", "-o", "names").out.split()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_backups_are_readable_only_by_their_owner(run, blog, path, copy, umask):
    before = os.umask(umask)
    try:
        assert run("backup", copy).code == 0
        assert run("restore", "--from", copy, "--yes").code == 0
    finally:
        os.umask(before)
    assert mode(copy) == 0o600
    for file in path.parent.iterdir():
        assert mode(file) == 0o600, file
    assert not list(copy.parent.glob(".*")), "something half made is left"


def test_backup_reports_its_contents_and_the_keys_it_needs(run, blog, copy):
    made = json.loads(run("backup", copy, "--json").out)
    key = Key(os.environ[KEY])
    assert made["tenants"] == [
        {"tenant": "default", "connectors": 1, "removed": 0, "keys": [key.id]}
    ]
    assert made["schema_version"] == database.SCHEMA_VERSION
    data = copy.read_bytes()
    assert key.text.encode() not in data
    assert b"canary-password" not in data


def test_backup_is_one_file_with_the_wal_contents(run, blog, path, copy):
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM store_meta").fetchall()
        assert run("edit", "blog", "--rename", "renamed").code == 0
        assert run("backup", copy).code == 0
    assert query(copy, "SELECT name FROM connectors") == [("renamed",)]
    assert query(copy, "PRAGMA journal_mode") == [("delete",)]
    assert sorted(copy.parent.glob("copy.db*")) == [copy]


def test_backup_replaces_a_file_only_with_force(run, blog, copy):
    copy.write_text("mine")
    refused(run("backup", copy), 6, "already exists", "--force")
    assert copy.read_text() == "mine"
    assert run("backup", copy, "--force").code == 0
    assert query(copy, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("case", ["link", "dangling link", "folder", "pipe"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_backup_is_written_only_to_regular_files(run, blog, copy, tmp_path, case, force):
    victim = tmp_path / "victim"
    if "link" in case:
        copy.symlink_to(victim)
    if case == "link":
        victim.write_text("mine")
    elif case == "folder":
        copy.mkdir()
    elif case == "pipe":
        os.mkfifo(copy)
    refused(run("backup", copy, *force), 2 if force else 6, str(copy))
    assert victim.exists() == (case == "link")
    assert case != "link" or victim.read_text() == "mine"


def test_next_backup_removes_partial_files_of_killed_ones_only(run, blog, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    with partial.partial_file(str(folder / "tuesday.db")) as being_made:
        left = fork(lambda: _is_killed_in_a_backup(folder))
        assert finish(left) == -signal.SIGKILL
        assert len(list(folder.iterdir())) == 2
        assert [partial.is_abandoned(str(file)) for file in sorted(folder.iterdir())] == [
            True,
            False,
        ]
        mine = folder / ".notes.12345678.part"
        mine.write_text("mine")
        assert run("backup", folder / "wednesday.db").code == 0
        found = {file.name for file in folder.iterdir()}
        assert found == {"wednesday.db", mine.name, os.path.basename(being_made)}
    assert not os.path.exists(being_made)


def _is_killed_in_a_backup(folder: Path) -> int:
    with partial.partial_file(str(folder / "monday.db")):
        os.kill(os.getpid(), signal.SIGKILL)
    return 0


@pytest.mark.parametrize("side", ["", "-wal", "-shm", ".lock"])
def test_backup_cannot_replace_the_store_itself(run, blog, path, side):
    refused(run("backup", f"{path}{side}", "--force"), 6, "is the store itself")
    assert names(run) == ["blog"]


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [("-", 2, "name a file"), ("/nowhere/at/all", 1, "No such file"), ("/proc/x", 1, "cannot")],
)
def test_impossible_backup_file_is_reported(run, blog, target, code, words):
    refused(run("backup", target), code, words)


def test_backup_to_a_full_disk_fails_and_leaves_no_file(blog, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    line = f"ulimit -f 64; exec {sys.executable} -m connectors_cli backup {folder}/copy.db"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert "this is a bug" not in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("folder", "file"), [(0o500, 0o600), (0o700, 0o400), (0o500, 0o400)])
def test_read_only_store_is_backed_up_with_a_note_that_it_is_unrecorded(as_nobody, folder, file):
    home, run_as = as_nobody
    (home / "store.db").chmod(file)
    home.chmod(folder)
    made = home.parent / "copy.db"
    done = run_as("backup", str(made), "--json")
    assert done.code == 0, done.err
    assert "this backup is not recorded in the log" in done.err
    assert "is read-only for this user" in json.loads(done.out)["unrecorded"]
    assert query(made, "SELECT name FROM connectors") == [("blog",)]
    assert query(made, "SELECT * FROM events WHERE action = 'store.backup'") == []
    assert mode(made) == 0o600


def test_read_only_store_is_backed_up_only_by_its_owners(as_nobody):
    home, run_as = as_nobody
    spoil(home / "store.db", "UPDATE members SET role = 'admin'")
    home.chmod(0o500)
    refused(run_as("backup", str(home.parent / "copy.db")), 4, "does not own every tenant")
    assert not (home.parent / "copy.db").exists()


def test_backup_is_recorded_in_the_log(run, blog, copy):
    assert json.loads(run("backup", copy, "--json").out)["unrecorded"] is None


def test_backup_without_a_store_is_an_error(run, copy):
    refused(run("backup", copy), 5, "no store exists yet")
    assert not copy.exists()


def test_backup_is_recorded_in_every_tenant(run, blog, path, copy, monkeypatch):
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert run("init", "-t", "acme").code == 0
    assert run("backup", copy).code == 0
    sql = "SELECT tenant_id, outcome FROM events WHERE action = 'store.backup' ORDER BY 1"
    for file in (path, copy):
        assert query(file, sql) == [("acme", "ok"), ("default", "ok")]


@pytest.mark.parametrize("role", ["'admin'", None])
def test_backup_and_restore_require_an_owner_of_every_tenant(
    run, blog, path, copy, monkeypatch, role
):
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert run("init", "-t", "acme").code == 0
    assert run("backup", copy).code == 0
    spoil(path, "DELETE FROM members WHERE tenant_id = 'acme'")
    if role:
        spoil(
            path,
            "INSERT INTO members (tenant_id, principal, role, created_at)"
            f" SELECT 'acme', principal, {role}, created_at FROM members",
        )
    for line in (["backup", f"{copy}2"], ["restore", "--from", copy, "--yes"]):
        done = run(*line)
        refused(done, 4, "does not own every tenant")
        assert "acme" not in done.err
    assert not Path(f"{copy}2").exists()
    sql = "SELECT action FROM events WHERE outcome = 'not_permitted' ORDER BY id"
    assert query(path, sql) == [("store.backup",), ("store.restore",)]


@pytest.mark.slow
def test_backup_is_consistent_while_four_processes_write(run, blog, path, copy, tmp_path):
    def write(writer: int) -> int:
        return max(main(["edit", "blog", "--tag", f"w{writer}-{n}"]) for n in range(6))

    writers = [fork(lambda w=w: write(w)) for w in range(4)]
    for n in range(4):
        assert run("backup", f"{copy}{n}").code == 0
    codes = [finish(writer) for writer in writers]
    assert codes == [0] * 4
    for n in range(4):
        assert query(Path(f"{copy}{n}"), "PRAGMA integrity_check") == [("ok",)]
        (tags,) = query(Path(f"{copy}{n}"), "SELECT COUNT(*) FROM events")
        assert tags
    row = json.loads(run("show", "blog", "--json").out)
    assert len(row["tags"]) == 1 + 24


# Back again


def test_restore_brings_back_the_backup_and_keeps_the_replaced_store(run, blog, path, copy):
    assert run("backup", copy).code == 0
    assert run("edit", "blog", "--rename", "later").code == 0
    done = run("restore", "--from", copy, "--yes", "--json")
    assert done.code == 0, done.err
    assert names(run) == ["blog"]
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"
    outcome = json.loads(done.out)
    assert outcome["missing_keys"] == []
    assert query(Path(outcome["replaced"]), "SELECT name FROM connectors") == [("later",)]
    assert run("restore", "--from", outcome["replaced"], "--yes").code == 0
    assert names(run) == ["later"]


def test_restore_is_recorded_in_both_stores(run, blog, path, copy):
    assert run("backup", copy).code == 0
    outcome = json.loads(run("restore", "--from", copy, "--yes", "--json").out)
    sql = "SELECT action, outcome, details FROM events WHERE action = 'store.restore'"
    event = ("store.restore", "ok", '{"file": "copy.db"}')
    assert query(path, sql) == query(Path(outcome["replaced"]), sql) == [event]


def test_restore_asks_first_and_shows_the_contents_of_both(run, blog, path, copy):
    assert run("backup", copy).code == 0
    before = query(path, "SELECT COUNT(*) FROM events")
    done = run("restore", "--from", copy)
    refused(done, 2, "--yes", "the backup contains default (connectors: 1, removed: 0)", "newest")
    dry = run("restore", "--from", copy, "--dry-run", "--json")
    assert json.loads(dry.out)["store"]["tenants"][0]["connectors"] == 1
    assert query(path, "SELECT COUNT(*) FROM events") == before
    assert not list(path.parent.glob("*before-restore*"))


def test_dry_run_shows_the_contents_of_both_as_text(run, blog, copy):
    assert run("backup", copy).code == 0
    shown = run("restore", "--from", copy, "--dry-run", "-o", "table")
    for word in ("backup", "store"):
        assert f"{word}  " in shown.out
    assert shown.out.count("default (connectors: 1, removed: 0)") == 2
    assert "{" not in shown.out
    assert shown.err == "nothing was changed\n"


def test_restore_drill_with_keys_lost_and_returned(run, blog, path, copy, monkeypatch):
    assert run("backup", copy).code == 0
    key = os.environ[KEY]
    shutil.rmtree(path.parent)
    monkeypatch.setenv(KEY, new_key().text)
    done = run("restore", "--from", copy, "--yes", "--json")
    assert done.code == 0, done.err
    (missing,) = json.loads(done.out)["missing_keys"]
    assert (missing["tenant"], missing["key"]) == ("default", Key(key).id)
    assert Key(key).id in done.err
    assert run("get", "blog", "application_password", "--reveal").code == 7
    assert names(run) == ["blog"]
    monkeypatch.setenv(KEY, key)
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"
    assert run("edit", "blog", "--tag", "after").code == 0


@pytest.mark.parametrize("version", range(1, database.SCHEMA_VERSION))
def test_an_older_backup_is_migrated(run, blog, path, copy, version):
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.executescript((STORES / f"{version}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
    before = copy.read_bytes()
    done = run("restore", "--from", copy, "--yes", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["migrated_from"] == version
    assert json.loads(done.out)["not_member_of"] == ["default"]
    assert "you are not a member of its tenant default" in done.err
    spoil(path, f"UPDATE members SET principal = '{database.os_user()}'")
    assert "blog" in names(run)
    assert copy.read_bytes() == before


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder, with its contents and time."""
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


@pytest.mark.parametrize("version", range(1, database.SCHEMA_VERSION + 1))
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_dry_run_of_a_restore_changes_nothing_and_creates_no_file(
    run, blog, path, tmp_path, version, mode
):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert run("backup", folder / "copy.db").code == 0
    if version < database.SCHEMA_VERSION:
        path.unlink()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript((STORES / f"{version}.sql").read_text("utf-8"))
            connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
            connection.execute("UPDATE members SET principal = ?", (database.os_user(),))
    for file in (path, folder / "copy.db"):
        assert query(file, f"PRAGMA journal_mode={mode}") == [(mode.lower(),)]
    before = snapshot(path.parent), snapshot(folder)
    done = run("restore", "--from", folder / "copy.db", "--dry-run", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["store"]["schema_version"] == version
    assert (snapshot(path.parent), snapshot(folder)) == before


def _instead(copy: Path, case: str) -> None:
    data = copy.read_bytes()
    statements = {
        "newer": "UPDATE store_meta SET value = '99' WHERE key = 'schema_version'",
        "no version": "DELETE FROM store_meta",
        "not ours": "PRAGMA application_id=7",
        "loose": "UPDATE connectors SET catalog_id = 'gone'",
    }
    if case in statements:
        spoil(copy, statements[case])
        return
    copy.unlink()
    if case == "folder":
        copy.mkdir()
    elif case == "pipe":
        os.mkfifo(copy)
    elif case == "foreign":
        spoil(copy, "CREATE TABLE songs (title TEXT)")
    elif case != "missing":
        middle = len(data) // 2 // 4096 * 4096
        copy.write_bytes(
            {
                "empty": b"",
                "text": b"no database at all, but long enough to be one" * 40,
                "truncated": data[:middle],
                "flipped": data[:middle] + bytes(b ^ 255 for b in data[middle:]),
            }[case]
        )


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("truncated", ["damaged"]),
        ("flipped", ["damaged"]),
        ("loose", ["damaged"]),
        ("no version", ["damaged"]),
        ("newer", ["has schema version 99", "upgrade connectors"]),
    ],
)
def test_damaged_backup_is_refused_and_the_store_unchanged(run, blog, path, copy, case, words):
    assert run("backup", copy).code == 0
    _instead(copy, case)
    refused(run("restore", "--from", copy, "--yes"), 1, *words)
    assert names(run) == ["blog"]
    assert not list(path.parent.glob("*.part*"))


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("missing", "no such file"),
        ("folder", "is a folder"),
        ("pipe", "is a pipe or device"),
        ("empty", "is not a backup"),
        ("text", "is not a backup"),
        ("foreign", "is not a backup"),
        ("not ours", "is not a backup"),
    ],
)
@pytest.mark.parametrize("more", [["--yes"], ["--dry-run"]], ids=str)
def test_restoring_a_file_that_is_not_a_backup_is_a_usage_error(run, blog, copy, case, words, more):
    assert run("backup", copy).code == 0
    _instead(copy, case)
    refused(run("restore", "--from", copy, *more), 2, f"{copy}: cannot be read: ", words)
    assert names(run) == ["blog"]


@pytest.mark.parametrize(
    "case", ["missing", "empty", "text", "truncated", "flipped", "no version", "newer", "loose"]
)
def test_restore_replaces_an_unreadable_store(run, blog, path, copy, case):
    assert run("backup", copy).code == 0
    _instead(path, case)
    before = path.read_bytes() if path.exists() else None
    done = run("restore", "--from", copy, "--yes", "--json")
    assert done.code == 0, done.err
    assert names(run) == ["blog"]
    assert run("edit", "blog", "--tag", "after").code == 0
    assert query(path, "PRAGMA journal_mode") == [("wal",)]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    kept = json.loads(done.out)["replaced"]
    assert (kept is None) == (before is None)
    if case in {"text", "truncated"}:
        assert Path(kept).read_bytes() == before


def test_restore_removes_the_partial_file_of_a_killed_one(run, blog, path, copy):
    assert run("backup", copy).code == 0
    for side in ("", "-wal", "-journal"):
        Path(f"{path}.part{side}").write_text("half")
    assert run("restore", "--from", copy, "--yes").code == 0
    assert not list(path.parent.glob("*.part*"))


@pytest.mark.parametrize("case", ["folder", "pipe", "link", "foreign"])
def test_restore_replaces_only_regular_files(run, blog, path, copy, tmp_path, case):
    assert run("backup", copy).code == 0
    if case == "link":
        path.rename(tmp_path / "elsewhere.db")
        path.symlink_to(tmp_path / "elsewhere.db")
    else:
        _instead(path, case)
    refused(run("restore", "--from", copy, "--yes"), 1, str(path))
    assert case != "foreign" or query(path, "SELECT * FROM songs") == []


def test_restore_replaces_a_store_with_another_page_size(run, blog, path, copy):
    assert run("backup", copy).code == 0
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA page_size=8192")
        connection.execute("VACUUM")
    assert run("restore", "--from", copy, "--yes").code == 0
    assert names(run) == ["blog"]


@pytest.mark.slow
def test_readers_and_writers_see_the_old_or_the_new_store_and_lose_nothing(run, blog, path, copy):
    """Eight processes work while the store is replaced: no error, and no lost write."""
    assert run("backup", copy).code == 0

    def read() -> int:
        return max(main(["list", "-o", "names"]) for _ in range(12))

    def write(writer: int) -> int:
        return max(main(["edit", "blog", "--tag", f"w{writer}-{n}"]) for n in range(5))

    children = [fork(read) for _ in range(4)] + [fork(lambda w=w: write(w)) for w in range(4)]
    kept = []
    for _ in range(3):
        done = run("restore", "--from", copy, "--yes", "--json")
        assert done.code == 0, done.err
        kept.append(json.loads(done.out)["replaced"])
        copy.unlink()
        assert run("backup", copy).code == 0
    codes = [finish(child) for child in children]
    assert codes == [0] * 8
    found: set[str] = set()
    for file in {path, *map(Path, kept)}:
        assert query(file, "PRAGMA integrity_check") == [("ok",)]
        for (tags,) in query(file, "SELECT tags FROM connectors"):
            found |= set(json.loads(tags))
    assert {f"w{w}-{n}" for w in range(4) for n in range(5)} <= found


def test_open_reader_sees_one_snapshot_during_a_restore(run, blog, path, copy):
    assert run("backup", copy).code == 0
    assert run("edit", "blog", "--rename", "later").code == 0
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        sql = "SELECT name FROM connectors"
        assert reader.execute(sql).fetchall() == [("later",)]
        assert run("restore", "--from", copy, "--yes").code == 0
        assert reader.execute(sql).fetchall() == [("later",)]
        reader.execute("COMMIT")
        assert reader.execute(sql).fetchall() == [("blog",)]


def test_restore_gives_up_on_a_store_that_stays_locked(run, blog, path, copy, monkeypatch):
    assert run("backup", copy).code == 0
    assert run("edit", "blog", "--rename", "later").code == 0
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        refused(run("restore", "--from", copy, "--yes"), 1, "locked by another process")
        writer.execute("ROLLBACK")
    assert names(run) == ["later"]


def test_restore_on_a_full_disk_changes_nothing(run, blog, path, copy, monkeypatch):
    assert run("backup", copy).code == 0
    assert run("edit", "blog", "--rename", "later").code == 0
    line = f"ulimit -f 200; exec {sys.executable} -m connectors_cli restore --from {copy} --yes"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "this is a bug" not in done.stderr
    assert names(run) == ["later"]
    assert not list(path.parent.glob("*.part*"))


@pytest.mark.parametrize(
    "line",
    [["restore"], ["restore", "blog", "--from", "x"], ["restore", "--from", "x", "--rename", "y"]],
)
def test_restore_needs_a_connector_or_a_backup(run, blog, line):
    refused(run(*line), 2)


@pytest.mark.parametrize("line", [["backup", "x"], ["restore", "--from", "x"]])
def test_backup_of_a_server_store_names_the_servers_tools(run, monkeypatch, line):
    monkeypatch.setenv("CONNECTORS_STORE", "postgresql://u:hunter2@127.0.0.1:1/db")
    done = run(*line)
    refused(done, 2, "pg_dump" if line[0] == "backup" else "pg_restore")
    assert "hunter2" not in done.err


def test_restored_store_has_the_owners_of_the_backup(run, blog, path, copy):
    assert run("backup", copy).code == 0
    path.unlink()
    assert run("restore", "--from", copy, "--yes").code == 0
    principal = database.os_user()
    assert query(path, "SELECT principal, role FROM members") == [(principal, "owner")]


def test_restore_warns_of_foreign_tenants_before_it_asks(run, blog, path, copy):
    assert run("backup", copy).code == 0
    spoil(copy, "UPDATE members SET principal = 'somebody'")
    refused(
        run("restore", "--from", copy), 2, "--yes", "you are not a member of its tenant default"
    )
    dry = json.loads(run("restore", "--from", copy, "--dry-run", "--json").out)
    assert dry["not_member_of"] == ["default"]
    assert names(run) == ["blog"]
