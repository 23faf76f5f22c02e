"""`auth`, and what install, remove and restore do with a sign-in."""

import json
import os
import signal
import subprocess
import sys

import httpx2
import pytest
import signed_in
from servers import Reply
from signed_in import BROWSER, column, end_soon, install, shown, token

from connectors_cli.vault import new_key


def test_install_signs_in_with_the_browser_end_to_end(spawn, server):
    signed_in.add_type(spawn, server)
    done = install(
        lambda *line: spawn(*line, BROWSER=BROWSER, CLIENT_SECRET="canary-client-secret"),
        server,
        "news",
        *("--auth", "browser"),
    )
    assert (done.code, done.out) == (0, "news (example): installed, active\n")
    assert "Waiting until you have signed in" in done.err
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


def test_without_a_terminal_install_only_tells_the_command_that_signs_in(run, server):
    signed_in.add_type(run, server)
    done = install(run, server, "news")
    assert done.code == 0
    assert "note: news is active but not signed in yet: connectors auth login news" in done.err
    assert not server.requests


@pytest.mark.parametrize(
    ("method", "told"), [("device", "type this code"), ("browser", "Waiting until")]
)
def test_a_script_signs_in_by_the_method_it_names(run, server, monkeypatch, method, told):
    monkeypatch.setenv("BROWSER", BROWSER)
    signed_in.add_type(run, server)
    server.device_interval = 1
    assert install(run, server, "news").code == 0
    done = run("auth", "login", "news", "--method", method)
    assert (done.code, done.out) == (0, "news (example): signed in, active\n")
    assert told in done.err
    assert server.accepts(token(run))


def test_login_without_a_terminal_or_a_method_asks_for_one(run, server):
    signed_in.add_type(run, server)
    install(run, server, "news")
    done = run("auth", "login", "news")
    assert done.code == 2
    assert "connectors auth login news --method browser, or -S access_token=SOURCE" in done.err


def test_a_token_that_there_is_comes_from_a_source_and_never_from_the_line(
    run, server, monkeypatch
):
    signed_in.add_type(run, server)
    install(run, server, "news")
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("auth", "login", "news", "-S", "access_token=env:T").code == 0
    assert server.accepts(token(run))
    refused = run("auth", "login", "news", "-S", f"access_token={os.environ['T']}")
    assert refused.code == 2
    assert os.environ["T"] not in refused.err
    assert run("auth", "login", "news", "--method", "token").code == 2
    assert run("auth", "login", "news", "-S", "client_id=env:T").code == 2


def test_a_token_replaced_by_hand_has_no_longer_the_old_ones_end(run, news, server, monkeypatch):
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("edit", news, "-S", "access_token=env:T").code == 0
    assert column(news) is None
    assert "expires_at" not in shown(run)["auth_fields"]


def test_a_token_that_a_file_names_has_no_longer_the_old_ones_end(
    run, news, server, monkeypatch, tmp_path
):
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


def test_status_tells_how_each_stands_and_needs_no_key(run, news, server, monkeypatch):
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


def test_status_knows_the_account_also_where_the_service_was_not_reached(run, news, server):
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
    assert account() is None  # whoever signs in now may be somebody else


DAMAGES = ("config = '{'", "auth = '{'", "auth_mac = 'x'", "auth_expires_at = 'soon'", "tags = '['")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_keeps_no_other_from_its_sign_in(run, news, server, damage):
    assert install(run, server, "other", "--auth", "browser").code == 0
    with signed_in.store() as db:
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
def test_a_time_that_is_none_is_refused(run, news, command, within):
    done = run("auth", command, "--all", "--within", within)
    assert done.code == 2
    assert "--within takes a time such as" in done.err


def test_logout_takes_tokens_back_and_out_of_the_store(run, news, server):
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


def test_logout_says_what_the_service_could_not_be_told(run, server, news):
    server.replies["/revoke"] = [Reply(503, {})]
    done = run("auth", "logout", news)
    assert done.code == 0
    assert "note: news: not taken back at the service: Example is out of order" in done.err
    assert "end the access in your account's settings at Example" in done.err
    assert shown(run)["auth_fields"] == ["client_secret"]


def test_remove_takes_tokens_back_unless_it_is_told_not_to(run, news, server):
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


def test_a_removal_happens_also_when_tokens_cannot_be_taken_back(run, news, server):
    server.replies["/revoke"] = [Reply(503, {})]
    done = run("remove", news)
    assert (done.code, done.out) == (0, "news (example): removed\n")
    assert "note: news: not taken back at the service" in done.err
    assert run("restore", news).err == ""
    assert server.accepts(token(run))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", new_key().text)
        done = run("remove", news)
    assert done.code == 0
    assert "note: news: its tokens were not taken back: this tenant was sealed with" in done.err


def test_another_tenants_connector_is_not_there(run, news, monkeypatch):
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
def test_roles_hold_for_signing_in_and_for_refreshing(run, news, server, role, use, login):
    with signed_in.store() as db:
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
def test_a_way_to_sign_in_that_is_none_is_told(run, server, word):
    signed_in.add_type(run, server)
    done = install(run, server, "news", "--auth", word)
    if word == "none":
        assert (done.code, done.err) == (0, "")
    else:
        assert done.code == 2
        assert "one of browser, device, paste, token, none" in done.err
        assert run("list", "-o", "names").out == ""


def test_a_type_without_a_sign_in_says_so(run, blog, server):
    source = "integration_token=cmd:echo token"
    assert run("install", "medium", "-N", "m", "-S", source, "--yes").code == 0
    for line in (("login", blog, "--method", "device"), ("login", "m"), ("status", "m")):
        assert run("auth", *line).code == 2


def test_a_failed_sign_in_leaves_what_was_installed(run, server, monkeypatch):
    monkeypatch.setenv("BROWSER", BROWSER)
    signed_in.add_type(run, server)
    server.approves = False
    done = install(run, server, "news", "--auth", "browser")
    assert (done.code, done.out) == (9, "")
    assert "news is installed, but not signed in: " in done.err
    assert "hint: connectors auth login news" in done.err
    assert shown(run)["auth_fields"] == ["client_secret"]


def test_ctrl_c_while_waiting_leaves_everything_as_it_was(run, news, server):
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
    assert "left: news is as it was" in err
    assert (column(news, "auth"), column(news, "version")) == before


def test_what_is_pasted_comes_from_standard_input(news, server):
    line = [sys.executable, "-m", "connectors_cli", "auth", "login", news, "--method", "paste"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*line, "--no-browser"], text=True, **pipes) as child:
        while "http" not in (told := child.stderr.readline()):
            pass
        out, err = child.communicate(ends_at(told.strip()) + "\n", timeout=30)
    assert (child.returncode, out) == (0, "news (example): signed in, active\n"), err


def ends_at(url):
    """Return the address that the browser is sent to in the end, where nobody listens."""
    with httpx2.Client(trust_env=False) as client:
        return client.get(url).headers["location"]


FIELDS = [
    *("name", "catalog_key", "state", "status", "method", "scopes", "account", "expires_at"),
    *("refreshes_itself", "message", "hint"),
]


def test_status_has_its_fields_in_every_output(run, news):
    whole = json.loads(run("auth", "status", "--json").out)
    assert list(whole) == ["results", "summary"]
    assert [list(one) for one in whole["results"]] == [FIELDS]
    assert list(json.loads(run("auth", "status", "-o", "jsonl").out)) == FIELDS
    assert run("auth", "status", "-o", "names").out == "news\n"
    assert run("auth", "status").out == f"news\tsigned_in\tbrowser\t\t{column(news)}\ttrue\t\n"
    assert run("auth", "status", "-o", "csv", "--fields", "name,scopes").out == (
        'name,scopes\nnews,"[""read"", ""write""]"\n'
    )
    assert "signed_in" in run("auth", "status", "-o", "table").out


def test_what_was_done_is_in_the_log_without_a_value(run, news):
    run("auth", "refresh", news)
    run("auth", "logout", news)
    with signed_in.store() as db:
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


def test_where_nothing_is_installed_nobody_has_to_sign_in(run):
    shown = run("auth", "status", "--json")
    assert shown.code == 0
    assert json.loads(shown.out)["results"] == []


def test_a_text_that_is_no_token_is_to_be_given_again(run, news, monkeypatch):
    monkeypatch.setenv("T", "two words")
    done = run("auth", "login", news, "--secret", "access_token=env:T")
    assert (done.code, done.err.splitlines()[1]) == (3, "  hint: connectors auth login news")


def test_a_sign_in_that_came_to_nothing_is_not_how_one_was_made(run, news, server):
    server.device_says = ["denied"]
    server.device_interval = 1
    assert run("auth", "login", news, "--method", "device").code == 9
    (found,) = json.loads(run("auth", "status", news, "--json").out)["results"]
    assert (found["state"], found["method"]) == ("signed_in", "browser")


def test_none_is_no_way_to_sign_in_what_is_there(run, news, server):
    asked = server.requests.total()
    done = run("auth", "login", news, "--method", "none")
    assert (done.code, done.err.splitlines()[0]) == (2, "error: none is no way to sign in")
    assert server.requests.total() == asked
