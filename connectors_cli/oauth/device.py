"""Signing in on another device (RFC 8628): a code is typed there while we ask here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connectors_cli.addresses import check_url
from connectors_cli.errors import InvalidInput, Unreachable
from connectors_cli.http import Answer
from connectors_cli.oauth import answers, asking, requests, signing, tokens
from connectors_cli.oauth.contract import Granted, Talk
from connectors_cli.oauth.provider import Provider

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_PAUSE_S = 5.0
_SHORTEST_S = 1.0
_LONGEST_S = 86400.0
_LONGEST_CODE = 100
_LONGEST_URL = 2000
Sleep = Callable[[float], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Device:
    """What the service gave: a code for us, one for the person, and how often we may ask."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    complete_url: str | None
    expires_in: float
    interval: float


def sign_in(provider: Provider, talk: Talk) -> Granted:
    """Let the person type a code elsewhere, and return what that grants."""
    device = start(provider)
    talk.device(device.user_code, device.url, device.complete_url, _patience(provider, device))
    return requests.afterwards(provider, asking.run(poll(provider, device)))


def start(provider: Provider) -> Device:
    """Ask for the codes; InvalidInput for an answer that cannot be shown or counted on.

    The app proves itself as at the token endpoint (section 3.1), unless the type says that its ID
    is enough.
    """
    spec = provider.oauth["device_authorization"]
    body = urlencode({"scope": provider.separator.join(_scopes(provider))})
    way = spec.get("client_auth") or _way(spec)
    parts = signing.signed(provider, provider.url(spec["url"]), body, way)
    return _device(provider, answers.document_of(provider, asking.fetch(provider, **parts)))


async def poll(provider: Provider, device: Device, sleep: Sleep = asyncio.sleep) -> Granted:
    """Ask until the person has decided: no oftener than the service wants, no longer than it waits.

    Raises Rejected when it was denied, Unreachable when the code ran out.
    """
    spec = provider.oauth["device_authorization"]
    parts = tokens.request(provider, GRANT, way=_way(spec), device_code=device.device_code)
    left, pause = _patience(provider, device), device.interval
    async with asking.network(provider) as client:
        while left > 0:
            await sleep(min(pause, left))
            left -= pause
            try:
                answer = await asking.send(client, **parts)
                word = answers.error_in(answer)
                if word == "expired_token":
                    raise _ended(device.expires_in, device)
                if word not in {"authorization_pending", "slow_down"}:
                    return _granted(provider, answer)
                pause += _PAUSE_S if word == "slow_down" else 0
            except Unreachable:  # section 3.5: ask less often, and go on
                pause *= 2
    raise _ended(_patience(provider, device), device)


def _patience(provider: Provider, device: Device) -> float:
    """Return how many seconds to wait: as long as the code is good, or shorter where asked to."""
    return min(device.expires_in, provider.options.timeout or _LONGEST_S)


def _ended(seconds: float, device: Device) -> Unreachable:
    ran_out = seconds >= device.expires_in
    within = f"nobody signed in within {seconds:g} seconds"
    text = "the code ran out before it was typed" if ran_out else within
    return Unreachable(text, hint="a new code: connectors auth login NAME --method device")


def _granted(provider: Provider, answer: Answer) -> Granted:
    document = answers.document_of(provider, answer)
    return answers.granted(provider, document, _scopes(provider))


def _way(spec: Mapping[str, Any]) -> str | None:
    return "none" if spec.get("client_secret_needed") is False else None


def _scopes(provider: Provider) -> tuple[str, ...]:
    """Return the scopes to ask for: some services give only a few to other devices."""
    spec = provider.oauth["device_authorization"]
    return provider.options.scopes or tuple(spec.get("scopes", ())) or provider.scopes


def _device(provider: Provider, found: dict[str, Any]) -> Device:
    spec = provider.oauth["device_authorization"]
    url = found.get(spec.get("verification_field") or "verification_uri")
    codes = [found.get("device_code"), found.get("user_code"), url]
    if not all(isinstance(each, str) and each.isprintable() and each for each in codes):
        raise InvalidInput(f"{provider.name} gives no code to type elsewhere, or not where")
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
        raise InvalidInput(f"{provider.name} gives an address that is too long to be shown")
    check_url(url, ("https", "http"), allow_plain=provider.options.allow_http)
    return url


def _seconds(value: Any, otherwise: float) -> float:
    """Return a number of seconds that makes sense, else the one to assume."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return float(value) if 0 <= value <= _LONGEST_S else otherwise
