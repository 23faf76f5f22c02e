"""The configuration file: what it decides, how it is changed, and where it is."""

import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from connectors_cli.settings import config_path
from support.imports import loaded

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def file(tmp_path):
    """The configuration file; it does not exist yet."""
    path = Path(config_path(os.environ))
    assert path == tmp_path / "home" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    return path


def settings_of(run, *line):
    done = run(*line, "config", "list", "--json")
    assert done.code == 0, done.err
    return {one["key"]: (one["value"], one["from"]) for one in json.loads(done.out)}


def test_file_is_where_the_xdg_specification_says(tmp_path):
    assert config_path({"XDG_CONFIG_HOME": "/etc/xdg-a"}) == ("/etc/xdg-a/connectors/config.toml")
    assert config_path({}) == os.path.expanduser("~/.config/connectors/config.toml")
    if sys.platform == "linux":
        import platformdirs

        os.environ.pop("XDG_CONFIG_HOME", None)
        known = platformdirs.user_config_dir("connectors", appauthor=False)
        assert config_path({}) == os.path.join(known, "config.toml")


def test_option_variable_file_and_default_take_precedence_in_this_order(
    run, blog, file, monkeypatch
):
    assert settings_of(run)["output"] == (None, "default")
    assert run("config", "set", "output", "csv").code == 0
    assert settings_of(run)["output"] == ("csv", str(file))
    assert run("list").out.startswith("id,tenant_id,name")
    monkeypatch.setenv("CONNECTORS_OUTPUT", "names")
    assert settings_of(run)["output"] == ("names", "CONNECTORS_OUTPUT")
    assert run("list").out == "blog\n"
    assert json.loads(run("list", "-o", "json").out)[0]["name"] == "blog"
    assert run("config", "unset", "output").code == 0
    monkeypatch.delenv("CONNECTORS_OUTPUT")
    assert run("list").out.startswith("blog\twordpress")


def test_every_key_can_be_set_and_shows_where_it_comes_from(run, file, monkeypatch):
    for key, value in (("tenant", "acme"), ("output", "table"), ("color", "never")):
        done = run("config", "set", key, value, "--json")
        assert json.loads(done.out) == {"key": key, "value": value, "kept_in": str(file)}
    assert run("config", "set", "pager", "less -S").code == 0
    found = settings_of(run)
    assert found["tenant"] == ("acme", str(file))
    assert found["pager"] == ("less -S", str(file))
    assert found["color"] == ("never", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("CONNECTORS_TENANT", "other")
    assert settings_of(run)["tenant"] == ("other", "CONNECTORS_TENANT")
    assert settings_of(run, "-t", "third")["tenant"] == ("third", "--tenant")
    done = run("config", "set", "tenant", "acme", "-o", "table")
    assert "CONNECTORS_TENANT is set and overrides the file" in done.err
    assert run("config", "get", "tenant").out == "other\n"
    assert run("config", "get", "tenant", "--fields", "from", "-o", "names").out == (
        "CONNECTORS_TENANT\n"
    )


def test_comments_and_unknown_lines_stay(run, file):
    file.write_text('# mine\noutput = "csv" # why\nother = 5\n\n[table]\noutput = "x"')
    assert run("config", "set", "output", "names").code == 0
    assert run("config", "set", "color", "never").code == 0
    assert file.read_text() == (
        '# mine\noutput = "names"\nother = 5\n\ncolor = "never"\n[table]\noutput = "x"'
    )
    assert run("config", "unset", "output").code == 0
    assert run("config", "unset", "output").code == 0
    assert file.read_text() == '# mine\nother = 5\n\ncolor = "never"\n[table]\noutput = "x"'


def test_a_value_over_several_lines_is_left_to_an_editor(run, file):
    file.write_text('output = """\ncsv"""\n')
    done = run("config", "set", "output", "names")
    assert (done.code, "in an editor" in done.err) == (2, True)
    assert file.read_text() == 'output = """\ncsv"""\n'


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("set", "outptu", "csv"), 2, "unknown key 'outptu'"),
        (("set", "output", "cvs"), 2, "unknown output 'cvs'"),
        (("set", "color", "blue"), 2, "one of auto, always, never"),
        (("set", "tenant", "Not A Slug"), 2, "invalid tenant name"),
        (("set", "store", "ftp://x/y"), 2, "unknown scheme"),
        (("set", "store", "postgresql://me:canary@db/x"), 2, "contains a password"),
        (("set", "pager", "a\x1b[2J"), 3, "control or invisible"),
        (("unset", "nothing"), 2, "unknown key 'nothing'"),
        (("get", "nothing"), 2, "one of tenant, store, output, color, pager"),
    ],
)
def test_invalid_keys_and_values_are_refused(run, file, words, code, told):
    done = run("config", *words)
    assert (done.code, told in done.err) == (code, True)
    assert "canary" not in done.err
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("output = \n", "not TOML"),
        ("output = 5\n", "the value of output is not text"),
        ('output = "cvs"\n', "unknown output 'cvs'"),
        ('tenant = "A B"\n', "invalid tenant name"),
        ("\xff", "unreadable text"),
    ],
)
@pytest.mark.parametrize(
    "line", [("list",), ("list", "--json"), ("whoami", "-o", "table")], ids=str
)
def test_an_invalid_file_is_one_sentence_that_names_it(run, blog, file, text, told, line):
    file.write_text(text, encoding="latin-1")
    done = run(*line)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert str(file) in done.err


def test_an_invalid_file_is_not_changed(run, file):
    file.write_text("output = [")
    for words in (("set", "output", "names"), ("unset", "output")):
        done = run("config", *words)
        assert (done.code, f"in {file}" in done.err) == (2, True)
    assert file.read_text() == "output = ["


def test_unknown_keys_are_ignored(run, blog, file):
    file.write_text('colour = "red"\n[table]\nkey = 1\n')
    assert run("list").code == 0


def test_a_link_to_the_file_stays_a_link(run, file, tmp_path):
    real = tmp_path / "dotfiles" / "connectors.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    file.symlink_to(real)
    assert run("config", "set", "output", "names").code == 0
    assert file.is_symlink()
    assert real.read_text() == '# mine\noutput = "names"\n'


def test_store_of_the_file_is_used_and_named(run, file, tmp_path):
    assert run("config", "set", "store", str(tmp_path / "other.db")).code == 0
    done = run("list")
    assert (done.code, f"from {file}" in done.err) == (5, True)
    assert run("init").code == 0
    assert (tmp_path / "other.db").exists()


def test_tenant_use_is_saved_in_the_file_and_clears_the_old_place(run, blog, file):
    old = file.parent / "tenant"
    old.write_text("acme\n")
    assert settings_of(run)["tenant"] == ("acme", "tenant use")
    assert run("tenant", "use", "default").code == 0
    assert (old.exists(), file.read_text()) == (False, 'tenant = "default"\n')
    assert json.loads(run("whoami", "--json").out)["tenant_from"] == "tenant use"


def test_usual_output_does_not_concern_text_for_programs(run, blog, monkeypatch):
    plain = run("get", "blog", "site_url"), run("env", "blog"), run("catalog", "example", "rss")
    monkeypatch.setenv("CONNECTORS_OUTPUT", "json")
    assert (
        run("get", "blog", "site_url"),
        run("env", "blog"),
        run("catalog", "example", "rss"),
    ) == plain
    assert run("get", "blog", "site_url", "--json").out.startswith("{")


def test_errors_are_json_where_json_is_usual(run, blog, monkeypatch):
    monkeypatch.setenv("CONNECTORS_OUTPUT", "json")
    assert json.loads(run("show", "nobody").err)["error"]["code"] == "not_found"
    assert run("show", "nobody", "-o", "table").err.startswith("error: ")
    monkeypatch.setenv("CONNECTORS_OUTPUT", "jsno")
    done = run("list")
    assert (done.code, "unknown output 'jsno' in CONNECTORS_OUTPUT" in done.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environ", "colored"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_colors_can_be_forced_in_pipes(spawn, stocked, environ, colored):
    for line in (("list", "-o", "cards"), ("list", "-o", "table")):
        assert bool(SGR.search(spawn(*line, **environ).out)) == colored


@pytest.mark.parametrize("text", ['tenant = "default"\noutput = "json"\n', ""])
def test_a_plain_file_costs_a_read_no_library(stocked, tmp_path, text):
    home = Path(os.environ["CONNECTORS_HOME"])
    file = home / "config.toml"
    file.write_text(text)
    try:
        code, modules = loaded("targets")
    finally:
        file.unlink()
    assert code == 0
    assert not modules & {"tomllib", "re", "json", "typing", "platformdirs"}
