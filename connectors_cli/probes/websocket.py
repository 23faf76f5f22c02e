"""Probes that open a WebSocket: the handshake of RFC 6455, without messages."""

import base64
import hashlib
import os

from connectors_cli.net.addresses import check_url
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import fields_in
from connectors_cli.probes.finding import Account
from connectors_cli.probes.network import Network, Probe

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def check(probe: Probe, network: Network) -> Account:
    """Return the host that answers: a relay has no accounts."""
    url = probe.values.fill_url(probe.spec["url"])
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
        text = f"no WebSocket at this address (status {answer.status})"
        raise ProbeFailed("unreachable" if busy else "invalid_config", text, fix)
    return Account(label=parts.hostname)
