"""Every way to open a sealed row checks its key, its seal and its type."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import ConnectorsError, Damaged, InvalidInput, KeyProblem, Tampered
from connectors_cli.services import copy, export, reveal, use
from connectors_cli.services.apply.apply import apply_connectors
from connectors_cli.services.apply.plan import Declared
from connectors_cli.services.apply.planner import Order
from connectors_cli.services.checks import select
from connectors_cli.services.connectors import current_values
from connectors_cli.services.doctor.content import check_rows
from connectors_cli.services.doctor.findings import Redactor
from connectors_cli.services.keys.reseal import Resealer
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.types import find_entry
from connectors_cli.vault import key_sources
from connectors_cli.vault.seal import new_key
from support.forgery import CONTENT
from support.stores import TemplateStore

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
FIELDS = {"blog": "application_password", "own": "token"}
SECRETS = {"blog": "canary-password", "own": "canary-token"}
OWN_SCHEMA = {
    "properties": {
        "url": {"type": "string"},
        "token": {"type": "string", "writeOnly": True, "x-env": "OWN_TOKEN"},
    }
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> TemplateStore:
    """A store with a connector of a built-in type and one of a custom type, and two tenants."""
    folder = tmp_path_factory.mktemp("opener")
    made = TemplateStore(folder, **{KEY: f"{new_key().text},{new_key().text}"})
    made.run("init")
    made.run("init", "-t", "acme")
    made.run(
        *("install", "wordpress", "-N", "blog", "--activate"),
        *("-s", "site_url=https://s.example", "-s", "username=bob"),
        *("-S", f"application_password=cmd:echo {SECRETS['blog']}"),
    )
    (folder / "own.json").write_text(json.dumps(OWN_SCHEMA))
    made.run("catalog", "add", folder / "own.json", "--key", "own")
    made.run("install", "own", "-s", "url=x", "-S", f"token=cmd:echo {SECRETS['own']}")
    return made


@pytest.fixture
def store(template: TemplateStore, isolated: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    return template.copy(monkeypatch)


def alter(store: Path, sql: str, name: str) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("PRAGMA ignore_check_constraints=ON")
        assert db.execute(sql, (name,)).rowcount == 1


# Each way returns the value of the connector's credential, or None where it only checks the row.


def by_edit(settings: Settings, name: str) -> object:
    with closing(Workspace(settings)) as ws:
        return current_values(ws, name).auth[FIELDS[name]]


def by_apply(settings: Settings, name: str) -> object:
    with closing(Workspace(settings)) as ws, closing(open_for_reading(settings.store)) as db:
        wanted = Declared(_entry(db, name), name, {}, {}, tags=("new",))
        order = Order((wanted,), unread=frozenset({(0, "*")}))
        try:
            apply_connectors(ws, order, commit=False)
        except InvalidInput as error:
            [problem] = error.details
            raise Tampered(problem.message) from None


def by_reseal(settings: Settings, name: str) -> object:
    with closing(Workspace(settings)) as ws, closing(open_for_reading(settings.store)) as db:
        resealer = Resealer(ws, db)
        damaged = {row["name"] for row, _ in resealer.damaged()}
        if name not in damaged:
            return None
        ws.key_source().get(resealer.named(name)["key_id"])
        raise Tampered(f"{name!r} does not open")


def by_check(settings: Settings, name: str) -> object:
    [found] = select.open_all(settings, select.Choice((name,)))
    if found.found is None:
        return found.auth[FIELDS[name]]
    kind = Tampered if repr(name) in found.found.message else KeyProblem
    assert found.found.state == "key_error"
    raise kind(found.found.message)


def by_export(settings: Settings, name: str) -> object:
    with closing(open_for_reading(settings.store)) as db:
        choice = export.Choice((name,), "plain")
        found = export.export_connectors(db, settings, choice)
        [item] = found.items
        return item["auth"][FIELDS[name]]


def by_use(settings: Settings, name: str) -> object:
    with closing(open_for_reading(settings.store)) as db:
        values = use.prepare(db, settings, use.Choice((name,))).values
        return values["OWN_TOKEN" if name == "own" else "CONNECTOR_APPLICATION_PASSWORD"]


def by_copy(settings: Settings, name: str) -> object:
    with closing(open_for_reading(settings.store)) as db:
        wanted, _ = copy.wanted_copy(db, settings, ("default", name), "new")
        return wanted.auth[FIELDS[name]]


def by_reveal(settings: Settings, name: str) -> object:
    with closing(open_for_reading(settings.store)) as db:
        return reveal.reveal_credential(db, settings, name, FIELDS[name])


def by_doctor(settings: Settings, name: str) -> object:
    with closing(open_for_reading(settings.store)) as db:
        source = key_sources.find_source(settings.environ, db.meta["store_id"])
        findings = list(check_rows(db, "default", source, Redactor(False, {})))
    for found in findings:
        if found.state == "skipped":
            raise KeyProblem(found.message)
        if found.state == "failure" and f" {name}" in found.message:
            raise Tampered(found.message.replace(name, f"{name!r}"))
    return None


def _entry(db: Database, name: str) -> Entry:
    return find_entry(db, "default", {"blog": "wordpress"}.get(name, name))


WAYS = (
    *(by_edit, by_apply, by_reseal, by_check, by_export, by_use, by_copy, by_reveal, by_doctor),
)
Way = Callable[[Settings, str], object]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    return request.param


@pytest.fixture(params=["blog", "own"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_way_opens_an_unchanged_row(store, settings, way, name):
    assert way(settings, name) in {None, SECRETS[name]}


def test_every_way_refuses_a_foreign_key(store, way, name, monkeypatch):
    monkeypatch.setenv(KEY, new_key().text)
    with pytest.raises(KeyProblem) as refused:
        way(_settings(), name)
    assert not isinstance(refused.value, Tampered)


def test_every_way_refuses_a_row_that_names_another_key(store, settings, way, name):
    other = "(SELECT id FROM keys WHERE tenant_id = 'acme')"
    alter(store, f"UPDATE connectors SET key_id = {other} WHERE name = ?", name)
    _refused(way, settings, name)


@pytest.mark.parametrize(
    "change",
    [
        "config = json_set(config, '$.account_label', 'x')",
        "auth_mac = 'x'",
        "auth = json_set(auth, '$.other', json_extract(auth, '$.username'))",
        "config = '[]'",
    ],
)
def test_every_way_refuses_a_changed_row(store, settings, way, name, change):
    alter(store, f"UPDATE connectors SET {change} WHERE name = ?", name)
    _refused(way, settings, name)


@pytest.mark.parametrize(
    "change", ["catalog_id = (SELECT id FROM connector_catalog WHERE key = 'medium')", "auth = '{'"]
)
def test_a_row_of_another_type_or_without_json_is_never_opened(store, settings, way, name, change):
    alter(store, f"UPDATE connectors SET {change} WHERE name = ?", name)
    if way is by_apply:  # refuses another type as a conflict, and JSON that is damaged as a store's
        with pytest.raises(ConnectorsError):
            way(settings, name)
    else:
        _refused(way, settings, name)


def test_every_way_refuses_credentials_of_another_row(store, settings, way):
    token = "(SELECT json_extract(auth, '$.token') FROM connectors WHERE name = 'own')"
    moved = f"auth = json_set(auth, '$.application_password', {token})"
    alter(store, f"UPDATE connectors SET {moved} WHERE name = ?", "blog")
    _refused(way, settings, "blog")


@pytest.mark.parametrize("column", CONTENT)
def test_every_way_refuses_a_row_of_a_changed_custom_type(store, settings, way, column):
    change = f"UPDATE connector_catalog SET {column} = '{CONTENT[column]}' WHERE key = ?"
    alter(store, change, "own")
    _refused(way, settings, "own")


@pytest.mark.parametrize("column", CONTENT)
@pytest.mark.parametrize("text", ["'{'", "x'ff'", "CAST(x'ff' AS TEXT)"])
def test_a_custom_type_that_cannot_be_read_steers_nothing(store, run, column, text):
    alter(store, f"UPDATE connector_catalog SET {column} = {text} WHERE key = ?", "own")
    for line in (("get", "own", "token", "--reveal"), ("env", "own"), ("run", "own", "--", "env")):
        done = run(*line)
        assert (done.code, "this is a bug" in done.err) == (7, False), (line, done.err)
        assert SECRETS["own"] not in done.out + done.err


def test_a_custom_type_is_known_by_its_content_and_not_by_its_stored_digest(store, settings, way):
    alter(store, "UPDATE connector_catalog SET digest = 'x' WHERE key = ?", "own")
    assert way(settings, "own") in {None, SECRETS["own"]}


USES = (
    ("get", "blog", "site_url"),
    ("get", "blog", "application_password", "--reveal"),
    ("env", "blog"),
)


@pytest.mark.parametrize("column", CONTENT)
def test_a_changed_row_of_a_built_in_type_steers_no_use(store, run, column):
    before = [run(*line).out for line in USES]
    text = CONTENT[column].replace("token", "application_password")
    alter(store, f"UPDATE connector_catalog SET {column} = '{text}' WHERE key = ?", "wordpress")
    assert [run(*line).out for line in USES] == before


def test_a_changed_row_of_a_built_in_type_names_no_variable_of_a_child(store, spawn):
    types = CONTENT["auth_schema"].replace("token", "application_password")
    change = f"UPDATE connector_catalog SET auth_schema = '{types}' WHERE key = ?"
    alter(store, change, "wordpress")
    done = spawn("run", "blog", "--mask", "never", "--clean-env", "--", "env")
    assert (done.code, "HTTPS_PROXY" in done.out) == (0, False)
    assert f"CONNECTOR_APPLICATION_PASSWORD={SECRETS['blog']}\n" in done.out


@pytest.mark.parametrize("change", ["source = 'custom'", "key = 'medium2'"])
def test_a_built_in_type_passed_off_as_another_is_refused(store, run, change):
    alter(store, f"UPDATE connector_catalog SET {change} WHERE key = ?", "wordpress")
    for line in USES[1:]:
        done = run(*line)
        assert done.code == 7, (line, done.err)
        assert SECRETS["blog"] not in done.out + done.err


def _refused(way: Way, settings: Settings, name: str) -> None:
    """Assert that a way raises Tampered, which names the connector and no value."""
    with pytest.raises(ConnectorsError) as refused:
        way(settings, name)
    assert isinstance(refused.value, Tampered)
    assert repr(name) in refused.value.message
    assert SECRETS[name] not in refused.value.message


def _settings() -> Settings:
    import os

    return Settings(os.environ)


@pytest.mark.parametrize("column", ["capabilities", "auth_schema", "probe"])
def test_type_whose_json_cannot_be_read_is_damaged(store: Path, column: str) -> None:
    alter(store, f"UPDATE connector_catalog SET {column} = 'x' WHERE key = ?", "own")
    with closing(open_for_reading(f"sqlite:///{store}")) as db, pytest.raises(Damaged):
        find_entry(db, "default", "own")
