"""The statements of everyday writes, generated from the tables by `make statements`: do not edit."""

CHANGE_CONNECTOR = (
    {
        "sqlite": "UPDATE connectors SET status=?, config=?, auth=?, auth_fingerprints=?, tags=?, version=?, auth_expires_at=?, updated_by_email=?, updated_by_name=?, updated_at=? WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "UPDATE connectors SET status=?::VARCHAR, config=?::JSON, auth=?::JSON, auth_fingerprints=?::JSON, tags=?::JSON, version=?::INTEGER, auth_expires_at=?, updated_by_email=?::VARCHAR, updated_by_name=?::VARCHAR, updated_at=? WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("status", "config", "auth", "auth_fingerprints", "tags", "version", "auth_expires_at", "updated_by_email", "updated_by_name", "updated_at", "tenant_id", "id"),
)

DELETE_CONNECTOR = (
    {
        "sqlite": "DELETE FROM connectors WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "DELETE FROM connectors WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("tenant_id", "id"),
)

DELETE_KEY = (
    {
        "sqlite": "DELETE FROM keys WHERE keys.tenant_id = ? AND keys.id = ?",
        "postgresql": "DELETE FROM keys WHERE keys.tenant_id = ?::VARCHAR AND keys.id = ?::VARCHAR",
    },
    ("tenant_id", "id"),
)

DELETE_META = (
    {
        "sqlite": "DELETE FROM store_meta WHERE store_meta.\"key\" = ?",
        "postgresql": "DELETE FROM store_meta WHERE store_meta.key = ?::VARCHAR",
    },
    ("key",),
)

DELETE_TYPE = (
    {
        "sqlite": "DELETE FROM connector_catalog WHERE connector_catalog.tenant_id = ? AND connector_catalog.id = ?",
        "postgresql": "DELETE FROM connector_catalog WHERE connector_catalog.tenant_id = ?::VARCHAR AND connector_catalog.id = ?::VARCHAR",
    },
    ("tenant_id", "id"),
)

EDIT_CONNECTOR = (
    {
        "sqlite": "UPDATE connectors SET name=?, status=?, config=?, auth=?, auth_fingerprints=?, key_id=?, tags=?, version=?, last_check=?, auth_expires_at=?, updated_by_email=?, updated_by_name=?, updated_at=?, folded=?, lookalike=? WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "UPDATE connectors SET name=?::VARCHAR, status=?::VARCHAR, config=?::JSON, auth=?::JSON, auth_fingerprints=?::JSON, key_id=?::VARCHAR, tags=?::JSON, version=?::INTEGER, last_check=?::JSON, auth_expires_at=?, updated_by_email=?::VARCHAR, updated_by_name=?::VARCHAR, updated_at=?, folded=?::VARCHAR, lookalike=?::VARCHAR WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("name", "status", "config", "auth", "auth_fingerprints", "key_id", "tags", "version", "last_check", "auth_expires_at", "updated_by_email", "updated_by_name", "updated_at", "folded", "lookalike", "tenant_id", "id"),
)

INSERT_CONNECTOR = (
    {
        "sqlite": "INSERT INTO connectors (id, tenant_id, catalog_id, name, status, config, auth, auth_fingerprints, auth_mac, key_id, tags, version, revision, last_check, auth_expires_at, created_by_email, created_by_name, created_at, updated_by_email, updated_by_name, updated_at, deleted_by_email, deleted_by_name, deleted_at, folded, lookalike) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "postgresql": "INSERT INTO connectors (id, tenant_id, catalog_id, name, status, config, auth, auth_fingerprints, auth_mac, key_id, tags, version, revision, last_check, auth_expires_at, created_by_email, created_by_name, created_at, updated_by_email, updated_by_name, updated_at, deleted_by_email, deleted_by_name, deleted_at, folded, lookalike) VALUES (?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::JSON, ?::JSON, ?::JSON, ?::VARCHAR, ?::VARCHAR, ?::JSON, ?::INTEGER, ?::INTEGER, ?::JSON, ?, ?::VARCHAR, ?::VARCHAR, ?, ?::VARCHAR, ?::VARCHAR, ?, ?::VARCHAR, ?::VARCHAR, ?, ?::VARCHAR, ?::VARCHAR)",
    },
    ("id", "tenant_id", "catalog_id", "name", "status", "config", "auth", "auth_fingerprints", "auth_mac", "key_id", "tags", "version", "revision", "last_check", "auth_expires_at", "created_by_email", "created_by_name", "created_at", "updated_by_email", "updated_by_name", "updated_at", "deleted_by_email", "deleted_by_name", "deleted_at", "folded", "lookalike"),
)

INSERT_KEY = (
    {
        "sqlite": "INSERT INTO keys (id, tenant_id, state, created_at, endorsed_by, endorsement) VALUES (?, ?, ?, ?, ?, ?)",
        "postgresql": "INSERT INTO keys (id, tenant_id, state, created_at, endorsed_by, endorsement) VALUES (?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?, ?::VARCHAR, ?::VARCHAR)",
    },
    ("id", "tenant_id", "state", "created_at", "endorsed_by", "endorsement"),
)

INSERT_MEMBER = (
    {
        "sqlite": "INSERT INTO members (tenant_id, principal, role, created_at) VALUES (?, ?, ?, ?)",
        "postgresql": "INSERT INTO members (tenant_id, principal, role, created_at) VALUES (?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?)",
    },
    ("tenant_id", "principal", "role", "created_at"),
)

INSERT_META = (
    {
        "sqlite": "INSERT INTO store_meta (\"key\", value) VALUES (?, ?)",
        "postgresql": "INSERT INTO store_meta (key, value) VALUES (?::VARCHAR, ?::VARCHAR)",
    },
    ("key", "value"),
)

INSERT_TENANT = (
    {
        "sqlite": "INSERT INTO tenants (id, name, created_by_email, created_at, deleted_at) VALUES (?, ?, ?, ?, ?)",
        "postgresql": "INSERT INTO tenants (id, name, created_by_email, created_at, deleted_at) VALUES (?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?, ?)",
    },
    ("id", "name", "created_by_email", "created_at", "deleted_at"),
)

INSERT_TYPE = (
    {
        "sqlite": "INSERT INTO connector_catalog (id, \"key\", name, description, category, icon, auth_type, capabilities, default_config_schema, auth_schema, oauth, probe, lifecycle, notice, source, digest, created_at, tenant_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "postgresql": "INSERT INTO connector_catalog (id, key, name, description, category, icon, auth_type, capabilities, default_config_schema, auth_schema, oauth, probe, lifecycle, notice, source, digest, created_at, tenant_id) VALUES (?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::JSON, ?::JSON, ?::JSON, ?::JSON, ?::JSON, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?, ?::VARCHAR)",
    },
    ("id", "key", "name", "description", "category", "icon", "auth_type", "capabilities", "default_config_schema", "auth_schema", "oauth", "probe", "lifecycle", "notice", "source", "digest", "created_at", "tenant_id"),
)

REMOVE_CONNECTOR = (
    {
        "sqlite": "UPDATE connectors SET deleted_by_email=?, deleted_by_name=?, deleted_at=? WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "UPDATE connectors SET deleted_by_email=?::VARCHAR, deleted_by_name=?::VARCHAR, deleted_at=? WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("deleted_by_email", "deleted_by_name", "deleted_at", "tenant_id", "id"),
)

RESTORE_CONNECTOR = (
    {
        "sqlite": "UPDATE connectors SET name=?, version=?, updated_by_email=?, updated_by_name=?, updated_at=?, deleted_by_email=?, deleted_by_name=?, deleted_at=?, folded=?, lookalike=? WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "UPDATE connectors SET name=?::VARCHAR, version=?::INTEGER, updated_by_email=?::VARCHAR, updated_by_name=?::VARCHAR, updated_at=?, deleted_by_email=?::VARCHAR, deleted_by_name=?::VARCHAR, deleted_at=?, folded=?::VARCHAR, lookalike=?::VARCHAR WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("name", "version", "updated_by_email", "updated_by_name", "updated_at", "deleted_by_email", "deleted_by_name", "deleted_at", "folded", "lookalike", "tenant_id", "id"),
)

SET_KEY_STATE = (
    {
        "sqlite": "UPDATE keys SET state=? WHERE keys.tenant_id = ? AND keys.id = ?",
        "postgresql": "UPDATE keys SET state=?::VARCHAR WHERE keys.tenant_id = ?::VARCHAR AND keys.id = ?::VARCHAR",
    },
    ("state", "tenant_id", "id"),
)

TURN_CONNECTOR = (
    {
        "sqlite": "UPDATE connectors SET status=?, version=?, updated_by_email=?, updated_by_name=?, updated_at=? WHERE connectors.tenant_id = ? AND connectors.id = ?",
        "postgresql": "UPDATE connectors SET status=?::VARCHAR, version=?::INTEGER, updated_by_email=?::VARCHAR, updated_by_name=?::VARCHAR, updated_at=? WHERE connectors.tenant_id = ?::VARCHAR AND connectors.id = ?::VARCHAR",
    },
    ("status", "version", "updated_by_email", "updated_by_name", "updated_at", "tenant_id", "id"),
)

UPDATE_TYPE = (
    {
        "sqlite": "UPDATE connector_catalog SET \"key\"=?, name=?, description=?, category=?, icon=?, auth_type=?, capabilities=?, default_config_schema=?, auth_schema=?, oauth=?, probe=?, lifecycle=?, notice=?, source=?, digest=?, tenant_id=? WHERE connector_catalog.id = ?",
        "postgresql": "UPDATE connector_catalog SET key=?::VARCHAR, name=?::VARCHAR, description=?::VARCHAR, category=?::VARCHAR, icon=?::VARCHAR, auth_type=?::VARCHAR, capabilities=?::JSON, default_config_schema=?::JSON, auth_schema=?::JSON, oauth=?::JSON, probe=?::JSON, lifecycle=?::VARCHAR, notice=?::VARCHAR, source=?::VARCHAR, digest=?::VARCHAR, tenant_id=?::VARCHAR WHERE connector_catalog.id = ?::VARCHAR",
    },
    ("key", "name", "description", "category", "icon", "auth_type", "capabilities", "default_config_schema", "auth_schema", "oauth", "probe", "lifecycle", "notice", "source", "digest", "tenant_id", "id"),
)
