"""What to change of a connector, and changing it within a transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlmodel import Session

from connectors_cli import filling, records
from connectors_cli.catalog import Entry
from connectors_cli.errors import Conflict, InvalidInput
from connectors_cli.forms.validation import problems
from connectors_cli.names import check_name, check_tags
from connectors_cli.results import Change, FieldChange
from connectors_cli.tables import Connector
from connectors_cli.workspace import Workspace

Status = Literal["active", "inactive"]


@dataclass(frozen=True, slots=True)
class Edits:
    """What to change of a connector; None and empty leave things as they are."""

    config: Mapping[str, Any] = field(default_factory=dict)
    auth: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unset: tuple[str, ...] = ()
    rename: str | None = None
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    status: Status | None = None
    if_version: int | None = None

    @property
    def touches_sealed(self) -> bool:
        """Whether the change is under the row's seal, and so needs the key."""
        return bool(self.config or self.auth or self.unset or self.rename)


def validate_config(entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any]) -> None:
    """Raise InvalidInput with every problem of a connector's values; no value is in it."""
    found = (
        *problems(entry.config_schema, dict(config)),
        *problems(entry.auth_schema, dict(auth)),
    )
    if found:
        first = found[0]
        where = f"{first.dotted}: " if first.path else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InvalidInput(
            f"{where}{first.message}{more}",
            hint=f"see `connectors catalog show {entry.key}`",
            details=found,
        )


def apply(session: Session, ws: Workspace, row: Connector, edits: Edits, commit: bool) -> Change:
    """Change a connector's row and return what became of it; what is not named stays.

    Raises Conflict (version moved on, new name taken), InvalidInput, KeyProblem, Tampered.
    """
    if edits.if_version is not None and edits.if_version != row.version:
        raise Conflict(
            f"{row.name!r} is at version {row.version}, not {edits.if_version}: it was changed"
            " meanwhile",
            hint=f"look at it with `connectors show {row.name}` and try again",
        )
    name = row.name
    changes: list[FieldChange] = []
    if edits.touches_sealed:
        changes += _apply_sealed(session, ws, row, edits)
    changes += _apply_open(row, edits)
    if changes:
        touch(ws, row)
    word = "updated" if changes else "unchanged"
    return Change(word, name, records.shown(session, ws, row.id), tuple(changes), not commit)


def _apply_open(row: Connector, edits: Edits) -> list[FieldChange]:
    changes = []
    tags = [tag for tag in check_tags((*row.tags, *edits.tag)) if tag not in edits.untag]
    if tags != row.tags:
        changes.append(FieldChange("tags", row.tags, tags))
        row.tags = tags
    if edits.status is not None and edits.status != row.status:
        changes.append(FieldChange("status", row.status, edits.status))
        row.status = edits.status
    return changes


def _apply_sealed(
    session: Session, ws: Workspace, row: Connector, edits: Edits
) -> list[FieldChange]:
    vault = ws.vault(session, row.key_id)
    auth = vault.open_row(records.sealed(session, row))
    entry = ws.entry(session, records.type_key(session, row))
    changes = []
    if edits.rename is not None and (name := check_name(edits.rename)) != row.name:
        records.check_free(session, ws, name, row.id)
        changes.append(FieldChange("name", row.name, name))
        row.name = name
    unknown = [f for f in edits.unset if f not in row.config and f not in auth]
    if unknown:
        raise InvalidInput(f"{unknown[0]}: is not set", hint=f"see `connectors show {row.name}`")
    config = _without({**row.config, **edits.config}, edits.unset)
    wanted = _without({**auth, **edits.auth}, edits.unset)
    if "access_token" in edits.auth and filling.EXPIRY not in edits.auth:
        wanted, row.auth_expires_at = _without(wanted, (filling.EXPIRY,)), None
    due = filling.before_sign_in(entry) if filling.needs_sign_in(entry, auth) else entry
    validate_config(due, config, wanted)
    changes += _config_changes(row.config, config)
    row.config = config
    before = dict(row.auth_fingerprints)
    if wanted != auth:
        records.seal(row, vault, wanted, keep=auth)
    changes += _secret_changes(before, row.auth_fingerprints)
    row.auth_mac = vault.row_mac(records.sealed(session, row))
    return changes


def _config_changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    return [
        FieldChange(f, before.get(f), after.get(f))
        for f in dict.fromkeys((*before, *after))
        if before.get(f) != after.get(f) or (f in before) != (f in after)
    ]


def _secret_changes(before: dict[str, str], after: dict[str, str]) -> list[FieldChange]:
    return [
        FieldChange(f, f in before or None, f in after or None, secret=True)
        for f in dict.fromkeys((*before, *after))
        if before.get(f) != after.get(f)
    ]


def touch(ws: Workspace, row: Connector) -> None:
    """Note on a row that, when and by whom it was changed."""
    row.version += 1
    row.updated_at = datetime.now(UTC)
    row.updated_by_email, row.updated_by_name = ws.actor.email, ws.actor.name


def _without(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in set(names)}
