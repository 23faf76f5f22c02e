"""Probes over SMTP: EHLO, STARTTLS if configured, AUTH, NOOP; no mail is sent."""

import smtplib
import socket
from typing import Any

from connectors_cli.errors import Unreachable
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import fields_in
from connectors_cli.probes.finding import Account
from connectors_cli.probes.network import (
    Network,
    Probe,
    check_greeting,
    check_unencrypted,
    run_session,
)
from connectors_cli.probes.said import one_line

_NOT_ENCRYPTED = frozenset({523, 530, 538})


async def check(probe: Probe, network: Network) -> Account:
    """Return the account that the credentials belong to."""
    return await run_session(probe, network, _session, 465)


class _Smtp(smtplib.SMTP):
    """The library's client on an existing connection."""

    def adopt(self, connected: socket.socket, host: str) -> None:
        self._host = host  # the name that STARTTLS checks the certificate against
        self.sock = connected
        code, _ = self.getreply()
        if code != 220:
            raise Unreachable(f"{host} accepts no mail now (status {code})")


def _session(probe: Probe, network: Network, connected: socket.socket, host: str) -> None:
    security = probe.values.config.get("security", "tls")
    if security == "none":
        check_unencrypted(probe, network, host)
    if security == "tls":
        connected = network.tls.wrap_socket(connected, server_hostname=host)
    else:
        check_greeting(connected, host, "tls")
    server = _Smtp(local_hostname="localhost")
    try:
        server.adopt(connected, host)
        server.ehlo()
        if security == "starttls":
            server.starttls(context=network.tls)
            server.ehlo()
        _sign_in(probe, server)
        probe.reach("identity")
        server.noop()
        server.quit()
    except smtplib.SMTPNotSupportedError:
        text = f"{host} does not offer this way to sign in; try another port or security setting"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("port", "security"))) from None
    except smtplib.SMTPAuthenticationError as error:
        probe.said = one_line(error.smtp_error)
        raise _refused(error.smtp_code, probe) from None
    except smtplib.SMTPException as error:
        probe.said = one_line(str(error))
        raise Unreachable(f"{host} does not speak SMTP, or closed the connection") from None
    finally:
        server.close()


def _sign_in(probe: Probe, server: smtplib.SMTP) -> None:
    send = probe.spec["send"]
    user = probe.values.optional(send.get("username"))
    password = probe.values.optional(send.get("password"))
    probe.reach("authenticate")
    if user is None and password is None:
        probe.told = "the server answers; no login is set"
        return
    if user is None or password is None:
        name = fields_in(send["password" if password is None else "username"], "auth")
        text = f"{' and '.join(name)} is not set, so there is no login"
        raise ProbeFailed("invalid_config", text, Fix("credentials", name))
    probe.status = _login_once(server, user, password)


def _login_once(server: smtplib.SMTP, user: str, password: str) -> int:
    """Sign in by one mechanism; `login` would try each, and servers count every failure."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    mechanisms: dict[str, Any] = {
        "PLAIN": server.auth_plain,
        "LOGIN": server.auth_login,
        "CRAM-MD5": server.auth_cram_md5,
    }
    for name, mechanism in mechanisms.items():
        if name in offered:
            server.user, server.password = user, password
            return server.auth(name, mechanism)[0]
    raise smtplib.SMTPNotSupportedError


def _refused(code: int, probe: Probe) -> ProbeFailed:
    probe.status = code
    if 400 <= code < 500:
        text = f"the server accepts no sign-ins now (status {code})"
        return ProbeFailed("unreachable", text, Fix("again"))
    if code in _NOT_ENCRYPTED:
        text = f"the server accepts sign-ins only with TLS (status {code})"
        return ProbeFailed("invalid_config", text, Fix("settings", ("security", "port")))
    fix = Fix("credentials", fields_in(probe.spec["send"], "auth"))
    return ProbeFailed("auth_failed", f"the server refuses the credentials (status {code})", fix)
