"""The network as probes use it, and the state of one probe."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.errors import Unreachable
from connectors_cli.net import client as net_client
from connectors_cli.net.addresses import check_url, resolve
from connectors_cli.net.client import certificate_problem
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import Values
from connectors_cli.probes.finding import Account
from connectors_cli.system.threads import detached

GREETING = 3.0
"""How many seconds to wait for a server's greeting before TLS is tried."""


@dataclass(frozen=True, slots=True)
class Network:
    """An HTTP client with its TLS context, and whether plain connections are allowed."""

    client: net_client.Client
    tls: ssl.SSLContext
    allow_http: bool = False


@dataclass(slots=True)
class Probe:
    """A running probe: its specification and values, and the step it reached."""

    key: str
    spec: dict[str, Any]
    values: Values = field(repr=False)
    deadline: float = 0.0
    step: Any = "connect"
    status: int | None = None
    host_key: str | None = None
    told: str | None = None
    """What the service said about publishing, as a sentence."""
    said: str | None = field(default=None, repr=False)
    """The server's own words in its last answer; they can contain what was sent."""
    sent: tuple[str, ...] = field(default=(), repr=False)
    """What was derived from credentials and sent, to be masked in the server's words."""

    follow: Callable[[str], None] | None = field(default=None, repr=False)
    """What is told each step as it is reached."""

    def reach(self, step: str) -> None:
        """Begin a step."""
        self.step = step
        if self.follow is not None:
            self.follow(step)

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return max(0.05, self.deadline - asyncio.get_running_loop().time())


@asynccontextmanager
async def open_network(tls: ssl.SSLContext, *, allow_http: bool = False) -> AsyncIterator[Network]:
    """Yield a network for probes that run one after the other."""
    async with net_client.Client(tls=tls, allow_http=allow_http) as client:
        yield Network(client, tls, allow_http)


async def connect(host: str, port: int, left: float) -> socket.socket:
    """Return a blocking socket that is connected to a checked address of the host."""
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
    raise Unreachable(f"cannot connect to {host} on port {port}")


Session = Callable[[Probe, Network, socket.socket, str], None]


async def run_session(probe: Probe, network: Network, session: Session, port: int) -> Account:
    """Run a blocking session with the probe's host; the deadline closes its socket."""
    url = probe.values.fill_url(probe.spec["url"])
    parts = check_url(url, (probe.spec["protocol"],))
    host = str(parts.hostname)
    connected = await connect(host, parts.port or port, probe.left)
    try:
        await detached(session, probe, network, connected, host)
    except OSError as error:
        raise _explained(error, host) from None
    except EOFError:
        raise Unreachable(f"{host} closed the connection") from None
    finally:
        _disconnect(connected)
    return named_account(probe, host)


def named_account(probe: Probe, host: str) -> Account:
    """Return the account as user@host."""
    user = probe.values.optional(probe.spec["send"].get("username"))
    return Account(label=f"{user}@{host}" if user else host)


def _disconnect(connected: socket.socket) -> None:
    """Close a socket, also while another thread reads it."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
    connected.close()


def check_unencrypted(probe: Probe, network: Network, host: str) -> None:
    """Raise Forbidden if a password would go unencrypted to another machine."""
    if probe.values.optional(probe.spec["send"].get("password")) is not None:
        check_url(f"http://{host_text(host)}/", ("http",), allow_plain=network.allow_http)


def host_text(host: str) -> str:
    """Return a host as URLs write it: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def _explained(error: OSError, host: str) -> Exception:
    problem = certificate_problem(error, host)
    if problem is not None:
        return problem
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Unreachable(f"{host} closed the connection during the TLS handshake")
    if isinstance(error, ssl.SSLError):
        return _tls_problem(error, host)
    if isinstance(error, TimeoutError):
        return TimeoutError()
    return Unreachable(f"the connection to {host} was lost")


def _tls_problem(error: ssl.SSLError, host: str) -> ProbeFailed:
    """Return the failure for a handshake: refused by the other side, or never begun there."""
    fix = Fix("settings", ("port", "security"))
    if "ALERT" in (error.reason or ""):
        word = str(error.reason).lower().replace("_", " ")
        return ProbeFailed("invalid_config", f"{host} refuses the TLS handshake ({word})", fix)
    text = f"{host} does not start with TLS on this port; try another security setting"
    return ProbeFailed("invalid_config", text, fix)


def check_greeting(connected: socket.socket, host: str, implicit: str) -> None:
    """Wait for the first bytes of a server that speaks first; if none come, try TLS.

    `implicit` is the security setting for servers that speak TLS from the start. A server that is
    only slow is waited for until the deadline. Raises ProbeFailed for one that waits for TLS.
    """
    left = connected.gettimeout() or GREETING
    connected.settimeout(min(GREETING, left / 3))
    try:
        connected.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        if _speaks_tls(connected.getpeername(), left / 3):
            text = f"{host} expects TLS from the start on this port: set security={implicit}"
            raise ProbeFailed(
                "invalid_config", text, Fix("settings", ("port", "security"))
            ) from None
    finally:
        connected.settimeout(left)


def _speaks_tls(address: Any, seconds: float) -> bool:
    """Return whether a server answers a TLS handshake; nothing else is sent to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(address[:2], timeout=seconds) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
