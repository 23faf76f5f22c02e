"""Connections to a PostgreSQL server, and the settings that each of their transactions begins with.

Loaded only for a store on a server: it imports psycopg.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from connectors_cli.errors import UsageError
from connectors_cli.settings import (
    BUSY_SECONDS,
    INSECURE_VARIABLE,
    is_insecure_allowed,
    server_addresses,
    server_parts,
    shown_server,
)
from connectors_cli.store.read import server_faults

if TYPE_CHECKING:
    from collections.abc import Mapping


CONNECT_SECONDS = 10
STATEMENT_SECONDS = 300

# The store's schema is the first of the search path; a user's own schema ($user) counts only if
# the path names it, or it could hold other tables of the same names. All of this ends with the
# transaction, since a pooler lends the connection to others.
_SCHEMA = """(SELECT pg_catalog.quote_ident(s) || ', '
 FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS schemas (s, n)
 WHERE s <> session_user OR pg_catalog.strpos(pg_catalog.current_setting('search_path'),
 '"$user"') = 0 ORDER BY n LIMIT 1)"""
_BOUND = """pg_catalog.set_config('{name}', COALESCE(NULLIF(
 pg_catalog.current_setting('{name}'), '0'), '{seconds:.0f}s'), true)"""
_NOW = """pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC',
 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_SETTINGS = ", ".join(
    (
        "SELECT session_user::text, " + _NOW,
        f"pg_catalog.set_config('search_path', COALESCE({_SCHEMA}, '') || 'pg_temp', true)",
        _BOUND.format(name="lock_timeout", seconds=BUSY_SECONDS),
        _BOUND.format(name="statement_timeout", seconds=STATEMENT_SECONDS),
    )
)


class Connection(psycopg.Connection[Any]):
    """A connection without automatic transactions, whose commit reports a doubtful outcome."""

    def commit(self) -> None:
        """Commit; raises StoreError if the connection is lost before the server answers."""
        try:
            super().commit()
        except psycopg.OperationalError as error:
            if self.broken or self.closed:
                raise server_faults.doubtful(error) from None
            raise


def connect(url: str) -> Connection:
    """Connect to a store's server; raises StoreError or UsageError, which quote no password."""
    found = parameters(url)
    try:
        return Connection.connect(
            **found,
            autocommit=True,
            prepare_threshold=None,  # a pooler gives each transaction another session
        )
    except psycopg.Error as error:
        raise server_faults.explain_login(error, shown_server(url)) from None


def parameters(url: str) -> dict[str, Any]:
    """Return the parameters that a URL's connection is made with; raises UsageError."""
    given = server_parts(url)
    return {**_defaults(), **given, **_verified(given, url), "client_encoding": "UTF8"}


def begin(connection: Any, how: str = "", then: str = "") -> tuple[str, str, Any]:
    """Begin a transaction with the store's settings and execute statements, in one round trip.

    `how` is a mode of BEGIN, such as READ ONLY. Returns the principal, whom the server has
    authenticated, its time, and the cursor with the last result. Raises psycopg.Error.
    """
    cursor = connection.execute(f"BEGIN {how}; {_SETTINGS}" + (f"; {then}" if then else ""))
    cursor.set_result(1)
    (principal, moment, *_) = cursor.fetchone()
    cursor.set_result(-1)
    return str(principal), str(moment), cursor


def is_idle(connection: Any) -> bool:
    """Return whether a connection is outside of a transaction."""
    return bool(connection.info.transaction_status == pq.TransactionStatus.IDLE)


def bind(connection: Any, sql: str, parameters: Any) -> str:
    """Return a statement with its parameters quoted, to send it together with others."""
    return psycopg.ClientCursor(connection).mogrify(sql.replace("?", "%s"), parameters)


def security(url: str, connection: Any) -> str | None:
    """Return how a connection is protected on its way, None if it is not."""
    if is_local(_resolved(server_parts(url))):
        return "on this machine"
    if not connection.pgconn.ssl_in_use:
        return None
    mode = connection.info.get_parameters().get("sslmode", "prefer")
    return "TLS, server verified" if mode == "verify-full" else None


def is_local(parts: Mapping[str, str]) -> bool:
    """Return whether all servers that the parameters name are on this machine."""
    return all(_is_local(address or host) for host, address, _ in server_addresses(parts))


def _is_local(host: str) -> bool:
    is_socket = not host or host[0] in "/@"
    is_loopback = host.startswith("127.") and host.replace(".", "").isdecimal()
    return is_socket or is_loopback or host in {"localhost", "::1"}


def _defaults() -> dict[str, str]:
    """Return what holds unless the URL or the environment says otherwise.

    Without bounds a lost server would be waited for without end.
    """
    defaults = {
        "connect_timeout": str(CONNECT_SECONDS),
        "keepalives_idle": str(int(BUSY_SECONDS)),
        "tcp_user_timeout": str(int(BUSY_SECONDS * 1000)),
        "application_name": "connectors",
    }
    if os.environ.get("PGCONNECT_TIMEOUT"):
        del defaults["connect_timeout"]
    if os.environ.get("PGAPPNAME"):
        del defaults["application_name"]
    return defaults


def _verified(given: Mapping[str, str], url: str) -> dict[str, str]:
    """Return parameters that verify a server on another machine.

    Raises UsageError if the URL or the environment asks for less and nothing allows that.
    """
    resolved = _resolved(given)
    if is_local(resolved) or is_insecure_allowed(url):
        return {}
    asked = given.get("sslmode") or os.environ.get("PGSSLMODE")
    if asked not in {None, "verify-full"}:
        raise UsageError(
            f"sslmode={asked} does not verify the store's server {shown_server(url)}, so another"
            " machine could pose as it",
            hint="use sslmode=verify-full, with sslrootcert=FILE for your own authority; or accept"
            f" it: --allow-insecure-store, {INSECURE_VARIABLE}=1",
        )
    return {"sslmode": "verify-full", **_authorities(resolved)}


def _authorities(resolved: Mapping[str, str]) -> dict[str, str]:
    """Return where the certificate authorities are, unless PostgreSQL's own settings say."""
    own = os.path.expanduser("~/.postgresql/root.crt")
    if resolved.get("sslrootcert") or os.path.exists(own):
        return {}
    import ssl

    # The driver's own OpenSSL, which comes with it, does not look where this system keeps them.
    found = ssl.get_default_verify_paths()
    return {"sslrootcert": found.cafile or "system"}


def _resolved(given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters with those of the environment and of a service file."""
    options = pq.Conninfo.get_defaults()
    named = {o.keyword.decode(): o.val.decode() for o in options if o.val is not None}
    if "service" not in given:
        return {**named, **given}
    from psycopg.conninfo import make_conninfo

    # Only starting to connect reads the service file; nothing is sent to the server.
    started = pq.PGconn.connect_start(make_conninfo("", **given).encode())
    try:
        found = {o.keyword.decode(): o.val.decode() for o in started.info if o.val is not None}
    except psycopg.OperationalError:
        found = {}
    finally:
        started.finish()
    return {**named, **found, **given}
