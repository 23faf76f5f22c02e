"""Every `sh` and `console` block in the README and the guides, run as a reader would.

A page is one session: its blocks share a home, a folder and a shell's variables. `sh` blocks are to
succeed; a `console` block runs on a terminal, and what it shows is compared line by line: `...` is
any number of lines, and times, ids and sizes are any. A block with a name after its language is
that file.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors_cli.vault.seal import new_key
from support.http_server import Reply, Web

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "connectors_cli" / "guide").glob("*.md"))]
EMPTY = {"README.md", "ci.md", "first-steps.md"}
"""Pages that begin without connectors."""
KEYLESS = {"ci.md", "first-steps.md"}
"""Pages that begin without a store, and without a key, as on a machine without a keyring."""
BLOCK = re.compile(r"^```(sh|console|[a-z]+ \S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
LANGUAGES = {"sh", "console", "json", "yaml", "toml", "text", "python", "dockerfile", "ini"}
COLUMNS = 100
PASSWORD = "abcd efgh ijkl mnop qrst uvwx"
ANY = (  # what differs from run to run, in what is shown and in what is expected
    (r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "TIME"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
    (r"\b[0-9a-f]{16}\b", "KEY"),
    (r"\d+ ms\b|\b\d+(\.\d+)? s\b|\b\d+ [KM]iB\b", "SIZE"),
    (r"(size +)\d+", r"\1SIZE"),
    (r" +", " "),
    (r" $", ""),
)

# The program as it is installed, on a machine where no name leads anywhere.
PROGRAM = """#!{python}
import socket, sys
look_up = socket.getaddrinfo
def offline(host, *rest, **more):
    if host not in ("127.0.0.1", "localhost"):
        raise socket.gaierror(socket.EAI_NONAME, "no network here")
    return look_up(host, *rest, **more)
socket.getaddrinfo = offline
from connectors_cli.__main__ import main
sys.exit(main())
"""
SQLITE = """#!{python}
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(*row, sep="|")
"""
# What make would do is said, and not done: it sets up the checkout that the tests run in.
MAKE = '#!/bin/sh\nexec /usr/bin/make -n -C "{root}" "$@"\n'
STOCK = """
connectors install wordpress --name blog --activate --set username=alice \
    --set site_url=https://blog.example.com --secret application_password=env:BLOG_PASSWORD
connectors install twitter --name news --activate --set client_id=sample \
    --secret access_token=env:X_TOKEN
"""


def services(asked) -> Reply:
    """Answer as the sites that the examples name."""
    path = asked.path.partition("?")[0]
    answers = {
        "/blog/wp-json/wp/v2/users/me": {"id": 7, "name": "Alice Example"},
        "/gitlab/api/v4/user": {"id": 7, "username": "alice"},
        "/gitlab/oauth/authorize_device": {
            "device_code": "sample-device",
            "user_code": "SHSH-DQVD",
            "verification_uri": "https://gitlab.example.com/oauth/device",
            "expires_in": 600,
            "interval": 1,
        },
        "/gitlab/oauth/token": {
            "access_token": "sample-access",
            "refresh_token": "sample-refresh",
            "token_type": "Bearer",
            "expires_in": 7200,
            "scope": "api",
        },
        "/gitlab/oauth/revoke": {},
    }
    return Reply(200, answers[path]) if path in answers else Reply(404, {})


class Session:
    """A reader's shell: what one block leaves behind, the next one finds."""

    def __init__(self, folder: Path, server: str) -> None:
        self.home = folder / "home" / "ann"
        self.home.mkdir(parents=True)
        self.names = (
            ("https://blog.example.com", f"{server}/blog"),
            ("https://gitlab.example.com", f"{server}/gitlab"),
            ("/run/secrets/connectors-key", str(folder / "secret-key")),
        )
        self._write(folder / "secret-key", new_key().text, 0o600)
        programs = folder / "bin"
        programs.mkdir()
        for name, text in (("connectors", PROGRAM), ("sqlite3", SQLITE), ("make", MAKE)):
            self._write(programs / name, text.format(python=sys.executable, root=ROOT), 0o700)
        self._state = folder / "variables"
        self._state.touch()
        self._environ = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "HOME": str(self.home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "CONNECTORS_USER_EMAIL": "ann@example.com",
            "BLOG_PASSWORD": PASSWORD,
            "NEWS_SECRET": "sample-secret",
            "GITLAB_SECRET": "sample-secret",
            "X_TOKEN": "sample-token",
        }

    @staticmethod
    def _write(path: Path, text: str, mode: int) -> None:
        path.touch(mode)
        path.write_text(text)

    def file(self, name: str, text: str) -> None:
        """Write a file that the page shows."""
        (self.home / name).write_text(self._placed(text))

    def run(self, script: str, *, terminal: bool = False) -> SimpleNamespace:
        """Run a script; its exit code and what it showed."""
        state = self._state  # `set -a`: variables that are not exported are kept, too
        whole = f'. "{state}"\nset -ea\ntrap \'export -p > "{state}"\' EXIT\n{self._placed(script)}'
        show = _on_terminal if terminal else _in_pipe
        code, text = show(["/bin/sh", "-c", whole], self.home, self._environ)
        for name, place in self.names:
            text = text.replace(place, name)
        text = text.replace(str(self.home.parents[1]), "").replace(_user(), "ann")
        return SimpleNamespace(code=code, out=text)

    def _placed(self, text: str) -> str:
        for name, place in self.names:
            text = text.replace(name, place)
        return text


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _in_pipe(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def _on_terminal(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    import fcntl
    import struct
    import termios

    outer, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=inner, stderr=inner
    )
    os.close(inner)
    read = b""
    try:
        while chunk := os.read(outer, 65536):
            read += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(outer)
    return process.wait(), read.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with Web(services) as web:
        yield web.url


@pytest.fixture
def session(tmp_path: Path, server: str) -> Session:
    return Session(tmp_path, server)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory, server: str) -> SimpleNamespace:
    """A store with a connector `blog` and one `news`, and its key."""
    made = Session(tmp_path_factory.mktemp("stock"), server)
    key = new_key().text
    done = made.run(f"export CONNECTOR_AUTH_ENCRYPTION_KEY={key}\n{STOCK}")
    assert done.code == 0, done.out
    return SimpleNamespace(home=made.home, key=key)


def plain(text: str) -> str:
    """Text with what differs from run to run made equal."""
    for pattern, word in ANY:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text


def as_pattern(expected: str) -> str:
    lines = plain(expected).splitlines(keepends=True)
    return "".join(r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in lines)


def check_console(session: Session, block: str) -> None:
    """Run the commands of a block, and compare what each shows."""
    for line, expected in COMMAND.findall(block):
        shown = session.run(line, terminal=True)
        failed = "error: " in expected
        assert (shown.code != 0) == failed, f"$ {line}\n{shown.out}"
        assert re.fullmatch(as_pattern(expected), plain(shown.out)), (
            f"$ {line}\n--- shown:\n{shown.out}--- on the page:\n{expected}"
        )


def _marked(page: Path) -> Any:
    """A page of many commands is slow; a quick round has the README's alone."""
    slow = () if page.name == "README.md" else (pytest.mark.slow,)
    return pytest.param(page, id=page.stem, marks=slow)


@pytest.mark.parametrize(
    "page", [_marked(page) for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]
)
def test_the_examples_of_a_page_do_what_it_says(page, request, session):
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    key = new_key().text
    if page.name not in EMPTY:
        stock = request.getfixturevalue("stock")
        shutil.copytree(stock.home, session.home, dirs_exist_ok=True)
        key = stock.key
    if page.name not in KEYLESS:
        session.run(f"export CONNECTOR_AUTH_ENCRYPTION_KEY={key}; connectors init")
    for kind, block in blocks:
        if kind == "console":
            check_console(session, block)
        elif kind == "sh":
            done = session.run(block)
            assert done.code == 0, f"{block}\n{done.out}"
        else:
            session.file(kind.partition(" ")[2], block)


def test_the_pages_have_examples_in_no_other_language():
    """A block that is not run says so by its language: Python and a Dockerfile have own tests."""
    for page in PAGES:
        languages = re.findall(r"^```(\w+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(languages) <= LANGUAGES, page.name
