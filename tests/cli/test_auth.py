"""The commands `auth ...`, and sign-in as part of install, remove and restore."""

import json
import os
import signal
import subprocess
import sys

import pytest

from connectors_cli.vault.seal import new_key
from support import oauth_connectors
from support.http_server import Reply
from support.oauth_connectors import BROWSER, column, end_soon, install, shown, token
from support.sign_in_dialogs import ends_at

pytestmark = pytest.mark.slow


def test_install_signs_in_with_the_browser_end_to_end(spawn, server):
    oauth_connectors.add_type(spawn)
    done = install(
        lambda *line: spawn(*line, BROWSER=BROWSER, CLIENT_SECRET="canary-client-secret"),
        server,
        "news",
        *("--auth", "browser"),
    )
    assert (done.code, done.out) == (0, "news (example): installed, active\n")
    assert "Waiting for the sign-in" in done.err
    assert server.accepts(token(spawn))
    assert column("news") is not None


def test_login_again_keeps_everything_else(run, news, server):
    run("edit", news, "--tag", "prod", "--deactivate")
    before, old = shown(run), token(run)
    done = run("auth", "login", news, "--method", "browser", "--json")
    assert (done.code, json.loads(done.out)["change"]) == (0, "signed in")
    after = shown(run)
    for field in ("config", "tags", "status", "id", "name", "auth_fields"):
        assert after[field] == before[field]
    assert token(run) != old


def test_install_without_terminal_prints_the_sign_in_command(run, server):
    oauth_connectors.add_type(run)
    done = install(run, server, "news")
    assert done.code == 0
    assert "note: news is not signed in yet: connectors auth login news" in done.err
    assert not server.requests


@pytest.mark.parametrize("refused", ["denied", "wrong secret", "interrupted"])
def test_install_whose_sign_in_fails_is_no_target_and_cannot_be_used(run, server, spawn, refused):
    oauth_connectors.add_type(run)
    server.approves = refused != "denied"
    if refused == "wrong secret":
        server.replies["/token"] = [Reply(401, {"error": "invalid_client"})]
    method, code = ("paste", 2) if refused == "interrupted" else ("browser", 9)

    def signing_in(*line):
        return spawn(*line, BROWSER=BROWSER, CLIENT_SECRET="canary-client-secret")

    assert install(signing_in, server, "news", "--auth", method).code == code
    assert run("targets", "-o", "names").out == ""
    for line in (("run", "news", "--", "true"), ("env", "news")):
        done = run(*line)
        assert (done.code, done.out) == (9, "")
        assert "news is not signed in: no access_token" in done.err
        assert "connectors auth login news" in done.err
    assert run("env", "news", "--only", "server_url").code == 0


@pytest.mark.parametrize("activates", ["install", "edit"])
def test_sign_in_activates_what_was_to_be_active(run, server, monkeypatch, activates):
    oauth_connectors.add_type(run)
    install(run, server, "news")
    if activates == "edit":
        run("edit", "news", "--deactivate")
        assert run("edit", "news", "--activate").code == 0
    assert shown(run)["status"] == "error"
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("auth", "login", "news", "-S", "access_token=env:T").code == 0
    assert run("targets", "-o", "names").out == "news\n"


@pytest.mark.parametrize(
    ("method", "told"), [("device", "type this code"), ("browser", "Waiting for the sign-in")]
)
def test_script_signs_in_with_a_named_method(run, server, monkeypatch, method, told):
    monkeypatch.setenv("BROWSER", BROWSER)
    oauth_connectors.add_type(run)
    server.device_interval = 1
    assert install(run, server, "news").code == 0
    done = run("auth", "login", "news", "--method", method)
    assert (done.code, done.out) == (0, "news (example): signed in, active\n")
    assert told in done.err
    assert server.accepts(token(run))


def test_first_sign_in_names_the_redirect_address_that_the_app_must_have(run, spawn):
    run("install", "twitter", "--name", "news", "--set", "client_id=abc")
    line = ("auth", "login", "news", "--method", "paste", "--no-browser")
    told = "Your app at https://console.x.com must have this redirect address:"
    assert f"{told}\n\n  http://127.0.0.1:8765/callback\n" in spawn(*line, stdin="\n").err
    own = "http://127.0.0.1:9000/back"
    assert run("edit", "news", "--set", f"redirect_uri={own}").code == 0
    assert f"{told}\n\n  {own}\n" in spawn(*line, stdin="\n").err


def test_later_sign_in_names_the_redirect_address_only_if_verbose(run, spawn, monkeypatch):
    monkeypatch.setenv("T", "token-of-an-earlier-sign-in")
    run("install", "twitter", "--name", "news", "--set", "client_id=abc")
    assert run("auth", "login", "news", "-S", "access_token=env:T").code == 0
    line = ("auth", "login", "news", "--method", "paste", "--no-browser")
    assert "redirect address" not in spawn(*line, stdin="\n").err
    assert "redirect address" in spawn(*line, "--verbose", stdin="\n").err


def test_login_without_a_terminal_needs_a_method(run, server):
    oauth_connectors.add_type(run)
    install(run, server, "news")
    done = run("auth", "login", "news")
    assert done.code == 2
    assert "connectors auth login news --method browser, or -S access_token=SOURCE" in done.err


def test_existing_token_comes_from_a_source_never_from_the_command_line(run, server, monkeypatch):
    oauth_connectors.add_type(run)
    install(run, server, "news")
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("auth", "login", "news", "-S", "access_token=env:T").code == 0
    assert server.accepts(token(run))
    refused = run("auth", "login", "news", "-S", f"access_token={os.environ['T']}")
    assert refused.code == 2
    assert os.environ["T"] not in refused.err
    assert run("auth", "login", "news", "--method", "token").code == 2
    assert run("auth", "login", "news", "-S", "client_id=env:T").code == 2


def test_token_replaced_by_hand_loses_the_old_expiry(run, news, server, monkeypatch):
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("edit", news, "-S", "access_token=env:T").code == 0
    assert column(news) is None
    assert "expires_at" not in shown(run)["auth_fields"]


def test_token_replaced_by_apply_loses_the_old_expiry(run, news, server, monkeypatch, tmp_path):
    file = tmp_path / "news.json"
    monkeypatch.setenv("NEWS__CLIENT_SECRET", "canary-client-secret")
    assert run("export", news, "--to", file).code == 0
    assert run("apply", "-f", file).code == 0
    assert column(news) is not None
    document = json.loads(file.read_text())
    document["connectors"][0]["auth"]["access_token"] = {"env": "T"}
    file.write_text(json.dumps(document))
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("apply", "-f", file, "--yes").code == 0
    assert column(news) is None
    assert "expires_at" not in shown(run)["auth_fields"]


def test_status_shows_each_connector_and_needs_no_key(run, news, server, monkeypatch):
    install(run, server, "never")
    key = os.environ.pop("CONNECTOR_AUTH_ENCRYPTION_KEY")
    done = run("auth", "status", "--json")
    assert done.code == 9
    never, first = json.loads(done.out)["results"]
    never, first = (never, first) if never["name"] == "never" else (first, never)
    assert (first["state"], first["method"], first["scopes"]) == (
        "signed_in",
        "browser",
        ["read", "write"],
    )
    assert first["refreshes_itself"] is True
    assert first["expires_at"] == column(news)
    assert (never["state"], never["hint"]) == ("signed_out", "connectors auth login never")
    assert run("auth", "status", news).code == 0
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", key)


def test_status_shows_the_account_even_if_the_service_was_unreachable(run, news, server):
    def account():
        return json.loads(run("auth", "status", news, "--json").out)["results"][0]["account"]

    assert run("test", news).code == 0
    assert account() == "alice"
    server.replies["/me"] = [Reply(503, {})]
    (found,) = json.loads(run("test", news, "--json").out)["results"]
    assert (found["state"], found["account"]) == ("unreachable", None)
    assert account() == "alice"
    assert shown(run)["last_check"]["state"] == "unreachable"
    assert run("auth", "login", news, "--method", "browser").code == 0
    assert account() == "alice"
    assert shown(run)["last_check"]["state"] == "ok"


DAMAGES = ("config = '{'", "auth = '{'", "auth_mac = 'x'", "auth_expires_at = 'soon'", "tags = '['")


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_row_does_not_stop_sign_in_of_others(run, news, server, damage):
    assert install(run, server, "other", "--auth", "browser").code == 0
    with oauth_connectors.store() as db:
        db.execute(f"UPDATE connectors SET {damage} WHERE name = 'news'")
        db.commit()
    for line in (
        *(("auth", "status"), ("auth", "status", "--json"), ("auth", "login", news)),
        *(("auth", "logout", news), ("remove", news), ("restore", news)),
    ):
        assert "this is a bug" not in run(*line).err, line
    done = json.loads(run("auth", "refresh", "--all", "--json").out)
    states = {one["name"]: one["state"] for one in done["results"]}
    assert states["other"] == "refreshed"


@pytest.mark.parametrize("within", ["soon", "0", "-1d", ""])
@pytest.mark.parametrize("command", ["status", "refresh"])
def test_invalid_duration_is_refused(run, news, command, within):
    done = run("auth", command, "--all", "--within", within)
    assert done.code == 2
    assert "--within must be a duration such as" in done.err


def test_logout_revokes_and_deletes_tokens(run, news, server):
    done = run("auth", "logout", news)
    assert (done.code, done.out, done.err) == (0, "news (example): signed out, error\n", "")
    assert server.requests["revoke"] == 2
    assert all(one.revoked for one in server.tokens)
    assert shown(run)["auth_fields"] == ["client_secret"]
    assert run("targets", "-o", "names").out == ""
    assert run("auth", "status", news).code == 9
    assert run("auth", "logout", news).out == "news (example): unchanged, error\n"
    assert run("auth", "login", news, "--method", "browser").code == 0
    assert run("targets", "-o", "names").out == "news\n"


def test_logout_reports_tokens_that_were_not_revoked(run, server, news):
    server.replies["/revoke"] = [Reply(503, {})]
    done = run("auth", "logout", news)
    assert done.code == 0
    assert "note: news: could not be revoked at the service: Example is unavailable" in done.err
    assert "remove the access in your account settings at Example" in done.err
    assert shown(run)["auth_fields"] == ["client_secret"]


def test_remove_revokes_tokens_unless_no_revoke(run, news, server):
    assert install(run, server, "kept", "--auth", "browser").code == 0
    assert run("remove", "kept", "--no-revoke").code == 0
    assert not server.requests["revoke"]
    done = run("remove", news)
    assert (done.code, done.err) == (0, "")
    assert server.requests["revoke"] == 2
    back = run("restore", news)
    assert back.out == "news (example): restored, error\n"
    assert "note: news is not signed in yet: connectors auth login news" in back.err
    assert run("restore", "kept").err == ""
    assert server.accepts(token(run, "kept"))


def test_remove_succeeds_when_tokens_cannot_be_revoked(run, news, server):
    server.replies["/revoke"] = [Reply(503, {})]
    done = run("remove", news)
    assert (done.code, done.out) == (0, "news (example): removed\n")
    assert "note: news: could not be revoked at the service" in done.err
    assert run("restore", news).err == ""
    assert server.accepts(token(run))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", new_key().text)
        done = run("remove", news)
    assert done.code == 0
    assert "note: news: its tokens were not revoked: this tenant is sealed with" in done.err


def test_connector_of_another_tenant_is_not_found(run, news, monkeypatch):
    keys = f"{os.environ['CONNECTOR_AUTH_ENCRYPTION_KEY']},{new_key().text}"
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", keys)
    assert run("init", "--tenant", "acme").code == 0
    for line in (
        ("login", news, "--method", "browser"),
        ("status", news),
        ("refresh", news),
        ("logout", news),
    ):
        assert run("auth", *line, "--tenant", "acme").code == 5


@pytest.mark.parametrize(("role", "use", "login"), [("viewer", 4, 4), ("member", 0, 4)])
def test_login_and_refresh_check_roles(run, news, server, role, use, login):
    with oauth_connectors.store() as db:
        db.execute("UPDATE members SET role = ?", (role,))
        db.commit()
    end_soon()
    before = server.requests.total()
    assert run("auth", "login", news, "--method", "browser").code == login
    assert run("auth", "logout", news).code == login
    assert server.requests.total() == before
    assert run("env", news).code == use
    assert server.requests["token:refresh_token"] == (use == 0)


@pytest.mark.parametrize("word", ["soon", "Browser", "none"])
def test_unknown_sign_in_method_is_refused(run, server, word):
    oauth_connectors.add_type(run)
    done = install(run, server, "news", "--auth", word)
    if word == "none":
        assert (done.code, done.err) == (0, "")
    else:
        assert done.code == 2
        assert "use one of: browser, device, paste, token, client, none" in done.err
        assert run("list", "-o", "names").out == ""


def test_login_of_a_type_without_a_sign_in_is_an_error(run, blog, server):
    source = "integration_token=cmd:echo token"
    assert run("install", "medium", "-N", "m", "-S", source, "--yes").code == 0
    for line in (("login", blog, "--method", "device"), ("login", "m"), ("status", "m")):
        assert run("auth", *line).code == 2


def test_failed_sign_in_keeps_the_installed_connector(run, server, monkeypatch):
    monkeypatch.setenv("BROWSER", BROWSER)
    oauth_connectors.add_type(run)
    server.approves = False
    done = install(run, server, "news", "--auth", "browser")
    assert (done.code, done.out) == (9, "")
    assert "news is installed, but not signed in: " in done.err
    assert "hint: connectors auth login news" in done.err
    assert shown(run)["auth_fields"] == ["client_secret"]


def test_ctrl_c_while_waiting_changes_nothing(run, news, server):
    before = column(news, "auth"), column(news, "version")
    line = [sys.executable, "-m", "connectors_cli", "auth", "login", news, "--method", "browser"]
    with subprocess.Popen(
        [*line, "--no-browser"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        while "Waiting" not in child.stderr.readline():
            pass
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, "")
    assert "Cancelled. news was not changed." in err
    assert (column(news, "auth"), column(news, "version")) == before


def test_pasted_address_is_read_from_standard_input(news, server):
    line = [sys.executable, "-m", "connectors_cli", "auth", "login", news, "--method", "paste"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*line, "--no-browser"], text=True, **pipes) as child:
        while "http" not in (told := child.stderr.readline()):
            pass
        out, err = child.communicate(ends_at(told.strip()) + "\n", timeout=30)
    assert (child.returncode, out) == (0, "news (example): signed in, active\n"), err


FIELDS = [
    *("name", "catalog_key", "state", "status", "method", "scopes", "account", "expires_at"),
    *("refreshes_itself", "message", "hint"),
]


def test_status_has_the_same_fields_in_every_format(run, news):
    whole = json.loads(run("auth", "status", "--json").out)
    assert list(whole) == ["results", "summary"]
    assert [list(one) for one in whole["results"]] == [FIELDS]
    assert list(json.loads(run("auth", "status", "-o", "jsonl").out)) == FIELDS
    assert run("auth", "status", "-o", "names").out == "news\n"
    assert run("auth", "status").out == f"news\tsigned_in\tbrowser\talice\t{column(news)}\ttrue\t\n"
    assert run("auth", "status", "-o", "csv", "--fields", "name,scopes").out == (
        'name,scopes\nnews,"read,write"\n'
    )
    assert "signed_in" in run("auth", "status", "-o", "table").out


def test_sign_in_is_logged_without_values(run, news):
    run("auth", "refresh", news)
    run("auth", "logout", news)
    with oauth_connectors.store() as db:
        query = "SELECT action, outcome, details FROM events WHERE subject = 'news' ORDER BY id"
        events = [
            (action, outcome, json.loads(text)) for action, outcome, text in db.execute(query)
        ]
    told = [(action, outcome, details.get("state")) for action, outcome, details in events]
    assert told == [
        ("connector.install", "ok", None),
        ("connector.login", "ok", "begun"),
        ("connector.login", "ok", "signed_in"),
        ("connector.use", "ok", None),
        ("connector.refresh", "ok", "refreshed"),
        ("connector.use", "ok", None),
        ("connector.logout", "ok", None),
    ]
    assert events[2][2]["scopes"] == ["read", "write"]


def test_status_of_an_empty_store_is_empty(run):
    shown = run("auth", "status", "--json")
    assert shown.code == 0
    assert json.loads(shown.out)["results"] == []


def test_invalid_token_text_must_be_entered_again(run, news, monkeypatch):
    monkeypatch.setenv("T", "two words")
    done = run("auth", "login", news, "--secret", "access_token=env:T")
    assert (done.code, done.err.splitlines()[1]) == (3, "  hint: connectors auth login news")


def test_failed_sign_in_does_not_change_the_recorded_method(run, news, server):
    server.device_says = ["denied"]
    server.device_interval = 1
    assert run("auth", "login", news, "--method", "device").code == 9
    (found,) = json.loads(run("auth", "status", news, "--json").out)["results"]
    assert (found["state"], found["method"]) == ("signed_in", "browser")


def test_login_refuses_method_none(run, news, server):
    asked = server.requests.total()
    done = run("auth", "login", news, "--method", "none")
    assert (done.code, done.err.splitlines()[0]) == (2, "error: 'none' is not a sign-in method")
    assert server.requests.total() == asked


def test_pasted_address_can_be_broken_into_lines(run, spawn, news, server):
    line = ("auth", "login", news, "--method", "paste", "--no-browser")
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors_cli", *line],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = iter(process.stderr.readline, "")
    address = ends_at(next(text.strip() for text in told if "/authorize" in text))
    half = len(address) // 2
    _, err = process.communicate(f'"{address[:half]}\n  {address[half:]}"\n', timeout=60)
    assert (process.returncode, "error:" in err) == (0, False)


def test_refresh_whose_token_is_of_another_type_keeps_the_refresh_token(run, news, server):
    body = {"access_token": "AT-2", "refresh_token": "RT-2", "token_type": "DPoP"}
    before, end = token(run), column(news)
    server.replies["/token"] = [Reply(200, body)]
    done = run("auth", "refresh", news)
    assert (done.code, "token_type that is not Bearer" in done.out + done.err) == (3, True)
    assert run("get", news, "refresh_token", "--reveal").out == "RT-2\n"
    assert (token(run), column(news)) == (before, end)
