"""The pages that a browser ends on: short, the same for everybody, reflecting nothing."""

from http import HTTPStatus

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>connectors</title></head>'
    "<body><h1>connectors</h1><p>{}</p></body></html>"
)
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)
RECEIVED = "The answer has arrived. Go back to the terminal; you can close this page."
REFUSED = "Nothing was granted. Go back to the terminal; you can close this page."
NOT_OURS = "This is not the answer that the terminal waits for. Nothing was done."


def response(status: HTTPStatus, sentence: str) -> bytes:
    """Return a whole HTTP response that shows one sentence of ours."""
    body = _PAGE.format(sentence).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{_HEADERS}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
