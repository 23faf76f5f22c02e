"""Sessions of the standard library's mail and file clients over a socket that was checked."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from connectors_cli.addresses import check_url
from connectors_cli.detached import detached
from connectors_cli.errors import Unreachable
from connectors_cli.http import certificate_problem
from connectors_cli.probes.finding import Account, Fix, ProbeFailed
from connectors_cli.probes.network import Network, Probe, connect

Session = Callable[[Probe, Network, socket.socket, str], None]


async def converse(probe: Probe, network: Network, session: Session, port: int) -> Account:
    """Run a blocking session with the host of the probe; its socket ends with the deadline."""
    url = probe.values.fill_url(probe.spec["url"])
    parts = check_url(url, (probe.spec["protocol"],))
    host = str(parts.hostname)
    connected = await connect(host, parts.port or port, probe.left)
    try:
        await detached(session, probe, network, connected, host)
    except OSError as error:
        raise _explained(error, host) from None
    except EOFError:
        raise Unreachable(f"{host} hung up") from None
    finally:
        _hang_up(connected)
    return named_account(probe, host)


def named_account(probe: Probe, host: str) -> Account:
    """Return the account as user@host."""
    user = probe.values.optional(probe.spec["send"].get("username"))
    return Account(label=f"{user}@{host}" if user else host)


def _hang_up(connected: socket.socket) -> None:
    """Close a socket that another thread may be reading."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
    connected.close()


def check_plain(probe: Probe, network: Network, host: str) -> None:
    """Refuse to send a password without encryption, but to this machine."""
    if probe.values.optional(probe.spec["send"].get("password")) is not None:
        check_url(f"http://{host_text(host)}/", ("http",), allow_plain=network.allow_http)


def host_text(host: str) -> str:
    """Return a host as URLs have it."""
    return f"[{host}]" if ":" in host else host


def _explained(error: OSError, host: str) -> Exception:
    problem = certificate_problem(error, host)
    if problem is not None:
        return problem
    if isinstance(error, ssl.SSLError):
        return ProbeFailed(
            "invalid_config",
            f"{host} does not begin with TLS at this port: another security setting is due",
            Fix("settings", ("port", "security")),
        )
    if isinstance(error, TimeoutError):
        return TimeoutError()
    return Unreachable(f"the connection to {host} broke")
