"""Appends many events to the log of the environment's store, each in a transaction of its own."""

import os
from contextlib import closing

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.settings import Settings
from connectors_cli.store.read import database
from connectors_cli.vault.seal import Key

EACH = 25


def append() -> int:
    """Append one or two events, EACH times; return an exit code."""
    settings = Settings(os.environ)
    with closing(database.open_for_reading(settings.store)) as db:
        actor = log.find_actor(settings, db.principal)
    key = Key(os.environ["CONNECTOR_AUTH_ENCRYPTION_KEY"])
    for number in range(EACH):
        events = [(f"{os.getpid()}-{number}", {"n": number})] * (1 + number % 2)
        gate.record(settings, actor, Action.CONNECTOR_USE, events, keys=(key,))
    return 0


def appended() -> int:
    """Return how many events one run appends."""
    return sum(1 + number % 2 for number in range(EACH))
