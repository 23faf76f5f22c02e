"""Runs a probe over SFTP: signs in by key or password, and looks at the folder (extra `ssh`)."""

from typing import Any

from connectors_cli.addresses import check_url
from connectors_cli.errors import Unreachable
from connectors_cli.probes.blocking import named_account
from connectors_cli.probes.finding import Account, Fix, ProbeFailed
from connectors_cli.probes.network import Network, Probe, connect
from connectors_cli.probes.values import fields_in


async def check(probe: Probe, _: Network) -> Account:
    """Return the account with the fingerprint of the host's key."""
    try:
        import asyncssh
    except ImportError:
        raise ProbeFailed("unsupported", "testing SFTP needs asyncssh", Fix("ssh")) from None
    parts = check_url(probe.values.fill_url(probe.spec["url"]), ("sftp",))
    host, port = str(parts.hostname), parts.port or 22
    options = _options(probe, asyncssh)
    connected = await connect(host, port, probe.left)
    connected.setblocking(False)
    refused = Fix("credentials", fields_in(probe.spec["send"], "auth"))
    try:
        async with asyncssh.connect(host, port, sock=connected, **options) as session:
            probe.step = "identity"
            key = session.get_server_host_key()
            async with session.start_sftp_client() as files:
                await files.stat(str(probe.values.config.get("directory", ".")))
    except asyncssh.PermissionDenied:
        probe.step = "authenticate"
        text = "the server refuses the credentials"
        raise ProbeFailed("auth_failed", text, refused) from None
    except asyncssh.HostKeyNotVerifiable:
        text = f"the key of {host} is another than the one that is expected"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("host_key",))) from None
    except asyncssh.SFTPError:
        text = "the server has no such folder, or does not let the account in"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("directory",))) from None
    except (OSError, asyncssh.Error):
        raise Unreachable(f"{host} does not speak SSH, or stopped in the middle of it") from None
    finally:
        connected.close()
    account = named_account(probe, host)
    return Account(key.get_fingerprint() if key else None, account.label)


def _options(probe: Probe, asyncssh: Any) -> dict[str, Any]:
    """Return what a session is opened with: nothing of this user's own SSH."""
    send, values = probe.spec["send"], probe.values
    refused = Fix("credentials", fields_in(send, "auth"))
    private, phrase = values.optional(send.get("private_key")), values.optional(send["passphrase"])
    try:
        keys = [asyncssh.import_private_key(private, phrase)] if private else None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        text = "the private key is malformed, or its passphrase is another one"
        raise ProbeFailed("auth_failed", text, refused) from None
    return {
        "username": values.fill(send["username"]),
        "password": values.optional(send.get("password")),
        "client_keys": keys,
        "known_hosts": _known(probe, asyncssh),
        "agent_path": None,
        "config": None,
    }


def _known(probe: Probe, asyncssh: Any) -> Any:
    line = probe.values.config.get("host_key")
    if not line:
        return None
    try:
        return [asyncssh.import_public_key(line)], [], []
    except asyncssh.KeyImportError:
        text = "host_key is no public key of SSH"
        raise ProbeFailed("invalid_config", text, Fix("settings", ("host_key",))) from None
