"""Reading one value of a connector."""

from typing import Any

from connectors_cli.database import Database
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.freshness import is_due
from connectors_cli.reveal import as_text
from connectors_cli.reveal import reveal as reveal_credential
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings


def get_value(db: Database, settings: Settings, name: str, field: str, *, reveal: bool) -> str:
    """Return a setting, or with `reveal` a credential, as one raw text.

    A token that is due is refreshed first. Raises NotFound, UsageError for a credential without
    `reveal`, and what refreshing and revealing raise.
    """
    sealed = sealed_connector(db, settings.tenant, name)
    config = sealed["config"]
    found, value = _at(config, field)
    if found:
        return as_text(value)
    credentials = list(sealed["auth"])
    if field not in credentials:
        raise NotFound(
            f"connector {name[:100]!r} has no field {field[:100]!r}",
            hint=f"it has: {', '.join((*config, *credentials)) or 'none'}",
        )
    if not reveal:
        raise UsageError(
            f"{field} is a credential, and its value would be shown",
            hint=f"if that is what you want: connectors get {name} {field} --reveal",
        )
    if is_due(sealed["auth_expires_at"]):
        from connectors_cli import refreshing  # the ORM and the network

        refreshing.before_use(settings, sealed["id"], (field,))
    return reveal_credential(db, settings, name, field)


def _at(values: dict[str, Any], field: str) -> tuple[bool, Any]:
    """Return whether a field is there, and its value; dots lead into objects and lists."""
    if field in values:
        return True, values[field]
    value: Any = values
    for step in field.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value
