"""The life of the interface: from a checked terminal to a clean one."""

from connectors_cli.settings import Settings
from connectors_cli.ui.app import ConnectorsApp
from connectors_cli.ui.session import Session


def run_interface(settings: Settings, tab: str) -> int:
    """Show the interface until the person leaves it; return the exit code."""
    session = Session(settings)
    try:
        app = ConnectorsApp(session, tab)
        app.run()
        return app.return_code or 0
    finally:
        session.close()
