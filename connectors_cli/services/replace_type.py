"""The replacement of a custom type: its connectors are checked and sealed again."""

from collections.abc import Iterator
from typing import Any

from connectors_cli.catalog import sign_in
from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import fields, public_fields, secret_texts
from connectors_cli.errors import Conflict, InvalidInput, NewHost, Problem
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.write.catalog import catalog_id, replace_entry
from connectors_cli.store.write.transaction import Transaction
from connectors_cli.system.text import command_line

_PARTS = ("config", "auth")
_SHOWN = 5


def replace_type(
    db: Transaction, ws: Workspace, entry: Entry, *, to_new_host: bool, commit: bool
) -> int:
    """Replace a tenant's custom type, and seal its connectors with the new one; return their count.

    Raises:
        InvalidInput: a connector does not match the new type; every one is named.
        Conflict: a secret would become a setting, or be shown.
        NewHost: credentials would be sent to another host, and nobody has agreed.
        KeyProblem, Tampered: a connector cannot be opened.
    """
    type_id = catalog_id(entry, ws.tenant)
    sql = "SELECT id, deleted_at FROM connectors WHERE catalog_id = ? AND tenant_id = ?"
    rows = list(db.rows(sql, (type_id, ws.tenant)))
    checked = _Checks(db, ws, entry)
    for row_id, deleted_at in rows:
        checked.check(str(row_id), is_removed=deleted_at is not None)
    checked.refuse(to_new_host=to_new_host)
    if commit:
        replace_entry(db, entry, ws.tenant)
        db.written.update(str(row_id) for row_id, _ in rows)
    return len(rows)


def changes(before: Entry, after: Entry) -> list[str]:
    """Return what differs between two types: fields added, removed and changed, and the rest."""
    old, new = ({info.name: info for info in fields(entry)} for entry in (before, after))
    found = [f"+ {name}" for name in new if name not in old]
    found += [f"- {name}" for name in old if name not in new]
    for name in old.keys() & new.keys():
        part = new[name].part
        schemas = [
            getattr(entry, f"{part}_schema")["properties"].get(name) for entry in (before, after)
        ]
        if old[name].part != part or schemas[0] != schemas[1]:
            found.append(f"~ {name}")
    others = (name for name in Entry.__slots__ if name not in {"config_schema", "auth_schema"})
    found += [f"~ {n} of the type" for n in others if getattr(before, n) != getattr(after, n)]
    return sorted(found, key=lambda line: line[2:]) or ["~ rules of the schemas"]


class _Checks:
    """The checks of connectors against the new type, and what they found."""

    def __init__(self, db: Transaction, ws: Workspace, entry: Entry) -> None:
        self._tenant, self._entry = ws.tenant, entry
        self._opener = ws.opener(db)
        self._kind = PreparedType(entry)
        self._due = PreparedType(sign_in.before_sign_in(entry))
        self._problems: list[Problem] = []
        self._exposed: dict[str, None] = {}
        self._moved: dict[str, None] = {}
        self._hosts: dict[str, None] = {}

    def check(self, row_id: str, *, is_removed: bool) -> None:
        """Check one connector; of a removed one the seal and the places of its secrets."""
        row = self._opener.stored(self._tenant, row_id)
        before = self._opener.type_of(row).entry()
        secret = row["auth"].keys() - public_fields(before)
        shown = self._entry.config_schema.get("properties", {}).keys() | public_fields(self._entry)
        self._exposed.update(dict.fromkeys(sorted(secret & shown)))
        if is_removed:
            self._opener.check_removed(row)
            return
        opened = self._opener.open(row)
        for name, value in opened.auth.items():
            texts = (set(secret_texts(one, {name: value})) for one in (before, self._entry))
            if next(texts) - next(texts):
                self._exposed[name] = None
        unsigned = sign_in.needs_sign_in(self._entry, opened.auth)
        kind = self._due if unsigned else self._kind
        for problem in self._found(kind, opened.config, opened.auth):
            self._problems.append(
                Problem((opened.name, *problem.path), problem.rule, problem.message)
            )
        old, new = (Addresses(one).origins(opened.config) for one in (before, self._entry))
        others = [origin for origin in new if origin not in old]
        if others and opened.auth.keys() - public_fields(self._entry):
            self._moved[opened.name] = None
            self._hosts.update(dict.fromkeys(others))

    def refuse(self, *, to_new_host: bool) -> None:
        """Raise what was found, if anything."""
        key = self._entry.key
        if self._exposed:
            raise Conflict(
                f"{', '.join(self._exposed)} would not be a secret any more, and connectors of"
                f" type {key} have it",
                hint="keep it marked as a secret, or give the new type another key",
            )
        if self._problems:
            names = list(dict.fromkeys(str(problem.path[0]) for problem in self._problems))
            is_new = any(problem.rule == "required" for problem in self._problems)
            first = "make new fields optional, set them, and replace it again; or "
            raise InvalidInput(
                f"the new type {key} does not fit {some(names)}; nothing was changed",
                hint=f"{first if is_new else ''}change what does not fit:"
                f" {command_line('edit', names[0])}",
                details=self._problems,
            )
        if self._moved and not to_new_host:
            raise NewHost(
                f"credentials of {some(list(self._moved))} would be sent to"
                f" {', '.join(self._hosts)}",
                hint="if that is meant, add --yes",
            )

    @staticmethod
    def _found(
        kind: PreparedType, config: dict[str, Any], auth: dict[str, Any]
    ) -> Iterator[Problem]:
        """Yield the problems of values, and those that the type does not know any more."""
        found = kind.problems(config, auth) or tuple(
            problem for _, problem in kind.addresses.problems(config, auth)
        )
        yield from found
        named = {problem.path[0] for problem in found if problem.path}
        for part, values in zip(_PARTS, (config, auth), strict=True):
            for name in values:
                if name not in named and kind.entry.part(name) != part:
                    yield Problem((name,), "unknown", "is not a field of it any more")


def some(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
