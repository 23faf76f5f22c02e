"""Applying, exporting and importing connectors: round trips, all or nothing."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors_cli.__main__ import main
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.read import load
from connectors_cli.cli import transfer as cli_transfer
from connectors_cli.cli.context import CommandContext
from connectors_cli.documents import write
from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.services import custom_types, export, tenants
from connectors_cli.services.apply import apply
from connectors_cli.services.apply import manifest as apply_manifest
from connectors_cli.services.apply.plan import Current, Declared, create_step, update_step
from connectors_cli.services.apply.planner import Order
from connectors_cli.services.connectors import current_values
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.vault.passphrase import Cost, new_passphrase_cipher
from connectors_cli.vault.seal import new_key
from support.processes import finish, fork

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]

CHEAP = Cost(n=2, r=1, p=1)
ANYTHING = Entry("anything", "Anything", "none", {"type": "object"}, {"type": "object"},
                 source="custom")  # fmt: skip
NUMBERS = count()
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8)
SCALARS = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
    | st.sampled_from(["no", "12:30", "$env:HOME", "null", "- x", "# x", "1e3", " a b ", "'", "~"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
NULLABLE = st.dictionaries(TEXT, VALUES | st.none(), max_size=4)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Two stores with different keys; both have a type that accepts any values."""
    found = []
    for name in ("one", "other"):
        environ = {
            "CONNECTORS_HOME": str(tmp_path_factory.mktemp(name)),
            "CONNECTOR_AUTH_ENCRYPTION_KEY": new_key().text,
            "PASSPHRASE": "a passphrase",
        }
        tenants.init(Settings(environ))
        ws = Workspace(Settings(environ))
        custom_types.add_type(ws, ANYTHING)
        found.append((ws, environ))
    yield found
    for ws, _ in found:
        ws.close()


def exported(ws, names, form, secrets="sealed"):
    db = open_for_reading(ws.settings.store)
    cipher = new_passphrase_cipher("a passphrase", CHEAP) if secrets == "sealed" else None
    choice = export.Choice(names, secrets, cipher)
    found = export.export_connectors(db, ws.settings, choice)
    text = "".join(write.write(form, found.head, found.items, found.end))
    db.close()
    return text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
@pytest.mark.slow
def test_import_restores_what_was_exported(stores, tmp_path, data):
    (one, _), (other, environ) = stores
    form = data.draw(st.sampled_from(write.FORMATS))
    objects = OBJECTS if form == "toml" else NULLABLE
    auth = st.dictionaries(NAMES, VALUES if form == "toml" else VALUES | st.none(), max_size=4)
    secrets = data.draw(st.sampled_from(["sealed", "plain"]))
    wanted = [
        Declared(
            ANYTHING, f"c{next(NUMBERS)}", data.draw(objects), data.draw(auth), ("a",), "active"
        )
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    apply.apply_connectors(one, Order(wanted))
    names = tuple(item.name for item in wanted)
    path = tmp_path / f"backup.{form}"
    path.touch(mode=0o600)
    path.write_text(exported(one, names, form, secrets), "utf-8")
    run = CommandContext(environ)
    options = cli_transfer.ImportOptions(passphrase="env:PASSPHRASE")
    cli_transfer.import_(run, str(path), options)
    run.close()
    for item in wanted:
        back = current_values(other, item.name)
        assert (back.config, back.auth) == (item.config, item.auth)
        assert json.dumps([back.config, back.auth]) == json.dumps(
            [item.config, dict(sorted(item.auth.items()))]
        )
    again = apply.apply_connectors(one, Order(wanted))
    assert not again.pending


def rows(home, table="connectors"):
    with closing(sqlite3.connect(os.path.join(home, "store.db"))) as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def many(folder, number):
    auth = {name: f"canary-{name}" for name in ("client_secret", "access_token", "refresh_token")}
    items = [
        {"name": f"n{n:05}", "type": "twitter", "config": {"client_id": "i"}, "auth": auth}
        for n in range(number)
    ]
    path = folder / "many.json"
    path.write_text(json.dumps({"connectors": items}))
    path.chmod(0o600)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("command", [("apply", "--allow-plain", "-f"), ("import",)])
def test_a_kill_leaves_all_or_nothing(ws, tmp_path, command):
    path, home = many(tmp_path, 1500), ws.settings.home
    if command == ("import",):
        text = json.loads(path.read_text())
        head = {"connectors_export": 1, "secrets": "plain", **text, "end": {"count": 1500}}
        path.write_text(json.dumps(head))
    ws.close()  # a database that is open is not to be forked

    def work():
        return main([*command, str(path)])

    begun = time.monotonic()
    assert finish(fork(work)) == 0
    whole = time.monotonic() - begun
    seen = set()
    for part in [random.Random(number).uniform(0.1, 1.0) for number in range(6)]:
        with closing(sqlite3.connect(os.path.join(home, "store.db"))) as db:
            db.execute("DELETE FROM connectors")
            db.commit()
        child = fork(work)
        time.sleep(whole * part)
        os.kill(child, signal.SIGKILL)
        finish(child)
        seen.add(rows(home))
    assert seen <= {0, 1500}


def test_no_secret_is_in_the_store_or_an_event(ws, tmp_path, capfd):
    run = CommandContext(os.environ)
    options = cli_transfer.ApplyOptions(allow_plain=True)
    plan = cli_transfer.apply(run, str(many(tmp_path, 3)), options)
    run.close()
    assert "canary" not in repr(plan)
    for name in os.listdir(ws.settings.home):
        assert b"canary-client" not in Path(ws.settings.home, name).read_bytes()


def test_plan_tells_true_from_one():
    def same(*_):
        return "print"

    current = Current("id", "a", "t", "active", {"flag": True}, {"s": "token", "old": "t"},
                      {"s": "print"}, "", "key", [], 1)  # fmt: skip
    kind = PreparedType(ANYTHING)
    step = update_step(Declared(ANYTHING, "a", {"flag": 1}, {"s": "x"}), current, kind, same)
    assert [(c.field, c.before, c.after) for c in step.fields] == [
        ("flag", True, 1),
        ("old", True, None),
    ]
    filled = {"old": {"x-filled-by": "flow"}}
    flow = PreparedType(ANYTHING.replaced(auth_schema={"properties": filled}))
    kept = update_step(Declared(ANYTHING, "a", {"flag": True}, {"s": "x"}), current, flow, same)
    assert kept.change == "unchanged"
    assert create_step(Declared(ANYTHING, "b", {}, {})).change == "create"


def test_apply_reports_every_problem_and_writes_nothing(ws):
    entry = load("twitter")
    good = Declared(entry, "good", {"client_id": "x"}, {})
    bad = [Declared(entry, "a/b", {}, {}), Declared(entry, "GOOD", {"client_id": "x"}, {})]
    with pytest.raises(InvalidInput) as caught:
        apply.apply_connectors(ws, Order([good, *bad]))
    assert {(p.path[0], p.path[-1]) for p in caught.value.details} == {
        ("a/b", "name"),
        ("a/b", "client_id"),
        ("GOOD", "name"),
    }
    assert rows(ws.settings.home) == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("f.yaml", "a: &x [1]\nb: *x\n", "line 2: aliases"),
        ("f.yaml", "a: {b: 1}\n<<: {c: 1}\n", "line 2: merge keys"),
        ("f.yaml", "a: !!python/object/apply:os.system [id]\n", "tags"),
        ("f.yaml", "a: 1\na: 2\n", "line 2: a name appears twice"),
        ("f.yaml", "a: .nan\n", "number"),
        ("f.yaml", f"a: {'9' * 5000}\n", "too many digits"),
        ("f.yaml", "a: 1\n\tb: 2\n", "line 2"),
        ("f.yaml", "[" * 5000, "deep"),
        ("f.yaml", "[" * 5000 + "]" * 5000, "line 1: nested"),
        ("f.yaml", "- " * 5000, "line 1: nested"),
        ("f.yaml", "{a: " * 5000, "line 1: nested"),
        ("f.yaml", 'a: "\\ud800"\n', "line 1"),
        ("f.yaml", "# nothing\n", "the document is empty"),
        ("f.json", '{"a": NaN}', "NaN"),
        ("f.json", '{"a": 1, "a": 2}', "twice"),
        ("f.json", '{"a": "\\udcff"}', "surrogate"),
        ("f.json", f'{{"a": {"9" * 5000}}}', "too many digits"),
        ("f.json", "[" * 100_000, "deep"),
        ("f.json", '{"connectors": [],}', "line 1"),
        ("f.json", "[1]", "must be an object"),
        ("f.toml", "a = 1\na = 2\n", "invalid TOML"),
        ("f.toml", "connectors = 1\n", "must be a list of connectors"),
        ("f.yaml", "connectors: [1]\n", "f.yaml:1: connector 1: must be an object"),
    ],
)
def test_invalid_file_is_reported_in_one_sentence(run, tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text)
    refused = run("apply", "-f", path)
    assert refused.code == 3
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_yaml_over_ten_mebibytes_is_refused(run, tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"#" * (10 * 1024**2 + 1))
    refused = run("apply", "-f", path)
    assert (refused.code, "larger than 10 MiB" in refused.err) == (2, True)


def test_problem_has_the_line_of_the_nearest_value(tmp_path):
    path = tmp_path / "f.json"
    path.write_text('{"connectors": [\n{"a": "x,\\"]", "b":\n {"c": [1,\n {"d": 2}]}}]}')
    (manifest,) = apply_manifest.read(str(path))
    file = manifest.place.file
    base = (0, "connectors", 0)
    assert [file.line(p) for p in ((0,), base, (*base, "b", "c"), (*base, "b", "c", 1, "d"))] == [
        1,
        2,
        3,
        4,
    ]
    assert file.line((*base, "b", "nothing")) == 2


def guide_blocks():
    """The first block of each language in the guide on CI."""
    text = (ROOT / "connectors_cli" / "guide" / "ci.md").read_text("utf-8")
    blocks = [part.partition("\n") for part in text.split("```")[1::2]]
    return {language: block for language, _, block in reversed(blocks)}


@pytest.mark.slow
def test_the_job_of_the_guide_runs_twice_without_a_terminal(tmp_path):
    blocks = guide_blocks()
    (tmp_path / "sites.yaml").write_text(blocks["yaml sites.yaml"])
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(new_key().text)
    program = tmp_path / "bin" / "connectors"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m connectors_cli "$@"\n')
    program.chmod(0o700)
    job = "set -e\n" + blocks["sh"].replace("/run/secrets/connectors-key", str(key))
    environ = {
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HOME": str(tmp_path / "home"),
        "CI": "true",
        "BLOG_PASSWORD": "canary-password",
        "NEWS_SECRET": "canary-secret",
    }
    done = [
        subprocess.run(
            ["/bin/sh", "-c", job],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        for _ in range(2)
    ]
    assert [job.returncode for job in done] == [0, 0], done[0].stderr
    assert "2 created" in done[0].stdout
    assert done[1].stdout.startswith("2 unchanged\n")
    assert "canary" not in str(done)


def test_passphrases_are_compared_in_normal_form():
    composed, apart = "Caf\u00e9 battery", "Cafe\u0301 battery"
    cipher = new_passphrase_cipher(composed, CHEAP)
    from connectors_cli.vault.passphrase import passphrase_cipher_of

    token = cipher.seal(0, {"name": "a"}, {"x": 1})
    other = passphrase_cipher_of(apart, cipher.head, "f")
    assert other.open(0, {"name": "a"}, token) == {"x": 1}
    for number, beside in ((1, {"name": "a"}), (0, {"name": "b"})):
        with pytest.raises(ConnectorsError):
            other.open(number, beside, token)
