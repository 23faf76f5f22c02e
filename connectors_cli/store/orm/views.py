"""The SQL views, written once for all databases."""

from typing import Any

from sqlalchemy import Boolean, Select, Text, and_, case, literal, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import SQLModel

from connectors_cli.store.orm.tables import CatalogRow, Connector, Tenant
from connectors_cli.store.read import database

# A connector can publish if its type has any of these capabilities.
PUBLISHING = (
    "post_text",
    "post_image",
    "post_video",
    "post_document",
    "post_html",
    "send_email",
    "upload_file",
)


class as_text(GenericFunction[str]):  # noqa: N801 - named like the SQL function
    """JSON as stored text."""

    type = Text()
    inherit_cache = True


class as_rfc3339(GenericFunction[str]):  # noqa: N801
    """A time as RFC 3339 text."""

    type = Text()
    inherit_cache = True


class key_names(GenericFunction[str]):  # noqa: N801
    """The names in a JSON object, as a JSON array in text."""

    type = Text()
    inherit_cache = True


class any_true(GenericFunction[bool]):  # noqa: N801
    """Whether any of the given names in a JSON object is true."""

    type = Boolean()
    inherit_cache = True


@compiles(as_text)
@compiles(as_rfc3339)
def _as_stored(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(as_text, "postgresql")
def _as_text_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS TEXT)"


@compiles(as_rfc3339, "postgresql")
def _as_rfc3339_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    moment = compiler.process(element.clauses, **kw)
    return database.as_rfc3339("postgresql", moment)


@compiles(key_names)
def _key_names(element: Any, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    # With trusted_schema=OFF SQLite 3.40 refuses scalar JSON functions in a view.
    quoted = """'"' || replace(replace(json_each.key, '\\', '\\\\'), '"', '\\"') || '"'"""
    names = f"SELECT group_concat({quoted}, ', ') FROM json_each({column})"
    return f"('[' || COALESCE(({names}), '') || ']')"


@compiles(key_names, "postgresql")
def _key_names_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    return f"(SELECT CAST(COALESCE(json_agg(n), '[]') AS TEXT) FROM json_object_keys({column}) n)"


@compiles(any_true)
def _any_true(element: Any, compiler: Any, **kw: Any) -> str:
    column, *names = (compiler.process(clause, **kw) for clause in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM json_each({column})"
        f" WHERE json_each.key IN ({', '.join(names)}) AND json_each.type = 'true')"
    )


@compiles(any_true, "postgresql")
def _any_true_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, *names = (compiler.process(clause, **kw) for clause in element.clauses)
    return (
        f"EXISTS (SELECT 1 FROM json_each_text({column}) e"
        f" WHERE e.key IN ({', '.join(names)}) AND e.value = 'true')"
    )


def _columns(model: type[SQLModel]) -> Any:
    return model.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it to every table class


def catalog_entries() -> Select[Any]:
    """Select the columns of every type that the catalog shows."""
    c = _columns(CatalogRow)
    return select(
        c.key,
        c.name,
        c.description,
        c.category,
        c.icon,
        c.auth_type,
        as_text(c.capabilities).label("capabilities"),
        c.lifecycle,
        c.notice,
        c.source,
        c.digest,
        as_text(c.default_config_schema).label("default_config_schema"),
        as_text(c.auth_schema).label("auth_schema"),
        as_text(c.oauth).label("oauth"),
        as_text(c.probe).label("probe"),
        as_rfc3339(c.created_at).label("created_at"),
        c.tenant_id,
    )


def installed_connectors() -> Select[Any]:
    """Select the public columns of installed connectors; never `auth` itself."""
    return _shown_connectors().where(_columns(Connector).deleted_at.is_(None))


def publish_targets() -> Select[Any]:
    """Select installed connectors that are active and whose type can publish."""
    can_publish = any_true(_columns(CatalogRow).capabilities, *map(literal, PUBLISHING))
    return installed_connectors().where(and_(_columns(Connector).status == "active", can_publish))


def removed_connectors() -> Select[Any]:
    """Select removed connectors, which can be restored."""
    c = _columns(Connector)
    return (
        _shown_connectors()
        .add_columns(as_rfc3339(c.deleted_at).label("deleted_at"), c.deleted_by_email)
        .where(c.deleted_at.is_not(None))
    )


def _shown_connectors() -> Select[Any]:
    """Select connectors of tenants that are not removed; a subselect is faster than a join."""
    c, t, tenant = _columns(Connector), _columns(CatalogRow), _columns(Tenant)
    removed = select(tenant.id).where(tenant.deleted_at.is_not(None))
    configured = case((as_text(c.auth) == "{}", literal_column("0")), else_=literal_column("1"))
    shown = select(
        c.id,
        c.tenant_id,
        c.name,
        t.key.label("catalog_key"),
        c.status,
        as_text(c.config).label("config"),
        configured.cast(Boolean).label("auth_configured"),
        key_names(c.auth).label("auth_fields"),
        as_rfc3339(c.auth_expires_at).label("auth_expires_at"),
        as_text(t.capabilities).label("capabilities"),
        as_text(c.tags).label("tags"),
        c.version,
        as_text(c.last_check).label("last_check"),
        as_rfc3339(c.created_at).label("created_at"),
        c.created_by_email,
        as_rfc3339(c.updated_at).label("updated_at"),
        c.updated_by_email,
        t.name.label("catalog_name"),
        t.icon,
        t.lifecycle,
    )
    joined = shown.join_from(Connector, CatalogRow, c.catalog_id == t.id)
    return joined.where(c.tenant_id.not_in(removed))


VIEWS = {
    "catalog_entries": catalog_entries,
    "installed_connectors": installed_connectors,
    "publish_targets": publish_targets,
    "removed_connectors": removed_connectors,
}


def create_view(name: str, dialect: Any) -> str:
    """Return the statement that creates one of VIEWS in a SQLAlchemy dialect."""
    select = VIEWS[name]().compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return f"CREATE VIEW {name} AS {select}"
