"""Clocks that are wrong by decades: every secret opens; the rest works or is an error."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from figures import Family, Row, row
from homes import Home, warm
from support.http_server import Reply, Web

DATES = (
    "1969-12-31 00:00:00",
    "1970-01-01 00:00:10",
    "2001-01-01 00:00:00",
    "2038-01-20 00:00:00",
    "2107-01-01 00:00:00",
)
BEFORE = "1970"


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Create, read, edit, use and test at the first `count` dates, worst first."""
    if shutil.which("faketime") is None:
        yield Row("wrong clocks", 0, skipped="no faketime here")
        return
    names = ("secrets unreadable", "called a bug", "failed after 1970")
    found: Counter[str] = Counter(dict.fromkeys(("commands", "told", *names), 0))
    with Web(lambda _: Reply(200, {"id": 7, "name": "Alice Example"})) as site:
        made = Home(folder / "made", TOKEN="canary-password")
        made.must("init")
        made.must("install", *_values("blog", site.url))
        for date in DATES[:count]:
            home = made.copy(folder / "moved")
            found.update(_tried(home, date, site.url))
            home.remove()
    yield row("wrong clocks, 1969 to 2107", min(count, len(DATES)), found, names)


def _values(name: str, url: str) -> tuple[str, ...]:
    values = ("-s", f"site_url={url}", "-s", "username=alice")
    return ("wordpress", "-N", name, *values, "-S", "application_password=env:TOKEN", "--activate")


def _lines(url: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("install", *_values("new", url)),
        ("edit", "blog", "-s", "username=bob", "-s", "account_label=x"),
        ("edit", "new", "--tag", "t"),
        ("test", "blog", "--allow-http"),
        ("targets", "--json"),
        ("run", "blog", "--", "true"),
        ("log",),
        ("remove", "new"),
        ("init", "--store", "{home}/other.db"),
    )


def _tried(home: Home, date: str, url: str) -> Iterator[str]:
    """Run every line at a date, in processes forked from one that was started at it."""
    command = ["faketime", "-f", f"@{date}", sys.executable, __file__, str(home.folder), url]
    done = subprocess.run(command, env=_with_tests(home.environ), capture_output=True, check=True)
    *others, read = json.loads(done.stdout)
    for code, _, err in others:
        yield "commands"
        if "this is a bug" in err or "Traceback" in err:
            yield "called a bug"
        elif code:
            yield "told" if date < BEFORE else "failed after 1970"
    yield "commands"
    if read[:2] != [0, "canary-password\n"]:
        yield "secrets unreadable"


def _with_tests(environ: dict[str, str]) -> dict[str, str]:
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent), environ["PYTHONPATH"]])
    return {**environ, "PYTHONPATH": path}


def _run_lines(folder: str, url: str) -> None:
    home = Home(Path(folder))
    home.environ = dict(os.environ)
    warm()
    read = ("get", "blog", "application_password", "--reveal")
    lines = (*_lines(url), read)
    done = [home.run(*(word.format(home=folder) for word in line)) for line in lines]
    print(json.dumps([(one.code, one.out, one.err) for one in done]))


FAMILY = Family("clocks", figures, full=len(DATES), short=1)

if __name__ == "__main__":
    _run_lines(*sys.argv[1:])
