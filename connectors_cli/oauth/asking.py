"""Sends the requests of a sign-in, each within its time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from connectors_cli import http
from connectors_cli.errors import Unreachable
from connectors_cli.http import Answer, Client
from connectors_cli.oauth.provider import Provider

SECONDS = 30.0
"""How long one request may take, from looking up the name to the last byte."""
T = TypeVar("T")


def fetch(provider: Provider, method: str, url: str, **parts: Any) -> Answer:
    """Send one request and return its answer; Unreachable, InvalidInput, TooLarge."""

    async def whole() -> Answer:
        async with network(provider) as client:
            return await send(client, method, url, **parts)

    return run(whole())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work to its end; Ctrl-C ends it at once."""
    return asyncio.run(work)


@asynccontextmanager
async def network(provider: Provider) -> AsyncIterator[Client]:
    """Yield a client that keeps to the rules of every request of this program."""
    options = provider.options
    tls = http.trust(options.ca_file)
    async with Client(tls=tls, allow_http=options.allow_http) as client:
        yield client


async def send(client: Client, method: str, url: str, **parts: Any) -> Answer:
    """Send one request of several."""
    request = client.request(method, url, **parts)
    try:
        async with asyncio.timeout(SECONDS):
            return await client.send(request)
    except TimeoutError:
        host = request.url.host
        raise Unreachable(f"{host} did not answer within {SECONDS:g} seconds") from None
