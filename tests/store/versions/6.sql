-- A store as schema version 6 left it; what its tests need is in test_migrations.py.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE connector_catalog (
	id VARCHAR(36) NOT NULL, 
	"key" VARCHAR(100) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	description TEXT NOT NULL, 
	category VARCHAR(50) NOT NULL, 
	icon VARCHAR(100) NOT NULL, 
	auth_type VARCHAR(20) NOT NULL, 
	capabilities JSON NOT NULL, 
	default_config_schema JSON NOT NULL, 
	auth_schema JSON NOT NULL, 
	oauth JSON, 
	probe JSON, 
	lifecycle VARCHAR(20) NOT NULL, 
	notice TEXT, 
	source VARCHAR(20) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	tenant_id VARCHAR(64), 
	PRIMARY KEY (id)
);
INSERT INTO "connector_catalog" VALUES('08ed2deb-cd51-53b5-a6e6-10f752c0133f','wordpress','WordPress (self-hosted)','Posts and pages on your own WordPress site, through its REST API.','Web','brand-wordpress','basic','{"post_text": true, "post_title": true, "formats": ["html"], "post_image": true, "post_video": true, "draft": true, "schedule": true, "tags": true, "categories": true}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress settings", "description": "The site to publish on.", "type": "object", "properties": {"site_url": {"title": "Site URL", "description": "The site''s address, without a slash at the end.", "type": "string", "minLength": 1, "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$", "x-pattern-description": "a web address without a slash at the end", "examples": ["https://blog.example.com"]}, "account_label": {"title": "Account label", "description": "Your own name for this account, shown on its card.", "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Company blog"]}}, "required": ["site_url"], "additionalProperties": false}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress credentials", "description": "A user of the site, with an application password for this program.", "type": "object", "properties": {"username": {"title": "Username", "description": "The user''s login name.", "type": "string", "minLength": 1, "examples": ["alice"]}, "application_password": {"title": "Application password", "description": "Create one in the site''s admin area under Users, Profile, Application Passwords; its spaces do not matter.", "type": "string", "minLength": 8, "writeOnly": true, "examples": ["xxxx xxxx xxxx xxxx xxxx xxxx"]}}, "required": ["username", "application_password"], "additionalProperties": false}','{"grant": "application_password", "authorization_url": "{config.site_url}/wp-admin/authorize-application.php", "authorize_params": {"app_name": "{app.name}", "app_id": "9f2a6f0e-5d1b-4c7e-8a3d-1e6b0c4d7f58"}, "redirect_params": {"success_url": "{app.redirect_uri}", "reject_url": "{app.redirect_uri}&error=access_denied"}, "save": {"auth.username": "user_login", "auth.application_password": "password"}, "site_param": "site_url", "shown": "auth.application_password", "revocation": {"method": "DELETE", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/{step.uuid}", "auth": "send", "steps": [{"method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/introspect", "auth": "send", "save": {"step.uuid": "uuid"}}]}}','{"protocol": "https", "method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me", "send": {"as": "basic", "username": "{auth.username}", "password": "{auth.application_password}"}, "expect_status": 200, "identity": {"id": "id", "label": "name"}, "note": "An answer counts only when it is JSON with an id: security plugins and web servers can drop the Authorization header, or answer a page of HTML with status 200."}','active',NULL,'builtin','5968efabcec3623562d8b90639575b04e565716c475f0e4117bbcee29a647963','2026-11-30T09:38:55.431173Z',NULL);
CREATE TABLE connectors (
	id VARCHAR(36) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	catalog_id VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	config JSON NOT NULL, 
	auth JSON NOT NULL, 
	auth_fingerprints JSON NOT NULL, 
	auth_mac VARCHAR(64) NOT NULL, 
	key_id VARCHAR(16) NOT NULL, 
	tags JSON NOT NULL, 
	version INTEGER NOT NULL, 
	last_check JSON, 
	auth_expires_at TIMESTAMPTZ, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_by_name VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	updated_by_email VARCHAR(255) NOT NULL, 
	updated_by_name VARCHAR(255) NOT NULL, 
	updated_at TIMESTAMPTZ NOT NULL, 
	deleted_by_email VARCHAR(255), 
	deleted_by_name VARCHAR(255), 
	deleted_at TIMESTAMPTZ, revision INTEGER, folded TEXT, lookalike TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(catalog_id) REFERENCES connector_catalog (id)
);
INSERT INTO "connectors" VALUES('805786cf-072b-4f02-89af-e32a21c7e30c','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','blog','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrDUQ3IabQ4RW40gXy1Ckop8DGQ2zlGwcMONlV9Z9VQSvg-OXCvKHQyTYyHouKoL_LibR4MW822ISx29V3WeoYAZiKqaEEoUJnUbLE2SZ77pKLsmWOQ6TKWdZkVHM0TUay1lEtL-FdnJhqxJNhSMwCTehakA==", "username": "gAAAAABrDUQ3vCLOtPff5TvSzjKnbB8rxzIPYS_J6iFoWQSQSXfKqEJNaSMUrqN8RzCToslY3qNfXAtZgVmnnUyl49MwFn3P3mLJJgtlm3LcAjiNclzxITW0hKeF5KxmkfrHXO9Cg8gd"}','{"application_password": "cf15c1eb4116291b90e6de01387bbd6d", "username": "f29caba38cd4e24674f8eeaf8467361f"}','2:te4D1l22xwuIKsDm6imYFLSzp8QYSVVa9zLutbcRlhY=','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'maintainer@example.com','Maintainer','2026-11-30T09:39:03.835101Z','maintainer@example.com','Maintainer','2026-11-30T09:39:03.835101Z',NULL,NULL,NULL,1,'blog',NULL);
INSERT INTO "connectors" VALUES('53eb92e2-a065-48d8-805a-0b7432da536f','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','gone','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrDURBbQArAjlPgQhdjkXovF3scikA2tH9gnhzDhaCdaQd7SilqX7dYvQEkMivRZm9-7Pmgjvuk38hisGkDcy_b_7HqIetGA4R5q6-bUabdbcWm6mQi-XR0GLnMghY7Se8T61uC2uTPcltREg3hKeBNm6iLg==", "username": "gAAAAABrDURB8TC1rlNgeUdxRonycLOTnI4oT3ISAmacVhawn6YEu54eXGHntYP7PR3pNwVxzbDoNwMf-lXQluLz9kcobFqZDRWyV2rIpYity3GIPysDXRS74mO1CgrYWcbIufJCOSA8"}','{"application_password": "38f78eda81699f35ba4d94bdbce45084", "username": "1e4ae2e8e760aa476d203a47960b7559"}','2:zbP4fjTAqpvJFa-opwaoRbE5pHpvjPyhr8PUca-pCxI=','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'maintainer@example.com','Maintainer','2026-11-30T09:39:13.410794Z','maintainer@example.com','Maintainer','2026-11-30T09:39:13.410794Z','maintainer@example.com','Maintainer','2026-11-30T09:39:20.163937Z',2,'gone',NULL);
CREATE TABLE deliveries (
	id VARCHAR(36) NOT NULL, 
	webhook_id VARCHAR(36) NOT NULL, 
	event_id INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at TIMESTAMPTZ, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(event_id) REFERENCES events (id), 
	FOREIGN KEY(webhook_id) REFERENCES webhooks (id)
);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at TIMESTAMPTZ NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	email VARCHAR(255) NOT NULL, 
	action VARCHAR(50) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	details JSON NOT NULL, previous_hash VARCHAR(64), hash VARCHAR(64), seal VARCHAR(64), seal_key_id VARCHAR(16), connector_id VARCHAR(36), revision INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2026-11-30T09:38:55.487426Z','default','root','maintainer@example.com','tenant.create','default','ok','{}',NULL,'cb8061c3152131e5dab0faf0ae14462bb1dd2f357525d1cb8f9eb3126df8b614','72f5af09e404717b9be0d922543c190213ccfa4f998903e26bdad6b9caddfb56','a4ff2af4b7c2cba4',NULL,NULL);
INSERT INTO "events" VALUES(2,'2026-11-30T09:39:03.873161Z','default','root','maintainer@example.com','connector.install','blog','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "805786cf-072b-4f02-89af-e32a21c7e30c", "version": 1, "revision": 1}','cb8061c3152131e5dab0faf0ae14462bb1dd2f357525d1cb8f9eb3126df8b614','61c240c0d29f8b32104e6acd5f4ed645c0864735f2f43be9e454b5c0a0b51a76','c5fd26ce5f7e3c8952501717f498b49934678b2edc5abe5ce376d720e12222a5','a4ff2af4b7c2cba4','805786cf-072b-4f02-89af-e32a21c7e30c',1);
INSERT INTO "events" VALUES(3,'2026-11-30T09:39:13.433339Z','default','root','maintainer@example.com','connector.install','gone','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "53eb92e2-a065-48d8-805a-0b7432da536f", "version": 1, "revision": 1}','61c240c0d29f8b32104e6acd5f4ed645c0864735f2f43be9e454b5c0a0b51a76','3d10326ae13480a6a813115a020171ba815e73ee424ee608a23a827f3d88240d','3ff5e489155d90af514a3f0291fdf48b20210c75e6e63044751a0637b208b936','a4ff2af4b7c2cba4','53eb92e2-a065-48d8-805a-0b7432da536f',1);
INSERT INTO "events" VALUES(4,'2026-11-30T09:39:20.177412Z','default','root','maintainer@example.com','connector.remove','gone','ok','{"id": "53eb92e2-a065-48d8-805a-0b7432da536f", "revision": 2}','3d10326ae13480a6a813115a020171ba815e73ee424ee608a23a827f3d88240d','5b7fa36705c44d25f3837366ff17bb0cf6af7b6246685e3f0a5ececfa6e8c1fe','9ce54512fa5d4e64b4d2f94f916a1031e1d2bc768044347a401adef319e4832f','a4ff2af4b7c2cba4','53eb92e2-a065-48d8-805a-0b7432da536f',2);
CREATE TABLE keys (
	id VARCHAR(16) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "keys" VALUES('a4ff2af4b7c2cba4','default','active','2026-11-30T09:38:55.466259Z');
CREATE TABLE leases (
	name VARCHAR(100) NOT NULL, 
	holder VARCHAR(100) NOT NULL, 
	expires_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE log_heads (
	tenant_id VARCHAR(64) NOT NULL, 
	entries INTEGER NOT NULL, 
	hash VARCHAR(64), 
	sealed_entries INTEGER, 
	seal VARCHAR(64), 
	seal_key_id VARCHAR(16), sealed_hash VARCHAR(64), 
	PRIMARY KEY (tenant_id)
);
INSERT INTO "log_heads" VALUES('default',4,'5b7fa36705c44d25f3837366ff17bb0cf6af7b6246685e3f0a5ececfa6e8c1fe',4,'ba21f9be274099a1e4164e63cb6b8aad41154ed9ea1bf4ec8b5da925046d372f','a4ff2af4b7c2cba4','5b7fa36705c44d25f3837366ff17bb0cf6af7b6246685e3f0a5ececfa6e8c1fe');
CREATE TABLE members (
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, principal), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "members" VALUES('default','alice','owner','2026-11-30T09:38:55.466259Z');
CREATE TABLE presets (
	tenant_id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	catalog_id VARCHAR(36) NOT NULL, 
	config JSON NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, name), 
	FOREIGN KEY(catalog_id) REFERENCES connector_catalog (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE TABLE store_meta (
	"key" VARCHAR(50) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "store_meta" VALUES('store_id','64b67abf277645b1a21e2f8c0d64a942');
INSERT INTO "store_meta" VALUES('catalog_stamp','0.1.0-93046812');
INSERT INTO "store_meta" VALUES('schema_version','6');
INSERT INTO "store_meta" VALUES('program_version','0.1.0');
CREATE TABLE tenants (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, deleted_at TIMESTAMPTZ, 
	PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('default','default','maintainer@example.com','2026-11-30T09:38:55.466259Z',NULL);
CREATE TABLE webhooks (
	id VARCHAR(36) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	url TEXT NOT NULL, 
	actions JSON NOT NULL, 
	secret TEXT, 
	key_id VARCHAR(16), 
	status VARCHAR(20) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE INDEX idx_events_tenant_at ON events (tenant_id, at);
CREATE INDEX idx_connectors_catalog ON connectors (catalog_id);
CREATE UNIQUE INDEX idx_connectors_name_tenant ON connectors (name, tenant_id) WHERE deleted_at IS NULL;
CREATE INDEX idx_connectors_tenant ON connectors (tenant_id);
CREATE UNIQUE INDEX idx_keys_one_active ON keys (tenant_id) WHERE state = 'active';
CREATE INDEX idx_connectors_older ON connectors (tenant_id) WHERE revision IS NULL;
CREATE INDEX idx_events_connector ON events (connector_id, id) WHERE revision IS NOT NULL;
CREATE UNIQUE INDEX idx_catalog_tenant_key ON connector_catalog (tenant_id, "key");
CREATE UNIQUE INDEX idx_connectors_folded ON connectors (tenant_id, folded) WHERE deleted_at IS NULL;
CREATE INDEX idx_connectors_lookalike ON connectors (tenant_id, lookalike) WHERE lookalike IS NOT NULL;
CREATE INDEX idx_connectors_tenant_key ON connectors (tenant_id, key_id);
CREATE INDEX idx_connectors_tenant_name ON connectors (tenant_id, name);
CREATE VIEW catalog_entries AS SELECT connector_catalog."key", connector_catalog.name, connector_catalog.description, connector_catalog.category, connector_catalog.icon, connector_catalog.auth_type, connector_catalog.capabilities AS capabilities, connector_catalog.lifecycle, connector_catalog.notice, connector_catalog.source, connector_catalog.digest, connector_catalog.default_config_schema AS default_config_schema, connector_catalog.auth_schema AS auth_schema, connector_catalog.oauth AS oauth, connector_catalog.probe AS probe, connector_catalog.created_at AS created_at, connector_catalog.tenant_id 
FROM connector_catalog;
CREATE VIEW installed_connectors AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE (connectors.tenant_id NOT IN (SELECT tenants.id 
FROM tenants 
WHERE tenants.deleted_at IS NOT NULL)) AND connectors.deleted_at IS NULL;
CREATE VIEW publish_targets AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE (connectors.tenant_id NOT IN (SELECT tenants.id 
FROM tenants 
WHERE tenants.deleted_at IS NOT NULL)) AND connectors.deleted_at IS NULL AND connectors.status = 'active' AND EXISTS (SELECT 1 FROM json_each(connector_catalog.capabilities) WHERE json_each.key IN ('post_text', 'post_image', 'post_video', 'post_document', 'post_html', 'send_email', 'upload_file') AND json_each.type = 'true') = 1;
CREATE VIEW removed_connectors AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle, connectors.deleted_at AS deleted_at, connectors.deleted_by_email 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE (connectors.tenant_id NOT IN (SELECT tenants.id 
FROM tenants 
WHERE tenants.deleted_at IS NOT NULL)) AND connectors.deleted_at IS NOT NULL;
COMMIT;
