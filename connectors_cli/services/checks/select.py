"""Connectors selected for a test and opened, each with its type or the reason it is closed."""

from dataclasses import dataclass
from typing import Any

from connectors_cli.errors import ConnectorsError, KeyProblem, Rejected, UsageError
from connectors_cli.net.failure import Fix
from connectors_cli.probes.finding import Finding
from connectors_cli.services.opener import opener_for
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.probing import CheckedConnector
from connectors_cli.settings import Settings
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.rows import TEXT, only_row
from connectors_cli.store.read.sealed import sealed_connector


@dataclass(frozen=True, slots=True)
class Choice:
    """Which connectors: the named ones, or all that match the filters."""

    names: tuple[str, ...] = ()
    tag: str | None = None
    type: str | None = None
    targets_only: bool = False
    capability: str | None = None
    search: str | None = None


def open_all(settings: Settings, choice: Choice) -> list[CheckedConnector]:
    """Open the selected connectors.

    Raises NotFound for an unknown name; other failures are the findings of the connectors.
    """
    db = open_for_reading(settings.store)
    opener = _Opener(settings, db)
    try:
        names = choice.names or _names(db, settings.tenant, choice)
        rows = {}
        for name in names:
            connector = opener.open(name)
            rows[connector.row["id"]] = connector
        return list(rows.values())
    finally:
        db.close()


def _names(db: Database, tenant: str, choice: Choice) -> list[str]:
    listed = connectors.get_publish_targets if choice.targets_only else connectors.list_installed
    filters: dict[str, Any] = {
        "tag": choice.tag,
        "type": choice.type,
        "capability": choice.capability,
        "search": choice.search,
    }
    return [row[0] for row in listed(db, tenant, (("id", TEXT),), **filters).rows]


class _Opener:
    """Opens connectors one by one; types are prepared once."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings = settings
        self._db = db
        self._opener = opener_for(db, settings)
        self._kinds: dict[str, PreparedType] = {}

    def open(self, name: str) -> CheckedConnector:
        """Return a connector to test; raises NotFound for an unknown name."""
        try:
            row = sealed_connector(self._db, self._settings.tenant, name)
        except KeyProblem as error:  # its row cannot be read
            known = tuple((column, TEXT) for column in ("id", "name", "catalog_key", "status"))
            found = connectors.show_connector(self._db, self._settings.tenant, name, known)
            row = {**only_row(found), "tenant_id": self._settings.tenant, "auth_mac": ""}
            return _refused(CheckedConnector(row), error)
        connector = CheckedConnector(row)
        try:
            connector.type = self._kind(row)
            opened = self._opener.open(row)
        except UsageError:  # of the command, not of this connector
            raise
        except ConnectorsError as error:
            return _refused(connector, error)
        connector.key, connector.auth = opened.key, opened.auth
        connector.found = _mismatch(connector.type, connector)
        try:
            opened.check_origins()
        except Rejected as error:
            connector.found = Finding("auth_failed", "authenticate", error.message)
            connector.hint = error.hint
        return connector

    def _kind(self, row: dict[str, Any]) -> PreparedType:
        key = row["catalog_id"]
        if key not in self._kinds:
            self._kinds[key] = PreparedType(self._opener.type_of(row).entry())
        return self._kinds[key]


def _mismatch(kind: PreparedType, connector: CheckedConnector) -> Finding | None:
    """Return a finding for the first value that does not match the type's schemas."""
    problems = kind.problems(connector.row["config"], connector.auth)
    if not problems:
        return None
    fields = tuple(dict.fromkeys(str(p.path[0]) for p in problems if p.path))
    text = f"{problems[0].sentence}: the values do not match the schema"
    return Finding("invalid_config", "schema", text, fix=Fix("settings", fields))


def _refused(connector: CheckedConnector, error: ConnectorsError) -> CheckedConnector:
    """Set the finding of a connector that does not open: its key or seal, or an unknown type."""
    known = isinstance(error, KeyProblem)
    state, step = ("key_error", "decrypt") if known else ("invalid_config", "schema")
    connector.found = Finding(state, step, error.message)  # type: ignore[arg-type]  # one of two
    connector.hint = error.hint
    return connector
