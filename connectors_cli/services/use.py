"""Connectors as environment variables, for a program or a shell."""

from __future__ import annotations

import re

from connectors_cli.audit import gate
from connectors_cli.audit.log import find_actor
from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.fields import required_names
from connectors_cli.catalog.variables import is_acted_on, tools, variables
from connectors_cli.errors import InvalidInput, NotFound, Rejected, UsageError
from connectors_cli.services import reveal
from connectors_cli.services.opener import opener_for
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.system.clock import expires_within
from connectors_cli.system.text import command_line

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from connectors_cli.services.opener import OpenConnector
    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database

LONGEST = 128 * 1024
"""The longest variable that Linux accepts (MAX_ARG_STRLEN), in bytes."""
LONGEST_PROGRAM = 255
"""Of a program's name the log keeps this many characters."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Choice:
    """Which connectors, the variables' prefix, which fields (all without), and which as files.

    `purpose` is what they are used for, and `tool` whose names the variables have as well.
    """

    __slots__ = ("files", "names", "only", "prefix", "purpose", "tool")

    def __init__(
        self,
        names: Sequence[str],
        prefix: str | None = None,
        only: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
        *,
        purpose: str = "",
        tool: str | None = None,
    ) -> None:
        self.names = tuple(names)
        self.prefix = prefix
        self.purpose = purpose
        self.tool = tool
        self.files = tuple(files or ())
        named = [name for word in only or () for name in word.split(",") if name]
        self.only = (*named, *self.files) if named else ()


class Prepared:
    """What a use gives: variables, those whose text belongs in a file, and the connectors.

    `given` has the fields that are among the variables, for each connector, and `notes` is what
    people are told.
    """

    __slots__ = ("files", "given", "notes", "opened", "values")

    def __init__(self, opened: tuple[OpenConnector, ...]) -> None:
        self.opened = opened
        self.given: list[tuple[OpenConnector, list[str]]] = []
        self.notes: list[str] = []
        self.values: dict[str, str] = {}
        self.files: dict[str, str] = {}

    def add(self, variable: str, item: OpenConnector, name: str, *, as_file: bool) -> None:
        """Add a field of a connector as a variable; raises InvalidInput if it cannot be one."""
        value = _values(item)[name]
        if as_file:
            self.files[variable] = reveal.as_text(value)
        else:
            self.values[variable] = _checked(variable, value, item.name, name)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text in the credentials that a type marks as secret, for masking."""
        from connectors_cli.catalog.fields import secret_texts

        return tuple(t for item in self.opened for t in secret_texts(item.entry, item.auth))


def purpose(command: str, words: Sequence[str]) -> str:
    """Return what a use is for: a command and the program it is for, never its arguments."""
    program = words[0][:LONGEST_PROGRAM] if words else ""
    return (
        f"{command}: {program.encode('utf-8', 'backslashreplace').decode()}" if program else command
    )


def prepare(db: Database, settings: Settings, choice: Choice) -> Prepared:
    """Record a use, and return its variables; the record names the credentials among them.

    Raises what `open_connectors` does, and:

        UsageError: a variable's name is reserved, malformed, or used twice.
        NotFound: no connector has a field that was chosen.
        InvalidInput: a value cannot be stored in a variable.
    """
    use = _Use(db, settings, choice.purpose)
    made = _with_variables(Prepared(use.open(choice.names, choice.only)), choice)
    use.record(made.given)
    return made


def open_connectors(
    db: Database,
    settings: Settings,
    names: Sequence[str],
    purpose: str,
    only: tuple[str, ...] = (),
) -> tuple[OpenConnector, ...]:
    """Open connectors and record the use of each before any value is returned.

    `purpose` is what the values are used for, and `only` the credentials of which, if not all. A
    token that is about to expire is refreshed first, unless `only` names other fields.

    Raises:
        NotFound: no connector of a name.
        NotPermitted: the user may not use connectors.
        KeyProblem: a key is missing.
        Tampered: a connector was changed outside connectors.
        Rejected: a connector is not signed in, or lacks a credential that its type requires.
        Unreachable, Rejected: a token could not be refreshed.
    """
    use = _Use(db, settings, purpose)
    opened = use.open(names, only)
    use.record((item, only or list(item.auth)) for item in opened)
    return opened


class _Use:
    """Opens connectors, and records that they are used for one purpose."""

    _ACTION = Action.CONNECTOR_USE

    def __init__(self, db: Database, settings: Settings, purpose: str) -> None:
        self._db = db
        self._settings = settings
        self._purpose = purpose
        self._actor = find_actor(settings, db.principal)

    def open(self, names: Sequence[str], only: tuple[str, ...]) -> tuple[OpenConnector, ...]:
        """Open connectors, and record why one could not be opened."""
        db, settings = self._db, self._settings
        rows = [_fresh(db, settings, name, only) for name in names]
        opener, opened = opener_for(db, settings), []
        tried = [reveal.use_event(row, (), self._purpose) for row in rows]
        with self._failures_recorded(tried):
            gate.permit(db, settings.tenant, self._ACTION)
        for row, event in zip(rows, tried, strict=True):
            with self._failures_recorded((event,)):
                opened.append(opener.open(row))
                _check_signed_in(opened[-1], only)
                opened[-1].check_origins()
        return tuple(opened)

    def record(self, given: Iterable[tuple[OpenConnector, Sequence[str]]]) -> None:
        """Record which credentials of each connector are handed over; call it before they are."""
        given = tuple(given)
        used = [
            reveal.use_event(item.row, sorted(item.auth.keys() & set(names)), self._purpose)
            for item, names in given
        ]
        keys = [item.key for item, _ in given]
        with gate.change(self._settings, self._actor, self._ACTION, used, keys):
            pass

    def _failures_recorded(self, tried: Sequence[gate.Event]) -> AbstractContextManager[None]:
        return gate.failures_recorded(self._settings, self._actor, self._ACTION, tried)


def _fresh(db: Database, settings: Settings, name: str, only: tuple[str, ...]) -> dict[str, Any]:
    """Return a connector, after refreshing a token that is about to expire."""
    row = sealed_connector(db, settings.tenant, name)
    if not expires_within(row["auth_expires_at"]):
        return row
    from connectors_cli.services.auth import refresh  # the ORM and the network

    refresh.before_use(settings, row["id"], only)
    return sealed_connector(db, settings.tenant, row["id"])


def _check_signed_in(opened: OpenConnector, only: tuple[str, ...]) -> None:
    """Raise Rejected if a connector lacks credentials that its type requires and a use wants."""
    entry, held = opened.entry, opened.auth
    missing = [name for name in required_names(entry.auth_schema) if name not in held]
    if sign_in.needs_sign_in(entry, held):
        missing += sorted(sign_in.essential_fields(entry))
    missing = [name for name in dict.fromkeys(missing) if not only or name in only]
    if not missing:
        return
    signs_in = not sign_in.filled_by_sign_in(entry).isdisjoint(missing)
    what = "is not signed in" if signs_in else "lacks a credential"
    hint = ("auth", "login", opened.name) if signs_in else ("edit", opened.name)
    raise Rejected(f"{opened.name} {what}: no {missing[0]}", hint=command_line(*hint))


def _with_variables(made: Prepared, choice: Choice) -> Prepared:
    """Fill in the variables: CONNECTOR_FIELD for one connector, NAME_FIELD for several.

    A prefix replaces the first part. Without one there are also the variables that the types name.
    """
    fields = {name for item in made.opened for name in _values(item)}
    missing = [name for name in (*choice.only, *choice.files) if name not in fields]
    if missing:
        raise NotFound(
            f"none of these connectors has a field {missing[0]!r}",
            hint=f"use some of: {', '.join(sorted(fields))}",
        )
    for item in made.opened:
        values = _values(item)
        given = [name for name in values if not choice.only or name in choice.only]
        if given or not values:
            made.given.append((item, given))
        for name in given:
            variable = _variable(_first(item, made, choice), name)
            _check_name(variable)
            if variable in made.values or variable in made.files:
                raise UsageError(
                    f"two fields would become {variable}", hint="use --only FIELD or --prefix P"
                )
            made.add(variable, item, name, as_file=name in choice.files)
    if choice.prefix is None or choice.tool is not None:
        _add_named(made, choice)
    return made


def _add_named(made: Prepared, choice: Choice) -> None:
    """Add the variables that the types name: those of the chosen tool, else the usual ones.

    A name that two fields have is left out, with a note; for a chosen tool it is an error.
    """
    if choice.tool is not None and not any(choice.tool in tools(i.entry) for i in made.opened):
        known = sorted({tool for item in made.opened for tool in tools(item.entry)})
        raise UsageError(
            f"none of these connectors has variables for {choice.tool[:50]!r}",
            hint=f"one of {', '.join(known)}" if known else "leave out --for",
        )
    claims: dict[str, list[tuple[OpenConnector, str]]] = {}
    for item, given in made.given:
        own = variables(item.entry, choice.tool)
        for name in own.keys() & set(given):
            _check_name(own[name])
            claims.setdefault(own[name], []).append((item, name))
    for variable, found in claims.items():
        item, name = found[0]
        if len(found) == 1 and variable not in made.values.keys() | made.files.keys():
            made.add(variable, item, name, as_file=name in choice.files)
            continue
        text = f"{' and '.join(sorted({one.name for one, _ in found}))} would set {variable}"
        if choice.tool is not None:
            raise UsageError(text, hint="use one connector for it, or --only FIELD")
        made.notes.append(f"note: {variable} is left out: more than one field would become it")


def _values(item: OpenConnector) -> dict[str, Any]:
    return {**item.settings, **item.auth}


def _first(item: OpenConnector, made: Prepared, choice: Choice) -> str:
    """The first part of a connector's variables."""
    usual = "CONNECTOR" if len(made.opened) == 1 else item.name
    return usual if choice.prefix is None else choice.prefix


def _variable(first: str, field_name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", f"{first.rstrip('_')}_{field_name}".lstrip("_")).upper()


def _check_name(variable: str) -> None:
    if not _NAME.fullmatch(variable):
        raise UsageError(f"{variable!r} is not a valid variable name", hint="use --prefix P")
    if is_acted_on(variable):
        raise UsageError(
            f"{variable} is reserved: loaders, shells or other programs act on it",
            hint="use another --prefix",
        )


def _checked(variable: str, value: Any, connector: str, name: str) -> str:
    """Return a value as the text of a variable; raises InvalidInput if it cannot be one."""
    text = reveal.as_text(value)
    if "\0" in text:
        raise InvalidInput(f"{connector}: {name} contains a NUL character, which a variable cannot")
    if len(text.encode("utf-8", "surrogatepass")) + len(variable) + 2 > LONGEST:
        raise InvalidInput(
            f"{connector}: {name} is too long for a variable (128 KiB)",
            hint=f"give it as a file: connectors run --file {name}",
        )
    return text
