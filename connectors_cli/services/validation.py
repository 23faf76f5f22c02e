"""What is wrong with a connector's values, field by field."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from connectors_cli import records
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import FieldInfo, fields
from connectors_cli.errors import Problem, Tampered
from connectors_cli.forms.validation import problems
from connectors_cli.results import FieldReport, Validation, Validations
from connectors_cli.tables import Connector
from connectors_cli.workspace import Workspace


def validate_values(
    entry: Entry, name: str, config: Mapping[str, Any], auth: Mapping[str, Any]
) -> Validations:
    """Report on values that are not installed, from a file."""
    return Validations((_report(entry, name, config, auth),), single=True)


def validate_connectors(ws: Workspace, names: Sequence[str] | None) -> Validations:
    """Report on installed connectors, all of them without names; NotFound, KeyProblem.

    It opens credentials, and so takes who may test them. NotPermitted. Tampered for one that was
    altered; among several it is that one's problem.
    """
    single = names is not None and len(names) == 1
    reports = []
    subject = "all" if names is None else ", ".join(names)
    ws.fetch_keys()
    with ws.permitted(Action.CONNECTOR_TEST, subject) as session:
        for name in names if names is not None else _all_names(ws, session):
            try:
                reports.append(_installed(ws, session, name))
            except Tampered as error:
                if single:
                    raise
                altered = FieldReport("", None, True, (error.message,), ())
                reports.append(Validation(name, None, (altered,)))
    return Validations(tuple(reports), single=single)


def _installed(ws: Workspace, session: Session, name: str) -> Validation:
    row = records.find(session, ws, name)
    entry = ws.entry(session, records.type_key(session, row))
    auth = records.open_connector(ws, session, row)
    return _report(entry, row.name, row.config, auth)


def _all_names(ws: Workspace, session: Session) -> list[str]:
    live = select(Connector.name).where(
        Connector.tenant_id == ws.tenant, col(Connector.deleted_at).is_(None)
    )
    return [str(name) for name in session.exec(live.order_by(col(Connector.name)))]


def _report(
    entry: Entry, name: str, config: Mapping[str, Any], auth: Mapping[str, Any]
) -> Validation:
    known = {info.name: info for info in fields(entry)}
    found = (
        *problems(entry.config_schema, dict(config)),
        *problems(entry.auth_schema, dict(auth)),
    )
    by_field: dict[str, list[Problem]] = {}
    for problem in found:
        by_field.setdefault(str(problem.path[0]) if problem.path else "", []).append(problem)
    values = {**config, **auth}
    order = dict.fromkeys((*known, *values, *by_field))
    reports = [
        _field(field, values, known, by_field.get(field, []), secret=field in auth)
        for field in order
    ]
    return Validation(name, entry.key, tuple(reports))


def _field(
    field: str,
    values: Mapping[str, Any],
    known: Mapping[str, FieldInfo],
    found: Iterable[Problem],
    *,
    secret: bool,
) -> FieldReport:
    info = known.get(field)
    hidden = secret or (info is not None and info.part == "auth")
    errors = tuple(
        f"{problem.dotted}: {problem.message}" if len(problem.path) > 1 else problem.message
        for problem in found
    )
    return FieldReport(
        field,
        None if hidden else values.get(field),
        hidden,
        errors,
        _suggestions(field, info, known) if errors else (),
    )


def _suggestions(
    field: str, info: FieldInfo | None, known: Mapping[str, FieldInfo]
) -> tuple[Any, ...]:
    if info is None:
        return tuple(difflib.get_close_matches(field, known, 3))
    return tuple(value for value in (info.default, info.example) if value is not None)
