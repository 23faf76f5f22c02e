"""The command `install --from TENANT/NAME`: decrypted in one tenant, encrypted in another."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.store.read.database import os_user
from connectors_cli.vault.seal import new_key

pytestmark = pytest.mark.sqlite

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


@pytest.fixture
def acme(run, blog, monkeypatch) -> str:
    """A second tenant, empty; the first has `blog`."""
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert run("tenant", "create", "acme").code == 0
    return "acme"


def sql(statement: str, *parameters: object) -> list:
    with closing(sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db")) as db, db:
        return db.execute(statement, parameters).fetchall()


def becomes(role: str, tenant: str) -> None:
    change = "UPDATE members SET role = ? WHERE tenant_id = ? AND principal = ?"
    sql(change, role, tenant, os_user())


COPY = ("install", "--from", "default/blog", "-t", "acme")


def test_a_copy_is_sealed_with_its_own_tenants_key_and_recorded_in_both(run, acme):
    before = sql("SELECT MAX(id) FROM events")[0][0]
    assert run(*COPY, "-N", "copy", "--tag", "new").code == 0
    assert run("get", "copy", "application_password", "--reveal", "-t", "acme").out == (
        "canary-password\n"
    )
    shown = json.loads(run("show", "copy", "-t", "acme", "--json").out)
    assert (shown["tags"], shown["status"]) == (["prod", "new"], "inactive")
    assert len({key for (key,) in sql("SELECT key_id FROM connectors")}) == 2
    recorded = "SELECT tenant_id, action, subject FROM events WHERE id > ? ORDER BY id LIMIT 2"
    assert sql(recorded, before) == [
        ("default", "connector.use", "blog"),
        ("acme", "connector.install", "copy"),
    ]


def test_a_dry_run_copies_and_records_nothing(run, acme):
    before = sql("SELECT COUNT(*) FROM events")
    assert json.loads(run(*COPY, "-n", "--json").out)["change"] == "installed"
    assert sql("SELECT COUNT(*) FROM events") == before
    assert run("list", "-t", "acme", "-o", "names").out == ""


def test_copy_leaves_tokens_out(run, acme, monkeypatch):
    monkeypatch.setenv("S", "canary-secret")
    install = ("install", "wordpress-com", "-N", "site", "-s", "client_id=abc")
    assert run(*install, "-S", "client_secret=env:S").code == 0
    assert run("auth", "login", "site", "-S", "access_token=env:S").code == 0
    done = run("install", "--from", "default/site", "-t", "acme")
    assert done.code == 0, done.err
    assert "access_token not copied from default/site" in done.err
    shown = json.loads(run("show", "site", "-t", "acme", "--json").out)
    assert shown["auth_fields"] == ["client_secret"]
    assert "canary" not in done.out + done.err


@pytest.mark.parametrize(
    ("there", "here", "code"),
    [
        ("member", "admin", 0),
        ("viewer", "owner", 4),
        ("owner", "member", 4),
    ],
)
def test_copy_requires_use_there_and_install_here(run, acme, there, here, code):
    becomes(there, "default")
    becomes(here, "acme")
    assert run(*COPY).code == code
    if code:
        refused = sql("SELECT tenant_id FROM events WHERE outcome = 'not_permitted'")
        assert refused == [("default",) if there == "viewer" else ("acme",)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("--from", "default/nobody"), 5),
        (("--from", "nobody/blog"), 5),
        (("--from", "blog"), 2),
        (("--from", "Not A Slug/blog"), 2),
        (("wordpress", "--from", "default/blog"), 2),
        (("--from", "default/blog", "-s", "username=x"), 2),
    ],
)
def test_uncopyable_connector_is_reported(run, acme, line, code):
    assert run("install", *line, "-t", "acme").code == code
    assert run("list", "-t", "acme", "-o", "names").out == ""


def test_without_the_other_tenants_key_nothing_is_copied(run, acme, monkeypatch):
    monkeypatch.setenv(KEY, os.environ[KEY].partition(",")[2])
    assert run(*COPY).code == 7
    assert sql("SELECT outcome FROM events WHERE action = 'connector.use'") == [("key",)]
