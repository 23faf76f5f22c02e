"""The Python API: a tenant's connectors for programs, with the rules of the command line."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from connectors_cli.errors import Missing, NotFound, Outdated, Problem
from connectors_cli.services import connectors, tenants, types, use
from connectors_cli.services.connectors import Edits, Wanted
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read import connectors as reader
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.filters import resolved
from connectors_cli.store.read.rows import CATALOG, Rows, all_rows
from connectors_cli.store.read.types import entry_with_key, find_entry

Record = dict[str, Any]
"""A type or a connector as an object: the fields that `--json` shows."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The values of a connector in use; `values["FIELD"]` is a setting or a credential."""

    name: str
    type: str
    config: Record
    auth: Record = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.auth[name] if name in self.auth else self.config[name]


class Connectors:
    """The connectors of one tenant of a store; close it after use, or use it in `with`.

    Store, tenant and key come from the environment, as on the command line, unless they are given.
    `reason` is why credentials are used; the log keeps it.
    Every method raises a ConnectorsError: NotFound, NotPermitted, InvalidInput, Conflict,
    KeyProblem, StoreError ...
    """

    def __init__(
        self,
        *,
        tenant: str | None = None,
        store: str | None = None,
        environ: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        known = os.environ if environ is None else environ
        self._settings = Settings(known, tenant=tenant, store=store, quiet=True, reason=reason)
        self._writer: Workspace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; it is opened again when it is needed."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def list_catalog(
        self,
        search: str = "",
        *,
        category: str | None = None,
        auth_type: str | None = None,
        capability: str | None = None,
        schemas: bool = False,
    ) -> list[Record]:
        """Return the types that can be installed, best match first, else by key.

        With `schemas`, each has `default_config_schema` and `auth_schema` as well.
        """
        wanted = {"category": category, "auth_type": auth_type, "capability": capability}
        tenant = self._settings.tenant
        with self._reader() as db:
            found = all_rows(types.browse(db, CATALOG, search, wanted, tenant))
            for one in found if schemas else ():
                entry = entry_with_key(db, tenant, one["key"])
                one["default_config_schema"] = entry.config_schema
                one["auth_schema"] = entry.auth_schema
        return found

    def list_installed(
        self,
        search: str = "",
        *,
        type: str | None = None,  # noqa: A002 - named as the option
        status: str | None = None,
        tag: str | None = None,
        capability: str | None = None,
    ) -> list[Record]:
        """Return the connectors by name.

        Every word of `search` is in the name, type, account, tags or settings.
        """
        wanted = {"type": type, "status": status, "tag": tag, "capability": capability}
        return self._list(reader.list_installed, {**wanted, "search": search or None})

    def get_publish_targets(
        self,
        search: str = "",
        *,
        type: str | None = None,  # noqa: A002
        tag: str | None = None,
        capability: str | None = None,
    ) -> list[Record]:
        """Return the active connectors that can publish, by name; `search` is as for installed."""
        wanted = {"type": type, "tag": tag, "capability": capability, "search": search or None}
        return self._list(reader.get_publish_targets, wanted)

    def validate_config(
        self, key: str, config: Mapping[str, Any], auth: Mapping[str, Any] | None = None
    ) -> tuple[Problem, ...]:
        """Return the problems of settings, and of credentials if they are given; empty if valid.

        `key` is a type's key, alias or id. A problem never quotes a value.
        """
        with self._reader() as db:
            kind = PreparedType(find_entry(db, self._settings.tenant, key))
        _, _, found = kind.complete(dict(config), dict(auth or {}))
        if auth is None:
            found = [problem for problem in found if problem.path[0] == "config"]
        return tuple(Problem(p.path[1:], p.rule, p.message) for p in found)

    def install_connector(
        self,
        key: str,
        config: Mapping[str, Any],
        auth: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        tags: Sequence[str] = (),
        activate: bool = False,
    ) -> Record:
        """Install a connector of a type, by default under its key; return it.

        Missing values with a default in the schema get it. The first use creates the store.
        """
        with self._reader() as db:
            entry = find_entry(db, self._settings.tenant, key)
        values = PreparedType(entry).complete(dict(config), dict(auth or {}))
        wanted = Wanted(
            type=entry.key,
            name=entry.key if name is None else name,
            config=values[0],
            auth=values[1],
            tags=tuple(tags),
            status="active" if activate else "inactive",
        )
        return _shown(connectors.install_connector(self._workspace(create=True), wanted).connector)

    def update_connector(  # noqa: PLR0913 - as many as `connectors edit` has options
        self,
        name: str,
        *,
        config: Mapping[str, Any] | None = None,
        auth: Mapping[str, Any] | None = None,
        unset: Sequence[str] = (),
        rename: str | None = None,
        tag: Sequence[str] = (),
        untag: Sequence[str] = (),
        active: bool | None = None,
        if_version: int | None = None,
    ) -> Record:
        """Change the named fields of a connector, by name or id, and return it."""
        edits = Edits(
            config=config or {},
            auth=auth or {},
            unset=tuple(unset),
            rename=rename,
            tag=tuple(tag),
            untag=tuple(untag),
            status=None if active is None else "active" if active else "inactive",
            if_version=if_version,
        )
        return _shown(connectors.update_connector(self._workspace(), name, edits).connector)

    def delete_connector(self, name: str) -> Record:
        """Remove a connector, by name or id, so that it can be restored; return it.

        Its tokens are not revoked: `connectors remove` does that.
        """
        return _shown(connectors.delete_connector(self._workspace(), name).connector)

    @contextmanager
    def use(self, name: str, *, reason: str | None = None) -> Iterator[Opened]:
        """Yield the values of a connector, by name or id, after recording the use in the log.

        The log names the program (`sys.argv[0]`) and the `reason`, by default that of these
        connectors. A token that is about to expire is refreshed first.
        """
        settings = self._settings if reason is None else self._settings.because(reason)
        with self._reader() as db:
            if db is None:
                raise reader.no_connector(name)
            (found,) = use.open_connectors(db, settings, (name,), use.purpose("python", sys.argv))
        yield Opened(found.name, found.catalog_key, found.settings, dict(found.auth))

    def _list(self, read: Callable[..., Rows], wanted: Mapping[str, str | None]) -> list[Record]:
        tenant = self._settings.tenant
        with self._reader() as db:
            filters = resolved(db, tenant, wanted)
            return [] if db is None else all_rows(read(db, tenant, **filters))

    @contextmanager
    def _reader(self) -> Iterator[Database | None]:
        """Yield the store for reading, None if none exists; an older store is migrated first."""
        try:
            db = open_for_reading(self._settings.store)
        except Missing:
            yield None
            return
        except Outdated:
            self._workspace()
            db = open_for_reading(self._settings.store)
        try:
            yield db
        finally:
            db.close()

    def _workspace(self, *, create: bool = False) -> Workspace:
        if self._writer is None:
            try:
                self._writer = Workspace(self._settings)
            except Missing:
                if not create:
                    raise NotFound("nothing is installed: no store exists yet") from None
                tenants.init_default(self._settings)
                self._writer = Workspace(self._settings)
        return self._writer


def _shown(connector: Record | None) -> Record:
    assert connector is not None  # noqa: S101 - every change of one connector has it
    return connector
