"""SQLAlchemy engines for a store: errors quote no values, and a damaged row is reported as such."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from connectors_cli.settings import shown_server, sqlite_path
from connectors_cli.store.read import connections
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.faults import damaged


def make_engine(url: str) -> Engine:
    """Return an engine for a store's URL, whose transactions begin as writers."""
    path = sqlite_path(url)
    if path is None:
        return _server_engine(url)
    return sqlite_engine(path)


def _server_engine(url: str) -> Engine:
    """Return an engine whose connections are made as those of reads are: by the bare driver."""
    from connectors_cli.store.read import server

    engine = _engine("postgresql", lambda: connections.connect_server(url), shown_server(url))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        server.begin(connection.connection.driver_connection)

    return engine


def sqlite_engine(path: str) -> Engine:
    """Return an engine for a store's file."""
    engine = _engine("sqlite", lambda: connections.connect_sqlite(path), path)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        connections.begin_writing(raw, path)

    return engine


def engine_on(db: Database) -> Engine:
    """Return an engine that uses the connection of a transaction, and never ends it."""
    engine = _engine(db.dialect, lambda: db.connection, db.place)
    dialect: Any = engine.dialect
    dialect.do_commit = dialect.do_rollback = dialect.do_close = _leave
    return engine


def _engine(dialect: str, connect: Callable[[], Any], place: str) -> Engine:
    is_file = dialect == "sqlite"
    more: dict[str, Any] = {} if is_file else {"use_native_hstore": False}

    def load(text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise damaged(place) from None

    return create_engine(
        "sqlite://" if is_file else "postgresql+psycopg://",
        creator=connect,
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=load,
        poolclass=NullPool,
        **more,
    )


def _leave(_: object) -> None:
    """Do nothing: the transaction belongs to the gate."""


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
