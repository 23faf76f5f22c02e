"""Probes that open a WebSocket: the handshake of RFC 6455, without messages."""

import base64
import hashlib
import os

from connectors_cli.net.addresses import check_url
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import fields_in
from connectors_cli.probes.finding import Account
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.nostr_keys import public_key

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def check(probe: Probe, network: Network) -> Account:
    """Return the account: for Nostr the public key, else the host that answers.

    Every relay is asked: a message goes to all of them.
    """
    account = _identity(probe) if probe.key == "nostr" else None
    url = probe.values.fill_url(probe.spec["url"])
    relays = probe.values.config.get("relays") if probe.key == "nostr" else None
    hosts = [await _open(probe, network, one) for one in relays or [url]]
    if account is not None:
        probe.told = "the key is valid and the relays answer; that they accept posts was not tried"
    return account or Account(label=hosts[0])


def _identity(probe: Probe) -> Account:
    """Return the public key as the account; raises ProbeFailed for an invalid private key."""
    try:
        key, shown = public_key(str(probe.values.value("auth.private_key")))
    except ValueError:
        probe.reach("authenticate")
        text = (
            "private_key is not a valid key: a letter is wrong, or it is not on the curve secp256k1"
        )
        raise ProbeFailed("auth_failed", text, Fix("credentials", ("private_key",))) from None
    return Account(key, shown)


async def _open(probe: Probe, network: Network, url: str) -> str | None:
    """Open a WebSocket and return its host; raises ProbeFailed if there is none."""
    parts = check_url(url, ("wss", "ws"), allow_plain=network.allow_http)
    key = base64.b64encode(os.urandom(16))
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key.decode(),
    }
    asked = network.client.request("GET", f"http{url[2:]}", headers=headers)
    answer = await network.client.send(asked)
    probe.step, probe.status = "authenticate", answer.status
    proof = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    if answer.status != 101 or answer.headers.get("sec-websocket-accept") != proof.decode():
        fix = Fix("settings", fields_in(probe.spec["url"], "config"))
        busy = answer.status in {408, 429} or answer.status >= 500
        text = f"no WebSocket at {parts.hostname} (status {answer.status})"
        raise ProbeFailed("unreachable" if busy else "invalid_config", text, fix)
    return parts.hostname
