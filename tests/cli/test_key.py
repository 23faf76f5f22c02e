"""The commands `key ...`: export, import and move of keys, and a lost key."""

import json
import os
from pathlib import Path

import pytest

from connectors_cli.errors import Conflict
from connectors_cli.system import private_file
from connectors_cli.vault.seal import new_key
from support.processes import run_forked

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
GET = ("get", "blog", "application_password", "--reveal")
PHRASE = ("--passphrase", "env:PHRASE")


@pytest.fixture(autouse=True)
def phrase(monkeypatch):
    monkeypatch.setenv("PHRASE", "correct horse battery")


@pytest.fixture
def keyring(secret_service, tmp_path, monkeypatch):
    """A store whose key is in a real keyring, with connectors c0 to c9."""
    secret_service.start(b"test")
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")
    items = [
        {"name": f"c{n}", "type": "medium", "auth": {"integration_token": f"canary-{n}"}}
        for n in range(10)
    ]
    file = tmp_path / "items.json"
    file.write_text(json.dumps({"connectors": items}))
    file.chmod(0o600)
    forked(tmp_path, "init")
    forked(tmp_path, "apply", "--allow-plain", "--yes", "-f", str(file))
    return secret_service


def forked(tmp_path, *line, code=0):
    """Run a line in a separate process: keyring looks for its backend once per process."""
    done = run_forked(tmp_path, *map(str, line))
    assert done.code == code, done.err
    return done


def entries(environ=None):
    """Return the ids of the keys in the keyring."""
    import subprocess
    import sys

    code = (
        "import secretstorage; bus = secretstorage.dbus_init();"
        "c = secretstorage.get_default_collection(bus);"
        "print(*[i.get_attributes().get('username', '').partition(':')[2]"
        " for i in c.get_all_items() if i.get_attributes().get('service') == 'connectors-cli'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def wipe():
    import subprocess
    import sys

    code = (
        "import secretstorage; bus = secretstorage.dbus_init();"
        "[i.delete() for i in secretstorage.get_default_collection(bus).get_all_items()]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def all_open(tmp_path):
    return [
        forked(tmp_path, "get", f"c{n}", "integration_token", "--reveal").out.strip()
        for n in range(10)
    ] == [f"canary-{n}" for n in range(10)]


@pytest.mark.parametrize("how", [PHRASE, ("--printable", "--yes")], ids=["sealed", "printable"])
def test_exported_key_restores_everything_after_a_lost_keyring(keyring, tmp_path, how):
    file = tmp_path / "keys.backup"
    forked(tmp_path, "key", "export", "--to", file, *how)
    assert file.stat().st_mode & 0o777 == 0o600
    (before,) = entries()
    wipe()
    lost = forked(tmp_path, "get", "c0", "integration_token", "--reveal", code=7)
    assert "connectors key import FILE" in lost.err
    more = PHRASE if how == PHRASE else ()
    done = json.loads(forked(tmp_path, "key", "import", file, *more, "--json").out)
    assert done["keys"] == [before] == entries()
    assert done["opened"] == ["c0"]
    assert all_open(tmp_path)


def test_rotation_in_the_keyring_keeps_the_old_key_until_it_is_pruned(keyring, tmp_path):
    (old,) = entries()
    new = json.loads(forked(tmp_path, "key", "rotate", "--json").out)["to"]
    assert sorted(entries()) == sorted([old, new])
    forked(tmp_path, "key", "prune", "--yes")
    assert entries() == [new]
    assert all_open(tmp_path)


def test_leftover_keyring_entry_is_removed_by_the_next_prune(keyring, tmp_path):
    (old,) = entries()
    forked(tmp_path, "key", "rotate")
    import sqlite3

    db = sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db")
    with db:
        db.execute("UPDATE keys SET state = 'retired' WHERE state = 'retiring'")
    db.close()
    assert old in entries()
    forked(tmp_path, "key", "prune", "--yes")
    assert old not in entries()


def test_keys_move_to_a_file_and_back_to_the_keyring(keyring, tmp_path, monkeypatch):
    file = tmp_path / "key-file"
    (key,) = entries()
    moved = forked(tmp_path, "key", "move", "--to", "file", "--file", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"now set {VARIABLE}_FILE={file}" in moved.err
    assert entries() == [key]
    again = forked(tmp_path, "key", "move", "--to", "file", "--file", file, "--forget", code=6)
    assert "already exists" in again.err
    file.unlink()
    forked(tmp_path, "key", "move", "--to", "file", "--file", file, "--forget")
    assert entries() == []
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(file))
    assert all_open(tmp_path)
    back = forked(tmp_path, "key", "move", "--to", "keyring")
    assert f"now unset {VARIABLE}_FILE" in back.err
    monkeypatch.delenv(f"{VARIABLE}_FILE")
    assert entries() == [key]
    assert all_open(tmp_path)


def test_status_reports_a_key_found_only_in_the_keyring(keyring, tmp_path, monkeypatch):
    (key,) = entries()
    monkeypatch.setenv(VARIABLE, new_key().text)
    done = json.loads(forked(tmp_path, "key", "status", "--json", code=7).out)
    assert key in done["elsewhere"]
    assert f"unset {VARIABLE}" in done["elsewhere"]


def test_export_overwrites_only_with_force(run, blog, tmp_path):
    file = tmp_path / "keys"
    file.write_text("precious")
    done = run("key", "export", "--to", file, *PHRASE)
    assert done.code == 6
    assert file.read_text() == "precious"
    assert run("key", "export", "--to", file, *PHRASE, "--force").code == 0
    assert os.environ[VARIABLE] not in file.read_text()


def test_file_created_in_the_meantime_is_not_overwritten(tmp_path):
    file = tmp_path / "keys"

    def chunks():
        file.write_text("somebody was quicker")
        yield "late"

    with pytest.raises(Conflict):
        private_file.write(str(file), chunks(), replace=False)
    assert file.read_text() == "somebody was quicker"
    assert list(tmp_path.iterdir()) == [file]


def test_keys_are_not_written_to_a_pipe(run, blog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert run("key", "export", "--to", "-", "--printable", "--yes").code == 2
    assert set(tmp_path.iterdir()) == before


def test_printable_export_needs_confirmation(run, blog, tmp_path):
    done = run("key", "export", "--to", tmp_path / "paper", "--printable")
    assert done.code == 2
    assert "--yes" in done.err
    assert not (tmp_path / "paper").exists()


@pytest.mark.sqlite
def test_export_is_recorded(run, blog, tmp_path):
    import sqlite3

    run("key", "export", "--to", tmp_path / "keys", *PHRASE)
    db = sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db")
    (details,) = db.execute("SELECT details FROM events WHERE action = 'key.export'").fetchone()
    db.close()
    assert json.loads(details)["form"] == "sealed"


@pytest.mark.slow
def test_wrong_passphrase_and_altered_file_are_refused(run, blog, tmp_path, monkeypatch):
    file = tmp_path / "keys"
    run("key", "export", "--to", file, *PHRASE)
    monkeypatch.setenv("PHRASE", "another horse battery")
    assert "wrong passphrase" in run("key", "import", file, *PHRASE).err
    monkeypatch.setenv("PHRASE", "correct horse battery")
    file.write_text(file.read_text().replace('"active"', '"retiring"'))
    done = run("key", "import", file, *PHRASE)
    assert done.code == 7
    assert "since it was exported" in done.err


@pytest.mark.parametrize("text", ["", "hello\n", "{}", "[1]", '{"connectors_keys": 1, "keys": 5}'])
def test_invalid_key_file_is_refused(run, blog, tmp_path, text):
    file = tmp_path / "keys"
    file.write_text(text)
    done = run("key", "import", file)
    assert done.code == 3
    assert "connectors key export --to FILE" in done.err


@pytest.mark.slow
@pytest.mark.sqlite
def test_unneeded_key_is_refused(run, blog, tmp_path, monkeypatch):
    file = tmp_path / "keys"
    run("key", "export", "--to", file, *PHRASE)
    monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / "other"))
    monkeypatch.setenv(VARIABLE, new_key().text)
    run("init")
    done = run("key", "import", file, *PHRASE, "--to", "file", "--file", tmp_path / "k")
    assert done.code == 7
    assert "the file contains no key that tenant default needs" in done.err
    assert not (tmp_path / "k").exists()


@pytest.mark.slow
def test_import_writes_a_file_if_a_variable_is_the_source(run, blog, tmp_path, monkeypatch):
    file = tmp_path / "keys"
    run("key", "export", "--to", file, *PHRASE)
    refused = run("key", "import", file, *PHRASE)
    assert refused.code == 7
    assert "--to file --file PATH" in refused.err
    monkeypatch.setenv(VARIABLE, new_key().text)
    done = run("key", "import", file, *PHRASE, "--to", "file", "--file", tmp_path / "k")
    assert done.code == 0, done.err
    assert f"now unset {VARIABLE}" in done.err
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(tmp_path / "k"))
    assert run(*GET).out == "canary-password\n"


def test_keys_of_all_tenants_move_to_one_file(run, blog, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]},{new_key().text}")
    run("init", "--tenant", "acme")
    one = run("key", "move", "--to", "file", "--file", tmp_path / "one")
    assert "1 more; --all also moves the keys of other tenants" in one.err
    done = run("key", "move", "--all", "--to", "file", "--file", tmp_path / "all", "--json")
    assert len(json.loads(done.out)["keys"]) == 2
    assert len(Path(tmp_path / "all").read_text().split(",")) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("move",), "choose a destination"),
        (("move", "--to", "moon"), "--to keyring, or --to file"),
        (("move", "--to", "file"), "--to file and --file PATH"),
        (("move", "--to", "keyring", "--forget"), "--forget deletes keys from the OS keyring"),
        (("export",), "--to"),
        (
            ("export", "--to", "x", "--printable", "--passphrase", "env:PHRASE"),
            "--printable and --passphrase",
        ),
    ],
)
def test_contradictory_options_are_usage_errors(run, blog, line, words):
    done = run("key", *line)
    assert done.code == 2
    assert words in done.err


def test_passphrase_is_required_without_a_terminal(run, blog, tmp_path):
    done = run("key", "export", "--to", tmp_path / "keys")
    assert done.code == 2
    assert "--passphrase" in done.err


def test_key_status_without_a_store_is_not_found(run):
    shown = run("key", "status")
    assert shown.code == 5
    assert "connectors init" in shown.err
