"""Probes over SFTP: sign in by key or password, stat the folder (needs the extra `ssh`)."""

import os
import socket
from contextlib import suppress
from typing import Any

from connectors_cli.errors import Unreachable
from connectors_cli.net.addresses import check_url
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import fields_in
from connectors_cli.probes.finding import Account
from connectors_cli.probes.network import Network, Probe, connect, named_account
from connectors_cli.probes.said import one_line

KNOWN_HOSTS = "~/.ssh/known_hosts"


async def check(probe: Probe, _: Network) -> Account:
    """Return the account with the fingerprint of the host's key."""
    try:
        import asyncssh
    except ImportError:
        raise ProbeFailed("unsupported", "testing SFTP needs asyncssh", Fix("ssh")) from None
    parts = check_url(probe.values.fill_url(probe.spec["url"]), ("sftp",))
    host, port = str(parts.hostname), parts.port or 22
    known = await _known(probe, asyncssh, host, port)
    options = {**_options(probe, asyncssh), "known_hosts": known}
    connected = await _connected(probe, host, port)
    refused = Fix("credentials", fields_in(probe.spec["send"], "auth"))
    try:
        async with asyncssh.connect(host, port, sock=connected, **options) as session:
            probe.reach("identity")
            key = session.get_server_host_key()
            async with session.start_sftp_client() as files:
                await files.stat(str(probe.values.config.get("directory", ".")))
    except asyncssh.PermissionDenied as error:
        probe.said = one_line(error.reason)
        probe.reach("authenticate")
        text = "the server refuses the credentials"
        raise ProbeFailed("auth_failed", text, refused) from None
    except asyncssh.HostKeyNotVerifiable:
        raise await _other_key(probe, asyncssh, host, port, known) from None
    except asyncssh.SFTPError as error:
        probe.said = one_line(error.reason)
        text = "the folder does not exist on the server, or the account may not open it"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("directory",))) from None
    except (OSError, asyncssh.Error):
        raise Unreachable(f"{host} does not speak SSH, or closed the connection") from None
    finally:
        connected.close()
    account = named_account(probe, host)
    return Account(key.get_fingerprint() if key else None, account.label)


def _options(probe: Probe, asyncssh: Any) -> dict[str, Any]:
    """Return the options of a session, which uses nothing of this user's SSH configuration."""
    send, values = probe.spec["send"], probe.values
    refused = Fix("credentials", fields_in(send, "auth"))
    private, phrase = values.optional(send.get("private_key")), values.optional(send["passphrase"])
    try:
        keys = [asyncssh.import_private_key(private, phrase)] if private else None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        if "bcrypt" in str(error):
            text = "opening a private key with a passphrase needs bcrypt"
            raise ProbeFailed("unsupported", text, Fix("ssh")) from None
        text = "the private key is malformed, or the passphrase is wrong"
        raise ProbeFailed("auth_failed", text, refused) from None
    return {
        "username": values.fill(send["username"]),
        "password": values.optional(send.get("password")),
        "client_keys": keys,
        "preferred_auth": "publickey,keyboard-interactive,password",
        "agent_path": None,
        "config": None,
    }


async def _known(probe: Probe, asyncssh: Any, host: str, port: int) -> Any:
    """Return the keys that the host may have, before anything secret is sent to it.

    Raises ProbeFailed, with the host's key, if it is neither in host_key nor in known_hosts.
    """
    line = probe.values.config.get("host_key")
    found: Any = ([], [], [])
    with suppress(OSError, ValueError):
        file = os.path.expanduser(KNOWN_HOSTS)
        found = asyncssh.match_known_hosts(file, host, "", port)
        both = (asyncssh.match_known_hosts(file, h, "", None) for h in (f"[{host}]:{port}", host))
        revoked = [key for one in both for key in one[2]]  # the library forgets some of them
        found = (*found[:2], revoked, *found[3:])
    if line:
        try:
            return [asyncssh.import_public_key(line)], [], found[2]
        except asyncssh.KeyImportError:
            text = "host_key is not an SSH public key"
            raise ProbeFailed("invalid_config", text, Fix("settings", ("host_key",))) from None
    if any(found[:2]):
        return found
    shown = await _shown_key(probe, asyncssh, host, port)
    if shown in found[2]:
        raise _revoked(host, shown)
    probe.host_key = " ".join(shown.export_public_key().decode().split()[:2])
    text = f"the host key of {host} is not known yet: {shown.get_fingerprint()}"
    raise ProbeFailed("invalid_config", text, Fix("host_key"))


async def _other_key(probe: Probe, asyncssh: Any, host: str, port: int, known: Any) -> ProbeFailed:
    """Return the failure for a host with another key than the known one, with both."""
    shown = await _shown_key(probe, asyncssh, host, port)
    if shown in known[2]:
        return _revoked(host, shown)
    where = "host_key" if probe.values.config.get("host_key") else KNOWN_HOSTS
    before = ", ".join(key.get_fingerprint() for key in known[0]) or "signed by an authority"
    text = (
        f"the host key of {host} is not the one in {where}: it is {shown.get_fingerprint()}, and"
        f" was {before}. The server has a new key, or somebody is in between: ask its operator"
        " before you accept it"
    )
    return ProbeFailed("invalid_config", text, Fix("settings", ("host_key",)))


def _revoked(host: str, shown: Any) -> ProbeFailed:
    text = f"the host key of {host}, {shown.get_fingerprint()}, is revoked in {KNOWN_HOSTS}"
    return ProbeFailed("invalid_config", text)


async def _shown_key(probe: Probe, asyncssh: Any, host: str, port: int) -> Any:
    """Return the key that a host shows; raises Unreachable without one."""
    connected = await _connected(probe, host, port)
    try:
        key = await asyncssh.get_server_host_key(host, port, sock=connected, config=None)
    except (OSError, asyncssh.Error):
        key = None
    finally:
        connected.close()
    if key is None:
        raise Unreachable(f"{host} does not speak SSH, or closed the connection")
    return key


async def _connected(probe: Probe, host: str, port: int) -> socket.socket:
    connected = await connect(host, port, probe.left)
    connected.setblocking(False)
    return connected
