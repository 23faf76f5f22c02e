"""Resealing: every row is complete under the new key, or unchanged and named."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from connectors_cli.errors import KeyMissing, Tampered
from connectors_cli.services.connectors import Wanted, delete_connector, install_connector
from connectors_cli.services.custom_types import add_type, custom_entry
from connectors_cli.services.keys import reseal as keys_reseal
from connectors_cli.services.keys.reseal import Resealed, Resealer, shown_name
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read.sealed import unreadable
from connectors_cli.vault.seal import Cipher, Key, new_key
from support.stores import KEY, TemplateStore

pytestmark = pytest.mark.sqlite

CONFIG = {"site_url": "https://blog.example.com"}
HOOK = (
    "INSERT INTO webhooks VALUES (?, ?, ?, 'https://x.example', '[]', ?, ?, 'active', 'a@b',"
    " '2026-01-01T00:00:00Z')"
)
NAMES = ("blog", "shop", "café")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> TemplateStore:
    """Two tenants with connectors of the same names, and one unused key."""
    made = TemplateStore(tmp_path_factory.mktemp("resealing"))
    made.environ[KEY] = ",".join(new_key().text for _ in range(3))
    for tenant in ("default", "acme"):
        made.run("init", "-t", tenant)
        for name in NAMES:
            auth = ("-s", f"username={name}")
            secret = ("-S", f"application_password=cmd:echo canary-{tenant}-{name}")
            line = ("install", "wordpress", "-N", name, "-s", f"site_url={CONFIG['site_url']}")
            made.run(*line, *auth, *secret, "-t", tenant, "--activate")
    return made


@pytest.fixture
def ws(isolated, made, monkeypatch) -> Iterator[Workspace]:
    made.copy(monkeypatch)
    with closing(Workspace(Settings(os.environ))) as workspace:
        yield workspace


def sql(ws, statement: str, *values: object) -> list:
    with closing(sqlite3.connect(ws.store.path)) as db, db:
        db.text_factory = bytes if "CAST" in statement else str
        return db.execute(statement, values).fetchall()


def rows(ws, tenant: str = "default") -> dict[str, dict]:
    names = ("name", "id", "auth", "auth_fingerprints", "key_id", "version", "status", "config")
    found = sql(ws, f"SELECT {', '.join(names)} FROM connectors WHERE tenant_id = ?", tenant)
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}


def keys(ws) -> tuple[Key, Key, Key]:
    """Return the keys of acme and of default, and the unused one."""
    default, acme, free = ws.key_source().keys
    return acme, default, free


@contextmanager
def at_work(ws) -> Iterator[Resealer]:
    with ws.store.transaction() as db:
        yield Resealer(ws, db)


def reseal(ws, *, clears: bool = False) -> Resealed:
    with at_work(ws) as resealer:
        return resealer.reseal(Cipher(keys(ws)[2]), clears=clears)


def damage(ws, assignment: str, name: str = "shop") -> None:
    where = "WHERE name = ? AND tenant_id = 'default'"
    sql(ws, f"UPDATE connectors SET {assignment} {where}", name)


def values(ws, name: str, cipher: Cipher) -> dict[str, object]:
    row = rows(ws)[name]
    return {
        field: cipher.open(("default", row["id"], field), token)
        for field, token in json.loads(row["auth"]).items()
    }


def test_every_row_is_resealed_with_values_fingerprints_and_seal(ws):
    before, others = rows(ws), rows(ws, "acme")
    target = Cipher(keys(ws)[2])
    done = reseal(ws)
    assert (done.connectors, done.values, done.damaged) == (3, 6, 0)
    assert (done.names, done.cleared) == ([], [])
    for name, row in rows(ws).items():
        secret = f"canary-default-{name}"
        assert values(ws, name, target) == {"username": name, "application_password": secret}
        place = ("default", row["id"], "application_password")
        prints = json.loads(row["auth_fingerprints"])
        assert prints["application_password"] == target.fingerprint(place, secret)
        assert (row["key_id"], row["version"]) == (target.key.id, before[name]["version"])
    assert rows(ws, "acme") == others
    with at_work(ws) as resealer:
        assert resealer.verify(target) == 3
        assert resealer.verify(Cipher(keys(ws)[1])) == 0
    again = reseal(ws)
    assert (again.connectors, again.values) == (0, 0)


@pytest.mark.parametrize("block", [1, 2, 3])
def test_blocks_cover_every_row(ws, monkeypatch, block):
    monkeypatch.setattr(keys_reseal, "BLOCK", block)
    assert reseal(ws).connectors == 3
    with at_work(ws) as resealer:
        assert resealer.verify(Cipher(keys(ws)[2])) == 3
    damage(ws, "auth_mac = 'x'", "café")
    with at_work(ws) as resealer, pytest.raises(Tampered, match="'café' cannot be used"):
        resealer.verify(Cipher(keys(ws)[2]))


def test_row_that_does_not_open_is_unchanged_and_named(ws):
    damage(ws, "auth_mac = 'x'")
    before = rows(ws)["shop"]
    done = reseal(ws)
    assert (done.connectors, done.values, done.damaged, done.names) == (2, 4, 1, ["shop"])
    assert (rows(ws)["shop"], done.cleared) == (before, [])
    assert {row["key_id"] for row in rows(ws).values()} == {keys(ws)[1].id, keys(ws)[2].id}


def test_row_of_a_lost_key_is_unchanged_and_removed_ones_are_marked(ws):
    damage(ws, "key_id = '0000000000000000'")
    delete_connector(ws, "café")
    damage(ws, "auth_mac = 'x'", "café")
    assert reseal(ws).names == ["shop", "café (removed)"]


def test_first_twenty_damaged_rows_are_named_and_all_counted():
    done = Resealed()
    for number in range(25):
        done.note(str(number))
    assert (done.damaged, done.names) == (25, [str(number) for number in range(20)])


CLEARED = "auth_expires_at, updated_by_email, updated_by_name"


def test_lost_credentials_are_cleared_and_settings_stay(ws):
    lost = "key_id = '0000000000000000', auth_expires_at = '2026-01-01', updated_by_email = ''"
    damage(ws, lost)
    damage(ws, "status = 'inactive', auth = json_set(auth, '$.username', 'x')", "blog")
    damage(ws, 'config = \'{"site_url": "https://other.example"}\'', "café")
    before = rows(ws)
    done = reseal(ws, clears=True)
    assert (done.connectors, done.damaged, done.names) == (0, 3, list(NAMES))
    fields = ["application_password", "username"]
    assert done.cleared == [
        (name, {"id": before[name]["id"], "version": 2, "fields": fields, "revision": 2})
        for name in ("blog", "shop")
    ]
    after = rows(ws)
    assert after["café"] == before["café"]  # altered beside its credentials, which open
    for name, status in (("blog", "inactive"), ("shop", "error")):
        row = after[name]
        assert (row["auth"], row["auth_fingerprints"], row["version"]) == ("{}", "{}", 2)
        assert (row["key_id"], row["status"]) == (keys(ws)[2].id, status)
        assert json.loads(row["config"]) == CONFIG
    assert sql(ws, f"SELECT {CLEARED} FROM connectors WHERE id = ?", before["shop"]["id"]) == [
        (None, "tester@example.com", "Tester")
    ]
    ((moment,),) = sql(ws, "SELECT updated_at FROM connectors WHERE id = ?", before["shop"]["id"])
    assert moment.endswith("Z")
    with at_work(ws) as resealer:
        assert resealer.verify(Cipher(keys(ws)[2])) == 2


@pytest.mark.parametrize("config", ["[]", "no JSON", "7"])
def test_invalid_settings_are_cleared_too(ws, config):
    damage(ws, f"config = '{config}', version = 'x'")
    name, noted = reseal(ws, clears=True).cleared[0]
    assert (name, noted["version"]) == ("shop", 1)
    assert noted["fields"] == ["application_password", "username"]
    assert (rows(ws)["shop"]["config"], rows(ws)["shop"]["version"]) == ("{}", 1)


def test_row_under_the_key_of_another_tenant_is_not_resealed(ws, monkeypatch):
    """Its holder could have put it there."""
    acme = Cipher(keys(ws)[0])
    token = acme.seal(("default", rows(ws)["shop"]["id"], "username"), "old")
    auth = json.dumps({"username": token})
    with at_work(ws) as resealer:
        row = resealer.named("shop")
        texts = {**row["texts"], "auth": auth}
        seal = acme.row_seal(resealer.opener.sealed({**row, "texts": texts}))
    damage(ws, f"auth = '{auth}', auth_mac = '{seal}', key_id = '{acme.key.id}'")
    assert reseal(ws).names == ["shop"]
    with pytest.raises(Tampered):
        values(ws, "shop", Cipher(keys(ws)[2]))


def test_first_connector_that_a_key_opens_is_named(ws):
    own = Cipher(keys(ws)[1])
    damage(ws, "auth_mac = 'x'", "blog")
    with at_work(ws) as resealer:
        assert resealer.first_opened(own) == "shop"
        assert resealer.first_opened(Cipher(keys(ws)[2])) is None
    damage(ws, "auth_mac = 'x'")
    delete_connector(ws, "café")
    with at_work(ws) as resealer:
        assert resealer.first_opened(own) == "café (removed)"


def test_damaged_rows_are_listed_with_whether_credentials_open(ws):
    with at_work(ws) as resealer:
        assert list(resealer.damaged()) == []
    damage(ws, "key_id = '0000000000000000'", "blog")
    damage(ws, "config = '{}'")
    damage(ws, "auth = json_set(auth, '$.username', 'x')", "café")
    with at_work(ws) as resealer:
        found = [(row["name"], opens) for row, opens in resealer.damaged()]
        shop = resealer.named("shop")
        assert (resealer.opener.opens(shop), resealer.opener.opens(resealer.named("café"))) == (
            True,
            False,
        )
    assert found == [("blog", False), ("shop", True), ("café", False)]


def test_row_without_a_key_is_listed(ws):
    damage(ws, "key_id = ''")
    with at_work(ws) as resealer:
        assert [(row["name"], opens) for row, opens in resealer.damaged()] == [("shop", False)]


def test_accepted_row_opens_again(ws):
    damage(ws, 'config = \'{"site_url": "https://mine.example"}\'')
    before = rows(ws)
    with at_work(ws) as resealer:
        assert resealer.seal_as_it_is(resealer.named("shop")) == 2
        resealer.opener.check_seal(resealer.named("shop"))
    after = rows(ws)
    assert after["shop"]["version"] == before["shop"]["version"] + 1
    assert json.loads(after["shop"]["config"]) == {"site_url": "https://mine.example"}
    assert after["blog"] == before["blog"]


def test_live_connector_of_the_tenant_is_found_by_name_or_id(ws):
    foreign = rows(ws, "acme")["blog"]["id"]
    delete_connector(ws, "café")
    with at_work(ws) as resealer:
        shop = resealer.named("shop")
        assert (shop["name"], shop["id"], shop["config"]) == (
            "shop",
            rows(ws)["shop"]["id"],
            CONFIG,
        )
        assert resealer.named(shop["id"]) == shop
        for word in ("café", "none", foreign):
            assert resealer.named(word) is None


@pytest.mark.parametrize(
    "assignment", ["config = '[]'", "auth = '[]'", "auth = 'x'", f"auth = '{'[' * 100_000}'"]
)
def test_row_without_json_objects_is_damaged(ws, assignment):
    damage(ws, assignment)
    with at_work(ws) as resealer, pytest.raises(Tampered) as refusal:
        resealer.opener.sealed(resealer.named("shop"))
    assert refusal.value.message == (
        "connector 'shop' cannot be used: it was changed outside connectors"
    )


@pytest.mark.parametrize("column", ["id", "name"])
def test_row_whose_id_or_name_is_not_text_is_damaged(ws, column):
    with at_work(ws) as resealer, pytest.raises(Tampered) as refusal:
        resealer.opener.sealed({**resealer.named("shop"), column: b"x"})
    assert refusal.value.message == unreadable(b"x" if column == "name" else "shop").message


def test_row_of_a_deleted_type_has_no_type(ws):
    with at_work(ws) as resealer:
        sealed = resealer.opener.sealed({**resealer.named("shop"), "catalog_id": "gone"})
    assert (sealed["catalog_key"], sealed["source"], sealed["digest"]) == ("", "", None)


def test_undecodable_name_is_escaped(ws):
    damage(ws, "name = CAST(x'ff41' AS TEXT)")
    assert reseal(ws).names == ["\\udcffA"]
    assert shown_name({"name": "a", "deleted_at": None}) == "a"
    assert shown_name({"name": b"a", "deleted_at": "x"}) == "b'a' (removed)"


def test_a_custom_types_digest_is_under_the_seal_and_a_built_in_ones_is_not(ws):
    schema = {"properties": {"token": {"type": "string", "writeOnly": True}}}
    entry = custom_entry(schema, "own.json", "own", None, "api_key")
    add_type(ws, entry)
    install_connector(ws, Wanted("own", "own", {}, {"token": "canary-own"}))
    with at_work(ws) as resealer:
        sealed = [resealer.opener.sealed(resealer.named(name)) for name in ("shop", "own")]
    names = ("catalog_key", "source", "digest", "tenant_id")
    assert [tuple(row[name] for name in names) for row in sealed] == [
        ("wordpress", "builtin", None, "default"),
        ("own", "custom", entry.digest, "default"),
    ]
    assert reseal(ws).connectors == 4
    sql(ws, "UPDATE keys SET id = ? WHERE tenant_id = 'default'", keys(ws)[2].id)
    sql(ws, "UPDATE keys SET endorsed_by = NULL")
    sql(ws, "UPDATE connector_catalog SET auth_schema = '{}' WHERE key = 'own'")
    with at_work(ws) as resealer:
        assert [row["name"] for row, _ in resealer.damaged()] == ["own"]


def hooks(ws) -> list[tuple]:
    return sql(ws, "SELECT id, secret, key_id FROM webhooks ORDER BY id")


def add_hook(ws, number: str, cipher: Cipher | None, tenant: str = "default", place=None) -> None:
    secret = cipher and cipher.seal(place or (tenant, number, "secret"), f"canary-{number}")
    sql(ws, HOOK, number, tenant, f"hook {number}", secret, cipher and cipher.key.id)


def test_webhook_secrets_are_resealed(ws):
    acme, own, target = (Cipher(key) for key in keys(ws))
    add_hook(ws, "1", own)
    add_hook(ws, "2", None)
    add_hook(ws, "3", acme, "acme")
    add_hook(ws, "4", own, place=("default", "1", "secret"))
    add_hook(ws, "5", target)
    before = hooks(ws)
    done = reseal(ws)
    assert (done.connectors, done.values, done.names) == (3, 7, ["webhook hook 4"])
    after = hooks(ws)
    assert after[0][2] == target.key.id
    assert target.open(("default", "1", "secret"), after[0][1]) == "canary-1"
    assert after[1:] == before[1:]
    sql(ws, "UPDATE webhooks SET key_id = '0000000000000000' WHERE id = '1'")
    done = reseal(ws, clears=True)
    assert (done.values, done.damaged, done.cleared) == (0, 2, [])
    assert done.names == ["webhook hook 1", "webhook hook 4"]
    assert hooks(ws) == [("1", None, None), *after[1:3], ("4", None, None), after[4]]


def test_nothing_is_resealed_without_the_old_key(ws, monkeypatch):
    monkeypatch.setenv(KEY, keys(ws)[2].text)
    with closing(Workspace(Settings(os.environ))) as other:
        with at_work(other) as resealer:
            done = resealer.reseal(Cipher(keys(ws)[2]))
            with pytest.raises(KeyMissing):
                resealer.opener.opens(resealer.named("shop"))
        assert (done.connectors, done.names) == (0, list(NAMES))
