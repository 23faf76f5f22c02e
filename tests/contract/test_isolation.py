"""Isolation of tenants: non-members see nothing, by name, id, completion, text or code."""

import json
import os
import re
import sqlite3
import uuid
from contextlib import closing

import pytest

from connectors_cli.cli.app import COMMANDS
from connectors_cli.vault.seal import new_key
from support.completion import complete
from support.stores import KEY, TemplateStore

SITE = "https://secret-site.example"
UNKNOWN = "unheard-of"
# What each command is asked about a connector (or preset) of the name or id {}; {file} is a file
# that names it. A command that is not here fails the test below.
LINES: dict[str, list[str]] = {
    "catalog": [],
    "install": [
        "install --from default/{}",
        "install discord-webhook -N {} -S webhook_url=env:HOOK -n",
    ],
    "edit": [
        "edit {} --tag x",
        "edit {} -s site_url=https://x.example --yes",
        "edit {} --activate -n",
    ],
    "remove": ["remove {}", "remove {} -n", "remove {} --purge --yes"],
    "ui": [],
    "targets": ["targets --tag {}"],
    "list": ["list --tag {} --json", "list --removed --json"],
    "show": ["show {}", "show {} --json", "show {} -o cards"],
    "validate": ["validate {}"],
    "test": ["test {}", "test {} --no-record"],
    "log": ["log {}", "log {} --json"],
    "stats": ["stats {}", "stats --by tenant --json"],
    "run": ["run {} -- true"],
    "env": ["env {} --format json"],
    "inject": ["inject -i {file}"],
    "get": ["get {} site_url", "get {} application_password --reveal"],
    "auth": ["auth status {}", "auth login {} --no-input", "auth refresh {}", "auth logout {}"],
    "export": ["export {}", "export {} --secrets plain --yes"],
    "import": ["import {file} --on-conflict fail -n"],
    "apply": ["apply -f {file} -n"],
    "preset": ["preset show {}", "preset remove {}", "preset save p --from {}"],
    "backup": [],
    "restore": ["restore {}", "restore {} --rename other"],
    "init": [],
    "config": [],
    "tenant": ["tenant show {}", "tenant use {}", "tenant restore {}"],
    "member": ["member remove {}", "member role {} viewer"],
    "whoami": [],
    "key": [],
    "doctor": [],
    "credentials": ["credentials reset {} --yes", "credentials accept {} --yes"],
    "completion": [],
    "forms": ["forms serve --connector {}"],
    "help": ["help {}"],
}
WRITES_FILES = {"export"}
ASKED = [(command, line) for command, lines in LINES.items() for line in lines]
# In a tenant that is another's, whatever it is asked.
THERE = [
    *ASKED,
    *(
        ("", line)
        for line in ("whoami", "key status", "key rotate", "key prune", "list", "targets")
    ),
    *(("", line) for line in ("validate --all", "test --all", "export --all", "log --verify")),
    *(("", line) for line in ("member list", "tenant show", "preset list", "auth status --all")),
    *(("", line) for line in ("member add bob --role owner", "catalog remove wordpress")),
    *(("", line) for line in ("tenant remove {tenant} --confirm {tenant}", "tenant use {tenant}")),
    *(("", line) for line in ("install --from {tenant}/hidden", "stats", "key export f")),
    ("", "tenant remove {tenant} --purge --confirm {tenant}"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> TemplateStore:
    """A store of two tenants; of acme, with its connector and preset `hidden`, somebody else is."""
    folder = tmp_path_factory.mktemp("isolation")
    made = TemplateStore(
        folder, P="canary-password", HOOK="https://discord.com/api/webhooks/1/a-b-c"
    )
    made.environ[KEY] += f",{new_key().text}"
    made.run("init")
    made.run("tenant", "create", "acme")
    for tenant, name in (("default", "blog"), ("acme", "hidden"), ("acme", "away")):
        made.run(
            *("install", "wordpress", "-N", name, "-t", tenant, "--activate", "--tag", name),
            *("-s", f"site_url={SITE if name == 'hidden' else 'https://blog.example'}"),
            *("-s", "username=alice", "-S", "application_password=env:P"),
        )
    made.run("preset", "save", "hidden", "--from", "hidden", "-t", "acme")
    made.run("remove", "away", "-t", "acme")
    with closing(sqlite3.connect(made.home / "store.db")) as db, db:
        db.execute(
            "UPDATE members SET principal = 'else' WHERE tenant_id = 'acme' AND role='owner'"
        )
        db.execute(
            "INSERT INTO members VALUES ('acme', 'hidden', 'viewer', '2026-01-01T00:00:00Z')"
        )
        ((made.foreign_id,),) = db.execute("SELECT id FROM connectors WHERE name = 'hidden'")
    return made


@pytest.fixture
def ask(run, made, monkeypatch, tmp_path):
    """Run a line with a word for {} on a copy of the store; what it says, the word taken out."""
    number = iter(range(1000))

    def asked(line: str, word: str, *more: str, tenant: str = UNKNOWN) -> tuple:
        home = tmp_path / f"home-{next(number)}"
        monkeypatch.setenv("CONNECTORS_HOME", str(home))
        made.copy(monkeypatch)
        file = home / "file.json"
        site = {"site_url": "https://new.example"}
        item = {"name": word, "type": "wordpress", "config": site, "id": made.foreign_id}
        item["auth"] = {"username": "a", "application_password": {"env": "P"}}
        file.write_text(json.dumps({"connectors": [item]}))
        words = line.format(word, file=file, tenant=tenant).split()
        done = run(*words, *more)
        out, err = (without(text, word, str(home), tenant) for text in (done.out, done.err))
        return done.code, out, err

    return asked


def without(text: str, *words: str) -> str:
    """Return what a line said without the words it was asked about, ids, hashes and times."""
    for word in words:
        text = re.sub(rf"\b{re.escape(word)}\b", "(word)", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "(id)", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "(time)", text)
    return re.sub(r"home-\d+", "(home)", text)


def test_every_command_is_covered():
    assert LINES.keys() == COMMANDS.keys()


@pytest.mark.parametrize(("command", "line"), ASKED, ids=[line for _, line in ASKED])
def test_connector_of_another_tenant_looks_unknown(ask, made, command, line):
    unknown = ask(line, UNKNOWN)
    assert ask(line, "hidden") == unknown
    assert ask(line, "away") == unknown
    assert SITE not in str(unknown)
    if "{}" in line:
        assert ask(line, made.foreign_id) == ask(line, str(uuid.uuid4()))


@pytest.mark.parametrize("line", [line for _, line in THERE])
def test_tenant_of_others_looks_unknown(ask, line):
    def asked(tenant: str) -> tuple:
        code, *said = ask(line, "hidden", "-t", tenant, tenant=tenant)
        return code, *(without(text, tenant) for text in said)

    unknown = asked("nobodys")
    assert asked("acme") == unknown
    assert "canary" not in str(unknown)
    assert SITE not in str(unknown)


def test_non_member_leaves_no_event_in_another_tenants_log(ask, made):
    sql = "SELECT COUNT(*) FROM events WHERE tenant_id = 'acme'"
    with closing(sqlite3.connect(made.home / "store.db")) as db:
        before = db.execute(sql).fetchone()
    for line in ("edit {} --tag x", "get {} application_password --reveal", "remove {}"):
        ask(line, "hidden", "-t", "acme")
        with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as db:
            assert db.execute(sql).fetchone() == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["show", "edit", "remove", "run", "get", "log", "test"])
def test_names_of_other_tenants_are_not_completed(ask, command):
    ask("whoami", "x")
    for words in ([command, "h"], ["-t", "acme", command, "h"], ["-t", "acme", command, ""]):
        answer, _ = complete(["connectors", *words])
        assert answer.strip() == ""


@pytest.mark.parametrize("words", [["tenant", "use", "a"], ["tenant", "remove", ""]])
def test_tenants_of_others_are_not_completed(ask, words):
    ask("whoami", "x")
    answer, loaded = complete(["connectors", *words])
    assert "acme" not in answer
    assert loaded == []
