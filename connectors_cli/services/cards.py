"""The content of cards: what is said of a service or a connector, wherever cards are drawn."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors_cli.catalog.icons import glyph

CARD_WIDTH = 38
"""Columns of a card, at least."""
STATUS_TONES = {"active": "good", "inactive": "dim", "error": "bad"}
LIFECYCLE_TONES = {"limited": "warning", "closed": "bad"}
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


class Line(NamedTuple):
    """Text, or badges that are never broken over lines, and its tone.

    Tones: plain, dim, fact, good, warning, bad.
    """

    text: str | tuple[str, ...]
    tone: str = "plain"


class Card(NamedTuple):
    """The content of a frame; `corner` is shown at the right end of its upper edge."""

    glyph: str
    heading: str
    lines: list[Line]
    corner: str = ""
    group: str = ""


def service_card(row: dict[str, Any]) -> Card:
    """Return the card of a type, from a row of the catalog."""
    lifecycle = row.get("lifecycle") or "active"
    facts = (row["key"], row["auth_type"], "" if lifecycle == "active" else lifecycle)
    lines = [Line(" · ".join(filter(None, facts)), "fact"), Line(row.get("description") or "")]
    can = badges(json.loads(row.get("capabilities") or "{}"))
    lines.append(Line(_dotted(can), "dim"))
    if row.get("notice"):
        lines.append(Line(f"! {row['notice']}", LIFECYCLE_TONES.get(lifecycle, "warning")))
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


def connector_card(row: dict[str, Any]) -> Card:
    """Return the card of a connector, from a row of those that are installed or removed."""
    status = str(row.get("status") or "")
    service = row.get("catalog_name") or row.get("catalog_key") or ""
    return Card(
        glyph=glyph(str(row.get("icon"))),
        heading=str(row.get("name") or row.get("id") or ""),
        lines=[
            Line(f"{status} · {service}", STATUS_TONES.get(status, "plain")),
            *map(Line, _connector_facts(row)),
        ],
    )


def card_of_a_tenant(row: dict[str, Any]) -> Card:
    """Return the card of a connector among those of several tenants."""
    return connector_card(row)._replace(group=str(row.get("tenant_id") or ""))


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
        yield f"removed {day(row['deleted_at'])} by {row.get('deleted_by_email')}"
    elif row.get("updated_at"):
        yield f"changed {day(row['updated_at'])} by {row.get('updated_by_email')}"


def day(moment: str) -> str:
    """Return a time of the store as people write it, to the minute."""
    return moment[:16].replace("T", " ")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
