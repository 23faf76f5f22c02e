"""Text in the columns of a prompt."""

import textwrap

from prompt_toolkit.utils import get_cwidth

from connectors_cli.forms.question_text import one_line

HELP_LINES = 3


def cut(text: str, width: int) -> str:
    """Return the text, or its beginning and an ellipsis if it needs more columns."""
    if get_cwidth(text) <= width:
        return text
    kept, used = "", 1
    for char in text:
        used += get_cwidth(char)
        if used > width:
            break
        kept += char
    return kept.rstrip() + "…"


def padded(text: str, width: int) -> str:
    """Return the text cut or filled to exactly this many columns."""
    text = cut(text, width)
    return text + " " * (width - get_cwidth(text))


def wrapped(text: str, width: int, lines: int = HELP_LINES) -> list[str]:
    """Return the text as indented lines of at most `width` columns, at most `lines` of them."""
    found = textwrap.wrap(
        one_line(text),
        max(width - 4, 20),
        max_lines=lines,
        placeholder=" …",
        break_on_hyphens=False,
    )
    return [f"  {line}" for line in found]
