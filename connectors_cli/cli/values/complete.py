"""Which values are missing: schema defaults fill some, the rest become an error or questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry
from connectors_cli.documents.sources import read_of
from connectors_cli.errors import ConnectorsError, InputNeeded, InvalidInput, Problem
from connectors_cli.forms.plain_schema import FILLED, is_plain
from connectors_cli.forms.validation import problems
from connectors_cli.services.given import (
    Given,
    flag_for,
    is_named,
    schema_at,
    schemas_at,
)
from connectors_cli.services.schema_check import without_unread
from connectors_cli.system.record import Record
from connectors_cli.system.text import command_line, shell_quoted

if TYPE_CHECKING:
    from connectors_cli.forms import Form, Question

Path = tuple[str | int, ...]
Values = tuple[dict[str, Any], dict[str, Any]]
Sections = tuple[tuple[Any, dict[str, Any]], tuple[Any, dict[str, Any]]]
_OF_A_VALUE = frozenset(
    {"type", "enum", "const", "pattern", "format", "minLength", "maxLength", "multipleOf"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)
"""Rules that a given value breaks by itself, whatever else is missing."""


class _Missing(Record):
    """A required value that is not given: its path, or those of which one is needed."""

    paths: tuple[Path, ...]

    @property
    def names(self) -> str:
        return " or ".join(".".join(map(str, path)) for path in self.paths)


def complete(entry: Entry, given: Given) -> Values:
    """Return config and auth with the required defaults of the schemas filled in.

    Raises:
        InputNeeded: listing every value that is missing, with the option that supplies it, and
            every given value that is invalid.
        InvalidInput: if values are invalid, and of config none is missing.
    """
    sections = _sections(entry, given)
    config, auth = (_with_defaults(*section) for section in sections)
    if config is None or auth is None:
        return complete_by_forms(entry, sections)
    return config, auth


def _sections(entry: Entry, given: Given) -> Sections:
    return (
        (without_unread(entry.config_schema, given.config), given.config),
        (without_unread(entry.auth_schema, given.auth), given.auth),
    )


def complete_by_forms(entry: Entry, sections: Sections) -> Values:
    """Return what `complete` returns, whatever the schemas are: forms answer with defaults."""
    from connectors_cli.forms import Form  # its engine is slow to import

    forms, missing = list[Form](), list[_Missing]()
    for schema, values in sections:
        form = Form(schema, given=values)
        absent = _answer_with_defaults(form)
        forms.append(form)
        if absent is not None:
            missing += list(_missing(entry, schema, values)) or [_alternatives(form, absent)]
    if missing:
        raise _incomplete(entry, missing, sections)
    config, auth = (form.result() for form in forms)
    return config, auth


def _with_defaults(schema: Any, values: dict[str, Any]) -> dict[str, Any] | None:
    """Return values of a plain schema with required defaults, as the form of it answers them.

    None if they do not fit, or it takes the form to know: then its engine is imported.
    """
    fields = schema.get("properties", {})
    is_flat = is_plain(schema) and schema.get("type") == "object" and values.keys() <= fields.keys()
    if not is_flat or any(isinstance(value, dict | list) for value in values.values()):
        return None
    required = [name for name in schema.get("required", ()) if FILLED not in fields.get(name, ())]
    names = (name for name in fields if name in values or name in required)
    found = {n: values[n] if n in values else fields[n].get("default") for n in names}
    return found if not problems({**schema, "required": required}, found) else None


def _answer_with_defaults(form: Form) -> Question | None:
    """Answer what has a default, leave out what is optional; return what neither applies to."""
    while (question := form.next()) is not None:
        if question.required and question.default is None:
            return question
        form.answer(question.default if question.required or question.hidden else None)
    return None


def _missing(entry: Entry, schema: Any, values: dict[str, Any]) -> Iterator[_Missing]:
    for problem in problems(schema, values):
        path = problem.path
        if problem.rule == "required" and path and "default" not in schema_at(entry, path):
            yield _Missing((path,))


def _alternatives(form: Form, question: Question) -> _Missing:
    """Return a question's path or, of a choice for the whole section, what each branch needs."""
    if question.path:
        return _Missing((question.path,))
    before, paths = len(form.answers()), list[Path]()
    for choice in question.choices:
        form.answer(choice.value)
        needed = _answer_with_defaults(form)
        paths += [needed.path] if needed is not None and needed.path else []
        while len(form.answers()) > before and form.back():
            pass
    return _Missing(tuple(dict.fromkeys(paths)))


def _incomplete(entry: Entry, missing: list[_Missing], sections: Sections) -> ConnectorsError:
    """Return the error that lists missing values with their options, and invalid ones."""
    found = [[p for p in problems(*section) if p.rule in _OF_A_VALUE] for section in sections]
    config, auth = (read_of(values) for _, values in sections)
    for part, problem in Addresses(entry).problems(config, auth):
        own = found[0 if part == "config" else 1]
        own += [] if any(problem.path == other.path for other in own) else [problem]
    details = [*(_problem(entry, item) for item in missing), *found[0], *found[1]]
    settings = entry.config_schema.get("properties", {})
    if found[0] and not any(
        path and path[0] in settings for item in missing for path in item.paths
    ):
        return InvalidInput("the values do not match the schema", details=details)
    names = ", ".join(item.names or "values" for item in missing)
    return InputNeeded(
        f"missing for {entry.key}: {names} (not running in a terminal, so they cannot be"
        " prompted for)",
        hint=command_line("catalog", "show", entry.key),
        details=details,
    )


def _problem(entry: Entry, missing: _Missing) -> Problem:
    if len(missing.paths) == 1:
        flags = _flags_inside(entry, missing.paths[0]) or [flag_for(entry, missing.paths[0])]
        return Problem(missing.paths[0], "required", f"is missing: {', or '.join(flags)}")
    flags = [flag_for(entry, path) for path in missing.paths]
    return Problem((), "required", f"needs one of: {', '.join(flags)}")


def _flags_inside(entry: Entry, path: Path) -> list[str]:
    """Return the options for the required members of an object, for each of its branches."""
    found = []
    for schema in schemas_at(entry, path):
        members = schema.get("properties", {})
        required = schema.get("required", ()) if members else ()
        flags = [_member_flag(entry, (*path, name), members.get(name)) for name in required]
        known = [flag for flag in flags if flag is not None]
        found += [" ".join(known)] if flags and len(known) == len(flags) else []
    return found


def _member_flag(entry: Entry, path: Path, schema: Any) -> str | None:
    """Return the option for a member that is required, None if it needs more than one."""
    if not is_named(entry, path):
        return None
    const = schema.get("const") if isinstance(schema, dict) else None
    if isinstance(const, str):
        return f"--set {shell_quoted('.'.join(map(str, path)))}={shell_quoted(const)}"
    flag = flag_for(entry, path)
    return None if flag.startswith("--set-json") else flag
