"""Credentials in a request: a function for each way to send them."""

import base64
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import Values, fields_in

FRAMING = frozenset({
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that say where a request goes and where it ends; no type sets them."""


@dataclass(slots=True)
class Draft:
    """A request that is being built."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    body_format: str = "json"

    def parts(self) -> dict[str, Any]:
        """Return the arguments of Client.request."""
        found: dict[str, Any] = {"method": self.method, "url": self.url, "headers": self.headers}
        if self.query:  # `params` replaces the query of the URL, so merge them
            found["params"] = httpx2.URL(self.url).params.merge(self.query)
        if self.body is not None:
            found["data" if self.body_format == "form" else "json"] = self.body
        return found


def check_headers(names: Iterable[str]) -> None:
    """Raise ProbeFailed for a header that a type may not set."""
    for name in names:
        if name.strip().lower() in FRAMING:
            raise ProbeFailed("invalid_config", f"a type cannot set the header {name.strip()[:40]}")


Sender = Callable[[Draft, dict[str, Any], Values], None]


def _bearer(draft: Draft, send: dict[str, Any], values: Values) -> None:
    draft.headers["Authorization"] = f"Bearer {values.fill(send['value'])}"


def _basic(draft: Draft, send: dict[str, Any], values: Values) -> None:
    login = f"{values.fill(send.get('username', ''))}:{values.fill(send.get('password', ''))}"
    draft.headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"


def _header(draft: Draft, send: dict[str, Any], values: Values) -> None:
    name = values.fill(send["name"])
    check_headers((name,))
    draft.headers[name] = values.fill(send["value"])


def _query(draft: Draft, send: dict[str, Any], values: Values) -> None:
    draft.query[values.fill(send["name"])] = values.fill(send["value"])


def _jwt(draft: Draft, send: dict[str, Any], values: Values) -> None:
    from joserfc import jwk, jwt

    key = values.fill_all(send["key"])
    now = int(time.time())
    claims = {**values.fill_all(send.get("claims", {})), "iat": now}
    claims["exp"] = now + int(send.get("lifetime_s", 300))
    algorithm = send.get("alg", "HS256")
    head = {"alg": algorithm, "typ": "JWT", "kid": values.fill(send.get("kid", ""))}
    try:
        known = jwk.OctKey.import_key(key)
        token = jwt.encode(head, claims, known, algorithms=[algorithm])
    except ValueError:
        fix = Fix("credentials", fields_in(send, "auth"))
        raise ProbeFailed("auth_failed", "the key is malformed, so it cannot sign", fix) from None
    filled = send.get("value", "Bearer {jwt}").replace("{jwt}", token)
    name = send.get("header", "Authorization")
    check_headers((name,))
    draft.headers[name] = filled


def _sigv4(draft: Draft, send: dict[str, Any], values: Values) -> None:
    try:
        from botocore import auth, awsrequest, credentials
    except ImportError:
        fix = Fix("s3")
        raise ProbeFailed("unsupported", "S3 signatures need botocore", fix) from None
    known = credentials.Credentials(
        values.fill(send["access_key"]),
        values.fill(send["secret_key"]),
        values.optional(send.get("session_token")),
    )
    request = awsrequest.AWSRequest(
        draft.method, draft.url, dict(draft.headers), params=draft.query
    )
    service, region = send.get("service", "s3"), values.fill(send["region"])
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    signer(known, service, region).add_auth(request)
    draft.headers.update(dict(request.headers.items()))


def _in_place(_: Draft, __: dict[str, Any], ___: Values) -> None:
    """Do nothing: the credential is in the URL or body already, or there is none."""


SENDERS: dict[str, Sender] = {
    "none": _in_place,
    "path": _in_place,
    "body": _in_place,
    "url": _in_place,
    "bearer": _bearer,
    "basic": _basic,
    "header": _header,
    "query": _query,
    "jwt": _jwt,
    "aws_sigv4": _sigv4,
}
