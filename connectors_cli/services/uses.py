"""Connectors in use: their settings and credentials as variables, for a program or a shell."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_cli import reader, recording, reveal
from connectors_cli.access import Action
from connectors_cli.database import Database
from connectors_cli.errors import ConnectorsError, InvalidInput, NotFound, NotPermitted, UsageError
from connectors_cli.freshness import is_due
from connectors_cli.journal import find_actor
from connectors_cli.keys import KeySource, find_source
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings
from connectors_cli.vault import Vault

LONGEST = 128 * 1024
"""What Linux takes for one variable (MAX_ARG_STRLEN), in bytes."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A program's loader, shell or interpreter acts on these before the program does.
_RESERVED = frozenset({
    "PATH", "HOME", "USER", "SHELL", "IFS", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "PS4",
    "PROMPT_COMMAND", "CDPATH", "GLOBIGNORE", "TMPDIR", "PERL5OPT", "PERL5LIB", "PERL5DB",
    "PERLLIB", "RUBYOPT", "RUBYLIB", "NODE_OPTIONS", "NODE_PATH", "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS",
    "GIT_EXEC_PATH", "GIT_EDITOR", "GIT_PAGER", "SSH_ASKPASS", "SUDO_ASKPASS", "EDITOR", "VISUAL",
    "PAGER", "BROWSER", "LESSOPEN", "LESSCLOSE", "COMSPEC", "PATHEXT", "SYSTEMROOT", "WINDIR",
    "PSMODULEPATH", "GCONV_PATH", "LOCPATH", "NLSPATH", "OPENSSL_CONF", "OPENSSL_MODULES",
    "SSLKEYLOGFILE", "HOSTALIASES", "RESOLV_HOST_CONF", "MALLOC_CHECK_",
})  # fmt: skip
_RESERVED_PREFIXES = ("LD_", "DYLD_", "PYTHON", "GIT_CONFIG", "BASH_FUNC_")
OURS = ("CONNECTOR_AUTH_ENCRYPTION_KEY", "CONNECTORS_")


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector whose credentials are open."""

    name: str
    catalog_key: str
    config: dict[str, Any]
    auth: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose values are wanted, how the variables begin, and which fields (all without)."""

    names: tuple[str, ...]
    prefix: str | None = None
    only: tuple[str, ...] = ()


def prepare(
    db: Database, settings: Settings, choice: Choice
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the variables of a use, which is recorded, and the texts in them to be masked."""
    opened = open_connectors(db, settings, choice.names, Action.CONNECTOR_USE, choice.only)
    own = {item.catalog_key: _own_variables(db, item.catalog_key) for item in opened}
    return variables(opened, own, choice), secrets_of(opened)


def open_connectors(
    db: Database,
    settings: Settings,
    names: Sequence[str],
    action: Action,
    only: tuple[str, ...] = (),
) -> tuple[Opened, ...]:
    """Open connectors for a use that is recorded, each, before anything leaves.

    A token that is due is refreshed first, unless `only` names other fields. Raises NotFound,
    NotPermitted, KeyProblem, Tampered, Unreachable, Rejected; then nothing is handed out.
    """
    actor = find_actor(settings, db.principal)
    rows = [_fresh(db, settings, name, only) for name in names]
    source: KeySource | None = None
    vaults: dict[str, Vault] = {}
    opened = []
    for row in rows:
        try:
            recording.permit(db, settings.tenant, action)
            source = source or find_source(settings.environ, db.meta["store_id"])
            vault = vaults.get(row["key_id"]) or Vault(source.get(row["key_id"]))
            vaults[row["key_id"]] = vault
            auth = vault.open_row(row)
        except ConnectorsError as error:
            refused = rows if isinstance(error, NotPermitted) else [row]
            noted = [reveal.noted(each, ()) for each in refused]
            recording.record(settings, actor, action, noted, error.code)
            raise
        opened.append(Opened(row["name"], row["catalog_key"], row["config"], auth))
    used = [reveal.noted(row, sorted(row["auth"])) for row in rows]
    with recording.change(settings, actor, action, used, [one.key for one in vaults.values()]):
        pass
    return tuple(opened)


def _fresh(db: Database, settings: Settings, name: str, only: tuple[str, ...]) -> dict[str, Any]:
    """Return a connector, its token refreshed if that is due."""
    row = sealed_connector(db, settings.tenant, name)
    if not is_due(row["auth_expires_at"]):
        return row
    from connectors_cli import refreshing  # the ORM and the network

    refreshing.before_use(settings, row["id"], only)
    return sealed_connector(db, settings.tenant, row["id"])


def variables(
    opened: Sequence[Opened],
    own: Mapping[str, Mapping[str, str]],
    choice: Choice,
) -> dict[str, str]:
    """Return connectors' values by variable: CONNECTOR_FIELD for one, NAME_FIELD for several.

    `own` holds the variables that a type names itself, by type and field; a prefix replaces the
    first part of all. Raises
    UsageError for a reserved or malformed name and for two fields of one name, NotFound for an
    `only` that no connector has, InvalidInput for a value that no variable can hold.
    """
    found: dict[str, str] = {}
    prefix, only = choice.prefix, choice.only
    for item in opened:
        first = prefix if prefix is not None else "CONNECTOR" if len(opened) == 1 else item.name
        for name, value in {**item.config, **item.auth}.items():
            if only and name not in only:
                continue
            named = own.get(item.catalog_key, {}).get(name) if prefix is None else None
            variable = named or _variable(first, name)
            _check(variable, value, item.name, name)
            if variable in found:
                raise UsageError(
                    f"two fields would be {variable}", hint="use --only FIELD or --prefix P"
                )
            found[variable] = reveal.as_text(value)
    missing = [name for name in only if not any(name in {**o.config, **o.auth} for o in opened)]
    if missing:
        raise NotFound(f"no connector here has a field {missing[0]!r}")
    return found


def secrets_of(opened: Sequence[Opened]) -> tuple[str, ...]:
    """Return every text in connectors' credentials, for masking."""
    return tuple(text for item in opened for value in item.auth.values() for text in _texts(value))


def child_environment(
    environ: Mapping[str, str], values: Mapping[str, str], *, clean: bool
) -> dict[str, str]:
    """Return a child's environment: ours without the program's own key and store variables."""
    kept = {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "TERM",
        "LANG",
        "TZ",
        "TMPDIR",
        "SYSTEMROOT",
    }
    base = {
        name: value
        for name, value in environ.items()
        if not name.startswith(OURS) and (not clean or name in kept or name.startswith("LC_"))
    }
    return {**base, **values}


def _own_variables(db: Database, key: str) -> dict[str, str]:
    """Return the variables that a type's schemas name themselves (`x-env`), by field."""
    row = reader.catalog_entry(db, key) or {}
    schemas = (row.get("default_config_schema", {}), row.get("auth_schema", {}))
    properties = [pair for schema in schemas for pair in schema.get("properties", {}).items()]
    return {
        name: inner["x-env"]
        for name, inner in properties
        if isinstance(inner, dict) and isinstance(inner.get("x-env"), str)
    }


def _variable(first: str, field_name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", f"{first.rstrip('_')}_{field_name}".lstrip("_")).upper()


def _check(variable: str, value: Any, connector: str, name: str) -> None:
    upper = variable.upper()
    if not _NAME.fullmatch(variable):
        raise UsageError(f"{variable!r} is no name for a variable", hint="use --prefix P")
    if upper in _RESERVED or upper.startswith((*_RESERVED_PREFIXES, *OURS)):
        raise UsageError(
            f"{variable} is reserved: programs act on it before they run",
            hint="use another --prefix",
        )
    text = reveal.as_text(value)
    if "\0" in text:
        raise InvalidInput(f"{connector}: {name} holds a NUL, which no variable can")
    if len(text.encode("utf-8", "surrogatepass")) + len(variable) + 2 > LONGEST:
        raise InvalidInput(f"{connector}: {name} is too long for a variable (128 KiB)")


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
