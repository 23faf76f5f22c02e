"""Man pages for the wheel, from the command tree and the guides: a build hook of Hatchling.

connectors(1), one page per command, connectors-COMMAND(1), and one per guide, connectors-TOPIC(7).
It needs Typer alone: command modules import what they use when they run.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = "connectors"


class ManPages(BuildHookInterface):
    """Writes the pages into a folder of its own, and has the wheel install them."""

    def initialize(self, version, build_data):
        """Add the pages; an editable install, which is for developers, has none."""
        if self.target_name != "wheel" or version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        for name, text in pages():
            path = os.path.join(self._folder.name, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            build_data["shared_data"][path] = f"share/man/man{name[-1]}/{name}"

    def finalize(self, version, build_data, artifact_path):
        """Remove the folder once the wheel is there."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page's file name and its text."""
    sys.path.insert(0, ROOT)
    from typer.main import get_command

    from connectors_cli.cli.app import app
    from connectors_cli.cli.commands.help import guides

    root = get_command(app)
    context = root.context_class(root, info_name=PROGRAM)
    commands = {name: root.get_command(context, name) for name in root.list_commands(context)}
    topics = guides()
    yield f"{PROGRAM}.1", page(PROGRAM, 1, root.help, _overview(root, commands, topics))
    shared = {param.name for param in root.params} | {"help"}
    for name, command in commands.items():
        title = f"{PROGRAM}-{name}"
        yield f"{title}.1", page(title, 1, _first(command.help), _command(command, context, shared))
    for name, guide in topics.items():
        heading, _, rest = guide.partition("\n")
        title = f"{PROGRAM}-{name}"
        body = (".SH DESCRIPTION", *_markdown(rest))
        yield f"{title}.7", page(title, 7, heading.removeprefix("# "), body)


def page(title: str, section: int, sentence: str, body: Iterable[str]) -> str:
    """Return a page: its head, its name with what it is about, and its body."""
    from connectors_cli import __version__

    head = f'.TH {escaped(title.upper())} {section} "" "{PROGRAM} {__version__}" "{PROGRAM}"'
    name = f"{escaped(title)} \\- {escaped(_first(sentence).rstrip('.'))}"
    return "\n".join((head, ".SH NAME", name, *body, ""))


def escaped(text: str) -> str:
    """Return text that roff takes for text, also at the beginning of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (".PP", escaped(paragraph))


def _bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


def _overview(root, commands, topics) -> Iterator[str]:
    from connectors_cli.cli.app import COMMANDS
    from connectors_cli.cli.commands.help import ENVIRONMENT
    from connectors_cli.errors import EXIT_CODES

    yield from (".SH SYNOPSIS", f"{_bold(PROGRAM)} [OPTIONS] COMMAND [ARGS]...")
    yield from (".SH DESCRIPTION", *_described(root), ".SH COMMANDS")
    panel = None
    for name in commands:
        if COMMANDS[name][0] != panel:
            panel = COMMANDS[name][0]
            yield f".SS {escaped(panel)}"
        yield from _item(f"{_bold(f'{PROGRAM}-{name}')}(1)", COMMANDS[name][1])
    yield from (".SH OPTIONS", *_options(root.params))
    yield ".SH EXIT STATUS"
    for code, text in EXIT_CODES:
        yield from _item(_bold(str(code)), text)
    yield ".SH ENVIRONMENT"
    for name, text in ENVIRONMENT:
        yield from _item(_bold(name), text)
    yield ".SH SEE ALSO"
    yield ", ".join(f"{_bold(f'{PROGRAM}-{name}')}(7)" for name in topics)


def _command(command, context, shared: set[str]) -> Iterator[str]:
    yield from (".SH SYNOPSIS", *_usage(f"{PROGRAM} {command.name}", command, context))
    yield from (".SH DESCRIPTION", *_described(command))
    options = list(_options(command.params, shared))
    yield from (".SH OPTIONS", *options) if options else ()
    for name, below in getattr(command, "commands", {}).items():
        yield f".SH {escaped(f'{command.name} {name}'.upper())}"
        yield from _usage(f"{PROGRAM} {command.name} {name}", below, context)
        yield from (*_described(below), *_options(below.params, shared))
    yield from (".SH SEE ALSO", f"{_bold(PROGRAM)}(1), for the options that all commands have")


def _usage(words: str, command, parent) -> tuple[str]:
    context = command.context_class(command, info_name=command.name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    return (f"{_bold(words)} {escaped(usage)}",)


def _described(command) -> Iterator[str]:
    yield from _paragraphs(command.help or "")
    yield from _examples(command.epilog or "")


def _examples(epilog: str) -> Iterator[str]:
    """Yield an epilog: its first line, and the command lines below it as they are."""
    from rich.text import Text

    for paragraph in filter(None, Text.from_markup(epilog).plain.split("\n\n")):
        heading, *lines = escaped(paragraph).splitlines()
        yield from (".PP", heading)
        yield from (".RS 4", ".nf", *lines, ".fi", ".RE") if lines else ()


def _options(params, shared: Iterable[str] = ()) -> Iterator[str]:
    for param in params:
        text = getattr(param, "help", None) or ""
        if param.name in shared or getattr(param, "hidden", False):
            continue
        if param.param_type_name == "argument":
            yield from _item(_bold(param.metavar or param.name.upper()), text)
        else:
            names = ", ".join(_bold(name) for name in (*param.opts, *param.secondary_opts))
            value = "" if param.is_flag else f" \\fI{escaped(param.metavar or 'VALUE')}\\fR"
            yield from _item(names + value, text)


def _item(term: str, text: str) -> tuple[str, ...]:
    return (".TP", term, escaped(text) or "\\&")


def _markdown(text: str) -> Iterator[str]:
    """Yield a guide's lines in roff; a table's row is an item of its first cell."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().enable("table").parse(text)
    cells: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "tr_close":
            term, *rest = cells
            yield from (".TP", term or "\\&", "; ".join(filter(None, rest)) or "\\&")
            cells = []
        elif token.type == "inline" and before.tag in {"td", "th"}:
            cells.append(_inline(token, bold=before.tag == "th"))
        else:
            yield from _block(token, before)


def _block(token, before) -> tuple[str, ...]:
    match token.type:
        case "inline" if before.type == "heading_open":
            return (f"{'.SH' if before.tag == 'h2' else '.SS'} {escaped(token.content)}",)
        case "inline":
            return (_inline(token),)
        case "paragraph_open" if not token.level:
            return (".PP",)
        case "list_item_open":
            return (f".IP {token.info}. 4" if token.info else ".IP \\(bu 2",)
        case "fence":
            return (".PP", ".RS 4", ".nf", escaped(token.content.rstrip()), ".fi", ".RE")
    return ()


def _inline(token, *, bold: bool = False) -> str:
    """Return text with its code and strong words bold; of links, the text."""
    parts = ["\\fB" if bold else ""]
    for child in token.children:
        match child.type:
            case "text":
                parts.append(escaped(child.content))
            case "code_inline":
                parts.append(_bold(child.content))
            case "strong_open":
                parts.append("\\fB")
            case "strong_close":
                parts.append("\\fR")
            case "softbreak":
                parts.append(" ")
    return "".join(parts) + ("\\fR" if bold else "")
