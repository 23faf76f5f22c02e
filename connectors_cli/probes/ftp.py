"""Probes over FTP: USER and PASS, CWD to the folder, PWD, QUIT."""

import ftplib
import re
import socket

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

_WANTS_TLS = re.compile(r"\b(TLS|SSL|encrypt\w*)\b", re.IGNORECASE)


async def check(probe: Probe, network: Network) -> Account:
    """Return the account that the credentials belong to."""
    return await run_session(probe, network, _session, 21)


def _session(probe: Probe, network: Network, connected: socket.socket, host: str) -> None:
    security = probe.values.config.get("security", "explicit_tls")
    if security == "none":
        check_unencrypted(probe, network, host)
    if security == "implicit_tls":
        connected = network.tls.wrap_socket(connected, server_hostname=host)
    else:
        check_greeting(connected, host, "implicit_tls")
    server = ftplib.FTP() if security == "none" else ftplib.FTP_TLS(context=network.tls)  # noqa: S321 - chosen
    try:
        server.host, server.sock = host, connected
        server.file = connected.makefile("r", encoding=server.encoding)
        server.welcome = server.getresp()
        _sign_in(probe, server)
        _look(probe, server)
        server.quit()
    except (ftplib.error_temp, ftplib.error_reply, ftplib.error_proto) as error:
        probe.said = one_line(str(error))
        raise Unreachable(f"{host} accepts no sign-ins now, or does not speak FTP") from None
    finally:
        server.close()


def _sign_in(probe: Probe, server: ftplib.FTP) -> None:
    send = probe.spec["send"]
    user, password = probe.values.fill(send["username"]), probe.values.fill(send["password"])
    if isinstance(server, ftplib.FTP_TLS) and not hasattr(server.sock, "cipher"):
        try:
            server.auth()
        except ftplib.error_perm as error:
            probe.said = one_line(str(error))
            fix = Fix("settings", ("security",))
            raise ProbeFailed(
                "invalid_config", "the server offers no TLS on this port", fix
            ) from None
    probe.reach("authenticate")
    try:
        answer = ftplib.FTP.login(server, user, password)  # noqa: S321 - chosen
    except (ftplib.error_perm, ValueError) as error:
        raise _refused(probe, str(error)) from None
    probe.status = int(answer[:3]) if answer[:3].isdecimal() else None


def _refused(probe: Probe, said: str) -> ProbeFailed:
    """Return the failure for a refused sign-in, which can also be one without TLS."""
    probe.status, probe.said = 530, one_line(said)
    if _WANTS_TLS.search(said) and probe.values.config.get("security") == "none":
        text = "the server accepts sign-ins only with TLS (status 530)"
        return ProbeFailed("invalid_config", text, Fix("settings", ("security",)))
    fix = Fix("credentials", fields_in(probe.spec["send"], "auth"))
    return ProbeFailed("auth_failed", "the server refuses the credentials (status 530)", fix)


def _look(probe: Probe, server: ftplib.FTP) -> None:
    probe.reach("identity")
    try:
        server.cwd(str(probe.values.config.get("directory", "/")))
        server.pwd()
    except (ftplib.error_perm, ValueError) as error:
        probe.said = one_line(str(error))
        fix = Fix("settings", ("directory",))
        raise ProbeFailed(
            "invalid_config", "the folder does not exist on the server", fix
        ) from None
