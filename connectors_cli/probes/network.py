"""What probes share: how they reach the network, and until when each may take."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from connectors_cli import http
from connectors_cli.addresses import resolve
from connectors_cli.errors import Unreachable
from connectors_cli.probes.values import Values


@dataclass(frozen=True, slots=True)
class Network:
    """An HTTP client, and what certificates and plain connections are held to."""

    client: http.Client
    tls: ssl.SSLContext
    allow_http: bool = False


@dataclass(slots=True)
class Probe:
    """One probe on its way: what it is, with which values, and how far it came."""

    key: str
    spec: dict[str, Any]
    values: Values = field(repr=False)
    deadline: float = 0.0
    step: Any = "connect"
    status: int | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.05, self.deadline - asyncio.get_running_loop().time())


@asynccontextmanager
async def open_network(tls: ssl.SSLContext, *, allow_http: bool = False) -> AsyncIterator[Network]:
    """Yield a network for probes that run one after another."""
    async with http.Client(tls=tls, allow_http=allow_http) as client:
        yield Network(client, tls, allow_http)


async def connect(host: str, port: int, left: float) -> socket.socket:
    """Return a connected blocking socket to an address of the host that was checked."""
    loop = asyncio.get_running_loop()
    for address in await resolve(host, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setblocking(False)
        try:
            await loop.sock_connect(found, (address, port))
        except OSError:
            found.close()
            continue
        except BaseException:
            found.close()
            raise
        found.settimeout(left)
        return found
    raise Unreachable(f"no connection to {host} at port {port}")
