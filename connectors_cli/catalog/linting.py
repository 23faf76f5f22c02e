"""Checks a catalog file against the entry format, and for what no schema can say."""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

from connectors_cli.catalog import placeholders
from connectors_cli.catalog.describing import is_filled_by_flow, required_names
from connectors_cli.catalog.entry import Entry, Part, parse_entry
from connectors_cli.catalog.pointers import resolve
from connectors_cli.catalog.reading import read_json
from connectors_cli.errors import InvalidInput, InvalidSchema, Problem
from connectors_cli.icons import ICONS

RESERVED = frozenset({"name", "type", "tags", "status"})
"""What a connector has anyway: a field of that name could not be told apart in a file."""

PUBLIC = frozenset({"access_key_id", "client_id", "host_key", "public_key"})
"""Fields that need no secret mark although their name may sound like one."""

_SHARED = frozenset({"$schema", "$defs", "definitions"})
_PACKAGE = os.path.dirname(os.path.dirname(__file__))


def lint(data: Any, path: str | None = None) -> tuple[Problem, ...]:
    """All that is wrong with an entry; with a path, also whether the file is named as its key."""
    from connectors_cli.forms.validation import problems

    found = tuple(problems(entry_schema(), data))
    if found:
        return found
    try:
        entry = parse_entry(data)
    except InvalidInput as error:
        return error.details
    unusable = tuple(_unusable(entry))
    return unusable or tuple(_beyond(entry, path))


@cache
def entry_schema() -> Any:
    """The entry format as a JSON Schema."""
    return read_json(os.path.join(_PACKAGE, "catalog_entry.schema.json"))


def _unusable(entry: Entry) -> Iterator[Problem]:
    from connectors_cli.forms.validation import check_schema

    for part, schema in _schemas(entry):
        try:
            check_schema(schema)
        except InvalidSchema as error:
            yield Problem((f"{part}_schema",), "schema", error.message)
            continue
        if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
            yield Problem((f"{part}_schema",), "schema", "must describe an object's properties")


def _beyond(entry: Entry, path: str | None) -> Iterator[Problem]:
    if path is not None and os.path.basename(path) != f"{entry.key}.json":
        yield Problem(("key",), "key", f"differs from the file's name: should be {entry.key}.json")
    if entry.icon not in ICONS:
        yield Problem(("icon",), "icon", "is not an icon of connectors_cli/icons.py")
    if entry.key in entry.aliases:
        yield Problem(("aliases",), "aliases", "repeats the key")
    yield from _sign_in(entry)
    yield from _names(entry)
    for part, schema in _schemas(entry):
        yield from _secrets(part, schema)
        yield from _values(part, schema)
        yield from _required(part, schema)
    yield from placeholders.problems(entry)


def _sign_in(entry: Entry) -> Iterator[Problem]:
    oauth = entry.oauth
    by_token = oauth is not None and "grant" not in oauth
    if (entry.auth_type == "oauth") != by_token:
        message = "goes with auth_type oauth, and only with it, unless it has a grant"
        yield Problem(("oauth",), "oauth", message)
    if oauth is not None and not by_token and oauth["shown"] not in oauth["save"]:
        yield Problem(("oauth", "shown"), "oauth", "is none of the fields in save")


def _schemas(entry: Entry) -> tuple[tuple[Part, dict[str, Any]], ...]:
    return ("config", entry.config_schema), ("auth", entry.auth_schema)


def _names(entry: Entry) -> Iterator[Problem]:
    config, auth = (schema["properties"] for _, schema in _schemas(entry))
    for name in sorted(config.keys() & auth.keys()):
        yield Problem(("auth_schema", "properties", name), "names", "is a field of config too")
    for part, schema in _schemas(entry):
        for name in sorted(RESERVED & schema["properties"].keys()):
            where = (f"{part}_schema", "properties", name)
            yield Problem(where, "names", "is reserved: every connector has one")


def _secrets(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    from connectors_cli.forms.secrets import looks_secret, secret_properties

    secret = secret_properties(schema)
    for name in schema["properties"]:
        where = (f"{part}_schema", "properties", name)
        if part == "config" and name in secret:
            yield Problem(where, "secret", "is a secret: belongs in auth_schema")
        elif name not in secret and looks_secret(name) and name not in PUBLIC:
            message = "sounds like a secret: mark it writeOnly"
            yield Problem(where, "secret", f"{message}{', in auth_schema' * (part == 'config')}")


def _values(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    """Defaults and examples that break the rules beside them, and defaults of secrets."""
    from connectors_cli.forms.secrets import is_secret
    from connectors_cli.forms.validation import problems

    for name, property_schema in schema["properties"].items():
        found = resolve(schema, property_schema)
        where = (f"{part}_schema", "properties", name)
        alone = {**{keyword: schema[keyword] for keyword in _SHARED & schema.keys()}, **found}
        if "default" in found and any(problems(alone, found["default"])):
            yield Problem((*where, "default"), "default", "does not fit its own schema")
        if "default" in found and is_secret(found):
            yield Problem((*where, "default"), "secret", "is a secret with a default")
        for index, example in enumerate(found.get("examples", ())):
            if any(problems(alone, example)):
                message = "does not fit its own schema"
                yield Problem((*where, "examples", index), "examples", message)


def _required(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    for index, name in enumerate(required_names(schema)):
        where = (f"{part}_schema", "required", index)
        if name not in schema["properties"]:
            yield Problem(where, "required", f"{name} is no field")
        elif is_filled_by_flow(resolve(schema, schema["properties"][name])):
            yield Problem(where, "required", f"{name} is filled by signing in: nobody can give it")
