"""Errors of a PostgreSQL server as errors of ours: its messages can quote values."""

from __future__ import annotations

from connectors_cli.errors import (
    ChangedMeanwhile,
    ConnectorsError,
    NoDatabase,
    StoreError,
    StoreForbidden,
    StoreRejected,
    StoreUnreachable,
    Unwritable,
    UsageError,
)
from connectors_cli.settings import BUSY_SECONDS

_AGAIN = "try again"
_ASK = "ask who runs the server"
_GRANT = "grant its role what it needs: SELECT, INSERT, UPDATE and DELETE on the store's tables"
_LOST = (
    StoreUnreachable,
    "was lost: the server ended the connection",
    "try again; without a commit nothing was changed",
)
_READ_ONLY = (
    Unwritable,
    "is read-only: a standby, or default_transaction_read_only",
    "only commands that read work; pass the primary server with --store",
)

_REASONS: dict[str, tuple[type[ConnectorsError], str, str]] = {
    "08": _LOST,
    "25006": _READ_ONLY,
    "28": (StoreRejected, "rejected the login", "check user and password"),
    "3D000": (NoDatabase, "has no such database", "create it, or name another one"),
    "3F000": (
        StoreError,
        "has no schema to create tables in",
        "name one in the store's URL: ?options=-csearch_path%3DSCHEMA",
    ),
    "42501": (StoreForbidden, "does not permit this to its role", _GRANT),
    "53100": (Unwritable, "cannot grow: the server's disk is full", _ASK),
    "53200": (StoreError, "cannot be used: the server is out of memory", _ASK),
    "53300": (StoreUnreachable, "cannot be opened: the server has too many connections", _AGAIN),
    "55P03": (StoreError, f"was locked by another process for {BUSY_SECONDS:.0f} s", _AGAIN),
    "57014": (
        StoreError,
        "cancelled a statement: it took longer than statement_timeout, or somebody cancelled it",
        _AGAIN,
    ),
    "57": _LOST,
    "23505": (ChangedMeanwhile, "was changed by another process at the same time", _AGAIN),
    "40": (ChangedMeanwhile, "was changed by another process at the same time", _AGAIN),
}

# What the texts of libpq, of the server and of PgBouncer say when a connection fails; a text is the
# only thing there is then. The first that matches decides.
_LOGIN: tuple[tuple[tuple[str, ...], type[ConnectorsError], str, str], ...] = (
    (
        ("too many clients", "connection slots", "too many connections", "no more connections"),
        StoreUnreachable,
        "has too many connections",
        _AGAIN,
    ),
    (
        ("received invalid response", "closed the connection"),
        StoreUnreachable,
        "does not answer as PostgreSQL does",
        "check the host and port in the store's URL",
    ),
    (
        ("password authentication failed", "no password supplied", "authentication failed"),
        StoreRejected,
        "rejects the user or the password",
        "check both; the password can be in ~/.pgpass or PGPASSWORD",
    ),
    (
        ('role "', "no such user", "not permitted to log in"),
        StoreRejected,
        "has no such user, or does not let it log in",
        "check the user in the store's URL",
    ),
    (
        ("pg_hba.conf", "permission denied for database"),
        StoreForbidden,
        "does not let this user connect to this database from here",
        "ask who runs the server for access (pg_hba.conf, GRANT CONNECT)",
    ),
    (
        ('database "', "no such database"),
        NoDatabase,
        "has no such database",
        "create it (createdb), or name another one in the store's URL",
    ),
    (
        ("starting up", "shutting down", "recovery", "not accepting connections"),
        StoreUnreachable,
        "is starting or stopping",
        _AGAIN,
    ),
    (
        ("does not support ssl",),
        StoreUnreachable,
        "does not offer TLS",
        "turn it on in the server, or accept that: --allow-insecure-store",
    ),
    (
        ("root certificate file",),
        StoreUnreachable,
        "cannot be verified: there is no file of certificate authorities",
        "name one in the store's URL: ?sslrootcert=FILE",
    ),
    (
        ("certificate verify failed", "does not match host name", "certificate", "ssl error"),
        StoreUnreachable,
        "cannot be verified: its certificate is for another name, or by an unknown authority",
        "name its authority in the store's URL: ?sslrootcert=FILE",
    ),
    (
        ("resolve host", "translate host name"),
        StoreUnreachable,
        "cannot be reached: its name cannot be resolved",
        "check the host in the store's URL",
    ),
    (
        ("connection refused",),
        StoreUnreachable,
        "cannot be reached: nothing listens on this port",
        "check the host and port, and that the server is running",
    ),
    (
        ("no such file or directory",),
        StoreUnreachable,
        "cannot be reached: no server listens on this socket",
        "check the folder of the socket, and that the server is running",
    ),
    (
        ("timeout expired", "timed out"),
        StoreUnreachable,
        "cannot be reached: it did not answer in time",
        "check the host and the network",
    ),
    (
        ("unreachable", "no route to host"),
        StoreUnreachable,
        "cannot be reached: the network does not lead to it",
        "check the host and the network",
    ),
    (
        ("definition of service", "service file"),
        UsageError,
        "is not defined: the service file has no such service",
        "check the service in the store's URL, and PGSERVICEFILE",
    ),
    (
        ("invalid", "unrecognized configuration parameter", "bad value", "missing"),
        UsageError,
        "cannot be asked: a parameter of the store's URL has an invalid value",
        "check the part after ? in the store's URL",
    ),
)


def explain(error: BaseException, place: str) -> ConnectorsError | None:
    """Return our error for one of a statement; None for one without words of ours."""
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate is None:
        return StoreUnreachable(f"the store {place} {_LOST[1]}", hint=_LOST[2])
    for prefix, (kind, what, hint) in _REASONS.items():
        if sqlstate.startswith(prefix):
            return kind(f"the store {place} {what}", hint=hint)
    return None


def explain_login(error: BaseException, place: str) -> ConnectorsError:
    """Return our error for a connection that failed, with the reason in our words."""
    text = str(error).lower()
    for signs, kind, what, hint in _LOGIN:
        if any(sign in text for sign in signs):
            return kind(f"the store's server {place} {what}", hint=hint)
    return StoreUnreachable(
        f"the store's server {place} cannot be reached",
        hint="check the store's URL, and that the server is running: psql shows more",
    )


def doubtful(error: BaseException) -> StoreError:
    """Return the error for a commit that the server did not answer."""
    return StoreUnreachable(
        "the connection to the store's server was lost while the change was being saved: it is not"
        " known whether it was saved",
        hint="look before you repeat it: connectors log --last 3",
    )
