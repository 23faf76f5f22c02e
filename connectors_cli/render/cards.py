"""Cards: each service or connector in a frame, as many abreast as fit, printed as they come."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.segment import Segment, Segments

from connectors_cli.icons import glyph
from connectors_cli.render.console import STATUS_STYLES, clean
from connectors_cli.rows import Rows

LIFECYCLE_STYLES = {"limited": "yellow", "closed": "red"}
CARD_WIDTH = 38
_NARROWEST = 16
_ROUND, _ASCII = tuple("╭─╮│╰╯"), tuple("+-+|++")
# What a capability is called on a badge; one that is not here is called by its own name.
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
"""Text, or badges that no line breaks, and its style."""


class Card(NamedTuple):
    """What stands in a frame; `corner` is said at the right of its upper edge."""

    glyph: str
    heading: str
    lines: list[Line]
    corner: str = ""
    group: str = ""


def show_cards(rows: Rows, console: Console) -> bool:
    """Print a card a row, and a heading where another group begins; tell whether any came."""
    make = _service_card if rows.kind == "catalog" else _connector_card
    names = [name for name, _ in rows.columns]
    cards = (make(dict(zip(names, row, strict=True))) for row in rows.rows)
    printer = _Printer(console)
    shown = False
    for group, members in groupby(cards, key=lambda card: card.group):
        if group:
            printer.heading(group, first=not shown)
        while abreast := list(islice(members, printer.across)):
            printer.abreast(abreast)
            shown = True
    return shown


def _service_card(row: dict[str, Any]) -> Card:
    lifecycle = row.get("lifecycle") or "active"
    facts = (row["key"], row["auth_type"], "" if lifecycle == "active" else lifecycle)
    lines = [(" · ".join(filter(None, facts)), "cyan"), (row.get("description") or "", "")]
    lines.append((_badges(row.get("capabilities")), "dim"))
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


def _badges(capabilities: str | None) -> tuple[str, ...]:
    found = json.loads(capabilities or "{}")
    badges = [_BADGES.get(name) or _spaced(name) for name in found if found[name] is True]
    longest = found.get("max_length")
    if isinstance(longest, int) and longest > 1:
        badges.append(f"up to {longest:,} characters")
    return (*(f"{badge} ·" for badge in badges[:-1]), *badges[-1:])


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
    """Draws rows of cards; Rich's own panels would cost a run with many cards its speed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.across = max(1, console.width // CARD_WIDTH)
        self._width = max(_NARROWEST, console.width // self.across)
        self._inner = self._width - 4
        self._plain = console.options.ascii_only
        self._frame = _ASCII if self._plain else _ROUND

    def heading(self, text: str, *, first: bool) -> None:
        """Print the name of a group, an empty line before it unless it is the first."""
        shown = self._cut(self._clean(text), self._console.width)
        self._print([*([] if first else [Segment("\n")]), self._styled(shown, "bold"), _END])

    def abreast(self, cards: list[Card]) -> None:
        """Print cards beside each other, all as high as the highest."""
        bodies = [list(self._body(card)) for card in cards]
        height = max(map(len, bodies))
        segments = [part for card in cards for part in self._top(card)]
        for number in range(height):
            segments.append(_END)
            for body in bodies:
                text, style = body[number] if number < len(body) else ("", "")
                segments += self._row(text, style)
        bottom = self._frame[4] + self._frame[1] * (self._width - 2) + self._frame[5]
        segments += [_END, *(self._styled(bottom, "dim") for _ in cards), _END]
        self._print(segments)

    def _top(self, card: Card) -> Iterator[Segment]:
        left, line, right = self._frame[:3]
        corner = f" {card.corner} " if card.corner else ""
        heading = self._clean(card.heading if self._plain else f"{card.glyph} {card.heading}")
        heading = self._cut(heading, self._width - 7 - len(corner))
        rest = self._width - 6 - cell_len(heading) - len(corner)
        yield self._styled(f"{left}{line} ", "dim")
        yield self._styled(heading, "bold")
        yield self._styled(f" {line * rest}", "dim")
        yield self._styled(corner, "green")
        yield self._styled(f"{line}{right}", "dim")

    def _body(self, card: Card) -> Iterator[tuple[str, str]]:
        for text, style in card.lines:
            words = text.split() if isinstance(text, str) else text
            for line in _wrapped(map(self._clean, words), self._inner):
                yield line, style

    def _row(self, text: str, style: str) -> Iterator[Segment]:
        side = self._frame[3]
        yield self._styled(f"{side} ", "dim")
        yield self._styled(text, style)
        yield self._styled(f"{' ' * (self._inner - cell_len(text))} {side}", "dim")

    def _clean(self, text: str) -> str:
        """Return text that no terminal acts on, and that this one has the characters for."""
        if self._plain:
            text = text.replace("·", "-").encode("ascii", "backslashreplace").decode()
        return clean(text)

    def _cut(self, text: str, width: int) -> str:
        if cell_len(text) <= width:
            return text
        more = "..." if self._plain else "…"
        return chop_cells(text, max(2, width - len(more)))[0] + more

    def _styled(self, text: str, style: str) -> Segment:
        return Segment(text, self._console.get_style(style) if style else None)

    def _print(self, segments: list[Segment]) -> None:
        self._console.print(Segments(segments), end="", crop=False)


_END = Segment("\n")


def _wrapped(words: Iterable[str], width: int) -> Iterator[str]:
    """Put words on lines of so many columns; one that is longer is broken."""
    line, used = "", 0
    for word in words:
        for piece in chop_cells(word, width) if cell_len(word) > width else (word,):
            size = cell_len(piece)
            if line and used + 1 + size > width:
                yield line
                line, used = "", 0
            line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    if line:
        yield line
