"""Lists of connectors, and one of them: `targets`, `list` and `show`."""

from __future__ import annotations

from connectors_cli.errors import NotFound, UsageError
from connectors_cli.store.read import connectors
from connectors_cli.store.read.rows import TEXT, sorting_column

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.checks.run import Options
    from connectors_cli.services.output import Watched
    from connectors_cli.store.read.rows import Rows

_WATCH_SECONDS = 1.0


def targets(
    context: CommandContext,
    search: str | None,
    capability: str | None,
    type_key: str | None,
    tag: str | None,
    require: int | None,
    sort_by: str | None,
    limit: int | None,
    all_tenants: bool,
    tests: Options | None = None,
) -> Rows:
    """Return the active connectors that can publish; with `tests` only those that work.

    Raises:
        NotFound: there are fewer than `require`.
    """
    given = {"search": search, "capability": capability, "type": type_key, "tag": tag}
    listing = _Listing(context, "connector", given, sort_by, limit, all_tenants=all_tenants)
    if tests is not None:
        from connectors_cli.cli import checks  # slow to import

        if all_tenants:
            raise UsageError("--check and --all-tenants cannot be used together")
        shape = (listing.columns, sort_by, limit)
        return checks.working_targets(context, listing.wanted, shape, require or 0, tests)
    if require is not None:
        _check_count(listing, require)
    return listing.rows(connectors.get_publish_targets)


def list_(
    context: CommandContext,
    search: str | None,
    type_key: str | None,
    status: str | None,
    tag: str | None,
    capability: str | None,
    expiring: str | None,
    removed: bool,
    sort_by: str | None,
    limit: int | None,
    all_tenants: bool,
) -> Rows:
    """Return the installed connectors, or the removed ones."""
    kind = "removed" if removed else "connector"
    given = {"search": search, "type": type_key, "status": status, "tag": tag}
    given |= {"capability": capability, "expires_before": _end(expiring)}
    listing = _Listing(context, kind, given, sort_by, limit, all_tenants=all_tenants)
    return listing.rows(connectors.list_removed if removed else connectors.list_installed)


def _end(expiring: str | None) -> str | None:
    """Return the time until which a sign-in ends; raises UsageError for an invalid duration."""
    if expiring is None:
        return None
    from connectors_cli.cli.durations import parse_duration
    from connectors_cli.system import clock

    return clock.after(parse_duration(expiring, "--expiring"))


class _Listing:
    """Which connectors a line asks for, in which order, and with which columns.

    Raises UsageError for an unknown field, filter value or combination, NotFound for a type.
    """

    def __init__(
        self,
        context: CommandContext,
        kind: str,
        given: dict[str, str | None],
        sort_by: str | None,
        limit: int | None,
        *,
        all_tenants: bool,
    ) -> None:
        self.context, self.kind, self.sort_by, self.limit = context, kind, sort_by, limit
        self.columns = context.columns(kind, several=all_tenants)
        if sort_by is not None:
            sorting_column(kind, sort_by)
        self.db = context.reader()
        self.tenant = self._tenants() if all_tenants else context.settings.tenant
        self.wanted = self._resolved(given)

    def rows(self, read: Callable[..., Rows]) -> Rows:
        """Return the rows; raises UsageError if there are none, and no service can do this."""
        if self.db is None:
            return self.context.no_rows(self.kind)
        shape = {"sort_by": self.sort_by, "limit": self.limit}
        rows = read(self.db, self.tenant, self.columns, **shape, **self.wanted)
        rows.kind = rows.kind if isinstance(self.tenant, str) else "everywhere"
        if self.wanted.get("capability") is not None and rows.is_empty():
            self.check_capability()
        return rows

    def check_capability(self) -> None:
        """Raise UsageError if no service can do what is filtered by."""
        from connectors_cli.services import types

        wanted = {"capability": self.wanted.get("capability")}
        types.check_words(self.db, self.context.settings.tenant, wanted)

    def _tenants(self) -> list[str]:
        """Return the tenants of the current user; raises UsageError if one was given as well."""
        if self.context.tenant_option is not None:
            raise UsageError("--tenant and --all-tenants cannot be used together")
        if self.db is None:
            return []
        from connectors_cli.store.read.tenants import list_tenants

        return [name for (name,) in list_tenants(self.db, "", (("name", TEXT),)).rows]

    def _resolved(self, given: dict[str, str | None]) -> dict[str, str | None]:
        """Return the filters, checked; they are not imported for an unfiltered list."""
        if all(value is None for value in given.values()):
            return given
        from connectors_cli.store.read import filters

        tenants = [self.tenant] if isinstance(self.tenant, str) else self.tenant
        key, db = given.get("type"), self.db
        own = (name for name in tenants if db and key and filters.is_type(db, name, key))
        tenant = next(own, self.context.settings.tenant)
        return filters.resolved(db, tenant, given)


def watched(context: CommandContext, listing: Callable[[], Rows]) -> Watched:
    """Return a list again and again; it is shown when it has changed."""
    from time import sleep

    from connectors_cli.services.output import Watched

    def rounds() -> Iterator[Rows]:
        while True:
            yield listing()
            context.close_reader()
            sleep(_WATCH_SECONDS)

    context.add_option("quiet", True)  # a note about an empty list would be repeated
    return Watched(rounds(), only_changes=True)


def show(context: CommandContext, name: str) -> Rows:
    """Return one connector; raises NotFound."""
    columns, db = context.columns("connector", single=True), context.reader()
    if db is None:
        context.no_rows("connector")
        raise connectors.no_connector(name)
    return connectors.show_connector(db, context.settings.tenant, name, columns)


def _check_count(listing: _Listing, require: int) -> None:
    db, wanted = listing.db, listing.wanted
    found = connectors.count_publish_targets(db, listing.tenant, **wanted) if db else 0
    if found < require:
        listing.check_capability()
        raise NotFound(
            f"{found} publish targets found, {require} required",
            hint="see `connectors list`; activate one: connectors edit NAME --activate",
        )
