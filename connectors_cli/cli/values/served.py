"""The forms that are served to other programs: of a type to install, or of a connector."""

from typing import Any

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.values.form_server import FormServer
from connectors_cli.errors import InvalidInput
from connectors_cli.services import connectors
from connectors_cli.services.connectors import Wanted, changes
from connectors_cli.services.given import Given
from connectors_cli.services.results import Change
from connectors_cli.services.type_form import TypeForm, current_form
from connectors_cli.store.read.types import find_entry


def new_form(context: CommandContext, key: str) -> FormServer:
    """Return the form of a type; a message `save` installs a connector."""
    entry = find_entry(context.reader(), context.settings.tenant, key)
    context.close_reader()

    def save(form: TypeForm, message: dict[str, Any]) -> dict[str, Any]:
        config, auth = form.result()
        wanted = Wanted(
            entry.key,
            _text(message, "name", entry.key),
            config,
            auth,
            _tags(message),
            "active" if message.get("activate") is True else "inactive",
        )
        ws = context.workspace()
        ws.forget_key_failures()
        return _saved(connectors.install_connector(ws, wanted))

    return FormServer(TypeForm(entry, Given()), save)


def connector_form(context: CommandContext, name: str) -> FormServer:
    """Return the form of a connector; a message `save` changes it.

    It fails if the connector changed since the form was opened.
    """
    ws = context.existing_workspace()
    opened = [connectors.current_values(ws, name)]
    form, _ = current_form(opened[0], Given())

    def save(form: TypeForm, message: dict[str, Any]) -> dict[str, Any]:
        edits = changes(opened[0], *form.result(), to_new_host=message.get("new_host") is True)
        done = connectors.update_connector(ws, opened[0].name, edits)
        opened[:] = [connectors.current_values(ws, done.name)]
        return _saved(done)

    return FormServer(form, save, opened[0].name)


def _saved(done: Change) -> dict[str, Any]:
    return {"change": done.change, "connector": done.connector}


def _text(message: dict[str, Any], name: str, default: str) -> str:
    value = message.get(name, default)
    if not isinstance(value, str):
        raise InvalidInput(f"{name} must be text")
    return value


def _tags(message: dict[str, Any]) -> tuple[str, ...]:
    tags = message.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise InvalidInput("tags must be a list of texts")
    return tuple(tags)
