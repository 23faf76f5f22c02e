"""Output for people: cards, tables, TSV, colour; and outputs that are closed or full."""

import csv
import io
import json
import os
import re
import subprocess
import sys

import pytest

from connectors_cli.catalog.read import builtin, load

SGR = re.compile(r"\x1b\[[0-9;]*m")
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def width(line):
    """Return the columns of a line; some glyphs take two."""
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "columns"),
    [
        *((("list", "-o", "cards"), 60), (("list", "-o", "cards"), 80), (("targets",), 120)),
        *((("catalog", "-o", "cards"), columns) for columns in (30, 60, 80, 200)),
    ],
)
def test_cards_fit_the_terminal(terminal, stocked, line, columns):
    shown = SGR.sub("", terminal(*line, columns=columns).out)
    assert "╭" in shown
    assert max(map(width, shown.splitlines())) <= columns
    fitting = min(max(1, columns // 38), shown.count("╭"))
    assert max(line.count("╭") for line in shown.splitlines()) == fitting


def test_single_object_is_a_row_in_csv_and_a_line_in_names(run, stocked):
    for line in (["whoami"], ["tenant", "show", "acme"], ["log", "--verify"], ["key", "status"]):
        known = json.loads(run(*line, "--json").out)
        (row,) = csv.DictReader(io.StringIO(run(*line, "-o", "csv").out))
        assert list(row) == list(known)
        assert row["tenant" if "tenant" in known else "name"] in known.values()
        assert len(run(*line, "-o", "names").out.splitlines()) == 1
    done = run("whoami", "-o", "csv", "--fields", "role,store_exists")
    assert done.out == "role,store_exists\nowner,true\n"


def test_card_of_a_connector_shows_service_status_account_and_tags(terminal, stocked):
    shown = SGR.sub("", terminal("list", "--type", "wordpress", columns=76).out)
    for text in ("blog", "active · WordPress", "Company blog", "tags: prod, eu", "inactive"):
        assert text in shown
    assert "credentials: " in shown
    assert "canary" not in shown


def test_card_of_a_service_shows_key_capabilities_and_notice(terminal, stocked):
    shown = SGR.sub("", terminal("catalog", "-o", "cards", columns=120).out)
    for text in ("📝 WordPress", "wordpress · basic", "text · titles · images", "scheduling"):
        assert text in shown
    for text in ("api_key · limited", "! Medium has issued no new", "4 installed"):
        assert text in shown


def test_cards_of_services_are_grouped_by_category_and_equally_high(terminal, stocked):
    lines = SGR.sub("", terminal("catalog", "-o", "cards", columns=80).out).splitlines()
    headings = [line for line in lines if line and line[0] not in "╭│╰"]
    assert headings == sorted(set(headings))
    assert {"Social", "Newsletter", "Web"} <= set(headings)
    assert all(
        line in {"", *headings} or line[0] + line[-1] in {"╭╮", "││", "╰╯"} for line in lines
    )


def test_verbose_shows_notes_and_sources_of_a_service_in_full(terminal, stocked):
    plain = SGR.sub("", terminal("catalog", "show", "smtp", columns=70).out)
    assert "sources" not in plain
    shown = SGR.sub("", terminal("catalog", "show", "hubspot", "--verbose", columns=70).out)
    for entry in ("notes ", "unconfirmed ", "sources "):
        assert f"\n{entry}" in shown
    joined = "".join(line.strip() for line in shown.splitlines())
    assert all(source in joined for source in load("hubspot").sources)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 120])
def test_a_list_longer_than_the_screen_is_one_line_a_row(terminal, stocked, columns):
    heading, *rows = SGR.sub("", terminal("catalog", columns=columns).out).splitlines()
    assert heading.split() == ["key", "name", "category", "auth_type", "lifecycle"]
    assert len(rows) == len(builtin())
    assert max(map(width, [heading, *rows])) <= columns
    assert "╭" in terminal("catalog", "-q", "mastodon", columns=columns).out
    assert "╭" in terminal("catalog", CONNECTORS_OUTPUT="cards", columns=columns).out
    assert len(terminal("list", "-A", columns=40).out.splitlines()) >= 8


@pytest.mark.parametrize("columns", [80, 120])
def test_page_of_a_connector_begins_with_what_people_look_for(terminal, stocked, columns):
    shown = SGR.sub("", terminal("show", "blog", columns=columns).out)
    assert shown.splitlines()[0] == "📝 blog  WordPress (self-hosted)  active"
    places = [
        shown.index(text) for text in ("account ", "last test", "site_url", "password", "id ")
    ]
    assert places == sorted(places)
    assert max(map(width, shown.splitlines())) <= columns
    fields = SGR.sub("", terminal("show", "blog", "-o", "table").out)
    assert {"capabilities", "auth_configured"} <= set(fields.split())


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 120])
def test_page_of_a_service_says_how_to_set_it_up_and_install_it(terminal, stocked, columns):
    shown = SGR.sub("", terminal("catalog", "show", "twitter", "--no-pager", columns=columns).out)
    for text in (
        *("X (Twitter)  Social", "portal", "1. Click", "http://127.0.0.1:8765/callback"),
        *("Required. The OAuth 2.0 client ID", "--secret client_secret=SOURCE"),
        *("access_token, refresh_token", "Install it: connectors install twitter"),
    ):
        assert text in shown
    long = [line for line in shown.splitlines() if width(line) > columns]
    assert all("https://" in line for line in long)
    assert "brand-x" in terminal("catalog", "show", "twitter", "-o", "table").out


def test_search_on_cards_shows_the_best_category_first(terminal, stocked):
    shown = SGR.sub("", terminal("catalog", "-q", "email", "-o", "cards", columns=80).out)
    assert shown.splitlines()[0] == "Email"
    assert shown.index("SMTP") < shown.index("Mailgun") < shown.index("Newsletter")


def test_cards_are_plain_text_in_an_ascii_terminal(spawn, stocked):
    done = spawn("catalog", "-o", "cards", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.out.isascii()
    assert {len(line) for line in done.out.splitlines() if line[:1] in {"+", "|"}} <= {40, 80}


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ("--capability post_imag", 2, "no service has the capability 'post_imag'"),
        ("--capability post_imag", 2, "did you mean post_image"),
        ("--category nix -o names", 2, "use one of Automation, Dev, D"),
        ("--capability nix --auth-type none", 2, "no service has the capability 'nix'"),
        ("--category dev --auth-type none --json", 0, "no service matches"),
        ("-q qqqq -o cards", 0, "no service matches"),
    ],
)
def test_catalog_without_a_match_says_why(spawn, stocked, options, code, said):
    done = spawn("catalog", *options.split())
    assert (done.code, json.loads(done.out or "[]")) == (code, [])
    assert said in done.err


@pytest.mark.parametrize("command", ["list", "targets", "targets --require 1"])
@pytest.mark.parametrize("output", ["names", "json", "table"])
def test_unknown_capability_is_a_usage_error(run, stocked, command, output):
    done = run(*command.split(), "--capability", "post_imag", "-o", output)
    assert (done.code, done.out) == (2, "")
    assert "did you mean post_image" in done.err
    assert run("list", "--capability", "send_email", "-o", output).code == 0


def test_table_has_a_heading_and_a_line_per_row(terminal, stocked):
    heading, *rows = terminal(
        "list", "-o", "table", "--color", "never", columns=120
    ).out.splitlines()
    assert heading.split() == ["name", "catalog_key", "status", "tags", "updated_at"]
    assert [row.split()[0] for row in rows] == ["100%_off", "=1+1", "Café", "blog", "x"]


def test_rows_are_tsv_in_a_pipe(spawn, stocked):
    rows = [row.split("\t") for row in spawn("list").out.splitlines()]
    assert [row[0] for row in rows] == ["100%_off", "=1+1", "Café ☕", "blog", "x"]
    assert {len(row) for row in rows} == {5}


def test_single_connector_is_shown_field_by_field(terminal, stocked):
    shown = terminal("show", "blog", "--color", "never").out
    assert re.search(r"^name +blog *$", shown, re.MULTILINE)
    assert "application_password" in shown
    assert "canary" not in shown


def test_only_terminals_get_colour(terminal, spawn, stocked):
    assert SGR.search(terminal("list").out)
    assert not SGR.search(spawn("list", "-o", "cards").out)


@pytest.mark.slow
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
def test_option_and_environment_decide_colour(terminal, stocked, line, options, environ, coloured):
    done = terminal(*line, *options, **environ)
    assert bool(SGR.search(done.out + done.err)) == coloured


@pytest.mark.parametrize("line", [("list", "-o", "cards"), ("list", "-o", "table")], ids=str)
def test_colour_can_be_forced_in_a_pipe(spawn, stocked, line):
    assert SGR.search(spawn(*line, "--color", "always").out)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        *(("list", output) for output in ("cards", "table", "csv", "tsv", "names", "json")),
        *(("show Café", output) for output in ("table", "tsv")),
    ],
)
def test_text_of_users_neither_acts_on_a_terminal_nor_is_markup(terminal, stocked, line, output):
    words = ["show", "Café ☕"] if line.startswith("show") else [line]
    options = ("-o", output, "--color", "never", "--fields", "name,config")
    done = terminal(*words, *options, columns=200)
    assert done.code == 0
    assert not ACTING.search(done.out)
    assert "☕" in done.out or "u2615" in done.out
    if output not in {"names", "cards"}:
        assert "[bold red]Ann[/]" in done.out


def test_name_in_an_error_does_not_act_on_the_terminal(terminal, stocked):
    done = terminal("show", "\x1b]0;title\x07[red]x[/red]\u202e", "--color", "never")
    assert done.code == 5
    assert not ACTING.search(done.err)
    assert "[red]x[/red]" in done.err


@pytest.mark.parametrize("line", [("list", "-q"), ("install", "word\x1b[31m[bold]press")], ids=str)
def test_argument_in_an_error_does_not_act_on_the_terminal(run, stocked, line):
    done = run(*line)
    assert done.code in {2, 5}
    assert not ACTING.search(done.err)


def piped(line, reader, environ=None):
    """Return exit code and standard error of a line whose output a shell command reads."""
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
def test_reader_that_stops_early_is_no_error(stocked, line):
    code, err = piped(line, "head -1")
    assert code in {0, 141}
    assert err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("line", [("--help",), ("catalog", "--help"), ("list",), ("doctor",)])
def test_reader_that_reads_nothing_is_no_error(stocked, line):
    code, err = piped(line, "true")
    assert (code, err) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
@pytest.mark.parametrize("mask", ["always", "never"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_program_is_run_with_closed_outputs(stocked, mask, closed):
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
def test_full_disk_is_reported_and_fails(stocked, line):
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
def test_closed_output_is_reported_and_fails(stocked, line):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "connectors_cli", *line],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 1
    assert b"standard output is closed" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_closed_standard_error_is_no_error(stocked):
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
def test_character_missing_in_the_encoding_is_escaped(spawn, stocked, output, encoding):
    done = spawn("list", "-o", output, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.code == 0
    assert "\\u2615" in done.out
    if output == "json":
        assert json.loads(done.out)[2]["name"] == "Café ☕"


def test_unknown_colour_mode_is_a_usage_error(run):
    done = run("list", "--color", "purple")
    assert (done.code, "auto, always, never" in done.err) == (2, True)


@pytest.mark.parametrize("words", [(), ("auth",), ("key",), ("tenant",)])
def test_missing_command_shows_only_the_help(run, words):
    shown = run(*words)
    assert shown.code == 2
    assert "Usage: connectors" in shown.out
    assert shown.err == ""
    assert json.loads(run(*words, "--json").err)["error"]["message"] == "missing command"


def test_only_the_main_help_offers_completion(run):
    assert "--install-completion" in run("--help").out
    for words in (("list",), ("auth",), ("catalog", "show")):
        assert "-completion" not in run(*words, "--help").out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("list", "--type", "gitlab"), "nothing matches"),
        (("targets", "--tag", "nope"), "nothing matches"),
        (("list", "--removed"), "no removed connectors"),
    ],
)
def test_empty_list_says_why(run, stocked, line, told):
    shown = run(*line, "-o", "table")
    assert (shown.code, shown.out) == (0, "")
    assert told in shown.err


@pytest.mark.parametrize(
    "line",
    [("show", "blgo"), ("edit", "blgo", "--tag", "t"), ("show", "BLOG"), ("get", "Blgo", "x")],
)
def test_nearest_connector_is_suggested(run, stocked, line):
    assert "did you mean blog? list the connectors: connectors list" in run(*line).err


def test_tables_show_times_to_the_second_and_yes_for_true(run, stocked):
    lines = run("tenant", "list", "-o", "cards").out.splitlines()
    assert any(re.search(r"T\d\d:\d\d:\d\dZ .* yes *$", line) for line in lines)
    assert "true" not in "".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80])
def test_help_shows_flags_without_a_value_and_arguments_as_typed(terminal, columns):
    for line in ((), ("member", "role"), ("get",), ("remove",)):
        shown = SGR.sub("", terminal(*line, "--help", columns=columns).out)
        assert "<bool>" not in shown
        assert max(map(len, shown.splitlines())) <= columns
    assert "PRINCIPAL" in SGR.sub("", terminal("member", "role", "--help").out)


def test_long_address_stays_whole(run, blog):
    address = "https://blog.example.com/" + "very-long-" * 12 + "path"
    assert run("edit", "blog", "--set", f"site_url={address}").code == 0
    lines = run("show", "blog", "-o", "table").out.splitlines()
    assert any(line.endswith(f"  {address}") for line in lines)


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
@pytest.mark.parametrize(
    "line",
    [
        ("edit", "blog", "--tag", "changed"),
        ("remove", "blog", "--yes"),
        ("backup", "{folder}/b.db"),
        ("export", "--all", "--to", "{folder}/e.yaml"),
        ("tenant", "use", "default"),
        ("inject", "-i", "{folder}/template", "-o", "{folder}/filled"),
    ],
    ids=str,
)
@pytest.mark.parametrize("output", [">&-", "> /dev/full"])
def test_a_change_whose_output_fails_is_called_done(blog, tmp_path, line, output):
    (tmp_path / "template").write_text("{{ blog.site_url }}")
    words = [word.format(folder=tmp_path) for word in line]
    program = [sys.executable, "-m", "connectors_cli", *words, "--json"]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {output}', "sh", *program], stderr=subprocess.PIPE, check=False
    )
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["exit_code"]) == (1, 1)
    assert error["changed"] is True
    assert error["message"].startswith("done; but ")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")
def test_a_dry_run_whose_output_fails_changed_nothing(blog):
    program = [sys.executable, "-m", "connectors_cli", "edit", "blog", "--tag", "x", "--dry-run"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *program], stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 1
    assert b"done" not in done.stderr
