"""Files of answers to the questions of a form: `--answers`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.documents import read
from connectors_cli.documents.references import read_source, reference, trimmed
from connectors_cli.errors import InvalidInput, Problem, UsageError
from connectors_cli.forms.messages import message_path
from connectors_cli.services.given import Given, holds_plain_secret, is_secret_at
from connectors_cli.services.type_form import TypeForm, Values
from connectors_cli.system.text import shell_quoted


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """The answers in a file; `is_private`: nobody else can read it."""

    where: str
    messages: tuple[Any, ...] = field(repr=False)
    is_private: bool


def read_answers(path: str) -> AnswersFile:
    """Return the answers in a file, or in standard input for `-`.

    They are a list, or an object with the list as `answers` or `answered`. Raises InvalidInput.
    """
    found = read.read_document(path)
    if isinstance(found, dict):
        found = found.get("answers", found.get("answered"))
    where = read.display_name(path)
    if not isinstance(found, list):
        raise InvalidInput(f"{where}: expected a list of answers")
    return AnswersFile(where, tuple(found), not read.readable_by_others(path))


def add_answers(entry: Entry, given: Given, file: AnswersFile, environ: Mapping[str, str]) -> Given:
    """Add the values that answers make of what is given; what is missing stays missing.

    Raises:
        InvalidInput: if an answer is refused.
        UsageError: for a secret in plain text in a file that others can read.
    """
    form = TypeForm(entry, given)
    refuse(file.where, form.give(_resolved_in(form.entry, file, environ)))
    given.config, given.auth = form.values()
    return given


def answered_values(form: TypeForm, file: AnswersFile, environ: Mapping[str, str]) -> Values:
    """Give the answers of a file to a form and return its values; raises what is wrong."""
    refuse(file.where, form.give(_resolved_in(form.entry, file, environ)))
    return form.result()


def checked(
    form: TypeForm,
    file: AnswersFile | None,
    environ: Mapping[str, str],
    refused: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return the document of `--questions` after the answers of a file were given.

    `refused` are the problems of values that were refused before.
    """
    found = form.give(_resolved_in(form.entry, file, environ)) if file is not None else []
    return form.document([*refused, *found])


def refuse(where: str, problems: list[dict[str, Any]]) -> None:
    """Raise InvalidInput with the problems of refused values, if there are any."""
    if problems:
        details = [Problem(one["path"], one["rule"], one["message"]) for one in problems]
        raise InvalidInput(f"{where}: a value does not fit", details=details)


def _resolved_in(entry: Entry, file: AnswersFile, environ: Mapping[str, str]) -> list[Any]:
    """The answers of a file, with secrets read from the variables that they refer to."""
    return [_resolved(entry, one, file, environ) for one in file.messages]


def _resolved(entry: Entry, message: Any, file: AnswersFile, environ: Mapping[str, str]) -> Any:
    path = message_path(message) if isinstance(message, dict) else ()
    if not path or "value" not in message or not is_secret_at(entry, path):
        return message
    name, source = ".".join(map(str, path)), reference(message["value"])
    if source is None:
        if not file.is_private and holds_plain_secret(entry, path, message["value"]):
            raise UsageError(
                f"{file.where}: {name} is a secret in plain text in a file that others can read",
                hint=f"chmod 600 {shell_quoted(file.where)}, or write {{env: VAR}} instead of it",
            )
        return message
    if not source.startswith("env:"):
        raise UsageError(
            f"{file.where}: {name}: an answer can refer to a variable only, as {{env: VAR}}",
            hint=f"use --secret {shell_quoted(name)}=SOURCE",
        )
    return {**message, "value": trimmed(read_source(source, name, environ))}
