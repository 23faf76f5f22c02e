"""Commands that write, check or test do the same in both lanes, each on a copy of a store."""

import random
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.cli import app, fast

SITE = "site_url=https://blog.example.com"
VALUES = ("--set", SITE, "--set", "username=a", "--secret", "application_password=env:PASSWORD")
NEW = ("install", "wordpress", "--name", "new", *VALUES)
FILE = """
connectors:
- name: news
  type: wordpress
  config: {site_url: https://news.example.com}
  auth: {username: a, application_password: {env: PASSWORD}}
- name: blog
  type: wordpress
  config: {site_url: https://blog.example.com, account_label: Ours}
"""
LINES = [
    NEW,
    (*NEW, "--json", "--tag", "eu", "--activate"),
    (*NEW, "-o", "csv"),
    (*NEW, "-ojsonl", "--fields=name,status,version"),
    (*NEW, "--dry-run"),
    (*NEW, "--questions"),
    (*NEW, "--upsert", "--if-not-exists"),
    (*NEW, "--timeout", "3s"),
    (*NEW, "--test", "--timeout", "nonsense"),
    (*NEW, "--fields", "nonsense"),
    (*NEW, "--auth", "nonsense"),
    (*NEW, "--set", "port=1"),
    (*NEW, "--set", "nothing"),
    (*NEW, "-o", "nonsense"),
    (*NEW, "-t", "nobody"),
    ("install", "WordPress", "-N", "blog", *VALUES),
    ("install", "WordPress", "-N", "blog", *VALUES, "--upsert"),
    ("install", "wordpress", "-N", "blog", *VALUES, "--if-not-exists", "--json"),
    ("install", "wordpress", "-N", "BLOG", *VALUES),
    ("install", "wordpress", "-N", "a b/c", *VALUES, "--json"),
    ("install", "wordpress", "--name", "new", "--set", SITE),
    ("install", "wordpress", "--name", "new", "--set", "site_url=nonsense", "--json"),
    ("install", "wordpress", "--set", "application_password=plain"),
    ("install", "wordprss", *VALUES),
    ("install", *VALUES),
    ("install", "twitter", "--name", "t2", "--set", "client_id=a"),
    ("install", "rss", "--set", "feed_url=https://a.example.com"),
    ("install", "--from", "default/blog", "-t", "acme", "--name", "copied"),
    ("install", "rss", "--preset", "nothing"),
    ("install", "rss", "--from-file", "/nonexistent"),
    ("edit", "blog", "--tag", "eu", "--untag", "prod"),
    ("edit", "blog", "--set", "account_label=Ours", "--diff"),
    ("edit", "blog", "--set", "site_url=https://other.example.com"),
    ("edit", "blog", "--set", "site_url=https://other.example.com", "-y", "--json"),
    ("edit", "blog", "--rename", "paper", "--deactivate", "-ojson"),
    ("edit", "blog", "--unset", "nothing"),
    ("edit", "blog", "--unset", "account_label", "--dry-run"),
    ("edit", "blog", "--if-version", "7", "--tag", "x"),
    ("edit", "blog", "--activate", "--deactivate"),
    ("edit", "blog", "--questions"),
    ("edit", "blog"),
    ("edit", "nobody", "--tag", "x", "--json"),
    ("edit", "blog", "--secret", "application_password=env:PASSWORD", "--diff"),
    ("edit", "blog", "--secret", "application_password=env:NOTHING"),
    ("remove", "blog"),
    ("remove", "blog", "nobody", "x", "--json"),
    ("remove", "blog", "--purge"),
    ("remove", "blog", "--purge", "--yes", "--no-revoke", "-o", "tsv"),
    ("remove", "blog", "-n"),
    ("restore", "nobody"),
    ("restore", "blog", "--json"),
    ("restore", "--rename", "x"),
    ("restore",),
    ("validate", "blog", "x"),
    ("validate", "--all", "--json"),
    ("validate", "blog", "--json"),
    ("validate", "nobody"),
    ("validate",),
    ("validate", "--type", "wordpress", "--set", "site_url=nonsense"),
    ("validate", "--type", "rss", "--name", "blog", "--set", "feed_url=https://a.example.com"),
    ("export", "--all"),
    ("export", "blog", "--format", "json"),
    ("export", "blog", "--secrets", "plain"),
    ("export", "blog", "--to", "{folder}/out.yaml", "--json"),
    ("export", "blog", "--secrets", "nonsense"),
    ("export", "nobody"),
    ("export",),
    ("apply", "-f", "{folder}/file.yaml"),
    ("apply", "--file={folder}/file.yaml", "--dry-run", "--exit-code"),
    ("apply", "-f", "{folder}/file.yaml", "--dry-run", "--json"),
    ("apply", "-f", "{folder}/file.yaml", "--prune"),
    ("apply", "-f", "{folder}/missing.yaml"),
    ("apply", "-f", "{folder}/file.yaml", "--exit-code"),
    ("import", "{folder}/file.yaml", "--on-conflict", "skip"),
    ("import", "{folder}/file.yaml", "--on-conflict", "nonsense"),
    ("import", "{folder}/file.yaml", "--json"),
    ("backup", "{folder}/copy.db", "--json"),
    ("backup", "-"),
    ("backup", "{folder}/file.yaml"),
    ("doctor", "--redacted"),
    ("key", "rotate"),
    ("key", "rotate", "--all", "--json"),
    ("key", "rotate", "--dry-run"),
    ("key", "prune"),
    ("key", "prune", "-y", "--all", "-o", "tsv"),
    ("test", "blog", "--timeout", "nonsense"),
    ("test", "nobody", "--json"),
    ("test",),
    ("test", "--all", "--type", "wordprss"),
]
TYPERS = [
    ("apply",),
    ("backup",),
    ("remove",),
    ("edit", "--tag", "x"),
    ("test", "blog", "--jobs", "0"),
    ("test", "blog", "--jobs", "1001"),
    ("test", "blog", "--no-record"),
    ("restore", "--from", "x.db"),
    ("install", "wordpress", "x"),
    ("install", "wordpress", "-o", "cards"),
    ("edit", "blog", "--if-version", "-1"),
    ("doctor", "x"),
]
WORDS = (
    *("--json", "-ojsonl", "-o", "csv", "-vy", "--quiet", "--no-input", "--", "--fields=name"),
    *("blog", "x", "nobody", "", "-", "--typo", "-tacme", "--dry-run", "-n"),
)
OWN = {
    "install": (
        "rss",
        "wordpress",
        "-Nnew",
        "--name",
        "blog",
        "--set",
        SITE,
        "--tag=a",
        "--upsert",
    ),
    "edit": (
        "blog",
        "x",
        "--tag=a",
        "--untag",
        "prod",
        "--activate",
        "--rename=y",
        "--if-version=1",
    ),
    "remove": ("blog", "x", "--purge", "-y", "--no-revoke"),
    "restore": ("blog", "--rename", "y", "--rename=z"),
    "validate": ("blog", "x", "--all", "--type=rss", "--name", "--set", "feed_url=nonsense"),
    "export": ("blog", "--all", "--format=json", "--format", "toml", "--secrets", "plain", "-y"),
    "apply": ("-f", "{folder}/file.yaml", "--file={folder}/file.yaml", "--prune", "--exit-code"),
}
VOLATILE = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\d+ MiB free"), "SPACE"),
    (re.compile(r'"(bytes|latency_ms|elapsed_ms)": \d+'), "NUMBER"),
)


@pytest.fixture
def lane(stock, tmp_path, monkeypatch, capfd):
    """Run a line through one lane on a fresh copy of the store; what it said, and its log."""
    home = tmp_path / "home"
    for name, value in {**stock, "CONNECTORS_HOME": str(home), "PASSWORD": "canary-pass"}.items():
        monkeypatch.setenv(name, value)

    def through(lane, line):
        for name in tmp_path.iterdir():
            shutil.rmtree(name) if name.is_dir() else name.unlink()
        shutil.copytree(stock["CONNECTORS_HOME"], home)
        (tmp_path / "file.yaml").write_text(FILE)
        capfd.readouterr()
        code = lane.run([word.format(folder=tmp_path) for word in line])
        sys.stdout.flush()
        return code, *map(_lasting, capfd.readouterr()), _log(home)

    return through


def _lasting(text):
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return text


def _log(home: Path):
    with closing(sqlite3.connect(home / "store.db")) as db:
        sql = "SELECT tenant_id, action, subject, outcome, details FROM events ORDER BY id"
        return [tuple(_lasting(str(cell)) for cell in row) for row in db.execute(sql)]


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_both_lanes_do_the_same(lane, line):
    quick = lane(fast, line)
    assert quick[0] is not None
    assert quick == lane(app, line)


@pytest.mark.parametrize("line", TYPERS, ids=" ".join)
def test_lines_with_unknown_words_are_left_to_typer(lane, line):
    assert lane(fast, line)[:3] == (None, "", "")


@pytest.mark.slow
@pytest.mark.parametrize("command", OWN)
def test_both_lanes_agree_about_any_line(lane, command):
    chance, taken = random.Random(command), 0
    for _ in range(25):
        words = chance.choices((*OWN[command], *OWN[command], *WORDS), k=chance.randrange(6))
        quick = lane(fast, (command, *words))
        if quick[0] is not None:
            taken += 1
            assert quick == lane(app, (command, *words)), words
    assert taken > 2


def test_what_may_ask_at_a_terminal_is_left_to_typer(lane, monkeypatch):
    monkeypatch.setattr("connectors_cli.cli.context.CommandContext.interactive", True)
    assert lane(fast, NEW)[:3] == (None, "", "")
