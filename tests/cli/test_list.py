"""Finding installed connectors: search, order, limit, sign-ins that end, and all tenants."""

import json
import os
import sqlite3

import pytest

from support.stores import KEY, connect


def names(run, *line):
    done = run(*line, "-o", "names")
    assert done.code == 0, done.err
    return done.out.splitlines()


@pytest.fixture
def shop(run, blog):
    """A second connector, whose letters are not all ASCII."""
    values = ("--set", "site_url=https://shop.example.org", "--set", "username=u")
    line = ("install", "wordpress", "--name", "shop", *values, "--tag", "ÉTÉ", "--tag", "prod")
    assert run(*line, "--secret", "application_password=env:CONNECTORS_USER_EMAIL").code == 0
    assert run("edit", "shop", "--set", "account_label=Größe Ünal").code == 0
    return "shop"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("blog", ["blog"]),
        ("BLOG", ["blog"]),
        ("wordpress", ["blog", "shop"]),
        ("ünal", ["shop"]),
        ("été", ["shop"]),
        ("GRÖSSE prod", ["shop"]),
        ("example.org", ["shop"]),
        ("https shop", ["shop"]),
        ("blog shop", []),
        ("site_url", []),
        ("50% ' \"", []),
        ("  ", ["blog", "shop"]),
    ],
)
def test_every_word_of_a_search_is_in_the_connector(run, shop, words, found):
    for option in ("-q", "--search"):
        assert names(run, "list", option, words) == found
    targets = [name for name in found if name == "blog"]
    assert names(run, "targets", "-q", words) == targets
    assert run("targets", "-q", words, "--require", "1").code == (0 if targets else 5)


def test_search_finds_the_account_of_the_last_test_and_no_credential(run, blog):
    db = connect()
    check = json.dumps({"state": "ok", "account": "Zoë Example"})
    db.execute("UPDATE connectors SET last_check = ?", (check,))
    db.commit()
    db.close()
    assert names(run, "list", "-q", "zoë") == ["blog"]
    assert names(run, "list", "-q", "canary") == []


@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "tsv", "names"])
def test_found_rows_are_printed_as_unfiltered_ones(run, blog, output):
    line = ("list", "-o", output)
    assert run(*line, "-q", "blog").out == run(*line).out


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("name", ["blog", "shop"]),
        ("-name", ["shop", "blog"]),
        ("status", ["blog", "shop"]),
        ("-status", ["shop", "blog"]),
        ("-version", ["shop", "blog"]),
        ("updated_at", ["blog", "shop"]),
        ("tags", ["shop", "blog"]),
        ("auth_configured", ["blog", "shop"]),
        ("created_by_name", ["blog", "shop"]),
        ("auth_expires_at", ["blog", "shop"]),
    ],
)
def test_lists_are_sorted_by_any_field(run, shop, field, found):
    for more in ((), ("-q", "example"), ("--json", "--fields", "name")):
        done = run("list", f"--sort-by={field}", *(more or ("-o", "names")))
        assert done.code == 0
        assert done.out.index(found[0]) < done.out.index(found[1])
    assert names(run, "list", "--sort-by", field, "--limit", "1") == found[:1]
    assert names(run, "list", "--sort-by", field, "--limit", "1", "-q", "example") == found[:1]


@pytest.mark.parametrize("command", ["list", "targets", "list --removed"])
def test_unknown_field_to_sort_by_is_a_usage_error(run, blog, command):
    done = run(*command.split(), "--sort-by", "auth")
    assert (done.code, "unknown field 'auth'" in done.err) == (2, True)


def test_rows_without_a_value_are_last_in_either_order(run, shop):
    db = connect()
    db.execute(
        "UPDATE connectors SET auth_expires_at = ? WHERE name = ?",
        ("2020-01-01T00:00:00.000000Z", "shop"),
    )
    db.commit()
    db.close()
    for field in ("auth_expires_at", "-auth_expires_at"):
        assert names(run, "list", "--sort-by", field) == ["shop", "blog"]


@pytest.mark.parametrize(
    ("ends", "within", "found"),
    [
        ("2020-01-01T00:00:00.000000Z", "1s", ["blog"]),
        ("2199-01-01T00:00:00.000000Z", "7d", []),
        ("2199-01-01T00:00:00.000000Z", "999w", []),
    ],
)
def test_expiring_lists_sign_ins_that_end_within_a_time(run, blog, ends, within, found):
    assert names(run, "list", "--expiring", within) == []
    db = connect()
    db.execute("UPDATE connectors SET auth_expires_at = ?", (ends,))
    db.commit()
    db.close()
    assert names(run, "list", "--expiring", within) == found


@pytest.mark.sqlite
def test_sign_in_that_renews_itself_is_not_expiring(run, blog, settings):
    with sqlite3.connect(settings.home + "/store.db") as db:
        db.execute(
            "UPDATE connectors SET auth_expires_at = '2020-01-01T00:00:00Z',"
            " auth = json_insert(auth, '$.refresh_token', 'x')"
        )
    assert names(run, "list", "--expiring", "7d") == []
    assert run("list", "--expiring", "soon").code == 2


def test_all_tenants_lists_those_where_the_user_is_a_member(run, stocked):
    rows = json.loads(run("list", "-A", "--json", "--fields", "tenant_id,name").out)
    assert [(row["tenant_id"], row["name"]) for row in rows][:3] == [
        ("acme", "blog"),
        ("acme", "hidden"),
        ("default", "100%_off"),
    ]
    assert len(rows) == 7
    short = run("list", "--all-tenants", "-q", "acme-only").out.splitlines()
    assert [line.split("\t")[:2] for line in short] == [["acme", "blog"], ["acme", "hidden"]]
    assert run("targets", "-A", "--require", "3", "-o", "names").code == 0
    shown = run("list", "-A", "-o", "cards").out
    assert shown.index("acme") < shown.index("hidden") < shown.index("default")


@pytest.mark.sqlite
def test_all_tenants_leaves_out_those_of_others(run, blog, settings, monkeypatch):
    new = run("key", "generate").out.strip()
    monkeypatch.setenv(KEY, f"{new},{os.environ[KEY]}")
    assert run("tenant", "create", "acme").code == 0
    assert run("install", "--from", "default/blog", "-t", "acme", "--name", "secret").code == 0
    assert names(run, "list", "-A") == ["secret", "blog"]
    with sqlite3.connect(settings.home + "/store.db") as db:
        db.execute("UPDATE members SET principal = 'somebody-else' WHERE tenant_id = 'acme'")
    assert names(run, "list", "-A") == ["blog"]
    assert names(run, "list", "-A", "-q", "secret") == []


@pytest.mark.parametrize(
    "line", [("list", "-A", "-t", "acme"), ("targets", "-A", "--check")], ids=" ".join
)
def test_all_tenants_refuses_what_names_one(run, stocked, line):
    done = run(*line)
    assert (done.code, "cannot be used together" in done.err) == (2, True)
