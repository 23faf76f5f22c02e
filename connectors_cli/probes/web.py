"""Runs a probe over HTTPS: its steps, the request that counts, and what the answer says."""

import asyncio
from collections.abc import Mapping
from typing import Any

from connectors_cli.http import Answer
from connectors_cli.probes.finding import Account, ProbeFailed
from connectors_cli.probes.judging import (
    check_json,
    check_scopes,
    check_status,
    due_json,
    is_page,
    page_problem,
    wait_asked,
)
from connectors_cli.probes.named import NAMED, Named
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.reading import account_in, at_path, needs_json
from connectors_cli.probes.sending import SENDERS, Draft


async def check(probe: Probe, network: Network) -> Account:
    """Return the account that the credentials belong to."""
    spec = probe.spec
    for request in spec.get("steps", ()):
        answer = await _ask(probe, network, request, signed=request.get("auth") == "send")
        _save(probe, answer, request)
    answer = await _ask(probe, network, spec, signed=True)
    probe.step = "identity"
    read = NAMED.get(probe.key, Named()).account
    if read is not None:
        return read(answer, probe.values)
    return _account(probe, answer)


def _account(probe: Probe, answer: Answer) -> Account:
    spec = probe.spec
    if needs_json(spec):
        document = due_json(answer, spec, spec)
        check_json(document, spec)
        check_scopes(document, spec)
        return account_in(document, spec, probe.values)
    if is_page(answer):
        raise page_problem(answer, spec, spec)
    return account_in(None, spec, probe.values)


def _save(probe: Probe, answer: Answer, request: Mapping[str, Any]) -> None:
    wanted = request.get("save") or {}
    document = due_json(answer, request, probe.spec) if wanted else None
    for target, path in wanted.items():
        found = at_path(document, path)
        if found is not None:
            probe.values.save(target, found)


async def _ask(
    probe: Probe, network: Network, request: Mapping[str, Any], *, signed: bool
) -> Answer:
    """Send one request, once more when the service asks to wait and there is time."""
    answer = await _send(probe, network, request, signed)
    wait = wait_asked(answer)
    if wait is not None and wait < probe.left:
        await asyncio.sleep(wait)
        answer = await _send(probe, network, request, signed)
    refused = NAMED.get(probe.key, Named()).refused
    meant = refused is not None and refused(answer, probe.values)
    check_status(answer, request, probe.spec, refused=meant)
    return answer


async def _send(probe: Probe, network: Network, request: Mapping[str, Any], signed: bool) -> Answer:
    built = network.client.request(**_built(probe, request, signed))
    built.extensions["trace"] = _tracer(probe)
    answer = await network.client.send(built)
    probe.status = answer.status
    return answer


def _built(probe: Probe, request: Mapping[str, Any], signed: bool) -> dict[str, Any]:
    values = probe.values
    draft = Draft(
        method=request["method"],
        url=values.fill_url(request["url"]),
        headers={n: values.fill(v) for n, v in (request.get("headers") or {}).items()},
        query={n: values.fill(v) for n, v in (request.get("query") or {}).items()},
        body=values.fill_all(request["body"]) if "body" in request else None,
        body_format=request.get("body_format", "json"),
    )
    prepare = NAMED.get(probe.key, Named()).prepare
    if prepare is not None:
        prepare(draft, values)
    if signed:
        send = probe.spec["send"]
        sender = SENDERS.get(send["as"])
        if sender is None:
            raise ProbeFailed("unsupported", f"{send['as']} is no way to sign in over HTTPS")
        sender(draft, send, values)
    return draft.parts()


def _tracer(probe: Probe) -> Any:
    async def trace(event: str, _: Any) -> None:
        if probe.step == "connect" and event.endswith("send_request_headers.started"):
            probe.step = "authenticate"

    return trace
