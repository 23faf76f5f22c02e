"""The real program in a pseudo-terminal: its screens as text, its sizes, and how it ends."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from connectors_cli.settings import sqlite_path
from connectors_cli.system.cells import width_of

pytest.importorskip("pexpect", reason="there are no pseudo-terminals")
FullScreen = pytest.importorskip("support.full_screen").FullScreen

pytestmark = pytest.mark.slow
FEED = "feed_url=https://example.com/feed"
SECRET = "canary-password-123"


@pytest.fixture
def feeds(run):
    for name in ("alpha", "beta", "gamma"):
        assert run("install", "rss", "--name", name, "--set", FEED, "--tag", "eu").code == 0


INSTALLED_80 = """\
┏━ 📶 alpha ━━━━━━━━━━━━━━━━━━━━━━━━━━━┓╭─ 📶 beta ────────────────────────────╮
┃ inactive · RSS or Atom Feed          ┃│ inactive · RSS or Atom Feed          │
┃ tags: eu                             ┃│ tags: eu                             │
┃                                      ┃│                                      │
┃                                      ┃│                                      │
┃                                      ┃│                                      │
┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛╰──────────────────────────────────────╯
╭─ 📶 gamma ───────────────────────────╮
│ inactive · RSS or Atom Feed          │
│ tags: eu                             │
"""
EDGE = "╭─ 📶 gamma ───────────────────────────╮"
INSTALLED_120 = "".join(
    f"{line}{more}\n"
    for line, more in zip(
        INSTALLED_80.splitlines()[:3],
        (EDGE, "│ inactive · RSS or Atom Feed          │", f"│ tags: eu{' ' * 29}│"),
        strict=True,
    )
)


def joined(screen):
    """The screen without the second column that pyte gives to wide characters."""
    return screen.text.replace("📶  ", "📶 ")


@pytest.mark.usefixtures("feeds")
@pytest.mark.parametrize(
    ("size", "expected"), [((80, 24), INSTALLED_80), ((120, 40), INSTALLED_120)]
)
def test_installed_connectors(size, expected):
    with FullScreen("ui", "--tab", "installed", size=size) as screen:
        screen.shows("alpha", "e Edit", "q Quit", "default (owner)")
        assert [line.rstrip() for line in expected.splitlines()] == joined(screen).splitlines()[
            4 : 4 + len(expected.splitlines())
        ]
        screen.press("q")
        assert screen.ended() == 0
        assert screen.is_sane()


def test_the_catalog_and_a_form_in_24_lines():
    with FullScreen("ui") as screen:
        screen.shows("RSS or Atom Feed", "69 services")
        screen.press("i")
        screen.shows("Install RSS or Atom Feed", "Feed URL *", "Ctrl-S cannot save yet: 1 missing")
        screen.press("down", "down", "down", "https://example.com/feed")
        screen.shows("Ctrl-S saves")
        screen.press("ctrl+s")
        screen.shows("rss: installed", "1 installed")
        screen.press("2")
        screen.shows("1 of them")
        screen.press("q")
        assert screen.ended() == 0


@pytest.mark.usefixtures("feeds")
def test_another_process_is_seen_within_a_second_or_two():
    with FullScreen("ui", "--tab", "installed") as one, FullScreen("ui", "-t", "default") as two:
        one.shows("alpha")
        two.press("2")
        two.shows("alpha")
        line = ("edit", "beta", "--rename", "beta-two", "--activate")
        subprocess.run([sys.executable, "-m", "connectors_cli", *line], check=True)
        one.shows("beta-two", "active · RSS")
        two.shows("beta-two", "active · RSS")
        two.press("d")
        two.shows("Remove alpha?")
        two.press("y")
        two.shows("u undoes it")
        one.hides("alpha")


@pytest.mark.usefixtures("feeds")
@pytest.mark.parametrize("state", ["cards", "search", "dialog", "form", "help", "filter"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_before(state, number, settings):
    keys = {"cards": (), "search": ("/", "al"), "dialog": ("d",), "form": ("e",)}
    keys |= {"help": ("?",), "filter": ("f",)}
    words = {"cards": "alpha", "search": "1 of them", "dialog": "Remove alpha?"}
    words |= {"form": "Ctrl-S saves", "help": "Everywhere", "filter": "Filter by"}
    with FullScreen("ui", "--tab", "installed") as screen:
        screen.shows("alpha")
        screen.press(*keys[state])
        screen.shows(words[state])
        screen.child.kill(number)
        assert screen.ended() == 128 + number
        assert screen.is_sane()
    with closing(sqlite3.connect(sqlite_path(settings.store))) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.usefixtures("feeds")
def test_a_closed_terminal_ends_it():
    screen = FullScreen("ui", "--tab", "installed")
    screen.shows("alpha")
    pid = screen.child.pid
    screen.hang_up()
    for _ in range(200):
        found, _status = os.waitpid(pid, os.WNOHANG)
        if found:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError("it goes on without a terminal")


@pytest.mark.usefixtures("feeds")
def test_it_is_resized_at_any_moment():
    with FullScreen("ui", "--tab", "installed") as screen:
        screen.shows("alpha")
        for state in ((), ("/", "a"), ("escape",), ("f",), ("escape",), ("e",)):
            screen.press(*state)
            for columns, rows in ((60, 20), (20, 5), (240, 60), (80, 24)):
                screen.resize(columns, rows)
                screen.take(0.2)
                assert all(width_of(line.replace("📶 ", "📶")) <= columns for line in screen.lines)
        screen.shows("Edit alpha")
        screen.press("escape")
        screen.shows("beta")
        screen.press("q")
        assert screen.ended() == 0


def test_it_has_no_colour_where_none_is_wanted():
    with FullScreen("ui", environ={"NO_COLOR": "1"}) as screen:
        screen.shows("RSS or Atom Feed")
        screen.press("q")
        assert screen.ended() == 0
        assert b"\x1b[38;" not in screen.output
        assert b"\x1b[48;" not in screen.output


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "xterm"},
        {"TERM": "xterm-256color"},
        {"COLORTERM": "truecolor"},
        {"COLORTERM": "truecolor", "COLORFGBG": "0;15"},
        {"TERM": "linux"},
    ],
)
def test_terminals_of_few_and_many_colours(environ):
    with FullScreen("ui", environ=environ) as screen:
        screen.shows("RSS or Atom Feed", "Catalog", "q Quit")
        screen.press("q")
        assert screen.ended() == 0


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"TERM": ""}, {"CONNECTORS_NO_INPUT": "1"}])
def test_where_no_screen_can_be_shown_it_names_the_commands(more):
    with FullScreen("ui", environ=more) as screen:
        assert screen.ended() == 2
        assert b"cannot be shown" in screen.output
        assert b"connectors catalog, list, install" in screen.output
        assert b"\x1b[?1049h" not in screen.output


def test_variables_of_textual_write_and_load_nothing(tmp_path):
    environ = {"TEXTUAL_LOG": str(tmp_path / "log"), "TEXTUAL": "debug,devtools"}
    environ |= {"TEXTUAL_DRIVER": "no.such:Driver", "TEXTUAL_PRESS": "q"}
    with FullScreen("ui", environ=environ) as screen:
        screen.shows("RSS or Atom Feed")
        screen.press("q")
        assert screen.ended() == 0
    assert not (tmp_path / "log").exists()


def test_a_secret_is_on_no_screen_and_in_no_file(settings, tmp_path):
    with FullScreen("ui", size=(100, 40)) as screen:
        screen.shows("69 services")
        screen.press("/", "self-hosted", "enter", "i")
        screen.shows("Install WordPress")
        screen.press("down", "down", "down", "down", "https://blog.example.com")
        screen.press("down", "down", "alice", "down", SECRET)
        screen.shows("••••••")
        screen.press("ctrl+s")
        screen.shows("wordpress: installed")
        screen.press("2", "e")
        screen.shows("Edit wordpress", "set")
        screen.press(*["down"] * 8, SECRET + "-new")
        screen.press("ctrl+s")
        screen.shows("Save these changes", "changed")
        screen.press("enter")
        screen.shows("wordpress: updated")
        screen.press("q")
        assert screen.ended() == 0
        assert SECRET.encode() not in screen.output
    for folder, _, files in os.walk(tmp_path):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                assert SECRET.encode() not in file.read(), name


def test_an_error_of_the_interface_itself_shows_no_value(tmp_path):
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import sys\n"
        "if 'ui' in sys.argv:\n"
        "    from connectors_cli.ui.form.model import FormModel\n"
        "    def judge(self):\n"
        "        if self.is_changed:\n"
        "            raise RuntimeError(str(self.form.values()))\n"
        "        self._problems = []\n"
        "    FormModel.judge = judge\n"
    )
    with FullScreen("ui", environ={"PYTHONPATH": str(tmp_path)}) as screen:
        screen.shows("69 services")
        screen.press("/", "self-hosted", "enter", "i")
        screen.shows("Install WordPress")
        screen.press("down", "down", "down", "down", "down", "down", "canary")
        code = screen.ended()
        assert code == 1
        assert screen.is_sane()
        assert b"unexpected RuntimeError at" in screen.output
        assert b"this is a bug" in screen.output
        assert b"Traceback" not in screen.output
