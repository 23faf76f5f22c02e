"""Values given for a type before any question, and where each belongs in its schemas."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from itertools import pairwise
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.documents.references import SOURCE_HINT, reference
from connectors_cli.documents.sources import Unread, unread_fields
from connectors_cli.errors import InvalidInput, UsageError
from connectors_cli.forms.paths import ABSENT, Path, below
from connectors_cli.forms.plain_schema import is_plain
from connectors_cli.forms.references import resolve
from connectors_cli.forms.secrets import secrets_of
from connectors_cli.forms.text import declared_reading, reading, types_of, with_integers
from connectors_cli.system.record import Record, field
from connectors_cli.system.text import is_unicode, shell_quoted

END = -1
"""The position after the last item of a list, which + means."""
_CONTAINERS = {"object", "array"}
_DEEPEST = 5
_INSIDE = frozenset({"properties", "items", "additionalProperties", "patternProperties"})


def path_of(entry: Entry, name: str) -> Path:
    """Return the path of a field: its name, or with dots a path into an object or list.

    At each level the longest declared name wins. A number is a position in a list, and + (END) the
    one after its last item.

    Raises:
        UsageError: if the type has no such field.
    """
    words = name.split(".")
    path: Path = ()
    while words:
        count = _declared(_names_at(entry, path), words) or _undeclared(entry, path, words)
        step: str | int = ".".join(words[:count])
        if path and count == 1 and _is_position(words[0]) and _is_list(entry, path):
            step = END if words[0] == "+" else int(words[0])
        path, words = (*path, step), words[count:]
    if not _declared(_names_at(entry, ()), [str(path[0])]):
        _check_open(entry, name)
    return path


def _declared(names: Collection[str], words: list[str]) -> int:
    """How many of the words make the longest declared name."""
    counts = range(len(words), 0, -1)
    return next((count for count in counts if ".".join(words[:count]) in names), 0)


def _undeclared(entry: Entry, path: Path, words: list[str]) -> int:
    """How many of the words are a name that is not declared: all of them for one plain value."""
    if path and len(words) > 1:
        step: str | int = int(words[0]) if words[0].isdecimal() else words[0]
        types = _types_at(entry, (*path, step))
        return 1 if not types or types & _CONTAINERS else len(words)
    return 1 if path else len(words)


def _names_at(entry: Entry, path: Path) -> Collection[str]:
    """The names that the schemas declare inside the value at a path."""
    if not path:
        schemas: Iterable[dict[str, Any]] = (entry.config_schema, entry.auth_schema)
    else:
        schemas = schemas_at(entry, path)
    return dict.fromkeys(name for schema in schemas for name in schema.get("properties", {}))


def schemas_at(entry: Entry, path: Path) -> tuple[dict[str, Any], ...]:
    """Return every subschema that may apply to the value at a path."""
    return secrets_of(root_of(entry, str(path[0]))).schemas_at(path)


def _types_at(entry: Entry, path: Path) -> set[str]:
    return {name for schema in schemas_at(entry, path) for name in types_of(schema)}


def _is_list(entry: Entry, path: Path) -> bool:
    return "array" in _types_at(entry, path) or any(
        {"items", "prefixItems"} & schema.keys() for schema in schemas_at(entry, path)
    )


def _is_position(word: str) -> bool:
    return word == "+" or (word.isascii() and word.isdecimal() and len(word) < len("10000"))


def _check_open(entry: Entry, name: str) -> None:
    """Raise UsageError if the type accepts no field that it does not declare."""
    if entry.part(name) is None:
        near = _near(entry, name)
        known = ", ".join(sorted(_names_at(entry, ())))
        plain = name.replace("-", "").replace(".", "").isidentifier()  # else it may be a secret
        raise UsageError(
            f"{entry.key} has no field {name[:50]!r}" if plain else f"no such field of {entry.key}",
            hint=f"did you mean {shell_quoted(near)}?" if near else f"fields: {known}",
        )


def _near(entry: Entry, name: str, path: Path = ()) -> str:
    """The declared name that is nearest to another one, an empty text without one."""
    from difflib import get_close_matches  # only for a mistake

    return next(iter(get_close_matches(name, _names_at(entry, path), 1)), "")


def members(entry: Entry) -> Iterator[Path]:
    """Yield the path of each declared field, then those of the members of objects, level by level.

    Members of all branches are among them; a recursive schema is followed to a few levels.
    """
    paths: list[Path] = [(name,) for name in _names_at(entry, ())]
    for _ in range(_DEEPEST):
        yield from paths
        paths = [(*path, name) for path in paths for name in _names_at(entry, path)]


def schema_at(entry: Entry, path: Iterable[str | int]) -> dict[str, Any]:
    """Return the schema of the value at a path, with references resolved."""
    first, *rest = path
    root = root_of(entry, str(first))
    found = resolve(root, root.get("properties", {}).get(first, {}))
    for step in rest:
        inside = isinstance(step, int)
        schema = found.get("items", {}) if inside else found.get("properties", {}).get(step, {})
        found = resolve(root, schema)
    return found


def root_of(entry: Entry, name: str) -> dict[str, Any]:
    """Return the schema that declares a field: that of config or that of auth."""
    return entry.config_schema if entry.part(name) == "config" else entry.auth_schema


class Given(Record, frozen=False):
    """The given values, and what else a file says about the connector.

    A value inside an object or list is put into what `current` returns for the field. `parts` are
    the fields of which only such values are given.
    """

    config: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict, shown=False)
    name: str | None = None
    tags: tuple[str, ...] = ()
    active: bool = False
    notes: list[str] = field(default_factory=list)
    current: Callable[[], Mapping[str, Any]] = dict
    parts: set[str] = field(default_factory=set)

    @property
    def unread(self) -> frozenset[str]:
        """The fields that contain something unread."""
        return unread_fields(self.config) | unread_fields(self.auth)


def put(
    entry: Entry, given: Given, name: str, value: Any, *, typed: bool = False, plain: bool = False
) -> None:
    """Add the value of a field.

    Text that is `typed` is converted to the type that the schema wants. A value that is `plain`
    on the command line must not contain a secret.
    """
    path = path_of(entry, name)
    target = given.config if entry.part(str(path[0])) == "config" else given.auth
    if isinstance(value, str) and not is_unicode(value):
        raise InvalidInput(f"{name}: not text in UTF-8", hint="encode binary data as base64")
    if typed and not isinstance(value, Unread):
        text, value = value, _read_as(entry, path, value)
        given.notes.extend(_notes(entry, path, name, text, value))
    if plain:
        _refuse_plain_secret(entry, name, value)
    given.notes.extend(_unknown_names(entry, path))
    field_name = str(path[0])
    if len(path) == 1:
        given.parts.discard(field_name)
    elif field_name not in target and field_name in given.current():
        target[field_name] = deepcopy(given.current()[field_name])
        given.parts.add(field_name)
    _put_at(target, path, with_integers(value, path, partial(_types_at, entry)), name)
    if field_name in given.parts:
        _leave_branch(entry, target, path)


def _notes(entry: Entry, path: Path, name: str, text: str, value: Any) -> Iterator[str]:
    """Yield notes on a text of which something else was made, and on spaces around it."""
    if not isinstance(value, str):
        return
    if value != text and not is_secret_at(entry, path):
        yield f"note: {name}: using {value}"
    if "\n" not in value and value != value.strip(" \t"):
        yield f"note: {name}: begins or ends with a space, which is kept"


def _leave_branch(entry: Entry, values: dict[str, Any], path: Path) -> None:
    """Drop the members of other branches if the value at a path chooses the branch."""
    target: Any = values
    if not any("const" in schema for schema in schemas_at(entry, path)):
        return
    for step in path[:-1]:
        target = target[step]
    every, fitting = set[str](), set[str]()
    for schema in schemas_at(entry, path[:-1]):
        names = schema.get("properties", {})
        consts = {n: s["const"] for n, s in names.items() if isinstance(s, dict) and "const" in s}
        every.update(names)
        if all(target.get(name) == const for name, const in consts.items()):
            fitting.update(names)
    for name in every - fitting:
        target.pop(name, None)


def _unknown_names(entry: Entry, path: Path) -> Iterator[str]:
    """Yield a note on the first name in a path that no schema describes, next to those it does."""
    for length, step in enumerate(path):
        names = _names_at(entry, path[:length])
        if isinstance(step, str) and names and step not in names:
            if not schemas_at(entry, path[: length + 1]):
                near = _near(entry, step, path[:length])
                meant = f"; did you mean {near}?" if near else ""
                yield f"note: {entry.key} does not describe a field {step[:50]!r}{meant}"
            return


def _put_at(target: Any, path: Path, value: Any, name: str) -> None:
    """Put a value into an object, and create the objects and lists on the way to it."""
    for step, following in pairwise(path):
        wanted: type = list if isinstance(following, int) else dict
        inner = below(target, _placed(target, step, name))
        if inner is ABSENT:
            inner = wanted()
            _store(target, _placed(target, step, name), inner)
        if not isinstance(inner, wanted):
            kind = "a list" if wanted is list else "an object"
            raise UsageError(f"{name}: {step} is not {kind}")
        target = inner
    _store(target, _placed(target, path[-1], name), value)


def _placed(target: Any, step: str | int, name: str) -> str | int:
    """The step itself; of a list a position that is there, or the next one."""
    if not isinstance(target, list):
        return step
    if isinstance(step, str) or step > len(target):
        raise UsageError(f"{name}: the list has {len(target)} items so far; use + for the next one")
    return len(target) if step == END else step


def _store(target: Any, step: str | int, value: Any) -> None:
    if isinstance(target, list):
        target[int(step) : int(step) + 1] = [value]
    else:
        target[step] = value


def is_secret_at(entry: Entry, path: tuple[str | int, ...]) -> bool:
    """Return whether the value at a path is secret or may contain a secret."""
    return secrets_of(root_of(entry, str(path[0]))).within(path)


def holds_plain_secret(entry: Entry, path: tuple[str | int, ...], value: Any) -> bool:
    """Return whether a value, or one inside it, is a secret in plain text."""
    secrets = secrets_of(root_of(entry, str(path[0])))
    return secrets.written_out(path, value, lambda one: reference(one) is not None)


def _refuse_plain_secret(entry: Entry, name: str, value: Any) -> None:
    if holds_plain_secret(entry, path_of(entry, name), value):
        raise UsageError(
            f"{name} is a secret: on the command line other users see it in the process list, and"
            " it stays in the shell history",
            hint=f"use --secret {shell_quoted(name)}=SOURCE; {SOURCE_HINT}",
        )


def _alone(root: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a plain schema with the field at a path alone: others have no say in its problems."""
    field = root.get("properties", {}).get(path[0])
    return {"properties": {path[0]: field}} if field is not None and is_plain(root) else root


def _read_as(entry: Entry, path: Path, text: str) -> Any:
    """Return text as the value that the schema wants at a path."""
    from connectors_cli.forms.validation import problems  # slow to import

    root = root_of(entry, str(path[0]))
    checked = _alone(root, path)
    value = reading(lambda whole: problems(checked, whole), path, text, schema_at(entry, path))
    if value == text and len(path) > 1:
        return declared_reading(secrets_of(root).schemas_at(path), text)
    return value


def flag_for(entry: Entry, path: Path) -> str:
    """Return the option that supplies the value at a path, or that of what contains it."""
    length = next(n for n in range(len(path), 0, -1) if n == 1 or is_named(entry, path[:n]))
    name = ".".join(str(step) for step in path[:length])
    if is_secret_at(entry, path):
        return f"--secret {shell_quoted(name)}=SOURCE"
    if length < len(path) or not _may_be_typed(schemas_at(entry, path)):
        return f"--set-json {shell_quoted(name)}=JSON"
    return f"--set {shell_quoted(name)}=VALUE"


def is_named(entry: Entry, path: Path) -> bool:
    """Return whether a name with dots leads to a path: not if a step contains a dot itself."""
    return path_of(entry, ".".join(map(str, path))) == path


def _may_be_typed(schemas: Iterable[dict[str, Any]]) -> bool:
    """Whether a value may be one that is typed: a text, number, yes or no."""
    types = {name for schema in schemas for name in types_of(schema)}
    inside = any(_INSIDE & schema.keys() for schema in schemas)
    return bool(types - {"object", "array", "null"}) or not (types or inside)
