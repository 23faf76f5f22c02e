"""The ways in which programs write a secret: plain, escaped, quoted, and encoded."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product

_HTML_APOSTROPHES = ("'", "&#x27;", "&#39;", "&apos;")
_HTML_QUOTES = ('"', "&quot;", "&#34;")
# Left as they are by encodeURIComponent, by encodeURI, and by Go's PathEscape.
_URL_SAFE = ("", "/", "!'()*", "!'()*;,/?:@&=+$#", "$&+=:@")
_BASH_SPECIAL = re.compile(r"""([\s'"\\|&;()<>!{}*\[\]?^$`,~#])""")
LONG = 16 * 1024
"""Characters. No token is longer; all spellings of a whole file would take too much memory."""
_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
_COLUMNS = (64, 76)
"""The lengths of lines of base64: PEM's and openssl's, MIME's and GNU's."""
_YAML_ESCAPES = dict(
    zip('"\\\n\t\r\0\x07\x08\x0b\x0c\x1b\x85\xa0\u2028\u2029', '"\\ntr0abvfeN_LP', strict=True)
)
_LAST_ASCII, _FIRST_SEEN, _LAST_SEEN, _EQUALS = 0x7F, 0x20, 0x7E, 0x3D
_HEX_COLUMNS = 60  # of xxd -p
_BASE64_SKIPPED = (0, 2, 3)
"""By offset: the characters at the start that also encode bytes before the secret."""


def spellings(secret: str) -> set[bytes]:
    """Return a secret and each of its lines as programs write them.

    That is plain, as JSON (four dialects, also inside another), in URLs, in HTML and XML, as
    Python's repr, in YAML, SQL, CSV and e-mail, quoted for a shell, and in hex and base64 (at each
    of the three offsets, also of UTF-16). A
    secret longer than LONG is plain, in JSON, in URLs, in base64 and in hex, its lines plain.
    """
    lines = set(secret.splitlines() if "\n" in secret else ())
    if len(secret) > LONG:
        return {*map(_bytes, lines), *map(_bytes, _plainly(secret)), *_base64_and_hex(secret)}
    parts = {secret, secret.replace(" ", ""), *lines}
    texts = {text for part in parts for text in _escaped(part)}
    return {*map(_bytes, texts), *(text for part in parts for text in _encoded(_bytes(part)))}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _plainly(secret: str) -> Iterator[str]:
    import json

    yield secret
    if not (secret.isalnum() and secret.isascii()):
        yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        from urllib.parse import quote

        yield quote(secret, safe="", errors="surrogatepass")


def _base64_and_hex(secret: str) -> Iterator[bytes]:
    data = _bytes(secret)
    yield data.hex().encode()
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + data)[_BASE64_SKIPPED[offset] :]
        yield from (text, text.translate(_URL_ALPHABET))


def _escaped(secret: str) -> Iterator[str]:
    yield secret
    if secret.isalnum() and secret.isascii():
        return  # written alike by all of them
    yield from _as_json(secret)
    yield from _as_url(secret)
    yield from _as_html(secret)
    yield from _as_python(secret)
    yield from _as_shell(secret)


def _as_json(secret: str) -> Iterator[str]:
    """Yield the dialects: ASCII alone or not, of PHP (a slash), Go and .NET (HTML's characters)."""
    import json

    for ascii_only in (True, False):
        text = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield text
        yield text.replace("/", "\\/")
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        for escaped in ("<>&", "<>&'", "<>&'+`"):
            found = _unicode_escapes(text, escaped)
            yield from (found, _upper_escapes(found))
            found = _unicode_escapes(text.replace('\\"', "\\u0022"), escaped)
            yield from (found, _upper_escapes(found))


def _unicode_escapes(text: str, chars: str) -> str:
    return text.translate({ord(char): f"\\u{ord(char):04x}" for char in f"{chars}\u2028\u2029"})


def _upper_escapes(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text)


def _as_url(secret: str) -> Iterator[str]:
    from urllib.parse import quote, quote_plus  # not for a secret of letters and digits

    for safe in _URL_SAFE:
        for function in (quote, quote_plus):
            text = function(secret, safe=safe, errors="surrogatepass")
            yield text
            yield _lower_escapes(text)
    for kept in ("-_.", "-_.*", ""):  # PHP's, Java's, and what encodes all but letters and digits
        text = quote(secret, safe=kept, errors="surrogatepass").replace("~", "%7E")
        text = text if kept else re.sub("[-_.]", lambda found: f"%{ord(found[0]):02X}", text)
        for form in (text, text.replace("%20", "+")):
            yield from (form, _lower_escapes(form))


def _lower_escapes(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text)


def _as_html(secret: str) -> Iterator[str]:
    text = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for apostrophe, quotes in product(_HTML_APOSTROPHES, _HTML_QUOTES):
        form = text.replace("'", apostrophe).replace('"', quotes)
        yield form
        if not form.isascii():
            yield from _as_entities(form)
    for write in ("&#{:d};", "&#x{:x};", "&#x{:X};"):
        yield _written(secret, write, lambda char: not (char.isascii() and char.isalnum()))
    yield text.replace('"', "&quot;").translate({9: "&#9;", 10: "&#10;", 13: "&#13;"})


def _as_entities(text: str) -> Iterator[str]:
    """Yield HTML with its other characters as numbers, and as names where they have one."""
    from html.entities import codepoint2name  # for the few that need it

    names = {code: f"&{name};" for code, name in codepoint2name.items() if code > _LAST_ASCII}
    for form in (text, text.translate(names)):
        for write in ("&#{:d};", "&#x{:x};", "&#x{:X};"):
            yield _written(form, write, lambda char: not char.isascii())


def _written(text: str, write: str, is_written: Callable[[str], bool]) -> str:
    return "".join(write.format(ord(char)) if is_written(char) else char for char in text)


def _as_python(secret: str) -> Iterator[str]:
    yield ascii(secret)[1:-1]
    yield repr(secret.encode("utf-8", "surrogatepass"))[2:-1]
    text = repr(f"{secret}'")[1:-2]  # in double quotes, unless it holds some
    yield from (text, text.replace('"', '\\"'), repr(f"{secret}\"'")[1:-4])
    yield from _as_others(secret)


def _as_others(secret: str) -> Iterator[str]:
    """Yield what YAML, JavaScript's and PHP's source, SQL, CSV and e-mail make of a secret."""
    yield "".join(map(_in_yaml, secret))
    backslashes = secret.replace("\\", "\\\\")
    yield from (backslashes, backslashes.replace("'", "\\'"), backslashes.replace("\n", "\\n"))
    yield from (secret.replace("'", "''"), secret.replace('"', '""'))
    data = _bytes(secret)
    yield "".join(
        chr(b) if _FIRST_SEEN <= b <= _LAST_SEEN and b != _EQUALS else f"={b:02X}" for b in data
    )


def _in_yaml(char: str) -> str:
    code = ord(char)
    if char in _YAML_ESCAPES:
        return f"\\{_YAML_ESCAPES[char]}"
    if _FIRST_SEEN <= code <= _LAST_SEEN:
        return char
    letter, width = ("x", 2) if code < 0x100 else ("u", 4) if code < 0x10000 else ("U", 8)
    return f"\\{letter}{code:0{width}X}"


def _as_shell(secret: str) -> Iterator[str]:
    yield secret.replace("'", "'\"'\"'")
    yield secret.replace("'", "'\\''")
    yield _BASH_SPECIAL.sub(r"\\\1", secret)
    yield secret[:1] + re.sub(r"\\([#~])", r"\1", _BASH_SPECIAL.sub(r"\\\1", secret[1:]))
    yield re.sub(r'([\\"$`])', r"\\\1", secret)


def _encoded(secret: bytes) -> Iterator[bytes]:
    digits = secret.hex().encode()
    yield from (digits, digits.upper(), *_lines(digits, _HEX_COLUMNS))
    escapes = "".join(f"%{byte:02X}" for byte in secret)
    yield from (escapes.encode(), escapes.lower().encode())
    yield from _in_base64(secret)
    wide = secret.decode("utf-8", "replace").encode("utf-16-le")  # as PowerShell does
    yield from _in_base64(wide)


def _in_base64(secret: bytes) -> Iterator[bytes]:
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + secret)[_BASE64_SKIPPED[offset] :]
        inner = whole.rstrip(b"=")
        if (len(secret) + offset) % 3:
            inner = inner[:-1]  # also encodes what follows
        for text in (whole, whole.rstrip(b"="), inner):
            yield from (text, text.translate(_URL_ALPHABET))
        if offset == 0:
            yield from (line for columns in _COLUMNS for line in _lines(whole, columns))


def _lines(text: bytes, columns: int) -> Iterable[bytes]:
    if len(text) <= columns:
        return ()
    return (text[at : at + columns] for at in range(0, len(text), columns))
