"""Text as what a schema takes: as it stands, else as JSON, else as a word for yes or no."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from connectors_cli.errors import Problem

_WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def reading(check: Callable[[Any], Iterable[Problem]], path: tuple[str, ...], text: str) -> Any:
    """Return the first reading of a text that `check` finds nothing wrong with at its path."""
    for candidate in _readings(text):
        whole: Any = candidate
        for step in reversed(path):
            whole = {step: whole}
        if not any(problem.path[: len(path)] == path for problem in check(whole)):
            return candidate
    return text


def _readings(text: str) -> Iterable[Any]:
    yield text
    with suppress(ValueError, RecursionError):
        yield json.loads(text)
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]
