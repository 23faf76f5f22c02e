"""The HTTP transport of a sign-in; each request has a time limit."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from connectors_cli.errors import Unreachable
from connectors_cli.net import client as net_client
from connectors_cli.net.client import Answer, Client
from connectors_cli.oauth.provider import Provider

SECONDS = 30.0
"""The time limit of one request, from the name lookup to the last byte, in seconds."""
T = TypeVar("T")


def fetch(provider: Provider, method: str, url: str, **parts: Any) -> Answer:
    """Send one request and return its answer.

    Raises:
        Unreachable, InvalidInput, TooLarge: see `net.client`.
    """

    async def whole() -> Answer:
        async with network(provider) as client:
            return await send(client, method, url, **parts)

    return run(whole())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end; Ctrl-C stops it at once."""
    return asyncio.run(work)


@asynccontextmanager
async def network(provider: Provider) -> AsyncIterator[Client]:
    """Yield an HTTP client with this program's rules for every request."""
    options = provider.options
    tls = net_client.tls_context(options.ca_file)
    async with Client(tls=tls, allow_http=options.allow_http) as client:
        yield client


async def send(client: Client, method: str, url: str, **parts: Any) -> Answer:
    """Send one of several requests; return its answer."""
    request = client.request(method, url, **parts)
    try:
        async with asyncio.timeout(SECONDS):
            return await client.send(request)
    except TimeoutError:
        host = request.url.host
        raise Unreachable(f"{host} did not answer within {SECONDS:g} seconds") from None
