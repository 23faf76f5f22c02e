"""The command `log`: events, and detection of changes to the log."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.audit.roles import Action
from connectors_cli.store.read.database import os_user
from connectors_cli.vault.log_seals import HASHED, hash_entry
from support import forgery
from support.stores import TemplateStore, connect


@pytest.fixture(scope="module")
def logged(blog_made, tmp_path_factory):
    """The store of `blog`, with nine entries, six of them sealed, created once."""
    made = TemplateStore(tmp_path_factory.mktemp("logged"), **blog_made.environ)
    shutil.copytree(blog_made.home, made.home)
    made.run("member", "add", "u1", "--role", "viewer")
    made.run("get", "blog", "application_password", "--reveal")
    for user in ("u2", "u3"):  # without the key, so their entries have no seal
        made.run("member", "add", user, "--role", "viewer")
    for site in ("https://a.example.com", "https://b.example.com"):
        made.run("edit", "blog", "--yes", "--set", f"site_url={site}")
    made.run("env", "blog")
    return made


@pytest.fixture
def db(logged, settings, monkeypatch):
    """A copy of that store, to tamper with."""
    logged.copy(monkeypatch)
    with closing(sqlite3.connect(Path(settings.home) / "store.db")) as connection, connection:
        yield connection
        connection.commit()


def verified(run, db):
    """Return the result of `log --verify`: the exit code and the JSON object."""
    db.commit()
    done = run("log", "--verify", "--json")
    return done.code, json.loads(done.out)


def broken(run, db):
    """Return the entry that verification names, and what is wrong with it."""
    code, found = verified(run, db)
    assert (code, found["state"]) == (7, "broken")
    assert found["broken"]["message"]
    return found["broken"]["id"], found["broken"]["what"]


def test_untouched_log_is_valid(run, db):
    code, found = verified(run, db)
    assert (code, found["state"], found["broken"]) == (0, "whole", None)
    assert (found["entries"], found["seals"], found["seals_checked"]) == (9, 6, 6)
    assert found["sealed_until"]["id"] == 9


@pytest.mark.parametrize("entry", range(1, 9))
def test_removed_entry_is_detected_at_the_next_one(run, db, entry):
    db.execute("DELETE FROM events WHERE id = ?", (entry,))
    assert broken(run, db) == (entry + 1, "removed")


@pytest.mark.parametrize("entry", range(2, 10))
def test_truncated_log_is_detected(run, db, entry):
    db.execute("DELETE FROM events WHERE id >= ?", (entry,))
    assert broken(run, db) == (entry - 1, "cut")
    forgery.rewrite(db, entry)
    assert broken(run, db) == (entry - 1, "cut")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01T00:00:00.000000Z"),
        ("principal", "mallory"),
        ("email", "mallory@example.com"),
        ("action", "connector.test"),
        ("subject", "other"),
        ("outcome", "not_permitted"),
        ("details", '{"fields": []}'),
        ("details", b"\xff"),
        ("previous_hash", "0" * 64),
        ("previous_hash", None),
        ("hash", "0" * 64),
        ("seal_key_id", None),
        ("seal_key_id", "0" * 16),
    ],
)
def test_changed_entry_is_named(run, db, column, value):
    db.execute(f"UPDATE events SET {column} = ? WHERE id = 4", (value,))
    assert broken(run, db) == (4, "changed")


@pytest.mark.parametrize(("value", "what"), [("0" * 64, "resealed"), (None, "unsealed")])
def test_changed_seal_is_named(run, db, value, what):
    db.execute("UPDATE events SET seal = ? WHERE id = 4", (value,))
    assert broken(run, db) == (4, what)


def test_added_seal_is_detected(run, db):
    db.execute("UPDATE events SET seal = ? WHERE id = 3", ("0" * 64,))
    assert broken(run, db) == (3, "changed")


def test_entry_moved_to_another_tenant_is_detected(run, db):
    db.execute("UPDATE events SET tenant_id = 'other' WHERE id = 3")
    assert broken(run, db) == (4, "removed")


def test_entry_without_a_hash_is_inserted(run, db):
    db.execute("UPDATE events SET id = id + 100 WHERE id > 4")
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 50, {names} FROM events WHERE id = 2")
    assert broken(run, db) == (50, "inserted")


def test_entry_with_a_computed_hash_is_inserted(run, db):
    """The hash of the new entry is right; later entries are unchanged."""
    db.execute("UPDATE events SET id = id + 100 WHERE id > 4")
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 50, {names} FROM events WHERE id = 2")
    entry = db.execute(f"SELECT {', '.join(HASHED)} FROM events WHERE id = 50").fetchone()
    (before,) = db.execute("SELECT hash FROM events WHERE id = 4").fetchone()
    change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = 50"
    db.execute(change, (before, hash_entry(before, entry)))
    assert broken(run, db) == (50, "inserted")


def test_entries_appended_past_the_end_are_inserted(run, db):
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 10, {names} FROM events WHERE id = 2")
    entry = db.execute(f"SELECT {', '.join(HASHED)} FROM events WHERE id = 10").fetchone()
    (before,) = db.execute("SELECT hash FROM events WHERE id = 9").fetchone()
    change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = 10"
    db.execute(change, (before, hash_entry(before, entry)))
    assert broken(run, db) == (10, "inserted")


@pytest.mark.parametrize(("one", "other"), [(3, 4), (2, 8), (8, 9), (1, 2)])
def test_swapped_entries_are_named(run, db, one, other):
    db.execute("UPDATE events SET id = -1 WHERE id = ?", (one,))
    db.execute("UPDATE events SET id = ? WHERE id = ?", (one, other))
    db.execute("UPDATE events SET id = ? WHERE id = -1", (other,))
    assert broken(run, db) == (one, "moved")


@pytest.mark.parametrize("entry", range(1, 10))
def test_recomputed_hashes_are_detected_by_the_next_seal(run, db, entry):
    sealed = [row[0] for row in db.execute("SELECT id FROM events WHERE seal IS NOT NULL")]
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = ?", (entry,))
    forgery.rewrite(db, entry)
    assert broken(run, db) == (min(n for n in sealed if n >= entry), "resealed")


def test_removed_entry_with_recomputed_hashes_is_detected(run, db):
    db.execute("DELETE FROM events WHERE id = 2")
    forgery.rewrite(db, 3)
    assert broken(run, db) == (4, "resealed")


def test_erased_seals_are_detected_by_the_length_seal(run, db):
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = 4")
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL WHERE id >= 4")
    forgery.rewrite(db, 4)
    assert broken(run, db) == (9, "resealed")


def test_erased_length_seal_is_detected(run, db):
    db.execute("UPDATE log_heads SET seal = NULL, seal_key_id = NULL, sealed_entries = NULL")
    assert broken(run, db) == (9, "unsealed")
    db.execute("UPDATE log_heads SET sealed_hash = NULL")
    assert broken(run, db) == (9, "unsealed")
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL")
    forgery.rewrite(db, 1)
    code, found = verified(run, db)
    assert (code, found["state"]) == (7, "unsealed")


@pytest.mark.parametrize(
    ("hide", "state", "what"),
    [(forgery.follow, "broken", "unmatched"), (forgery.bare, "unsealed", None)],
)
def test_new_seal_does_not_hide_a_forged_log(run, db, hide, state, what):
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = 2")
    forgery.erase_seals(db)
    forgery.rewrite(db)
    hide(db)
    db.commit()
    for _ in range(2):
        done = run("get", "blog", "application_password", "--reveal")
        assert (done.code, done.out) == (0, "canary-password\n")
    code, found = verified(run, db)
    broken = found["broken"] or {"id": None, "what": None}
    assert (code, found["state"], broken["what"]) == (7, state, what)
    assert broken["id"] == (10 if what else None)
    assert found["unproven_until"] == (None if what else {"id": 9, "at": last_at(db, 9)})
    doctor = run("doctor", "--json")
    findings = {each["check"]: each["state"] for each in json.loads(doctor.out)["results"]}
    assert (doctor.code, findings["log"]) == (1, "failure")


def last_at(db, entry):
    return db.execute("SELECT at FROM events WHERE id = ?", (entry,)).fetchone()[0]


@pytest.mark.parametrize("place", [-1, 2.5, "x", b"9"])
@pytest.mark.parametrize("column", ["entries", "sealed_entries"])
def test_moved_length_seal_is_detected(run, db, column, place):
    db.execute("UPDATE events SET principal = 'mallory', seal = NULL, seal_key_id = NULL")
    forgery.rewrite(db, 1)
    db.execute(f"UPDATE log_heads SET {column} = ?", (place,))
    assert broken(run, db) == (None, "altered")


def test_log_with_an_invalid_end_accepts_no_entries(run, db):
    db.execute("UPDATE log_heads SET entries = 'x'")
    db.commit()
    done = run("edit", "blog", "--tag", "late")
    assert (done.code, "damaged" in done.err) == (1, True)


def test_log_end_cannot_be_erased(run, db):
    db.execute("DELETE FROM log_heads")
    assert broken(run, db) == (9, "headless")
    db.commit()
    run("member", "add", "later", "--role", "viewer")
    assert broken(run, db) == (10, "restarted")


def test_emptied_log_is_detected(run, db):
    db.execute("DELETE FROM events")
    assert broken(run, db) == (None, "cut")


def test_log_continued_after_truncation_is_detected(run, db):
    db.execute("DELETE FROM events WHERE id = 9")
    db.commit()
    run("edit", "blog", "--tag", "after")
    assert broken(run, db) == (9, "removed")


def test_without_the_key_only_the_hash_chain_is_checked(run, db, monkeypatch):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    code, found = verified(run, db)
    assert (code, found["state"], found["seals_checked"]) == (7, "unchecked", 0)
    assert len(found["keys_missing"]) == 1
    assert "without the key" in run("log", "--verify").err
    db.execute("DELETE FROM events WHERE id = 4")
    assert broken(run, db) == (5, "removed")


def test_verify_names_a_connector_that_was_altered(run, blog):
    with closing(connect()) as db:
        db.execute("UPDATE connectors SET version = version + 1, status = 'active'")
        db.commit()
    done = run("log", "--verify", "--json")
    named = [{"name": "blog", "what": "changed"}]
    assert (done.code, json.loads(done.out)["connectors"]) == (7, named)


def test_verify_accepts_no_filters(run, blog):
    assert run("log", blog, "--verify").code == 2
    assert run("log", "--verify", "--last", "3").code == 2


def test_events_are_listed_oldest_first_with_actor_action_and_subject(run, blog):
    run("get", blog, "application_password", "--reveal")
    founded, installed, revealed = json.loads(run("log", "--json").out)
    assert (founded["action"], founded["subject"]) == ("tenant.create", "default")
    assert installed["action"] == "connector.install"
    assert revealed["action"] == "connector.reveal"
    assert (revealed["subject"], revealed["outcome"]) == ("blog", "ok")
    assert revealed["email"] == "tester@example.com"
    assert revealed["details"]["fields"] == ["application_password"]
    assert "canary-password" not in run("log", "--json").out


def test_connector_is_followed_through_renames(run, blog):
    run("edit", blog, "--rename", "news")
    run("get", "news", "application_password", "--reveal")
    row_id = json.loads(run("show", "news", "--json").out)["id"]
    for name in ("blog", "news", row_id):
        found = json.loads(run("log", name, "--json").out)
        assert [each["subject"] for each in found] == ["blog", "blog", "news"]
        assert json.loads(run("log", name, "--until", "2020-01-01", "--json").out) == []
    assert run("log", "nix").code == 5


def test_filters(run, blog, settings):
    run("edit", blog, "--tag", "t")
    run("get", blog, "application_password", "--reveal")

    def actions(*line):
        return [each["action"].partition(".")[2] for each in json.loads(run("log", *line).out)]

    everything = ["install", "update", "reveal"]
    assert actions("--json") == actions("--json", "--since", "1h") == ["create", *everything]
    assert actions("--json", "--until", "1h") == []
    assert actions("--json", "--since", "2999-01-01") == []
    assert actions("--json", "--action", "connector.reveal") == ["reveal"]
    assert actions("--json", "--action", "connector") == everything
    assert actions("--json", "--actor", "tester@example.com") == ["create", *everything]
    assert actions("--json", "--actor", "nobody") == []
    assert actions("--json", "--outcome", "failed") == []
    assert actions("--json", "--last", "2") == ["update", "reveal"]
    assert actions("--json", "--last", "9" * 30) == ["create", *everything]
    refused = run("log", "--action", "foo")
    assert refused.code == 2
    assert all(action in refused.err for action in Action)
    refused = run("log", "--outcome", "foo")
    assert refused.code == 2
    assert "not_permitted" in refused.err
    assert run("log", "--since", "yesterday").code == 2


def test_refused_use_is_logged_with_its_code(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", "0" * 20)
    assert run("get", blog, "application_password", "--reveal").code == 7
    (found,) = json.loads(run("log", "--outcome", "failed", "--json").out)
    assert (found["action"], found["outcome"]) == ("connector.reveal", "key")
    assert json.loads(run("log", "--outcome", "key", "--json").out) == [found]


@pytest.mark.sqlite
def test_failed_action_is_logged_with_its_details(run, blog):
    assert run("install", "--from", f"default/{blog}").code == 6
    assert run("member", "add", os_user(), "--role", "viewer").code == 6
    install, member = json.loads(run("log", "--outcome", "conflict", "--json").out)
    assert (install["subject"], install["details"]) == (blog, {"type": "wordpress"})
    assert member["details"] == {"role": "viewer"}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("line", "action"),
    [
        (["run", "blog,x", "--", "true"], "connector.use"),
        (["env", "blog", "x"], "connector.use"),
        (["export", "blog", "x", "--secrets", "plain", "--yes"], "connector.export"),
    ],
)
def test_refused_use_of_several_is_logged_for_each(run, blog, settings, line, action):
    run("install", "twitter", "--name", "x", "--set", "client_id=a")
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE members SET role = 'viewer'")
    assert run(*line).code == 4
    for name in (blog, "x"):
        newest = json.loads(run("log", name, "--last", "1", "--json").out)[0]
        assert (newest["action"], newest["outcome"]) == (action, "not_permitted")


@pytest.mark.sqlite
def test_refusal_is_recorded_for_every_action(run, blog, settings):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db:
        db.execute("UPDATE members SET role = 'viewer'")
        db.commit()
    assert run("remove", "\udcff").code == 4
    assert json.loads(run("log", "--last", "1", "--json").out)[0]["subject"] == "\\udcff"


def test_invalid_email_address_is_escaped(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTORS_USER_EMAIL", "x\udcff@example.com")
    assert run("edit", "blog", "--tag", "new").code == 0
    assert json.loads(run("log", "--last", "1", "--json").out)[0]["email"] == "x\\udcff@example.com"


def test_people_see_one_line_per_event(terminal, run, blog):
    run("edit", blog, "--tag", "t")
    head, *lines = terminal("log").out.splitlines()
    assert "who" in head
    assert "tenant.create" in lines[0]
    assert "connector.install" in lines[1]
    assert "tags" in lines[2]


def test_log_without_a_store_is_empty(run):
    assert json.loads(run("log", "--json").out) == []
    assert run("log", "--verify").code == 5
