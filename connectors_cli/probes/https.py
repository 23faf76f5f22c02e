"""Probes over HTTPS: preparing steps, then the request whose answer counts."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2

from connectors_cli.errors import ConnectorsError
from connectors_cli.net.client import Answer
from connectors_cli.net.credentials import SENDERS, Draft, check_headers
from connectors_cli.net.failure import ProbeFailed
from connectors_cli.probes.finding import Account
from connectors_cli.probes.http_answers import (
    account_in,
    check_json,
    check_scopes,
    check_status,
    html_problem,
    needs_json,
    read_json,
    retry_after,
)
from connectors_cli.probes.network import Network, Probe
from connectors_cli.probes.said import words_of
from connectors_cli.probes.special import SPECIAL, Special
from connectors_cli.probes.target import at_path, is_asked, judge
from connectors_cli.probes.walls import is_page

METHODS = frozenset({"GET", "HEAD", "POST"})
MOST_STEPS = 5


async def check(probe: Probe, network: Network) -> Account:
    """Return the account that the credentials belong to."""
    spec = probe.spec
    _check_harmless(spec)
    for request in spec.get("steps", ()):
        answer = await _ask(probe, network, request, signed=request.get("auth") == "send")
        _save(probe, answer, request)
    answer = await _ask(probe, network, spec, signed=True)
    probe.reach("identity")
    read = SPECIAL.get(probe.key, Special()).account
    try:
        account = read(answer, probe.values) if read is not None else _account(probe, answer)
        await _look_at_target(probe, network, answer)
    finally:
        await _end_session(probe, network, answer)
    return account


async def _end_session(probe: Probe, network: Network, answer: Answer) -> None:
    """End the session that a test opened; a failure leaves it to expire."""
    end = SPECIAL.get(probe.key, Special()).end
    parts = end(answer, probe.values) if end is not None else None
    if parts is not None:
        with suppress(ConnectorsError):
            await network.client.send(network.client.request(**parts))


async def _look_at_target(probe: Probe, network: Network, answer: Answer) -> None:
    """Ask whether the account may publish, if the type says how; raises ProbeFailed if not."""
    target = probe.spec.get("target")
    if not target:
        return
    if "url" in target:
        if not is_asked(target, probe.values):
            return
        status = probe.status
        answer = await _answer(probe, network, target, signed=True)
        probe.told = judge(probe.spec, answer, probe.values)
        probe.status = status
        return
    probe.told = judge(probe.spec, answer, probe.values)


def _check_harmless(spec: Mapping[str, Any]) -> None:
    """Raise ProbeFailed for requests that a test does not send."""
    steps = spec.get("steps", ())
    if len(steps) > MOST_STEPS:
        raise ProbeFailed("invalid_config", f"a test has at most {MOST_STEPS} steps")
    target = spec.get("target") or {}
    requests = (*steps, spec, *((target,) if "url" in target else ()))
    if not {request["method"] for request in requests} <= METHODS:
        raise ProbeFailed("invalid_config", "a test sends only GET, HEAD and POST requests")


def _account(probe: Probe, answer: Answer) -> Account:
    spec = probe.spec
    if needs_json(spec):
        document = read_json(answer, spec, spec)
        check_json(document, spec)
        check_scopes(document, spec)
        return account_in(document, spec, probe.values)
    if is_page(answer):
        raise html_problem(answer, spec)
    return account_in(None, spec, probe.values)


def _save(probe: Probe, answer: Answer, request: Mapping[str, Any]) -> None:
    wanted = request.get("save") or {}
    document = read_json(answer, request, probe.spec) if wanted else None
    for target, path in wanted.items():
        found = at_path(document, path)
        if found is not None:
            probe.values.save(target, found)


async def _answer(
    probe: Probe, network: Network, request: Mapping[str, Any], *, signed: bool
) -> Answer:
    """Send a request; repeat it once if the service asks to wait and there is time."""
    answer = await _send(probe, network, request, signed)
    wait = retry_after(answer)
    if wait is not None and wait < probe.left:
        await asyncio.sleep(wait)
        answer = await _send(probe, network, request, signed)
    return answer


async def _ask(
    probe: Probe, network: Network, request: Mapping[str, Any], *, signed: bool
) -> Answer:
    """Return the answer to a request; raises ProbeFailed unless its status is good."""
    answer = await _answer(probe, network, request, signed=signed)
    special = SPECIAL.get(probe.key, Special())
    closer = special.closer(answer, request) if special.closer else None
    if closer is not None:
        said = probe.said
        closest = await _answer(probe, network, closer, signed=signed)
        if closest.status == 404 or is_page(closest):  # it says no more than the first answer
            probe.status, probe.said = answer.status, said
        else:
            answer = closest
    told = special.accepts(answer) if special.accepts else None
    if told is not None:
        probe.told = told
        return answer
    meant = special.refused is not None and special.refused(answer, probe.values)
    known = special.explain(answer, probe.spec) if special.explain else None
    if known is not None:
        raise known
    check_status(answer, request, probe.spec, refused=meant)
    return answer


async def _send(probe: Probe, network: Network, request: Mapping[str, Any], signed: bool) -> Answer:
    built = network.client.request(**_built(probe, request, signed))
    built.extensions["trace"] = _tracer(probe)
    answer = await network.client.send(built)
    probe.status, probe.said = answer.status, words_of(answer)
    probe.sent = tuple(text for text in _sent(built) if text)
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
    check_headers(draft.headers)
    prepare = SPECIAL.get(probe.key, Special()).prepare
    if prepare is not None:
        prepare(draft, values)
    if signed:
        send = probe.spec["send"]
        sender = SENDERS.get(send["as"])
        if sender is None:
            raise ProbeFailed(
                "unsupported", f"credentials cannot be sent as {send['as']} over HTTPS"
            )
        sender(draft, send, values)
    return draft.parts()


def _sent(request: httpx2.Request) -> tuple[str, str]:
    """Return the Authorization header of a request, whole and without its scheme."""
    whole = request.headers.get("authorization", "")
    return whole, whole.partition(" ")[2]


def _tracer(probe: Probe) -> Any:
    async def trace(event: str, _: Any) -> None:
        if probe.step == "connect" and event.endswith("send_request_headers.started"):
            probe.reach("authenticate")

    return trace
