"""Values from the command line, a file and the environment."""

import copy
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.documents import read, strict_json
from connectors_cli.documents.references import (
    Literal,
    check_not_empty,
    reference,
    trimmed,
    with_literals,
)
from connectors_cli.documents.sources import Sources, Unread
from connectors_cli.errors import InvalidInput, UsageError
from connectors_cli.services.given import (
    Given,
    holds_plain_secret,
    is_secret_at,
    members,
    path_of,
    put,
    schema_at,
)
from connectors_cli.services.schema_check import check_values
from connectors_cli.system.record import Record, replace
from connectors_cli.system.text import shell_quoted

if TYPE_CHECKING:
    from connectors_cli.cli.values.answers import AnswersFile

_DOCUMENT = frozenset({"name", "type", "config", "auth", "tags", "status", "preset"})


class ValueOptions(Record):
    """The options that set values, as typed, and when their sources may be read.

    `allow_commands` lets a file run commands without a person's yes. `current` returns the values
    of the connector that is edited: a value inside an object or list is put into them.
    """

    sets: tuple[str, ...] = ()
    set_json: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    file: str | None = None
    env_prefix: str | None = None
    keep_newline: bool = False
    preset: str | None = None
    allow_commands: bool = False
    dry_run: bool = False
    answers: "AnswersFile | None" = None
    current: Callable[[], Mapping[str, Any]] = dict

    @property
    def any(self) -> bool:
        """Whether any value is given."""
        named = self.sets or self.set_json or self.secrets or self.file or self.env_prefix
        return bool(named or self.answers)


def value_options(
    sets: list[str] | None,
    set_json: list[str] | None,
    secrets: list[str] | None,
    from_file: str | None,
    from_env: str | None,
    keep_newline: bool,
) -> ValueOptions:
    """Return the options that set values, as one object."""
    return ValueOptions(
        sets=tuple(sets or ()),
        set_json=tuple(set_json or ()),
        secrets=tuple(secrets or ()),
        file=from_file,
        env_prefix=from_env,
        keep_newline=keep_newline,
    )


def with_answers(options: ValueOptions, path: str | None) -> ValueOptions:
    """Return options with the answers in a file, `-` for standard input; raises InvalidInput."""
    if path is None:
        return options
    from connectors_cli.cli.values.answers import read_answers  # loads the forms

    return replace(options, answers=read_answers(path))


def collect(
    entry: Entry,
    options: ValueOptions,
    environ: Mapping[str, str],
    document: Mapping[str, Any] | None = None,
    preset: Mapping[str, Any] | None = None,
    sources: Sources | None = None,
) -> Given:
    """Return the values given for a type; each source overrides those before it.

    The order is preset, file, environment, `--set`, `--set-json`, `--secret`, `--answers`.
    `sources` decides which references are read, by default all.

    Raises:
        UsageError: for a secret in plain text or an unknown field.
        InvalidInput: if a value or file cannot be read.
    """
    given = Given(config=copy.deepcopy(dict(preset or {})), current=options.current)
    sources = sources or Sources(environ)
    if document is not None:
        _add_document(entry, given, document, options, sources)
    if options.env_prefix:
        _add_environment(entry, given, options.env_prefix, environ)
    for option in options.sets:
        name, text = _split(option, "--set FIELD=VALUE")
        put(entry, given, name, text, typed=True, plain=True)
    for option in options.set_json:
        name, text = _split(option, "--set-json FIELD=JSON")
        put(entry, given, name, strict_json.parse(text, f"--set-json {name}"), plain=True)
    for option in options.secrets:
        name, source = _split(option, "--secret FIELD=SOURCE")
        path_of(entry, name)
        _put_source(entry, given, name, source, options, replace(sources, own=True))
    if options.set_json or document is not None:
        _complete_addresses(entry, given)
    if options.answers is None:
        return given
    from connectors_cli.cli.values.answers import add_answers  # loads the forms

    return add_answers(entry, given, options.answers, environ)


def _complete_addresses(entry: Entry, given: Given) -> None:
    """Make of addresses in JSON and files what `--set` makes of them."""
    from connectors_cli.forms.meant import meant  # slow to import

    before = given.config
    given.config = meant(entry.config_schema, before, partial(check_values, entry.config_schema))
    for name, value in given.config.items():
        if value != before[name]:
            given.notes.append(f"note: {name}: using {value}")


def read_file(options: ValueOptions) -> Mapping[str, Any] | None:
    """Return the object in the file of --from-file, None without that option.

    Raises:
        InvalidInput: if the file does not contain one object.
    """
    if options.file is None:
        return None
    document = read.read_document(options.file)
    if not isinstance(document, dict):
        raise InvalidInput(f"{options.file}: expected one object with config and auth")
    return document


def from_references(entry: Entry, values: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    """Return credentials, reading those that a document refers to as `sources` allows.

    Raises:
        UsageError: for a secret in plain text.
    """
    given = Given()
    for name, written in values.items():
        value = with_literals(written)
        source = reference(value)
        if source is None and holds_plain_secret(entry, path_of(entry, name), value):
            raise UsageError(
                f"{name} is a secret in plain text, of which editors keep copies",
                hint="write a reference such as {env: VAR}, or use"
                f" --secret {shell_quoted(name)}=SOURCE",
            )
        if source is not None:
            _put_source(entry, given, name, source, ValueOptions(), sources)
        else:
            given.auth[name] = _with_references(value, name, sources)
    return given.auth


def _add_document(
    entry: Entry,
    given: Given,
    document: Mapping[str, Any],
    options: ValueOptions,
    sources: Sources,
) -> None:
    where = options.file or "the file"
    sources = replace(sources, folder=os.path.dirname(where))
    whole = "config" in document or "auth" in document
    if whole:
        _add_details(entry, given, document, where)
    values = {**_object(document, "config", where), **_object(document, "auth", where)}
    plain_is_safe = where == "-" or not read.readable_by_others(where)
    for name, value in with_literals(values if whole else dict(document)).items():
        path, source = path_of(entry, name), reference(value)
        if source is not None:
            _put_source(entry, given, name, source, options, sources)
            continue
        if not plain_is_safe and holds_plain_secret(entry, path, value):
            raise UsageError(
                f"{where}: {name} is a secret in plain text in a file that others can read",
                hint=f"chmod 600 {shell_quoted(where)}, or write a reference to it: {{env: VAR}}",
            )
        put(entry, given, name, _with_references(value, name, sources))


def _add_details(entry: Entry, given: Given, document: Mapping[str, Any], where: str) -> None:
    for name in document:
        if name not in _DOCUMENT:
            raise InvalidInput(
                f"{where}: unknown key {name[:50]!r}", hint=f"use {', '.join(_DOCUMENT)}"
            )
    if document.get("type", entry.key) not in {entry.key, *entry.aliases}:
        raise InvalidInput(f"{where}: its type is {document['type']!s:.50}, not {entry.key}")
    label, tags = document.get("name"), document.get("tags", [])
    if not isinstance(label, str | None) or not isinstance(tags, list):
        raise InvalidInput(f"{where}: name must be text, and tags a list of texts")
    given.name = label
    given.tags = tuple(str(tag) for tag in tags)
    given.active = document.get("status") == "active"


def _object(document: Mapping[str, Any], part: str, where: str) -> dict[str, Any]:
    value = document.get(part) or {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}: {part} must be an object")
    return value


def _with_references(value: Any, name: str, sources: Sources) -> Any:
    """Return a value with every reference inside it resolved."""
    source = reference(value)
    if source is not None:
        text = sources.text(source, name)
        return text if isinstance(text, Unread) else trimmed(text)
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return {k: _with_references(v, f"{name}.{k}", sources) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_references(item, name, sources) for item in value]
    return value


def _add_environment(entry: Entry, given: Given, prefix: str, environ: Mapping[str, str]) -> None:
    named: dict[str, list[str]] = {}
    top: list[str] = []
    for path in members(entry):
        name = ".".join(map(str, path))
        variable = f"{prefix.rstrip('_')}_{re.sub('[-.]', '_', name.upper())}"
        if len(path) == 1:
            top.append(variable)
        named.setdefault(variable, []).append(name)
    if named.keys().isdisjoint(environ):
        raise InvalidInput(f"--from-env: none of {', '.join(dict.fromkeys(top))} is set")
    for variable, names in named.items():
        if len(names) > 1 and variable in environ:
            raise UsageError(
                f"--from-env: {variable} stands for {' and '.join(names)}",
                hint="unset it, and pass these fields with --set or --secret",
            )
        if variable in environ:
            put(entry, given, names[0], environ[variable], typed=True)


def _put_source(
    entry: Entry,
    given: Given,
    name: str,
    source: str,
    options: ValueOptions,
    sources: Sources,
) -> None:
    """Add the value that a source such as `env:VAR` yields."""
    text = sources.text(source, name)
    path = path_of(entry, name)
    if is_secret_at(entry, path) and not _may_be_empty(schema_at(entry, path)):
        check_not_empty(text, source, name)
    put(entry, given, name, _trimmed(given, name, source, text, options), typed=True)


def _may_be_empty(schema: dict[str, Any]) -> bool:
    return "" in (*schema.get("enum", ()), schema.get("const"))


def _trimmed(given: Given, name: str, source: str, text: str, options: ValueOptions) -> str:
    """Return the text as it is meant; that a file's line break was dropped is noted."""
    wanted = text if options.keep_newline or isinstance(text, Unread) else trimmed(text)
    if wanted != text and source.startswith("file:"):
        given.notes.append(
            f"note: {name}: dropped the line break at the end of the file (--keep-newline keeps it)"
        )
    return wanted


def _split(option: str, form: str) -> tuple[str, str]:
    name, separator, value = option.partition("=")
    if not separator or not name:
        raise UsageError(f"{form.partition(' ')[0]} needs FIELD=..., as in {form}")
    return name, value
