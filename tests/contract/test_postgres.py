"""The store on a real PostgreSQL server: the same commands, the same answers."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
import pytest

from connectors_cli.__main__ import main
from connectors_cli.audit import gate as audit_gate
from connectors_cli.audit.roles import Action
from connectors_cli.errors import NotPermitted
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read.rows import CONNECTOR
from connectors_cli.vault.seal import new_key
from support import log_writer, oauth_connectors, processes
from support.http_server import Reply
from support.oauth_server import AuthorizationServer
from support.processes import together
from support.stores import reseal

KEYS = "CONNECTOR_AUTH_ENCRYPTION_KEY"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def store(postgres: Any, database: str) -> str:
    """The URL of an empty database of the test's own."""
    return str(postgres.url(database))


@pytest.fixture
def blog(run, store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the fixture of this name is elsewhere, in the server's store."""
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")
    done = run(
        *("install", "wordpress", "--name", "blog", "--activate", "--tag", "prod"),
        *("--set", "site_url=https://blog.example.com", "--set", "username=alice"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    )
    assert done.code == 0, done.err
    return "blog"


def test_before_anything_is_installed_the_named_store_is_missing(run):
    assert run("list", "--json").code == 5  # a store that was named must exist
    assert "wordpress" in run("catalog", "-o", "names").out.split()


def test_a_connector_has_the_same_fields_as_in_sqlite(run, blog):
    (target,) = json.loads(run("targets", "--json").out)
    assert list(target) == [name for name, _ in CONNECTOR]
    assert (target["auth_fields"], target["config"]) == (
        ["application_password", "username"],
        {"site_url": "https://blog.example.com"},
    )
    assert target["created_at"].endswith("Z")


def test_lists_have_the_defaults_of_the_type(run):
    sets = ("--set", "host=h.example.com", "--set", "from_email=a@b.example")
    assert run("install", "smtp", "--name", "m", "--activate", *sets).code == 0
    for line in (["show", "m"], ["targets"], ["list", "-q", "m"]):
        assert '"port": 465' in run(*line, "--json").out
        assert '"port": 465' in run(*line, "--json", "--fields", "config").out


def test_the_main_job_works(run, blog):
    assert run("edit", blog, "--set", "account_label=Ours", "--diff").code == 0
    assert run("get", blog, "application_password", "--reveal").out == "canary-password\n"
    assert run("remove", blog).code == 0
    assert run("show", blog).code == 5
    assert run("restore", blog).code == 0
    assert run("targets", "--tag", "prod", "--capability", "post_image", "-o", "names").out == (
        "blog\n"
    )
    assert run("remove", blog, "--purge", "--yes").code == 0


def test_the_state_of_keys_has_its_times_as_everywhere(run, blog):
    (key,) = json.loads(run("key", "status", "--json").out)["keys"]
    assert (key["created_at"].endswith("Z"), key["connectors"]) == (True, 1)


def test_no_credential_is_in_the_database(run, blog, store):
    with psycopg.connect(store) as connection:
        rows = connection.execute("SELECT c::text FROM connectors c").fetchall()
        events = connection.execute("SELECT e::text FROM events e").fetchall()
    assert "canary-password" not in str(rows + events)


def test_a_set_of_connectors_goes_out_and_comes_back(run, blog, tmp_path, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", "a passphrase")
    path, phrase = tmp_path / "b.json", ("--passphrase", "env:PASSPHRASE")
    assert run("preset", "save", "house", "--from", blog).code == 0
    assert run("export", "--all", "--secrets", "sealed", *phrase, "--to", path).code == 0
    assert run("import", path, *phrase, "--on-conflict", "overwrite").out == "1 unchanged\n"
    assert run("remove", blog, "--purge", "--yes").code == 0
    assert "1 created" in run("import", path, *phrase).out
    assert run("get", blog, "application_password", "--reveal").out == "canary-password\n"
    monkeypatch.setenv("BLOG_PASSWORD", "canary-second")
    file = tmp_path / "site.yaml"
    file.write_text(
        "connectors:\n- name: blog\n  type: wordpress\n  preset: house\n"
        "  auth: {username: alice, application_password: $env:BLOG_PASSWORD}\n"
    )
    assert "1 updated" in run("apply", "-f", file).out
    assert run("apply", "-f", file).out == "1 unchanged\n"
    file.write_text("connectors: []\n")
    assert "1 removed" in run("apply", "-f", file, "--prune").out
    assert json.loads(run("preset", "list", "--json").out)[0]["created_at"].endswith("Z")


def test_concurrent_writers_lose_no_update(run, blog):
    """Each adds a tag of its own to the same connector."""
    line = [sys.executable, "-m", "connectors_cli", "edit", blog, "--tag"]
    running = [subprocess.Popen([*line, f"t{n}"], stdout=subprocess.DEVNULL) for n in range(6)]
    assert [process.wait(60) for process in running] == [0] * 6
    shown = json.loads(run("show", blog, "--json").out)
    assert sorted(shown["tags"]) == ["prod", *(f"t{n}" for n in range(6))]
    assert shown["version"] == 7


def test_concurrent_starts_create_one_store(store):
    line = [sys.executable, "-m", "connectors_cli", "init", "--json"]
    running = [subprocess.Popen(line, stdout=subprocess.PIPE) for _ in range(4)]
    made = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert len({found["key_id"] for found in made}) == 1
    assert sum(found["created"] for found in made) == 1


def test_concurrent_writers_share_one_log(run, blog):
    """Commands that change and that read, and programs that append and append."""
    edit = partial(main, ["edit", blog, "--tag", "t"])
    reveal = partial(main, ["get", blog, "application_password", "--reveal"])
    assert processes.together([edit, reveal, *[log_writer.append] * 8]) == [0] * 10
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["state"], found["entries"]) == ("whole", 2 + 2 + 8 * log_writer.appended())
    assert found["broken"] is None


def test_log_is_read_counted_and_verified_as_in_sqlite(run, blog, store):
    run("edit", blog, "--rename", "news")
    run("get", "news", "application_password", "--reveal")
    events = json.loads(
        run("log", blog, "--since", "1h", "--actor", "tester@example.com", "--json").out
    )
    actions = ["connector.install", "connector.update", "connector.reveal"]
    assert [event["action"] for event in events] == actions
    assert len(json.loads(run("log", "--action", "connector", "--last", "2", "--json").out)) == 2
    _, row = json.loads(run("stats", "--json").out)  # the first is of the tenant itself
    assert (row["type"], row["installs"], row["uses"], row["events"]) == ("wordpress", 1, 1, 3)
    for by in ("tenant", "day", "actor"):
        (row,) = json.loads(run("stats", "--by", by, "--json").out)
        assert (row["events"], sum(row["trend"])) == (4, 4)
    assert run("log", "--verify").code == 0
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute("UPDATE connectors SET version = 1")
        told = run("doctor", "--json").out
        assert "news is at version 1, but the log contains version 2" in told
        connection.execute("DELETE FROM events WHERE id = 3")
    found = json.loads(run("log", "--verify", "--json").out)["broken"]
    assert (found["id"], found["what"]) == (4, "removed")


def test_unavailable_server_is_reported_without_the_password(run, monkeypatch):
    monkeypatch.setenv("CONNECTORS_STORE", "postgresql://me:hunter2@127.0.0.1:1/x")
    done = run("list")
    assert (done.code, "hunter2" in done.err, "Traceback" in done.err) == (8, False, False)
    assert "nothing listens on this port" in done.err


def test_doctor_checks_a_store_on_a_server(run, blog):
    done = run("doctor", "--json")
    assert done.code == 0, done.out
    found = {item["check"]: item for item in json.loads(done.out)["results"]}
    for check in ("store", "catalog", "members", "keys", "row seals", "credentials", "log"):
        assert found[check]["state"] == "ok", found[check]
    assert "permissions" not in found
    assert "integrity" not in found


def test_a_key_rotates_and_a_lost_one_is_replaced(run, blog, store, monkeypatch):
    variable = "CONNECTOR_AUTH_ENCRYPTION_KEY"
    first, second, third = os.environ[variable], new_key().text, new_key().text
    monkeypatch.setenv(variable, f"{second},{first}")
    assert json.loads(run("key", "rotate", "--json").out)["values"] == 2
    assert run("key", "prune", "--yes").code == 0
    monkeypatch.setenv(variable, second)
    assert run("get", blog, "application_password", "--reveal").out == "canary-password\n"
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute('UPDATE connectors SET config = \'{"site_url": "https://x.example"}\'')
    assert run("key", "rotate").code == 7
    assert run("credentials", "accept", blog, "--yes").code == 0
    assert run("get", blog, "application_password", "--reveal").out == "canary-password\n"
    monkeypatch.setenv(variable, third)
    done = run("credentials", "reset", "--all", "--yes", "--json")
    assert json.loads(done.out)["reset"] == ["blog"], done.err
    shown = json.loads(run("show", blog, "--json").out)
    assert (shown["status"], shown["auth_fields"]) == ("error", [])
    assert shown["config"] == {"site_url": "https://x.example"}


def test_no_write_uses_the_old_key_during_a_rotation(run, blog, store, monkeypatch):
    """On a server many write at a time: each waits for the rotation, or it for them."""
    variable = "CONNECTOR_AUTH_ENCRYPTION_KEY"
    keys = ",".join(new_key().text for _ in range(5))
    monkeypatch.setenv(variable, f"{keys},{os.environ[variable]}")
    run("install", "wordpress", "--name", "two", "--set", "site_url=https://two.example.com")

    def edit(number: int) -> Callable[[], int]:
        def work() -> int:
            lines = (
                ("edit", "blog", "--secret", f"application_password=cmd:echo canary-w{number}-{n}")
                for n in range(8)
            )
            return max(main(list(line)) for line in lines)

        return work

    def rotate() -> int:
        return max(main(["key", "rotate"]) for _ in range(5))

    assert together([rotate, edit(1), edit(2)]) == [0, 0, 0]
    with psycopg.connect(store) as connection:
        under = connection.execute(
            "SELECT DISTINCT c.key_id = k.id FROM connectors c, keys k WHERE k.state = 'active'"
        ).fetchall()
    assert under == [(True,)]
    assert run("get", "blog", "application_password", "--reveal").out in {
        "canary-w1-7\n",
        "canary-w2-7\n",
    }


def test_account_is_kept_if_a_test_cannot_reach_the_service(run, store, monkeypatch):
    with AuthorizationServer() as service:
        monkeypatch.setenv("BROWSER", oauth_connectors.BROWSER)
        oauth_connectors.add_type(run)
        assert oauth_connectors.install(run, service, "news", "--auth", "browser").code == 0
        assert run("test", "news").code == 0
        service.replies["/me"] = [Reply(503, {})]
        assert run("test", "news").code == 8
        (found,) = json.loads(run("auth", "status", "news", "--json").out)["results"]
        assert (found["account"], found["method"]) == ("alice", "browser")


def test_eight_processes_make_one_refresh(run, store, monkeypatch, tmp_path):
    monkeypatch.setenv("BROWSER", oauth_connectors.BROWSER)
    with AuthorizationServer() as service:
        oauth_connectors.add_type(run)
        assert oauth_connectors.install(run, service, "news", "--auth", "browser").code == 0
        with psycopg.connect(store) as connection:
            connection.execute("UPDATE connectors SET auth_expires_at = '2001-01-01T00:00:00Z'")
            reseal(connection, "news", "postgresql")
        line = ["get", "news", "access_token", "--reveal"]
        assert processes.together([partial(main, line)] * 8) == [0] * 8
        assert service.requests["token:refresh_token"] == 1
        assert service.accepts(oauth_connectors.token(run))
        done = json.loads(run("auth", "status", "news", "--json").out)["results"][0]
        assert (done["state"], done["method"]) == ("signed_in", "browser")
        assert run("auth", "logout", "news").code == 0
        assert not service.accepts(oauth_connectors.token(run))


@pytest.fixture
def bob(store: str) -> Iterator[str]:
    """The store's URL for another role of the server, one that may use its tables."""
    name = f"bob_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        connection.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {name}"
        )
        connection.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO {name}"
        )
    scheme, _, place = store.partition("://")
    yield f"{scheme}://{name}@{place.rpartition('@')[2]}"
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_the_servers_role_is_the_principal_and_sees_its_own_tenants_alone(run, bob, store):
    edit = ("edit", "nothing", "--tag", "x")
    assert run("init").code == 0
    name = bob.partition("://")[2].partition("@")[0]
    assert json.loads(run("whoami", "--json", "--store", bob).out)["principal"] == name
    assert run("list", "--store", bob).code == 5
    assert run("tenant", "list", "--store", bob).out == ""
    assert run(*edit, "--store", bob).code == 5
    assert run("member", "add", name, "--role", "viewer").code == 0
    assert json.loads(run("list", "--json", "--store", bob).out) == []
    assert run("member", "add", "eve", "--role", "owner", "--store", bob).code == 4
    assert run("tenant", "create", "bobs", "--store", bob).code == 4


@pytest.mark.parametrize("gate", ["with the ORM", "without"])
def test_demotion_waits_for_a_change_and_member_changes_are_serial(run, store, gate):
    assert run("init").code == 0
    settings = Settings(os.environ)
    with closing(Workspace(settings)) as ws, psycopg.connect(store, autocommit=True) as other:

        def change(action: Action):
            if gate == "with the ORM":
                return ws.change(action, "x")
            return audit_gate.change(settings, ws.actor, action, [("x", {})])

        other.execute("SET lock_timeout = '100ms'")
        with change(Action.CONNECTOR_USE), pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("UPDATE members SET role = 'viewer'")
        with change(Action.CONNECTOR_USE):
            other.execute("SELECT id FROM tenants FOR SHARE")
        with change(Action.MEMBER_ROLE), pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT id FROM tenants FOR SHARE")
        other.execute("UPDATE members SET role = 'viewer'")
        with pytest.raises(NotPermitted), change(Action.CONNECTOR_USE):
            pytest.fail("the body must not run")


def test_event_about_another_tenant_locks_both(run, store, monkeypatch):
    monkeypatch.setenv(KEYS, f"{os.environ[KEYS]},{new_key().text}")
    assert run("init").code == run("tenant", "create", "acme").code == 0
    with (
        closing(Workspace(Settings(os.environ))) as ws,
        psycopg.connect(store, autocommit=True) as other,
    ):
        other.execute("SET lock_timeout = '100ms'")
        share = "SELECT id FROM tenants WHERE id = 'default' FOR SHARE"
        with ws.serving("acme").change(Action.TENANT_REMOVE, "acme"):
            other.execute(share)
        telling = ws.serving("acme", log="default")
        with (
            telling.change(Action.TENANT_REMOVE, "acme"),
            pytest.raises(psycopg.errors.LockNotAvailable),
        ):
            other.execute(share)


def test_two_owners_that_demote_each_other_leave_one(run, bob):
    assert run("init").code == 0
    name = bob.partition("://")[2].partition("@")[0]
    assert run("member", "add", name, "--role", "owner").code == 0
    me = json.loads(run("whoami", "--json").out)["principal"]
    line = [sys.executable, "-m", "connectors_cli", "member", "role"]
    racing = [
        subprocess.Popen([*line, name, "viewer"], stderr=subprocess.DEVNULL),
        subprocess.Popen([*line, me, "viewer", "--store", bob], stderr=subprocess.DEVNULL),
    ]
    assert sorted(process.wait(60) for process in racing) == [0, 4]
    roles = [row["role"] for row in json.loads(run("member", "list", "--json").out)]
    assert sorted(roles) == ["owner", "viewer"]


def test_concurrent_purges_of_two_tenants_leave_one_with_the_event(run, blog, store, monkeypatch):
    key = os.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"]
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", f"{key},{new_key().text}")
    assert run("tenant", "create", "acme").code == 0
    erase = [sys.executable, "-m", "connectors_cli", "tenant", "remove", "--purge", "--confirm"]
    waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(store) as holder, psycopg.connect(store, autocommit=True) as watcher:
        holder.execute("SELECT id FROM tenants FOR SHARE")
        erasing = [
            subprocess.Popen([*erase, name, name], stderr=subprocess.DEVNULL)
            for name in ("default", "acme")
        ]
        deadline = time.monotonic() + 60
        while watcher.execute(waiting).fetchone() != (2,) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert sorted(process.wait(60) for process in erasing) == [0, 6]
    with psycopg.connect(store) as connection:
        (left,) = connection.execute("SELECT id FROM tenants").fetchall()
        for table in ("events", "log_heads"):
            assert connection.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall() == [
                left
            ]
    (told,) = json.loads(
        run("log", "-t", *left, "--action", "tenant.remove", "--outcome", "ok", "--json").out
    )
    assert told["subject"] == ({"default", "acme"} - set(left)).pop()
    assert run("log", "--verify", "-t", *left).code == 0


def test_a_tenant_is_chosen_removed_and_erased_on_a_server_too(run, blog, monkeypatch):
    key = os.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"]
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", f"{key},{new_key().text}")
    assert run("tenant", "create", "acme").code == 0
    assert run("install", "--from", "default/blog", "-t", "acme").code == 0
    assert run("tenant", "use", "acme").code == 0
    assert run("list", "-o", "names").out == "blog\n"
    assert run("tenant", "remove", "acme", "--confirm", "acme").code == 0
    assert run("tenant", "list", "--removed", "--json").code == 0
    assert run("tenant", "remove", "acme", "--purge", "--confirm", "acme").code == 0
    (left,) = json.loads(run("tenant", "list", "--json").out)
    assert (left["name"], left["current"], left["created_at"].endswith("Z")) == (
        "default",
        True,
        True,
    )
