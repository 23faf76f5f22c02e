"""Secret values: how the vendors of schemas mark them, and which places a schema marks."""

from __future__ import annotations

import re
from itertools import chain, product

from connectors_cli.forms.references import PointerSchema

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from connectors_cli.forms.compiled import Part

    Path = Iterable[str | int]

# Patterns are compiled where they are first used: commands that use credentials load this module.
MARK = (
    r"(?i)(^|[_\-./:])(is)?[_\-]?"
    r"(secret|sensitive|confidential|password|credentials?|encrypted|masked)s?$"
)
"""A key whose value is true: airbyte_secret, x-secret, isSecret, sensitive ..."""

NAME = (
    r"(?:^|_)(?:passw(?:or)?d|passphrase|passcode|pass|pwd|secrets?|tokens?|credentials?|bearer|jwt"
    r"|pat|cookie|authorization|dsn|pin|apikey|privatekey|accesskey|service_account"
    r"|connection_string|(?:api|access|private|auth|signing|encryption|client|ssh|account|shared"
    r"|storage|master|license)_keys?)(?:_|$)"
)
PLAIN = (
    r"^(?:max|min|num|total|n|use|has|is|enable|allow|require|show|disable|skip)_|_(?:url|uri|path"
    r"|file|filename|name|names|id|ids|type|arn|enabled|ttl|count|limit|expiry|expires|expiration"
    r"|endpoint|lifetime|header|hint|method|policy|version|length|field|ref|date|at)$"
)
WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
LISTS = ("secret", "secrets", "secret_fields", "secretFields")


def is_secret(schema: Any) -> bool:
    """Return whether a subschema itself is marked secret; a name would only suggest it."""
    if not isinstance(schema, dict):
        return False
    if schema.get("writeOnly") is True or schema.get("format") == "password":
        return True
    if any(value is True and re.search(MARK, key) for key, value in schema.items()):
        return True
    return _described_secret(schema)


def _described_secret(schema: dict[str, Any]) -> bool:
    form = schema.get("x-schema-form")
    if isinstance(form, dict) and form.get("type") == "password":
        return True
    descriptors = schema.get("x-descriptors")
    if not isinstance(descriptors, list):
        return False
    words = (item.rsplit(":", 1)[-1] for item in descriptors if isinstance(item, str))
    return any(word in ("credentials", "password", "secret") for word in words)


def looks_secret(name: str) -> bool:
    """Return whether a name suggests a secret, so that an asker may offer to hide the value."""
    words = "_".join(re.findall(WORD, name)).lower()
    return re.search(NAME, words) is not None and re.search(PLAIN, words) is None


def listed(schema: Any) -> frozenset[str]:
    """Return the properties that an object's own list calls secret."""
    found: set[str] = set()
    if isinstance(schema, dict):
        for key in LISTS:
            value = schema.get(key)
            if isinstance(value, list):
                found.update(item for item in value if isinstance(item, str))
    return frozenset(found)


def secret_properties(schema: Any) -> tuple[str, ...]:
    """Return the properties of the root that contain a secret mark anywhere inside.

    A schema with plain references is walked without loading jsonschema.
    """
    return _quick(schema).properties()


def secret_values(schema: Any, values: dict[str, Any]) -> Iterator[Any]:
    """Yield each value that a schema marks as secret, or does not describe, in an object's values.

    A schema with plain references is walked without loading jsonschema.
    """
    return _quick(schema).inside(values)


def is_public(schema: Any, steps: Iterable[str]) -> bool:
    """Return whether a schema describes the value at a path, and nothing in it as secret.

    A step that is a number is a position in a list, or a name.
    """
    secrets = _quick(schema)
    ways = [(step, int(step)) if step.isdecimal() else (step,) for step in steps]
    paths: Iterator[tuple[str | int, ...]] = product(*ways)
    described = [path for path in paths if secrets.schemas_at(path)]
    return bool(described) and not any(map(secrets.within, described))


def _quick(schema: Any) -> Secrets:
    is_plain = PointerSchema.is_possible(schema)
    return Secrets(schema, PointerSchema(schema)) if is_plain else secrets_of(schema)


def secrets_of(schema: Any) -> Secrets:
    """Return the secrets of a schema; the last few schemas are remembered.

    A plain schema is walked without loading jsonschema.
    """
    for known, secrets in _RECENT:
        if known is schema:
            return secrets
    from connectors_cli.forms.plain_schema import is_plain  # only where values are given

    made = Secrets(schema, PointerSchema(schema) if is_plain(schema) else None)
    _RECENT[:] = [(schema, made), *_RECENT[:7]]
    return made


_RECENT: list[tuple[Any, Secrets]] = []


class Secrets:
    """Which values of one schema are secret: the one answer to that question.

    References, `allOf`, branches and conditions are followed; a place counts as secret if any
    subschema that may apply there is marked, whatever the other values are.
    """

    def __init__(self, schema: Any, compiled: Any = None) -> None:
        if compiled is None:
            from connectors_cli.forms.compiled import compiled_of

            compiled = compiled_of(schema)
        self._compiled = compiled
        self._properties: tuple[str, ...] | None = None

    def properties(self) -> tuple[str, ...]:
        """Return the properties of the root that contain a secret mark anywhere inside."""
        if self._properties is None:
            applying = self._applying([self._compiled.root])
            named = [name for part in applying for name in _mapping(part, "properties")]
            self._properties = tuple(n for n in dict.fromkeys(named) if self.within((n,)))
        return self._properties

    def schemas_at(self, path: Path) -> tuple[dict[str, Any], ...]:
        """Return every subschema that may apply to the value at a path."""
        return tuple(part.schema for part in self._reached(path)[1])

    def at(self, path: Path) -> bool:
        """Return whether the value at a path is secret, or is part of one that is."""
        return self._reached(path)[0]

    def within(self, path: Path) -> bool:
        """Return whether the value at a path is secret or may contain a secret."""
        secret, parts = self._reached(path)
        return secret or self._contain(parts)

    def written_out(self, path: Path, value: Any, is_reference: Callable[[Any], bool]) -> bool:
        """Return whether a value for a path is a secret, or contains one, in plain text."""
        return self._written_out(*self._reached(path), value, is_reference)

    def _written_out(
        self, secret: bool, parts: list[Part], value: Any, is_reference: Callable[[Any], bool]
    ) -> bool:
        if is_reference(value):
            return False
        if not isinstance(value, dict | list):
            return value is not None and (secret or self._contain(parts))
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return any(
            self._written_out(*self._step(secret, parts, step), item, is_reference)
            for step, item in items
        )

    def inside(self, values: dict[str, Any]) -> Iterator[Any]:
        """Yield each value that is marked as secret or not described, also inside of others.

        Of an object or list that is secret as a whole, it and what it contains are yielded.
        """
        parts = self._applying([self._compiled.root])
        yield from self._inside(_marked(parts), parts, values)

    def _inside(self, secret: bool, parts: list[Part], value: Any) -> Iterator[Any]:
        if secret:
            yield value
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for step, item in items:
                marked, inner = self._step(secret, parts, step)
                yield from self._inside(marked or not inner, inner, item)

    def _reached(self, path: Path) -> tuple[bool, list[Part]]:
        parts = self._applying([self._compiled.root])
        secret = _marked(parts)
        for step in path:
            secret, parts = self._step(secret, parts, step)
        return secret, parts

    def _step(self, secret: bool, parts: list[Part], step: str | int) -> tuple[bool, list[Part]]:
        """Return whether what is at a step is secret, and the parts that may apply there."""
        inside = self._items(parts, step) if isinstance(step, int) else self._named(parts, step)
        following = self._applying(inside)
        by_list = any(step in listed(part.schema) for part in parts)
        return secret or by_list or _marked(following), following

    def _named(self, parts: list[Part], name: str) -> list[Part]:
        subs: list[Part] = []
        for part in parts:
            own = [sub for key, sub in _mapping(part, "properties").items() if key == name]
            patterns = _mapping(part, "patternProperties")
            own += [sub for pattern, sub in patterns.items() if _matches(pattern, name)]
            for keyword in ("additionalProperties", "unevaluatedProperties"):
                own += [] if own or keyword not in part.schema else [part.schema[keyword]]
            subs += [self._compiled.sub(part, sub) for sub in own]
        return subs

    def _items(self, parts: list[Part], index: int) -> list[Part]:
        subs: list[Part] = []
        for part in parts:
            for keyword in _ITEMS:
                value = part.schema.get(keyword)
                own = value[index : index + 1] if isinstance(value, list) else [value]
                subs += [self._compiled.sub(part, sub) for sub in own if isinstance(sub, dict)]
        return subs

    def _contain(self, parts: list[Part]) -> bool:
        inside = _walk(parts, lambda part: chain(self._beside(part), self._below(part)))
        return any(is_secret(part.schema) or listed(part.schema) for part in inside)

    def _applying(self, parts: list[Part]) -> list[Part]:
        """Return the parts and all that may apply with them: by reference, allOf, branches ..."""
        return list(_walk(parts, self._beside))

    def _beside(self, part: Part) -> Iterator[Part]:
        target = self._compiled.reference(part)
        if target is not None:
            yield target
        subs: list[Any] = [part.schema.get(keyword) for keyword in ("if", "then", "else")]
        for keyword in ("allOf", "anyOf", "oneOf"):
            value = part.schema.get(keyword)
            subs += value if isinstance(value, list) else ()
        for keyword in ("dependentSchemas", "dependencies"):
            subs += _mapping(part, keyword).values()
        yield from (self._compiled.sub(part, sub) for sub in subs if isinstance(sub, dict))

    def _below(self, part: Part) -> Iterator[Part]:
        for keyword in ("properties", "patternProperties"):
            for sub in _mapping(part, keyword).values():
                yield self._compiled.sub(part, sub)
        for keyword in (*_ITEMS, "additionalProperties", "unevaluatedProperties"):
            value = part.schema.get(keyword)
            for sub in value if isinstance(value, list) else (value,):
                if isinstance(sub, dict):
                    yield self._compiled.sub(part, sub)


_ITEMS = ("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains")


def _matches(pattern: str, name: str) -> bool:
    from connectors_cli.forms.regex.match import found

    return found(pattern, name)


def _marked(parts: Iterable[Part]) -> bool:
    return any(is_secret(part.schema) for part in parts)


def _mapping(part: Part, keyword: str) -> dict[str, Any]:
    value = part.schema.get(keyword)
    return value if isinstance(value, dict) else {}


def _walk(roots: Iterable[Part], onward: Callable[[Part], Iterable[Part]]) -> Iterator[Part]:
    """Yield parts and those that they lead to, each once, in order."""
    stack, seen = list(reversed(list(roots))), set()
    while stack:
        part = stack.pop()
        if isinstance(part.schema, dict) and id(part.schema) not in seen:
            seen.add(id(part.schema))
            yield part
            stack += reversed(list(onward(part)))
