"""Which values are secret, as the vendors of schemas mark them."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part

MARK = re.compile(
    r"(^|[_\-./:])(is)?[_\-]?(secret|sensitive|confidential|password|credentials?|encrypted|masked)s?$",
    re.IGNORECASE,
)
"""A key with a true boolean below it: airbyte_secret, x-secret, isSecret, sensitive ..."""

NAME = re.compile(
    r"(?:^|_)(?:passw(?:or)?d|passphrase|passcode|pass|pwd|secrets?|tokens?|credentials?|bearer|jwt"
    r"|pat|cookie|authorization|dsn|pin|apikey|privatekey|accesskey|service_account"
    r"|connection_string|(?:api|access|private|auth|signing|encryption|client|ssh|account|shared"
    r"|storage|master|license)_keys?)(?:_|$)"
)
PLAIN = re.compile(
    r"^(?:max|min|num|total|n|use|has|is|enable|allow|require|show|disable|skip)_|_(?:url|uri|path"
    r"|file|filename|name|names|id|ids|type|arn|enabled|ttl|count|limit|expiry|expires|expiration"
    r"|endpoint|lifetime|header|hint|method|policy|version|length|field|ref|date|at)$"
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LISTS = ("secret", "secrets", "secret_fields", "secretFields")


def is_secret(schema: Any) -> bool:
    """Whether a subschema itself is marked secret; a name would only suggest it."""
    if not isinstance(schema, dict):
        return False
    if schema.get("writeOnly") is True or schema.get("format") == "password":
        return True
    if any(value is True and MARK.search(key) for key, value in schema.items()):
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
    """Whether a name says secret although nothing marks it: an offer to hide."""
    words = "_".join(WORD.findall(name)).lower()
    return NAME.search(words) is not None and PLAIN.search(words) is None


def listed(schema: Any) -> frozenset[str]:
    """The properties that an object's own list calls secret."""
    found: set[str] = set()
    if isinstance(schema, dict):
        for key in LISTS:
            value = schema.get(key)
            if isinstance(value, list):
                found.update(item for item in value if isinstance(item, str))
    return frozenset(found)


def secret_properties(schema: Any) -> tuple[str, ...]:
    """The root's properties that hold a secret mark anywhere inside."""
    from connectors_cli.forms.compiled import Compiled  # marks alone need no validator

    compiled = Compiled(schema)
    marks = _Marks(compiled)
    found: dict[str, bool] = {}
    for part in marks.applying(compiled.root):
        names = listed(part.schema)
        for name, sub in part.schema.get("properties", {}).items():
            inside = marks.within(compiled.sub(part, sub))
            found[name] = found.get(name, False) or name in names or inside
        found.update((name, True) for name in names if name in found)
    return tuple(name for name, secret in found.items() if secret)


class _Marks:
    """Looks for marks below a part, following references."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def applying(self, root: Part) -> Iterator[Part]:
        """The parts that apply where `root` does: through references, allOf and branches."""
        return _walk(root, self._beside)

    def within(self, root: Part) -> bool:
        """Tell whether a mark stands anywhere inside."""
        parts = _walk(root, lambda part: chain(self._beside(part), self._below(part)))
        return any(is_secret(part.schema) or listed(part.schema) for part in parts)

    def _beside(self, part: Part) -> Iterator[Part]:
        target = self.compiled.reference(part)
        if target is not None:
            yield target
        for keyword in ("allOf", "anyOf", "oneOf"):
            value = part.schema.get(keyword)
            yield from (self.compiled.sub(part, sub) for sub in value or ())
        for keyword in ("if", "then", "else"):
            if isinstance(part.schema.get(keyword), dict):
                yield self.compiled.sub(part, part.schema[keyword])
        for keyword in ("dependentSchemas", "dependencies"):
            value = part.schema.get(keyword)
            for sub in value.values() if isinstance(value, dict) else ():
                if isinstance(sub, dict):
                    yield self.compiled.sub(part, sub)

    def _below(self, part: Part) -> Iterator[Part]:
        for keyword in ("properties", "patternProperties"):
            value = part.schema.get(keyword)
            for sub in value.values() if isinstance(value, dict) else ():
                yield self.compiled.sub(part, sub)
        for keyword in ("items", "prefixItems", "additionalItems", "additionalProperties"):
            value = part.schema.get(keyword)
            for sub in value if isinstance(value, list) else (value,):
                if isinstance(sub, dict):
                    yield self.compiled.sub(part, sub)


def _walk(root: Part, onward: Callable[[Part], Iterable[Part]]) -> Iterator[Part]:
    """Yield a part and those that it leads to, each once, in order."""
    stack, seen = [root], set()
    while stack:
        part = stack.pop()
        if isinstance(part.schema, dict) and id(part.schema) not in seen:
            seen.add(id(part.schema))
            yield part
            stack += reversed(list(onward(part)))
