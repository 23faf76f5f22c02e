"""What mends a connection: the command to type, what its state becomes, what is hidden."""

import base64
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import fields
from connectors_cli.errors import ConnectorsError
from connectors_cli.masking import masked
from connectors_cli.probes.finding import Fix

_TURNS = {"auth_failed": ("active", "error"), "ok": ("error", "active")}


def turn(state: str) -> tuple[str, str]:
    """Return the status that a test's outcome ends, and the one it becomes; others stay.

    Only what the service itself says counts: a blip never changes what is published.
    """
    return _TURNS.get(state, ("", ""))


def command(name: str, entry: Entry | None, fix: Fix | None, timeout: float) -> str | None:
    """Return the command that mends a connection."""
    if fix is None:
        return None
    if fix.cure in {"credentials", "settings"}:
        return _edit(name, entry, fix)
    if fix.cure in {"ssh", "s3"}:
        return f"pip install 'connectors-cli[{fix.cure}]'"
    more = {
        "longer": f" --timeout {timeout * 3:g}s",
        "trust": " --ca-file FILE",
        "plain": " --allow-http",
    }
    return f"connectors test {shlex.quote(name)}{more.get(fix.cure, '')}"


def sign_in(name: str) -> str:
    """Return the command that signs a connector in."""
    return f"connectors auth login {shlex.quote(name)}"


def hinted(error: ConnectorsError, name: str, otherwise: str) -> ConnectorsError:
    """Return an error of a sign-in with its hint, else this one, for a connector's name."""
    hint = (error.hint or otherwise).replace(" NAME", f" {shlex.quote(name)}")
    return type(error)(error.message, hint=hint, details=error.details)


def public_fields(entry: Entry) -> frozenset[str]:
    """Return the credentials that a type says are no secret, such as a user's name."""
    return frozenset(i.name for i in fields(entry) if i.part == "auth" and not i.secret)


def hidden(text: str, auth: Mapping[str, Any], public: frozenset[str]) -> str:
    """Return a text with a connector's secrets masked, also as URLs and headers have them."""
    plain = [found for name, value in auth.items() if name not in public for found in _texts(value)]
    pairs = [f"{one}:{two}" for one in _all_texts(auth) for two in plain]
    forms = [*plain, *(quote(form, safe="") for form in plain)]
    forms += [base64.b64encode(pair.encode("utf-8", "replace")).decode() for pair in pairs]
    return masked(text, forms)


def _edit(name: str, entry: Entry | None, fix: Fix) -> str:
    word = shlex.quote(name)
    infos = {info.name: info for info in fields(entry)} if entry else {}
    if entry and entry.oauth and any(n in infos and infos[n].filled_by_flow for n in fix.fields):
        return sign_in(name)
    secrets = [name for name in fix.fields if name in infos and infos[name].secret]
    if fix.cure == "credentials" and secrets:
        given = " ".join(f"--secret {name}=env:{name.upper()}" for name in secrets)
        return f"connectors edit {word} {given}"
    shown = [name for name in fix.fields if name in infos]
    if not shown:
        return f"connectors show {word}"
    flags = [
        f"--secret {name}=env:{name.upper()}" if infos[name].secret else f"--set {name}=VALUE"
        for name in shown
    ]
    return f"connectors edit {word} {' '.join(flags)}"


def _all_texts(auth: Mapping[str, Any]) -> list[str]:
    return [text for value in auth.values() for text in _texts(value)]


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)
