"""The key of a host that is not known yet: asked about, and saved with its connector."""

from connectors_cli.services import connectors
from connectors_cli.services.connectors import Edits
from connectors_cli.services.results import Change, Check
from connectors_cli.services.workspace import Workspace


def host_key_question(item: Check) -> str:
    """Return what a person is asked before the key of a test's result is accepted."""
    return f"{item.message[:1].upper()}{item.message[1:]}. Accept it for {item.name}?"


def pin_host_key(ws: Workspace, item: Check) -> Change:
    """Save the key that a test found with its connector, which then accepts no other."""
    return connectors.update_connector(ws, item.name, Edits(config={"host_key": item.host_key}))
