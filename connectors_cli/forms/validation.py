"""Checks values against schemas, and schemas against what the program can take."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from jsonschema_specifications import REGISTRY

from connectors_cli.errors import InvalidSchema, Problem
from connectors_cli.forms import patterns
from connectors_cli.forms.budget import bounded
from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.nodes import PatternUnusableError
from connectors_cli.forms.references import check_loops, check_references, located
from connectors_cli.forms.wording import problems as worded

METASCHEMA_STEPS = 600_000
"""A metaschema is dear to check: a schema of 1 MiB needs about this many steps."""


def problems(schema: Any, instance: Any) -> tuple[Problem, ...]:
    """Every violation of a schema, each with its path and rule and without the value."""
    compiled = Compiled(schema)
    return compiled.problems(compiled.root, instance)


def checker(schema: Any) -> Callable[[Any], tuple[Problem, ...]]:
    """Return `problems` for one schema made ready once, for many values."""
    compiled = Compiled(schema)
    return partial(compiled.problems, compiled.root)


def check_schema(schema: Any) -> None:
    """Raise InvalidSchema unless the program can use a schema: what is wrong, where, and why."""
    compiled = Compiled(schema)
    _check_keywords(compiled)
    check_references(compiled)
    check_loops(compiled)
    _check_patterns(compiled)


def _check_keywords(compiled: Compiled) -> None:
    """The schema against the metaschema of its draft."""
    original = compiled.draft.original
    checker = compiled.draft.validator(original.META_SCHEMA, registry=REGISTRY)
    outcome = bounded(lambda: next(checker.iter_errors(compiled.schema), None), METASCHEMA_STEPS)
    if outcome is None:
        return
    if isinstance(outcome, Problem):
        raise InvalidSchema(f"the schema cannot be checked: {outcome.message}")
    problem = worded([outcome])[0]
    where = "/".join(["#", *map(str, problem.path)])
    raise InvalidSchema(f"the schema is not valid: {where} {problem.message} ({problem.rule})")


def _check_patterns(compiled: Compiled) -> None:
    for pattern, where in _patterns(compiled):
        complaint = patterns.complaint(pattern)
        if complaint is not None and not isinstance(complaint, PatternUnusableError):
            raise InvalidSchema(f"the pattern at {where} cannot be used: {complaint}")


def _patterns(compiled: Compiled) -> Iterator[tuple[str, str]]:
    for part, where in located(compiled):
        schema = part.schema if isinstance(part.schema, dict) else {}
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"], f"{where}/pattern"
        names = schema.get("patternProperties")
        for pattern in names if isinstance(names, dict) else ():
            yield pattern, f"{where}/patternProperties"
