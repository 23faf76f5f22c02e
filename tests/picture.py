"""Draws the README's pictures: the full screen, and cards with the form. `make picture`.

The program runs in a throw-away home: inside tmux, whose screen Rich exports as SVG, and in this
process, where Textual exports its own.
"""

import asyncio
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / ".github" / "picture.svg"
FULL_SCREEN = ROOT / "connectors_cli" / "guide" / "full-screen.svg"
COLUMNS, LINES = 86, 46
FULL_SIZE = (100, 24)
PATIENCE = 30.0
# A picture in a README loads no fonts: the reader's own are used.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "<svg ", '<svg xml:space="preserve" ', 1
)
INSTALLS = """
wordpress --name blog --activate --tag prod --set username=alice \
    --set site_url=https://blog.example.com --secret application_password=env:SAMPLE
mastodon --name fediverse --activate --tag prod --set instance_url=https://mastodon.social \
    --secret access_token=env:SAMPLE
buttondown --name letter --activate --secret api_key=env:SAMPLE
twitter --name news --set client_id=bmV3cy1hcHA --auth none
"""


class Screen:
    """A terminal of its own: type, wait for what is to be seen, look."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._tmux = ["tmux", "-L", f"picture-{os.getpid()}", "-f", os.devnull]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        self._do("new-session", "-d", *size, "env", "-u", "TMUX", "sh", environ=environ)

    def type(self, text: str, expected: str) -> None:
        """Type a line, and wait until something is on the screen."""
        self._do("send-keys", "-l", text)
        self._do("send-keys", "Enter")
        end = time.monotonic() + PATIENCE
        while expected not in self._do("capture-pane", "-p"):
            if time.monotonic() > end:
                sys.exit(f"never shown: {expected}\n{self._do('capture-pane', '-p')}")
            time.sleep(0.1)

    def look(self) -> str:
        return self._do("capture-pane", "-e", "-p").rstrip()

    def close(self) -> None:
        self._do("kill-server")

    def _do(self, *words: str, environ: dict[str, str] | None = None) -> str:
        command = [*self._tmux, *words]
        done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
        return done.stdout


def environment(home: str) -> dict[str, str]:
    """The environment of a store of its own, with this environment's program first on PATH."""
    programs = os.path.dirname(sys.executable)
    environ = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PS1": "$ ",
        "CONNECTORS_USER_EMAIL": "alice@example.com",
        "SAMPLE": "sample-password",
    }
    key = subprocess.run(
        ["connectors", "key", "generate"], env=environ, check=True, capture_output=True, text=True
    )
    return {**environ, "CONNECTOR_AUTH_ENCRYPTION_KEY": key.stdout.strip()}


def draw(home: str) -> str:
    """Return what a terminal shows of cards and the form, with its colours."""
    environ = environment(home)
    fill(environ)
    screen = Screen(environ)
    try:
        screen.type("clear; connectors list", "╯\n$")
        screen.type("connectors install wordpress --name shop", "Site URL")
        screen.type("https://shop.example.com", "Account label")
        screen.type("Company shop", "Username")
        screen.type("alice", "Application password")
        return f"$ connectors list\n{screen.look()}"
    finally:
        screen.close()


def fill(environ: dict[str, str]) -> None:
    """Install the connectors of the pictures."""
    for line in INSTALLS.strip().splitlines():
        words = ["connectors", "install", *line.split(), "--quiet"]
        subprocess.run(words, env=environ, check=True, capture_output=True)


def draw_full_screen(home: str) -> str:
    """Return the installed connectors on the full screen, as Textual exports it."""
    from connectors_cli.settings import Settings
    from connectors_cli.ui.app import ConnectorsApp
    from connectors_cli.ui.session import Session

    environ = environment(home)
    fill(environ)
    os.environ.update(environ)  # where the program looks for its folders

    async def drawn() -> str:
        app = ConnectorsApp(Session(Settings(environ)), "installed")
        async with app.run_test(size=FULL_SIZE) as pilot:
            await pilot.pause(1)
            return app.export_screenshot(title="connectors ui")

    return re.sub(r"@font-face \{.*?\}\s*", "", asyncio.run(drawn()), flags=re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        FULL_SCREEN.write_text(draw_full_screen(home))
    with tempfile.TemporaryDirectory() as home:
        shown = draw(home)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown), soft_wrap=True)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(console.export_svg(title="connectors", code_format=FORMAT))


if __name__ == "__main__":
    main()
