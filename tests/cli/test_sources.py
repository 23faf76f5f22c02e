"""Commands and files that a file or an option names: nothing runs or is read before its turn."""

import json
import os
import sqlite3
import sys
from contextlib import closing

import pytest

pexpect = pytest.importorskip("pexpect")


@pytest.fixture
def traps(tmp_path):
    """A command that leaves a file behind, and that file."""
    ran = tmp_path / "ran"
    return f"sh -c 'echo x >> {ran}; echo canary-password'", ran


def blog_file(tmp_path, command, **more):
    config = {"site_url": "https://blog.example.com", **more}
    auth = {"username": "alice", "application_password": {"cmd": command}}
    item = {"name": "blog", "type": "wordpress", "config": config, "auth": auth}
    (tmp_path / "one.json").write_text(json.dumps(item))
    (tmp_path / "one.json").chmod(0o600)
    (tmp_path / "all.json").write_text(json.dumps({"connectors": [item]}))
    return tmp_path


WAYS = {
    "apply": ("apply", "-f", "{0}/all.json"),
    "install": ("install", "-f", "{0}/one.json"),
    "edit": ("edit", "blog", "-f", "{0}/one.json"),
    "validate": ("validate", "--type", "wordpress", "-f", "{0}/one.json"),
    "questions": ("install", "-f", "{0}/one.json", "--questions"),
}


def line_of(way, folder, *more):
    return (*(word.format(folder) for word in WAYS[way]), *more)


def make_viewer(settings):
    with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
        db.execute("UPDATE members SET role = 'viewer'")


@pytest.mark.parametrize("way", ["apply", "install", "edit"])
@pytest.mark.parametrize("more", [(), ("--yes",)], ids=str)
def test_in_a_script_a_files_command_needs_a_flag(run, blog, tmp_path, traps, way, more):
    command, ran = traps
    line = line_of(way, blog_file(tmp_path, command), *more)
    if way == "install":
        line = (*line, "--name", "other")
    done = run(*line)
    assert (done.code, done.out, ran.exists()) == (2, "", False)
    assert "--allow-commands" in done.err
    assert ran.name in done.err
    assert run(*line, "--allow-commands").code == 0
    assert ran.read_text() == "x\n"


@pytest.mark.parametrize("way", ["apply", "install", "edit"])
def test_a_dry_run_runs_nothing_and_lists_the_command(run, blog, tmp_path, traps, way):
    command, ran = traps
    line = line_of(way, blog_file(tmp_path, command), "--dry-run", "--allow-commands")
    if way == "install":
        line = (*line, "--name", "other")
    done = run(*line)
    assert (done.code, ran.exists()) == (0, False)
    assert f"(from a command: {command})" in done.out + done.err
    assert run(*line, "--json").code == 0
    assert not ran.exists()


@pytest.mark.parametrize("way", ["validate", "questions"])
def test_a_check_runs_nothing(run, blog, tmp_path, traps, way):
    command, ran = traps
    done = run(*line_of(way, blog_file(tmp_path, command)))
    assert (done.code, ran.exists()) == (0, False)


@pytest.mark.parametrize("way", ["apply", "install", "edit"])
def test_nothing_runs_for_values_that_are_refused(run, blog, tmp_path, traps, way):
    command, ran = traps
    folder = blog_file(tmp_path, command, site_url="nowhere")
    done = run(*line_of(way, folder, "--allow-commands"))
    assert (done.code, ran.exists()) == (3, False)


@pytest.mark.parametrize(("name", "code"), [("blog", 6), ("Blog", 6), ("a$b", 3), ("a\u200bb", 3)])
def test_nothing_runs_for_a_name_that_is_refused(run, blog, tmp_path, traps, name, code):
    command, ran = traps
    line = line_of("install", blog_file(tmp_path, command), "--allow-commands")
    done = run(*line, "--name", name)
    assert (done.code, ran.exists()) == (code, False), done.err


@pytest.mark.parametrize("named", ["--name", "file"])
def test_nothing_runs_for_a_connector_that_stays_as_it_is(run, blog, tmp_path, traps, named):
    command, ran = traps
    folder = blog_file(tmp_path, command)
    line = line_of("install", folder, "--allow-commands", "--if-not-exists")
    done = run(*line, *(("--name", "blog") if named == "--name" else ()))
    assert (done.code, ran.exists()) == (0, False), done.err
    assert "unchanged" in done.out
    secret = ("-S", f"application_password=cmd:{command}", "-s", "site_url=https://b.example.com")
    more = ("install", "wordpress", "--if-not-exists", "--name", "blog", "-s", "username=b")
    assert (run(*more, *secret).code, ran.exists()) == (0, False)


def test_nothing_runs_for_a_name_of_another_type(run, blog, traps):
    command, ran = traps
    line = ("install", "medium", "--yes", "--name", "blog", "-S")
    done = run(*line, f"integration_token=cmd:{command}", "--upsert")
    assert (done.code, ran.exists()) == (6, False)
    assert "another type" in done.err


@pytest.mark.sqlite
@pytest.mark.parametrize("way", ["apply", "install", "edit"])
def test_nothing_runs_for_a_viewer(run, blog, settings, tmp_path, traps, way):
    command, ran = traps
    folder = blog_file(tmp_path, command)
    make_viewer(settings)
    for more in ((), ("--dry-run",)):
        done = run(*line_of(way, folder, "--allow-commands", *more))
        assert (done.code, ran.exists()) == (4, False)


def test_options_are_read_last_and_need_no_flag(run, blog, settings, traps):
    command, ran = traps
    secret = ("-S", f"application_password=cmd:{command}")
    for more in (("--dry-run",), ("--set", "site_url=nowhere"), ("--if-version", "7")):
        done = run("edit", "blog", *secret, *more)
        assert not ran.exists()
        assert command not in done.out + done.err
    assert run("edit", "blog", *secret).code == 0
    assert ran.exists()


def test_a_file_that_is_named_is_not_read_in_a_dry_run(run, blog, tmp_path, spawn):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # opening it would wait for ever
    document = {"site_url": "https://b.example.com", "application_password": {"file": str(pipe)}}
    (tmp_path / "one.json").write_text(json.dumps(document))
    done = run("edit", "blog", "-f", tmp_path / "one.json", "--dry-run")
    assert done.code == 0
    assert f"(from the file {pipe}), unknown until applied" in done.out


def test_a_plan_says_what_is_unknown(run, tmp_path, traps):
    command, _ = traps
    folder = blog_file(tmp_path, command)
    line = line_of("apply", folder)
    assert "1 to create" in run(*line, "--dry-run").out
    assert run(*line, "--allow-commands").code == 0
    would = run(*line, "--dry-run")
    assert would.out.endswith("1 unknown until applied\n")
    plan = json.loads(run(*line, "--dry-run", "--json").out)
    assert plan["sources"] == [f"cmd:{command}"]
    (field,) = plan["changes"][0]["changed_fields"]
    assert (field["field"], field["source"]) == (
        "application_password",
        f"(from a command: {command})",
    )
    assert run(*line, "--allow-commands").out == "1 unchanged\n"


def test_an_undecided_condition_refuses_nothing(run, tmp_path, monkeypatch):
    schema = {
        "type": "object",
        "properties": {"mode": {"enum": ["a", "b"]}, "port": {"type": "integer"}},
        "if": {"properties": {"mode": {"const": "a"}}},
        "else": {"required": ["port"]},
        "additionalProperties": False,
    }
    entry = {
        "key": "own",
        "name": "Own",
        "auth_type": "none",
        "config_schema": schema,
        "auth_schema": {"type": "object", "properties": {}, "additionalProperties": False},
    }
    (tmp_path / "own.json").write_text(json.dumps(entry))
    (tmp_path / "mode").write_text("a\n")
    document = {"type": "own", "config": {"mode": {"file": str(tmp_path / "mode")}}}
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert run("catalog", "add", tmp_path / "own.json").code == 0
    assert run("install", "-f", tmp_path / "c.json", "--dry-run").code == 0
    assert run("install", "-f", tmp_path / "c.json").code == 0
    assert run("get", "own", "mode").out == "a\n"


def at_terminal(*line, question, answer):
    line = ["-m", "connectors_cli", *map(str, line)]
    child = pexpect.spawn(
        sys.executable, line, env={**os.environ, "CI": ""}, encoding="utf-8", timeout=20
    )
    child.expect(question)
    shown = child.before
    child.send(answer)
    shown += child.read()
    child.close()
    return shown, child.exitstatus


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "question"), [("apply", "Apply these changes"), ("edit", "Continue")], ids=str
)
def test_at_a_terminal_commands_are_shown_before_the_question(blog, tmp_path, traps, way, question):
    command, ran = traps
    line = line_of(way, blog_file(tmp_path, command))
    shown, code = at_terminal(*line, question=question, answer="n\r")
    assert (code, ran.exists()) == (130, False)
    assert f"runs the command: {command}" in shown.replace("\r\n", "")
    _, code = at_terminal(*line, question=question, answer="y\r")
    assert (code, ran.exists()) == (0, True)


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o640])
def test_plain_secrets_in_a_file_that_others_can_read_are_refused(run, tmp_path, mode):
    item = {"name": "m", "type": "medium", "auth": {"integration_token": "canary-token"}}
    wanted = {"connectors": [item]}
    export = {"connectors_export": 1, "secrets": "plain", **wanted, "end": {"count": 1}}
    one = {"type": "medium", **item}
    for name, document in (("all", wanted), ("export", export), ("one", one)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    ways = (
        ("apply", "--allow-plain", "-f", tmp_path / "all.json"),
        ("import", tmp_path / "export.json"),
        ("install", "--yes", "--name", "other", "-f", tmp_path / "one.json"),
        ("edit", "m", "-f", tmp_path / "one.json"),
        ("validate", "-f", tmp_path / "one.json"),
    )
    for file in tmp_path.glob("*.json"):
        file.chmod(mode)
    for way in (way for way in ways if way[0] != "edit"):
        done = run(*way)
        assert done.code in {2, 3}
        assert "others can read" in done.err
        assert "chmod 600" in done.err
        assert "canary-token" not in done.out + done.err
    for file in tmp_path.glob("*.json"):
        file.chmod(0o600)
    assert run(*ways[1]).code == 0
    assert [run(*way).code for way in ways if way[0] != "import"] == [0, 0, 0, 0]
    (tmp_path / "one.json").chmod(mode)
    assert "others can read" in run(*ways[3]).err
