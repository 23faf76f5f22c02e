"""Cards: each service or connector in a frame, as many in a row as fit, printed as they come."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice, zip_longest
from typing import Any, NamedTuple

from rich.cells import chop_cells
from rich.console import Console

from connectors_cli.catalog.icons import glyph
from connectors_cli.cli.render.console import STATUS_STYLES, Painter, cut, width_of
from connectors_cli.store.read.rows import Rows
from connectors_cli.system.text import printable

LIFECYCLE_STYLES = {"limited": "yellow", "closed": "red"}
CARD_WIDTH = 38
LOWEST_CARD = 4
"""Lines of a card that says little."""
_NARROWEST = 16
_ROUND, _ASCII = tuple("╭─╮│╰╯"), tuple("+-+|++")
# The names of capabilities on badges; any other has its own name.
_BADGES = {
    "post_text": "text",
    "post_title": "titles",
    "post_html": "HTML",
    "post_image": "images",
    "post_video": "video",
    "post_document": "documents",
    "upload_file": "files",
    "send_email": "email",
    "read_feed": "reads feeds",
    "draft": "drafts",
    "schedule": "scheduling",
    "thread": "threads",
    "threads": "replies in threads",
    "newsletter": "newsletters",
    "queue": "queueing",
    "structured": "structured content",
    "static_site": "static sites",
    "canonical_url": "canonical URL",
    "alt_text": "alt text",
    "image_links": "image links",
    "mix_media": "images and video together",
    "media_required": "needs media",
    "media_by_url": "media by URL",
    "title_required": "needs a title",
}

Line = tuple[str | tuple[str, ...], str]
"""Text, or badges that are never broken over lines, and its style."""


class Card(NamedTuple):
    """The content of a frame; `corner` is shown at the right end of its upper edge."""

    glyph: str
    heading: str
    lines: list[Line]
    corner: str = ""
    group: str = ""


def show_cards(rows: Rows, console: Console) -> bool:
    """Print a card for each row and a heading for each group; return whether there were any."""
    to_card = {"catalog": _service_card, "everywhere": _card_of_a_tenant}.get(
        rows.kind, _connector_card
    )
    names = [name for name, _ in rows.columns]
    cards = (to_card(dict(zip(names, row, strict=True))) for row in rows.rows)
    printer = _Printer(console)
    shown = False
    for group, members in groupby(cards, key=lambda card: card.group):
        if group:
            printer.heading(group, first=not shown)
        while row := list(islice(members, printer.across)):
            printer.row(row)
            shown = True
    return shown


def across(console: Console) -> int:
    """Return how many cards are next to each other."""
    return max(1, console.width // CARD_WIDTH)


def _service_card(row: dict[str, Any]) -> Card:
    lifecycle = row.get("lifecycle") or "active"
    facts = (row["key"], row["auth_type"], "" if lifecycle == "active" else lifecycle)
    lines = [(" · ".join(filter(None, facts)), "cyan"), (row.get("description") or "", "")]
    can = badges(json.loads(row.get("capabilities") or "{}"))
    lines.append((_dotted(can), "dim"))
    if row.get("notice"):
        lines.append((f"! {row['notice']}", LIFECYCLE_STYLES.get(lifecycle, "yellow")))
    installed = row.get("installed")
    return Card(
        glyph=glyph(str(row.get("icon"))),
        heading=str(row.get("name") or row["key"]),
        lines=lines,
        corner=f"{installed} installed" if installed else "",
        group=row.get("category") or "",
    )


def badges(capabilities: dict[str, Any]) -> list[str]:
    """Return what a service can do, in words for people."""
    found = [_BADGES.get(n) or _spaced(n) for n in capabilities if capabilities[n] is True]
    longest = capabilities.get("max_length")
    if isinstance(longest, int) and longest > 1:
        found.append(f"up to {longest:,} characters")
    return found


def _dotted(words: list[str]) -> tuple[str, ...]:
    return (*(f"{word} ·" for word in words[:-1]), *words[-1:])


def _spaced(name: str) -> str:
    return str(name).removeprefix("post_").replace("_", " ")


def _connector_card(row: dict[str, Any]) -> Card:
    status = str(row.get("status") or "")
    service = row.get("catalog_name") or row.get("catalog_key") or ""
    return Card(
        glyph=glyph(str(row.get("icon"))),
        heading=str(row.get("name") or row.get("id") or ""),
        lines=[
            (f"{status} · {service}", STATUS_STYLES.get(status, "")),
            *((text, "") for text in _connector_facts(row)),
        ],
    )


def _card_of_a_tenant(row: dict[str, Any]) -> Card:
    return _connector_card(row)._replace(group=str(row.get("tenant_id") or ""))


def _connector_facts(row: dict[str, Any]) -> Iterator[str]:
    config = json.loads(row.get("config") or "{}")
    label = config.pop("account_label", None)
    if label:
        yield str(label)
    for name, value in list(config.items())[:3]:
        yield f"{name}: {_short(value)}"
    fields = json.loads(row.get("auth_fields") or "[]")
    yield "credentials: " + (", ".join(fields) if fields else "none")
    tags = json.loads(row.get("tags") or "[]")
    if tags:
        yield "tags: " + ", ".join(tags)
    if row.get("deleted_at"):
        yield f"removed {_day(row['deleted_at'])} by {row.get('deleted_by_email')}"
    elif row.get("updated_at"):
        yield f"changed {_day(row['updated_at'])} by {row.get('updated_by_email')}"


def _day(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Printer:
    """Draws rows of cards; Rich's panels are too slow for many cards."""

    def __init__(self, console: Console) -> None:
        painter = Painter(console)
        self._styled, self._write = painter.styled, painter.write
        self._columns = console.width
        self.across = across(console)
        self._width = max(_NARROWEST, console.width // self.across)
        self._inner = self._width - 4
        self._plain = console.options.ascii_only
        left, line, right, side, lower_left, lower_right = _ASCII if self._plain else _ROUND
        self._upper = (self._styled(f"{left}{line} ", "dim"), line, f"{line}{right}")
        self._left, self._side = self._styled(f"{side} ", "dim"), side
        bottom = lower_left + line * (self._width - 2) + lower_right
        self._bottom = self._styled(bottom, "dim")

    def heading(self, text: str, *, first: bool) -> None:
        """Print the name of a group, after an empty line unless it is the first."""
        shown = self._styled(self._cut(self._clean(text), self._columns), "bold")
        self._write(f"{shown}\n" if first else f"\n{shown}\n")

    def row(self, cards: list[Card]) -> None:
        """Print cards next to each other, all as high as the highest."""
        bodies = [list(self._body(card)) for card in cards]
        empty = self._line("", "")
        lines = ["".join(map(self._top, cards))]
        lines += map("".join, zip_longest(*bodies, fillvalue=empty))
        self._write("\n".join((*lines, self._bottom * len(cards), "")))

    def _top(self, card: Card) -> str:
        start, line, end = self._upper
        corner = f" {card.corner} " if card.corner else ""
        heading = self._clean(card.heading if self._plain else f"{card.glyph} {card.heading}")
        heading = self._cut(heading, self._width - 7 - len(corner))
        rest = self._width - 6 - width_of(heading) - len(corner)
        return (
            f"{start}{self._styled(heading, 'bold')}{self._styled(f' {line * rest}', 'dim')}"
            f"{self._styled(corner, 'green')}{self._styled(end, 'dim')}"
        )

    def _body(self, card: Card) -> Iterator[str]:
        for text, style in card.lines:
            for line in self._wrapped(text):
                yield self._line(line, style)

    def _wrapped(self, text: str | tuple[str, ...]) -> Iterable[str]:
        if isinstance(text, tuple):
            return _wrapped(map(self._clean, text), self._inner)
        words = text.split()
        short = " ".join(words)
        if short.isprintable() and not self._plain and width_of(short) <= self._inner:
            return (short,) if short else ()
        return _wrapped(map(self._clean, words), self._inner)

    def _line(self, text: str, style: str) -> str:
        rest = f"{' ' * (self._inner - width_of(text))} {self._side}"
        return f"{self._left}{self._styled(text, style)}{self._styled(rest, 'dim')}"

    def _clean(self, text: str) -> str:
        """Return text on which no terminal acts, in characters that this terminal can show."""
        if self._plain:
            text = text.replace("·", "-").encode("ascii", "backslashreplace").decode()
        return printable(text)

    def _cut(self, text: str, width: int) -> str:
        return cut(text, width, plain=self._plain)


def _wrapped(words: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns; a longer word is broken."""
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
