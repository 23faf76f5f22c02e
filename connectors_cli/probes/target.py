"""The place to publish in, and the right to: a request after the one that tests the credentials."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors_cli.net.client import Answer
from connectors_cli.net.failure import Fix, ProbeFailed, State
from connectors_cli.net.templates import Values, fields_in, step_into
from connectors_cli.probes.walls import is_temporary, object_in, wall

_ASKED = ("url", "headers", "query", "body", "expect")
_MAY = "the credentials work, and they may publish"
_REACH = "the credentials work in the place to publish in; that they may publish was not tried"
NOT_TRIED = "the credentials work; that they may publish was not tried"


def is_asked(target: Mapping[str, Any], values: Values) -> bool:
    """Return whether a target has a request, and every setting that it needs."""
    names = fields_in([target.get(part) for part in _ASKED], "config")
    starts = target.get("only_if") or {}
    return (
        "url" in target
        and all(values.config.get(name) not in (None, "") for name in names)
        and all(str(values.config.get(n, "")).startswith(text) for n, text in starts.items())
    )


def judge(spec: Mapping[str, Any], answer: Answer, values: Values) -> str:
    """Return what the answer to a probe's target says about publishing, as a sentence.

    Raises ProbeFailed if the place does not exist, or the account may not publish in it.
    """
    target = spec["target"]
    if "url" not in target:
        return _rights(target, object_in(answer), always=False) or NOT_TRIED
    if answer.status in target.get("unclear_status", ()):
        return NOT_TRIED
    _check_place(spec, answer, values)
    return _rights(target, object_in(answer), always=True) or _REACH


def _check_place(spec: Mapping[str, Any], answer: Answer, values: Values) -> None:
    target, status = spec["target"], answer.status
    expected = target.get("expect_status")
    is_good = status == expected if expected else 200 <= status < 300
    document = object_in(answer)
    if is_good and all(
        _matches(at_path(document, path), values.fill_all(value))
        for path, value in (target.get("expect") or {}).items()
    ):
        return
    if not is_good and (in_front := wall(answer, target)) is not None:
        raise in_front
    if status == 429:
        raise ProbeFailed("rate_limited", "too many requests (status 429)", Fix("again"))
    if is_temporary(status):
        text = f"the service is not available (status {status})"
        raise ProbeFailed("unreachable", text, Fix("again"))
    asked = fields_in([target.get(part) for part in _ASKED], "config")
    names = tuple(name for name in asked if name not in fields_in(spec.get("url"), "config"))
    place = " and ".join(names) or "the place to publish in"
    state: State = target.get("refused") or (
        "insufficient_scope" if status == 403 else "invalid_config"
    )
    text = f"the credentials work, but not for {place}: it does not exist, or they may not use it"
    raise ProbeFailed(state, f"{text} (status {status})", Fix("settings", names))


def _rights(
    target: Mapping[str, Any], document: Mapping[str, Any] | None, *, always: bool
) -> str | None:
    """Return that the account may publish; None if the answer says nothing about rights.

    With `always`, an answer that leaves them out says that there are none.
    """
    needs = _needs(target)
    for path in needs:
        found = at_path(document, path)
        parent = at_path(document, path.rpartition(".")[0]) if "." in path else document
        if not always and not isinstance(parent, Mapping):
            return None
        if not found:
            text = f"the credentials work, but they may not publish: {path} is missing"
            state: State = target.get("refused") or "insufficient_scope"
            raise ProbeFailed(state, text, Fix("account"))
    return _MAY if needs else None


def _needs(target: Mapping[str, Any]) -> Sequence[str]:
    needs = target.get("needs") or ()
    return (needs,) if isinstance(needs, str) else tuple(needs)


def at_path(document: Any, path: str) -> Any:
    """Return the value at a path such as `items.0.id`, else None."""
    for key in path.removeprefix("$.").split("."):
        document = step_into(document, key)
    return document


def _matches(found: Any, expected: Any) -> bool:
    """Return whether a value is the expected one, or a list that contains it."""
    if isinstance(found, list) and not isinstance(expected, list):
        return expected in found
    return bool(found == expected) and isinstance(found, bool) == isinstance(expected, bool)
