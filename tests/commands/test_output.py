"""What people see: cards, tables, TSV, colour; and outputs that are closed or full."""

import csv
import io
import json
import os
import re
import subprocess
import sys

import pytest

from connectors_cli import catalog

SGR = re.compile(r"\x1b\[[0-9;]*m")
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def width(line):
    """The columns that a line takes; some of our signs take two."""
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        *((("list",), 60), (("list",), 80), (("targets",), 120)),
        *((("catalog",), 30), (("catalog",), 60), (("catalog",), 80), (("catalog",), 200)),
    ],
)
def test_cards_fit_the_terminal(terminal, stocked, line, columns):
    shown = SGR.sub("", terminal(*line, columns=columns).out)
    assert "╭" in shown
    assert max(map(width, shown.splitlines())) <= columns
    assert max(line.count("╭") for line in shown.splitlines()) == max(1, columns // 38)


def test_one_object_is_a_row_in_csv_and_a_line_among_names(run, stocked):
    for line in (["whoami"], ["tenant", "show", "acme"], ["log", "--verify"], ["key", "status"]):
        known = json.loads(run(*line, "--json").out)
        (row,) = csv.DictReader(io.StringIO(run(*line, "-o", "csv").out))
        assert list(row) == list(known)
        assert row["tenant" if "tenant" in known else "name"] in known.values()
        assert len(run(*line, "-o", "names").out.splitlines()) == 1
    done = run("whoami", "-o", "csv", "--fields", "role,store_exists")
    assert done.out == "role,store_exists\nowner,true\n"


def test_a_card_of_a_connector_says_what_it_is(terminal, stocked):
    shown = SGR.sub("", terminal("list", "--type", "wordpress", columns=76).out)
    for text in ("blog", "active · WordPress", "Company blog", "tags: prod, eu", "inactive"):
        assert text in shown
    assert "credentials: " in shown
    assert "canary" not in shown


def test_a_card_of_a_service_says_what_it_is(terminal, stocked):
    shown = SGR.sub("", terminal("catalog", columns=120).out)
    for text in ("📝 WordPress", "wordpress · basic", "text · titles · images", "scheduling"):
        assert text in shown
    for text in ("api_key · limited", "! Medium has issued no new", "4 installed"):
        assert text in shown


def test_cards_of_services_stand_under_their_category_all_as_high_as_their_neighbours(
    terminal, stocked
):
    lines = SGR.sub("", terminal("catalog", columns=80).out).splitlines()
    headings = [line for line in lines if line and line[0] not in "╭│╰"]
    assert headings == sorted(set(headings))
    assert {"Social", "Newsletter", "Web"} <= set(headings)
    assert all(
        line in {"", *headings} or line[0] + line[-1] in {"╭╮", "││", "╰╯"} for line in lines
    )


def test_a_service_is_shown_to_maintainers_with_its_sources_uncut(terminal, stocked):
    plain = SGR.sub("", terminal("catalog", "show", "smtp", columns=70).out)
    assert "sources" not in plain
    shown = SGR.sub("", terminal("catalog", "show", "hubspot", "--verbose", columns=70).out)
    for entry in ("notes ", "unconfirmed ", "sources "):
        assert f"\n{entry}" in shown
    joined = "".join(line.strip() for line in shown.splitlines())
    assert all(source in joined for source in catalog.load("hubspot").sources)


def test_a_search_on_cards_has_the_category_of_the_best_first(terminal, stocked):
    shown = SGR.sub("", terminal("catalog", "-q", "email", columns=80).out)
    assert shown.splitlines()[0] == "Email"
    assert shown.index("SMTP") < shown.index("Mailgun") < shown.index("Newsletter")


def test_cards_do_without_glyphs_where_there_are_none(spawn, stocked):
    done = spawn("catalog", "-o", "cards", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.out.isascii()
    assert {len(line) for line in done.out.splitlines() if line[:1] in {"+", "|"}} <= {40, 80}


@pytest.mark.parametrize(
    ("options", "note"),
    [
        (
            "--capability post_imag",
            "no service has the capability 'post_imag': did you mean post_image",
        ),
        (
            "--category nix -o names",
            "no service has the category 'nix': there are Automation, Dev, D",
        ),
        ("--capability nix --auth-type none", "no service has the capability 'nix': there are "),
        ("--category dev --auth-type none --json", "no service matches"),
        ("-q qqqq -o cards", "no service matches"),
    ],
)
def test_a_catalog_without_a_match_says_why(spawn, stocked, options, note):
    done = spawn("catalog", *options.split())
    assert done.code == 0
    assert json.loads(done.out or "[]") == []
    assert done.err.startswith(note)


@pytest.mark.parametrize("command", ["list", "targets"])
def test_a_capability_that_no_service_has_is_told_where_people_look(terminal, stocked, command):
    done = terminal(command, "--capability", "post_imag")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("no service has the capability 'post_imag': did you mean post_image")


def test_a_table_has_a_heading_and_a_line_a_row(terminal, stocked):
    heading, *rows = terminal(
        "list", "-o", "table", "--color", "never", columns=120
    ).out.splitlines()
    assert heading.split() == ["name", "catalog_key", "status", "tags", "updated_at"]
    assert [row.split()[0] for row in rows] == ["100%_off", "=1+1", "Café", "blog", "x"]


def test_the_same_rows_are_tsv_in_a_pipe(spawn, stocked):
    rows = [row.split("\t") for row in spawn("list").out.splitlines()]
    assert [row[0] for row in rows] == ["100%_off", "=1+1", "Café ☕", "blog", "x"]
    assert {len(row) for row in rows} == {5}


def test_one_connector_is_shown_field_by_field(terminal, stocked):
    shown = terminal("show", "blog", "--color", "never").out
    assert re.search(r"^name +blog *$", shown, re.MULTILINE)
    assert "application_password" in shown
    assert "canary" not in shown


def test_colour_is_for_terminals(terminal, spawn, stocked):
    assert SGR.search(terminal("list").out)
    assert not SGR.search(spawn("list", "-o", "cards").out)


@pytest.mark.parametrize(
    ("options", "environ", "coloured"),
    [
        (["--color", "never"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
    ids=str,
)
@pytest.mark.parametrize("line", [("list",), ("show", "nobody")], ids=str)
def test_colour_is_as_wished_at_a_terminal(terminal, stocked, line, options, environ, coloured):
    done = terminal(*line, *options, **environ)
    assert bool(SGR.search(done.out + done.err)) == coloured


@pytest.mark.parametrize("line", [("list", "-o", "cards"), ("list", "-o", "table")], ids=str)
def test_colour_can_be_had_in_a_pipe(spawn, stocked, line):
    assert SGR.search(spawn(*line, "--color", "always").out)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        *(("list", output) for output in ("cards", "table", "csv", "tsv", "names", "json")),
        *(("show Café", output) for output in ("table", "tsv")),
    ],
)
def test_users_text_neither_acts_on_a_terminal_nor_is_markup(terminal, stocked, line, output):
    words = ["show", "Café ☕"] if line.startswith("show") else [line]
    options = ("-o", output, "--color", "never", "--fields", "name,config")
    done = terminal(*words, *options, columns=200)
    assert done.code == 0
    assert not ACTING.search(done.out)
    assert "☕" in done.out or "u2615" in done.out
    if output not in {"names", "cards"}:
        assert "[bold red]Ann[/]" in done.out


def test_a_name_in_an_error_is_harmless(terminal, stocked):
    done = terminal("show", "\x1b]0;title\x07[red]x[/red]\u202e", "--color", "never")
    assert done.code == 5
    assert not ACTING.search(done.err)
    assert "[red]x[/red]" in done.err


@pytest.mark.parametrize("line", [("list", "-q"), ("install", "word\x1b[31m[bold]press")], ids=str)
def test_a_word_in_an_error_is_harmless(run, stocked, line):
    done = run(*line)
    assert done.code in {2, 5}
    assert not ACTING.search(done.err)


def piped(line, reader, environ=None):
    """Run a line whose output is read by a shell command; its exit code and standard error."""
    script = f'"$@" | {reader}; exit ${{PIPESTATUS[0]}}'
    command = ["bash", "-c", script, "bash", sys.executable, "-m", "connectors_cli", *line]
    done = subprocess.run(command, capture_output=True, env=environ, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize(
    "line",
    [("list", "--json"), ("catalog", "-o", "cards"), ("list", "-o", "csv"), ("show", "x")],
    ids=str,
)
def test_a_reader_that_leaves_early_is_no_error(stocked, line):
    code, err = piped(line, "head -1")
    assert code in {0, 141}
    assert err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("line", [("--help",), ("catalog", "--help"), ("list",), ("doctor",)])
def test_a_reader_that_never_was_is_no_error(stocked, line):
    code, err = piped(line, "true")
    assert (code, err) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("mask", ["always", "never"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_program_is_run_though_outputs_are_closed(stocked, mask, closed):
    line = f'"$0" -m connectors_cli run blog --mask {mask} -- sh -c "exit 7" {closed}'
    done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
@pytest.mark.parametrize(
    "line",
    [
        *(("list", "--json"), ("list", "-o", "cards"), ("whoami",), ("--help",)),
        ("get", "blog", "site_url"),
    ],
    ids=str,
)
def test_a_full_disk_is_said_and_fails(stocked, line):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" > /dev/full', "sh", sys.executable, "-m", "connectors_cli", *line],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize(
    "line", [("list", "--json"), ("list",), ("catalog", "-o", "cards"), ("--help",)], ids=str
)
def test_a_closed_output_is_said_and_fails(stocked, line):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "connectors_cli", *line],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    assert b"standard output is closed" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_closed_errors_are_no_error(stocked):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-m", "connectors_cli", "show", "no"],
        stdout=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (5, b"")


@pytest.mark.parametrize(
    ("output", "encoding"),
    [("cards", "ascii"), ("tsv", "ascii"), ("csv", "latin-1"), ("json", "ascii")],
)
def test_a_character_that_an_output_has_not_is_spelled_out(spawn, stocked, output, encoding):
    done = spawn("list", "-o", output, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.code == 0
    assert "\\u2615" in done.out
    if output == "json":
        assert json.loads(done.out)[2]["name"] == "Café ☕"


def test_a_colour_that_is_none_is_a_usage_error(run):
    done = run("list", "--color", "purple")
    assert (done.code, "auto, always, never" in done.err) == (2, True)


@pytest.mark.parametrize("words", [(), ("auth",), ("key",), ("tenant",)])
def test_a_line_without_a_command_is_answered_with_the_help_alone(run, words):
    shown = run(*words)
    assert shown.code == 2
    assert "Usage: connectors" in shown.out
    assert shown.err == ""
    assert json.loads(run(*words, "--json").err)["error"]["message"] == "missing command"


def test_completion_is_offered_by_the_program_and_not_by_each_command(run):
    assert "--install-completion" in run("--help").out
    for words in (("list",), ("auth",), ("catalog", "show")):
        assert "-completion" not in run(*words, "--help").out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("list", "--type", "gitlab"), "nothing like that"),
        (("targets", "--tag", "nope"), "nothing like that"),
        (("list", "--removed"), "no removed connectors"),
    ],
)
def test_an_empty_list_says_why_it_is(run, stocked, line, told):
    shown = run(*line, "-o", "table")
    assert (shown.code, shown.out) == (0, "")
    assert told in shown.err


@pytest.mark.parametrize("line", [("show", "blgo"), ("edit", "blgo", "--tag", "t")])
def test_the_nearest_connector_is_named(run, stocked, line):
    assert "did you mean blog? see `connectors list`" in run(*line).err


def test_tables_have_times_to_the_second_and_yes_for_true(run, stocked):
    lines = run("tenant", "list", "-o", "cards").out.splitlines()
    assert any(re.search(r"T\d\d:\d\d:\d\dZ .* yes *$", line) for line in lines)
    assert "true" not in "".join(lines)


@pytest.mark.parametrize("columns", [60, 80])
def test_help_shows_flags_without_a_value_and_arguments_as_they_are_written(terminal, columns):
    for line in ((), ("member", "role"), ("get",), ("remove",)):
        shown = SGR.sub("", terminal(*line, "--help", columns=columns).out)
        assert "<bool>" not in shown
        assert max(map(len, shown.splitlines())) <= columns
    assert "PRINCIPAL" in SGR.sub("", terminal("member", "role", "--help").out)
