"""The key source of a store: checked before it is needed, chosen, and remembered."""

import os

from connectors_cli.errors import Conflict, KeyMissing, KeyProblem, UsageError
from connectors_cli.settings import (
    KEY_VARIABLES,
    Remembered,
    Settings,
    key_sources_path,
    read_key_sources,
)
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.keys import key_states
from connectors_cli.system import private_file
from connectors_cli.system.text import command_line
from connectors_cli.vault import key_sources
from connectors_cli.vault.key_sources import COMMAND_VARIABLE, FILE_VARIABLE
from connectors_cli.vault.seal import new_key

CHOICES = "file, file:PATH, keyring, command:COMMAND or env"


def check_usable(db: Database | None, settings: Settings) -> None:
    """Check that the tenant's active key is available or, without a store, that one can be saved.

    Raises:
        KeyProblem: it is not; the message says why.
    """
    source = key_sources.find_source(settings.environ, db.meta["store_id"] if db else "")
    if db is not None:
        for key_id, state in key_states(db, settings.tenant):
            if state == "active":
                source.get(key_id)
    elif source.is_keyring:
        from connectors_cli.vault import keyring

        keyring.backend_name()


def is_named(settings: Settings) -> bool:
    """Return whether a variable, or what the store remembers, names a key source."""
    return any(name in settings.environ for name in KEY_VARIABLES)


def own_file(settings: Settings) -> str:
    """Return the path of the key file in the home."""
    return os.path.join(settings.home, "key")


def choose(db: Database | None, settings: Settings, wanted: str) -> None:
    """Use a key source for the store from now on; a key file that does not exist is created.

    Raises:
        UsageError: an unknown source, or a variable is set, which decides.
        KeyProblem: the source cannot be used.
        Conflict: the store exists, and its key is elsewhere.
    """
    kind, _, value = wanted.partition(":")
    if (kind, bool(value)) not in {
        *(("file", False), ("file", True), ("keyring", False), ("command", True), ("env", False)),
    }:
        raise UsageError(f"unknown key source {kind[:20]!r}", hint=f"use {CHOICES}")
    variable = _set_variable(settings)
    if kind == "env":
        _use_variable(db, settings, variable)
    elif variable is not None:
        raise UsageError(f"{variable} is set, and decides", hint=f"unset {variable}")
    elif kind == "keyring":
        _use(db, settings, None)
    elif kind == "command":
        _use(db, settings, (COMMAND_VARIABLE, value))
    else:
        path = os.path.abspath(os.path.expanduser(value)) if value else own_file(settings)
        if not os.path.lexists(path):
            _create_file(db, path)
        _use(db, settings, (FILE_VARIABLE, path))


def _create_file(db: Database | None, path: str) -> None:
    """Create a key file with a new key, which an existing store has no use for."""
    if db is not None:
        move = command_line("key", "move", "--to", "file", "--file", path)
        raise Conflict(
            f"the store has a key already, and {path} does not exist",
            hint=f"move the key there: {move}",
        )
    private_file.create_folder(os.path.dirname(path))
    private_file.write(path, [f"{new_key().text}\n"], replace=False)


def _set_variable(settings: Settings) -> str | None:
    """Return the variable that names a key source, None if none is set."""
    given = settings.environ
    return next(
        (n for n in KEY_VARIABLES if n in given and not isinstance(given[n], Remembered)), None
    )


def _use_variable(db: Database | None, settings: Settings, variable: str | None) -> None:
    if variable is None:
        raise KeyProblem(
            f"none of {', '.join(KEY_VARIABLES)} is set",
            hint='export CONNECTOR_AUTH_ENCRYPTION_KEY="$(connectors key generate)"',
        )
    _use(db, settings, None)


def _use(db: Database | None, settings: Settings, chosen: tuple[str, str] | None) -> None:
    """Check a source, remember it, or forget the one before, and use it in this run."""
    before = settings.remembered_key
    settings.remember_key(chosen)
    try:
        check_usable(db, settings)
        _remember(settings, chosen)
    except BaseException as error:
        settings.remember_key(before)
        if not isinstance(error, KeyMissing):
            raise
        raise Conflict(
            f"the store's key is elsewhere: {error.message}",
            hint="move it first: connectors key move --to file --file PATH, or --to keyring",
        ) from None


def _remember(settings: Settings, chosen: tuple[str, str] | None) -> None:
    known = read_key_sources(settings.home)
    kept = {store: source for store, source in known.items() if store != settings.shown_store}
    if chosen is not None:
        kept[settings.shown_store] = chosen
    if kept == known:
        return
    lines = ["\t".join((store, *source)) for store, source in kept.items()]
    if any(line.count("\t") != 2 or len(line.splitlines()) != 1 for line in lines):
        raise UsageError("a path or command with a tab or line break cannot be remembered")
    private_file.create_folder(settings.home)
    private_file.write(key_sources_path(settings.home), [f"{line}\n" for line in lines])
