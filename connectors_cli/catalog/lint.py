"""Checks of a catalog file: against the entry format, and for what no schema can express."""

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from connectors_cli.catalog import files
from connectors_cli.catalog.entry import Entry, Part, parse_entry
from connectors_cli.catalog.fields import is_filled_by_flow, required_names
from connectors_cli.catalog.icons import icons
from connectors_cli.catalog.read import read_json
from connectors_cli.catalog.setup import needs_app
from connectors_cli.catalog.variables import beginning, is_acted_on, may_name, named
from connectors_cli.errors import InvalidInput, InvalidSchema, Problem
from connectors_cli.forms.references import resolve
from connectors_cli.net.credentials import FRAMING
from connectors_cli.net.templates import (
    APP,
    PLACEHOLDER,
    is_private,
    is_whole_address,
    path_start,
)

RESERVED = frozenset({"name", "type", "tags", "status"})
"""Names that every connector has: a field of the same name would be ambiguous in a file."""

PUBLIC = frozenset({"access_key_id", "client_id", "host_key", "public_key"})
"""Fields that need no secret mark although their names sound like secrets."""

_FORMAT = os.path.join(os.path.dirname(__file__), "entry.schema.json")
_SHARED = frozenset({"$schema", "$defs", "definitions"})
_FILTERS = re.compile(r"before\('[^']*'\)|after\('[^']*'\)|unhex|bare")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REQUESTS = ("registration", "exchange", "refresh_request", "revocation")

_Path = tuple[str | int, ...]


def lint(data: Any, path: str | None = None) -> tuple[Problem, ...]:
    """Return all problems of an entry.

    With `path`, a file name that is not its key and patterns without a description are problems
    as well.
    """
    from connectors_cli.forms.validation import problems

    found = tuple(problems(entry_schema(), data))
    if found:
        return found
    try:
        entry = parse_entry(data)
    except InvalidInput as error:
        return error.details
    unusable = tuple(_unusable_schemas(entry))
    return unusable or tuple(_check(entry, path))


@cache
def entry_schema() -> Any:
    """Return the entry format as a JSON Schema."""
    return read_json(_FORMAT)


def _unusable_schemas(entry: Entry) -> Iterator[Problem]:
    from connectors_cli.forms.validation import check_schema

    for part, schema in _schemas(entry):
        try:
            check_schema(schema)
        except InvalidSchema as error:
            yield Problem((f"{part}_schema",), "schema", error.message)
            continue
        if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
            yield Problem((f"{part}_schema",), "schema", "must describe an object's properties")


def _check(entry: Entry, path: str | None) -> Iterator[Problem]:
    if path is not None and os.path.basename(path) != f"{entry.key}.json":
        yield Problem(("key",), "key", f"does not match the file name: expected {entry.key}.json")
    if entry.icon not in icons():
        yield Problem(("icon",), "icon", "is not in connectors_cli/catalog/icons.json")
    if entry.key in entry.aliases:
        yield Problem(("aliases",), "aliases", "repeats the key")
    yield from _sign_in(entry)
    yield from _setup(entry)
    yield from _names(entry)
    yield from _variables(entry)
    for part, schema in _schemas(entry):
        if path is not None:  # a file of the catalog; types of a user's own may do without
            yield from _patterns(schema, (f"{part}_schema",))
        yield from _secrets(part, schema)
        yield from _values(part, schema)
        yield from _required(part, schema)
        yield from _contradictions(part, schema)
    yield from _placeholders(entry)
    yield from _requests(entry)


def _schemas(entry: Entry) -> tuple[tuple[Part, dict[str, Any]], ...]:
    return ("config", entry.config_schema), ("auth", entry.auth_schema)


def _sign_in(entry: Entry) -> Iterator[Problem]:
    oauth = entry.oauth
    by_token = oauth is not None and oauth.get("grant") in {None, "client_credentials"}
    if (entry.auth_type == "oauth") != by_token:
        message = (
            "without a grant, or with client_credentials, is required for auth_type oauth, and only"
            " allowed there"
        )
        yield Problem(("oauth",), "oauth", message)
    if oauth is not None and not by_token and oauth["shown"] not in oauth["save"]:
        yield Problem(("oauth", "shown"), "oauth", "is not one of the fields in save")


def _setup(entry: Entry) -> Iterator[Problem]:
    """Yield that a built-in entry does not say how to register the app that it needs."""
    if needs_app(entry) and entry.setup is None and entry.key in files.paths():
        message = "is required where people register an app of their own: portal and steps"
        yield Problem(("setup",), "setup", message)


def _contradictions(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    from connectors_cli.forms.contradictions import contradictions

    for problem in contradictions(schema):
        yield Problem((f"{part}_schema", *problem.path), problem.rule, problem.message)


def _names(entry: Entry) -> Iterator[Problem]:
    config, auth = (schema["properties"] for _, schema in _schemas(entry))
    for name in sorted(config.keys() & auth.keys()):
        yield Problem(("auth_schema", "properties", name), "names", "is a field of config too")
    for part, schema in _schemas(entry):
        for name in sorted(RESERVED & schema["properties"].keys()):
            where = (f"{part}_schema", "properties", name)
            yield Problem(where, "names", "is reserved: every connector has one")


def _variables(entry: Entry) -> Iterator[Problem]:
    """Yield variables that programs act on, that two fields have or, of a type of one's own, of
    other names.
    """
    own, taken = entry.key not in files.paths(), set[tuple[str | None, str]]()
    for part, schema in _schemas(entry):
        for name, inner in schema["properties"].items():
            for tool, variable in named(inner).items():
                where = (f"{part}_schema", "properties", name, "x-env-for" if tool else "x-env")
                if is_acted_on(variable):
                    yield Problem(where, "x-env", "names a variable that other programs act on")
                elif not _VARIABLE.fullmatch(variable):
                    yield Problem(where, "x-env", "is not a valid variable name")
                elif own and not may_name(entry.key, variable):
                    message = f"must begin with the type's key: {beginning(entry.key)}"
                    yield Problem(where, "x-env", message)
                elif (tool, variable) in taken:
                    yield Problem(where, "x-env", "names a variable that another field has")
                taken.add((tool, variable))


def _patterns(schema: Any, where: _Path) -> Iterator[Problem]:
    """Yield patterns of which no words say what a value must be."""
    if isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from _patterns(inner, (*where, index))
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str) and "x-pattern-description" not in schema:
            message = "needs an x-pattern-description: what a value must be, in words"
            yield Problem((*where, "pattern"), "pattern", message)
        for keyword, inner in schema.items():
            yield from _patterns(inner, (*where, keyword))


def _secrets(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    from connectors_cli.forms.secrets import looks_secret, secret_properties

    secret = secret_properties(schema)
    for name in schema["properties"]:
        where = (f"{part}_schema", "properties", name)
        if part == "config" and name in secret:
            yield Problem(where, "secret", "is a secret: move it to auth_schema")
        elif name not in secret and looks_secret(name) and name not in PUBLIC:
            message = "sounds like a secret: mark it writeOnly"
            yield Problem(where, "secret", f"{message}{', in auth_schema' * (part == 'config')}")


def _values(part: Part, schema: dict[str, Any]) -> Iterator[Problem]:
    """Yield defaults and examples that violate their own schema, and defaults of secrets."""
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
            yield Problem(where, "required", f"{name} is not a field")
        elif is_filled_by_flow(resolve(schema, schema["properties"][name])):
            message = f"{name} is filled by signing in, so it cannot be required"
            yield Problem(where, "required", message)


def _placeholders(entry: Entry) -> Iterator[Problem]:
    """Yield placeholders and saves that name no field."""
    names = _Names(entry)
    probe, oauth = entry.probe or {}, entry.oauth or {}
    for index, step in enumerate(probe.get("steps", ())):
        yield from names.unknown(step, ("probe", "steps", index))
        yield from names.save(step, ("probe", "steps", index))
    rest = {keyword: value for keyword, value in probe.items() if keyword not in ("steps", "note")}
    names.known |= {"jwt"} if rest.get("send", {}).get("as") == "jwt" else set()
    yield from names.unknown(rest, ("probe",))
    names = _Names(entry)
    names.known.add("oauth.scopes")
    yield from _saves_of_lists(names, oauth)
    yield from names.unknown(oauth, ("oauth",))
    yield from names.save(oauth, ("oauth",))
    for keyword in _REQUESTS:
        yield from names.save(oauth.get(keyword) or {}, ("oauth", keyword))


def _saves_of_lists(names: "_Names", oauth: dict[str, Any]) -> Iterator[Problem]:
    revocation = oauth.get("revocation") or {}
    for index, step in enumerate(revocation.get("steps", ())):
        yield from names.save(step, ("oauth", "revocation", "steps", index))
    for index, request in enumerate(oauth.get("afterwards", ())):
        yield from names.save(request, ("oauth", "afterwards", index))


def _requests(entry: Entry) -> Iterator[Problem]:
    """Yield addresses with a credential before the path, framing headers, and unexplained POSTs."""
    probe, oauth = entry.probe or {}, entry.oauth or {}
    for part, spec in (("probe", probe), ("oauth", oauth)):
        for path, text in _texts(spec, (part,)):
            if str(path[-1]).endswith("url") and not _is_allowed_address(entry, text):
                message = "has a credential in its host or before it"
                yield Problem(path, "address", message)
    for path, name in _header_names(probe, oauth):
        if name.strip().lower() in FRAMING:
            yield Problem(path, "header", f"{name} cannot be set by a type")
    sent = (probe, *probe.get("steps", ()), probe.get("target") or {})
    methods = {request.get("method") for request in sent}
    if "POST" in methods and not probe.get("note"):
        message = "is required for POST: say why the request changes nothing"
        yield Problem(("probe", "note"), "required", message)
    yield from _conditions(entry, probe.get("target") or {})


def _conditions(entry: Entry, target: dict[str, Any]) -> Iterator[Problem]:
    """Yield conditions of a target that name no setting."""
    for name in target.get("only_if", ()):
        if name not in entry.config_schema.get("properties", {}):
            where = ("probe", "target", "only_if", name)
            yield Problem(where, "required", f"{name} is not a field")


def _is_allowed_address(entry: Entry, text: str) -> bool:
    """Return whether no credential is before the path, unless one is the whole address."""
    end = path_start(PLACEHOLDER.sub(lambda found: "x" * len(found[0]), text))
    for found in PLACEHOLDER.finditer(text):
        if found.start() < end and is_private(found[1]):
            name = found[1].split("|")[0].partition(".")[2]
            schema = resolve(entry.auth_schema, entry.auth_schema["properties"].get(name, {}))
            if not (is_whole_address(found) and schema.get("format") == "uri"):
                return False
    return True


def _header_names(probe: dict[str, Any], oauth: dict[str, Any]) -> Iterator[tuple[_Path, str]]:
    """Yield the names of headers that a type sets, each with its place."""
    send = probe.get("send", {})
    names = {"header": send.get("name"), "jwt": send.get("header")}
    if isinstance(name := names.get(send.get("as")), str):
        yield ("probe", "send"), name
    for part, spec in (("probe", probe), ("oauth", oauth)):
        for path in _paths(spec, (part,)):
            if path[-2] in {"headers", "token_headers"}:
                yield path, str(path[-1])


def _paths(value: Any, path: _Path) -> Iterator[_Path]:
    return (where for where, _ in _texts(value, path) if len(where) > 1)


class _Names:
    """The names that placeholders may use so far."""

    def __init__(self, entry: Entry) -> None:
        self.known = {f"app.{name}" for name in (*APP, "redirect_uri")}
        self.known |= {f"config.{name}" for name in entry.config_schema.get("properties", {})}
        self.known |= {f"auth.{name}" for name in entry.auth_schema.get("properties", {})}

    def unknown(self, value: Any, path: _Path) -> Iterator[Problem]:
        """Yield the placeholders in a value that name nothing known or use an unknown filter."""
        for where, text in _texts(value, path):
            for inside in PLACEHOLDER.findall(text):
                name, *filters = inside.split("|")
                if ".".join(name.split(".")[:2]) not in self.known:
                    message = f"{{{name}}} names no field and no value saved before it"
                    yield Problem(where, "placeholder", message)
                if not all(_FILTERS.fullmatch(word) for word in filters):
                    yield Problem(where, "placeholder", f"{{{name}}} has an unknown filter")

    def save(self, request: dict[str, Any], path: _Path) -> Iterator[Problem]:
        """Add the steps that a request saves; yield those that are no field."""
        for target in request.get("save", {}):
            if target.startswith("step."):
                self.known.add(target)
            elif target not in self.known:
                yield Problem((*path, "save"), "placeholder", f"{target} is not a field")


def _texts(value: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for keyword, inner in value.items():
            yield from _texts(inner, (*path, keyword))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
