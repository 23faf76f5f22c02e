"""The fast lane says what the Typer lane says, byte for byte, and loads next to nothing."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli import app, fast

HOT = [
    ["targets"],
    ["list"],
    ["catalog"],
    ["show", "blog"],
    ["show", "Café ☕"],
    ["show", "=1+1"],
]
OUTPUTS = [[], ["--json"], ["-o", "json"], ["--output", "jsonl"], ["-o", "names"], ["-o", "tsv"]]
FILTERED = [
    ["targets", "--type", "wordpress"],
    ["targets", "--tag", "prod", "--capability", "post_image"],
    ["targets", "--capability", "post_text", "--capability", "nothing"],
    ["list", "--type", "twitter", "--status", "active"],
    ["list", "--tag", "50%_off"],
    ["list", "--tag", "' OR 1=1 --"],
    ["list", "--status", "unreadable"],
    ["list", "--type", "gitlab"],
    ["list", "--capability", "x' OR '1'='1"],
    ["catalog", "--category", "WEB"],
    ["catalog", "--auth-type", "oauth", "--lifecycle", "active"],
    ["catalog", "--capability", "post_text"],
    ["--json", "list", "-t", "acme"],
    ["-t", "acme", "targets", "-t", "default"],
    ["-o", "names", "list", "-o", "jsonl"],
    ["--quiet", "-y", "--no-input", "list", "--yes"],
]
SELECTED = [
    ["list", "--fields", "name,status"],
    ["list", "--fields", "status, name ,status,,"],
    ["list", "--fields", "config", "-o", "names"],
    ["targets", "--fields", "auth_configured,tags,version,last_check"],
    ["catalog", "--fields", "key,capabilities,notice"],
    ["show", "blog", "--fields", "name,config"],
]
VALUES = [
    ["get", "blog", "application_password", "--reveal"],
    ["get", "--reveal", "Café ☕", "application_password"],
    ["get", "blog", "site_url"],
    ["get", "blog", "site_url", "--reveal"],
    ["get", "blog", "nothing", "--reveal"],
    ["get", "blog", "application_password"],
    ["get", "nobody", "application_password", "--reveal"],
    ["get", "hidden", "client_id"],
    ["get", "hidden", "client_id", "-t", "acme"],
]
# Lines that go wrong, or that the fast lane does not know: what they say is Typer's.
TYPERS = [
    [],
    ["--help"],
    ["--version"],
    ["list", "--help"],
    ["list", "--removed"],
    ["list", "--json", "extra"],
    ["list", "--output=json"],
    ["list", "-o", "csv"],
    ["list", "-o", "cards"],
    ["list", "-o", "table"],
    ["list", "-o", "nonsense"],
    ["list", "--json", "--verbose"],
    ["list", "--color", "never"],
    ["list", "--type"],
    ["list", "--category", "Blog"],
    ["--type", "wordpress", "list"],
    ["list", "--", "x"],
    ["list", "--fields", "nonsense"],
    ["list", "--fields", ","],
    ["list", "--fields", "auth"],
    ["list", "-t", "nobody"],
    ["list", "-t", "Not A Slug"],
    ["list", "--store", "ftp://x/y"],
    ["list", "--store", "/nonexistent/store.db"],
    ["targets", "--require", "1"],
    ["catalog", "list"],
    ["catalog", "-q", "word"],
    ["catalog", "--category", "BLOG"],
    ["catalog", "--capability", "nothing", "--json"],
    ["show"],
    ["show", ""],
    ["show", "nobody"],
    ["show", "hidden"],
    ["show", "blog", "x"],
    ["show", "x' OR '1'='1"],
    ["get", "blog"],
    ["get", "blog", "site_url", "--json"],
    ["get", "blog", "site_url", "-o", "json"],
    ["get", "blog", "site_url", "--fields", "x"],
    ["install", "wordpress"],
    ["nonsense"],
]

MEASURE = """
import sys
from connectors_cli.__main__ import main
before = set(sys.modules)
code = main(sys.argv[1:])
print(code, *sorted(name.partition(".")[0] for name in sys.modules), file=sys.stderr)
"""
# Each costs a hot read a tenth of its time or more.
NEVER = {
    *("typer", "pydantic", "sqlmodel", "sqlalchemy", "rich", "jsonschema", "alembic", "keyring"),
    *("questionary", "dataclasses", "pathlib", "inspect", "subprocess", "platformdirs", "filelock"),
}
NOT_FOR_ROWS = {*NEVER, "cryptography", "typing", "json", "re", "enum", "hashlib", "logging"}


# What no list can be filtered by, or only by another name; what both lanes say comes from Typer's.
NOT_FILTERS = {
    "list --status foo": (2, "one of active, inactive, error, unreadable"),
    "list --status ACTIVE --type nope": (2, "one of active"),
    "list --removed --status foo": (2, "one of active"),
    "catalog --auth-type foo": (2, "one of oauth, api_key, basic, none"),
    "catalog list --auth-type foo": (2, "one of oauth"),
    "catalog --lifecycle foo": (2, "one of active, limited, closed"),
    "list --type wordprss": (5, "did you mean wordpress?"),
    "targets --type wordprss": (5, "did you mean wordpress?"),
    "targets --check --type wordprss": (5, "did you mean wordpress?"),
    "test --type wordprss": (5, "did you mean wordpress?"),
    "list --removed --type nope": (5, "see: connectors catalog"),
    "list --type ": (5, "see: connectors catalog"),
    "list --type x --fields name": (0, "x"),
    "list --type Twitter --fields name": (0, "x"),
}


def ids(line):
    return " ".join(line) or "nothing"


@pytest.fixture
def lane(capfd):
    """Run a line through one lane; exit code (None: not taken), standard output and error."""

    def through(lane, line):
        capfd.readouterr()
        code = lane.run(line)
        sys.stdout.flush()
        return (code, *capfd.readouterr())

    return through


@pytest.mark.parametrize("line", [[*hot, *output] for hot in HOT for output in OUTPUTS], ids=ids)
def test_both_lanes_print_the_same_bytes(stocked, lane, line):
    quick = lane(fast, line)
    assert quick[0] == 0
    assert quick == lane(app, line)


@pytest.mark.parametrize("line", FILTERED + SELECTED, ids=ids)
@pytest.mark.parametrize("more", [[], ["--json"], ["-o", "jsonl"], ["-o", "names"]], ids=ids)
def test_both_lanes_filter_and_select_alike(stocked, lane, line, more):
    quick = lane(fast, [*line, *more])
    assert quick[0] == 0
    assert quick == lane(app, [*line, *more])


@pytest.mark.parametrize(
    ("line", "more"), [(line, more) for line in NOT_FILTERS for more in ("", " --json")]
)
def test_a_filter_that_nothing_can_pass_is_refused_in_both_lanes(stocked, run, lane, line, more):
    code, said = NOT_FILTERS[line]
    words = f"{line}{more}".split(" ")
    assert lane(fast, words)[0] is None
    done = run(*words)
    assert done.code == code
    assert said in (done.err if code else done.out)
    assert lane(app, words) == (done.code, done.out, done.err)


@pytest.mark.parametrize("line", VALUES, ids=ids)
def test_both_lanes_get_the_same_value_or_error(stocked, lane, line):
    quick = lane(fast, line)
    assert quick[0] is not None
    assert quick == lane(app, line)


@pytest.mark.parametrize("line", TYPERS, ids=ids)
def test_lines_it_does_not_wholly_know_are_left_to_typer(stocked, lane, line):
    assert lane(fast, line) == (None, "", "")


@pytest.mark.parametrize("line", [["list", "--json"], ["show", "blog"], ["catalog"]], ids=ids)
def test_a_line_is_left_to_typer_before_there_is_a_store(lane, line):
    assert lane(fast, line) == (None, "", "")


@pytest.mark.parametrize("line", [["list"], ["get", "blog", "site_url"]], ids=ids)
def test_a_store_of_another_program_version_is_left_to_typer(run, blog, settings, lane, line):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE store_meta SET value = '0.0.1' WHERE key = 'program_version'")
    assert lane(fast, line) == (None, "", "")


def test_a_damaged_version_is_left_to_typer(run, blog, settings, lane):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE store_meta SET value = 'soon' WHERE key = 'schema_version'")
    assert lane(fast, ["list"]) == (None, "", "")


def test_completion_is_left_to_typer(stocked, lane, monkeypatch):
    monkeypatch.setenv("_CONNECTORS_COMPLETE", "complete_bash")
    assert lane(fast, ["list"]) == (None, "", "")


def test_every_use_of_a_credential_is_one_event(run, blog, settings, monkeypatch):
    run("get", "blog", "application_password", "--reveal")
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    assert run("get", "blog", "application_password", "--reveal").code == 7
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db:
        found = db.execute(
            "SELECT subject, outcome, details FROM events WHERE action = 'connector.reveal'"
        ).fetchall()
    assert [(subject, outcome) for subject, outcome, _ in found] == [
        ("blog", "ok"),
        ("blog", "key"),
    ]
    assert all("application_password" in details for *_, details in found)


def loaded(*line, **environ):
    """Run a line in a new interpreter; return its exit code and the top modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{MEASURE}", *line],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=False,
    )
    code, *modules = done.stderr.split()
    return int(code), set(modules)


@pytest.mark.parametrize(
    "line",
    [
        ["targets", "--json"],
        ["list", "-o", "jsonl", "--tag", "prod", "--fields", "name,config"],
        ["list"],
        ["catalog", "-o", "names"],
        ["show", "blog", "--json"],
    ],
    ids=ids,
)
def test_rows_load_the_driver_and_little_else(stocked, line):
    code, modules = loaded(*line)
    assert code == 0
    assert not modules & NOT_FOR_ROWS


def test_a_setting_is_got_without_cryptography(stocked):
    code, modules = loaded("get", "blog", "site_url")
    assert code == 0
    assert not modules & {*NEVER, "cryptography"}


def test_a_credential_is_got_without_orm_and_keyring(stocked):
    code, modules = loaded("get", "blog", "application_password", "--reveal")
    assert code == 0
    assert not modules & NEVER


@pytest.mark.parametrize(
    "line",
    [
        ["list", "-o", "cards"],
        ["targets", "-o", "table"],
        ["catalog", "-o", "cards"],
        ["catalog", "-q", "word"],
        ["catalog", "list", "--json"],
        ["show", "blog", "-o", "cards"],
        ["list", "--removed"],
        ["whoami"],
        ["help", "exit-codes"],
        ["--help"],
        *([name, "--help"] for name in app.COMMANDS),
    ],
    ids=ids,
)
def test_reads_and_help_load_neither_orm_nor_schemas_nor_keys(stocked, line):
    code, modules = loaded(*line)
    assert code == 0
    assert not modules & {"sqlmodel", "sqlalchemy", "pydantic", "jsonschema"}
    assert not modules & {"cryptography", "keyring"}
