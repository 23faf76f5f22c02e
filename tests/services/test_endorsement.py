"""A tenant's key is endorsed by the one before it: nobody else makes a key that of a tenant."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.vault.log_seals import Sealer
from connectors_cli.vault.seal import Cipher, Key, new_key
from support.stores import KEY

SECRET = "canary-password"
INSTALL = ("install", "wordpress", "--set", "site_url=https://blog.example.com",
           "--set", "username=alice", "--secret", "application_password=env:WP")  # fmt: skip


@pytest.fixture
def both(run, blog, monkeypatch):
    """The keys of the tenants default and acme, both in the variable; acme's holder attacks."""
    monkeypatch.setenv("WP", SECRET)
    mine, theirs = Key(os.environ[KEY]), new_key()
    monkeypatch.setenv(KEY, f"{mine.text},{theirs.text}")
    assert run("tenant", "create", "acme").code == 0
    return mine, theirs


def sql(text, *values):
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db, db:
        return db.execute(text, values).fetchall()


def swap(mine, theirs):
    """Make acme's key the active one of default, and the other way round."""
    sql("UPDATE keys SET state = 'pending'")
    sql("UPDATE keys SET tenant_id = 'x' || tenant_id")
    sql("UPDATE keys SET tenant_id = iif(tenant_id = 'xacme', 'default', 'acme'), state = 'active'")


def replace(mine, theirs):
    """Make acme's key the only one of default, as its holder can endorse it."""
    sql("DELETE FROM keys WHERE tenant_id = 'default'")
    mac = theirs.endorsement("default", theirs.id)
    sql("UPDATE keys SET tenant_id = 'default', endorsement = ?", mac)


def replace_and_seal_the_head(mine, theirs):
    replace(mine, theirs)
    ((entries, last),) = sql("SELECT entries, hash FROM log_heads WHERE tenant_id = 'default'")
    seal = Sealer(theirs, "default").seal_head(entries, last)
    sql("UPDATE log_heads SET seal = ?, seal_key_id = ?, sealed_entries = entries,"
        " sealed_hash = hash WHERE tenant_id = 'default'", seal, theirs.id)  # fmt: skip


def replace_and_cut_the_log(mine, theirs):
    replace_and_seal_the_head(mine, theirs)
    sql("DELETE FROM events WHERE tenant_id = 'default' AND id = (SELECT MIN(id) FROM events)")


def retire(mine, theirs):
    """Leave the true key there, as an old one."""
    sql("UPDATE keys SET state = 'retired' WHERE tenant_id = 'default'")
    mac = theirs.endorsement("default", theirs.id)
    sql("UPDATE keys SET tenant_id = 'default', endorsement = ? WHERE tenant_id = 'acme'", mac)


def retire_as_if_it_endorsed(mine, theirs):
    retire(mine, theirs)
    mac = theirs.endorsement("default", theirs.id)
    sql("UPDATE keys SET endorsed_by = ?, endorsement = ? WHERE id = ?", mine.id, mac, theirs.id)


def pretend_an_older_store(mine, theirs):
    retire(mine, theirs)
    sql("UPDATE keys SET endorsed_by = NULL, endorsement = NULL")


def pretend_an_unknown_key_between(mine, theirs):
    retire(mine, theirs)
    copied = (
        "SELECT '0123456789abcdef', tenant_id, state, created_at, id, 'x' FROM keys WHERE id = ?"
    )
    sql(f"INSERT INTO keys {copied}", mine.id)
    sql("UPDATE keys SET endorsed_by = '0123456789abcdef' WHERE id = ?", theirs.id)


ATTACKS = [
    *(swap, replace, replace_and_seal_the_head, replace_and_cut_the_log, retire),
    *(retire_as_if_it_endorsed, pretend_an_older_store, pretend_an_unknown_key_between),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_another_tenants_key_seals_nothing(run, both, attack, tmp_path, monkeypatch):
    mine, theirs = both
    monkeypatch.setenv("NEW", "another-password")
    before = sql("SELECT id, auth, auth_mac FROM connectors")
    attack(mine, theirs)
    file = tmp_path / "c.yaml"
    item = {"name": "new", "type": "wordpress", "config": {"site_url": "https://b.example.com"}}
    item["auth"] = {"username": "a", "application_password": {"env": "WP"}}
    file.write_text(json.dumps({"connectors": [item]}))
    for line in (
        (*INSTALL, "--name", "new"),
        ("apply", "-f", str(file), "--yes"),
        ("import", str(file)),
        ("edit", "blog", "--secret", "application_password=env:NEW"),
        ("key", "rotate"),
        ("credentials", "reset", "blog", "--yes"),
        ("key", "status"),
    ):
        done = run(*line)
        assert done.code == 7, (line, done.out, done.err)
    assert sql("SELECT id, auth, auth_mac FROM connectors") == before
    found = run("doctor", "--json")
    assert found.code == 1
    told = [r for r in json.loads(found.out)["results"] if r["check"] == "endorsements"]
    assert any(theirs.id in r["message"] and r["state"] == "failure" for r in told)


def test_row_that_another_tenants_key_seals_is_not_used(run, both):
    _, theirs = both
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute("SELECT * FROM connectors").fetchone())
    cipher = Cipher(theirs)
    auth = {n: cipher.seal(("default", row["id"], n), "evil") for n in json.loads(row["auth"])}
    texts = {
        **{n: row[n] for n in ("config", "tags", "auth_fingerprints")},
        "auth": json.dumps(auth),
    }
    sealed = {
        **row,
        "catalog_key": "wordpress",
        "source": "builtin",
        "digest": None,
        "texts": texts,
    }
    sql("UPDATE connectors SET auth = ?, auth_mac = ?, key_id = ?", texts["auth"],
        cipher.row_seal(sealed), theirs.id)  # fmt: skip
    for line in (
        ("get", "blog", "application_password", "--reveal"),
        ("env", "blog"),
        ("run", "blog", "--", "true"),
        ("export", "blog", "--secrets", "plain", "--yes"),
        ("install", "--from", "default/blog", "--tenant", "acme"),
        ("edit", "blog", "--tag", "x"),
        ("edit", "blog", "--secret", "application_password=env:WP"),
        ("key", "rotate"),
    ):
        done = run(*line)
        assert done.code == 7, (line, done.out, done.err)
        assert "evil" not in done.out
    assert run("remove", "blog").code == 0


def test_leaked_old_key_is_not_made_active_again(run, both, monkeypatch):
    mine, _ = both
    newer = new_key()
    monkeypatch.setenv(KEY, f"{newer.text},{os.environ[KEY]}")
    assert run("key", "rotate").code == 0
    assert run(*INSTALL, "--name", "one").code == 0
    for state in ("retiring", "pending", "retired"):
        sql("UPDATE keys SET state = ? WHERE id = ?", state, newer.id)
        sql("UPDATE keys SET state = 'active' WHERE id = ?", mine.id)
        assert run(*INSTALL, "--name", state).code == 7
    sql("UPDATE keys SET state = 'retiring' WHERE id = ?", mine.id)
    sql("UPDATE keys SET state = 'active' WHERE id = ?", newer.id)
    assert run(*INSTALL, "--name", "two").code == 0


def test_another_tenants_key_is_not_the_next_one(run, both):
    """Its holder removes it from acme, so that it looks unused."""
    sql("DELETE FROM keys WHERE tenant_id = 'acme'")
    done = run("key", "rotate", "--tenant", "default")
    assert (done.code, "needs a new key" in done.err) == (7, True)


def test_rotations_and_prunes_keep_the_key_known(run, both, monkeypatch):
    for number in range(3):
        monkeypatch.setenv(KEY, f"{new_key().text},{os.environ[KEY]}")
        assert run("key", "rotate", "--tenant", "default").code == 0
        assert run(*INSTALL, "--name", f"n{number}").code == 0
    assert run("key", "prune", "--yes").code == 0
    newest = os.environ[KEY].split(",")[0]
    assert run("key", "status").code == 0
    monkeypatch.setenv(KEY, newest)
    for line in ((*INSTALL, "--name", "last"), ("env", "blog"), ("key", "status")):
        assert run(*line).code == 0
    found = json.loads(run("doctor", "--json", "--tenant", "default").out)["results"]
    assert "endorsed" in str([r for r in found if r["check"] == "endorsements"])


def test_lost_key_that_comes_back_is_accepted_by_an_owner(run, both, monkeypatch):
    mine, _ = both
    newer = new_key()
    monkeypatch.setenv(KEY, newer.text)
    assert run("credentials", "reset", "blog", "--yes").code == 0
    assert run(*INSTALL, "--name", "new").code == 0
    found = json.loads(run("doctor", "--json").out)["results"]
    told = next(r for r in found if r["check"] == "endorsements")
    assert (told["state"], mine.id in told["message"]) == ("warning", True)
    monkeypatch.setenv(KEY, f"{newer.text},{mine.text}")
    done = run(*INSTALL, "--name", "newer")
    assert (done.code, "connectors key accept --tenant default" in done.err) == (7, True)
    assert run("get", "new", "application_password", "--reveal").code == 0
    assert run("key", "accept").code == 2
    assert run("key", "accept", "--dry-run").code == 0
    assert run(*INSTALL, "--name", "newer").code == 7
    accepted = run("key", "accept", "--yes", "--json")
    assert json.loads(accepted.out)["accepted"] == [mine.id, newer.id]
    assert run(*INSTALL, "--name", "newer").code == 0
    assert "key.accept" in run("log").out
    found = json.loads(run("doctor", "--json").out)["results"]
    assert [r["state"] for r in found if r["check"] == "endorsements"] == ["ok"]


def test_key_of_an_older_store_is_endorsed_with_the_next_change(run, both):
    mine, _ = both
    sql("UPDATE keys SET endorsed_by = NULL, endorsement = NULL")
    assert run("get", "blog", "application_password", "--reveal").code == 0
    assert "not endorsed yet" in run("doctor").out
    assert run("edit", "blog", "--tag", "x").code == 0
    stored = sql("SELECT endorsed_by, endorsement FROM keys WHERE id = ?", mine.id)
    assert stored == [(mine.id, mine.endorsement("default", mine.id))]
