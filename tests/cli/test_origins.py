"""Credentials go only where they were granted, and to a new host only if somebody agrees."""

import json
import os
import re
import sys

import pexpect
import pytest
import yaml

from connectors_cli.vault.seal import Cipher, Key
from support.http_server import Reply, Web
from support.oauth_connectors import column, shown, store, token
from support.stores import KEY, reseal

TOKENS = {"access_token", "refresh_token", "expires_at"}
TYPED = ("--secret", "client_secret=env:CLIENT_SECRET")
SECRET = "canary-password"


@pytest.fixture
def evil():
    """Another server, which records what it gets."""
    with Web(
        lambda _: Reply(200, {"id": "evil", "access_token": "x", "token_type": "bearer"})
    ) as web:
        yield web


def declared(tmp_path, server, **more):
    file = tmp_path / "connectors.yaml"
    config = {"server_url": server.url, "client_id": "client-1"}
    auth = {"client_secret": {"env": "CLIENT_SECRET"}}
    item = {"name": "news", "type": "example", "config": config, "auth": auth, **more}
    file.write_text(yaml.safe_dump({"connectors": [item]}))
    return str(file)


def is_signed_out(run):
    kept = set(json.loads(column("news", "auth")))
    assert kept.isdisjoint(TOKENS)
    assert (shown(run)["status"], column("news")) == ("error", None)
    return True


def test_apply_drops_the_tokens_of_another_server(run, news, evil, tmp_path):
    file = declared(tmp_path, evil)
    planned = run("apply", "-f", file, "--dry-run")
    assert f"cannot be used at {evil.url}" in planned.out
    assert "connectors auth login news" in planned.out
    assert f"client_secret will be sent to {evil.url}" in planned.out
    (change,) = json.loads(run("apply", "-f", file, "--dry-run", "--json").out)["changes"]
    assert TOKENS - {"expires_at"} <= {field["field"] for field in change["changed_fields"]}
    assert any("sign in again" in note for note in change["notes"])
    assert run("apply", "-f", file, "--yes").code == 0
    assert is_signed_out(run)
    for line in (("test", news), ("auth", "refresh", news), ("auth", "logout", news)):
        run(*line)
    assert not any("Bearer" in str(asked.headers["Authorization"]) for asked in evil.requests)


def test_apply_keeps_the_tokens_of_the_same_server(run, news, server, tmp_path):
    before = token(run)
    config = {"server_url": f"{server.url}/", "client_id": "client-2"}
    assert run("apply", "-f", declared(tmp_path, server, config=config), "--yes").code == 0
    assert (token(run), shown(run)["status"]) == (before, "active")


def test_import_drops_the_tokens_of_another_server(run, news, evil, tmp_path):
    file = declared(tmp_path, evil)
    assert run("import", file, "--on-conflict", "overwrite").code == 0
    assert is_signed_out(run)


@pytest.mark.parametrize("command", ["edit", "install"])
def test_edit_drops_the_tokens_of_another_server(run, news, evil, command):
    line = {
        "edit": ("edit", news),
        "install": ("install", "example", "--name", news, "--upsert", "--auth", "none"),
    }[command]
    done = run(*line, "--set", f"server_url={evil.url}", *TYPED)
    assert done.code == 0, done.err
    assert "sign in again: connectors auth login news" in done.err
    assert is_signed_out(run)
    assert evil.requests == []


def test_preset_drops_the_tokens_of_another_server(run, news, server, evil):
    run("install", "example", "--name", "other", "--set", f"server_url={evil.url}",
        "--set", "client_id=client-1", *TYPED)  # fmt: skip
    assert run("preset", "save", "there", "--from", "other").code == 0
    line = ("install", "example", "--name", news, "--preset", "there", "--upsert")
    done = run(*line, *TYPED, "--auth", "none")
    assert done.code == 0, done.err
    assert is_signed_out(run)


def test_edit_of_other_settings_keeps_the_tokens(run, news):
    before = token(run)
    assert run("edit", news, "--set", "client_id=client-2").code == 0
    assert token(run) == before


def altered(server_url):
    with store() as db:
        (text,) = db.execute("SELECT config FROM connectors WHERE name = 'news'").fetchone()
        config = json.dumps({**json.loads(text), "server_url": server_url})
        db.execute("UPDATE connectors SET config = ? WHERE name = 'news'", (config,))
        db.commit()


def test_tokens_are_never_sent_where_they_were_not_granted(run, news, evil, server):
    granted = token(run)
    altered(evil.url)
    assert run("credentials", "accept", news, "--yes").code == 0
    for line in (
        ("test", news),
        ("auth", "refresh", news),
        ("env", news),
        ("run", news, "--", "env"),
        ("get", news, "access_token", "--reveal"),
        ("export", news, "--secrets", "plain", "--yes"),
    ):
        done = run(*line)
        assert done.code == 9, (line, done.err)
        assert server.url in done.out + done.err
        if line[0] not in {"test", "auth"}:
            assert granted not in done.out
            assert "connectors auth login news" in done.err
    assert run("get", news, "client_secret", "--reveal").code == 0  # it was typed
    assert "connectors auth login news" in run("test", news, "--json").out
    assert run("edit", news, "--set", "client_id=client-2").code == 0
    assert run("test", news).code == 9
    assert "could not be revoked" in run("auth", "logout", news).err
    assert evil.requests == []


def without_origin():
    """Seal the tokens as an older program did, which did not know where they were granted."""
    with store() as db:
        query = "SELECT id, tenant_id, auth FROM connectors WHERE name = 'news'"
        ((row_id, tenant, text),) = db.execute(query)
        cipher, tokens = Cipher(Key(os.environ[KEY].split(",")[0])), json.loads(text)
        for name, sealed in tokens.items():
            place = (tenant, row_id, name)
            tokens[name] = cipher.seal(place, cipher.open(place, sealed))
            assert cipher.origins(place, tokens[name]) == ()
        db.execute("UPDATE connectors SET auth = ? WHERE id = ?", (json.dumps(tokens), row_id))
        reseal(db, "news")
        db.commit()


def test_tokens_of_an_older_program_get_their_origin_with_the_next_refresh(run, news, evil):
    without_origin()
    assert run("test", news).code == 0
    assert run("auth", "refresh", news).code == 0
    altered(evil.url)
    assert run("credentials", "accept", news, "--yes").code == 0
    assert run("test", news).code == 9
    assert evil.requests == []


def test_tokens_of_an_older_program_are_dropped_with_their_server(run, news, evil):
    without_origin()
    assert run("edit", news, "--set", f"server_url={evil.url}", "--yes").code == 0
    assert is_signed_out(run)


def test_script_moves_a_password_only_if_told_to(run, blog):
    move = ("edit", blog, "--set", "site_url=https://evil.example")
    done = run(*move)
    assert (done.code, "application_password of blog would be sent" in done.err) == (2, True)
    assert "https://evil.example instead of https://blog.example.com" in done.err
    planned = run(*move, "--diff", "--dry-run")
    assert planned.code == 0
    assert "application_password will be sent to https://evil.example" in planned.err
    assert (
        json.loads(run("show", blog, "--json").out)["config"]["site_url"] != "https://evil.example"
    )
    assert run(*move, "--yes").code == 0


def test_password_that_is_given_again_goes_to_the_new_host(run, blog, monkeypatch):
    monkeypatch.setenv("WP_PASSWORD", SECRET)
    again = ("--secret", "application_password=env:WP_PASSWORD")
    assert run("edit", blog, "--set", "site_url=https://new.example", *again).code == 0


def test_same_host_needs_no_question(run, blog):
    assert run("edit", blog, "--set", "site_url=https://blog.example.com/news").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "moves"), [("\r", False), ("y\r", True)])
def test_terminal_asks_before_a_password_goes_elsewhere(run, blog, answer, moves):
    line = ["-m", "connectors_cli", "edit", blog, "--set", "site_url=https://new.example"]
    child = pexpect.spawn(sys.executable, line, encoding="utf-8", timeout=20, dimensions=(24, 200))
    child.expect("would be sent to https://new.example instead of https://blog.example.com")
    child.expect("Continue?")
    child.send(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus == 0) is moves
    assert ("https://new.example" in run("show", blog, "--json").out) is moves


def test_plan_says_where_a_password_goes(run, blog, tmp_path, monkeypatch):
    monkeypatch.setenv("WP_PASSWORD", SECRET)
    item = {
        "name": blog,
        "type": "wordpress",
        "config": {"site_url": "https://evil.example"},
        "auth": {"username": "alice", "application_password": {"env": "WP_PASSWORD"}},
    }
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump({"connectors": [item]}))
    planned = run("apply", "-f", file, "--dry-run")
    assert re.search(r"application_password will be sent to https://evil\.example", planned.out)
