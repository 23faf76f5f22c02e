"""Measures the hot paths as ratios in one run: `make bench`; exit code 1 if a figure is over.

A ratio is of processor time (user and system, of the whole process and what it starts) unless it
says memory, rate or first card (by the clock): the median over interleaved pairs of a command and
what it is compared with, which is `python -c pass` unless the line says otherwise. A ratio over its
limit is measured a second time, and counts only if it is over again. This process stays small on
purpose: Linux counts the starter's memory as a child's.
"""

import contextlib
import json
import os
import pty
import select
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import closing

from connectors_cli.catalog import files
from support.many_rows import fill, fill_catalog
from support.secret_service import MISSING, SecretService

PAIRS = int(os.environ.get("BENCH_PAIRS", "15"))
MANY = 100_000
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMANDS = sorted(
    name[:-3]
    for name in os.listdir(os.path.join(ROOT, "connectors_cli", "cli", "commands"))
    if name.endswith(".py") and name not in {"__init__.py", "completions.py", "parameters.py"}
)
KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
BARE = [sys.executable, "-c", "pass"]
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
LABEL = """
from textual.app import App
from textual.widgets import Label
class Small(App):
    def compose(self):
        yield Label("╭")
Small().run()
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
from connectors_cli.audit import log as journal; from connectors_cli.audit import gate as recording
from connectors_cli.audit.roles import Action
from connectors_cli.settings import Settings
from connectors_cli.vault.seal import Key
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
    kept |= {"CONNECTORS_USER_EMAIL": "bench@example.com", "CONNECTORS_USER_NAME": "Bench"}
    kept |= {"CONNECTORS_PAGER": ""}  # one would wait for a person
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


def processor_time(command, environ, codes=(0,)):
    """Seconds of processor time of a whole process, its output thrown away."""
    devnull = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environ, stdin=devnull, stdout=devnull, stderr=devnull)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"failed ({process.returncode}): {' '.join(command)}")
    return used.ru_utime + used.ru_stime


def ratio(one, other, codes=(0,)):
    """The median ratio of interleaved pairs, each a command and its environment."""
    processor_time(*one, codes)
    processor_time(*other)
    pairs = ((processor_time(*one, codes), processor_time(*other)) for _ in range(PAIRS))
    return statistics.median(one / other for one, other in pairs)


def peak(command, environ):
    """The most memory a command held, in KiB."""
    return int(run([sys.executable, "-S", "-E", "-c", PEAK, *command], environ))


FAILED = []
"""The measures that are over their limit, or under."""


def report(measure, figure, limit, unit=" x", *, least=False):
    """Print one line of the table; the limit is the most, or the least, that it may be."""
    ok = "ok" if (figure >= limit if least else figure <= limit) else "UNDER" if least else "OVER"
    if ok != "ok":
        FAILED.append(measure)
    print(f"{measure:<58} {figure:8.2f}{unit:<3} {limit:6.1f}{unit:<3} {ok}", flush=True)


def compare(measure, one, other, limit, codes=(0,)):
    """Report a ratio; if it is over its limit, that of a second try."""
    figure = ratio(one, other, codes)
    report(measure, figure if figure <= limit else ratio(one, other, codes), limit)


def against_pass(measure, line, environ, limit, codes=(0,)):
    """Report the cost of one of our commands as a ratio to a bare interpreter."""
    compare(measure, ([*CONNECTORS, *line.split()], environ), (BARE, environ), limit, codes)


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


READS = {
    "targets --json": 2.6,
    "list --json": 2.6,
    "list -ojsonl --fields=name,status": 2.6,
    "list -o csv": 3,
    "list --type WordPress": 4.5,
    "list --removed --json": 2.6,
    "targets --require 1 --json": 2.6,
    "show blog --json": 2.6,
    "catalog --json": 2.6,
    "catalog list --json": 2.6,
    "catalog show wordpress --json": 5.5,
    "get blog site_url": 3.4,
    "env blog": 6,
    "run blog -- true": 7.5,
    "auth status --json": 5,
    "key status --json": 6,
    "log --json": 4.2,
    "stats --json": 4.2,
    "whoami --json": 4,
    "--version": 1.5,
    "--help": 1.5,
    "list --help": 1.5,
}
"""The most that each may cost with ten connectors, in bare interpreters."""
FLAT = ("show blog --json", "get blog site_url", "env blog", "run blog -- true", "whoami --json")
ERRORS = {
    "show nobody": (3.5, 5),
    "show nobody --json": (3.5, 5),
    "get blog nothing": (3.5, 5),
    "get blog application_password": (3.5, 2),
    "list -t nobody": (3, 5),
    "list --status nonsense": (3, 2),
}


def fast_lane(ten, many, folder):
    """What programs run, against a bare interpreter; from ten to many it costs next to nothing."""
    for line, limit in READS.items():
        against_pass(f"{line}, 10 connectors", line, ten, limit)
    against_pass("connectors, in a pipe", "", ten, 2.2, (2,))
    for line, (limit, code) in ERRORS.items():
        against_pass(f"{line}: an error", line, ten, limit, (code,))
    none = environment(os.path.join(folder, "none"))
    for line in ("targets --json", "list", "whoami --json"):
        against_pass(f"{line}, no store yet", line, none, 4 if line.startswith("whoami") else 2.6)
    for line in FLAT:
        command = [*CONNECTORS, *line.split()]
        compare(f"{line}, {MANY:,} / 10", (command, many), (command, ten), 1.3)


def lists(tenth, many):
    """What many rows cost in each format."""
    for output, limit in (("json", 160), ("jsonl", 160), ("tsv", 90), ("csv", 260), ("names", 20)):
        against_pass(f"list -o {output} of {MANY:,}", f"list -o {output}", many, limit)
    against_pass(f"targets --json of {MANY // 10:,}", "targets --json", tenth, 18)


def key_sources(ten, folder):
    """A credential, with its key from each source."""
    line = "get blog application_password --reveal"
    against_pass("get --reveal, key in a variable", line, ten, 6.5)
    bare = {name: ten[name] for name in ten if name != KEY}
    path = os.path.join(folder, "key")
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(ten[KEY])
    against_pass("get --reveal, key in a file", line, {**bare, f"{KEY}_FILE": path}, 6.5)
    command = {**bare, f"{KEY}_COMMAND": f"cat {path}"}
    against_pass("get --reveal, key from a command", line, command, 7)
    named = {n: v for n, v in ten.items() if not n.startswith("CONNECTORS_USER_")}
    against_pass("get --reveal, git asked for the user", line, named, 7)
    if MISSING:
        print(f"no {', '.join(MISSING)}: the OS keyring is not measured")
        return
    service = SecretService()
    try:
        service.start(b"bench")
        home = os.path.join(folder, "in-keyring")
        kept = {name: value for name, value in bare.items() if name != "PYTHON_KEYRING_BACKEND"}
        environ = {**kept, **service.environ, "CONNECTORS_HOME": home, "HOME": home}
        run([*CONNECTORS, *install("blog")], environ)
        against_pass("get --reveal, key in the OS keyring", line, environ, 8.5)
        against_pass("run blog -- true, key in the OS keyring", "run blog -- true", environ, 10)
    finally:
        service.close()


def first_use(folder, key):
    """The first command ever: creates the store with its catalog, tenant and key."""
    homes = iter(range(1000))
    found = []
    for _ in range(max(3, PAIRS // 3)):
        home = os.path.join(folder, f"first-{next(homes)}")
        environ = environment(home, CONNECTOR_AUTH_ENCRYPTION_KEY=key)
        spent = processor_time([*CONNECTORS, "init"], environ)
        found.append(spent / processor_time(BARE, environ))
    report("init, where there is no store", statistics.median(found), 16)


def masked_output(ten):
    """A program whose output is masked for a credential of 1 MiB, whole and by two bytes."""
    code = "import sys\nfrom connectors_cli.system.masking import Masker\n"
    code += "secret = 'canary-7' * 131072\nmasker = Masker([secret])\n"
    code += "data, size = secret.encode()[: int(sys.argv[1])], int(sys.argv[2])\n"
    code += "for at in range(0, len(data), size): masker.feed(data[at : at + size])\n"
    random = code.replace("'canary-7' * 131072", "secrets.token_hex(1 << 19)")
    random = random.replace("import sys", "import secrets, sys")
    command = [sys.executable, "-c", random, str(1 << 20), "65536"]
    name = "mask a random secret of 1 MiB, 1024 KiB in writes of 65536"
    report(name, processor_time(command, ten), 0.5, " s")
    for size, length, limit in ((65536, 1 << 20, 5), (2, 1 << 17, 5)):
        command = [sys.executable, "-c", code, str(length), str(size)]
        name = f"mask a secret of 1 MiB, {length >> 10} KiB in writes of {size}"
        report(name, processor_time(command, ten), limit, " s")
    report("mask a secret of 1 MiB, memory", peak(command, ten) / 1024, 200, " MB")


def typer_lane(ten, folder):
    """What people see against a Typer program that prints a constant."""
    constant = typer_program(folder)
    completing = {"_CONNECTORS_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    for line in ("list -o cards", "catalog -o cards", "show blog -o table"):
        measure = f"{line} / Typer program printing a constant"
        compare(measure, ([*CONNECTORS, *line.split()], ten), (constant, ten), 1.4)
    for words in ("connectors show b", "connectors install w"):
        environ = {**ten, **completing, "COMP_WORDS": words}
        compare(
            f"completing `{words}` / Typer constant", (CONNECTORS, environ), (constant, ten), 1.4
        )


CHANGES = {
    "install": 10.5,
    "edit {name} --tag eu": 9.5,
    "edit {name} --set account_label=Ours": 10.5,
    "edit {name} --deactivate": 9.5,
    "validate {name}": 9.5,
    "export {name}": 8,
    "backup {home}/{name}.db": 8.5,
    "remove {name}": 10,
    "restore {name}": 10,
    "doctor": 19,
}
"""The most that a line of a program may cost with every value given, in bare interpreters."""


def changes(store, folder):
    """What writes and checks cost in a pipe; each pair has a connector of its own."""
    home = os.path.join(folder, "changed")
    shutil.copytree(store["CONNECTORS_HOME"], home)
    changed({**store, "CONNECTORS_HOME": home}, CHANGES, "all values given")


def changed(environ, limits, how, base=BARE):
    """Report what lines cost, each run with many connectors; `install` makes them."""
    found = {line: [] for line in limits}
    for number in range(PAIRS + 1):
        named = {"name": f"n{number}", "home": environ["CONNECTORS_HOME"]}
        for line, figures in found.items():
            words = install(named["name"]) if line == "install" else line.format(**named).split()
            spent = processor_time([*CONNECTORS, *words], environ)
            figures.append(spent / processor_time(base, environ))
    for line, figures in found.items():
        measure = line.format(name="NAME", home="FOLDER")
        report(f"{measure}, {how}", statistics.median(figures[1:]), limits[line])


ON_A_SERVER = {
    "install": 1.7,
    "targets --json": 1.3,
    "list --json": 1.3,
    "show {name} --json": 1.3,
    "get {name} application_password --reveal": 1.6,
    "run {name} -- true": 1.6,
    "edit {name} --tag eu": 1.7,
    "remove {name}": 1.8,
}
"""The most that a line may cost with the store on PostgreSQL, in imports of its driver alone."""


def on_a_server(folder, key):
    """What commands cost with a store on PostgreSQL; importing the driver alone is most of it."""
    from support import postgres_server  # it imports psycopg, and this process stays small

    programs = postgres_server.programs()
    if programs is None:
        print("no PostgreSQL: stores on a server are not measured")
        return
    with postgres_server.serving(programs) as server:
        more = {KEY: key, "CONNECTORS_STORE": server.url(server.create())}
        environ = environment(os.path.join(folder, "on-a-server"), **more)
        run([*CONNECTORS, *install("blog")], environ)
        driver = [sys.executable, "-c", "import psycopg"]
        changed(environ, ON_A_SERVER, "PostgreSQL / importing psycopg", driver)


WRITERS = 32


def at_once(store, folder):
    """What many writers at once cost, against as many one after the other, by the clock."""
    home = os.path.join(folder, "at-once")
    shutil.copytree(store["CONNECTORS_HOME"], home)
    environ = {**store, "CONNECTORS_HOME": home}
    lines = [[*CONNECTORS, "edit", "blog", "--tag", f"n{n}"] for n in range(WRITERS)]
    found = []
    for _ in range(max(3, PAIRS // 5)):
        alone = sum(by_the_clock(line, environ) for line in lines)
        start = time.perf_counter()
        together = [
            subprocess.Popen(line, env=environ, stdout=subprocess.DEVNULL) for line in lines
        ]
        if [code for code in [process.wait() for process in together] if code]:
            sys.exit(f"{WRITERS} edits at once: one failed")
        found.append((time.perf_counter() - start) / alone)
    measure = f"{WRITERS} edits at once / one after the other"
    report(measure, statistics.median(found), 1.2)


def slowest_edit(environ, command):
    """How many seconds longer than usual an edit took at most, while a command ran."""
    edits = ([*CONNECTORS, "edit", "c00000", "--tag", f"n{n}"] for n in range(10_000))
    usual = statistics.median(by_the_clock(next(edits), environ) for _ in range(5))
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    took = []
    while process.poll() is None:
        took.append(by_the_clock(next(edits), environ))
    if process.returncode:
        sys.exit(f"failed ({process.returncode}): {' '.join(command)}")
    return max(took) - usual


def thousand(store, folder):
    """A thousand connectors applied, and a thousand values under a new key."""
    from connectors_cli.vault.seal import new_key

    whole, few = declared(folder, "json", 1000), declared(folder, "json", 333)
    applied, rotated = [], []
    for number in range(max(3, PAIRS // 3)):
        for path, counts in ((whole, applied), (few, rotated)):
            home = os.path.join(folder, f"thousand-{number}")
            shutil.copytree(store["CONNECTORS_HOME"], home)
            environ = {**store, "CONNECTORS_HOME": home}
            line = [*CONNECTORS, "apply", "--allow-plain", "-f", path]
            bare = processor_time(BARE, environ)
            spent = processor_time(line, environ)
            if counts is rotated:
                environ[KEY] = f"{new_key().text},{store[KEY]}"
                spent = processor_time([*CONNECTORS, "key", "rotate"], environ)
            counts.append(spent / bare)
            shutil.rmtree(home)
    report("apply of 1,000 new ones, 3 secrets each", statistics.median(applied), 60)
    report("key rotate of 1,000 values", statistics.median(rotated), 25)


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


def form(environ):
    """The form engine's own processor time, beyond imports."""
    found = [float(run([sys.executable, "-c", FORM], environ)) for _ in range(max(3, PAIRS // 3))]
    report("a form of 100 fields, 20 answered", statistics.median(found), 50, " ms")


def declared(folder, form, count, start=0):
    """A file of connectors with three secrets each, for apply; its path."""
    from connectors_cli.documents import write

    auth = {"client_secret": "sample-" * 5, "access_token": "a" * 50, "refresh_token": "r" * 50}
    items = (
        {"name": f"c{n:05}", "type": "twitter", "config": {"client_id": "sample"}, "auth": auth}
        for n in range(start, start + count)
    )
    path = os.path.join(folder, f"{count}.{form}")
    head, *rest = write.write(form, {"owner": "bench"}, items, iter([{}]))
    with open(path, "w", encoding="utf-8") as file:
        file.writelines((head, *rest[:-1], "]}" if form == "json" else ""))
    os.chmod(path, 0o600)
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
    from connectors_cli.vault.seal import new_key

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
    for words in (("key", "rotate"), ("validate", "--all")):
        listed = f"{new_key().text},{environ[KEY]}" if words[0] == "key" else environ[KEY]
        longer = slowest_edit({**environ, KEY: listed}, [*CONNECTORS, *words])
        environ[KEY] = listed
        report(f"an edit during {' '.join(words)} of {MANY // 3:,}: longer by", longer, 1.5, " s")
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


@contextlib.contextmanager
def on_a_screen(command, environ):
    """Run a program on a full screen; yields its process, its terminal, and when `╭` was there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    full = {**environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=full, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while "╭".encode() not in seen:
        seen += os.read(ours, 65536)
    try:
        yield process, ours, time.perf_counter() - start
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def answer_to(terminal, key):
    """Milliseconds from a key to the changed screen."""
    while select.select([terminal], [], [], 0.3)[0]:
        os.read(terminal, 65536)
    start = time.perf_counter()
    os.write(terminal, key)
    os.read(terminal, 65536)
    return (time.perf_counter() - start) * 1000


def full_screen(ten, tenth, folder):
    """How soon the interface is there and answers, and what 10,000 connectors cost it."""
    path = os.path.join(folder, "label.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(LABEL)
    command, label = [*CONNECTORS, "ui"], [sys.executable, path]
    pairs = []
    for _ in range(PAIRS):
        with on_a_screen(command, ten) as (_, _, one):
            pass
        with on_a_screen(label, ten) as (_, _, other):
            pairs.append(one / other)
    report("ui: first cards / Textual: a label", statistics.median(pairs), 1.35)
    peaks = []
    for environ in (ten, tenth):
        with on_a_screen([*command, "--tab", "installed"], environ) as (process, terminal, _):
            found = [answer_to(terminal, key) for key in (b"j", b"l", b"k", b"h") * 5]
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                peaks += [int(line.split()[1]) for line in file if line.startswith("VmHWM")]
    report(f"ui, {MANY // 10:,} installed: a key", statistics.median(found), 50, " ms")
    report(f"ui, {MANY // 10:,} / 10: peak memory", peaks[1] / peaks[0], 1.5)


def connection_tests(store, folder):
    """Tests of 500 connections at a time of 50, against as many requests of the library alone."""
    site = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{site.stdout.readline().strip()}"
        home = os.path.join(folder, "tested")
        shutil.copytree(store["CONNECTORS_HOME"], home)
        environ = {**store, "CONNECTORS_HOME": home}
        run([*CONNECTORS, "edit", "blog", "--set", f"site_url={url}", "--yes"], environ)
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
    os.chmod(path, 0o600)
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
    plain, command = {**store, "TERM": "xterm"}, [*CONNECTORS, "catalog", "-o", "cards"]
    for what, more in (
        (f"{len(files.paths())} types", {}),
        ("1,500 more", {"CONNECTORS_HOME": home}),
    ):
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


def large_forms():
    script = os.path.join(ROOT, "tests", "support", "form_speed.py")
    found = json.loads(run([sys.executable, script], environment("/nonexistent")))
    report("first question of a union of 800 constants", found["constants"], 50, " ms")
    report("a value set in a form of 400 answers", found["set"], 5, " ms")
    report("first question of the slowest schema of the corpus", found["corpus"], 100, " ms")
    report("first question of a schema of 500 KiB", found["first"], 100, " ms")
    report("that schema checked as catalog add does", found["check"], 1000, " ms")


def main():
    key = run([*CONNECTORS, "key", "generate"], environment("/nonexistent")).strip()
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(os.path.join(folder, "home"), key)
        ten, tenth, many = (grown(store, folder, count) for count in (10, MANY // 10, MANY))
        print(f"Python {sys.version.split()[0]}, {CONNECTORS[0]}, medians of {PAIRS} pairs")
        print(f"{'measure':<58} {'figure':>8}    {'limit':>6}")
        fast_lane(ten, many, folder)
        lists(tenth, many)
        key_sources(ten, folder)
        first_use(folder, key)
        masked_output(ten)
        typer_lane(ten, folder)
        changes(store, folder)
        at_once(store, folder)
        thousand(store, folder)
        many_rows(ten, tenth, many)
        form(store)
        large_forms()
        catalog_cards(store, folder)
        full_screen(ten, tenth, folder)
        connection_tests(store, folder)
        provisioning(store, folder, many)
        rotation(store, folder)
        log(store, folder)
        on_a_server(folder, key)
    return _verdict()


def _verdict():
    """The exit code: 1 if any figure is over its limit."""
    if FAILED:
        print(f"over their limit: {'; '.join(FAILED)}")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
