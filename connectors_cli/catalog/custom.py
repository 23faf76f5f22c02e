"""Custom entries: made of a bare JSON Schema or an Airbyte specification."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.catalog.entry import Entry, parse_entry
from connectors_cli.catalog.splitting import divide
from connectors_cli.errors import InvalidInput


def from_schema(schema: Any, key: str, name: str, auth_type: str) -> Entry:
    """A custom entry of a JSON Schema, divided into config and auth by its secrets."""
    from connectors_cli.forms.validation import check_schema

    if auth_type == "oauth":
        hint = "write a catalog entry with an oauth section, then: connectors catalog add FILE"
        raise InvalidInput("a bare schema does not say how to sign in", hint=hint)
    bare, docs_url = _unwrap(schema)
    check_schema(bare)
    config, auth = divide(bare)
    description = bare.get("description") if isinstance(bare, dict) else ""
    fields = {"key": key, "name": name, "auth_type": auth_type, "docs_url": docs_url}
    fields["description"] = description if isinstance(description, str) else ""
    return parse_entry({**fields, "config_schema": config, "auth_schema": auth}, source="custom")


def split(entry: Entry, instance: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of config and of auth; what neither schema names is auth's, to be sealed.

    For a schema whose root is no object, the instance is the one field `value`.
    """
    if not isinstance(instance, Mapping):
        raise InvalidInput("must be an object")
    config = {name: value for name, value in instance.items() if entry.part(name) == "config"}
    return config, {name: value for name, value in instance.items() if name not in config}


def _unwrap(document: Any) -> tuple[Any, str | None]:
    """The schema inside an Airbyte specification, and its documentation's address."""
    if not isinstance(document, dict) or "properties" in document:
        return document, None
    found = document["spec"] if isinstance(document.get("spec"), dict) else document
    if isinstance(found.get("connectionSpecification"), dict):
        address = found.get("documentationUrl")
        return found["connectionSpecification"], address if isinstance(address, str) else None
    return document, None
