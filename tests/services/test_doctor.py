"""The findings of `doctor`, for a healthy store and for everything that can be wrong."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.services.doctor.files import check_kind, file_system
from connectors_cli.services.doctor.host import check_clock
from connectors_cli.store.read import connections
from connectors_cli.store.write import create
from connectors_cli.vault.seal import Key, new_key
from support.processes import run_forked

pytestmark = pytest.mark.sqlite

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


@pytest.fixture
def path(settings) -> Path:
    return Path(settings.home) / "store.db"


@pytest.fixture
def doctor(run):
    """Run `doctor --json`; return its findings by check."""

    def look(*words: str, code: int = 0) -> dict[str, dict]:
        done = run("doctor", "--json", *words)
        assert "this is a bug" not in done.err, done.err
        assert done.code == code, done.out
        found = json.loads(done.out)
        states = [finding["state"] for finding in found["results"]]
        assert found["summary"] == {s: states.count(s) for s in found["summary"]}
        assert (found["summary"]["failure"] > 0) == (code == 1)
        worst = ("ok", "skipped", "warning", "failure")
        ordered = sorted(found["results"], key=lambda item: worst.index(item["state"]))
        return {finding["check"]: finding for finding in ordered}

    return look


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for sql in statements:
            connection.execute(sql)


def is_told(finding: dict, state: str, *words: str) -> None:
    assert finding["state"] == state, finding
    for word in words:
        assert word in finding["message"], finding
    if state in {"failure", "warning"} and finding["check"] != "log":
        assert finding["hint"], finding


def test_healthy_store_has_only_ok_findings(doctor, blog, run):
    found = doctor()
    states = {check: finding["state"] for check, finding in found.items()}
    assert set(states.values()) <= {"ok", "skipped", "warning"}
    for check in ("store", "integrity", "permissions", "catalog", "keys", "row seals", "log"):
        assert states[check] == "ok", found[check]
    assert "1 of 1 rows" in found["row seals"]["message"]
    assert "2 open" in found["credentials"]["message"]


def test_doctor_changes_and_records_nothing(doctor, blog, path):
    def rows() -> list:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())

    before, data = rows(), path.read_bytes()
    doctor()
    assert (rows(), path.read_bytes()) == (before, data)


def test_each_finding_is_a_line_with_the_command_that_helps(run, blog, path):
    path.chmod(0o644)
    done = run("doctor", "-o", "table")
    assert done.code == 0
    assert re.search(r"^ok +integrity: ", done.out, re.MULTILINE)
    assert re.search(r"^warning +permissions: .*0644\)\n +chmod 600", done.out, re.MULTILINE)
    assert done.out.splitlines()[-1].endswith("1 warning, 1 skipped")


@pytest.mark.parametrize("output", ["jsonl", "csv", "tsv", "names"])
def test_programs_get_rows(run, blog, output):
    done = run("doctor", "-o", output)
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) > 10


def test_missing_store_is_no_failure(doctor, path):
    is_told(doctor()["store"], "warning", "no store at")
    assert not path.parent.exists()


def _instead(path: Path, case: str) -> None:
    data = path.read_bytes()
    middle = len(data) // 2 // 4096 * 4096
    statements = {
        "newer": "UPDATE store_meta SET value = '99' WHERE key = 'schema_version'",
        "older": "UPDATE store_meta SET value = '1' WHERE key = 'schema_version'",
        "no version": "DELETE FROM store_meta",
        "foreign": "DROP TABLE store_meta",
        "no table": "DROP TABLE members",
    }
    if case in statements:
        spoil(path, statements[case])
        return
    path.unlink()
    if case == "link":
        path.with_name("victim").write_bytes(data)
        path.symlink_to(path.with_name("victim"))
    elif case == "folder":
        path.mkdir()
    elif case == "pipe":
        os.mkfifo(path)
    else:
        flipped = data[:middle] + bytes(byte ^ 255 for byte in data[middle:])
        texts = {"empty": b"", "text": b"no database at all, but long" * 40}
        path.write_bytes({**texts, "truncated": data[:middle], "flipped": flipped}[case])


@pytest.mark.parametrize(
    ("case", "check", "words"),
    [
        ("link", "store", ["is a symbolic link"]),
        ("folder", "store", ["is a folder"]),
        ("pipe", "store", ["is a pipe or device"]),
        ("empty", "store", ["is empty"]),
        ("text", "store", ["is not a database"]),
        ("truncated", "store", ["damaged"]),
        ("no version", "store", ["damaged"]),
        ("foreign", "store", ["not a connectors store"]),
        ("newer", "store", ["has schema version 99"]),
        ("no table", "tenants", ["incomplete"]),
    ],
)
def test_invalid_store_is_one_finding_and_other_checks_run(doctor, blog, path, case, check, words):
    _instead(path, case)
    found = doctor(code=1)
    is_told(found[check], "failure", *words)
    for other in ("program", "clock", "file system"):
        assert other in found


def test_flipped_bits_are_found(doctor, blog, path):
    _instead(path, "flipped")
    found = doctor(code=1)
    failed = [check for check, finding in found.items() if finding["state"] == "failure"]
    assert set(failed) & {"store", "integrity"}


def test_doctor_does_not_migrate_an_older_store(doctor, blog, path):
    _instead(path, "older")
    is_told(doctor()["store"], "warning", "has schema version 1")
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT value FROM store_meta WHERE key = 'schema_version'"
        assert connection.execute(sql).fetchone() == ("1",)


def test_dangling_references_are_found(doctor, blog, path):
    spoil(path, "UPDATE presets SET catalog_id = 'x'", "UPDATE connectors SET catalog_id = 'gone'")
    is_told(doctor(code=1)["integrity"], "failure", "connectors", "connector_catalog")


@pytest.mark.parametrize(
    ("place", "mode", "state"),
    [
        ("store.db", 0o640, "warning"),
        ("store.db", 0o606, "failure"),
        (".", 0o750, "warning"),
        (".", 0o777, "failure"),
        ("..", 0o777, "failure"),
        ("..", 0o1777, "ok"),
        ("store.db.before-1", 0o644, "warning"),
    ],
)
def test_permissions_of_others_are_reported(doctor, blog, path, place, mode, state):
    if os.name != "posix":
        pytest.skip("modes are POSIX's")
    file = path.parent / place
    if not file.exists():
        file.write_text("")
    before = file.stat().st_mode
    file.chmod(mode)
    try:
        found = doctor(code=1 if state == "failure" else 0)
    finally:
        file.chmod(before)
    is_told(found["permissions"], state)
    assert state == "ok" or f"{mode:04o}" in found["permissions"]["message"]


def test_wrong_key_is_reported_and_nothing_is_opened(doctor, blog, monkeypatch):
    right, wrong = Key(os.environ[KEY]), new_key()
    monkeypatch.setenv(KEY, wrong.text)
    found = doctor(code=1)
    is_told(found["keys"], "failure", right.id, wrong.id)
    is_told(found["credentials"], "skipped", "1 rows were not opened")
    assert "row seals" not in found


@pytest.mark.parametrize(
    ("environ", "state", "words"),
    [
        ({KEY: ""}, "failure", ["is set but empty"]),
        ({KEY: "changeme"}, "failure", ["not a Fernet key"]),
        ({KEY + "_FILE": "/nowhere"}, "warning", ["is used", "_FILE is also set, but ignored"]),
    ],
)
def test_bad_key_source_is_reported(doctor, blog, monkeypatch, environ, state, words):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    is_told(doctor(code=1 if state == "failure" else 0)["key source"], state, *words)


@pytest.mark.parametrize(
    ("sql", "check", "words"),
    [
        ("UPDATE connectors SET config = '{}'", "row seals", ["1 of 1", "blog"]),
        ("UPDATE connectors SET config = '{'", "row seals", ["1 of 1", "blog"]),
        ("UPDATE connectors SET auth_mac = x'00'", "row seals", ["1 of 1"]),
        (
            "UPDATE connectors SET auth = json_set(auth, '$.username', 'gAAAA')",
            "credentials",
            ["do not open", "blog"],
        ),
        ("UPDATE events SET subject = 'else'", "log", ["entry 1", "changed after it was written"]),
        ("DELETE FROM events", "log", []),
        ("UPDATE connector_catalog SET digest = 'x'", "catalog", ["airtable"]),
        (
            "UPDATE connector_catalog SET capabilities = '{}' WHERE key = 'wordpress'",
            *("catalog", ["wordpress"]),
        ),
    ],
)
def test_outside_changes_are_named(doctor, blog, path, sql, check, words):
    spoil(path, sql)
    is_told(doctor(code=1)[check], "failure", *words)


def test_rolled_back_connector_is_reported(doctor, run, blog, path):
    """Its seal matches; only the log shows that it is old."""
    with closing(sqlite3.connect(path)) as db:
        older = db.execute("SELECT config, auth_mac, version, revision FROM connectors").fetchone()
    assert run("edit", blog, "--set", "site_url=https://new.example.com", "--yes").code == 0
    assert "versions" not in doctor()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "UPDATE connectors SET config = ?, auth_mac = ?, version = ?, revision = ?", older
        )
    found = doctor(code=1)
    is_told(found["versions"], "failure", "blog is at version 1", "contains version 2")
    assert found["row seals"]["state"] == "ok"
    assert found["log"]["state"] == "ok"


def test_first_damaged_rows_are_named_and_the_rest_counted(doctor, run, blog, path):
    for n in range(9):
        line = ("install", "wordpress", "-N", f"c{n}", "--set", "username=alice")
        secret = ("--set", "site_url=https://b.example.com", "-S", "application_password=env:HOME")
        assert run(*line, *secret).code == 0
    spoil(path, "UPDATE connectors SET config = '{}' WHERE name <> 'blog' AND name < 'c7'")
    found = doctor(code=1)
    is_told(found["row seals"], "failure", "7 of 10", "c0, c1, c2, c3, c4 and 2 more")


def test_removed_connector_that_does_not_open_is_reported(doctor, run, blog, path):
    """It blocks a rotation."""
    assert run("remove", blog).code == 0
    assert doctor()["row seals"]["state"] == "ok"
    spoil(path, "UPDATE connectors SET auth = json_set(auth, '$.username', 'gAAAA')")
    found = doctor(code=1)
    is_told(found["credentials"], "failure", "blog (removed)")
    assert "credentials reset --all" in found["credentials"]["hint"]
    assert run("credentials", "reset", "--all", "--yes").code == 0
    assert doctor()["credentials"]["state"] == "ok"


def test_changed_custom_type_is_reported(doctor, run, blog, path, tmp_path):
    schema = {"type": "object", "properties": {"t": {"type": "string", "writeOnly": True}}}
    (tmp_path / "mine.json").write_text(json.dumps(schema))
    assert run("catalog", "add", tmp_path / "mine.json", "--key", "mine").code == 0
    is_told(doctor()["own types"], "ok", "1 unchanged since they were added")
    spoil(path, "UPDATE connector_catalog SET auth_schema = '{}' WHERE source = 'custom'")
    is_told(doctor(code=1)["own types"], "failure", "mine")
    spoil(path, "UPDATE connector_catalog SET auth_schema = '{' WHERE source = 'custom'")
    is_told(doctor(code=1)["own types"], "failure", "mine")


def test_old_partial_files_are_named(doctor, blog, path):
    left = [path.with_name("store.db.8.part"), path.with_name("store.db.7.part-journal")]
    for file in left:
        file.touch(0o600)
    assert doctor()["leftovers"]["state"] == "ok"
    for file in left:
        os.utime(file, (time.time() - 7200,) * 2)
    is_told(doctor()["leftovers"], "warning", *map(str, left))


@pytest.mark.slow
def test_held_lock_and_long_write_are_reported(doctor, blog, path):
    from filelock import FileLock

    with FileLock(f"{path}.lock"):
        is_told(doctor()["lock"], "warning", "by another process")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        is_told(doctor()["writing"], "warning", "another process has been writing")
        writer.execute("ROLLBACK")


def test_exclusively_locked_store_is_reported(doctor, blog, path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        found = doctor(code=1)
        other.execute("ROLLBACK")
    is_told(found["store"], "failure", "locked by another process")


def test_event_in_the_future_is_reported(doctor, blog, path):
    spoil(path, "UPDATE events SET at = '2199-01-01T00:00:00.000000Z'")
    is_told(doctor(code=1)["events"], "warning", "2199", "in the future")


def test_non_member_is_told_so_and_sees_nothing_of_the_tenant(doctor, blog, path):
    spoil(path, "UPDATE members SET principal = 'somebody-else'")
    found = doctor()
    is_told(found["members"], "warning", "not a member of any tenant")
    assert not {"keys", "row seals", "credentials", "log"} & found.keys()
    assert "default" not in json.dumps(found)


def test_redacted_report_contains_no_names(run, blog, path, monkeypatch):
    assert run("edit", "blog", "--rename", "acme-campaign").code == 0
    spoil(path, "UPDATE connectors SET config = '{}'")
    path.chmod(0o644)
    for line in (["--json"], ["-o", "table"], ["--json", "--store", f"{path}x"]):
        done = run("doctor", "--redacted", *line)
        for text in ("acme-campaign", "default", str(path.parent), os.environ["HOME"]):
            assert text not in done.out, text
        assert "example.com" not in done.out
        assert "<home>" in done.out
    first, second = (run("doctor", "--redacted").out for _ in range(2))
    assert re.findall("<.*?>", first) == re.findall("<.*?>", second)
    assert "<connector-1>" in first
    assert first.count("<tenant-1>") > 2


def test_redacted_report_does_not_name_the_database_server(run, monkeypatch):
    monkeypatch.setenv("CONNECTORS_STORE", "postgresql://ann:hunter2@127.0.0.1:1/shop")
    done = run("doctor", "--redacted")
    assert done.code == 1
    assert "cannot be reached" in done.out
    for text in ("ann@", "hunter2", "127.0.0.1", "shop"):
        assert text not in done.out


MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /proc rw shared:5 - proc proc rw
30 22 0:40 / /srv/a\040b rw - nfs4 server:/x rw
31 30 0:41 / /srv/a\040b/local rw shared:9 master:1 - xfs /dev/vdb rw
32 22 0:42 / /mnt/c rw - 9p C:\134 rw
33 22 0:43 / /run rw - tmpfs tmpfs rw
34 33 0:44 / /run rw - ext4 /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "state"),
    [
        ("/home/ann", "ext4", "ok"),
        ("/srv/a b/home", "nfs4", "warning"),
        ("/srv/a b", "nfs4", "warning"),
        ("/srv/a bc", "ext4", "ok"),
        ("/srv/a b/local/x", "xfs", "ok"),
        ("/mnt/c/Users", "9p", "warning"),
        ("/run/user", "ext4", "ok"),
    ],
)
def test_file_system_of_a_path_is_found(path, kind, state):
    assert file_system(path, MOUNTS.strip()) == kind
    assert check_kind(kind).state == state


def test_store_on_a_volatile_file_system_is_reported(doctor, blog, path, tmp_path, monkeypatch):
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("only root can mount a disk")
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        shutil.copytree(path.parent, place / "home")
        monkeypatch.setenv("CONNECTORS_HOME", str(place / "home"))
        found = doctor()
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
    is_told(found["file system"], "warning", "tmpfs")
    is_told(found["disk space"], "warning", "MiB free")


@pytest.mark.parametrize(
    ("now", "state"),
    [(-5.0, "failure"), (0.0, "failure"), (1e9, "failure"), (1.8e9, "ok"), (4.3e9, "warning")],
)
def test_wrong_clock_is_reported(now, state):
    assert check_clock(now).state == state


def test_output_encoding_without_unicode_is_reported(spawn, blog):
    done = spawn("doctor", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    found = {item["check"]: item for item in json.loads(done.out)["results"]}
    is_told(found["locale"], "warning", "ascii")


def test_keyring_with_a_key_that_the_source_lacks_is_reported(
    secret_service, tmp_path, monkeypatch
):
    secret_service.start(b"test")
    line = ("install", "medium", "--yes", "-S", "integration_token=cmd:echo canary-token")
    assert run_forked(tmp_path, *line).code == 0
    found = {
        f["check"]: f for f in json.loads(run_forked(tmp_path, "doctor", "--json").out)["results"]
    }
    is_told(found["keyring"], "ok", "contains 1 of the keys", "cannot be listed")
    monkeypatch.setenv(KEY, new_key().text)
    found = {
        f["check"]: f for f in json.loads(run_forked(tmp_path, "doctor", "--json").out)["results"]
    }
    is_told(found["keyring"], "warning", "is used, but the keyring has keys that it lacks")
    is_told(found["keys"], "failure")


def test_hanging_keyring_does_not_block_doctor(secret_service, tmp_path, monkeypatch):
    secret_service.start(b"test")
    assert run_forked(tmp_path, "init").code == 0
    monkeypatch.setattr("connectors_cli.vault.keyring.SECONDS", 0.5)
    secret_service.daemon.send_signal(signal.SIGSTOP)
    done = run_forked(tmp_path, "doctor", "--json")
    found = {f["check"]: f for f in json.loads(done.out)["results"]}
    assert done.code == 1
    is_told(found["keyring"], "failure", "did not answer")


def test_unneeded_old_key_is_not_reported(run, blog, monkeypatch):
    new = new_key().text
    monkeypatch.setenv(KEY, f"{new},{os.environ[KEY]}")
    assert run("key", "rotate").code == 0
    monkeypatch.setenv(KEY, new)
    done = run("doctor", "--json")
    found = {item["check"]: item["state"] for item in json.loads(done.out)["results"]}
    assert found["keys"] == "ok"


def test_files_of_a_killed_restore_are_reported_unless_one_is_running(doctor, blog, path):
    left = path.with_name("store.db.part")
    left.touch(0o600)
    with create.exclusive(str(path)):
        found = run_forked(path.parent.parent, "doctor", "--json")
        findings = {item["check"]: item for item in json.loads(found.out)["results"]}
        assert findings["leftovers"]["state"] == "ok"
        assert findings["lock"]["state"] == "warning"
    is_told(doctor()["leftovers"], "warning", str(left))
    assert doctor()["leftovers"]["hint"] == f"rm {left}"


def seen(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def test_doctor_leaves_no_file_next_to_the_store(doctor, blog, path):
    with closing(sqlite3.connect(path)) as connection:  # who may write takes the log away
        connection.execute("SELECT * FROM store_meta").fetchall()
    before = seen(path.parent)
    assert not [name for name in before if name.endswith(("-wal", "-shm"))]
    doctor()
    assert seen(path.parent) == before


def test_doctor_keeps_the_wal_of_an_open_store(doctor, blog, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TEMP TABLE x (y)")
        other.execute("SELECT * FROM store_meta").fetchall()
        doctor()
        assert path.with_name("store.db-wal").exists()
        other.execute("UPDATE connectors SET last_check = NULL")
        assert doctor()["integrity"]["state"] == "ok"


def test_doctor_examines_a_store_in_a_read_only_folder(as_nobody):
    home, run_as = as_nobody
    home.chmod(0o500)
    before = seen(home)
    done = run_as("doctor", "--json")
    found = {item["check"]: item for item in json.loads(done.out)["results"]}
    assert done.code == 0, done.out
    assert found["integrity"]["state"] == "ok"
    is_told(found["writing"], "warning", "read-only for this user")
    assert seen(home) == before


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP VIEW publish_targets", "missing: view publish_targets"),
        ("DROP INDEX idx_connectors_name_tenant", "missing: index idx_connectors_name_tenant"),
        ("DROP TABLE deliveries", "missing: table deliveries"),
        ("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM keys; END", "1 triggers"),
        ("CREATE VIEW mine AS SELECT 1", "view mine was not created by this program"),
        ("DROP VIEW publish_targets // CREATE VIEW publish_targets AS SELECT 1", "altered"),
        (
            "DROP INDEX idx_keys_one_active // CREATE INDEX idx_keys_one_active ON keys (id)",
            "altered",
        ),
    ],
)
def test_missing_schema_objects_and_triggers_are_reported(doctor, blog, path, sql, words):
    assert doctor()["schema"]["state"] == "ok"
    spoil(path, *sql.split(" // "))
    is_told(doctor(code=1)["schema"], "failure", words)


@pytest.mark.parametrize(
    "sql", ["DELETE FROM keys", "UPDATE keys SET state = 'retired'", "UPDATE keys SET state = 'x'"]
)
def test_tenant_without_an_active_key_is_reported(doctor, blog, path, sql):
    spoil(path, sql)
    is_told(doctor(code=1)["keys"], "failure", "default: the store names no active key")


def test_link_instead_of_a_store_is_not_a_permission_problem(doctor, blog, path):
    path.rename(path.with_name("other"))
    path.symlink_to("other")
    found = doctor(code=1)
    assert found["permissions"]["state"] == "ok"
    is_told(found["store"], "failure", "is a symbolic link")


def test_redacted_report_omits_the_output_of_a_key_command(doctor, blog, monkeypatch):
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(KEY + "_COMMAND", "sh -c 'echo no vault.corp.example >&2; exit 3'")
    found = doctor(code=1)["key source"]
    is_told(found, "failure", "failed with exit code 3", "vault.corp.example")
    assert "unset it" in found["hint"]
    redacted = doctor("--redacted", code=1)["key source"]
    assert redacted["message"] == f"{KEY}_COMMAND failed with exit code 3"


def test_long_path_has_a_line_of_its_own(terminal, blog, settings, tmp_path, monkeypatch):
    home = tmp_path / ("long" * 30)
    shutil.copytree(settings.home, home)
    monkeypatch.setenv("CONNECTORS_HOME", str(home))
    done = terminal("doctor", "--color", "never")
    assert f"ok      store:\n        {home}/store.db,\n" in done.out


@pytest.mark.parametrize("columns", [60, 80])
def test_no_word_is_split_on_a_terminal(terminal, blog, columns):
    done = terminal("doctor", "--color", "never", columns=columns)
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= columns or any(os.sep in line for line in lines)
    states = ("ok ", "warning ", "failure ", "skipped ", " " * 8)
    assert all(line.startswith(states) for line in lines[:-1])
    joined = " ".join(line.strip() for line in lines)
    assert "integrity: pages, indexes and references are consistent" in joined
