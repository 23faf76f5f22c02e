"""Makes what is given whole by what the schemas write on their own, or says what is missing."""

from collections.abc import Iterable
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import InputNeeded, Problem
from connectors_cli.field_places import schema_at
from connectors_cli.forms import Form
from connectors_cli.forms.secrets import is_secret
from connectors_cli.forms.validation import problems
from connectors_cli.given import Given


def complete(entry: Entry, given: Given) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return config and auth with what the schemas write on their own; nobody is asked.

    Raises InputNeeded listing every value that is missing, with the flag that supplies it.
    """
    parts, missing = [], list[Problem]()
    for schema, values in ((entry.config_schema, given.config), (entry.auth_schema, given.auth)):
        form = Form(schema, given=values)
        absent = _answer_with_defaults(form)
        if absent is None:
            parts.append(form.result())
        else:
            found = [
                problem
                for problem in problems(schema, values)
                if problem.rule == "required" and "default" not in schema_at(entry, problem.path)
            ]
            missing += found or [absent]
    if missing:
        raise missing_values(entry, missing)
    config, auth = parts
    return config, auth


def missing_values(entry: Entry, missing: Iterable[Problem]) -> InputNeeded:
    """Return the error that lists missing values, each with its flag."""
    lines = [Problem(p.path, "required", f"is missing: {flag_for(entry, p.path)}") for p in missing]
    names = ", ".join(line.dotted for line in lines)
    return InputNeeded(
        f"{entry.key} needs {names}, and nobody can be asked here",
        hint=f"see `connectors catalog show {entry.key}`",
        details=lines,
    )


def _answer_with_defaults(form: Form) -> Problem | None:
    while (question := form.next()) is not None:
        if question.required and question.default is None:
            return Problem(question.path, "required", "is missing")
        form.answer(question.default if question.required else None)
    return None


def flag_for(entry: Entry, path: tuple[str | int, ...]) -> str:
    """Return the option that supplies the value at a path."""
    name = ".".join(str(step) for step in path)
    schema = schema_at(entry, path)
    if is_secret(schema):
        return f"--secret {name}=SOURCE"
    kind = schema.get("type") if isinstance(schema, dict) else None
    return f"--set-json {name}=JSON" if kind in {"object", "array"} else f"--set {name}=VALUE"
