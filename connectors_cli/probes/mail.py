"""Runs a probe over SMTP: EHLO, STARTTLS where it was chosen, AUTH, NOOP; nothing is sent."""

import smtplib
import socket
from typing import Any

from connectors_cli.errors import Unreachable
from connectors_cli.probes.blocking import check_plain, converse
from connectors_cli.probes.finding import Account, Fix, ProbeFailed
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.values import fields_in


async def check(probe: Probe, network: Network) -> Account:
    """Return the mailbox that the credentials open."""
    return await converse(probe, network, _session, 465)


class _Smtp(smtplib.SMTP):
    """The library's client, on a connection that is there already."""

    def adopt(self, connected: socket.socket, host: str) -> None:
        self._host = host  # what STARTTLS checks the certificate for
        self.sock = connected
        code, _ = self.getreply()
        if code != 220:
            raise Unreachable(f"{host} takes no mail now (status {code})")


def _session(probe: Probe, network: Network, connected: socket.socket, host: str) -> None:
    security = probe.values.config.get("security", "tls")
    if security == "none":
        check_plain(probe, network, host)
    if security == "tls":
        connected = network.tls.wrap_socket(connected, server_hostname=host)
    server = _Smtp(local_hostname="localhost")
    try:
        server.adopt(connected, host)
        server.ehlo()
        if security == "starttls":
            server.starttls(context=network.tls)
            server.ehlo()
        _sign_in(probe, server)
        probe.step = "identity"
        server.noop()
        server.quit()
    except smtplib.SMTPNotSupportedError:
        text = f"{host} does not offer this way to sign in: another port or security is due"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("port", "security"))) from None
    except smtplib.SMTPAuthenticationError as error:
        raise _refused(error.smtp_code, probe) from None
    except smtplib.SMTPException:
        raise Unreachable(f"{host} does not speak SMTP, or stopped in the middle of it") from None
    finally:
        server.close()


def _sign_in(probe: Probe, server: smtplib.SMTP) -> None:
    send = probe.spec["send"]
    user = probe.values.optional(send.get("username"))
    password = probe.values.optional(send.get("password"))
    probe.step = "authenticate"
    if user is not None and password is not None:
        probe.status = _login_once(server, user, password)


def _login_once(server: smtplib.SMTP, user: str, password: str) -> int:
    """Sign in by one mechanism: `login` tries each, and servers count every failure."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    ways: dict[str, Any] = {
        "PLAIN": server.auth_plain,
        "LOGIN": server.auth_login,
        "CRAM-MD5": server.auth_cram_md5,
    }
    for name, way in ways.items():
        if name in offered:
            server.user, server.password = user, password
            return server.auth(name, way)[0]
    raise smtplib.SMTPNotSupportedError


def _refused(code: int, probe: Probe) -> ProbeFailed:
    probe.status = code
    if 400 <= code < 500:
        text = f"the server cannot sign anybody in now (status {code})"
        return ProbeFailed("unreachable", text, Fix("again"))
    fix = Fix("credentials", fields_in(probe.spec["send"], "auth"))
    return ProbeFailed("auth_failed", f"the server refuses the credentials (status {code})", fix)
