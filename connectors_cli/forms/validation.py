"""Validation: values against schemas, and schemas against what the program can use."""

from __future__ import annotations

from functools import partial

from connectors_cli.errors import InvalidSchema, Problem
from connectors_cli.forms import plain_schema
from connectors_cli.forms.limits import bounded, check_bounds

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from connectors_cli.forms.compiled import Compiled  # it loads jsonschema

METASCHEMA_STEPS = 600_000
"""A metaschema is dear to check: a schema of 1 MiB needs about this many steps."""


def problems(schema: Any, instance: Any) -> tuple[Problem, ...]:
    """Every violation of a schema, each with its path and rule and without the value."""
    check_bounds(schema)
    if plain_schema.is_plain(schema):
        return plain_schema.problems(schema, instance)
    return checker(schema)(instance)


def checker(schema: Any) -> Callable[[Any], tuple[Problem, ...]]:
    """Return `problems` for one schema made ready once, for many values."""
    check_bounds(schema)
    if plain_schema.is_plain(schema):
        return partial(
            plain_schema.problems, schema, quick=plain_schema.without_annotations(schema)
        )
    from connectors_cli.forms.compiled import compiled_of

    compiled = compiled_of(schema)
    return partial(compiled.problems, compiled.root)


def check_schema(schema: Any) -> None:
    """Raise InvalidSchema unless the program can use a schema: what is wrong, where, and why."""
    from connectors_cli.forms.compiled import Compiled, check_loops, check_references

    compiled = Compiled(schema)
    _check_keywords(compiled)
    check_references(compiled)
    check_loops(compiled)
    _check_patterns(compiled)


def _check_keywords(compiled: Compiled) -> None:
    """Check the schema against the metaschema of its draft, which is dear where it may be wrong."""
    from jsonschema_specifications import REGISTRY

    from connectors_cli.forms.well_formed import is_well_formed
    from connectors_cli.forms.wording import problems as worded

    old = compiled.draft.name == "4"  # true is no schema there, and bounds may be exclusive
    if not old and is_well_formed(compiled.schema, booleans=True):
        return
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
    from connectors_cli.forms.regex import match
    from connectors_cli.forms.regex.nodes import PatternUnusableError

    for pattern, where in _patterns(compiled):
        complaint = match.complaint(pattern)
        if complaint is not None and not isinstance(complaint, PatternUnusableError):
            raise InvalidSchema(f"the pattern at {where} cannot be used: {complaint}")


def _patterns(compiled: Compiled) -> Iterator[tuple[str, str]]:
    from connectors_cli.forms.compiled import located

    for part, where in located(compiled):
        schema = part.schema if isinstance(part.schema, dict) else {}
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"], f"{where}/pattern"
        names = schema.get("patternProperties")
        for pattern in names if isinstance(names, dict) else ():
            yield pattern, f"{where}/patternProperties"
