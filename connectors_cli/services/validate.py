"""Validation of a connector's values, field by field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import FieldInfo
from connectors_cli.documents.sources import read_of
from connectors_cli.errors import InvalidInput, Problem, Tampered
from connectors_cli.services.names import check_new_name
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.results import FieldReport, Validation, Validations
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.sealed import sealed_connector, sealed_rows, unreadable
from connectors_cli.system.record import replace

Row = dict[str, Any]


def validate_values(
    entry: Entry,
    title: str,
    config: Mapping[str, Any],
    auth: Mapping[str, Any],
    *,
    name: str | None = None,
) -> Validations:
    """Return a report on values that are not installed, and on the new name if there is one."""
    report = _report(PreparedType(entry), title, config, auth)
    if name is not None:
        report = replace(report, fields=(_name_report(name), *report.fields))
    return Validations((report,), single=True)


def _name_report(name: str) -> FieldReport:
    try:
        check_new_name(name)
    except InvalidInput as error:
        return FieldReport("name", name, secret=False, errors=(error.message,))
    return FieldReport("name", name, secret=False)


def validate_connectors(ws: Workspace, names: Sequence[str] | None) -> Validations:
    """Return a report on installed connectors, all of them without names.

    Among several connectors one that was changed outside connectors is reported, not raised. It
    holds no lock, and makes each type ready once.

    Raises:
        NotFound: no connector of a name.
        NotPermitted: the user may not test connectors, which validating their credentials needs.
        KeyProblem: a key is missing.
        Tampered: the only connector was changed outside connectors.
    """
    single = names is not None and len(names) == 1
    reports = []
    subject = "all" if names is None else ", ".join(names)
    ws.fetch_keys()
    with ws.permitted(Action.CONNECTOR_TEST, subject) as db:
        installed = _Installed(ws, db)
        rows = sealed_rows(db, ws.tenant) if names is None else installed.named(names)
        for name, row in rows:
            try:
                reports.append(installed.report(name, row))
            except Tampered as error:
                if single:
                    raise
                altered = FieldReport("", None, True, (error.message,), ())
                reports.append(Validation(name, None, (altered,)))
    return Validations(tuple(reports), single=single)


class _Installed:
    """Installed connectors to validate; a type is prepared for all of them."""

    def __init__(self, ws: Workspace, db: Database) -> None:
        self._db = db
        self._tenant = ws.tenant
        self._opener = ws.opener(db)
        self._kinds: dict[object, PreparedType] = {}

    def named(self, names: Iterable[str]) -> Iterator[tuple[str, Row | None]]:
        """Yield each name and its row, None for one that cannot be read; raises NotFound."""
        for name in names:
            try:
                yield name, sealed_connector(self._db, self._tenant, name)
            except Tampered:
                yield name, None

    def report(self, name: str, row: Row | None) -> Validation:
        """Return the report on a row; raises Tampered, KeyProblem."""
        if row is None:
            raise unreadable(name)
        found = self._opener.open(row)
        type_id = row["catalog_id"]
        if type_id not in self._kinds:
            self._kinds[type_id] = PreparedType(found.entry)
        return _report(self._kinds[type_id], found.name, found.config, found.auth)


def _report(
    kind: PreparedType, name: str, config: Mapping[str, Any], auth: Mapping[str, Any]
) -> Validation:
    known = kind.described
    found = kind.problems(dict(config), dict(auth))
    by_field: dict[str, list[Problem]] = {}
    for problem in found:
        by_field.setdefault(str(problem.path[0]) if problem.path else "", []).append(problem)
    for _, problem in kind.addresses.problems(read_of(config), read_of(auth)):
        by_field.setdefault(str(problem.path[0]), [problem])
    values = {**config, **auth}
    order = dict.fromkeys((*known, *values, *by_field))
    reports = [
        _field(field, values, known, by_field.get(field, []), secret=field in auth)
        for field in order
    ]
    return Validation(name, kind.entry.key, tuple(reports))


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
        from difflib import get_close_matches  # only for a mistake

        return tuple(get_close_matches(field, known, 3))
    return tuple(value for value in (info.default, info.example) if value is not None)
