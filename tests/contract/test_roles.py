"""Roles: every action with the command that performs it, and what is recorded."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from connectors_cli.audit.roles import Action, Role
from connectors_cli.errors import NoTenant, NotPermitted
from connectors_cli.services import members
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.read.database import os_user
from connectors_cli.vault.seal import new_key
from support.stores import KEY, TemplateStore

INSTALL = (
    "install wordpress -N new -s site_url=https://b.example -s username=al"
    " -S application_password=env:P"
)
OWNER, ADMIN, MEMBER = {"owner"}, {"owner", "admin"}, {"owner", "admin", "member"}
# Which command does an action, and who may. {file} is a file of connectors, {own} a schema.
BY_ACTION = {
    Action.CATALOG_ADD: ("catalog add {own} --key own2", ADMIN),
    Action.CATALOG_REMOVE: ("catalog remove own", ADMIN),
    Action.CONNECTOR_INSTALL: (INSTALL, ADMIN),
    Action.CONNECTOR_UPDATE: ("edit blog --tag x", ADMIN),
    Action.CONNECTOR_REMOVE: ("remove blog", ADMIN),
    Action.CONNECTOR_RESTORE: ("restore gone", ADMIN),
    Action.CONNECTOR_PURGE: ("remove gone --purge --yes", ADMIN),
    Action.CONNECTOR_USE: ("env blog --format json", MEMBER),
    Action.CONNECTOR_REVEAL: ("get blog application_password --reveal", MEMBER),
    Action.CONNECTOR_TEST: ("test plain", MEMBER),
    Action.CONNECTOR_APPLY: ("apply -f {file}", ADMIN),
    Action.CONNECTOR_IMPORT: ("import {file}", ADMIN),
    Action.CONNECTOR_EXPORT: ("export blog --secrets plain --yes", ADMIN),
    Action.CONNECTOR_LOGIN: ("auth login site -S access_token=env:P", ADMIN),
    Action.CONNECTOR_LOGOUT: ("auth logout site", ADMIN),
    Action.PRESET_SAVE: ("preset save p --from blog", ADMIN),
    Action.PRESET_REMOVE: ("preset remove house", ADMIN),
    Action.TENANT_CREATE: ("tenant create other", OWNER),
    Action.TENANT_REMOVE: ("tenant remove default --confirm default", OWNER),
    Action.MEMBER_ADD: ("member add bob --role viewer", OWNER),
    Action.MEMBER_REMOVE: ("member remove ann", OWNER),
    Action.MEMBER_ROLE: ("member role ann admin", OWNER),
    Action.KEY_ROTATE: ("key rotate", OWNER),
    Action.KEY_PRUNE: ("key prune --yes", OWNER),
    Action.KEY_ACCEPT: ("key accept --yes", OWNER),
    Action.STORE_BACKUP: ("backup {file}.db", OWNER),
}
# Those that need what a small store has not: a lost key, a service, a keyring, a backup. Here they
# are only refused; who may has tests of its own. So has the restoring of a backup.
REFUSED = {
    Action.TENANT_RESTORE: ("tenant restore default", OWNER),
    Action.CONNECTOR_RESET: ("credentials reset blog --yes", ADMIN),
    Action.CONNECTOR_ACCEPT: ("credentials accept blog --yes", OWNER),
    Action.KEY_EXPORT: ("key export --to {file}.key --printable --yes", OWNER),
    Action.KEY_IMPORT: ("key import {keys}", OWNER),
    Action.KEY_MOVE: ("key move --to keyring --yes", OWNER),
    Action.CONNECTOR_REFRESH: ("auth refresh site", MEMBER),
}
ELSEWHERE = {Action.STORE_RESTORE}
# What has no dry run.
ALWAYS = {
    *(Action.CONNECTOR_USE, Action.CONNECTOR_REVEAL, Action.CONNECTOR_TEST),
    *(Action.CONNECTOR_EXPORT, Action.CONNECTOR_LOGIN, Action.CONNECTOR_LOGOUT),
    Action.STORE_BACKUP,
}
# What takes a role without an event of its own.
QUIET = {
    "list": {*Role},
    "show blog": {*Role},
    "targets": {*Role},
    "log": {*Role},
    "member list": {*Role},
    "tenant show": {*Role},
    "preset list": {*Role},
    "key status": {*Role},
    "get blog site_url": {*Role},
    "export blog": {*Role},
    "edit blog --editor --no-input": ADMIN,
    "test plain --no-record": MEMBER,
    "validate blog": MEMBER,
}
ROLES = (None, *reversed(Role))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> TemplateStore:
    folder = tmp_path_factory.mktemp("roles")
    made = TemplateStore(folder, P="canary-password", EDITOR="true")
    made.environ[KEY] = ",".join(new_key().text for _ in range(3))
    own = folder / "own.json"
    own.write_text(json.dumps({"properties": {"url": {"type": "string"}}}))
    made.run(*INSTALL.replace("new", "blog").split(), "--activate")
    made.run(*INSTALL.replace("new", "gone").split())
    site = "install wordpress-com -N site -s client_id=abc -S client_secret=env:P"
    made.run(*site.split())
    made.run("remove", "gone")
    made.run("preset", "save", "house", "--from", "blog")
    for key in ("own", "plain"):
        made.run("catalog", "add", own, "--key", key)
    made.run("install", "plain", "-s", "url=x")
    made.run("member", "add", "ann", "--role", "viewer")
    made.run("key", "export", "--to", folder / "keys.txt", "--printable", "--yes")
    made.events = len(events(made.home))
    return made


@pytest.fixture
def act(run, made, monkeypatch, tmp_path):
    """Do what a line says, with a role, on a copy of the store."""

    def do(line: str, role: str | None):
        store = made.copy(monkeypatch)
        item = {"name": "fresh", "type": "wordpress", "config": {"site_url": "https://c.example"}}
        item["auth"] = {"username": "a", "application_password": {"env": "P"}}
        (tmp_path / "file.json").write_text(json.dumps({"connectors": [item]}))
        (tmp_path / "own.json").write_text(json.dumps({"properties": {"u": {"type": "string"}}}))
        become(role, store)
        keys = made.home.parent / "keys.txt"
        words = line.format(file=tmp_path / "file.json", own=tmp_path / "own.json", keys=keys)
        return run(*words.split())

    return do


def become(role: str | None, store: object = None) -> None:
    path = store or f"{os.environ['CONNECTORS_HOME']}/store.db"
    with closing(sqlite3.connect(path)) as db, db:
        me = (os_user(),)
        if role is None:
            db.execute("UPDATE members SET principal = 'else' WHERE principal = ?", me)
        else:
            db.execute("UPDATE members SET role = ? WHERE principal = ?", (role, *me))


def events(home: object = None) -> list:
    with closing(sqlite3.connect(f"{home or os.environ['CONNECTORS_HOME']}/store.db")) as db:
        return db.execute("SELECT tenant_id, action, outcome FROM events ORDER BY id").fetchall()


def test_every_action_has_its_command():
    assert sorted((*BY_ACTION, *REFUSED, *ELSEWHERE)) == sorted(Action)


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("action", BY_ACTION, ids=str)
def test_action_requires_its_role_and_a_refusal_is_recorded(act, made, action, role):
    line, allowed = BY_ACTION[action]
    done = act(line, role)
    expected = 5 if role is None else 0 if role in allowed else 4
    assert done.code == expected, done.err
    assert "canary" not in done.err
    recorded = [(name, outcome) for _, name, outcome in events()[made.events :]]
    if expected == 4:
        assert recorded == [(action, "not_permitted")]
        assert "may not do" in done.err
    elif expected == 0:
        assert (action, "ok") in recorded
    else:
        assert recorded == []


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("action", REFUSED, ids=str)
def test_missing_role_is_refused_even_if_nothing_would_change(act, made, action, role):
    line, allowed = REFUSED[action]
    if role not in allowed:
        done = act(line, role)
        assert done.code == (5 if role is None else 4), done.err
        recorded = [(name, outcome) for _, name, outcome in events()[made.events :]]
        assert recorded == ([] if role is None else [(action, "not_permitted")])


@pytest.mark.parametrize("role", ["owner", "viewer"])
@pytest.mark.parametrize("action", [each for each in BY_ACTION if each not in ALWAYS], ids=str)
def test_dry_run_requires_the_role_and_records_only_a_refusal(act, made, action, role):
    done = act(BY_ACTION[action][0] + " -n", role)
    assert done.code == (0 if role == "owner" else 4), done.err
    recorded = [(name, outcome) for _, name, outcome in events()[made.events :]]
    assert recorded == ([] if role == "owner" else [(action, "not_permitted")])


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("line", QUIET)
def test_read_requires_a_member(act, line, role):
    done = act(line, role)
    if role is None:
        assert done.code == 5, done.err
    elif role not in QUIET[line]:
        assert (done.code, done.out) == (4, "")
    else:
        assert done.code not in {4, 5}, done.err
    if role in {None, "viewer"}:
        assert "canary" not in done.out + done.err


def test_owner_can_create_tenants_but_has_no_role_in_others(act, run):
    assert act("tenant create other", "owner").code == 0
    become("viewer")
    with closing(sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db")) as db, db:
        db.execute("UPDATE members SET role = 'owner' WHERE tenant_id = 'other'")
    assert run("tenant", "create", "third", "-n").code == 0
    assert run("edit", "blog", "--tag", "x").code == 4
    assert run("member", "add", "bob", "--role", "owner", "-t", "other").code == 0


@pytest.mark.slow
def test_demotion_waits_for_running_write(made, monkeypatch):
    """In SQLite the write lock is taken before the role is read."""
    made.copy(monkeypatch)
    demote = [sys.executable, "-m", "connectors_cli", "member", "role", os_user(), "viewer"]
    with closing(Workspace(Settings(os.environ))) as ws:
        members.add_member(ws, "bob", "owner")
        with ws.change(Action.CONNECTOR_UPDATE, "blog"):
            demotion = subprocess.Popen(demote)
            with pytest.raises(subprocess.TimeoutExpired):
                demotion.wait(2)
        assert demotion.wait(60) == 0
        with pytest.raises(NotPermitted), ws.change(Action.CONNECTOR_UPDATE, "blog"):
            pytest.fail("the body must not run")
    assert [row[1:] for row in events()[-3:]] == [
        ("connector.update", "ok"),
        ("member.role", "ok"),
        ("connector.update", "not_permitted"),
    ]


def test_write_that_waited_for_a_demotion_is_refused(made, monkeypatch):
    made.copy(monkeypatch)
    outcome = []

    def write() -> None:
        with closing(Workspace(Settings(os.environ))) as ws:
            try:
                with ws.change(Action.CONNECTOR_UPDATE, "blog"):
                    outcome.append("written")
            except (NotPermitted, NoTenant) as error:
                outcome.append(error.code)

    with closing(Workspace(Settings(os.environ))) as ws:
        members.add_member(ws, "bob", "owner")
        with ws.change(Action.MEMBER_ROLE, os_user()) as db, session_on(db) as session:
            writer = threading.Thread(target=write)
            writer.start()
            member = members._find(session, ws, os_user())
            member.role = "viewer"
    writer.join(60)
    assert outcome == ["not_permitted"]
