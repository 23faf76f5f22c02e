"""Engines on a store: every transaction begins as a writer, and no error quotes a value."""

import json
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from connectors_cli import connections
from connectors_cli.driver_faults import damaged
from connectors_cli.settings import sqlite_path


def make_engine(url: str) -> Engine:
    """Return an engine that begins every transaction as a writer and quotes no values in errors."""
    path = sqlite_path(url)
    if path is None:
        server = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(
            server, hide_parameters=True, json_serializer=_dump, poolclass=NullPool
        )
    return sqlite_engine(path)


def sqlite_engine(path: str) -> Engine:
    def load(text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise damaged(path) from None

    engine = create_engine(
        "sqlite://",
        creator=lambda: connections.connect_sqlite(path),
        hide_parameters=True,
        json_serializer=_dump,
        json_deserializer=load,
        poolclass=NullPool,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
