"""A connector's values, and the texts of a probe filled with them."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connectors_cli import __version__
from connectors_cli.catalog.placeholders import PLACEHOLDER
from connectors_cli.probes.finding import Fix, ProbeFailed

APP = {
    "name": "connectors",
    "version": __version__,
}
_CUT = re.compile(r"(before|after)\('([^']*)'\)")


class Values:
    """What placeholders stand for: config, auth, app, oauth, and what steps have saved."""

    def __init__(self, config: Mapping[str, Any], auth: Mapping[str, Any]) -> None:
        self.config = config
        self.auth = auth
        self.step: dict[str, Any] = {}
        self.app: dict[str, Any] = dict(APP)
        self.oauth: dict[str, Any] = {}

    def save(self, target: str, value: Any) -> None:
        """Keep a value that an answer gave, under `step.x`."""
        self.step[target.partition(".")[2]] = value

    def fill(self, text: str) -> str:
        """Return a text with every placeholder replaced; ProbeFailed where a value is missing."""
        return PLACEHOLDER.sub(lambda found: _as_text(self.value(found[1])), text)

    def fill_url(self, text: str) -> str:
        """Return a URL with its placeholders replaced: one at its beginning is taken as it is.

        Every other one is quoted, so that no value leads to another host or path.
        """

        def part(found: re.Match[str]) -> str:
            value = _as_text(self.value(found[1]))
            return value if found.start() == 0 else _quoted(value)

        return PLACEHOLDER.sub(part, text)

    def fill_all(self, value: Any) -> Any:
        """Return a JSON value with every text in it filled; a lone placeholder keeps its type."""
        if isinstance(value, str):
            alone = PLACEHOLDER.fullmatch(value)
            return self.value(alone[1]) if alone else self.fill(value)
        if isinstance(value, Mapping):
            return {name: self.fill_all(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill_all(inner) for inner in value]
        return value

    def optional(self, text: str | None) -> str | None:
        """Return a filled text, None where there is none or a credential in it is not there."""
        if text is None:
            return None
        names = [inside.split("|")[0] for inside in PLACEHOLDER.findall(text)]
        return self.fill(text) if all(self._has(name) for name in names) else None

    def value(self, inside: str) -> Any:
        """Return what one placeholder stands for, its filters applied."""
        path, *filters = inside.split("|")
        part, *keys = path.split(".")
        found: Any = self._part(part)
        for key in keys:
            found = step_into(found, key)
        if found is None or found == "":
            raise _missing(part, keys)
        for word in filters:
            found = _filtered(found, word)
        return found

    def _part(self, part: str) -> Mapping[str, Any]:
        known = {"config", "auth", "step", "app", "oauth"}
        found: Mapping[str, Any] = getattr(self, part) if part in known else {}
        return found

    def _has(self, path: str) -> bool:
        part, *keys = path.split(".")
        return bool(keys) and self._part(part).get(keys[0]) not in (None, "")


def step_into(value: Any, key: str) -> Any:
    """Return what a step of a path leads to: a key of an object, an index of a list; else None."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isdecimal():
        return value[int(key)] if int(key) < len(value) else None
    return None


def fields_in(value: Any, part: str) -> tuple[str, ...]:
    """Return the fields of config or auth that texts name, in order."""
    if isinstance(value, str):
        paths = [inside.split("|")[0].split(".") for inside in PLACEHOLDER.findall(value)]
        return tuple(path[1] for path in paths if path[0] == part and len(path) > 1)
    inner = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list):
        return ()
    return tuple(dict.fromkeys(name for item in inner for name in fields_in(item, part)))


def _missing(part: str, keys: list[str]) -> ProbeFailed:
    name = keys[0] if keys else part
    if part == "auth":
        message = f"there is no {name} yet: the account is not signed in"
        return ProbeFailed("auth_failed", message, Fix("credentials", (name,)))
    if part == "config":
        return ProbeFailed("invalid_config", f"{name} is not set", Fix("settings", (name,)))
    return ProbeFailed("invalid_config", f"the test of this service needs {part}.{name}")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _quoted(value: str) -> str:
    try:
        return f"[{value}]" if ipaddress.ip_address(value).version == 6 else value
    except ValueError:
        return quote(value, safe=":,+=!*~")


def _filtered(value: Any, word: str) -> Any:
    text = _as_text(value)
    cut = _CUT.fullmatch(word)
    if cut is not None:
        before, separator, after = text.partition(cut[2])
        found = before if cut[1] == "before" else after
        if separator and found:
            return found
    elif word == "unhex":
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    raise ProbeFailed(
        "auth_failed", "a credential does not have the form that this service gives it"
    )
