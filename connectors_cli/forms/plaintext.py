"""HTML and Markdown links in descriptions, as plain text."""

import html
import re

BREAKS = re.compile(r"<\s*(br|/p|/div|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
LINK = re.compile(
    r"<a\b[^<>]{0,500}?href\s*=\s*[\"']?([^\"'<>\s]{1,500})[^<>]{0,500}>([^<]{0,500})</a>",
    re.IGNORECASE,
)
TAGS = re.compile(
    r"</?(a|b|i|u|p|br|ul|ol|li|em|strong|code|pre|span|div|h\d|img|table|tr|td|th|small|sub|sup|hr"
    r"|font|blockquote|details|summary)\b[^<>]{0,500}>",
    re.IGNORECASE,
)


def plain(text: object) -> str:
    """A description as a person reads it: tags gone, links spelled out, entities resolved."""
    if not isinstance(text, str):
        return ""
    if "<" in text:
        text = LINK.sub(_linked, text)
        text = TAGS.sub("", BREAKS.sub("\n", text))
    text = html.unescape(text) if "&" in text else text
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _linked(match: re.Match[str]) -> str:
    address, label = match.group(1), " ".join(match.group(2).split())
    return address if label in ("", address) else f"{label} ({address})"
