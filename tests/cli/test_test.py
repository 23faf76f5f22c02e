"""The command `test`: results, events, exit codes, JSON and JUnit."""

import json
import os
import sqlite3
import ssl
import time
from contextlib import closing, contextmanager
from xml.etree import ElementTree

import pytest
import trustme

from support.http_server import Reply, Web, wordpress

FIELDS = [
    *("name", "catalog_key", "state", "status", "account", "account_id", "http_status"),
    *("latency_ms", "message", "detail", "hint", "checked_at", "steps"),
]


@pytest.fixture
def web():
    """A WordPress site whose user is alice."""
    with Web(wordpress()) as site:
        yield site


@pytest.fixture
def install(run, monkeypatch):
    """Installs an active WordPress connector."""

    def install_line(name, url, password="canary-password", *more):
        monkeypatch.setenv("P", password)
        line = ("install", "wordpress", "--name", name, "--activate", "--set", f"site_url={url}")
        values = ("--set", "username=alice", "--secret", "application_password=env:P")
        return run(*line, *values, *more)

    return install_line


@pytest.fixture
def site(install, web):
    """A connector of that site, named blog."""
    assert install("blog", web.url).code == 0
    return web


@contextmanager
def store():
    with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as db:
        yield db
        db.commit()


def events():
    query = "SELECT action, subject, details FROM events WHERE action IN (?, ?) ORDER BY id"
    with store() as db:
        rows = db.execute(query, ("connector.use", "connector.test")).fetchall()
    return [(action, subject, json.loads(details)) for action, subject, details in rows]


def set_password(run, monkeypatch, name, password):
    monkeypatch.setenv("P", password)
    assert run("edit", name, "--secret", "application_password=env:P").code == 0


def status(run, name="blog"):
    return json.loads(run("show", name, "--json").out)["status"]


def test_working_connection_is_shown_with_its_account(run, site):
    done = run("test", "blog")
    assert done.code == 0
    assert done.out.startswith("blog\tok\tAlice Example\t")
    assert len(site.requests) == 1


def test_the_json_says_every_step(run, site):
    whole = json.loads(run("test", "blog", "--json").out)
    (found,) = whole["results"]
    assert list(found) == FIELDS
    assert [step["result"] for step in found["steps"]] == ["ok"] * 5
    assert (whole["summary"]["total"], whole["summary"]["ok"]) == (1, 1)


def test_rejected_credentials_are_9_with_a_command_as_hint(run, install, web):
    install("my blog", web.url, "wrong-password")
    done = run("test", "my blog", "--json")
    (found,) = json.loads(done.out)["results"]
    assert (done.code, found["state"], found["http_status"]) == (9, "auth_failed", 401)
    assert found["hint"] == (
        "connectors edit 'my blog' --set username=VALUE"
        " --secret application_password=env:APPLICATION_PASSWORD"
    )


def test_rejected_credentials_set_status_error_and_valid_ones_clear_it(
    run, site, install, monkeypatch
):
    set_password(run, monkeypatch, "blog", "wrong-password")
    assert run("test", "blog").code == 9
    assert status(run) == "error"
    assert run("targets", "-o", "names").out == ""
    set_password(run, monkeypatch, "blog", "canary-password")
    assert run("test", "blog").code == 0
    assert status(run) == "active"


def test_an_inactive_connector_stays_inactive(run, site, monkeypatch):
    assert run("edit", "blog", "--deactivate").code == 0
    assert run("test", "blog").code == 0
    assert status(run) == "inactive"
    set_password(run, monkeypatch, "blog", "wrong-password")
    assert run("test", "blog").code == 9
    assert status(run) == "inactive"


@pytest.mark.parametrize("answer", [429, 500, 503, None], ids=str)
def test_temporary_failure_is_8_and_changes_no_status(run, install, answer):
    with Web(lambda _: Reply(answer, {})) as web:
        install("blog", web.url)
        if answer:
            assert run("test", "blog").code == 8
    if not answer:
        assert run("test", "blog").code == 8
    assert status(run) == "active"


def test_hanging_service_is_a_timeout(run, install):
    with Web(lambda _: time.sleep(3) or Reply(200, {})) as web:
        install("blog", web.url)
        done = run("test", "blog", "--timeout", "200ms", "--json")
    (found,) = json.loads(done.out)["results"]
    assert (done.code, found["state"]) == (8, "timeout")
    assert found["hint"] == "connectors test blog --timeout 0.6s"


def test_different_failures_are_1_and_successes_do_not_count(run, site, install):
    install("wrong", site.url, "wrong-password")
    assert run("test", "--all").code == 9
    install("gone", "http://127.0.0.1:1")
    assert run("test", "--all").code == 1
    assert run("test", "blog", "gone").code == 8


def test_result_is_saved_unless_no_record(run, site):
    run("test", "blog", "--no-record")
    assert json.loads(run("show", "blog", "--json").out)["last_check"] is None
    before = json.loads(run("show", "blog", "--json").out)
    run("test", "blog")
    shown = json.loads(run("show", "blog", "--json").out)
    assert shown["last_check"]["state"] == "ok"
    assert shown["last_check"]["account"] == "Alice Example"
    assert shown["version"] == before["version"]


def test_a_use_is_recorded_before_anything_is_sent_and_the_outcome_after(run, install):
    seen = []

    def answer(asked):
        seen.extend(events())
        return wordpress()(asked)

    with Web(answer) as web:
        install("blog", web.url)
        run("test", "blog")
    of = {"id": json.loads(run("show", "blog", "--json").out)["id"]}
    fields = ["application_password", "username"]
    use = ("connector.use", "blog", {**of, "fields": fields, "for": "test"})
    assert seen == [use]
    tested = ("connector.test", "blog", {**of, "state": "ok", "step": "identity"})
    assert events() == [use, tested]


def test_altered_row_is_reported_and_sends_nothing(run, site):
    with Web(wordpress()) as thief, store() as db:
        db.execute(f'UPDATE connectors SET config = \'{{"site_url": "{thief.url}"}}\'')
        db.commit()
        done = run("test", "blog", "--json")
        assert thief.requests == site.requests == []
    (found,) = json.loads(done.out)["results"]
    assert (done.code, found["state"]) == (7, "key_error")


def test_the_probe_of_a_built_in_type_is_never_taken_from_the_store(run, site):
    with Web(wordpress()) as thief, store() as db:
        db.execute("UPDATE connector_catalog SET probe = ?", (json.dumps({"url": thief.url}),))
        db.commit()
        assert run("test", "blog").code == 0
        assert thief.requests == []


def test_altered_probe_of_a_custom_type_sends_nothing(run, tmp_path, monkeypatch):
    with Web(lambda _: Reply(200, {"id": 1})) as web, Web(lambda _: Reply()) as thief:
        entry = tmp_path / "own.json"
        schema = {"type": "object", "properties": {}, "additionalProperties": False}
        token = {"type": "string", "writeOnly": True}
        auth = {**schema, "properties": {"token": token}, "required": ["token"]}
        send = {"as": "bearer", "value": "{auth.token}"}
        probe = {"protocol": "https", "method": "GET", "url": web.url, "send": send}
        probe |= {"expect_status": 200, "identity": {"id": "id", "label": None}}
        document = {"key": "own", "name": "Own", "auth_type": "api_key", "probe": probe}
        document |= {"config_schema": schema, "auth_schema": auth}
        entry.write_text(json.dumps(document).replace("http://", "https://"))
        monkeypatch.setenv("T", "canary-token")
        assert run("catalog", "add", entry).code == 0
        assert run("install", "own", "--secret", "token=env:T").code == 0
        with store() as db:
            altered = json.dumps({**probe, "url": thief.url})
            db.execute("UPDATE connector_catalog SET probe = ? WHERE key = 'own'", (altered,))
        assert run("test", "own").code == 7
        assert web.requests == thief.requests == []


def test_values_that_do_not_match_their_schema_send_nothing(run, site, settings):
    from connectors_cli.audit.roles import Action
    from connectors_cli.services import connector_row
    from connectors_cli.services.workspace import Workspace
    from connectors_cli.store.write import connectors as rows

    ws = Workspace(settings)
    with ws.change(Action.CONNECTOR_UPDATE, "blog") as db:
        row = connector_row.find(db, ws, "blog")
        row.config = {"site_url": 7}
        rows.save(db, row)
    ws.close()
    (found,) = json.loads(run("test", "blog", "--json").out)["results"]
    assert (found["state"], found["hint"]) == (
        "invalid_config",
        "connectors edit blog --set site_url=VALUE",
    )
    assert found["steps"][0] == {"step": "schema", "result": "failed"}
    assert site.requests == []


def test_a_wrong_key_is_7(run, site, monkeypatch):
    from connectors_cli.vault.seal import new_key

    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", new_key().text)
    done = run("test", "blog", "--json")
    assert (done.code, json.loads(done.out)["results"][0]["state"]) == (7, "key_error")
    assert site.requests == []


def test_a_service_that_cannot_be_tested_is_no_failure(run, monkeypatch):
    monkeypatch.setenv("T", "https://hooks.slack.com/services/T0/B0/canary")
    assert run("install", "slack-webhook", "--secret", "webhook_url=env:T").code == 0
    done = run("test", "--all", "--json")
    (found,) = json.loads(done.out)["results"]
    assert (done.code, found["state"], found["hint"]) == (0, "unsupported", None)


def test_connectors_are_chosen_by_name_tag_or_type(run, site, install):
    install("second", site.url, "canary-password", "--tag", "prod")

    def tested(*line):
        whole = json.loads(run("test", *line, "--json").out)
        return [item["name"] for item in whole["results"]]

    assert tested("--all") == ["blog", "second"]
    assert tested("second", "blog", "second") == ["second", "blog"]
    assert tested("--tag", "prod") == ["second"]
    assert tested("--type", "wordpress") == ["blog", "second"]
    assert run("test").code == run("test", "blog", "--all").code == 2
    assert run("test", "nobody").code == 5
    assert run("test", "blog", "--timeout", "soon").code == 2


def test_fail_fast_stops_at_the_first_that_fails(run, install, web):
    for name in ("a", "b", "c"):
        install(name, web.url, "wrong-password")
    whole = json.loads(run("test", "--all", "--fail-fast", "--jobs", "1", "--json").out)
    assert len(whole["results"]) == 1
    assert whole["summary"]["skipped"] == 2
    assert len(web.requests) == 1


def test_a_report_for_ci_systems_has_failures_errors_and_skipped(run, site, install, monkeypatch):
    install("wrong", site.url, "wrong-password")
    install("gone", "http://127.0.0.1:1")
    monkeypatch.setenv("T", "https://hooks.slack.com/services/T0/B0/canary")
    run("install", "slack-webhook", "--secret", "webhook_url=env:T")
    done = run("test", "--all", "-o", "junit")
    root = ElementTree.fromstring(done.out)
    (suite,) = root
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "blog": [],
        "wrong": ["failure"],
        "gone": ["error"],
        "slack-webhook": ["skipped"],
    }
    assert suite[0].get("classname") == "connectors.wordpress"


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv", "tsv", "names", "junit"])
def test_no_output_has_a_secret(run, site, output):
    site_says = run("test", "blog", "-o", output, "--color", "never")
    assert site_says.code == 0
    assert "canary" not in site_says.out + site_says.err


def test_an_account_that_echoes_a_secret_is_masked(run, install):
    with Web(lambda _: Reply(200, {"id": 1, "name": "canary-password"})) as web:
        install("blog", web.url)
        assert "\t***\t" in run("test", "blog").out


def test_fields_choose_columns(run, site):
    assert run("test", "blog", "--fields", "state,name").out == "ok\tblog\n"
    whole = json.loads(run("test", "blog", "--json", "--fields", "state").out)
    assert whole["results"] == [{"state": "ok"}]


def test_a_viewer_may_not_test(run, site):
    with store() as db:
        db.execute("UPDATE members SET role = 'viewer'")
    assert run("test", "blog").code == 4
    assert site.requests == []


def test_install_and_edit_test_what_they_wrote(run, install, web, monkeypatch):
    done = install("blog", web.url, "wrong-password", "--test", "--json")
    whole = json.loads(done.out)
    assert (done.code, whole["change"], whole["check"]["state"]) == (9, "installed", "auth_failed")
    assert whole["status"] == "error"
    monkeypatch.setenv("P", "canary-password")
    done = run("edit", "blog", "--secret", "application_password=env:P", "--test")
    assert (done.code, done.out.count("ok as Alice Example")) == (0, 1)
    assert status(run) == "active"


def test_a_dry_run_tests_nothing(run, install, web):
    assert install("blog", web.url, "canary-password", "--test", "--dry-run").code == 0
    assert web.requests == []


def test_failing_targets_are_noted_and_not_listed(run, site, install):
    install("wrong", site.url, "wrong-password")
    install("gone", "http://127.0.0.1:1")
    done = run("targets", "--check", "--json", "--fields", "name")
    assert (done.code, json.loads(done.out)) == (0, [{"name": "blog"}])
    assert "wrong: auth_failed" in done.err
    assert "gone: unreachable" in done.err
    refused = run("targets", "--check", "--require", "2", "--json")
    assert refused.code == 8  # the one that fails may work again
    problems = json.loads(refused.err.splitlines()[-1])["error"]["details"]
    assert [one["path"] for one in problems] == ["gone"]
    assert run("targets", "--check", "--require", "2", "--tag", "none").code == 5
    assert run("targets", "-o", "names").out == "blog\ngone\n"


@pytest.mark.slow
def test_hanging_service_delays_no_other(run, install):
    def answer(asked):
        if asked.path.startswith("/slow"):
            time.sleep(4)
        return wordpress()(asked)

    with Web(answer) as web:
        install("blog", web.url)
        install("a-slow", f"{web.url}/slow")
        whole = json.loads(run("test", "--all", "--timeout", "1s", "--json").out)
    states = {item["name"]: item["state"] for item in whole["results"]}
    assert states == {"blog": "ok", "a-slow": "timeout"}
    assert whole["summary"]["elapsed_ms"] < 3000


@pytest.mark.slow
def test_one_hanging_service_of_200_costs_only_the_deadline(run, tmp_path, monkeypatch):
    def answer(asked):
        if asked.path.startswith("/slow"):
            time.sleep(6)
        return wordpress()(asked)

    monkeypatch.setenv("P", "canary-password")
    with Web(answer) as web:
        names = [f"blog-{number}" for number in range(200)]
        listed = [
            {
                "name": name,
                "type": "wordpress",
                "config": {"site_url": web.url + ("/slow" if name == "blog-77" else "")},
                "auth": {"username": "alice", "application_password": {"env": "P"}},
            }
            for name in names
        ]
        (tmp_path / "all.json").write_text(json.dumps({"connectors": listed}))
        assert run("apply", "-f", tmp_path / "all.json", "--yes").code == 0
        whole = json.loads(run("test", "--all", "--timeout", "2s", "--json").out)
    assert (whole["summary"]["ok"], whole["summary"]["timeout"]) == (199, 1)
    assert whole["summary"]["elapsed_ms"] < 5000


def test_a_private_authority_is_trusted_where_a_change_is_tested(run, install, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = ("--ca-file", tmp_path / "ca.pem")
    with Web(wordpress(), context) as web:
        assert install("blog", web.url, "canary-password", "--test").code == 8
        assert run("edit", "blog", "--tag", "a", "--test", *trusted).code == 0
        assert install("news", web.url, "canary-password", "--test", *trusted).code == 0
        assert run("targets", "--check", *trusted, "-o", "names").out == "blog\nnews\n"
        assert run("targets", "--check", "-o", "names").out == ""


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        (("edit", "blog", "--tag", "a", "--timeout", "1s"), "--test"),
        (("edit", "blog", "--tag", "a", "--allow-http"), "--test"),
        (("install", "rss", "--timeout", "1s"), "--test"),
        (("targets", "--ca-file", "x"), "--check"),
    ],
)
def test_options_of_a_test_require_a_test(run, blog, line, flag):
    done = run(*line)
    assert done.code == 2
    assert f"requires {flag}" in done.err


def test_options_of_a_test_are_checked_before_any_change(run, blog):
    assert run("edit", "blog", "--tag", "new", "--test", "--timeout", "soon").code == 2
    assert run("edit", "blog", "--tag", "new", "--test", "--ca-file", "nowhere").code == 3
    assert run("list", "--tag", "new", "-o", "names").out == ""


def test_wall_in_front_leaves_the_status_and_verbose_shows_its_words(run, install):
    page = Reply(403, b"<title>Blocked by a firewall</title>", {"Content-Type": "text/html"})
    with Web(lambda _: page) as site:
        install("walled", site.url)
        done = run("test", "walled", "--json")
        (found,) = json.loads(done.out)["results"]
        assert (done.code, found["state"], found["status"]) == (3, "invalid_config", "active")
        assert found["detail"] == "Blocked by a firewall"
        assert "the server said" not in run("test", "walled", "-o", "table").out
        shown = run("--verbose", "test", "walled", "-o", "table").out
        assert "walled: the server said: Blocked by a firewall" in shown
