"""Connectors: the accounts a company publishes with, in a local encrypted store."""

__version__ = "0.1.0"
