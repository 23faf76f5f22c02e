"""The HTTP transport of a sign-in; each request has a time limit."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from connectors_cli.errors import Cancelled, Unreachable
from connectors_cli.net import client as net_client
from connectors_cli.net.client import Answer, Client
from connectors_cli.oauth.provider import Provider

SECONDS = 30.0
"""The time limit of one request, from the name lookup to the last byte, in seconds."""
T = TypeVar("T")
_LOOK = 0.1
"""How often it looks whether it is to stop, in seconds."""
_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


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
    """Run asynchronous work to its end; Ctrl-C stops it at once.

    Raises Cancelled if the event of `stopped_by` is set meanwhile.
    """
    stop = _STOP.get()
    return asyncio.run(work if stop is None else _until(stop, work))


@contextmanager
def stopped_by(stop: threading.Event | None) -> Iterator[None]:
    """Let an event that another thread sets end what `run` runs."""
    before = _STOP.set(stop)
    try:
        yield
    finally:
        _STOP.reset(before)


async def _until(stop: threading.Event, work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    while not task.done():
        if stop.is_set():
            task.cancel()
            await asyncio.wait({task})
            raise Cancelled("Cancelled.")
        await asyncio.wait({task}, timeout=_LOOK)
    return task.result()


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
