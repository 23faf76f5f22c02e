"""The fast lane prints the same bytes as the Typer lane, and loads next to nothing."""

import random
import sqlite3
import sys
from contextlib import closing

import pytest

from connectors_cli.cli import app, fast
from support.command_table import TABLE, command_table
from support.imports import loaded

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
    ["targets", "--capability", "nothing", "--capability", "post_text"],
    ["list", "--type", "twitter", "--status", "active"],
    ["list", "--tag", "50%_off"],
    ["list", "--tag", "' OR 1=1 --"],
    ["list", "--status", "unreadable"],
    ["list", "--type", "gitlab"],
    ["list", "--capability", "send_email"],
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
# Errors that are a sentence, options as people write them, and commands with no rows.
BOTH = [
    ["list", "--removed"],
    ["list", "--removed", "-o", "jsonl", "--fields", "name,deleted_at"],
    ["list", "--output=json"],
    ["list", "--fields=name,status", "--tenant=acme"],
    ["list", "-ojson"],
    ["list", "-vyojsonl"],
    ["list", "-o=json"],
    ["-tacme", "list", "--type=twitter"],
    ["list", "-o", "csv"],
    ["list", "-o", "nonsense"],
    ["list", "--json", "--verbose"],
    ["list", "--color", "never"],
    ["list", "--type", "WordPress"],
    ["list", "--type", "x"],
    ["list", "--fields", "nonsense"],
    ["list", "--fields", ","],
    ["list", "--fields", "auth"],
    ["list", "-t", "nobody"],
    ["list", "-t", "Not A Slug"],
    ["list", "--store", "ftp://x/y"],
    ["list", "--store", "/nonexistent/store.db"],
    ["list", "--capability", "x' OR '1'='1"],
    ["targets", "--capability", "post_imag", "--json"],
    ["targets", "--capability", "post_imag", "--require", "1"],
    ["list", "-o", "yaml"],
    ["list", "-o", "name", "--header"],
    ["list", "--header", "--fields", "config.site_url,tags"],
    ["list", "--jq", ".[].name", "-v"],
    ["list", "--jq", ".[", "--json"],
    ["show", "blog", "--fields", "config.site_url,tags.0", "--json"],
    ["get", "blog", "site_url", "--jq", ".value"],
    ["env", "blog", "-o", "yaml"],
    ["catalog", "show", "wordpress", "--jq", ".name"],
    ["list", "-q", "CAFÉ wordpress"],
    ["list", "--search=nothing at all", "--json"],
    ["list", "-qblog", "-o", "csv", "--limit", "1"],
    ["list", "--sort-by", "-updated_at", "--limit=2", "--json"],
    ["list", "--sort-by", "nonsense"],
    ["list", "--sort-by", "-", "--removed"],
    ["list", "-A", "--json"],
    ["list", "-A"],
    ["list", "-Aqblog", "--type", "x"],
    ["list", "-A", "-tacme"],
    ["list", "--expiring", "7d", "--json"],
    ["list", "--expiring", "soon"],
    ["targets", "-q", "blog", "--sort-by=-name", "--limit", "1"],
    ["targets", "-A", "--require", "99"],
    ["targets", "-q", "nothing", "--require", "1"],
    ["targets", "--require", "1"],
    ["targets", "--require", "100", "--json"],
    ["targets", "--require", "100"],
    ["catalog", "list"],
    ["catalog", "list", "--category", "social"],
    ["catalog", "--json", "list", "-o", "names"],
    ["catalog", "-q", "word"],
    ["catalog", "--category", "BLOG"],
    ["catalog", "--capability", "nothing", "--json"],
    ["catalog", "show", "wordpress"],
    ["catalog", "show", "wordpress", "--json", "-v"],
    ["catalog", "show", "wordprss"],
    ["show", ""],
    ["show", "nobody"],
    ["show", "--", "nobody"],
    ["show", "nobody", "--json"],
    ["show", "hidden"],
    ["show", "x' OR '1'='1"],
    ["get", "blog", "site_url", "--json"],
    ["get", "blog", "site_url", "-o", "json"],
    ["get", "blog", "site_url", "-o", "table"],
    ["get", "blog", "site_url", "-o", "nonsense"],
    ["get", "blog", "site_url", "--fields", "x"],
    ["env", "blog"],
    ["env", "blog", "x", "--format", "json"],
    ["env", "blog", "--only", "username", "--only", "site_url", "--prefix=WP"],
    ["env", "blog", "--only", "nothing"],
    ["env", "nobody", "--json"],
    ["env", "blog", "--format", "nonsense"],
    ["run", "blog", "--", "sh", "-c", "echo $CONNECTOR_SITE_URL $CONNECTOR_APPLICATION_PASSWORD"],
    ["run", "--only", "username", "blog", "echo", "word"],
    ["run", "blog", "--", "sh", "-c", "exit 7", "--json"],
    ["run", "blog", "--mask", "nonsense", "--", "true"],
    ["run", "blog", "--", "/nonexistent/program"],
    ["run", "nobody", "--", "true"],
    ["env", "blog", "--reason", "weekly post", "--only", "username"],
    ["--reason=a\nb", "env", "blog"],
    ["get", "blog", "application_password", "--reveal", "--reason", ""],
    ["whoami"],
    ["whoami", "--json"],
    ["whoami", "-o", "csv", "--fields", "role,tenant"],
    ["whoami", "-t", "nobody"],
    ["log"],
    ["log", "blog", "--last", "2", "--json"],
    ["log", "--since", "7d", "--outcome", "ok", "--action", "connector"],
    ["log", "--for", "blog", "--last", "1", "--json"],
    ["log", "blog", "--for", "blog"],
    ["log", "--since", "soon"],
    ["log", "--action", "nonsense"],
    ["log", "--verify"],
    ["log", "--verify", "--last", "3"],
    ["log", "--expect", "0"],
    ["stats"],
    ["stats", "--by", "actor", "--json"],
    ["stats", "--by", "nonsense"],
    ["stats", "--by", "for", "--json"],
    ["stats", "nobody"],
    ["auth", "status"],
    ["auth", "status", "--all", "--json"],
    ["auth", "status", "x", "--within", "7d", "-o", "jsonl"],
    ["auth", "status", "blog", "--all"],
    ["auth", "--json", "status", "nobody"],
    ["key", "status"],
    ["key", "status", "-t", "acme", "--json"],
]
# Lines that the fast lane does not understand, and output for people.
TYPERS = [
    ["list", "--json", "extra"],
    ["list", "-o", "cards"],
    ["list", "-o", "table"],
    ["whoami", "-o", "table"],
    ["list", "--json=1"],
    ["list", "--color", "blue"],
    ["list", "-q"],
    ["list", "--limit", "0"],
    ["list", "--limit", "few"],
    ["list", "-o"],
    ["list", "--type"],
    ["list", "--type", "\udcff"],
    ["list", "--category", "Blog"],
    ["list", "--", "x"],
    ["--type", "wordpress", "list"],
    ["targets", "--require", "-1"],
    ["targets", "--require", "many"],
    ["targets", "--check"],
    ["catalog", "--category", "social", "list"],
    ["catalog", "add", "x.json"],
    ["log", "--last", "0"],
    ["show"],
    ["show", "blog", "x"],
    ["get", "blog"],
    ["run", "blog"],
    ["run", "blog", "true", "--flag"],
    ["env"],
    ["auth"],
    ["auth", "login", "x"],
    ["key", "generate"],
    ["install", "wordpress", "x"],
    ["nonsense"],
]
NO_STORE = [
    ["targets", "--json"],
    ["list"],
    ["list", "--removed", "--json"],
    ["list", "--type", "WordPress"],
    ["list", "--type", "nonsense"],
    ["show", "blog"],
    ["catalog"],
    ["catalog", "--json", "--lifecycle", "limited"],
    ["get", "blog", "site_url"],
    ["run", "blog", "--", "true"],
    ["env", "blog", "--json"],
    ["whoami", "--json"],
    ["log"],
    ["stats"],
    ["auth", "status"],
    ["key", "status"],
    ["targets", "-t", "acme"],
    ["targets", "--require", "1", "--json"],
]

# Words for lines of each command; words of WORDS are for every command.
WORDS = (
    *("--json", "-ojson", "-o=json", "-o", "--output=jsonl", "--output", "jsonl", "csv", "tsv"),
    *("names", "-vy", "-vojson", "-v", "--verbose", "--quiet", "--no-input", "-y", "--yes", "--"),
    *("--fields", "--fields=name", "name,status", "id", "--color", "--color=never", "always"),
    *("-t", "-tacme", "--tenant=acme", "default", "nobody", "blog", "x", "", "-", "-x", "--typo"),
    *("-oyaml", "name", "--header", "--jq=.", "--jq=.[0].name", "--fields=name,config.site_url"),
    *("prod", "--json=1", "nonsense", "--store=/nonexistent/x.db", "700", "-1", "wordpress"),
)
LINES = {
    "targets": (
        *("--type", "--tag=prod", "--require", "--require=2", "--capability", "post_text"),
        *("-q", "-qblog", "--sort-by=-name", "--limit=1", "-A"),
    ),
    "list": (
        *("--type=wordpress", "--status", "active", "--removed", "--tag", "--type=Twitter"),
        *("-q", "-qblog", "--sort-by", "-tags", "--limit=2", "--all-tenants", "--expiring=7d"),
    ),
    "show": ("blog", "x", "Café ☕", "--fields=config", "nobody"),
    "catalog": ("-q", "-qblog", "--category=Web", "--auth-type", "oauth", "list", "--lifecycle"),
    "catalog list": ("-q", "-qblog", "--category", "Web", "--auth-type=oauth", "--lifecycle"),
    "catalog show": ("wordpress", "twitter", "Word", "x"),
    "get": ("blog", "site_url", "site_url", "--reveal", "application_password", "x", "client_id"),
    "env": ("blog", "x", "--format=sh", "--format=json", "--only", "username", "--prefix=A"),
    "log": ("--since=7d", "--until", "1h", "--last", "2", "--last=3", "--outcome=ok", "--actor"),
    "stats": ("--by", "--by=day", "type", "actor", "--since=7d", "--until=1h", "blog"),
    "auth status": ("--all", "--within=7d", "--within", "7d", "x", "blog"),
    "key status": ("acme",),
    "whoami": ("--fields=role", "role,tenant"),
    "run": ("blog", "x", "--only", "username", "--prefix=A", "--clean-env", "true", "--mask=auto"),
}

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
def test_unknown_filter_value_is_refused_in_both_lanes(stocked, lane, line, more):
    code, said = NOT_FILTERS[line]
    words = f"{line}{more}".split(" ")
    done = lane(app, words)
    assert done[0] == code
    assert said in (done[2] if code else done[1])
    assert lane(fast, words) in {done, (None, "", "")}


@pytest.mark.parametrize("line", VALUES, ids=ids)
def test_both_lanes_get_the_same_value_or_error(stocked, lane, line):
    quick = lane(fast, line)
    assert quick[0] is not None
    assert quick == lane(app, line)


@pytest.mark.parametrize("line", TYPERS, ids=ids)
def test_lines_with_unknown_words_are_left_to_typer(stocked, lane, line):
    assert lane(fast, line) == (None, "", "")


@pytest.mark.parametrize("line", BOTH, ids=ids)
def test_both_lanes_say_the_same(stocked, lane, line):
    quick = lane(fast, line)
    assert quick[0] is not None
    assert quick == lane(app, line)


@pytest.mark.slow
@pytest.mark.parametrize("command", LINES)
def test_both_lanes_agree_about_any_line(stocked, lane, command):
    chance = random.Random(command)
    taken = 0
    for _ in range(200):
        own = chance.choices((*LINES[command], *LINES[command], *WORDS), k=chance.randrange(7))
        line = [*chance.sample(("--json", "-y", "-tacme"), chance.randrange(2)), *command.split()]
        line += own
        quick = lane(fast, line)
        if quick[0] is not None:
            taken += 1
            assert quick == lane(app, line), line
    assert taken > 20


@pytest.mark.parametrize("line", NO_STORE, ids=ids)
def test_both_lanes_say_the_same_without_a_store(lane, line):
    quick = lane(fast, line)
    assert quick[0] is not None
    assert quick == lane(app, line)


@pytest.mark.parametrize("version", ["0.0.1", "99.0.0"])
@pytest.mark.parametrize("line", [["list"], ["get", "blog", "site_url"]], ids=ids)
def test_a_store_of_another_program_version_is_read_quickly(
    run, blog, settings, lane, line, version
):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE store_meta SET value = ? WHERE key = 'program_version'", (version,))
    quick = lane(fast, line)
    assert quick[0] == 0
    assert quick == lane(app, line)


def test_a_damaged_version_is_the_same_error_in_both_lanes(run, blog, settings, lane):
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE store_meta SET value = 'soon' WHERE key = 'schema_version'")
    quick = lane(fast, ["list"])
    assert quick[0] == 1
    assert quick == lane(app, ["list"])


def test_the_table_of_options_matches_the_signatures():
    assert TABLE.read_text(encoding="utf-8") == command_table()  # else: make texts


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


def test_get_of_a_setting_loads_no_cryptography(stocked):
    code, modules = loaded("get", "blog", "site_url")
    assert code == 0
    assert not modules & {*NEVER, "cryptography"}


def test_get_of_a_credential_loads_neither_orm_nor_keyring(stocked):
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
