"""Output in JSON, converted: to YAML, or to what a jq expression makes of it."""

from __future__ import annotations

import io
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connectors_cli.documents.write import as_yaml
from connectors_cli.errors import UsageError
from connectors_cli.system.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def compiled(expression: str) -> Any:
    """Return a jq program; raises UsageError for an invalid one, or without the extra `jq`."""
    try:
        import jq
    except ImportError:
        raise UsageError(
            "--jq needs the Python package jq, which is not installed",
            hint="pip install 'connectors-cli[jq]'",
        ) from None
    try:
        return jq.compile(expression)
    except ValueError as error:
        raise _refused(error) from None


@contextmanager
def converted(program: Any) -> Iterator[None]:
    """Collect what is written to standard output, and write it as YAML, or through a jq program.

    Text that is not JSON, such as a script, is written unchanged for YAML; raises UsageError for
    jq. What was written before an error is dropped.
    """
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        yield
        text = sys.stdout.getvalue()
    finally:
        sys.stdout = out
    found = _values(text)
    if program is not None:
        if found is None:
            raise UsageError("--jq needs output in JSON, and this command prints text")
        out.writelines(_filtered(program, found))
    else:
        out.writelines([text] if found is None else _documents(found))


def _values(text: str) -> list[Any] | None:
    """Return the JSON values of a text: one, or one a line; None if it is something else."""
    for texts in ([text], text.splitlines()):
        try:
            return [json.loads(each) for each in texts]
        except ValueError:
            continue
    return None


def _documents(values: list[Any]) -> Iterator[str]:
    for number, value in enumerate(values):
        yield "---\n" if number else ""
        yield from as_yaml(value)


def _filtered(program: Any, values: list[Any]) -> Iterator[str]:
    """Yield the results of a jq program: texts as they are, all else as JSON."""
    results: Callable[[Any], Any] = program.input_value
    try:
        for value in values:
            for result in results(value):
                shown = result if isinstance(result, str) else json.dumps(result)
                yield printable(shown, keep="\n\t") + "\n"
    except ValueError as error:
        raise _refused(error) from None


def _refused(error: ValueError) -> UsageError:
    reason = (str(error).strip().splitlines() or ["invalid"])[0].removeprefix("jq: error: ")
    return UsageError(f"--jq: {printable(reason)[:200]}", hint="see https://jqlang.org/manual")
