"""`connectors help`: guides for people and in a pipe, a pager, and commands' own help."""

import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors_cli.cli import app, help_texts
from connectors_cli.cli.app import COMMANDS
from connectors_cli.cli.commands.help import GUIDES, TABLES, guides
from support.help_texts import FOLDER
from support.help_texts import help_texts as rendered
from support.imports import loaded

KEYS = Path(GUIDES, "keys.md").read_text(encoding="utf-8")


@pytest.fixture
def pager(tmp_path, monkeypatch):
    """A pager that keeps what it is given, and the environment that it finds."""
    program = tmp_path / "pager"
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/paged"\nenv > "{tmp_path}/environment"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PAGER", f"{program} --option")
    return tmp_path


@pytest.fixture
def whole_terminal():
    """Run a command line with input, output and errors on a terminal of 24 lines."""
    pexpect = pytest.importorskip("pexpect")

    def run_line(*line, **environ):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "connectors_cli", *line],
            env={**os.environ, "TERM": "xterm-256color", **environ},
            dimensions=(24, 80),
            timeout=60,
            encoding="utf-8",
        )
        out = child.read()
        child.close()
        return SimpleNamespace(code=child.exitstatus, out=out)

    return run_line


@pytest.mark.parametrize("name", guides())
def test_a_guide_in_a_pipe_is_its_markdown(run, name):
    shown = run("help", name)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == Path(GUIDES, f"{name}.md").read_text(encoding="utf-8")


def test_guides_begin_with_a_title_and_what_is_in_them():
    assert [name for name, text in guides().items() if not re.match(r"# [^\n:]+: \S", text)] == []


def test_no_topic_has_the_name_of_a_command():
    assert {*guides(), *TABLES} & set(COMMANDS) == set()


def test_help_alone_lists_the_topics(run):
    shown = run("help").out
    for topic in (*guides(), *TABLES):
        assert re.search(rf"^{topic}  ", shown, re.MULTILINE)


def test_a_guide_on_a_terminal_is_formatted(terminal):
    shown = terminal("help", "keys", PAGER="")
    assert shown.code == 0, shown.err
    assert "Where the key comes from" in shown.out
    assert not re.search(r"^#|\*\*|\]\(", shown.out, re.MULTILINE)


def test_a_long_guide_opens_in_the_pager_without_our_variables(pager, whole_terminal):
    shown = whole_terminal("help", "keys")
    assert shown.code == 0
    assert "Encryption keys" not in shown.out
    assert "Encryption keys" in (pager / "paged").read_text()
    found = (pager / "environment").read_text()
    assert "CONNECTOR" not in found
    assert "LESS=FRX" in found


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        *({"PAGER": ""}, {"PAGER": "/nowhere/pager"}, {"PAGER": "cat"}, {"PAGER": "it's"}),
        *({"CI": "true"}, {"CONNECTORS_PAGER": ""}),
    ],
    ids=str,
)
def test_without_a_pager_a_guide_is_shown_whole(whole_terminal, setting):
    assert "Encryption keys" in whole_terminal("help", "keys", **setting).out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "text"),
    [
        (("catalog",), "X (Twitter)"),
        (("catalog", "show", "twitter"), "X (Twitter)"),
        (("catalog", "-o", "cards"), "X (Twitter)"),
        (("--help",), "Exit codes"),
        (("install", "--help"), "connectors install wordpress"),
    ],
    ids=str,
)
def test_long_output_for_people_opens_in_the_pager(pager, whole_terminal, line, text):
    shown = whole_terminal(*line)
    assert (shown.code, text in shown.out) == (0, False)
    paged = (pager / "paged").read_text()
    assert text in paged
    assert paged.endswith("\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [("catalog", "--no-pager"), ("catalog", "--json"), ("catalog", "-q", "rss"), ("whoami",)],
    ids=" ".join,
)
def test_short_output_and_that_of_programs_is_not_paged(pager, whole_terminal, line):
    assert whole_terminal(*line).code == 0
    assert not (pager / "paged").exists()


def test_who_leaves_the_pager_early_sees_no_error(tmp_path, whole_terminal):
    program = tmp_path / "pager"
    program.write_text("#!/bin/sh\nhead -n 1\n")
    program.chmod(0o700)
    shown = whole_terminal("catalog", "-o", "cards", CONNECTORS_PAGER=str(program), PAGER="cat")
    assert (shown.code, "error" in shown.out) == (0, False)
    assert shown.out.startswith("\x1b[1mAutomation")


def test_pager_of_the_configuration_file_comes_before_that_of_the_environment(
    run, tmp_path, whole_terminal
):
    assert run("config", "set", "pager", "sed s/Mastodon/FROM-FILE/").code == 0
    assert "FROM-FILE" in whole_terminal("catalog", PAGER="cat").out


def test_a_guide_is_plain_where_a_program_reads(terminal):
    assert terminal("help", "keys", "-o", "json").out == KEYS


@pytest.mark.parametrize("words", [["install"], ["key", "rotate"], ["run"], ["help"], ["import"]])
def test_help_of_a_command_is_its_own_help(run, words):
    assert run("help", *words).out == run(*words, "--help").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kyes"], "did you mean keys"),
        (["instal"], "did you mean install"),
        (["exit-code"], "did you mean exit-codes"),
        (["xyzzy"], "see all topics with: connectors help"),
        (["keys", "rotate"], "no guide or command 'keys rotate'"),
        (["key", "rotaet"], "rotaet"),
    ],
)
def test_an_unknown_topic_is_a_usage_error_that_names_the_nearest(run, words, said):
    shown = run("help", *words)
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err


def test_ready_made_help_is_what_typer_renders():
    found = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.txt")}
    assert found == rendered()  # else: make texts


@pytest.mark.parametrize("line", [[], ["--help"], ["list", "--help"], ["key", "move", "--help"]])
def test_help_in_a_pipe_is_the_same_in_both_lanes(capfd, line):
    quick = (help_texts.show(line), capfd.readouterr())
    assert quick[0] is not None
    assert quick == (app.run(line), capfd.readouterr())


@pytest.mark.parametrize("line", [[], ["--help"], ["auth", "login", "--help"], ["--version"]])
def test_help_in_a_pipe_loads_neither_typer_nor_rich(line):
    code, modules = loaded(*line)
    assert code == (0 if line else 2)
    assert not modules & {"typer", "rich", "sqlite3", "typing"}


@pytest.mark.parametrize("setting", ["COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS"])
def test_help_of_another_width_or_in_color_is_left_to_typer(monkeypatch, setting):
    monkeypatch.setenv(setting, "100")
    assert help_texts.show(["--help"]) is None


@pytest.mark.parametrize("line", [["x", "--help"], ["list", "-v", "--help"], ["..", "--help"]])
def test_help_of_no_command_is_left_to_typer(line):
    assert help_texts.show(line) is None


@pytest.mark.slow
@pytest.mark.parametrize("line", [("--help",), ("list", "--help"), ("key", "--help")], ids=" ".join)
def test_help_has_no_style_where_no_color_is_wanted(terminal, line):
    assert "\x1b[" not in terminal(*line, NO_COLOR="1").out
    assert "\x1b[" in terminal(*line).out


def test_help_on_a_terminal_is_as_wide_as_it(terminal):
    assert "\x1b[" in terminal("list", "--help").out
    wide = terminal("list", "--help", columns=100).out
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", wide).splitlines())) == 100


def test_version_is_the_same_in_both_lanes(capfd):
    quick = (help_texts.show(["--version"]), capfd.readouterr())
    assert quick == (app.run(["--version"]), capfd.readouterr())


def test_global_options_are_one_line_in_the_help_of_a_command():
    texts = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.txt")}
    whole = texts.pop("connectors.txt")
    assert whole.index("Examples") < whole.index("--allow-insecure-store")
    assert whole.index("install ") < whole.index("--version")
    for text in texts.values():
        assert "--allow-insecure-store" not in text
        assert text.count("Global options, such as --tenant") == 1
