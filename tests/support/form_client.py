"""A program that fills in a form knowing nothing but the messages it gets."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, errors, find, settings
from hypothesis import strategies as st

Message = dict[str, Any]
Send = Callable[[Message], Message]
MOST = 3_000
QUICK = settings(
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TEXTS = {
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "email": "ann@example.com",
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "hostname": "host.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "duration": "P1D",
    "regex": "^a$",
    "json-pointer": "/a",
    "uri-reference": "/a",
}
VALUES: dict[str, list[Any]] = {
    "string": ["x"],
    "integer": [1],
    "number": [1],
    "boolean": [True],
    "object": [{}],
    "array": [[]],
    "null": [None],
}


def fill_in(send: Send) -> Message:
    """Answer question after question, and return the last state: problems, complete."""
    question = send({"op": "next"})["question"]
    for _ in range(MOST):
        if question is None:
            return send({"op": "problems"})
        question = _answer(send, question)
    raise AssertionError("the form does not end")


def _answer(send: Send, question: Message) -> Message | None:
    named = {name: question[name] for name in ("part", "path", "kind", "count") if name in question}
    for value in candidates(question):
        done = send({"op": "answer", **named, "value": value})
        if done["ok"] and not done["refused"]:
            return done["question"]
    raise AssertionError(f"no answer fits {named}: {question['schema']}")


def candidates(question: Message) -> Iterator[Any]:
    """Yield answers to try, the likeliest first."""
    kind = question["kind"]
    if kind in {"include", "more"}:
        yield from (bool(question["default"]), False, True)
        return
    if not question["required"] and kind != "key":
        yield None
    if question["default"] is not None:
        yield question["default"]
    yield from question["examples"]
    yield from _choices(question)
    yield from {"key": _names, "text": _texts, "json": _anything}.get(kind, _scalars)(
        question["schema"], question
    )
    yield None


def _choices(question: Message) -> Iterator[Any]:
    values = [choice["value"] for choice in question["choices"]]
    if question["kind"] == "choices":
        yield from (values[:size] for size in range(len(values) + 1))
    else:
        yield from values


def _names(schema: Any, question: Message) -> Iterator[str]:
    known = schema if isinstance(schema, dict) else {}
    names = known.get("propertyNames")
    patterns = list(known.get("patternProperties", {}))
    if isinstance(names, dict):
        yield from (str(name) for name in names.get("enum", ()))
        patterns.append(names.get("pattern"))
    for pattern in filter(None, patterns):
        yield from _matching(pattern)
    yield from (f"entry{number}" for number in range(1, 4))
    yield from "abc"


def _texts(schema: Any, question: Message) -> Iterator[Any]:
    for known in _within(schema):
        if known.get("format") in TEXTS:
            yield TEXTS[known["format"]]
        if isinstance(known.get("pattern"), str):
            yield from _matching(known["pattern"], known.get("minLength", 0))
        yield "x" * max(known.get("minLength", 1), 1)
    yield from TEXTS.values()
    yield from ("1", "1s", "10m", "a", "A", "ab", "example", "")


def _matching(pattern: str, least: int = 0) -> Iterator[str]:
    """Yield short texts that match a pattern."""
    try:
        texts = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=False)
        found = find(texts, lambda text: len(text) >= least and "\n" not in text, settings=QUICK)
        yield found
        yield find(texts, lambda text: len(text) > max(least, len(found)), settings=QUICK)
    except (re.error, errors.HypothesisException):  # other texts are tried
        return


def _scalars(schema: Any, question: Message) -> Iterator[Any]:
    for known in _within(schema):
        ends = [known.get(name) for name in ("minimum", "exclusiveMinimum", "maximum")]
        for end in [number for number in ends if type(number) in {int, float}]:
            yield from (end, end + 1, end - 1)
        step = known.get("multipleOf")
        yield from (step, step * 2) if isinstance(step, int | float) else ()
    yield from (1, 0, 2, 10, 100, 8080, 0.5, True, False)


def _anything(schema: Any, question: Message) -> Iterator[Any]:
    for known in _within(schema):
        kinds = known.get("type", [])
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield from VALUES.get(kind, ())
    yield from itertools.chain("x", ({}, [], 1, True))


def _within(schema: Any) -> Iterator[Message]:
    """Yield a schema and what it consists of, as far as it stands in the message."""
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(keyword, ()):
            yield from _within(inner)
