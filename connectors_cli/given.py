"""Values of a type that are known before any question."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import InvalidInput, UsageError
from connectors_cli.field_places import path_of, root_of, schema_at
from connectors_cli.forms.secrets import is_secret
from connectors_cli.forms.validation import problems
from connectors_cli.readings import reading
from connectors_cli.sources import FOUR_WAYS, reference


@dataclass(slots=True)
class Given:
    """Values by part, and what a file says beside them."""

    config: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    name: str | None = None
    tags: tuple[str, ...] = ()
    active: bool = False
    notes: list[str] = field(default_factory=list)


def put(
    entry: Entry, given: Given, name: str, value: Any, *, typed: bool = False, plain: bool = False
) -> None:
    """Put a value where its name leads; typed text becomes what the schema has there.

    What is `plain` on the command line must hold no secret.
    """
    path = path_of(entry, name)
    target = given.config if entry.part(path[0]) == "config" else given.auth
    if isinstance(value, str) and not _is_text(value):
        raise InvalidInput(f"{name}: not text in UTF-8", hint="give binary data as base64")
    if typed:
        value = _read_as(root_of(entry, path[0]), path, value)
    if plain:
        _refuse_plain_secret(entry, name, value)
    for step in path[:-1]:
        inner = target.setdefault(step, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{name}: {step} is not an object")
        target = inner
    target[path[-1]] = value


def holds_plain_secret(entry: Entry, path: tuple[str | int, ...], value: Any) -> bool:
    """Tell whether a value, or one inside it, is a secret written out."""
    if reference(value) is not None:
        return False
    if isinstance(value, dict):
        return any(holds_plain_secret(entry, (*path, k), v) for k, v in value.items())
    if isinstance(value, list) and not is_secret(schema_at(entry, path)):
        return any(holds_plain_secret(entry, (*path, n), v) for n, v in enumerate(value))
    return is_secret(schema_at(entry, path))


def _refuse_plain_secret(entry: Entry, name: str, value: Any) -> None:
    path = path_of(entry, name)
    marks = (is_secret(schema_at(entry, path[: n + 1])) for n in range(len(path)))
    if any(marks) or holds_plain_secret(entry, path, value):
        raise UsageError(
            f"{name} is a secret: on the command line other users see it in the process list, and"
            " it stays in the shell's history",
            hint=f"use --secret {name}=SOURCE; {FOUR_WAYS}",
        )


def _is_text(value: str) -> bool:
    """Tell whether text has no lone surrogate, as bytes of a command line that are not UTF-8 do."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_as(root: dict[str, Any], path: tuple[str, ...], text: str) -> Any:
    """Return text as the schema takes it at a path."""
    return reading(lambda whole: problems(root, whole), path, text)
