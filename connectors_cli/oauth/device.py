"""The device flow (RFC 8628): the user enters a code elsewhere while this program polls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connectors_cli.errors import InvalidInput, Unreachable
from connectors_cli.net.addresses import check_url
from connectors_cli.net.client import Answer
from connectors_cli.oauth import answers, client_auth, requests, tokens, transport
from connectors_cli.oauth.contract import Dialog, TokenResponse
from connectors_cli.oauth.provider import Provider

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_PAUSE_S = 5.0
_SHORTEST_S = 1.0
_LONGEST_S = 86400.0
_LONGEST_CODE = 100
_LONGEST_URL = 2000
_UNDECIDED = frozenset({"authorization_pending", "slow_down"})
Sleep = Callable[[float], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Device:
    """The service's answer: a code for this program, one for the user, and the poll interval."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    complete_url: str | None
    expires_in: float
    interval: float


def sign_in(provider: Provider, dialog: Dialog) -> TokenResponse:
    """Let the user enter a code on another device; return the token response."""
    device = start(provider)
    dialog.device(device.user_code, device.url, device.complete_url, _patience(provider, device))
    return requests.follow_up(provider, transport.run(poll(provider, device)))


def start(provider: Provider) -> Device:
    """Request the codes.

    Client authentication is the same as at the token endpoint (section 3.1), unless the type says
    that the client ID is enough.

    Raises:
        InvalidInput: the answer is incomplete, or its address cannot be shown.
    """
    spec = provider.oauth["device_authorization"]
    body = urlencode({"scope": provider.separator.join(_scopes(provider))})
    way = spec.get("client_auth") or _way(spec)
    parts = client_auth.authenticated(provider, provider.url(spec["url"]), body, way)
    return _device(provider, answers.document_of(provider, transport.fetch(provider, **parts)))


async def poll(provider: Provider, device: Device, sleep: Sleep = asyncio.sleep) -> TokenResponse:
    """Poll until the user has decided, no faster than the service allows.

    Raises:
        Rejected: the user denied it.
        Unreachable: the code expired.
    """
    spec = provider.oauth["device_authorization"]
    parts = tokens.token_request(provider, GRANT, way=_way(spec), device_code=device.device_code)
    left, pause = _patience(provider, device), device.interval
    async with transport.network(provider) as client:
        while left > 0:
            await sleep(min(pause, left))
            left -= pause
            try:
                answer = await transport.send(client, **parts)
                word = answers.error_in(answer)
                if word == "expired_token":
                    break
                if word not in _UNDECIDED:
                    return _granted(provider, answer)
                pause += _PAUSE_S if word == "slow_down" else 0
            except Unreachable:  # section 3.5: poll less often, and go on
                pause *= 2
        else:
            raise _ended(_patience(provider, device), device)
    raise _ended(device.expires_in, device)


def _patience(provider: Provider, device: Device) -> float:
    """Return how many seconds to wait: until the code expires, or less if the options say so."""
    return min(device.expires_in, provider.options.timeout or _LONGEST_S)


def _ended(seconds: float, device: Device) -> Unreachable:
    expired = seconds >= device.expires_in
    within = f"nobody signed in within {seconds:g} seconds"
    text = "the code expired before it was entered" if expired else within
    return Unreachable(text, hint="get a new code: connectors auth login NAME --method device")


def _granted(provider: Provider, answer: Answer) -> TokenResponse:
    document = answers.document_of(provider, answer)
    return answers.token_response(provider, document, _scopes(provider))


def _way(spec: Mapping[str, Any]) -> str | None:
    return "none" if spec.get("client_secret_needed") is False else None


def _scopes(provider: Provider) -> tuple[str, ...]:
    """Return the scopes to request: some services allow only a few in this flow."""
    spec = provider.oauth["device_authorization"]
    return provider.options.scopes or tuple(spec.get("scopes", ())) or provider.scopes


def _device(provider: Provider, found: dict[str, Any]) -> Device:
    spec = provider.oauth["device_authorization"]
    url = found.get(spec.get("verification_field") or "verification_uri")
    codes = [found.get("device_code"), found.get("user_code"), url]
    if not all(isinstance(each, str) and each.isprintable() and each for each in codes):
        raise InvalidInput(
            f"{provider.name} did not send a device code and the address to enter it"
        )
    answers.check_length(provider, str(codes[0]), "device_code")
    provider.keep_secret(str(codes[0]))
    complete = found.get("verification_uri_complete")
    return Device(
        device_code=str(codes[0]),
        user_code=str(codes[1])[:_LONGEST_CODE],
        url=_page(provider, str(url)),
        complete_url=_page(provider, complete) if isinstance(complete, str) else None,
        expires_in=_seconds(found.get("expires_in"), _LONGEST_S),
        interval=max(_SHORTEST_S, _seconds(found.get("interval"), _PAUSE_S)),
    )


def _page(provider: Provider, url: str) -> str:
    if len(url) > _LONGEST_URL:
        raise InvalidInput(f"{provider.name} sent an address that is too long to show")
    check_url(url, ("https", "http"), allow_plain=provider.options.allow_http)
    return url


def _seconds(value: Any, default: float) -> float:
    """Return a number of seconds, or the default if it is out of range."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if 0 <= value <= _LONGEST_S else default
