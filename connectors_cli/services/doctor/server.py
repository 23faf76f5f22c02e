"""Checks of a store's server: how the connection is protected, and whether it can write."""

from collections.abc import Iterator

from connectors_cli.services.doctor.findings import Finding
from connectors_cli.store.read.database import Database

_STATE = """SELECT current_setting('server_version'), current_schema(), pg_is_in_recovery(),
 current_setting('default_transaction_read_only') = 'on',
 (SELECT bool_and(has_table_privilege(t, p)) FROM unnest(ARRAY['connectors', 'log_heads']) t,
  unnest(ARRAY['INSERT', 'UPDATE']) p) AND has_table_privilege('events', 'INSERT')"""


def check_server(db: Database, url: str) -> Iterator[Finding]:
    """Yield what the server is, how the connection is protected, and whether it can be written."""
    from connectors_cli.store.read import server

    version, schema, *unwritable = db.one(_STATE) or ("?", "?", False, False, True)
    security = server.security(url, db.connection)
    text = f"PostgreSQL {str(version).partition(' ')[0]}, schema {schema}; connection: "
    if security is None:
        hint = "use sslmode=verify-full in the store's URL, without --allow-insecure-store"
        yield Finding("server", "warning", f"{text}not verified, so it can be read", hint)
    else:
        yield Finding("server", "ok", text + security)
    yield _writing(*unwritable)


def _writing(is_standby: bool, is_read_only: bool, may_write: bool) -> Finding:
    if is_standby:
        what, hint = "the server is a standby", "pass the primary server with --store"
    elif is_read_only:
        what = "the database or the role is read-only (default_transaction_read_only)"
        hint = "ask who runs the server"
    elif not may_write:
        what = "the server's role may not change the store's tables"
        hint = "have it granted: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ..."
    else:
        return Finding("writing", "ok", "the server accepts writes")
    return Finding("writing", "warning", f"{what}; the store can be read but not changed", hint)
