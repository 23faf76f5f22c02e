"""Where keys come from: what decides, which are at hand, and what the OS keyring has besides."""

from collections.abc import Iterator, Mapping, Sequence

from connectors_cli import keys, os_keyring
from connectors_cli.database import Database
from connectors_cli.diagnosis.findings import Finding, Words
from connectors_cli.errors import KeyMissing, KeyProblem
from connectors_cli.holdings import TenantHoldings, missing_of
from connectors_cli.keys import KeySource

_VARIABLES = (keys.VARIABLE, keys.FILE_VARIABLE, keys.COMMAND_VARIABLE)


def check_source(
    environ: Mapping[str, str], store_id: str, words: Words
) -> tuple[KeySource | None, list[Finding]]:
    """Return where keys come from, and what is found of it."""
    found = []
    given = [name for name in _VARIABLES if name in environ]
    if len(given) > 1:
        what = f"{given[0]} decides; {', '.join(given[1:])} is set too, and not read"
        found.append(Finding("key source", "warning", what, f"unset {' '.join(given[1:])}"))
    try:
        source = keys.find_source(environ, store_id)
    except KeyProblem as error:
        return None, [*found, _unusable(error, given[0], words)]
    what = "the OS keyring, as no variable names another"
    if not source.is_keyring:
        what = f"{source.name} holds {', '.join(key.id for key in source.keys)}"
    return source, [*found, Finding("key source", "ok", what)]


def _unusable(error: KeyProblem, name: str, words: Words) -> Finding:
    """Return what is wrong with a source; what a command told of it can name anything."""
    what = error.message
    if name == keys.COMMAND_VARIABLE:
        what = words.without_quotes(what)
    hint = error.hint or f"set {name} to what gives the key, or unset it to use another source"
    return Finding("key source", "failure", what, hint)


def check_active(
    db: Database, tenants: Sequence[TenantHoldings], words: Words
) -> Iterator[Finding]:
    """Yield the tenants that have no key to seal with: someone erased it from the store."""
    active = {tenant for (tenant,) in db.rows("SELECT tenant_id FROM keys WHERE state = 'active'")}
    for held in tenants:
        if held.tenant not in active:
            what = f"{words.name('tenant', held.tenant)}: the store names no key that is in use"
            hint = "put a backup in its place: connectors restore --from FILE"
            yield Finding("keys", "failure", what, hint)


def check_keys(
    source: KeySource, tenants: Sequence[TenantHoldings], words: Words
) -> Iterator[Finding]:
    """Yield whether the keys that tenants need are at hand."""
    missing = missing_of(source, [key_id for held in tenants for key_id in held.keys])
    for held in tenants:
        where = words.name("tenant", held.tenant)
        lost = [key_id for key_id in held.keys if key_id in missing]
        for key_id in lost:
            what = f"{where}: {missing[key_id]}"
            yield Finding("keys", "failure", what, f"connectors key status -t {where}")
        if not lost:
            yield Finding("keys", "ok", f"{where}: {', '.join(held.keys) or 'none'} at hand")


def check_keyring(
    source: KeySource | None, store_id: str, tenants: Sequence[TenantHoldings]
) -> Finding:
    """Return what the OS keyring has of the keys that are needed, whatever the source is."""
    used = source is not None and source.is_keyring
    keyring = source if source is not None and used else KeySource("keyring", (), store_id)
    unlisted = "entries that nothing needs cannot be listed"
    try:
        backend = os_keyring.backend_name()
        needed = [key_id for held in tenants for key_id in held.keys]
        there = [key_id for key_id in needed if _is_there(keyring, key_id)]
    except KeyProblem as error:
        if used:
            return Finding("keyring", "failure", error.message, error.hint)
        return Finding("keyring", "skipped", error.message)
    if used or source is None:
        return Finding("keyring", "ok", f"{backend} has {len(there)} of the keys; {unlisted}")
    held = {key.id for key in source.at_hand()}
    other = [key_id for key_id in there if key_id not in held]
    if other:
        what = f"{source.name} decides, and the keyring has keys that it lacks: {', '.join(other)}"
        return Finding("keyring", "warning", what, f"unset {source.name}, or add them to it")
    return Finding("keyring", "ok", f"{backend} is not used; it has {len(there)} of the keys")


def _is_there(keyring: KeySource, key_id: str) -> bool:
    """Tell whether the keyring has a key; one that was looked for is not asked about again."""
    try:
        keyring.get(key_id)
    except KeyMissing:
        return False
    return True
