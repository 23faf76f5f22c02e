"""How a store keeps times."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.types import TypeDecorator, UserDefinedType

from connectors_cli.driver_faults import damaged


class _TimestampTZ(UserDefinedType[Any]):
    """The DDL name TIMESTAMPTZ, in every database."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TIMESTAMPTZ"


class Timestamp(TypeDecorator[datetime]):
    """A UTC time: RFC 3339 text in SQLite (which has no such type), TIMESTAMPTZ in PostgreSQL."""

    impl = _TimestampTZ
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return _rfc3339(value)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        try:
            return datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise damaged("file") from None


def _rfc3339(moment: datetime) -> str:
    """Return a time as RFC 3339 in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
