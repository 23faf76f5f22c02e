"""A canary secret goes through every command, output and failure, and shows only on request."""

import json
import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.vault.seal import new_key
from support.canary import (
    CANARY,
    CORE,
    DOCUMENTS,
    FAILURES,
    NUMBER,
    OWN,
    PASSWORD,
    SCHEMA,
    WORDPRESS,
    leaks,
)
from support.stores import TemplateStore

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
OUTPUTS = ("cards", "table", "json", "jsonl", "csv", "tsv", "names")


@pytest.fixture
def sources(monkeypatch, tmp_path):
    """Where the canary is given from: variables, and files in a folder of their own."""
    folder = tmp_path / "given"
    folder.mkdir(mode=0o700)
    (folder / "secret").write_text(CANARY)
    monkeypatch.setenv("P", CANARY)
    monkeypatch.setenv("PIN", str(NUMBER))
    monkeypatch.setenv("BIG", f"{NUMBER}000")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    for name in ("tmp", "user"):
        (tmp_path / name).mkdir()
    return folder


class Spy:
    """Notes what programs are started with, while somebody listens."""

    heard: list[str] | None = None

    def __call__(self, event: str, arguments: tuple) -> None:
        if self.heard is not None and event in {"subprocess.Popen", "os.exec", "os.system"}:
            self.heard.append(repr(arguments[:2]))


SPY = Spy()


@pytest.fixture(scope="session")
def spy():
    """The spy, placed once: an audit hook stays as long as its process."""
    sys.addaudithook(SPY)
    return SPY


@pytest.fixture
def started(spy):
    """What programs of ours are started with."""
    spy.heard = []
    yield spy.heard
    spy.heard = None


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with a WordPress connector and one of a type with many kinds of secrets."""
    folder = tmp_path_factory.mktemp("leaks")
    made = TemplateStore(folder, P=CANARY, PIN=str(NUMBER))
    (folder / "own.json").write_text(json.dumps(SCHEMA))
    made.run("catalog", "add", folder / "own.json", "--key", "own")
    made.run(*WORDPRESS, *PASSWORD, "-N", "blog", "--activate")
    own = ("-S", "token=env:P", "-S", "pin=env:PIN", "-S", "inner.secret=env:P")
    made.run(*OWN, *own, "--activate")
    return made


@pytest.fixture
def store(made, sources, started, caplog, tmp_path, monkeypatch):
    """A store full of canaries; nothing of the test may hold one but what was given."""
    caplog.set_level(logging.DEBUG)
    yield made.copy(monkeypatch)
    assert not leaks(caplog.text)
    assert not leaks("".join(started))
    for file in tmp_path.rglob("*"):
        if file.is_file() and sources not in file.parents:
            assert not leaks(file.read_bytes()), file
            assert not leaks(str(file))


READS = (
    ["list"],
    ["list", "--removed"],
    ["targets"],
    ["show", "blog"],
    ["show", "own"],
    ["catalog"],
    ["catalog", "-q", "own"],
    ["catalog", "show", "own"],
    ["catalog", "schema", "own"],
    ["catalog", "example", "own"],
    ["validate", "--all"],
    ["validate", "own"],
    ["whoami"],
    ["key", "status"],
    ["get", "blog", "application_password"],
    ["get", "blog", "nothing"],
    ["edit", "blog"],
    ["help"],
)


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_read_shows_it_in_any_output(run, store, output):
    for line in READS:
        for more in ([], ["--verbose", "--color", "always"]):
            done = run(*line, "-o", output, *more)
            assert not leaks(done.out + done.err), (line, more)


WRITES = (
    [*WORDPRESS, *PASSWORD, "-N", "b2"],
    [*WORDPRESS, *PASSWORD, "-N", "b3", "--dry-run"],
    [*WORDPRESS, *PASSWORD, "-N", "b2", "--upsert"],
    [*WORDPRESS, *PASSWORD, "-N", "b2", "--if-not-exists"],
    [*WORDPRESS, "-S", "application_password=file:{0}/secret", "-N", "b4", "--upsert"],
    [*WORDPRESS, "-S", "application_password=cmd:cat {0}/secret", "-N", "b4", "--upsert"],
    [*WORDPRESS, "--questions"],
    [*OWN, "-S", "token=env:P", "-S", "pin=env:PIN", "-N", "o2"],
    [*OWN, "-S", "token=env:P", "-S", "pin=env:PIN", "-N", "o2", "--questions"],
    ["edit", "b2", "-S", "application_password=cmd:echo another-one", "--diff"],
    ["edit", "b2", *PASSWORD, "--diff"],
    ["edit", "b2", *PASSWORD, "--diff", "--dry-run"],
    ["edit", "own", "--unset", "pin", "--diff"],
    ["edit", "own", "-S", "pin=env:PIN", "--diff"],
    ["edit", "b2", "--rename", "b5", "--diff"],
    ["edit", "b5", "--editor"],
    ["remove", "b4", "b5"],
    ["restore", "b5"],
    ["remove", "b5", "--purge", "--yes"],
    ["catalog", "remove", "own"],
    ["init"],
)


@pytest.mark.parametrize("more", [[], ["--verbose"], ["--json"]])
def test_no_write_shows_or_stores_it(run, store, sources, monkeypatch, more):
    monkeypatch.setenv("EDITOR", f"cp -t {sources.parent / 'tmp'}")
    for line in WRITES:
        done = run(*(word.format(sources) for word in line), *more)
        assert "this is a bug" not in done.err, (line, done.err)
        assert not leaks(done.out + done.err), line


def given_file(sources: Path, name: str, text: str) -> str:
    path = sources / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("more", [["--json"], ["--verbose"]])
def test_no_failure_repeats_it(run, store, sources, more):
    for line in FAILURES:
        words = [word.replace("{0}", str(sources)) for word in line]
        done = run(*words, *more)
        assert done.code != 0, line
        assert "this is a bug" not in done.err, (line, done.err)
        if line != ["nosuch", CANARY]:  # a command's name is no place for a secret
            assert not leaks(done.out + done.err), (line, done.err)


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("command", [["install", "own", "-N", "b"], ["validate", "--type", "own"]])
def test_no_bad_file_is_quoted(run, store, sources, command, more):
    for name, text in DOCUMENTS:
        path = given_file(sources, name, text.replace("%s", CORE))
        done = run(*command, "--from-file", path, *more)
        assert done.code != 0, text
        assert "this is a bug" not in done.err, (text, done.err)
        assert not leaks(done.out + done.err), (text, done.err)


def test_no_key_or_store_error_shows_it(run, store, monkeypatch):
    troubles = (
        {KEY: ""},
        {KEY: CANARY},
        {KEY: new_key().text},
        {KEY: f"{CANARY},{CANARY}"},
        {"CONNECTORS_STORE": f"postgresql://u:{CORE}@127.0.0.1:1/db"},
        {"CONNECTORS_STORE": f"postgres://u:{CORE}@127.0.0.1:1/db"},
        {"CONNECTORS_STORE": f"mysql://u:{CORE}@127.0.0.1:1/db"},
        {"CONNECTORS_STORE": f"postgresql://u:{CORE}@{CORE}@h/db"},
    )
    for trouble in troubles:
        with monkeypatch.context() as patch:
            for name, value in trouble.items():
                patch.setenv(name, value)
            for line in (
                ["get", "blog", "application_password", "--reveal"],
                ["edit", "blog", *PASSWORD],
                [*WORDPRESS, *PASSWORD, "-N", "b"],
                ["key", "status", "--json"],
                ["whoami"],
                ["init"],
            ):
                done = run(*line, "--verbose")
                assert "this is a bug" not in done.err, (trouble, line, done.err)
                assert not leaks(done.out + done.err), (trouble, line, done.err)


@pytest.mark.parametrize(
    "trouble",
    [
        "UPDATE connectors SET auth_mac = 'x'",
        "UPDATE connectors SET auth = json_set(auth, '$.application_password', 'x')",
        "UPDATE connectors SET config = '{'",
        "UPDATE members SET role = 'viewer'",
        "UPDATE members SET principal = 'somebody else'",
        "UPDATE store_meta SET value = '99' WHERE key = 'schema_version'",
        "UPDATE keys SET state = 'retired'",
        "DELETE FROM keys",
        "DELETE FROM events",
        "DROP TABLE events",
        "CREATE TRIGGER t BEFORE UPDATE ON connectors BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
)
def test_no_altered_store_shows_it(run, store, trouble):
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(trouble)
    for line in (
        ["edit", "blog", *PASSWORD],
        ["edit", "blog", "-S", "application_password=cmd:echo another-one"],
        [*WORDPRESS, *PASSWORD, "-N", "b"],
        ["validate", "blog"],
        ["list", "--json"],
    ):
        done = run(*line, "--verbose")
        assert "this is a bug" not in done.err, (line, done.err)
        assert not leaks(done.out + done.err), (line, done.err)


def test_no_credential_is_printed_without_its_event(run, store):
    with closing(sqlite3.connect(store)) as connection, connection:
        sql = "CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.execute(sql)
    for line in (
        ["get", "blog", "application_password", "--reveal"],
        ["env", "blog"],
        ["run", "blog", "--mask", "always", "--", "true"],
    ):
        done = run(*line)
        assert (done.code, done.out) == (1, "")
        assert not leaks(done.err)


@pytest.mark.parametrize("failure", [ValueError, RuntimeError, OSError, sqlite3.OperationalError])
def test_unexpected_error_is_named_but_not_quoted(run, store, monkeypatch, failure):
    def fail(_: object, data: bytes) -> bytes:
        raise failure(f"cannot encrypt {data!r}")

    monkeypatch.setattr("cryptography.fernet.Fernet.encrypt", fail)
    for more in ([], ["--json"], ["--verbose"]):
        done = run(*WORDPRESS, *PASSWORD, "-N", "b", *more)
        assert done.code == 1
        assert "Traceback" not in done.err
        assert not leaks(done.out + done.err)


def test_it_is_shown_only_on_request(run, store):
    assert run("get", "blog", "application_password", "--reveal").out == f"{CANARY}\n"
    assert json.loads(run("get", "own", "token", "--reveal", "--json").out)["value"] == CANARY
    assert run("get", "own", "pin", "--reveal").out == f"{NUMBER}\n"


@pytest.mark.slow
def test_separate_process_shows_it_nowhere(spawn, store, sources, tmp_path, monkeypatch):
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def note(event, arguments):\n"
        "    if event in {'subprocess.Popen', 'os.exec', 'os.posix_spawn', 'os.system'}:\n"
        f"        with open({str(tmp_path / 'started')!r}, 'a') as log:\n"
        "            log.write(repr(arguments[:2]) + '\\n')\n"
        "sys.addaudithook(note)\n"
    )
    path = os.pathsep.join([str(hook), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.delenv("CONNECTORS_USER_EMAIL")  # git is asked
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    stdin = (*WORDPRESS, "-S", "application_password=-")
    for line, given in (
        ([*stdin, "-N", "piped"], CANARY),
        ([*stdin, "-N", "blog"], CANARY),
        ([*OWN, "-S", "short=-"], CANARY),
        (["edit", "own", "-S", "token=cmd:cat {0}/secret", "--diff"], None),
        (["validate", "--all", "--json"], None),
        (["list", "-o", "cards"], None),
        (["run", "blog", "--", "printenv"], None),
    ):
        words = [word.replace("{0}", str(sources)) for word in line]
        done = spawn(*words, "--verbose") if given is None else spawn(*words, stdin=given)
        assert "Traceback" not in done.err
        assert not leaks(done.out + done.err), (line, done.err)
    assert "git" in (tmp_path / "started").read_text()


def test_error_in_a_finalizer_is_not_printed():
    program = """
import subprocess
import sys
from connectors_cli.__main__ import main

def rows():
    try:
        yield 1
    finally:
        raise ValueError("canary-password")

sys.argv = ["connectors", "--version"]
main()
next(rows())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("connectors ")
    assert not done.stderr
