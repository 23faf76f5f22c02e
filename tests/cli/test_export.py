"""The commands `export` and `import`: what is written, and what is read back."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli.vault.seal import new_key

PASSPHRASE = "correct horse battery"


@pytest.fixture
def passphrase(monkeypatch):
    monkeypatch.setenv("PASSPHRASE", PASSPHRASE)
    return "env:PASSPHRASE"


@pytest.fixture
def sealed(run, blog, passphrase, tmp_path):
    path = tmp_path / "backup.yaml"
    done = run("export", "--all", "--secrets", "sealed", "--passphrase", passphrase, "--to", path)
    assert done.code == 0, done.err
    return path


@pytest.fixture
def other_store(monkeypatch, tmp_path):
    def enter() -> None:
        monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / "other"))
        monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", new_key().text)

    return enter


def events(run_home, action):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(run_home + "/store.db")) as db:
        query = "SELECT subject, outcome FROM events WHERE action = ?"
        return db.execute(query, (action,)).fetchall()


@pytest.mark.sqlite
@pytest.mark.parametrize("form", ["yaml", "json", "toml"])
def test_credentials_are_left_out_and_the_file_is_ready_for_apply(
    run, blog, form, tmp_path, monkeypatch, other_store
):
    path = tmp_path / f"all.{form}"
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")  # no key is needed
    assert run("export", "--all", "--to", path).code == 0
    assert "canary" not in path.read_text()
    assert "BLOG__APPLICATION_PASSWORD" in path.read_text()
    other_store()
    missing = run("apply", "-f", path)
    assert missing.code == 3
    assert "'BLOG__APPLICATION_PASSWORD' is not set" in missing.err
    monkeypatch.setenv("BLOG__APPLICATION_PASSWORD", "canary-password")
    monkeypatch.setenv("BLOG__USERNAME", "alice")
    assert run("apply", "-f", path).out.endswith("1 created\n")
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_sealed_backup_survives_a_lost_key(run, sealed, passphrase, other_store):
    assert "canary" not in sealed.read_text()
    assert os.stat(sealed).st_mode & 0o777 == 0o600
    before = json.loads(run("show", "blog", "--json").out)
    other_store()
    done = run("import", sealed, "--passphrase", passphrase)
    assert done.code == 0, done.err
    after = json.loads(run("show", "blog", "--json").out)
    same = ("id", "name", "catalog_key", "status", "config", "tags", "auth_fields")
    assert {n: after[n] for n in same} == {n: before[n] for n in same}
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"


@pytest.mark.sqlite
def test_every_export_of_credentials_is_recorded_first(run, sealed, settings):
    assert events(settings.home, "connector.export") == [("blog", "ok")]
    assert run("export", "--all").code == 0
    assert len(events(settings.home, "connector.export")) == 1


def test_plain_asks_and_its_file_is_private(run, blog, tmp_path):
    path = tmp_path / "plain.json"
    path.write_text("{}")
    os.chmod(path, 0o644)
    refused = run("export", "blog", "--secrets", "plain", "--to", path, "--force")
    assert (refused.code, path.read_text()) == (2, "{}")
    assert run("export", "blog", "--secrets", "plain", "--to", path, "--yes", "--force").code == 0
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert "canary-password" in path.read_text()
    again = run("import", path, "--on-conflict", "overwrite")
    assert (again.code, again.out) == (0, "1 unchanged\n")


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://blog", "https://evil", "connector 1 (blog): auth_sealed: was changed"),
        ("type: wordpress", "type: nonesuch", "connector 1 (blog): type: no connector type"),
        ("connectors_export: 1", "connectors_export: 2", "format version 2"),
        ("tenant: default", "tenant: acme", "tenant: is 'acme', but the current tenant is default"),
        ("count: 1", "count: 2", "does not match: the file has 1 connectors"),
        ('"n": 131072', '"n": 1073741824', "the scrypt parameters exceed the limits"),
        ("kdf: scrypt", "kdf: none", "only scrypt is supported"),
    ],
)
def test_import_of_an_invalid_file_reports_it_and_writes_nothing(
    run, sealed, other_store, old, new, said
):
    passphrase = "env:PASSPHRASE"
    text = sealed.read_text()
    assert old in text
    sealed.write_text(text.replace(old, new))
    other_store()
    refused = run("import", sealed, "--passphrase", passphrase)
    assert refused.code == 3
    assert said in refused.err
    assert run("list", "-o", "names").out == ""


def test_truncated_file_is_refused(run, sealed, passphrase):
    text = sealed.read_text()
    for size in (len(text.partition("end:")[0]), text.index("auth_sealed") + 30, 60):
        sealed.write_text(text[:size])
        refused = run("import", sealed, "--passphrase", passphrase, "--on-conflict", "overwrite")
        assert refused.code == 3, size


@pytest.mark.slow
def test_a_wrong_passphrase_is_a_key_problem(run, sealed, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", "another one")
    refused = run("import", sealed, "--passphrase", "env:PASSPHRASE")
    assert refused.code == 7
    assert "wrong passphrase" in refused.err
    assert run("import", sealed).code == 2


@pytest.mark.slow
def test_a_taken_name_fails_is_skipped_overwritten_or_renamed(run, sealed, passphrase):
    def import_(how, *more):
        return run("import", sealed, "--passphrase", passphrase, "--on-conflict", how, *more)

    failed = import_("fail")
    assert failed.code == 6
    assert "connector 1 (blog): name: is taken" in failed.err
    assert import_("skip").out == "1 skipped\n"
    assert import_("overwrite").out == "1 unchanged\n"
    assert "1 to create" in import_("rename", "--dry-run").out
    assert "1 created" in import_("rename").out
    assert run("list", "-o", "names").out == "blog\nblog-2\n"
    assert run("get", "blog-2", "application_password", "--reveal").out == "canary-password\n"


def test_export_to_a_full_disk_leaves_no_file(run, tmp_path):
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))  # the store needs 32 KiB

    many = [{"name": f"n{n}", "type": "twitter", "config": {"client_id": "i"}} for n in range(500)]
    (tmp_path / "many.json").write_text(json.dumps({"connectors": many}))
    assert run("apply", "-f", tmp_path / "many.json").code == 0
    path = tmp_path / "backup.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "connectors_cli", "export", "--all", "--to", path],
        preexec_fn=full,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot write {path}: File too large" in done.stderr
    assert not [name for name in os.listdir(tmp_path) if "backup" in name]


@pytest.mark.slow
def test_value_that_looks_like_a_reference_is_unchanged_by_import(
    run, blog, passphrase, tmp_path, monkeypatch
):
    monkeypatch.setenv("BLOG_PASSWORD", "$env:HOME")
    run("edit", "blog", "--set", "account_label=$cmd:false", "--secret",
        "application_password=env:BLOG_PASSWORD")  # fmt: skip
    path = tmp_path / "b.yaml"
    run("export", "--all", "--secrets", "sealed", "--passphrase", passphrase, "--to", path)
    run("remove", "blog")
    assert run("import", path, "--passphrase", passphrase).code == 0
    assert run("get", "blog", "account_label").out == "$cmd:false\n"
    assert run("get", "blog", "application_password", "--reveal").out == "$env:HOME\n"


@pytest.mark.sqlite
def test_import_runs_no_command_and_ignores_unknown_fields(run, sealed, tmp_path, other_store):
    path = tmp_path / "odd.yaml"
    path.write_text(
        "connectors_export: 1\nsecrets: omit\nconnectors:\n"
        "- name: x\n  type: twitter\n  id: x\n  auth_expires_at: tomorrow\n"
        "  created_by_email: evil@example.com\n  config: {client_id: i}\n"
        f"  auth: {{client_secret: {{cmd: touch {tmp_path}/ran}}}}\nend: {{count: 1}}\n"
    )
    other_store()
    refused = run("import", path)
    assert refused.code == 3
    for said in (
        ":6: connector 1 (x): id:",
        ":7: connector 1 (x): auth_expires_at:",
        "use connectors apply",
    ):
        assert said in refused.err
    assert not (tmp_path / "ran").exists()
    text = path.read_text().replace("  id: x\n", "").replace("  auth_expires_at: tomorrow\n", "")
    path.write_text(text.partition("  auth:")[0] + "end: {count: 1}\n")
    assert "1 created" in run("import", path).out
    shown = json.loads(run("show", "x", "--json").out)
    assert shown["created_by_email"] == "tester@example.com"


@pytest.mark.sqlite
def test_a_store_with_a_journal_in_place_of_a_log_is_exported(run, blog):
    with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as connection:
        assert connection.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    done = run("export", "--all", "--secrets", "plain", "--format", "json", "--yes")
    assert done.code == 0, done.err
    assert "canary-password" in done.out


def test_an_existing_file_is_replaced_only_by_force(run, blog, tmp_path):
    path = tmp_path / "all.yaml"
    path.write_text("mine")
    done = run("export", "--all", "--to", path)
    assert (done.code, path.read_text()) == (6, "mine")
    assert "--force" in done.err
    assert run("export", "--all", "--to", path, "--force").code == 0
    assert "connectors_export" in path.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["import", "apply"])
def test_a_file_asks_for_four_times_our_cost_at_most(
    run, blog, passphrase, tmp_path, command, monkeypatch
):
    path = tmp_path / "costly.yaml"
    run("export", "--all", "--secrets", "sealed", "--passphrase", passphrase, "--to", path)
    path.write_text(path.read_text().replace('"p": 1', '"p": 5').replace("p: 1\n", "p: 5\n"))
    line = (command, *(("-f",) if command == "apply" else ()), path, "--passphrase", passphrase)
    done = run(*line)
    assert done.code == 3
    assert "5 times the work" in done.err
    assert "--trust-cost" in done.err
    trusted = run(*line, "--trust-cost")
    assert trusted.code == 7  # another cost is another key
    assert "wrong passphrase" in trusted.err


@pytest.mark.parametrize("origin", ["option", "variable"])
def test_a_store_that_was_named_and_is_missing_is_not_found(run, blog, monkeypatch, origin):
    place = "/nonexistent/typo.db"
    named = ("--store", place) if origin == "option" else ()
    if origin == "variable":
        monkeypatch.setenv("CONNECTORS_STORE", place)
    reads = (
        "list", "targets", "show blog", "get blog site_url", "log", "log --verify", "stats",
        "tenant list", "member list", "preset list", "auth status", "key status", "export --all",
        "list --json",
    )  # fmt: skip
    for line in reads:
        done = run(*named, *line.split())
        assert (line, done.code, done.out) == (line, 5, "")
        assert place in done.err


def test_a_missing_store_that_nobody_named_is_an_empty_list(run, isolated):
    assert run("list", "--json").code == 0
    assert run("targets").out == ""


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:canary@h/d",
        "postgresql://h/d?user=u&password=canary",
        "postgres://u:canary@h/d",
        "postgresql://h/d?sslpassword=canary",
    ],
)
def test_a_password_of_the_store_is_refused_on_the_command_line(run, isolated, url):
    done = run("list", "--store", url)
    assert done.code == 2
    assert "canary" not in done.out + done.err
    for way in ("CONNECTORS_STORE", "PGPASSWORD", "PGPASSFILE", "service file"):
        assert way in done.err
