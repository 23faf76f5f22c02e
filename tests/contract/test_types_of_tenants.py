"""Custom types belong to a tenant: another tenant neither sees, uses, removes nor replaces them."""

import json
import os

import pytest

from connectors_cli.vault.seal import new_key
from support.stores import KEY

SECRET = {"type": "string", "writeOnly": True}


def entry(tmp_path, host):
    document = {
        "key": "cms",
        "name": "CMS",
        "description": "canary-description",
        "auth_type": "api_key",
        "config_schema": {"type": "object", "properties": {}, "additionalProperties": False},
        "auth_schema": {"type": "object", "properties": {"token": SECRET}},
        "probe": {
            "protocol": "https",
            "method": "GET",
            "url": f"https://{host}/me",
            "send": {"as": "bearer", "value": "{auth.token}"},
            "expect_status": 200,
            "identity": {},
        },
    }
    file = tmp_path / f"{host}.json"
    file.write_text(json.dumps(document))
    return str(file)


@pytest.fixture
def cms(run, tmp_path, monkeypatch):
    assert run("catalog", "add", entry(tmp_path, "cms.example")).code == 0
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert run("tenant", "create", "acme").code == 0
    return "cms"


@pytest.mark.parametrize(
    "line",
    [
        ("catalog", "show", "cms"),
        ("catalog", "schema", "cms"),
        ("catalog", "example", "cms"),
        ("catalog", "remove", "cms"),
        ("install", "cms", "--set", "x=1"),
        ("list", "--type", "cms"),
    ],
)
def test_type_of_another_tenant_is_unknown(run, cms, line):
    done = run(*line, "--tenant", "acme")
    assert done.code == 5, done.err
    assert "canary-description" not in done.out + done.err
    assert "did you mean cms" not in done.err


def test_lists_and_search_show_the_tenants_own_types(run, cms):
    search = ("catalog", "--query", "canary-description", "-o", "names")
    for line in (("catalog", "-o", "names"), search):
        assert "cms" in run(*line).out.split()
        assert "cms" not in run(*line, "--tenant", "acme").out.split()


def test_type_of_the_same_key_is_the_tenants_own(run, cms, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    assert run("catalog", "add", entry(tmp_path, "evil.example"), "--tenant", "acme").code == 0
    install = ("install", "cms", "--secret", "token=env:TOKEN")
    assert run(*install).code == 0
    assert run(*install, "--tenant", "acme").code == 0
    for tenant, message in (("default", "cms.example"), ("acme", "evil.example")):
        tested = run("test", "cms", "--tenant", tenant, "--no-record")
        assert message in tested.out + tested.err
    assert run("catalog", "remove", "cms").code == 6
    assert run("remove", "cms", "--purge", "--yes").code == 0
    assert run("catalog", "remove", "cms").code == 0
    assert run("get", "cms", "token", "--reveal", "--tenant", "acme").out == "canary-token\n"


def test_events_of_a_type_are_in_the_tenants_log(run, cms):
    assert "catalog.add" in run("log").out
    assert "catalog.add" not in run("log", "--tenant", "acme").out


def test_copy_to_a_tenant_without_the_type_says_so(run, cms, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    assert run("install", "cms", "--secret", "token=env:TOKEN").code == 0
    done = run("install", "--from", "default/cms", "--tenant", "acme")
    assert (done.code, "'cms'" in done.err) == (5, True)


def test_copy_to_a_tenant_with_another_type_of_the_same_key_is_refused(
    run, cms, tmp_path, monkeypatch
):
    monkeypatch.setenv("TOKEN", "canary-token")
    assert run("install", "cms", "--secret", "token=env:TOKEN").code == 0
    assert run("catalog", "add", entry(tmp_path, "evil.example"), "--tenant", "acme").code == 0
    copied = ("install", "--from", "default/cms", "--tenant", "acme")
    for line in (copied, (*copied, "--dry-run"), (*copied, "--test", "--name", "mine")):
        done = run(*line)
        assert (done.code, "not the same as in default" in done.err) == (6, True), done.err
    assert run("list", "--tenant", "acme", "-o", "names").out == ""
    assert run("catalog", "remove", "cms", "--tenant", "acme").code == 0
    assert run("catalog", "add", entry(tmp_path, "cms.example"), "--tenant", "acme").code == 0
    assert run(*copied).code == 0
