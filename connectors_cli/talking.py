"""What a person who signs in is told and asked, on standard error: addresses, codes, a QR code."""

import io
import os
import sys

from connectors_cli.catalog import Entry
from connectors_cli.context import Run, is_terminal
from connectors_cli.errors import InputNeeded, InvalidInput
from connectors_cli.render.console import clean

_LONGEST = 64 * 1024
_BORDER = 2
_ENDS = "address where the browser ends"


class Talk:
    """Talks to the person of one run; what a service says is shown so that no terminal acts on it.

    Without a terminal everything is told all the same, for a log, and a paste is a line of
    standard input.
    """

    def __init__(self, run: Run, entry: Entry, *, is_far: bool = False) -> None:
        self._run = run
        self._entry = entry
        self._is_far = is_far

    def visit(self, url: str, *, opens: bool, waits: bool) -> None:
        """Tell the address to sign in at; `opens`: a browser is being opened there."""
        name = clean(self._entry.name)
        if opens:
            _tell(f"Sign in at {name} in the browser that opens. If none does, open this address:")
        else:
            _tell(f"To sign in at {name}, open this address in a browser:")
        _tell(f"\n  {clean(url)}\n")
        if waits:
            if not opens or self._is_far:
                _tell("It has to be a browser of this machine; with another: --method paste.")
            _tell("Waiting until you have signed in. Ctrl-C leaves all as it was.")
        elif not self._shows:
            _tell("It may end on an error page: what counts is that page's address.")

    def device(self, code: str, url: str, complete_url: str | None, expires_in: float) -> None:
        """Tell the code to type and where; `complete_url` leads there with the code in it."""
        _tell(f"Sign in at {clean(self._entry.name)}.")
        _tell(f"On any device, open {clean(url)}\nand type this code: {clean(code)}")
        picture = _picture(complete_url or url)
        if picture:
            _tell(f"\n{picture}")
        minutes = max(1, round(expires_in / 60))
        _tell(f"Waiting until you have signed in: the code is good for {minutes} min.")
        _tell("Ctrl-C leaves all as it was.")

    def paste(self) -> str:
        """Return what the person pastes: the address where the browser ended, or what it shows."""
        what = f"{self._shows} that the page shows" if self._shows else _ENDS
        if self._run.interactive:
            from connectors_cli import prompts

            return prompts.ask_secret(f"The {what}", color=self._run.color)
        _tell(f"Paste the {what}, as one line:")
        line = sys.stdin.readline(_LONGEST) if sys.stdin is not None else ""
        if not line.strip():
            raise InputNeeded("nothing was pasted, and nobody can be asked here")
        return line

    def again(self, problem: InvalidInput) -> None:
        """Tell what is wrong with what was pasted; raise it where nobody can be asked again."""
        if not self._run.interactive:
            raise problem
        _tell("; ".join(text for text in (problem.message, problem.hint) if text))

    @property
    def _shows(self) -> str | None:
        """What the service's page shows to be pasted; None where an address is."""
        oauth = self._entry.oauth or {}
        if oauth.get("grant") == "application_password":
            return "password"
        return "code" if oauth.get("paste_redirect") else None


def _tell(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _picture(url: str) -> str:
    """Return an address as a QR code for a terminal; nothing where none is, or cannot draw it."""
    if not is_terminal(sys.stderr):
        return ""
    import segno

    drawn = io.StringIO()
    code = segno.make(url, error="l", micro=False)
    code.terminal(drawn, compact=True, border=_BORDER)
    try:
        drawn.getvalue().encode(sys.stderr.encoding or "ascii")
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (UnicodeError, OSError):
        return ""
    return drawn.getvalue() if code.symbol_size(border=_BORDER)[0] <= columns else ""
