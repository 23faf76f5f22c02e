"""Values that leave the store: each is recorded before, whatever happens then."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from figures import Family, Row, row
from homes import Home
from killing import can_trace, changes_of, kill_at_call
from support.http_server import Reply, Web

VALUE = "canary-password"
FIELD = "application_password"
ALL = ("export", "--all", "--yes")
NEVER = ("left without an entry", "entry without its end", "called a bug")
LOG_REFUSES = (
    "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.outcome = 'ok'"
    " BEGIN SELECT RAISE(ABORT, 'no'); END"
)


@dataclass(frozen=True)
class Way:
    """A command by which values leave, and the action that its entry must have.

    Values leave on standard output, in the home's file `left`, or in a request; `marks` is what
    they look like there.
    """

    name: str
    line: tuple[str, ...]
    action: str
    marks: tuple[str, ...] = (VALUE,)


GET = ("get", "blog", FIELD, "--reveal")
WAYS = (
    Way("get", GET, "connector.reveal"),
    Way("get, in Typer's lane", (*GET, "--verbose"), "connector.reveal"),
    Way("run, replaced", ("run", "blog", "--mask", "never", "--", "printenv"), "connector.use"),
    Way("run", ("run", "blog", "--", "sh", "-c", "printenv > LEFT"), "connector.use"),
    Way("env", ("env", "blog"), "connector.use"),
    Way("test", ("test", "blog", "--allow-http"), "connector.use"),
    Way("export", (*ALL, "--secrets", "plain"), "connector.export"),
    Way("export --to", (*ALL, "--secrets", "plain", "--to", "LEFT"), "connector.export"),
    Way(
        "export --secrets sealed",
        (*ALL, "--secrets", "sealed", "--passphrase", "env:PASS", "--to", "LEFT"),
        "connector.export",
        ("auth_sealed",),
    ),
    Way(
        "key export",
        ("key", "export", "--passphrase", "env:PASS", "--to", "LEFT"),
        "key.export",
        ("sealed", "key"),
    ),
)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Let values leave each way: to its end, where the log refuses entries, killed `count` times.

    Kills are before system calls throughout the command.
    """
    with Web(lambda _: Reply(200, {"id": 7, "name": "Alice Example"})) as site:
        made = _made(folder / "made", site.url)
        yield recorded(made, site, folder)
        yield unrecordable(made, site, folder)
        if can_trace():
            yield killed(made, site, folder, count)
        else:
            yield Row("kill -9 while values leave", 0, skipped="no strace here")


def _made(folder: Path, url: str) -> Home:
    home = Home(folder, P=VALUE, PASS="correct horse battery")
    home.must("init")
    values = ("-s", f"site_url={url}", "-s", "username=alice", "-S", f"{FIELD}=env:P")
    home.must("install", "wordpress", "-N", "blog", *values, "--activate")
    return home


def recorded(made: Home, site: Web, folder: Path) -> Row:
    """Let values leave without a fault: they leave, and the entry says what and to whom."""
    never = (*NEVER, "did not leave", "entry without its connector")
    found: Counter[str] = Counter(dict.fromkeys(("left", *never), 0))
    for way in WAYS:
        home = made.copy(folder / "recorded")
        before = len(site.requests)
        done = home.run(*_line(way, home))
        found["did not leave"] += done.code != 0
        found.update(judged(way, home, done, site, before))
        if way.action.startswith("connector"):
            found["entry without its connector"] += "blog" not in _subjects(home, way.action)
        home.remove()
    return row("values that leave", len(WAYS), found, never)


def unrecordable(made: Home, site: Web, folder: Path) -> Row:
    """Let values leave while the log takes no entry: none leaves."""
    never = ("left", *NEVER, "said to be done")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *never), 0))
    for way in WAYS:
        home = made.copy(folder / "unrecordable")
        home.query(LOG_REFUSES)
        before = len(site.requests)
        done = home.run(*_line(way, home))
        found["refused" if done.code else "said to be done"] += 1
        found.update(judged(way, home, done, site, before))
        home.remove()
    return row("values that leave, and no entry can be written", len(WAYS), found, never)


def killed(made: Home, site: Web, folder: Path, count: int) -> Row:
    """Kill the commands that let values leave."""
    found: Counter[str] = Counter(dict.fromkeys(("left", *NEVER), 0))
    for way in WAYS:
        home = made.copy(folder / "counted")
        calls = changes_of(home.work(*_line(way, home)), home.folder)
        home.remove()
        for n in range(count):
            home = made.copy(folder / "killed")
            before, out = len(site.requests), home.folder / "told"
            place = (n + 1) * len(calls) // count
            code = kill_at_call(home.work(*_line(way, home)), calls, place, str(out))
            if way.name == "run" and code < 0:
                time.sleep(0.02)  # its child may go on
            done = SimpleNamespace(code=code, out=out.read_text(errors="replace"), err="")
            found.update(judged(way, home, done, site, before))
            home.remove()
    return row("kill -9 while values leave", count * len(WAYS), found, NEVER)


def judged(way: Way, home: Home, done: SimpleNamespace, site: Web, before: int) -> Iterator[str]:
    """Yield the counts for a way: whether values left, and were recorded."""
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"
    is_recorded = bool(_subjects(home, way.action))
    if has_left(way, home, done.out, site, before):
        yield "left"
        if not is_recorded:
            yield "left without an entry"
    elif done.code == 0 and is_recorded:
        yield "entry without its end"


def has_left(way: Way, home: Home, out: str, site: Web, before: int) -> bool:
    """Return whether values are on standard output, in a file, or were sent."""
    files = [file.read_text(errors="replace") for file in home.folder.glob("*left*")]
    hidden = [file.read_text(errors="replace") for file in home.folder.glob(".*left*")]
    texts = [out, *files, *hidden]
    return len(site.requests) > before or any(
        all(mark in text for mark in way.marks) for text in texts
    )


def _line(way: Way, home: Home) -> tuple[str, ...]:
    return tuple(word.replace("LEFT", str(home.folder / "left")) for word in way.line)


def _subjects(home: Home, action: str) -> list[str]:
    sql = "SELECT subject FROM events WHERE action = ? AND outcome = 'ok'"
    return [subject for (subject,) in home.query(sql, action)]


FAMILY = Family("leaving", figures, full=12, short=3)
