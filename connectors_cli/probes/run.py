"""Running a probe by its protocol, within a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from connectors_cli.errors import ConnectorsError, InvalidInput
from connectors_cli.net.addresses import Forbidden
from connectors_cli.net.client import NotTrusted, TooLarge
from connectors_cli.net.failure import Fix, ProbeFailed, State
from connectors_cli.net.proxies import BadProxy, ProxyFailed
from connectors_cli.net.templates import Values, fields_in
from connectors_cli.probes import ftp, https, sftp, smtp, websocket
from connectors_cli.probes.finding import Account, Finding
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.target import NOT_TRIED
from connectors_cli.system.masking import mask_credentials
from connectors_cli.system.record import replace

PROTOCOLS: dict[str, Callable[[Probe, Network], Awaitable[Account]]] = {
    "https": https.check,
    "smtp": smtp.check,
    "ftp": ftp.check,
    "sftp": sftp.check,
    "wss": websocket.check,
}


async def run_probe(
    key: str,
    spec: Mapping[str, Any] | None,
    values: Values,
    network: Network,
    seconds: float,
    *,
    follow: Callable[[str], None] | None = None,
) -> Finding:
    """Return the finding of a type's probe with a connector's values; failures are findings too.

    `follow` is told each step as it is reached.
    """
    if not spec or spec.get("protocol") == "none":
        text = "this service has no request that tests the credentials"
        return Finding("unsupported", "connect", text)
    check = PROTOCOLS.get(spec["protocol"])
    if check is None:
        text = f"the protocol {spec['protocol']} is not supported"
        return Finding("unsupported", "connect", text)
    deadline = asyncio.get_running_loop().time() + seconds
    probe = Probe(key, dict(spec), values, deadline, follow=follow)
    probe.reach("connect")
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
    return Finding("ok", "identity", _success(probe, account), account, probe.status)


def _failed(probe: Probe, failure: ProbeFailed) -> Finding:
    return Finding(
        failure.state,
        probe.step,
        failure.message,
        http_status=probe.status,
        fix=_narrowed(failure.fix, probe),
        detail=_detail(probe),
        host_key=probe.host_key,
    )


def _detail(probe: Probe) -> str | None:
    """Return the server's words without what steps saved, and without what was sent."""
    if probe.said is None:
        return None
    derived = [text for text in probe.values.step.values() if isinstance(text, str)]
    return mask_credentials(probe.said, [*derived, *probe.sent])


def _narrowed(fix: Fix | None, probe: Probe) -> Fix | None:
    """Return the fix with only the credentials that were sent, once the service has answered."""
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
    if isinstance(error, BadProxy | ProxyFailed):
        state: State = "invalid_config" if isinstance(error, BadProxy) else "unreachable"
        text = f"{error.message}; {error.hint}" if error.hint else error.message
        return ProbeFailed(state, text, Fix("proxy"))
    if isinstance(error, InvalidInput | TooLarge):
        return ProbeFailed("invalid_config", error.message, settings)
    return ProbeFailed("unreachable", error.message, Fix("again"))


def _success(probe: Probe, account: Account) -> str:
    if probe.told is not None:
        return probe.told
    open_to_all = probe.spec.get("send", {}).get("as") == "none"
    if open_to_all and not (account.label or account.id):
        return "the service answers"
    return NOT_TRIED
