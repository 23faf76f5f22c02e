"""The tables of a store."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Text, text
from sqlalchemy.types import TypeDecorator, UserDefinedType
from sqlmodel import Field, SQLModel

from connectors_cli.store.read.faults import damaged
from connectors_cli.system import clock


class _TimestampTZ(UserDefinedType[Any]):
    """The column type TIMESTAMPTZ, under this name in every database."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TIMESTAMPTZ"


class Timestamp(TypeDecorator[datetime]):
    """A UTC time: TIMESTAMPTZ in PostgreSQL, RFC 3339 text in SQLite, which has no such type."""

    impl = _TimestampTZ
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return clock.as_text(value)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        try:
            return clock.parse(value) if isinstance(value, str) else value
        except ValueError:
            raise damaged("file") from None


def _key(length: int) -> Any:
    return Field(sa_column=Column(String(length), primary_key=True))


def _string(length: int, *, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(String(length), nullable=nullable))


def _long_text(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=nullable))


def _json(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=nullable))


def _time(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Timestamp, nullable=nullable))


class CatalogRow(SQLModel, table=True):
    """A connector type, as its catalog file describes it; a custom one belongs to a tenant."""

    __tablename__ = "connector_catalog"
    __table_args__ = (
        Index("idx_catalog_tenant_key", "tenant_id", "key", unique=True),
        CheckConstraint(
            "auth_type IN ('oauth', 'api_key', 'basic', 'none')",
            name="ck_connector_catalog_auth_type",
        ),
    )

    id: str = _key(36)
    key: str = _string(100)
    name: str = _string(255)
    description: str = _long_text()
    category: str = _string(50)
    icon: str = _string(100)
    auth_type: str = _string(20)
    capabilities: dict[str, Any] = _json()
    default_config_schema: dict[str, Any] = _json()
    auth_schema: dict[str, Any] = _json()
    oauth: dict[str, Any] | None = _json(nullable=True)
    probe: dict[str, Any] | None = _json(nullable=True)
    lifecycle: str = _string(20)
    notice: str | None = _long_text(nullable=True)
    source: str = _string(20)
    digest: str = _string(64)
    created_at: datetime = _time()
    tenant_id: str | None = Field(default=None, max_length=64)


class Connector(SQLModel, table=True):
    """An installed connector; its credentials are sealed field by field."""

    __tablename__ = "connectors"
    __table_args__ = (
        Index("idx_connectors_tenant", "tenant_id"),
        Index("idx_connectors_catalog", "catalog_id"),
        # Only the migrations contain the conditions of partial indexes for PostgreSQL: naming the
        # dialect here would load its drivers, which takes 40 ms.
        Index(
            "idx_connectors_name_tenant",
            "name",
            "tenant_id",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
        ),
        Index("idx_connectors_tenant_name", "tenant_id", "name"),
        Index("idx_connectors_tenant_key", "tenant_id", "key_id"),
        Index(
            "idx_connectors_folded",
            "tenant_id",
            "folded",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
        ),
        Index(
            "idx_connectors_lookalike",
            "tenant_id",
            "lookalike",
            sqlite_where=text("lookalike IS NOT NULL"),
        ),
        Index("idx_connectors_older", "tenant_id", sqlite_where=text("revision IS NULL")),
        CheckConstraint("status IN ('active', 'inactive', 'error')", name="ck_connectors_status"),
    )

    id: str = _key(36)
    tenant_id: str = _string(64)
    catalog_id: str = Field(foreign_key="connector_catalog.id", max_length=36, nullable=False)
    name: str = _string(255)
    status: str = _string(20)
    config: dict[str, Any] = _json()
    auth: dict[str, str] = _json()
    auth_fingerprints: dict[str, str] = _json()
    auth_mac: str = _string(64)
    key_id: str = _string(16)
    tags: list[str] = _json()
    version: int = Field(sa_column=Column(Integer, nullable=False))
    revision: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    last_check: dict[str, Any] | None = _json(nullable=True)
    auth_expires_at: datetime | None = _time(nullable=True)
    created_by_email: str = _string(255)
    created_by_name: str = _string(255)
    created_at: datetime = _time()
    updated_by_email: str = _string(255)
    updated_by_name: str = _string(255)
    updated_at: datetime = _time()
    deleted_by_email: str | None = _string(255, nullable=True)
    deleted_by_name: str | None = _string(255, nullable=True)
    deleted_at: datetime | None = _time(nullable=True)
    folded: str | None = _long_text(nullable=True)
    lookalike: str | None = _long_text(nullable=True)


class Tenant(SQLModel, table=True):
    """An owner of connectors: a company or a department."""

    __tablename__ = "tenants"

    id: str = _key(64)
    name: str = _string(255)
    created_by_email: str = _string(255)
    created_at: datetime = _time()
    deleted_at: datetime | None = _time(nullable=True)


class KeyRow(SQLModel, table=True):
    """The id of a key that seals or sealed a tenant's values; never the key."""

    __tablename__ = "keys"
    __table_args__ = (
        Index(
            "idx_keys_one_active",
            "tenant_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
        ),
    )

    id: str = _key(16)
    tenant_id: str = Field(foreign_key="tenants.id", max_length=64, nullable=False)
    state: str = _string(20)
    created_at: datetime = _time()
    endorsed_by: str | None = _string(16, nullable=True)
    endorsement: str | None = _string(64, nullable=True)


class Member(SQLModel, table=True):
    """A principal's role in a tenant."""

    __tablename__ = "members"

    tenant_id: str = Field(foreign_key="tenants.id", max_length=64, primary_key=True)
    principal: str = _key(255)
    role: str = _string(20)
    created_at: datetime = _time()


class Event(SQLModel, table=True):
    """An entry of the audit log: append-only, without values, chained within its tenant."""

    __tablename__ = "events"
    __table_args__ = (
        Index("idx_events_tenant_at", "tenant_id", "at"),
        Index(
            "idx_events_connector",
            "connector_id",
            "id",
            sqlite_where=text("revision IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    at: datetime = _time()
    tenant_id: str = _string(64)
    principal: str = _string(255)
    email: str = _string(255)
    action: str = _string(50)
    subject: str = _string(255)
    outcome: str = _string(20)
    details: dict[str, Any] = _json()
    previous_hash: str | None = _string(64, nullable=True)
    hash: str | None = _string(64, nullable=True)
    seal: str | None = _string(64, nullable=True)
    seal_key_id: str | None = _string(16, nullable=True)
    connector_id: str | None = _string(36, nullable=True)
    revision: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))


class LogHead(SQLModel, table=True):
    """The end of a tenant's log: the number of entries, the last hash, and the last seal."""

    __tablename__ = "log_heads"

    tenant_id: str = _key(64)
    entries: int = Field(sa_column=Column(Integer, nullable=False))
    hash: str | None = _string(64, nullable=True)
    sealed_entries: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    sealed_hash: str | None = _string(64, nullable=True)
    seal: str | None = _string(64, nullable=True)
    seal_key_id: str | None = _string(16, nullable=True)


class Lease(SQLModel, table=True):
    """A lease: one process does something alone for a while, such as refreshing a token."""

    __tablename__ = "leases"

    name: str = _key(100)
    holder: str = _string(100)
    expires_at: datetime = _time()


class Preset(SQLModel, table=True):
    """A named config of a type, without credentials."""

    __tablename__ = "presets"

    tenant_id: str = Field(foreign_key="tenants.id", max_length=64, primary_key=True)
    name: str = _key(255)
    catalog_id: str = Field(foreign_key="connector_catalog.id", max_length=36, nullable=False)
    config: dict[str, Any] = _json()
    created_by_email: str = _string(255)
    created_at: datetime = _time()


class Webhook(SQLModel, table=True):
    """An address that receives events; its signing secret is sealed."""

    __tablename__ = "webhooks"

    id: str = _key(36)
    tenant_id: str = Field(foreign_key="tenants.id", max_length=64, nullable=False)
    name: str = _string(255)
    url: str = _long_text()
    actions: list[str] = _json()
    secret: str | None = _long_text(nullable=True)
    key_id: str | None = _string(16, nullable=True)
    status: str = _string(20)
    created_by_email: str = _string(255)
    created_at: datetime = _time()


class Delivery(SQLModel, table=True):
    """The delivery of one event to one webhook."""

    __tablename__ = "deliveries"

    id: str = _key(36)
    webhook_id: str = Field(foreign_key="webhooks.id", max_length=36, nullable=False)
    event_id: int = Field(foreign_key="events.id", nullable=False)
    state: str = _string(20)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    next_at: datetime | None = _time(nullable=True)
    created_at: datetime = _time()


class StoreMeta(SQLModel, table=True):
    """Facts about the store: its id, schema version and catalog version."""

    __tablename__ = "store_meta"

    key: str = _key(50)
    value: str = _long_text()
