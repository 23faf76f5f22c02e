"""Connectors: the accounts a company publishes with, in a local encrypted store."""

TYPE_CHECKING = False  # importing the package loads nothing
if TYPE_CHECKING:
    from connectors_cli.services.api import Connectors, Opened

__version__ = "0.1.0"
__all__ = ["Connectors", "Opened", "__version__"]


def __getattr__(name: str) -> object:
    """Load the Python API when it is first used."""
    if name not in {"Connectors", "Opened"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("connectors_cli.services.api"), name)
