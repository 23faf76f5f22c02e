"""Checks values against schemas, and schemas against what the program can take."""

from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Compiled


def problems(schema: Any, instance: Any) -> tuple[Problem, ...]:
    """Every violation of a schema, each with its path and rule and without the value."""
    compiled = Compiled(schema)
    return compiled.problems(compiled.root, instance)


def check_schema(schema: Any) -> None:
    """Raise InvalidSchema unless the program can use a schema."""
    Compiled(schema)
