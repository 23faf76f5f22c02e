"""`log`: what happened, and whether somebody changed what is told of it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import forging
import pytest

from connectors_cli.access import Action
from connectors_cli.chain import HASHED, hash_entry
from connectors_cli.database import os_user


@pytest.fixture
def db(run, blog, settings):
    """The store of `blog`, with nine entries of which six are sealed, for altering."""
    run("edit", blog, "--tag", "t1")
    run("get", blog, "application_password", "--reveal")
    for tag in ("t2", "t3"):
        run("edit", blog, "--tag", tag)
    for site in ("https://a.example.com", "https://b.example.com"):
        run("edit", blog, "--set", f"site_url={site}")
    run("env", blog)
    with closing(sqlite3.connect(Path(settings.home) / "store.db")) as connection, connection:
        yield connection
        connection.commit()


def verified(run, db):
    """What verifying finds: the exit code and the JSON object."""
    db.commit()
    done = run("log", "--verify", "--json")
    return done.code, json.loads(done.out)


def broken(run, db):
    """The entry that verifying names, and what is wrong with it."""
    code, found = verified(run, db)
    assert (code, found["state"]) == (7, "broken")
    assert found["broken"]["message"]
    return found["broken"]["id"], found["broken"]["what"]


def test_a_log_that_nobody_touched_is_whole(run, db):
    code, found = verified(run, db)
    assert (code, found["state"], found["broken"]) == (0, "whole", None)
    assert (found["entries"], found["seals"], found["seals_checked"]) == (9, 6, 6)
    assert found["sealed_until"]["id"] == 9


@pytest.mark.parametrize("entry", range(1, 9))
def test_a_removed_entry_is_missed_at_the_next(run, db, entry):
    db.execute("DELETE FROM events WHERE id = ?", (entry,))
    assert broken(run, db) == (entry + 1, "removed")


@pytest.mark.parametrize("entry", range(2, 10))
def test_entries_cut_off_at_the_end_are_missed(run, db, entry):
    db.execute("DELETE FROM events WHERE id >= ?", (entry,))
    assert broken(run, db) == (entry - 1, "cut")
    forging.rewrite(db, entry)
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
def test_a_changed_entry_is_named(run, db, column, value):
    db.execute(f"UPDATE events SET {column} = ? WHERE id = 4", (value,))
    assert broken(run, db) == (4, "changed")


@pytest.mark.parametrize(("value", "what"), [("0" * 64, "resealed"), (None, "unsealed")])
def test_a_changed_seal_is_named(run, db, value, what):
    db.execute("UPDATE events SET seal = ? WHERE id = 4", (value,))
    assert broken(run, db) == (4, what)


def test_a_seal_where_none_was_is_named(run, db):
    db.execute("UPDATE events SET seal = ? WHERE id = 3", ("0" * 64,))
    assert broken(run, db) == (3, "changed")


def test_an_entry_in_another_tenant_is_missed(run, db):
    db.execute("UPDATE events SET tenant_id = 'other' WHERE id = 3")
    assert broken(run, db) == (4, "removed")


def test_an_entry_without_a_hash_was_inserted(run, db):
    db.execute("UPDATE events SET id = id + 100 WHERE id > 4")
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 50, {names} FROM events WHERE id = 2")
    assert broken(run, db) == (50, "inserted")


def test_an_entry_with_a_hash_was_inserted(run, db):
    """The forger computes the new entry's hash, and leaves those after it as they are."""
    db.execute("UPDATE events SET id = id + 100 WHERE id > 4")
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 50, {names} FROM events WHERE id = 2")
    entry = db.execute(f"SELECT {', '.join(HASHED)} FROM events WHERE id = 50").fetchone()
    (before,) = db.execute("SELECT hash FROM events WHERE id = 4").fetchone()
    change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = 50"
    db.execute(change, (before, hash_entry(before, entry)))
    assert broken(run, db) == (50, "inserted")


def test_entries_appended_past_the_end_were_inserted(run, db):
    names = "at, tenant_id, principal, email, action, subject, outcome, details"
    db.execute(f"INSERT INTO events (id, {names}) SELECT 10, {names} FROM events WHERE id = 2")
    entry = db.execute(f"SELECT {', '.join(HASHED)} FROM events WHERE id = 10").fetchone()
    (before,) = db.execute("SELECT hash FROM events WHERE id = 9").fetchone()
    change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = 10"
    db.execute(change, (before, hash_entry(before, entry)))
    assert broken(run, db) == (10, "inserted")


@pytest.mark.parametrize(("one", "other"), [(3, 4), (2, 8), (8, 9), (1, 2)])
def test_two_entries_that_changed_places_are_named(run, db, one, other):
    db.execute("UPDATE events SET id = -1 WHERE id = ?", (one,))
    db.execute("UPDATE events SET id = ? WHERE id = ?", (one, other))
    db.execute("UPDATE events SET id = ? WHERE id = -1", (other,))
    assert broken(run, db) == (one, "moved")


@pytest.mark.parametrize("entry", range(1, 10))
def test_who_recomputes_every_hash_but_has_no_key_is_told_by_the_next_seal(run, db, entry):
    sealed = [row[0] for row in db.execute("SELECT id FROM events WHERE seal IS NOT NULL")]
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = ?", (entry,))
    forging.rewrite(db, entry)
    assert broken(run, db) == (min(n for n in sealed if n >= entry), "resealed")


def test_who_removes_an_entry_and_recomputes_every_hash_is_told(run, db):
    db.execute("DELETE FROM events WHERE id = 2")
    forging.rewrite(db, 3)
    assert broken(run, db) == (4, "resealed")


def test_who_erases_the_seals_after_a_change_is_told_by_the_seal_over_the_length(run, db):
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = 4")
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL WHERE id >= 4")
    forging.rewrite(db, 4)
    assert broken(run, db) == (9, "resealed")


def test_who_erases_that_seal_too_is_told(run, db):
    db.execute("UPDATE log_heads SET seal = NULL, seal_key_id = NULL, sealed_entries = NULL")
    assert broken(run, db) == (9, "unsealed")
    db.execute("UPDATE log_heads SET sealed_hash = NULL")
    assert broken(run, db) == (9, "unsealed")
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL")
    forging.rewrite(db, 1)
    code, found = verified(run, db)
    assert (code, found["state"]) == (7, "unsealed")


@pytest.mark.parametrize(
    ("hide", "state", "what"),
    [(forging.follow, "broken", "unmatched"), (forging.bare, "unsealed", None)],
)
def test_a_command_that_seals_a_forged_log_does_not_cover_it_up(run, db, hide, state, what):
    db.execute("UPDATE events SET principal = 'mallory' WHERE id = 2")
    forging.erase_seals(db)
    forging.rewrite(db)
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
def test_who_moves_the_seal_over_the_length_to_where_nothing_is_compared_is_told(
    run, db, column, place
):
    db.execute("UPDATE events SET principal = 'mallory', seal = NULL, seal_key_id = NULL")
    forging.rewrite(db, 1)
    db.execute(f"UPDATE log_heads SET {column} = ?", (place,))
    assert broken(run, db) == (None, "altered")


def test_nothing_is_added_to_a_log_whose_end_is_no_number(run, db):
    db.execute("UPDATE log_heads SET entries = 'x'")
    db.commit()
    done = run("edit", "blog", "--tag", "late")
    assert (done.code, "damaged" in done.err) == (1, True)


def test_where_the_log_ends_cannot_be_erased(run, db):
    db.execute("DELETE FROM log_heads")
    assert broken(run, db) == (9, "headless")
    db.commit()
    run("edit", "blog", "--tag", "after")
    assert broken(run, db) == (10, "restarted")


def test_an_emptied_log_is_missed(run, db):
    db.execute("DELETE FROM events")
    assert broken(run, db) == (None, "cut")


def test_a_log_that_goes_on_after_its_end_was_cut_is_missed(run, db):
    db.execute("DELETE FROM events WHERE id = 9")
    db.commit()
    run("edit", "blog", "--tag", "after")
    assert broken(run, db) == (9, "removed")


def test_without_the_key_the_order_is_checked_and_the_seals_are_said_not_to_be(
    run, db, monkeypatch
):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    code, found = verified(run, db)
    assert (code, found["state"], found["seals_checked"]) == (7, "unchecked", 0)
    assert len(found["keys_missing"]) == 1
    assert "without the key" in run("log", "--verify").err
    db.execute("DELETE FROM events WHERE id = 4")
    assert broken(run, db) == (5, "removed")


def test_verifying_takes_no_filters(run, blog):
    assert run("log", blog, "--verify").code == 2
    assert run("log", "--verify", "--last", "3").code == 2


def test_events_come_oldest_first_with_who_what_and_whom(run, blog):
    run("get", blog, "application_password", "--reveal")
    founded, installed, revealed = json.loads(run("log", "--json").out)
    assert (founded["action"], founded["subject"]) == ("tenant.create", "default")
    assert installed["action"] == "connector.install"
    assert revealed["action"] == "connector.reveal"
    assert (revealed["subject"], revealed["outcome"]) == ("blog", "ok")
    assert revealed["email"] == "tester@example.com"
    assert revealed["details"]["fields"] == ["application_password"]
    assert "canary-password" not in run("log", "--json").out


def test_a_connector_is_followed_over_its_names(run, blog):
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


def test_a_refused_use_is_in_the_log_by_its_code(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", "0" * 20)
    assert run("get", blog, "application_password", "--reveal").code == 7
    (found,) = json.loads(run("log", "--outcome", "failed", "--json").out)
    assert (found["action"], found["outcome"]) == ("connector.reveal", "key")
    assert json.loads(run("log", "--outcome", "key", "--json").out) == [found]


def test_a_failure_tells_what_was_tried(run, blog):
    assert run("install", "--from", f"default/{blog}").code == 6
    assert run("member", "add", os_user(), "--role", "viewer").code == 6
    install, member = json.loads(run("log", "--outcome", "conflict", "--json").out)
    assert (install["subject"], install["details"]) == (blog, {"type": "wordpress"})
    assert member["details"] == {"role": "viewer"}


@pytest.mark.parametrize(
    ("line", "action"),
    [
        (["run", "blog,x", "--", "true"], "connector.use"),
        (["env", "blog", "x"], "connector.use"),
        (["export", "blog", "x", "--secrets", "plain", "--yes"], "connector.export"),
    ],
)
def test_a_refused_use_of_several_is_in_the_log_of_each(run, blog, settings, line, action):
    run("install", "twitter", "--name", "x", "--set", "client_id=a")
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE members SET role = 'viewer'")
    assert run(*line).code == 4
    for name in (blog, "x"):
        newest = json.loads(run("log", name, "--last", "1", "--json").out)[0]
        assert (newest["action"], newest["outcome"]) == (action, "not_permitted")


def test_a_refusal_is_recorded_whatever_was_asked_for(run, blog, settings):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db:
        db.execute("UPDATE members SET role = 'viewer'")
        db.commit()
    assert run("remove", "\udcff").code == 4
    assert json.loads(run("log", "--last", "1", "--json").out)[0]["subject"] == "\\udcff"


def test_an_email_address_that_is_no_text_is_spelled_out(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTORS_USER_EMAIL", "x\udcff@example.com")
    assert run("edit", "blog", "--tag", "new").code == 0
    assert json.loads(run("log", "--last", "1", "--json").out)[0]["email"] == "x\\udcff@example.com"


def test_people_see_a_line_an_event(terminal, run, blog):
    run("edit", blog, "--tag", "t")
    head, *lines = terminal("log").out.splitlines()
    assert "who" in head
    assert "tenant.create" in lines[0]
    assert "connector.install" in lines[1]
    assert "tags" in lines[2]


def test_before_there_is_a_store_there_is_nothing(run):
    assert json.loads(run("log", "--json").out) == []
    assert run("log", "--verify").code == 5
