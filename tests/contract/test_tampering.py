"""Changes to the database without the key are detected before a credential is used."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.catalog.read import load
from connectors_cli.store.write.catalog import catalog_id
from connectors_cli.vault.seal import new_key
from support.forgery import COLUMNS, CUSTOM_TYPE
from support.stores import TemplateStore

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
CANARIES = ("canary-password", "canary-of-shop", "canary-of-acme", "canary-token")

# What somebody without the key can write into a row, and into a type of the store's own.


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with two WordPress connectors, one of another tenant, one of a custom type."""
    folder = tmp_path_factory.mktemp("tampering")
    made = TemplateStore(folder, **{KEY: f"{new_key().text},{new_key().text}"})
    made.run("init")
    made.run("init", "-t", "acme")
    names = (("default", "blog"), ("default", "shop"), ("acme", "blog"))
    for (tenant, name), secret in zip(names, CANARIES, strict=False):
        line = ("install", "wordpress", "-N", name, "-t", tenant, "--activate", "--tag", "prod")
        values = ("-s", "site_url=https://s.example", "-s", "username=bob")
        made.run(*line, *values, "-S", f"application_password=cmd:echo {secret}")
    schema = {
        "properties": {"url": {"type": "string"}, "token": {"type": "string", "writeOnly": True}}
    }
    (folder / "own.json").write_text(json.dumps(schema))
    made.run("catalog", "add", folder / "own.json", "--key", "own")
    made.run("install", "own", "-s", "url=x", "-S", f"token=cmd:echo {CANARIES[3]}")
    return made


@pytest.fixture
def store(made, isolated, monkeypatch):
    return made.copy(monkeypatch)


def change(store, sql: str, *parameters: object) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        assert connection.execute(sql, parameters).rowcount == 1


def auth_of(store, name: str, tenant: str = "default") -> dict:
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT auth FROM connectors WHERE name = ? AND tenant_id = ?"
        return json.loads(connection.execute(sql, (name, tenant)).fetchone()[0])


def refused(run, name: str, words: str = "", field: str = "application_password") -> None:
    """Assert that no command uses the connector's credentials, and that none leaks."""
    for line in (
        ("get", name, field, "--reveal"),
        ("get", name, field, "--reveal", "--json"),
        ("edit", name, "--rename", "other"),
        ("edit", name, "-s", "account_label=x")
        if field != "token"
        else ("edit", name, "-s", "url=y"),
        ("validate", name),
    ):
        done = run(*line)
        assert done.code == 7, (line, done.err)
        assert "this is a bug" not in done.err
        assert words in done.err, done.err
        assert not any(canary in done.out + done.err for canary in CANARIES)


def intact(run, name: str, secret: str, *more: str) -> None:
    assert run("get", name, "application_password", "--reveal", *more).out == secret + "\n"


def put_token(store, name: str, token: object, field: str = "application_password") -> None:
    auth = json.dumps({**auth_of(store, name), field: token})
    change(
        store, "UPDATE connectors SET auth = ? WHERE name = ? AND tenant_id = 'default'", auth, name
    )


@pytest.mark.parametrize("token", ["é", None, 7, "", "gAAAAA", [], {"a": 1}])
def test_a_damaged_token_is_named_and_the_other_connectors_work(run, store, token):
    put_token(store, "blog", token)
    refused(run, "blog", "'application_password' is damaged")
    intact(run, "shop", CANARIES[1])


def test_a_truncated_token_is_named(run, store):
    put_token(store, "blog", auth_of(store, "blog")["application_password"][:-8])
    refused(run, "blog", "'application_password' is damaged")


def test_a_token_of_another_field_is_refused(run, store):
    put_token(store, "blog", auth_of(store, "blog")["username"])
    refused(run, "blog", "'application_password' belongs to another record")


def test_a_token_of_another_connector_is_refused(run, store):
    put_token(store, "blog", auth_of(store, "shop")["application_password"])
    refused(run, "blog", "'application_password' belongs to another record")
    intact(run, "shop", CANARIES[1])


def test_a_token_of_another_tenant_is_refused(run, store):
    put_token(store, "blog", auth_of(store, "blog", "acme")["application_password"])
    refused(run, "blog", "'application_password' is damaged")
    intact(run, "blog", CANARIES[2], "-t", "acme")


def test_the_whole_auth_of_another_connector_is_refused(run, store):
    change(
        store,
        "UPDATE connectors SET (auth, auth_mac) = (SELECT auth, auth_mac FROM connectors"
        " WHERE name = 'shop') WHERE name = 'blog' AND tenant_id = 'default'",
    )
    refused(run, "blog", "belongs to another record")


def test_an_older_token_of_the_same_field_is_refused(run, store, monkeypatch):
    old = auth_of(store, "blog")["application_password"]
    monkeypatch.setenv("P", "another-password")
    assert run("edit", "blog", "-S", "application_password=env:P").code == 0
    put_token(store, "blog", old)
    refused(run, "blog", "changed outside connectors")


@pytest.mark.parametrize("assignment", COLUMNS)
def test_a_changed_column_is_refused(run, store, assignment):
    where = "WHERE name = 'blog' AND tenant_id = 'default'"
    change(store, f"UPDATE connectors SET {assignment} {where}")
    refused(run, "blog")
    intact(run, "shop", CANARIES[1])


def test_a_changed_name_is_refused(run, store):
    change(store, "UPDATE connectors SET name = 'Shop 2' WHERE name = 'shop'")
    refused(run, "Shop 2", "changed outside connectors")


def test_a_connector_moved_to_another_tenant_is_refused(run, store):
    change(store, "UPDATE connectors SET tenant_id = 'acme' WHERE name = 'shop'")
    done = run("get", "shop", "application_password", "--reveal", "-t", "acme")
    assert (done.code, done.out) == (7, "")
    assert run("get", "shop", "application_password", "--reveal").code == 5


@pytest.mark.parametrize("assignment", CUSTOM_TYPE)
def test_altered_custom_type_is_refused_on_use(run, store, assignment):
    change(store, f"UPDATE connector_catalog SET {assignment} WHERE key = 'own'")
    done = run("edit", "own", "--rename", "other")
    if assignment.startswith("digest"):  # what the type says of itself is not believed
        assert done.code == 0
    else:
        assert done.code in {5, 7}
    assert CANARIES[3] not in done.out + done.err


def test_a_built_in_types_probe_and_schemas_are_the_programs_own(run, store):
    change(
        store,
        "UPDATE connector_catalog SET auth_schema = '{}', probe = '{}' WHERE key = 'wordpress'",
    )
    intact(run, "blog", CANARIES[0])
    assert "application_password" in run("catalog", "schema", "wordpress").out


@pytest.mark.parametrize("column", ["config", "auth", "tags"])
@pytest.mark.parametrize("text", ["'{'", "x'ff'", "CAST(x'ff' AS TEXT)", "'[[['"])
def test_unreadable_row_is_reported_and_others_work(run, store, column, text):
    change(store, f"UPDATE connectors SET {column} = {text} WHERE name = 'shop'")
    for line in (
        ["list"],
        ["show", "shop"],
        ["get", "shop", "username", "--reveal"],
        ["remove", "shop"],
    ):
        done = run(*line)
        assert "this is a bug" not in done.err
        assert CANARIES[1] not in done.out + done.err
    intact(run, "blog", CANARIES[0])


def test_an_altered_connector_can_be_removed_deactivated_and_erased(run, store):
    put_token(store, "shop", "x")
    assert run("edit", "shop", "--deactivate", "--tag", "broken").code == 7
    assert run("edit", "shop", "--deactivate").code == 0
    assert run("remove", "shop").code == 0
    assert run("restore", "shop").code == 7
    assert run("remove", "shop", "--purge", "--yes").code == 0
    assert "shop" not in run("list").out


def lose(monkeypatch) -> None:
    monkeypatch.delenv(KEY)


def replace(monkeypatch) -> None:
    monkeypatch.setenv(KEY, new_key().text)


def spoil(monkeypatch) -> None:
    monkeypatch.setenv(KEY, "changeme")


def fail_command(monkeypatch) -> None:
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(KEY + "_COMMAND", "false")


WITHOUT_KEY = (
    ("catalog",),
    ("catalog", "show", "wordpress"),
    ("list",),
    ("list", "--json"),
    ("show", "blog"),
    ("targets", "--json"),
    ("get", "blog", "site_url"),
    ("whoami",),
    ("edit", "blog", "--deactivate"),
    ("remove", "blog"),
    ("list", "--removed"),
    ("remove", "blog", "--purge", "--yes"),
)


@pytest.mark.parametrize("trouble", [lose, replace, spoil, fail_command])
def test_commands_that_need_no_key_work_without_it(run, store, monkeypatch, trouble):
    trouble(monkeypatch)
    for line in WITHOUT_KEY:
        done = run(*line)
        assert done.code == 0, (line, done.err)


@pytest.mark.parametrize("trouble", [lose, replace, spoil, fail_command])
def test_commands_that_need_the_key_change_nothing_without_it(run, store, monkeypatch, trouble):
    before = run("list", "--json").out
    trouble(monkeypatch)
    for line in (
        ("get", "blog", "application_password", "--reveal"),
        ("edit", "blog", "--rename", "other"),
        ("edit", "blog", "--tag", "new"),
        ("edit", "blog", "--untag", "prod"),
        ("edit", "blog", "-s", "site_url=https://other.example", "--yes"),
        ("edit", "blog", "--unset", "account_label"),
        ("install", "medium", "--yes", "-S", "integration_token=cmd:echo 1234567890"),
        ("validate", "blog"),
        ("key", "status"),
    ):
        done = run(*line)
        assert done.code == 7, (line, done.err)
        assert "this is a bug" not in done.err
    assert run("list", "--json").out == before


def test_refusals_for_the_key_are_recorded(run, store, monkeypatch):
    replace(monkeypatch)
    run("get", "blog", "application_password", "--reveal")
    run("edit", "blog", "--rename", "other")
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT action, subject, outcome FROM events ORDER BY id DESC LIMIT 2"
        rows = connection.execute(sql).fetchall()
    assert rows == [("connector.update", "blog", "key"), ("connector.reveal", "blog", "key")]


@pytest.fixture
def broken(store):
    """A store whose connector blog holds no JSON where its credentials were."""
    with closing(sqlite3.connect(store)) as db:
        db.execute("UPDATE connectors SET auth = '{broken' WHERE name = 'blog'")
        db.commit()


def test_unreadable_row_is_named_and_others_are_listed(run, broken):
    listed = json.loads(run("list", "--json", "--fields", "name,status,auth_fields").out)
    assert {"name": "blog", "status": "unreadable", "auth_fields": None} in listed
    fields = ["application_password", "username"]
    assert {"name": "shop", "status": "active", "auth_fields": fields} in listed
    assert json.loads(run("show", "blog", "--json").out)["status"] == "unreadable"
    assert "unreadable" in run("list", "-o", "cards").out
    assert run("list", "--status", "unreadable", "-o", "names").out == "blog\n"
    assert "blog" not in run("list", "--status", "active", "-o", "names").out
    assert run("targets", "-o", "names").out == "shop\n"
    assert run("targets", "--require", "2").code == 5
    assert run("get", "shop", "application_password", "--reveal").out == "canary-of-shop\n"


@pytest.mark.parametrize(
    "line",
    [
        ("get", "blog", "application_password", "--reveal"),
        ("edit", "blog", "--tag", "x"),
        ("run", "blog", "--", "true"),
        ("validate", "blog"),
        ("test", "blog"),
    ],
)
def test_unreadable_row_is_not_used(run, broken, line):
    done = run(*line)
    assert done.code == 7
    assert "'blog' cannot be used: it was changed outside connectors" in done.out + done.err


def test_validate_reports_an_unreadable_row_among_others(run, broken):
    done = run("validate", "--all", "--json")
    found = {item["name"]: item["error_count"] for item in json.loads(done.out)["results"]}
    assert (done.code, found) == (3, {"blog": 1, "own": 0, "shop": 0})
    assert "blog: 1 problem(s)\n  connector 'blog' cannot be used" in run("validate", "--all").out


def test_unreadable_row_can_be_removed_and_purged(run, broken):
    assert run("remove", "blog", "--dry-run").code == 0
    assert run("remove", "blog").code == 0
    assert run("list", "-o", "names").out == "own\nshop\n"
    assert run("list", "--removed", "-o", "names").out == "blog\n"
    assert run("remove", "blog", "--purge", "--yes").code == 0
    assert run("list", "--removed", "-o", "names").out == ""


@pytest.mark.parametrize("value", ["5", "''", "'é'", "'[]'", "'null'", "x'ff00'"])
@pytest.mark.parametrize("column", ["auth", "config", "tags", "auth_fingerprints"])
def test_json_that_is_not_an_object_damages_one_row_only(run, store, column, value):
    change(store, f"UPDATE connectors SET {column} = {value} WHERE name = 'shop'")
    use = ("get", "shop", "application_password", "--reveal")
    assert run(*use).code == 7
    lines = (
        *(
            ("list", "-o", "cards"),
            ("list", "--json"),
            ("show", "shop"),
            ("doctor",),
            ("env", "shop"),
        ),
        *(
            ("edit", "shop", "--tag", "x"),
            ("edit", "shop", "-s", "site_url=https://t.example", "--yes"),
        ),
        *(("key", "rotate"), ("credentials", "reset", "shop", "--yes"), ("remove", "shop")),
    )
    for line in lines:
        assert "this is a bug" not in run(*line).err
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


@pytest.mark.parametrize("column", ["id", "name", "status", "key_id", "catalog_id", "version"])
def test_bytes_instead_of_text_damage_one_row_only(run, store, column):
    """As one flipped bit of a row's header makes them: text of even length becomes bytes."""
    change(store, f"UPDATE connectors SET {column} = CAST({column} AS BLOB) WHERE name = 'shop'")
    for line in (
        *(("list", "--json"), ("list", "-o", "cards"), ("targets", "--json"), ("doctor",)),
        *(
            ("export", "--all", "--secrets", "omit"),
            ("validate", "--all"),
            ("log", "shop"),
            ("backup", f"{store}.copy"),
        ),
        *(("edit", "shop", "--tag", "x"), ("remove", "shop")),
        *(("credentials", "reset", "shop", "--yes"), ("credentials", "reset", "--all", "--yes")),
    ):
        assert "this is a bug" not in run(*line).err
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


def test_doctor_names_the_command_that_resets_an_unreadable_row(run, broken):
    lines = run("doctor", "--json", "--fields", "check,state,hint").out
    found = {item["check"]: item for item in json.loads(lines)["results"]}
    for check in ("row seals", "credentials"):
        assert found[check]["state"] == "failure"
        assert "connectors credentials reset --all -t " in found[check]["hint"]
    for tenant in ("default", "acme"):
        assert run("credentials", "reset", "--all", "--yes", "-t", tenant).code == 0
    after = [line for line in run("doctor").out.splitlines() if "\tfailure\t" in line]
    assert not [line for line in after if line.startswith(("row seals", "credentials"))]


def test_row_of_the_store_never_replaces_a_built_in_type(run, blog, tmp_path):
    """Somebody who writes to the store adds a type with the key of a built-in one."""
    own = catalog_id(load("wordpress").replaced(source="custom"), "default")
    columns = "name, description, category, icon, auth_type, capabilities, default_config_schema"
    rest = "lifecycle, notice, 'custom', digest, created_at, 'default'"
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db, db:
        db.execute(
            f"INSERT INTO connector_catalog SELECT ?, key, {columns}, auth_schema, oauth,"
            f" replace(probe, '{{config.site_url}}', 'https://evil.example'), {rest}"
            " FROM connector_catalog WHERE key = 'wordpress'",
            (own,),
        )
    values = ("--set", "site_url=https://two.example.com", "--set", "username=alice")
    secret = ("-S", "application_password=cmd:echo canary-password")
    made = run("install", "wordpress", "--name", "two", *values, *secret)
    assert made.code == 0, made.err
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db:
        used = "SELECT COUNT(*) FROM connectors WHERE catalog_id = ?"
        assert db.execute(used, (own,)).fetchone() == (0,)
    tested = run("test", "two", "--no-record")
    assert "evil.example" not in tested.out + tested.err


def test_alias_of_a_built_in_type_means_that_type(run, blog, tmp_path):
    """An older program could add a type of one's own whose key is such an alias."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"type": "object", "properties": {"a": {"type": "string"}}}))
    refused = run("catalog", "add", path, "--key", "wp")
    assert (refused.code, "wordpress" in refused.err) == (6, True)
    assert run("catalog", "add", path, "--key", "mine").code == 0
    assert run("install", "mine", "--set", "a=b", "--name", "own").code == 0
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db, db:
        db.execute("UPDATE connector_catalog SET key = 'wp' WHERE key = 'mine'")
    assert json.loads(run("catalog", "show", "wp", "--json").out)["key"] == "wordpress"
    assert json.loads(run("show", "own", "--json").out)["catalog_key"] == "wp"
    assert run("install", "wp", "--set", "a=b", "--name", "two").code == 2
    assert run("credentials", "accept", "own", "--yes").code == 0
    assert run("get", "own", "a", "--reveal").out == "b\n"
    assert run("auth", "status", "own").code == 2
