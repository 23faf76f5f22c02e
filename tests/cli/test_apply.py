"""The command `apply`: the file decides everything about the connectors it names."""

import json
import sqlite3
from contextlib import closing

import pytest

SITE = """
owner: web
connectors:
- name: blog
  type: wordpress
  status: active
  tags: [prod]
  config:
    site_url: https://blog.example.com
  auth:
    username: alice
    application_password: {env: BLOG_PASSWORD}
- name: x
  type: twitter
  config: {client_id: abc}
  auth: {client_secret: $env:X_SECRET}
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")
    monkeypatch.setenv("X_SECRET", "canary-secret")
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def changed(site, old, new):
    text = site.read_text()
    assert old in text
    site.write_text(text.replace(old, new))


def apply(run, path, *more):
    return run("apply", "-f", path, *more)


def test_a_second_run_changes_nothing(run, site):
    assert "2 created" in apply(run, site).out
    again = apply(run, site)
    assert (again.code, again.out) == (0, "2 unchanged\n")
    shown = json.loads(run("show", "blog", "--json").out)
    assert (shown["version"], shown["tags"], shown["status"]) == (
        1,
        ["prod", "owner:web"],
        "active",
    )
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


def test_drift_of_a_secret_is_seen_without_its_value(run, site, monkeypatch):
    apply(run, site)
    monkeypatch.setenv("BLOG_PASSWORD", "canary-second")
    plan = apply(run, site, "--dry-run", "--exit-code")
    assert plan.code == 10
    assert "application_password: (secret) → (secret, changed)" in plan.out
    assert "canary" not in plan.out + plan.err
    assert "1 updated, 1 unchanged" in apply(run, site).out
    assert run("get", "blog", "application_password", "--reveal").out == "canary-second\n"


def test_the_plan_is_the_one_json_object(run, site):
    done = json.loads(apply(run, site, "--json").out)
    assert done["summary"] == {"create": 2, "update": 0, "remove": 0, "unchanged": 0, "skip": 0}
    assert [change["name"] for change in done["changes"]] == ["blog", "x"]
    again = json.loads(apply(run, site, "--json", "--dry-run").out)
    assert (again["unchanged"], again["pending"]) == (["blog", "x"], False)


def test_apply_removes_fields_missing_in_the_file_but_keeps_tokens(run, site, ws):
    changed(site, "$env:X_SECRET}", "$env:X_SECRET, access_token: {env: X_SECRET}}")
    changed(site, "{client_id: abc}", "{client_id: abc, account_label: Us}")
    apply(run, site)
    changed(site, ", access_token: {env: X_SECRET}}", "}")
    changed(site, ", account_label: Us", "")
    assert "account_label: Us → (none)" in apply(run, site).out
    assert run("get", "x", "access_token", "--reveal").out == "canary-secret\n"


def test_prune_removes_only_connectors_with_the_owner_label(run, site, blog):
    changed(site, "name: blog", "name: news")
    apply(run, site)
    site.write_text("owner: web\nconnectors: []\n")
    assert apply(run, site).out == "0 unchanged\n"
    pruned = json.loads(apply(run, site, "--prune", "--json").out)
    assert [(c["change"], c["name"]) for c in pruned["changes"]] == [
        ("remove", "news"),
        ("remove", "x"),
    ]
    assert run("list", "-o", "names").out == "blog\n"


def test_a_connector_has_one_owner(run, site, tmp_path):
    apply(run, site)
    changed(site, "owner: web", "owner: other")
    refused = apply(run, site)
    assert refused.code == 6
    assert "belongs to another file, with owner 'web'" in refused.err


def test_all_mistakes_are_reported_at_once_with_their_lines(run, site):
    changed(site, "{env: BLOG_PASSWORD}", "canary-written-out")
    changed(site, "https://blog.example.com", "nowhere")
    changed(site, "$env:X_SECRET", "$env:NOT_SET")
    changed(site, "client_id: abc", "client_ids: abc")
    refused = apply(run, site)
    lines = [line.strip().removeprefix(str(site)) for line in refused.err.splitlines()]
    assert refused.code == 3
    assert "canary" not in refused.err
    for start in (
        ":9: blog: config.site_url: ",
        ":12: blog: auth.application_password: is a secret as plain text",
        ":15: x: config.client_ids: ",
        ":15: x: config.client_id: is required",
        ":16: x: auth.client_secret: the environment variable 'NOT_SET' is not set",
    ):
        assert any(line.startswith(start) for line in lines), (start, refused.err)
    details = json.loads(apply(run, site, "--json").err)["error"]["details"]
    assert {"connector": "x", "line": 16}.items() <= details[-1].items()


def test_nothing_is_written_when_one_connector_is_wrong(run, site, settings):
    changed(site, "client_id: abc", "client_ids: abc")
    assert apply(run, site).code == 3
    with closing(sqlite3.connect(settings.home + "/store.db")) as db:
        assert db.execute("SELECT count(*) FROM connectors").fetchone() == (0,)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "site.json",
            '{"connectors": [\n{"name": "x", "type": "twitter", "config": {"client_id": 7}}]}',
        ),
        (
            "site.toml",
            '[[connectors]]\nname = "x"\ntype = "twitter"\n[connectors.config]\nclient_id = 7\n',
        ),
        (
            "site.yaml",
            (
                "---\nconnectors: []\n---\nconnectors:\n- {name: x, type: twitter,\n"
                "   config: {client_id: 12}}\n"
            ),
        ),
    ],
)
def test_each_format_is_read_with_its_line_numbers(run, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    refused = apply(run, path)
    line = {"site.json": 2, "site.toml": 5, "site.yaml": 6}[name]
    assert refused.code == 3
    assert f"{name}:{line}: x: config.client_id: " in refused.err
    for number in ("7", "12"):
        text = text.replace(f" {number}", ' "no"')
    path.write_text(text)
    assert apply(run, path).out.endswith("1 created\n")


def test_yes_and_no_in_yaml_are_text(run, tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(
        "connectors:\n- {name: a, type: twitter, config: {client_id: no, account_label: 12:30}}\n"
    )
    assert apply(run, path).code == 0
    config = json.loads(run("show", "a", "--json").out)["config"]
    assert (config["client_id"], config["account_label"]) == ("no", "12:30")


def test_a_folder_and_standard_input_are_read(run, spawn, tmp_path):
    folder = tmp_path / "sites"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text(
            f"connectors:\n- {{name: {name}, type: twitter, config: {{client_id: i}}}}\n"
        )
    assert apply(run, folder).out.endswith("2 created\n")
    assert "owner:sites" in run("show", "a", "--json").out
    done = spawn(
        "apply", "-f", "-", stdin="connectors: [{name: c, type: twitter, config: {client_id: i}}]"
    )
    assert done.out.endswith("1 created\n")


def test_a_file_of_another_tenant_is_refused(run, site):
    changed(site, "owner: web", "owner: web\ntenant: acme")
    refused = apply(run, site)
    assert refused.code == 3
    assert ":3: tenant: is 'acme', but the current tenant is default" in refused.err


def test_connector_changed_outside_is_refused(run, site, settings):
    apply(run, site)
    with closing(sqlite3.connect(settings.home + "/store.db")) as db:
        db.execute("""UPDATE connectors SET config = '{"client_id": "evil"}' WHERE name = 'x'""")
        db.commit()
    refused = apply(run, site)
    assert refused.code == 7
    assert "connector 'x' cannot be used" in refused.err


def test_owner_label_must_be_a_valid_tag(run, site):
    changed(site, "owner: web", "owner: a/b")
    refused = apply(run, site)
    assert refused.code == 3
    assert ":2: owner: " in refused.err
