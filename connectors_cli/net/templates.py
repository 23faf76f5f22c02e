"""Templates of requests, with placeholders that a connector's values fill."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from connectors_cli import __version__
from connectors_cli.net.failure import Fix, ProbeFailed

APP = {
    "name": "connectors",
    "version": __version__,
    "label": "connectors",
}
# A brace directly followed by a word; in GraphQL's `{ shop }` there is a space.
PLACEHOLDER = re.compile(r"\{([A-Za-z_][^{}\s]*)\}")
_BEFORE_PATH = re.compile(r"(?:[^:/?#]*:)?/{0,2}[^/?#\\]*")
_CUT = re.compile(r"(before|after)\('([^']*)'\)")


class Values:
    """The values of placeholders: config, auth, app, oauth, and what steps saved."""

    def __init__(self, config: Mapping[str, Any], auth: Mapping[str, Any]) -> None:
        self.config = config
        self.auth = auth
        self.step: dict[str, Any] = {}
        self.app: dict[str, Any] = dict(APP)
        self.oauth: dict[str, Any] = {}

    def save(self, target: str, value: Any) -> None:
        """Save a value of an answer as `step.x`."""
        self.step[target.partition(".")[2]] = value

    def fill(self, text: str) -> str:
        """Return text with every placeholder replaced; raises ProbeFailed for a missing value."""
        return PLACEHOLDER.sub(lambda found: _as_text(self.value(found[1])), text)

    def fill_url(self, text: str) -> str:
        """Return a URL with its placeholders replaced; only one at the beginning is not quoted.

        So no other value can change the host or path. Raises ProbeFailed if a credential would be
        in the scheme, user, host or port, or a part of the path would be `.` or `..`.
        """
        url, end, private = "", 0, []
        for found in PLACEHOLDER.finditer(text):
            url += text[end : found.start()]
            end = found.end()
            value = _as_text(self.value(found[1]))
            if is_private(found[1]) and not is_whole_address(found):
                private.append(len(url))
            url += _quoted(value) if found.start() else value
        url += text[end:]
        path = path_start(url)
        if any(place < path for place in private):
            raise ProbeFailed("invalid_config", "a credential cannot be part of a host or port")
        if any(unquote(part) in {".", ".."} for part in _path_parts(url[path:])):
            raise ProbeFailed("invalid_config", "the path of the address has a part . or ..")
        return url

    def fill_all(self, value: Any) -> Any:
        """Return a JSON value with every text filled; a text of one placeholder keeps its type."""
        if isinstance(value, str):
            alone = PLACEHOLDER.fullmatch(value)
            return self.value(alone[1]) if alone else self.fill(value)
        if isinstance(value, Mapping):
            return {name: self.fill_all(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill_all(inner) for inner in value]
        return value

    def optional(self, text: str | None) -> str | None:
        """Return a filled text, None without one or if a value in it is missing."""
        if text is None:
            return None
        names = [inside.split("|")[0] for inside in PLACEHOLDER.findall(text)]
        return self.fill(text) if all(self._has(name) for name in names) else None

    def value(self, inside: str) -> Any:
        """Return the value of one placeholder, with its filters applied."""
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


def is_private(inside: str) -> bool:
    """Return whether a placeholder stands for a credential, or for what a service answered."""
    return inside.partition(".")[0] in {"auth", "step", "jwt"}


def is_whole_address(found: re.Match[str]) -> bool:
    """Return whether a placeholder is a whole address, which only a path or query may follow."""
    return found.start() == 0 and found.string[found.end() :][:1] in {"", "/", "?", "#"}


def path_start(url: str) -> int:
    """Return where the path of a URL begins: after scheme, user, host and port."""
    found = _BEFORE_PATH.match(url)
    return found.end() if found else 0


def step_into(value: Any, key: str) -> Any:
    """Return the member of an object or the item of a list that `key` names, else None."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isdecimal():
        return value[int(key)] if int(key) < len(value) else None
    return None


def fields_in(value: Any, part: str) -> tuple[str, ...]:
    """Return the fields of config or auth that placeholders in a value name, in order."""
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
        message = f"no {name} yet: the account is not signed in"
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


def _path_parts(rest: str) -> list[str]:
    return re.split(r"[?#]", rest, maxsplit=1)[0].split("/")


def _filtered(value: Any, word: str) -> Any:
    text = _as_text(value)
    cut = _CUT.fullmatch(word)
    if cut is not None:
        before, separator, after = text.partition(cut[2])
        found = before if cut[1] == "before" else after
        if separator and found:
            return found
    elif word == "bare" and text.lstrip("@"):
        return text.lstrip("@")
    elif word == "unhex":
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    raise ProbeFailed("auth_failed", "a credential does not have the form that this service issues")
