"""Text in the columns of a terminal, of which wide characters take two."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, chop_cells

from connectors_cli.system.text import printable


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int, *, plain: bool = False) -> str:
    """Return text that takes at most `width` columns, with dots at the end if it was longer."""
    if width_of(text) <= width:
        return text
    more = "..." if plain else "…"
    return chop_cells(text, max(2, width - len(more)))[0] + more


def filled(text: str, width: int) -> str:
    """Return text with spaces at its end, so that it takes `width` columns."""
    return text + " " * (width - width_of(text))


def wrapped(text: str | Iterable[str], width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns, on which no terminal acts.

    Of several pieces of text none is broken over lines; a longer word is.
    """
    words = map(printable, text.split() if isinstance(text, str) else text)
    line, used = "", 0
    for word in words:
        for piece in chop_cells(word, width) if width_of(word) > width else (word,):
            size = width_of(piece)
            if line and used + 1 + size > width:
                yield line
                line, used = "", 0
            line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    if line:
        yield line
