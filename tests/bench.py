"""Measures the hot paths as ratios in one run: `make bench`; nothing here fails for being slow.

A ratio is of processor time (user and system, of the whole process and what it starts) unless it
says memory, rate or first card (by the clock): the median over interleaved pairs of a command and
what it is compared with. This process stays small on purpose: Linux counts the starter's memory as
a child's.
"""

import contextlib
import json
import os
import pty
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing

from crowd import fill, fill_catalog

PAIRS = int(os.environ.get("BENCH_PAIRS", "15"))
MANY = 100_000
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMANDS = sorted(
    name[:-3]
    for name in os.listdir(os.path.join(ROOT, "connectors_cli", "commands"))
    if name.endswith(".py") and name not in {"__init__.py", "completions.py", "parameters.py"}
)
BARE = [sys.executable, "-c", "pass"]
LIBRARIES = "import typer, sqlmodel, jsonschema, cryptography.fernet"
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
SERVER = """
import asyncio
BODY = b'{"id": 7, "name": "Alice Example"}'
HEAD = "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
ANSWER = (HEAD % len(BODY)).encode() + BODY
class Site(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.held = transport, b""
    def data_received(self, data):
        *asked, self.held = (self.held + data).split(b"\\r\\n\\r\\n")
        for _ in asked:
            asyncio.get_running_loop().call_later(0.02, self.transport.write, ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Site, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
REQUESTS = """
import asyncio, sys
import httpx2
async def main(url, count, jobs):
    gate = asyncio.Semaphore(jobs)
    limits = httpx2.Limits(max_connections=jobs, max_keepalive_connections=jobs)
    async with httpx2.AsyncClient(limits=limits) as client:
        async def one():
            async with gate:
                answer = await client.get(url, auth=("alice", "sample-password"))
                assert answer.json()["id"] == 7
        await asyncio.gather(*(one() for _ in range(count)))
asyncio.run(main(sys.argv[1], 500, 50))
"""
PANEL = """
import typer
from rich.console import Console
from rich.panel import Panel
app = typer.Typer()
@app.command()
def catalog() -> None:
    Console().print(Panel("webhook\\nA request to any address", title="Generic Webhook", width=40))
app()
"""
FORM = """
import time
from connectors_cli.forms import Form
fields = {f"field_{n}": {"type": "string", "title": f"Field {n}"} for n in range(100)}
schema = {"type": "object", "properties": fields, "required": list(fields)}
start = time.process_time()
form = Form(schema)
for _ in range(20):
    form.next()
    form.answer("value")
print((time.process_time() - start) * 1000)
"""
LOGGING = """
import os, sys
from connectors_cli import journal, recording
from connectors_cli.access import Action
from connectors_cli.settings import Settings
from connectors_cli.vault import Key
events = ((f"c{n}", {"id": str(n), "fields": ["password"]}) for n in range(int(sys.argv[1])))
actor, key = journal.Actor("bench", "b@example.com", "B"), Key(os.environ[KEY])
recording.record(Settings(os.environ), actor, Action.CONNECTOR_USE, events, keys=(key,))
""".replace("KEY]", "'CONNECTOR_AUTH_ENCRYPTION_KEY']")


def program():
    """The console script beside this interpreter, as users run it; else the module."""
    script = os.path.join(os.path.dirname(sys.executable), "connectors")
    return [script] if os.path.exists(script) else [sys.executable, "-m", "connectors_cli"]


CONNECTORS = program()


def environment(home, **more):
    """The environment of a store of its own; compiled modules are kept, as installers do."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONNECTOR", "XDG_", "CI", "PYTHONDONTWRITE"))
    }
    kept |= {"CONNECTORS_HOME": home, "HOME": home, "BLOG_PASSWORD": "sample-password"}
    return (
        {**kept, "PYTHONPATH": ROOT, **more}
        if CONNECTORS[0] == sys.executable
        else {**kept, **more}
    )


def run(command, environ):
    """Run a command to its end; its output. Whatever fails ends the benchmark."""
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}\n{done.stderr}")
    return done.stdout


def processor_time(command, environ):
    """Seconds of processor time of a whole process, its output thrown away."""
    devnull = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdin=devnull, stdout=devnull, stderr=devnull)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed ({process.returncode}): {' '.join(command)}")
    return used.ru_utime + used.ru_stime


def ratio(one, other):
    """The median ratio of interleaved pairs, each a command and its environment."""
    processor_time(*one)
    processor_time(*other)
    return statistics.median(processor_time(*one) / processor_time(*other) for _ in range(PAIRS))


def peak(command, environ):
    """The most memory a command held, in KiB."""
    return int(run([sys.executable, "-S", "-E", "-c", PEAK, *command], environ))


def report(measure, figure, limit, unit=" x", *, least=False):
    """Print one line of the table; the limit is the most, or the least, that it should be."""
    ok = "ok" if (figure >= limit if least else figure <= limit) else "UNDER" if least else "OVER"
    print(f"{measure:<58} {figure:8.2f}{unit:<3} {limit:6.1f}{unit:<3} {ok}", flush=True)


def typer_program(folder):
    """A Typer program with as many commands as ours that prints a constant."""
    path = os.path.join(folder, "constant.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write("import typer\napp = typer.Typer()\n")
        for number, name in enumerate(COMMANDS):
            file.write(f"@app.command({name!r})\ndef c{number}(name: str = 'x') -> None:\n")
            file.write(f"    '''Print a constant ({name}).'''\n    print('constant')\n")
        file.write("app()\n")
    return [sys.executable, path, "list"]


def make_store(home, key):
    """A store with one installed connector; returns its environment."""
    environ = environment(home, CONNECTOR_AUTH_ENCRYPTION_KEY=key)
    run([*CONNECTORS, *install("blog")], environ)
    return environ


def install(name):
    """The arguments that install one connector."""
    return [
        *("install", "wordpress", "--name", name, "--activate", "--tag", "prod"),
        *("--set", "site_url=https://blog.example.com", "--set", "username=alice"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    ]


def grown(store, folder, count):
    """A copy of a store with `count` connectors in it; returns its environment."""
    home = os.path.join(folder, f"home-{count}")
    shutil.copytree(store["CONNECTORS_HOME"], home)
    with closing(sqlite3.connect(os.path.join(home, "store.db"))) as db:
        fill(db, "default", count - 1, like="blog")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {**store, "CONNECTORS_HOME": home, "HOME": home}


def fast_lane(ten):
    """Hot reads for programs against a bare interpreter."""
    for line in ("targets --json", "list --json", "show blog --json", "catalog --json"):
        command = [*CONNECTORS, *line.split()]
        figure = ratio((command, ten), (BARE, ten))
        report(f"{line}, 10 connectors / python -c pass", figure, 4)
    reveal = [*CONNECTORS, "get", "blog", "application_password", "--reveal"]
    figure = ratio((reveal, ten), (BARE, ten))
    report("get NAME FIELD --reveal, key in environment / pass", figure, 6)


def typer_lane(ten, folder):
    """What people see against a Typer program that prints a constant."""
    constant = typer_program(folder)
    completing = {"_CONNECTORS_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    for line in (
        "--help",
        "list -o cards",
        "catalog -o cards",
        "show blog -o table",
        "edit --help",
    ):
        figure = ratio(([*CONNECTORS, *line.split()], ten), (constant, ten))
        report(f"{line} / Typer program printing a constant", figure, 1.4)
    for words in ("connectors show b", "connectors install w"):
        environ = {**ten, **completing, "COMP_WORDS": words}
        figure = ratio((CONNECTORS, environ), (constant, ten))
        report(f"completing `{words}` / Typer constant", figure, 1.4)
    libraries = [
        sys.executable,
        "-c",
        "import typer, sqlite3; from cryptography.fernet import Fernet",
    ]
    command = [*CONNECTORS, "run", "blog", "--", "true"]
    figure = ratio((command, ten), (libraries, ten))
    report("run NAME -- true / importing typer, sqlite3, fernet", figure, 1.5)


def writing(store):
    """One install against a program that imports the same libraries and exits."""
    libraries = [sys.executable, "-c", LIBRARIES]
    found = []
    for number in range(PAIRS + 1):
        one = processor_time([*CONNECTORS, *install(f"more-{number}")], store)
        found.append(one / processor_time(libraries, store))
    figure = statistics.median(found[1:])
    report("install of one / importing the libraries it stands on", figure, 1.6)


def many_rows(ten, tenth, many):
    """Memory, time and one row's cost with 100,000 connectors."""
    lines = [*CONNECTORS, "targets", "-o", "jsonl"]
    report(
        f"targets -o jsonl, {MANY:,} / 10: peak memory", peak(lines, many) / peak(lines, ten), 1.5
    )
    start = statistics.median(processor_time(lines, ten) for _ in range(5))
    rows = [
        (processor_time(lines, many) - start) / (processor_time(lines, tenth) - start) / 10
        for _ in range(max(3, PAIRS // 3))
    ]
    report(f"targets -o jsonl, {MANY:,} / {MANY // 10:,}: time a row", statistics.median(rows), 1.2)
    one = [*CONNECTORS, "show", "n000007", "--json"]
    figure = ratio((one, many), (one, ten))
    report(f"show NAME --json, {MANY:,} / 10", figure, 1.3)


def form(environ):
    """The form engine's own processor time, beyond imports."""
    found = [float(run([sys.executable, "-c", FORM], environ)) for _ in range(max(3, PAIRS // 3))]
    report("a form of 100 fields, 20 answered", statistics.median(found), 50, " ms")


def declared(folder, form, count, start=0):
    """A file of connectors with three secrets each, for apply; its path."""
    from connectors_cli import markup

    auth = {"client_secret": "sample-" * 5, "access_token": "a" * 50, "refresh_token": "r" * 50}
    items = (
        {"name": f"c{n:05}", "type": "twitter", "config": {"client_id": "sample"}, "auth": auth}
        for n in range(start, start + count)
    )
    path = os.path.join(folder, f"{count}.{form}")
    head, *rest = markup.write(form, {"owner": "bench"}, items, iter([{}]))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines((head, *rest[:-1], "]}" if form == "json" else ""))
    return path


def provisioning(store, folder, many):
    """Whole sets of connectors: applied, applied again, and exported."""
    apply = [*CONNECTORS, "apply", "--allow-plain", "-f"]
    few, whole = declared(folder, "json", 10), declared(folder, "json", 10_000)
    found = []
    for number in range(max(3, PAIRS // 5)):
        home = os.path.join(folder, f"applied-{number}")
        shutil.copytree(store["CONNECTORS_HOME"], home)
        environ = {**store, "CONNECTORS_HOME": home}
        start = processor_time([*apply, few], environ)
        first, second = (processor_time([*apply, whole], environ) - start for _ in range(2))
        found.append((first * 100, second / first))
    each, again = (statistics.median(column) for column in zip(*found, strict=True))
    report("apply of 10,000, 3 secrets each, from JSON: a connector", each, 333, " us")
    report("the second apply, all unchanged / the first", again, 1)
    report("the second apply: peak memory", peak([*apply, whole], environ) / 1024, 300, " MB")
    listed, found = declared(folder, "yaml", 5000), []
    for number in range(max(3, PAIRS // 5)):
        copy = os.path.join(folder, f"from-yaml-{number}")
        shutil.copytree(store["CONNECTORS_HOME"], copy)
        environ = {**store, "CONNECTORS_HOME": copy}
        start = processor_time([*apply, few], environ)
        found.append((processor_time([*apply, listed], environ) - start) * 200)
    report("apply of 5,000 from YAML: a connector", statistics.median(found), 500, " us")
    export = [*CONNECTORS, "export", "--all", "--format", "json"]
    figure = peak(export, many) / peak(export, environ)
    report(f"export --all, {MANY:,} / 5,000: peak memory", figure, 1.5)


def rotation(store, folder):
    """All values resealed under a new key: what one costs, and the memory of many and of few."""
    from connectors_cli.vault import new_key

    apply = [*CONNECTORS, "apply", "--allow-plain", "-f"]
    found = []
    for count in (MANY // 300, MANY // 3):
        environ = {**store, "CONNECTORS_HOME": os.path.join(folder, f"rotated-{count}")}
        shutil.copytree(store["CONNECTORS_HOME"], environ["CONNECTORS_HOME"])
        run([*apply, declared(folder, "json", count)], environ)
        listed = f"{new_key().text},{store['CONNECTOR_AUTH_ENCRYPTION_KEY']}"
        environ["CONNECTOR_AUTH_ENCRYPTION_KEY"] = listed
        memory = peak([*CONNECTORS, "key", "rotate"], environ)
        environ["CONNECTOR_AUTH_ENCRYPTION_KEY"] = f"{new_key().text},{listed}"
        found.append((processor_time([*CONNECTORS, "key", "rotate"], environ), memory))
    (few, low), (whole, high) = found
    each = (whole - few) / (MANY - MANY // 100) * 1e6
    report(f"key rotate of {MANY:,} values: a value", each, 100, " us")
    report(f"key rotate, {MANY:,} / {MANY // 100:,} values: peak memory", high / low, 1.3)


def by_the_clock(command, environ):
    """Seconds until a command ends."""
    start = time.perf_counter()
    run(command, environ)
    return time.perf_counter() - start


def first_card(command, environ):
    """Seconds until the upper left corner of a card stands on a terminal."""
    ours, theirs = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while "╭".encode() not in seen:
        seen += os.read(ours, 65536)
    found = time.perf_counter() - start
    with contextlib.suppress(OSError):  # Linux reports that nobody writes to it any more
        while os.read(ours, 65536):
            pass
    os.close(ours)
    process.wait()
    return found


def connection_tests(store, folder):
    """Tests of 500 connections at a time of 50, against as many requests of the library alone."""
    site = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
        home = os.path.join(folder, "tested")
        shutil.copytree(store["CONNECTORS_HOME"], home)
        environ = {**store, "CONNECTORS_HOME": home}
        run([*CONNECTORS, "edit", "blog", "--set", f"site_url={url}"], environ)
        run([*CONNECTORS, "apply", "--allow-plain", "-f", sites(folder, url, 499)], environ)
        alone = [sys.executable, "-c", REQUESTS, f"{url}/wp-json/wp/v2/users/me"]
        tests = [*CONNECTORS, "test", "--all", "--jobs", "50"]
        pairs = ((by_the_clock(alone, environ), by_the_clock(tests, environ)) for _ in range(PAIRS))
        share = statistics.median(one / other for one, other in pairs)
        measure = "test --all of 500, 20 ms each: rate / httpx2's alone"
        report(measure, share * 100, 60, " %", least=True)
    finally:
        site.kill()
        site.wait()


def sites(folder, url, count):
    """A file of WordPress connectors of one site; its path."""
    auth = {"username": "alice", "application_password": "sample-password"}
    listed = [
        {"name": f"site-{n:03}", "type": "wordpress", "config": {"site_url": url}, "auth": auth}
        for n in range(count)
    ]
    path = os.path.join(folder, "sites.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"connectors": listed}, file)
    return path


def catalog_cards(store, folder):
    """How soon the first card is there, with the built-in types and with many more."""
    path = os.path.join(folder, "panel.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PANEL)
    home = os.path.join(folder, "many-types")
    shutil.copytree(store["CONNECTORS_HOME"], home)
    with closing(sqlite3.connect(os.path.join(home, "store.db"))) as db:
        fill_catalog(db, 1500, like="webhook")
    plain, command = {**store, "TERM": "xterm"}, [*CONNECTORS, "catalog"]
    for what, more in (("56 types", {}), ("1,500 more", {"CONNECTORS_HOME": home})):
        pairs = [
            (first_card(command, {**plain, **more}), first_card([sys.executable, path], plain))
            for _ in range(PAIRS)
        ]
        figure = statistics.median(one / other for one, other in pairs)
        report(f"catalog, {what}: first card / Typer and Rich: a panel", figure, 1.6)


def logged(folder, store, count):
    """A copy of a store with `count` entries in its log; returns its environment."""
    home = os.path.join(folder, f"log-{count}")
    shutil.copytree(store["CONNECTORS_HOME"], home)
    environ = {**store, "CONNECTORS_HOME": home}
    run([sys.executable, "-c", LOGGING, str(count)], {**environ, "PYTHONPATH": ROOT})
    return environ


def log(store, folder):
    """What verifying and showing the log costs an entry, and in memory."""
    few, long = logged(folder, store, 10), logged(folder, store, MANY)
    for words, limit in (("log --verify --json", 20), ("log -o jsonl", 12), ("log -o table", 60)):
        command = [*CONNECTORS, *words.split()]
        found = [
            (processor_time(command, long) - processor_time(command, few)) / MANY * 1e6
            for _ in range(max(3, PAIRS // 5))
        ]
        report(f"{words} of {MANY:,}: an entry", statistics.median(found), limit, " us")
        figure = peak(command, long) / peak(command, few)
        report(f"{words}, {MANY:,} / 10: peak memory", figure, 1.5)


def main():
    key = run([*CONNECTORS, "key", "generate"], environment("/nonexistent")).strip()
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(os.path.join(folder, "home"), key)
        ten, tenth, many = (grown(store, folder, count) for count in (10, MANY // 10, MANY))
        print(f"Python {sys.version.split()[0]}, {CONNECTORS[0]}, medians of {PAIRS} pairs")
        print(f"{'measure':<58} {'figure':>8}    {'limit':>6}")
        fast_lane(ten)
        typer_lane(ten, folder)
        writing(grown(store, folder, 1))
        many_rows(ten, tenth, many)
        form(store)
        catalog_cards(store, folder)
        connection_tests(store, folder)
        provisioning(store, folder, many)
        rotation(store, folder)
        log(store, folder)


if __name__ == "__main__":
    main()
