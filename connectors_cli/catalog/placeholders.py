"""The placeholders in an entry's oauth and probe: {config.x}, {auth.x}, {step.x}, {app.x}."""

import re
from collections.abc import Iterator
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import Problem

APP = frozenset({"name", "version", "redirect_uri"})
FILTERS = re.compile(r"before\('[^']*'\)|after\('[^']*'\)|unhex")

# A brace with a word straight after it; GraphQL's `{ shop }` has a space there.
PLACEHOLDER = re.compile(r"\{([A-Za-z_][^{}\s]*)\}")
_REQUESTS = ("registration", "exchange", "refresh_request", "revocation")

_Path = tuple[str | int, ...]


def problems(entry: Entry) -> Iterator[Problem]:
    """The placeholders and saves that name nothing."""
    names = _Names(entry)
    probe, oauth = entry.probe or {}, entry.oauth or {}
    for index, step in enumerate(probe.get("steps", ())):
        yield from names.misnamed(step, ("probe", "steps", index))
        yield from names.saved(step, ("probe", "steps", index))
    rest = {keyword: value for keyword, value in probe.items() if keyword not in ("steps", "note")}
    names.known |= {"jwt"} if rest.get("send", {}).get("as") == "jwt" else set()
    yield from names.misnamed(rest, ("probe",))
    names = _Names(entry)
    names.known.add("oauth.scopes")
    yield from _saved_by_lists(names, oauth)
    yield from names.misnamed(oauth, ("oauth",))
    yield from names.saved(oauth, ("oauth",))
    for keyword in _REQUESTS:
        yield from names.saved(oauth.get(keyword) or {}, ("oauth", keyword))


def _saved_by_lists(names: "_Names", oauth: dict[str, Any]) -> Iterator[Problem]:
    revocation = oauth.get("revocation") or {}
    for index, step in enumerate(revocation.get("steps", ())):
        yield from names.saved(step, ("oauth", "revocation", "steps", index))
    for index, request in enumerate(oauth.get("afterwards", ())):
        yield from names.saved(request, ("oauth", "afterwards", index))


class _Names:
    """What placeholders may name so far."""

    def __init__(self, entry: Entry) -> None:
        self.known = {f"app.{name}" for name in APP}
        self.known |= {f"config.{name}" for name in entry.config_schema.get("properties", {})}
        self.known |= {f"auth.{name}" for name in entry.auth_schema.get("properties", {})}

    def misnamed(self, value: Any, path: _Path) -> Iterator[Problem]:
        for where, text in _texts(value, path):
            for inside in PLACEHOLDER.findall(text):
                name, *filters = inside.split("|")
                if ".".join(name.split(".")[:2]) not in self.known:
                    message = f"{{{name}}} names no field and no value saved before it"
                    yield Problem(where, "placeholder", message)
                if not all(FILTERS.fullmatch(word) for word in filters):
                    yield Problem(where, "placeholder", f"{{{name}}} has a filter that is none")

    def saved(self, request: dict[str, Any], path: _Path) -> Iterator[Problem]:
        for target in request.get("save", {}):
            if target.startswith("step."):
                self.known.add(target)
            elif target not in self.known:
                yield Problem((*path, "save"), "placeholder", f"{target} is no field")


def _texts(value: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for keyword, inner in value.items():
            yield from _texts(inner, (*path, keyword))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
