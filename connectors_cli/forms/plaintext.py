"""Plain text of HTML and Markdown in descriptions, and of names that have no title."""

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
MARKDOWN_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300})\]\(\s*<?([^\s()<>]{1,500})>?(?:\s[^()\n]{0,200})?\)"
)
BETWEEN = re.compile(r"[\s_\-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z](?!\b|[A-Z_]))")
SIGNS = re.compile(r"[^\w\s\-]")
CAPITALS = frozenset(
    (
        *("ACL", "API", "ARN", "AWS", "CA", "CIDR", "CPU", "CSV", "DB", "DNS", "FTP"),
        *("GCP", "HTML", "HTTP", "HTTPS", "IAM", "ID", "IP", "JSON", "JWT", "LDAP", "MFA"),
        *("PEM", "REST", "RSA", "S3", "SAML", "SDK", "SFTP", "SMS", "SMTP", "SQL", "SSH"),
        *("SSL", "SSO", "TCP", "TLS", "TTL", "UDP", "UI", "URI", "URL", "UUID", "VPC"),
        *("XML", "YAML"),
    )
)


def plain(text: object) -> str:
    """Return a description as a person reads it: no tags, links spelled out, entities resolved."""
    if not isinstance(text, str):
        return ""
    if "<" in text:
        text = LINK.sub(_linked, text)
        text = TAGS.sub("", BREAKS.sub("\n", text))
    if "](" in text:
        text = MARKDOWN_LINK.sub(lambda match: _link(match.group(1), match.group(2)), text)
    text = html.unescape(text) if "&" in text else text
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def humanised(name: str) -> str:
    """Return a key as words: `residencyServer` as `Residency server`, `api_key` as `API key`."""
    if SIGNS.search(name):
        return name  # signs that mean something: a path, a version, a dotted name
    words = [word for word in BETWEEN.split(name.replace("OAuth", "Oauth")) if word]
    if not words:
        return name
    first, *rest = (_cased(word, keep=not name.isupper()) for word in words)
    return " ".join((first[:1].upper() + first[1:], *rest))


def _cased(word: str, *, keep: bool) -> str:
    """Return a word in lower case, but for abbreviations."""
    if word.upper() in CAPITALS:
        return word.upper()
    if word.endswith("s") and len(word) > 2 and word[:-1].upper() in CAPITALS:
        return word[:-1].upper() + "s"
    if word.lower().startswith("oauth"):
        return f"OAuth{word[5:]}"
    return word if keep and word.isupper() and len(word) > 1 else word.lower()


def _linked(match: re.Match[str]) -> str:
    return _link(match.group(2), match.group(1))


def _link(label: str, address: str) -> str:
    label = " ".join(label.split())
    return address if label in ("", address) else f"{label} ({address})"
