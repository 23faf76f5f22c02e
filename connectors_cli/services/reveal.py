"""One raw value of a connector; reading a credential is recorded before it is returned."""

from __future__ import annotations

from connectors_cli.errors import KeyProblem, NotFound, NotPermitted, Rejected, UsageError
from connectors_cli.store.read.rows import value_at
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.system.clock import expires_within
from connectors_cli.system.text import command_line

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from connectors_cli.audit.gate import Event
    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database
    from connectors_cli.vault.seal import Key


def get_value(db: Database, settings: Settings, name: str, field: str, *, reveal: bool) -> str:
    """Return a setting, or a credential, as raw text; a secret one only with `reveal`.

    A setting that was not set has the default of its type. A token that is about to expire is
    refreshed first; see also `reveal_credential`.

    Raises:
        NotFound: no such connector or field.
        UsageError: the field is or contains a secret, and `reveal` is false.
    """
    sealed = sealed_connector(db, settings.tenant, name)
    found, value = setting(db, sealed, field)
    if found:
        return as_text(value)
    if credential_of(sealed, field) is None:
        raise no_field(db, sealed, field)
    if not reveal and not _is_public(db, sealed, field):
        raise UsageError(
            f"{field} is a credential; showing it needs --reveal",
            hint=f"to show it: {command_line('get', name, field, '--reveal')}",
        )
    if expires_within(sealed["auth_expires_at"]):
        from connectors_cli.services.auth import refresh  # the ORM and the network

        refresh.before_use(settings, sealed["id"], (field,))
    return reveal_credential(db, settings, name, field)


def reveal_credential(db: Database, settings: Settings, name: str, field: str) -> str:
    """Record that one credential is read, and return it as text (other values as JSON).

    Dots lead into a credential that is an object or a list.

    Raises:
        NotFound: no such connector or credential.
        NotPermitted: the user may not reveal credentials.
        KeyProblem: its key is missing.
        Tampered: the connector was changed outside connectors.
        Rejected: a sign-in granted it for another address than the settings name now.
        StoreError: the use cannot be recorded.
    """
    from connectors_cli.audit import gate, log  # not for a setting
    from connectors_cli.audit.roles import Action

    actor, action = log.find_actor(settings, db.principal), Action.CONNECTOR_REVEAL
    sealed = sealed_connector(db, settings.tenant, name)
    event = use_event(sealed, (credential_of(sealed, field) or field,), "get")
    refusals = (NotPermitted, KeyProblem, Rejected)
    with gate.failures_recorded(settings, actor, action, (event,), refusals):
        gate.permit(db, settings.tenant, action)
        value, key = _open(db, settings, sealed, field)
    with gate.change(settings, actor, action, (event,), (key,)):
        pass
    return as_text(value)


def setting(db: Database, sealed: dict[str, Any], field: str) -> tuple[bool, Any]:
    """Return whether a connector has a setting, set or by default, and its value."""
    found, value = value_at(sealed["config"], field)
    if found and not isinstance(value, dict | list):
        return found, value
    return value_at(all_settings(db, sealed), field)


def all_settings(db: Database, sealed: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a connector with the defaults of its type."""
    from connectors_cli.store.read.defaults import Defaults  # not for what was set

    return Defaults(db).settings(sealed["catalog_id"], sealed["config"])


def _is_public(db: Database, sealed: dict[str, Any], field: str) -> bool:
    """Return whether a credential is described by its type, and not as a secret."""
    from connectors_cli.forms.secrets import is_public
    from connectors_cli.services.sealed_type import stored_type

    credential = credential_of(sealed, field) or field
    schema = stored_type(db, sealed["catalog_id"]).entry().auth_schema
    steps = field[len(credential) + 1 :].split(".") if field != credential else ()
    return credential in schema.get("properties", {}) and is_public(schema, (credential, *steps))


def as_text(value: Any) -> str:
    """Return text unchanged and any other value as JSON."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value)


def use_event(sealed: dict[str, Any], fields: Sequence[str], purpose: str) -> Event:
    """Return the event of a use: the connector's name and id, the credentials, and what for.

    It has no `fields` where none are handed over.
    """
    details = {"id": sealed["id"], "fields": list(fields), "for": purpose}
    return sealed["name"], {name: value for name, value in details.items() if value}


def _open(db: Database, settings: Settings, sealed: dict[str, Any], field: str) -> tuple[Any, Key]:
    """Return the credential and the key that opened it."""
    name, credential = sealed["name"], credential_of(sealed, field)
    if credential is None:
        known = ", ".join(sealed["auth"]) or "none"
        raise NotFound(
            f"connector {name[:100]!r} has no credential {field[:100]!r}",
            hint=f"its credentials: {known}",
        )
    from connectors_cli.services.opener import opener_for  # cryptography

    opened = opener_for(db, settings).open(sealed, (credential,))
    opened.check_origins()
    found, value = value_at(opened.auth, field)
    if not found:
        raise NotFound(f"the credential {credential} of {name[:100]!r} has no {field[:100]!r}")
    return value, opened.key


def credential_of(sealed: dict[str, Any], field: str) -> str | None:
    """Return the credential that a field is or is inside of, None without one."""
    names = (name for name in sealed["auth"] if field == name or field.startswith(f"{name}."))
    return max(names, key=len, default=None)


def no_field(db: Database, sealed: dict[str, Any], field: str) -> NotFound:
    """Return the error for a field that a connector does not have."""
    known = ", ".join((*all_settings(db, sealed), *sealed["auth"])) or "none"
    return NotFound(
        f"connector {sealed['name'][:100]!r} has no field {field[:100]!r}",
        hint=f"its fields: {known}",
    )
