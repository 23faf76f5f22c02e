-- A store as schema version 1 left it; what its tests need is in test_historic_stores.py.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "connector_catalog" VALUES('08ed2deb-cd51-53b5-a6e6-10f752c0133f','wordpress','WordPress (self-hosted)','Posts and pages on a WordPress site of your own, through its REST API.','Web','brand-wordpress','basic','{"post_text": true, "post_title": true, "formats": ["html"], "post_image": true, "post_video": true, "draft": true, "schedule": true, "tags": true, "categories": true}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress settings", "description": "The site to publish on.", "type": "object", "properties": {"site_url": {"title": "Site URL", "description": "Where the site answers, with no slash at the end.", "type": "string", "minLength": 1, "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$", "examples": ["https://blog.example.com"]}, "account_label": {"title": "Account label", "description": "Your own words for this account, shown on its card.", "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Company blog"]}}, "required": ["site_url"], "additionalProperties": false}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress credentials", "description": "A user of the site, with an application password made for this program.", "type": "object", "properties": {"username": {"title": "Username", "description": "The name the user logs in with.", "type": "string", "minLength": 1, "examples": ["alice"]}, "application_password": {"title": "Application password", "description": "Made in the site''s admin pages under Users, Profile, Application Passwords; keep or drop its spaces.", "type": "string", "minLength": 8, "writeOnly": true, "examples": ["xxxx xxxx xxxx xxxx xxxx xxxx"]}}, "required": ["username", "application_password"], "additionalProperties": false}',NULL,'{"protocol": "https", "method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me", "send": {"as": "basic", "username": "{auth.username}", "password": "{auth.application_password}"}, "expect_status": 200, "identity": {"id": "id", "label": "name"}, "note": "An answer counts only when it is JSON with an id: security plugins and web servers can drop the Authorization header, or answer a page of HTML with status 200."}','active',NULL,'builtin','24b56e52fd5da4d689059d0ba8cde5b43a35929c211b6dda7aabedf75afbddd9','2026-11-22T17:06:28.981196Z');
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
	deleted_at TIMESTAMPTZ, 
	PRIMARY KEY (id), 
	FOREIGN KEY(catalog_id) REFERENCES connector_catalog (id)
);
INSERT INTO "connectors" VALUES('32e1c590-c9c4-4443-b730-b80c07cd8d50','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','blog','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrAyEVdYqzIxum77lsy9IX5oPw14CKU-lMluGnGs-Wj4FoQF-7t7wlTdngL_xy2SzG7Q6Rt7KzelRA5TVhkLqJzNvaojaoqOwMf8PaNwJHQXGTLuiNG7To9c3Ul0iXsaF_sOrP1aMjcArw3c-Ke4V6x4W9oQ==", "username": "gAAAAABrAyEVs5hho4tsQaWNhwl4YllWEY9ap7ST9EiRjMM9Z40UJuLEHW26c3sAdZm3J5a1sobn0u_a-ZegAPdd8Z4wMsPc5ZlPN9Mk819PK5elBIFFgNT0CSEJRsy-PzcoRw0Sn0so"}','{"application_password": "5716e96a37bf737d8e31155b6b1a6091", "username": "42601cb1c1ec59a36a32125419977e42"}','0d3b57b44c617fb828f792b90c492d602dbdd4126fbebaa88d50020d17ae5060','a4ff2af4b7c2cba4','["prod"]',1,NULL,NULL,'operator@example.com','Operator','2026-11-22T17:06:29.918789Z','operator@example.com','Operator','2026-11-22T17:06:29.918789Z',NULL,NULL,NULL);
INSERT INTO "connectors" VALUES('e5e936b4-e057-440a-8a41-494ec67886f4','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','gone','inactive','{"site_url": "https://gone.example.com"}','{"application_password": "gAAAAABrAyE5yxdsduDeSvcNOu99cFMu-pC75O5nhU9f5mhK1IITnGLcQvZImMgJNujgxsjiZ4SzqadRlu3tSbAzh8RsZ_PwhbVxtWk89a9JzgcB0a6r38VKP5sd01A4KOvy0-7G7xwr5yznMrMCXtUN9V5GPKi4Eg==", "username": "gAAAAABrAyE5xkRjIMxuGWQZnGVsHnFhiEebSKUhslUQ5d5U_QywoE_gtfBnlNE_IVwp0SDGkgRswI77ThqMWOyvs08uhNVpClsJ0Tl6KVESjXRQe0DlTJyCX93itOg8BlOvsP2qFgrc"}','{"application_password": "745f7c06db8ec2c2faba2ec1f9a5faa4", "username": "63b2ad5bfc55feed5e315890034e54e7"}','4df8aa760f017287738e3648f6bf4214d75335bea10be3535b359624189d4c0e','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'operator@example.com','Operator','2026-11-22T17:07:05.067422Z','operator@example.com','Operator','2026-11-22T17:07:05.067422Z','operator@example.com','Operator','2026-11-22T17:07:05.947412Z');
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
	details JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2026-11-22T17:06:29.924344Z','default','operator','operator@example.com','connector.install','blog','ok','{"type": "wordpress", "change": "installed", "fields": []}');
INSERT INTO "events" VALUES(2,'2026-11-22T17:07:05.073797Z','default','operator','operator@example.com','connector.install','gone','ok','{"type": "wordpress", "change": "installed", "fields": []}');
INSERT INTO "events" VALUES(3,'2026-11-22T17:07:05.949912Z','default','operator','operator@example.com','connector.remove','gone','ok','{}');
INSERT INTO "events" VALUES(4,'2026-11-22T17:07:06.305470Z','default','operator','operator@example.com','connector.reveal','blog','ok','{"fields": ["application_password"]}');
CREATE TABLE keys (
	id VARCHAR(16) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "keys" VALUES('a4ff2af4b7c2cba4','default','active','2026-11-22T17:06:28.990000Z');
CREATE TABLE members (
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, principal), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "members" VALUES('default','operator','owner','2026-11-22T17:06:28.990000Z');
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
INSERT INTO "store_meta" VALUES('schema_version','1');
INSERT INTO "store_meta" VALUES('program_version','0.1.0');
INSERT INTO "store_meta" VALUES('store_id','c0d6adef87754e6893259e99bdc5389d');
INSERT INTO "store_meta" VALUES('catalog_stamp','0.1.0-1a68e5e2');
CREATE TABLE tenants (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('default','default','operator@example.com','2026-11-22T17:06:28.990000Z');
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
CREATE VIEW catalog_entries AS SELECT connector_catalog."key", connector_catalog.name, connector_catalog.description, connector_catalog.category, connector_catalog.icon, connector_catalog.auth_type, connector_catalog.capabilities AS capabilities, connector_catalog.lifecycle, connector_catalog.notice, connector_catalog.source, connector_catalog.digest, connector_catalog.default_config_schema AS default_config_schema, connector_catalog.auth_schema AS auth_schema, connector_catalog.oauth AS oauth, connector_catalog.probe AS probe, connector_catalog.created_at AS created_at 
FROM connector_catalog;
CREATE VIEW installed_connectors AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE connectors.deleted_at IS NULL;
CREATE VIEW publish_targets AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE connectors.deleted_at IS NULL AND connectors.status = 'active' AND EXISTS (SELECT 1 FROM json_each(connector_catalog.capabilities) WHERE json_each.key IN ('post_text', 'post_image', 'post_video', 'post_document', 'post_html', 'send_email', 'upload_file') AND json_each.type = 'true') = 1;
CREATE VIEW removed_connectors AS SELECT connectors.id, connectors.tenant_id, connectors.name, connector_catalog."key" AS catalog_key, connectors.status, connectors.config AS config, CAST(CASE WHEN (connectors.auth = '{}') THEN 0 ELSE 1 END AS BOOLEAN) AS auth_configured, ('[' || COALESCE((SELECT group_concat('"' || replace(replace(json_each.key, '\', '\\'), '"', '\"') || '"', ', ') FROM json_each(connectors.auth)), '') || ']') AS auth_fields, connectors.auth_expires_at AS auth_expires_at, connector_catalog.capabilities AS capabilities, connectors.tags AS tags, connectors.version, connectors.last_check AS last_check, connectors.created_at AS created_at, connectors.created_by_email, connectors.updated_at AS updated_at, connectors.updated_by_email, connector_catalog.name AS catalog_name, connector_catalog.icon, connector_catalog.lifecycle, connectors.deleted_at AS deleted_at, connectors.deleted_by_email 
FROM connectors JOIN connector_catalog ON connectors.catalog_id = connector_catalog.id 
WHERE connectors.deleted_at IS NOT NULL;
COMMIT;
