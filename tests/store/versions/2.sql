-- A store as schema version 2 left it; what its tests need is in test_historic_stores.py.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "connector_catalog" VALUES('08ed2deb-cd51-53b5-a6e6-10f752c0133f','wordpress','WordPress (self-hosted)','Posts and pages on a WordPress site of your own, through its REST API.','Web','brand-wordpress','basic','{"post_text": true, "post_title": true, "formats": ["html"], "post_image": true, "post_video": true, "draft": true, "schedule": true, "tags": true, "categories": true}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress settings", "description": "The site to publish on.", "type": "object", "properties": {"site_url": {"title": "Site URL", "description": "Where the site answers, with no slash at the end.", "type": "string", "minLength": 1, "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$", "examples": ["https://blog.example.com"]}, "account_label": {"title": "Account label", "description": "Your own words for this account, shown on its card.", "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Company blog"]}}, "required": ["site_url"], "additionalProperties": false}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress credentials", "description": "A user of the site, with an application password made for this program.", "type": "object", "properties": {"username": {"title": "Username", "description": "The name the user logs in with.", "type": "string", "minLength": 1, "examples": ["alice"]}, "application_password": {"title": "Application password", "description": "Made in the site''s admin pages under Users, Profile, Application Passwords; keep or drop its spaces.", "type": "string", "minLength": 8, "writeOnly": true, "examples": ["xxxx xxxx xxxx xxxx xxxx xxxx"]}}, "required": ["username", "application_password"], "additionalProperties": false}','{"grant": "application_password", "authorization_url": "{config.site_url}/wp-admin/authorize-application.php", "authorize_params": {"app_name": "{app.name}", "app_id": "9f2a6f0e-5d1b-4c7e-8a3d-1e6b0c4d7f58"}, "redirect_params": {"success_url": "{app.redirect_uri}", "reject_url": "{app.redirect_uri}&error=access_denied"}, "save": {"auth.username": "user_login", "auth.application_password": "password"}, "shown": "auth.application_password", "revocation": {"method": "DELETE", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/{step.uuid}", "auth": "send", "steps": [{"method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/introspect", "auth": "send", "save": {"step.uuid": "uuid"}}]}}','{"protocol": "https", "method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me", "send": {"as": "basic", "username": "{auth.username}", "password": "{auth.application_password}"}, "expect_status": 200, "identity": {"id": "id", "label": "name"}, "note": "An answer counts only when it is JSON with an id: security plugins and web servers can drop the Authorization header, or answer a page of HTML with status 200."}','active',NULL,'builtin','71947970cf3f4b6963fb1c88aef165e862ac45483f76bf5e4696045e69982d3e','2026-11-22T20:29:29.994840Z');
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
INSERT INTO "connectors" VALUES('0fddc523-51cc-4fbe-916e-04cbc9651ec2','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','blog','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrA1CrDRMAKUG_il1JoROaPyxk7i9xoPwC_aOq-WQq4nnHn5d6V6NdLQ25mldT2o1TDxzPhkZGyJJ8SnbPEcqm8-GCzxgFo-bgA8M8BhS4DHgFBJmVAEwpAqECsBIQx5JAjWWk8pbIAJ0oviSqsdYvvr_NqQ==", "username": "gAAAAABrA1Cr6aT-iYeX9kUPgsjNhW8RHux32rPKCGJLPHvYYPm2a9loz7xnCgSWzInrkcO8FUBjCWtFTff0EW5XdvQFTKtqoYdHtYe8DoyXAWWD0ALcRGBE1pd2Y2J4drBBHo4jLoxP"}','{"application_password": "aa453f590ed143d54e721f83269201a0", "username": "7d13be1d81f87213134944ea7cce525c"}','06125c3dc8bfb8c42db290907971c5b7dcda83b2c7eb70a44863644204c9405a','a4ff2af4b7c2cba4','["prod", "more"]',2,NULL,NULL,'operator@example.com','Operator','2026-11-22T20:29:31.455343Z','operator@example.com','Operator','2026-11-22T20:29:33.894473Z',NULL,NULL,NULL);
INSERT INTO "connectors" VALUES('febaa3c2-7b91-48c0-96e1-1b7edf0eef1b','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','gone','inactive','{"site_url": "https://gone.example.com"}','{"application_password": "gAAAAABrA1CsaZ2SiGWY5Fa36vx-JUpywtm9alvL7IRoKJeqX-uBOyNjBxlxcNLhKxtwFZbEVWnlEYED86nj8x_I3840lR-uUaFkOJ33Cf6_1fY4zfn6pJ7rE2Ewxx5Z_0jVYXhnHvjT1XA8M8G02e8uXVnZ47Gmbg==", "username": "gAAAAABrA1CshTnUoEVEbKPN0g8XVA0dWF360a7Q8WMsHn1x7vSpGigkAKPstFpSF1sK4BNTrOtU9Z3EB5_Z5e4_sRM63M-r6nAoYTLwjD71KGut67xTkbIvKC-hNz9qE9oD7YoJBaXe"}','{"application_password": "fd07f5c9eee89cdbd175ee9e17657038", "username": "efda210603c09dba95250d88200e159f"}','e59646678112ce31e705b19cb8927b1f55808cf21c313095cfde1702ce3fa45a','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'operator@example.com','Operator','2026-11-22T20:29:32.779765Z','operator@example.com','Operator','2026-11-22T20:29:32.779765Z','operator@example.com','Operator','2026-11-22T20:29:37.495677Z');
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
	details JSON NOT NULL, previous_hash VARCHAR(64), hash VARCHAR(64), seal VARCHAR(64), seal_key_id VARCHAR(16), 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2026-11-22T20:29:31.465790Z','default','operator','operator@example.com','connector.install','blog','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "0fddc523-51cc-4fbe-916e-04cbc9651ec2", "version": 1}',NULL,'5c50e2c67e23249fb10dd239158d817806e235cacb18b441a41f0318fff3f22a','25b0378f09dd20faf6dffd31d2d74b4bcb4020beea6a7dad8b2a976261a6740b','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(2,'2026-11-22T20:29:32.792800Z','default','operator','operator@example.com','connector.install','gone','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "febaa3c2-7b91-48c0-96e1-1b7edf0eef1b", "version": 1}','5c50e2c67e23249fb10dd239158d817806e235cacb18b441a41f0318fff3f22a','088dbcc20c1721f353da2a3701ef9cab618d7bd986ba225c0daff7209fb96080','91c0555a4cc8695e8e3fc4db6e8df4b98ca82087c75eeb4c7b39acd0f775b87a','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(3,'2026-11-22T20:29:33.905367Z','default','operator','operator@example.com','connector.update','blog','ok','{"change": "updated", "fields": ["tags"], "id": "0fddc523-51cc-4fbe-916e-04cbc9651ec2", "version": 2}','088dbcc20c1721f353da2a3701ef9cab618d7bd986ba225c0daff7209fb96080','f75c887ffb61816e5b6303458dd3dd33831b1a244f73afc50290901b72b9a497',NULL,NULL);
INSERT INTO "events" VALUES(4,'2026-11-22T20:29:34.524399Z','default','operator','operator@example.com','connector.reveal','blog','ok','{"id": "0fddc523-51cc-4fbe-916e-04cbc9651ec2", "fields": ["application_password"]}','f75c887ffb61816e5b6303458dd3dd33831b1a244f73afc50290901b72b9a497','3531bb06be312661989a2f52d24dcc069450a50016aee5415d476c9b1ec57822','4e6a4e78a0dbcd0556268bdce7bc48ee401407d734d7c9fcd2d48476db32e30d','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(5,'2026-11-22T20:29:35.790254Z','default','operator','operator@example.com','connector.update','blog','ok','{"change": "unchanged", "fields": [], "id": "0fddc523-51cc-4fbe-916e-04cbc9651ec2", "version": 2}','3531bb06be312661989a2f52d24dcc069450a50016aee5415d476c9b1ec57822','61db9460537d0abb6746c2da3d73c01849ad2906e1ed9f72b1afde8881040ed6',NULL,NULL);
INSERT INTO "events" VALUES(6,'2026-11-22T20:29:37.500548Z','default','operator','operator@example.com','connector.remove','gone','ok','{"id": "febaa3c2-7b91-48c0-96e1-1b7edf0eef1b"}','61db9460537d0abb6746c2da3d73c01849ad2906e1ed9f72b1afde8881040ed6','9263a8b8f162b0a99b1c1634d7bb50a9a7d6e4b21eb2ad7600612467261123f4',NULL,NULL);
CREATE TABLE keys (
	id VARCHAR(16) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "keys" VALUES('a4ff2af4b7c2cba4','default','active','2026-11-22T20:29:30.013344Z');
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
	seal_key_id VARCHAR(16), 
	PRIMARY KEY (tenant_id)
);
INSERT INTO "log_heads" VALUES('default',6,'9263a8b8f162b0a99b1c1634d7bb50a9a7d6e4b21eb2ad7600612467261123f4',4,'4acbadba6c4d50a4b3b0e4f808ffd82571e15c9740c6962b3a081802cfc8eab2','a4ff2af4b7c2cba4');
CREATE TABLE members (
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, principal), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "members" VALUES('default','operator','owner','2026-11-22T20:29:30.013344Z');
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
INSERT INTO "store_meta" VALUES('schema_version','2');
INSERT INTO "store_meta" VALUES('program_version','0.1.0');
INSERT INTO "store_meta" VALUES('store_id','1fdf637c07864f47a2747a61231c1c8d');
INSERT INTO "store_meta" VALUES('catalog_stamp','0.1.0-036afa36');
CREATE TABLE tenants (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, deleted_at TIMESTAMPTZ, 
	PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('default','default','operator@example.com','2026-11-22T20:29:30.013344Z',NULL);
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
