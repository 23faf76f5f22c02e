"""Checks of keys: their source, which are available, and what the OS keyring contains."""

from collections.abc import Iterator, Mapping, Sequence

from connectors_cli.errors import KeyMissing, KeyProblem, Tampered
from connectors_cli.services.doctor.findings import Finding, Redactor, few
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.settings import Settings
from connectors_cli.store.backup.contents import TenantContents, unavailable_keys
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.faults import FROM_BACKUP
from connectors_cli.system.text import shell_quoted
from connectors_cli.vault import key_sources
from connectors_cli.vault import keyring as vault_keyring
from connectors_cli.vault.key_sources import KeySource

_VARIABLES = (key_sources.VARIABLE, key_sources.FILE_VARIABLE, key_sources.COMMAND_VARIABLE)


def check_source(
    environ: Mapping[str, str], store_id: str, redactor: Redactor
) -> tuple[KeySource | None, list[Finding]]:
    """Return the key source (None if unusable) and the findings about it."""
    found = []
    given = [name for name in _VARIABLES if name in environ]
    if len(given) > 1:
        what = f"{given[0]} is used; {', '.join(given[1:])} is also set, but ignored"
        found.append(Finding("key source", "warning", what, f"unset {' '.join(given[1:])}"))
    try:
        source = key_sources.find_source(environ, store_id)
    except KeyProblem as error:
        return None, [*found, _unusable(error, given[0], redactor)]
    what = "the OS keyring, because no variable is set"
    if not source.is_keyring:
        what = f"{source.shown} contains {', '.join(key.id for key in source.keys)}"
    return source, [*found, Finding("key source", "ok", what)]


def check_new_key(settings: Settings) -> Iterator[Finding]:
    """Yield whether the key of a new store can be saved on this machine."""
    if any(name in settings.environ for name in _VARIABLES):
        return  # the source was read
    try:
        backend = vault_keyring.backend_name()
    except KeyProblem as error:
        yield Finding("keyring", "failure", error.message, "connectors init --key file")
    else:
        yield Finding("keyring", "ok", f"{backend} will keep the key of a new store")


def check_active(
    db: Database, tenants: Sequence[TenantContents], redactor: Redactor
) -> Iterator[Finding]:
    """Yield the tenants without an active key; it was deleted from the store."""
    active = {tenant for (tenant,) in db.rows("SELECT tenant_id FROM keys WHERE state = 'active'")}
    for held in tenants:
        if held.tenant not in active:
            what = f"{redactor.name('tenant', held.tenant)}: the store names no active key"
            yield Finding("keys", "failure", what, FROM_BACKUP)


def check_keys(
    source: KeySource, tenants: Sequence[TenantContents], redactor: Redactor
) -> Iterator[Finding]:
    """Yield whether the keys that tenants need are available."""
    missing = unavailable_keys(source, [key_id for held in tenants for key_id in held.keys])
    for held in tenants:
        where = redactor.name("tenant", held.tenant)
        lost = [key_id for key_id in held.keys if key_id in missing]
        for key_id in lost:
            what = f"{where}: {missing[key_id]}"
            yield Finding("keys", "failure", what, f"connectors key status -t {where}")
        if not lost:
            yield Finding("keys", "ok", f"{where}: {', '.join(held.keys) or 'none'} available")


def check_endorsed(
    db: Database, source: KeySource, tenant: str, redactor: Redactor
) -> Iterator[Finding]:
    """Yield whether a tenant's active key is the one that the keys before it led to."""
    where, keys = redactor.name("tenant", tenant), TenantKeys(db, tenant)
    if keys.active is None or unavailable_keys(source, (keys.active,)):
        return  # reported by the checks before
    try:
        keys.check_sealing(keys.active, source)
        replaced = keys.replaced
    except Tampered as error:
        yield Finding("endorsements", "failure", f"{where}: {error.message}", error.hint)
        return
    if replaced:
        what = f"{where}: key {keys.active} replaced {few(replaced, len(replaced))}, which did not"
        what += " endorse it: that key was lost, or the store was altered"
        hint = "see when: connectors log --action key"
        yield Finding("endorsements", "warning", what, f"{hint} -t {shell_quoted(where)}")
    elif not keys.is_endorsed(keys.active):
        what = f"{where}: key {keys.active} is of an older program, and not endorsed yet"
        yield Finding("endorsements", "warning", what, "the next change of a connector endorses it")
    else:
        yield Finding("endorsements", "ok", f"{where}: key {keys.active} is endorsed")


def check_keyring(
    source: KeySource | None, store_id: str, tenants: Sequence[TenantContents]
) -> Finding:
    """Return which of the required keys the OS keyring contains, even if it is not the source."""
    used = source is not None and source.is_keyring
    keyring = source if source is not None and used else KeySource("keyring", (), store_id)
    unlisted = "unneeded entries cannot be listed"
    try:
        backend = vault_keyring.backend_name()
        needed = [key_id for held in tenants for key_id in held.keys]
        there = [key_id for key_id in needed if _is_there(keyring, key_id)]
    except KeyProblem as error:
        if used:
            return Finding("keyring", "failure", error.message, error.hint)
        return Finding("keyring", "skipped", error.message)
    if used or source is None:
        return Finding("keyring", "ok", f"{backend} contains {len(there)} of the keys; {unlisted}")
    held = {key.id for key in source.loaded_keys()}
    other = [key_id for key_id in there if key_id not in held]
    if other:
        what = f"{source.name} is used, but the keyring has keys that it lacks: {', '.join(other)}"
        return Finding("keyring", "warning", what, f"unset {source.name}, or add them to it")
    return Finding("keyring", "ok", f"{backend} is not used; it contains {len(there)} of the keys")


def _unusable(error: KeyProblem, name: str, redactor: Redactor) -> Finding:
    """Return the finding about an unusable source; a command's output can contain any name."""
    what = error.message
    if name == key_sources.COMMAND_VARIABLE:
        what = redactor.without_quotes(what)
    hint = error.hint or f"correct {name}, or unset it to use another source"
    return Finding("key source", "failure", what, hint)


def _is_there(keyring: KeySource, key_id: str) -> bool:
    """Return whether the keyring contains a key; the answer is remembered."""
    try:
        keyring.get(key_id)
    except KeyMissing:
        return False
    return True
