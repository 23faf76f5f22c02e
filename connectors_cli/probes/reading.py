"""Reads an answer: what stands at a path, and whose account it is."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.probes.finding import Account, Fix, ProbeFailed
from connectors_cli.probes.values import Values, fields_in, step_into

LONGEST = 200


def at_path(document: Any, path: str) -> Any:
    """Return what stands at a path such as `items.0.id`, None where nothing does."""
    for key in path.split("."):
        document = step_into(document, key)
    return document


def account_in(document: Any, spec: Mapping[str, Any], values: Values) -> Account:
    """Return whose credentials they are; ProbeFailed when the answer does not say it and should."""
    identity = spec.get("identity") or {}
    found = _named(document, identity.get("id"), values)
    if identity.get("id") and found is None:
        raise _nobody(document, identity["id"], spec)
    return Account(found, _named(document, identity.get("label"), values))


def needs_json(spec: Mapping[str, Any]) -> bool:
    """Tell whether a probe reads anything of the answer's JSON."""
    identity = spec.get("identity") or {}
    paths = (identity.get("id"), identity.get("label"))
    due = spec.get("expect_json") or spec.get("expect_scopes")
    return bool(due) or any(_is_path(path) for path in paths)


def _is_path(path: str | None) -> bool:
    return bool(path) and not str(path).startswith(("/", "{"))


def _named(document: Any, path: str | None, values: Values) -> str | None:
    if not path or path.startswith("/"):
        return None
    found = values.optional(path) if path.startswith("{") else at_path(document, path)
    if found is None or found == "" or isinstance(found, bool | Mapping | list):
        return None
    return "".join(char for char in str(found) if char.isprintable())[:LONGEST]


def _nobody(document: Any, path: str, spec: Mapping[str, Any]) -> ProbeFailed:
    keys = path.split(".")
    for end in range(1, len(keys)):
        if at_path(document, ".".join(keys[:end])) == []:
            name = ".".join(keys[:end])
            text = f"the credentials work, but the account has none of what is needed: no {name}"
            return ProbeFailed("invalid_config", text)
    return ProbeFailed(
        "auth_failed",
        "the service answers, but does not say whose credentials these are: it took none",
        Fix("credentials", fields_in(spec, "auth")),
    )
