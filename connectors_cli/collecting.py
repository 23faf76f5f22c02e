"""What is given for a type, by the command line, a file or the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors_cli import documents
from connectors_cli.catalog import Entry
from connectors_cli.errors import InvalidInput, UsageError
from connectors_cli.field_places import path_of
from connectors_cli.given import Given, holds_plain_secret, put
from connectors_cli.sources import read_source, reference

_DOCUMENT = frozenset({"name", "type", "config", "auth", "tags", "status", "preset"})


@dataclass(frozen=True, slots=True)
class ValueOptions:
    """The options that give values, as they were typed."""

    sets: tuple[str, ...] = ()
    set_json: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    file: str | None = None
    env_prefix: str | None = None
    keep_newline: bool = False
    preset: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything is given at all."""
        return bool(self.sets or self.set_json or self.secrets or self.file or self.env_prefix)


def collect(
    entry: Entry,
    options: ValueOptions,
    environ: Mapping[str, str],
    document: Mapping[str, Any] | None = None,
    preset: Mapping[str, Any] | None = None,
) -> Given:
    """Return the values that are given for a type: preset, file, environment, then each option.

    Raises UsageError (a secret as plain text, an unknown field) and InvalidInput (unreadable).
    """
    given = Given(config=dict(preset or {}))
    if document is not None:
        _take_document(entry, given, document, options, environ)
    if options.env_prefix:
        _take_environment(entry, given, options.env_prefix, environ)
    for option in options.sets:
        name, text = _halves(option, "--set FIELD=VALUE")
        put(entry, given, name, text, typed=True, plain=True)
    for option in options.set_json:
        name, text = _halves(option, "--set-json FIELD=JSON")
        put(entry, given, name, documents.parse_json(text, f"--set-json {name}"), plain=True)
    for option in options.secrets:
        name, source = _halves(option, "--secret FIELD=SOURCE")
        path_of(entry, name)
        _put_read(entry, given, name, source, options, environ)
    return given


def read_file(options: ValueOptions) -> Mapping[str, Any] | None:
    """Return the document that --from-file names, None without one; InvalidInput if no object."""
    if options.file is None:
        return None
    document = documents.read_document(options.file)
    if not isinstance(document, dict):
        raise InvalidInput(f"{options.file}: one object is due, with config and auth")
    return document


def from_references(
    entry: Entry, values: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, Any]:
    """Return credentials that a document only refers to; UsageError for one written out."""
    given = Given()
    for name, value in values.items():
        source = reference(value)
        if source is None and holds_plain_secret(entry, path_of(entry, name), value):
            raise UsageError(
                f"{name} is a secret as plain text, which editors keep copies of",
                hint=f"write a reference, or use connectors edit --secret {name}=SOURCE",
            )
        if source is not None:
            _put_read(entry, given, name, source, ValueOptions(), environ)
        else:
            given.auth[name] = _with_references(value, name, environ)
    return given.auth


def _take_document(
    entry: Entry,
    given: Given,
    document: Mapping[str, Any],
    options: ValueOptions,
    environ: Mapping[str, str],
) -> None:
    where = options.file or "the file"
    whole = "config" in document or "auth" in document
    if whole:
        _take_heading(entry, given, document, where)
    values = {**_object(document, "config", where), **_object(document, "auth", where)}
    plain_is_safe = where == "-" or not documents.readable_by_others(where)
    for name, value in (values if whole else dict(document)).items():
        path, source = path_of(entry, name), reference(value)
        if source is not None:
            _put_read(entry, given, name, source, options, environ)
            continue
        if not plain_is_safe and holds_plain_secret(entry, path, value):
            raise UsageError(
                f"{where}: {name} is a secret as plain text in a file that others can read",
                hint=f"chmod 600 {where}, or write it as a reference: {name}: {{env: VAR}}",
            )
        put(entry, given, name, _with_references(value, name, environ))


def _take_heading(entry: Entry, given: Given, document: Mapping[str, Any], where: str) -> None:
    for name in document:
        if name not in _DOCUMENT:
            raise InvalidInput(
                f"{where}: {name[:50]!r} is not known", hint=f"it takes {', '.join(_DOCUMENT)}"
            )
    if document.get("type", entry.key) not in {entry.key, *entry.aliases}:
        raise InvalidInput(f"{where}: it is of type {document['type']!s:.50}, not {entry.key}")
    label, tags = document.get("name"), document.get("tags", [])
    if not isinstance(label, str | None) or not isinstance(tags, list):
        raise InvalidInput(f"{where}: name must be text and tags a list of text")
    given.name = label
    given.tags = tuple(str(tag) for tag in tags)
    given.active = document.get("status") == "active"


def _object(document: Mapping[str, Any], part: str, where: str) -> dict[str, Any]:
    value = document.get(part) or {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}: {part} must be an object")
    return value


def _with_references(value: Any, name: str, environ: Mapping[str, str]) -> Any:
    """Return a value with every reference inside it replaced by what it refers to."""
    source = reference(value)
    if source is not None:
        return read_source(source, name, environ).removesuffix("\n")
    if isinstance(value, dict):
        return {k: _with_references(v, f"{name}.{k}", environ) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_references(item, name, environ) for item in value]
    return value


def _take_environment(entry: Entry, given: Given, prefix: str, environ: Mapping[str, str]) -> None:
    prefix = prefix.rstrip("_") + "_"
    fields = (*entry.config_schema.get("properties", {}), *entry.auth_schema.get("properties", {}))
    found = [(f, prefix + f.upper().replace("-", "_").replace(".", "_")) for f in fields]
    for name, variable in found:
        if variable in environ:
            put(entry, given, name, environ[variable], typed=True)
    if not any(variable in environ for _, variable in found):
        names = ", ".join(variable for _, variable in found)
        raise InvalidInput(f"--from-env: none of {names} is set")


def _put_read(
    entry: Entry,
    given: Given,
    name: str,
    source: str,
    options: ValueOptions,
    environ: Mapping[str, str],
) -> None:
    """Put what a source yields where a name leads."""
    text = read_source(source, name, environ)
    put(entry, given, name, _trimmed(given, name, source, text, options), typed=True)


def _trimmed(given: Given, name: str, source: str, text: str, options: ValueOptions) -> str:
    """Drop one trailing newline of a file, command or pipe, and say so where it is news."""
    if options.keep_newline or source.startswith("env:") or not text.endswith("\n"):
        return text
    if source.startswith("file:"):
        given.notes.append(
            f"{name}: one trailing newline of the file was dropped (--keep-newline keeps it)"
        )
    return text.removesuffix("\n").removesuffix("\r")


def _halves(option: str, form: str) -> tuple[str, str]:
    name, separator, value = option.partition("=")
    if not separator or not name:
        raise UsageError(f"{form.partition(' ')[0]} takes FIELD=..., as in {form}")
    return name, value
