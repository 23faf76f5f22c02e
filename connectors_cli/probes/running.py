"""Runs one probe by its protocol, within its deadline, and turns what happens into a finding."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from connectors_cli.addresses import Forbidden
from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.http import NotTrusted, TooLarge
from connectors_cli.probes import files, mail, shell, sockets, web
from connectors_cli.probes.finding import Account, Finding, Fix, ProbeFailed
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.values import Values, fields_in

PROTOCOLS: dict[str, Callable[[Probe, Network], Awaitable[Account]]] = {
    "https": web.check,
    "smtp": mail.check,
    "ftp": files.check,
    "sftp": shell.check,
    "wss": sockets.check,
}


async def run_probe(
    key: str, spec: Mapping[str, Any] | None, values: Values, network: Network, seconds: float
) -> Finding:
    """Run the probe of a type with a connector's values; whatever goes wrong is a finding."""
    if not spec or spec.get("protocol") == "none":
        text = "this service has no call that tells whether the credentials work"
        return Finding("unsupported", "connect", text)
    check = PROTOCOLS.get(spec["protocol"])
    if check is None:
        text = f"{spec['protocol']} is not a protocol that this program tests"
        return Finding("unsupported", "connect", text)
    deadline = asyncio.get_running_loop().time() + seconds
    probe = Probe(key, dict(spec), values, deadline)
    try:
        async with asyncio.timeout_at(deadline):
            account = await check(probe, network)
    except TimeoutError:
        text = f"no answer within {seconds:g} seconds"
        return _failed(probe, ProbeFailed("timeout", text, Fix("longer")))
    except ProbeFailed as failure:
        return _failed(probe, failure)
    except ConnectorsError as error:
        return _failed(probe, _as_failure(error, probe))
    return Finding("ok", "identity", _said(account, spec), account, probe.status)


def _failed(probe: Probe, failure: ProbeFailed) -> Finding:
    return Finding(
        failure.state,
        probe.step,
        failure.message,
        http_status=probe.status,
        fix=_narrowed(failure.fix, probe),
    )


def _narrowed(fix: Fix | None, probe: Probe) -> Fix | None:
    """Name of the credentials only those that were sent, once the service answered."""
    if fix is None or fix.cure != "credentials" or probe.status is None:
        return fix
    sent = tuple(name for name in fix.fields if probe.values.auth.get(name) not in (None, ""))
    return replace(fix, fields=sent or fix.fields)


def _as_failure(error: ConnectorsError, probe: Probe) -> ProbeFailed:
    settings = Fix("settings", fields_in(probe.spec.get("url"), "config"))
    if isinstance(error, NotTrusted):
        return ProbeFailed("unreachable", error.message, Fix("trust"))
    if isinstance(error, Forbidden) and error.hint and "--allow-http" in error.hint:
        return ProbeFailed("invalid_config", error.message, Fix("plain"))
    if isinstance(error, InvalidInput | TooLarge):
        return ProbeFailed("invalid_config", error.message, settings)
    return ProbeFailed("unreachable", error.message, Fix("again"))


def _said(account: Account, spec: Mapping[str, Any]) -> str:
    if account.label or account.id:
        return "the credentials work"
    open_to_all = spec.get("send", {}).get("as") == "none"
    return "the service answers" if open_to_all else "the credentials work"
