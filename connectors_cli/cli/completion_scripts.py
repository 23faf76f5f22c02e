"""The completion of each shell: its script, and candidates as text that the shell never runs.

Typer's bash script puts candidates on the line as they are, so that a name such as `a$(id)` would
run. Candidates are quoted here instead of in the script, which also covers scripts that an older
version installed.
"""

import os
import re
from pathlib import Path

from typer import _completion_shared as shared
from typer._click.shell_completion import CompletionItem, add_completion_class, split_arg_string
from typer._completion_classes import BashComplete, FishComplete, ZshComplete

from connectors_cli.system import environment

_PROGRAM = "connectors"
_VARIABLE = "_CONNECTORS_COMPLETE"

_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ -z $candidate ]] || COMPREPLY+=("$candidate")
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
        %(autocomplete_var)s=complete_bash "$1" 2>/dev/null)
    [[ ${COMPREPLY[*]} != *[=:] ]] || compopt -o nospace
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
"""
_UNFINISHED = re.compile(r"[\w.=-]+(?:[=:]|=-)", re.ASCII)
"""A field before its value, or a source before its name."""
_SPLITTING = frozenset({"=", ":"})
_PLAIN = re.compile(r"[\w@%+=:,./-]", re.ASCII)
_IN_DOUBLE_QUOTES = {char: f"\\{char}" for char in '$`"\\'} | {"!": "\"'!'\""}


class _Bash(BashComplete):
    """Bash, which splits words at an equal sign and a colon, and replaces only the last piece."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        pieces = _pieces()
        words = _joined(pieces)
        if words == pieces:
            return super().get_completion_args()
        split = [split_arg_string(word) for word in words[1:]]
        *args, incomplete = ["".join(parts) for parts in split]
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        pieces = _pieces()
        typed = "" if pieces[-1] in _SPLITTING else pieces[-1]
        before = _joined(pieces)[-1].removesuffix(typed)
        return bash_quoted(str(item.value).removeprefix(before), typed)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        return _visible(super().get_completions(args, incomplete))


def _pieces() -> list[str]:
    """Return the words up to the cursor as bash has split them, at least one."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    return words[: int(os.environ.get("COMP_CWORD") or 0) + 1] or [""]


def _joined(pieces: list[str]) -> list[str]:
    """Return words as they were typed: what bash has split at an equal sign or a colon is one."""
    words: list[str] = []
    for piece in pieces:
        if words and (piece in _SPLITTING or words[-1][-1:] in _SPLITTING) and piece != "":
            words[-1] += piece
        else:
            words.append(piece)
    return words


class _Zsh(ZshComplete):
    def format_completion(self, item: CompletionItem) -> str:
        text = _zsh_item(str(item.value))
        if item.help:
            text += f":{_zsh_item(' '.join(item.help.split()))}"
        return text

    def complete(self) -> str:
        args, incomplete = self.get_completion_args()
        values = [str(item.value) for item in self.get_completions(args, incomplete)]
        if values and all(_UNFINISHED.fullmatch(value) for value in values):
            return f"compadd -S '' -- {' '.join(values)}"  # a value follows without a space
        return super().complete()

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        return _visible(super().get_completions(args, incomplete))


class _Fish(FishComplete):
    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        # fish quotes everything but a tilde at the start, which would become a home folder
        found = _visible(super().get_completions(args, incomplete))
        return [item for item in found if not str(item.value).startswith("~")]


def register() -> None:
    """Use these scripts and candidates instead of Typer's."""
    shared._completion_scripts["bash"] = _BASH  # noqa: SLF001 - Typer offers no other way
    for name, kind in {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}.items():
        add_completion_class(kind, name)


def script(shell: str) -> str:
    """Return what a shell has to run to complete this program's words."""
    register()
    return shared.get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell)


def install(shell: str) -> Path:
    """Write a shell's script where that shell reads it; return the file.

    Raises OSError where that file cannot be written.
    """
    register()
    environment.clean(os.environ)  # Typer starts PowerShell
    _, path = shared.install(shell, prog_name=_PROGRAM, complete_var=_VARIABLE)
    return path


def current_shell() -> str | None:
    """Return the name of the shell that started this program, or else of the login shell."""
    login = os.path.basename(os.environ.get("SHELL", "")).lower()
    return shared._get_shell_name() or login or None  # noqa: SLF001 - Typer offers no other way


def bash_quoted(text: str, typed: str) -> str:
    """Return a candidate as bash inserts it for the word typed so far: one word, never code.

    In an open quote only what would end it or be expanded in it is quoted; readline keeps the
    opening quote and closes it. Elsewhere it is quoted as `printf %q` does.
    """
    quote = _open_quote(typed)
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        quoted = "".join(_IN_DOUBLE_QUOTES.get(char, char) for char in text)
        # readline adds no closing quote where the candidate ends with one.
        return quoted + '"' if text.endswith(("!", '"')) else quoted
    return "".join(_escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char if _PLAIN.match(char) or not char.isascii() else f"\\{char}"


def _open_quote(typed: str) -> str:
    """Return the quote that a word opens and does not close; empty if there is none."""
    quote, escaped = "", False
    for char in typed:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif not quote and char in "'\"":
            quote = char
        elif char == quote:
            quote = ""
    return quote


def _zsh_item(text: str) -> str:
    """Return a text for `_arguments '*: :((ITEM ITEM))'`, which zsh evaluates twice."""
    inner = re.sub(r"([^\w\s@%+,./-])", r"\\\1", text.replace("\\", "\\\\").replace(":", "\\:"))
    spaced = re.sub(r"(\s)", r"\\\1", inner)
    return spaced.replace("'", "'\\''")


def _visible(items: list[CompletionItem]) -> list[CompletionItem]:
    """Return the candidates without those that a terminal would act on."""
    return [item for item in items if str(item.value).isprintable()]
