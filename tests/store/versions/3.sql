-- A store as schema version 3 left it; what its tests need is in test_migrations.py.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
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
INSERT INTO "connector_catalog" VALUES('08ed2deb-cd51-53b5-a6e6-10f752c0133f','wordpress','WordPress (self-hosted)','Posts and pages on a WordPress site of your own, through its REST API.','Web','brand-wordpress','basic','{"post_text": true, "post_title": true, "formats": ["html"], "post_image": true, "post_video": true, "draft": true, "schedule": true, "tags": true, "categories": true}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress settings", "description": "The site to publish on.", "type": "object", "properties": {"site_url": {"title": "Site URL", "description": "Where the site answers, with no slash at the end.", "type": "string", "minLength": 1, "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$", "examples": ["https://blog.example.com"]}, "account_label": {"title": "Account label", "description": "Your own words for this account, shown on its card.", "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Company blog"]}}, "required": ["site_url"], "additionalProperties": false}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress credentials", "description": "A user of the site, with an application password made for this program.", "type": "object", "properties": {"username": {"title": "Username", "description": "The name the user logs in with.", "type": "string", "minLength": 1, "examples": ["alice"]}, "application_password": {"title": "Application password", "description": "Made in the site''s admin pages under Users, Profile, Application Passwords; keep or drop its spaces.", "type": "string", "minLength": 8, "writeOnly": true, "examples": ["xxxx xxxx xxxx xxxx xxxx xxxx"]}}, "required": ["username", "application_password"], "additionalProperties": false}','{"grant": "application_password", "authorization_url": "{config.site_url}/wp-admin/authorize-application.php", "authorize_params": {"app_name": "{app.name}", "app_id": "9f2a6f0e-5d1b-4c7e-8a3d-1e6b0c4d7f58"}, "redirect_params": {"success_url": "{app.redirect_uri}", "reject_url": "{app.redirect_uri}&error=access_denied"}, "save": {"auth.username": "user_login", "auth.application_password": "password"}, "site_param": "site_url", "shown": "auth.application_password", "revocation": {"method": "DELETE", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/{step.uuid}", "auth": "send", "steps": [{"method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/introspect", "auth": "send", "save": {"step.uuid": "uuid"}}]}}','{"protocol": "https", "method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me", "send": {"as": "basic", "username": "{auth.username}", "password": "{auth.application_password}"}, "expect_status": 200, "identity": {"id": "id", "label": "name"}, "note": "An answer counts only when it is JSON with an id: security plugins and web servers can drop the Authorization header, or answer a page of HTML with status 200."}','active',NULL,'builtin','a4fb1f86511419be39cc5ac3f3e75099c297bd983767cbdd31a83fb633c4ce41','2026-11-30T00:14:39.843213Z');
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
INSERT INTO "connectors" VALUES('0dacc723-5145-4092-bac6-5a4d92b044c8','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','blog','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrDL_0x3VvhosJdsG1AH3MJ_Zp4-MKxoh0NtePyvvuu_CX17BW2EJ1K9M9y4SS8kop-kznPPBVBZvgVXW9T-2r_y7NRA9Bodn1KVh0gWjQRAdp3wwYMyMUIaDsu633eC1wdOxoi-9Lnl9st-33TY2NhEIxsA==", "username": "gAAAAABrDL_0hoJPS2khrnkL9EbBK3_lsRyu08FRRfwW9dS6muII6SpAKM7yMWNeu99d3vVT7vAy8BERru1fY5gU7n2-nTe-3I1CMSBOkFFYi5uPMXHCLQ0iUn-L7dTCjYTsXqkvWL_A"}','{"application_password": "8805c0cf2b1093ae29db4ee202cc1e6e", "username": "dc81dffdc26a60a26d987e4e6d2e561c"}','f29ca7d41718afa7b3def7910da5005e364019103db789a6ea13652363434be0','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'a@example.com','A','2026-11-30T00:14:44.689797Z','a@example.com','A','2026-11-30T00:14:44.689797Z',NULL,NULL,NULL);
INSERT INTO "connectors" VALUES('81606dd3-862a-4a9b-b898-169b0587c25f','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','gone','inactive','{"site_url": "https://gone.example.com"}','{"application_password": "gAAAAABrDL_5zuuTAZo92xUEv21PEYNT8vVsdx-IBDZkdxC2IXJkIwqG8YdLZETa99IhFd5hzBUoWK5ZgdKRk0vs_Vrsa7IQ1uRuga0yrrMTC9SKfRAIGicCi5dftw8dLI61PA3Fxk7umv7FAD7EyAGG4nNzjENxHg==", "username": "gAAAAABrDL_5PR60lCXAQ1yEt1jNS9PdygNW-yT9MvW3zkjJ5mUa6BexY3A_XxobspVBlfxmpGQQhm3Ods6kj5DRcACKyraB9D2_8Ah6hBj7UNRfSgOMQ04cYkPOaAbgfK-AXPCBjg_Z"}','{"application_password": "37f08f1f34c7d1b38cc31e110e799da6", "username": "04a8c9ac0a658d6dd7089d432f5044fa"}','c50fcfb0452983c62f5572427ed2ac8f000df1b731e8f9baa3895d7efff2aa6e','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'a@example.com','A','2026-11-30T00:14:49.135571Z','a@example.com','A','2026-11-30T00:14:49.135571Z','a@example.com','A','2026-11-30T00:14:53.131844Z');
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
INSERT INTO "events" VALUES(1,'2026-11-30T00:14:39.897021Z','default','root','a@example.com','tenant.create','default','ok','{}',NULL,'a7e8fa9b5c7e9ec6ab07c238e509f2e668d4750980840b281d4067947029bea0','90039da08704989e29c135b97d7c50f2ae6c6b95ddffa67cd95fc2c990e79bc9','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(2,'2026-11-30T00:14:44.726110Z','default','root','a@example.com','connector.install','blog','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "0dacc723-5145-4092-bac6-5a4d92b044c8", "version": 1}','a7e8fa9b5c7e9ec6ab07c238e509f2e668d4750980840b281d4067947029bea0','0d70f98c6525a37289770a0d2d310fd8cbc892b220254dda5c60535eb28a57d3','e54b1d5d5df3a62a1850c35924a6b473017bee6242237b2dbe7e31b53bb7874c','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(3,'2026-11-30T00:14:49.165150Z','default','root','a@example.com','connector.install','gone','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "81606dd3-862a-4a9b-b898-169b0587c25f", "version": 1}','0d70f98c6525a37289770a0d2d310fd8cbc892b220254dda5c60535eb28a57d3','dad041cdc31c582a687ad03be0d6e8f3eadb2ff7bb8c5cef7c5c1bb4829c9eb9','880c02bd4454752e1de1195683ed4caefc761e82777ecbe722459af5a0fe243f','a4ff2af4b7c2cba4');
INSERT INTO "events" VALUES(4,'2026-11-30T00:14:53.148859Z','default','root','a@example.com','connector.remove','gone','ok','{"id": "81606dd3-862a-4a9b-b898-169b0587c25f"}','dad041cdc31c582a687ad03be0d6e8f3eadb2ff7bb8c5cef7c5c1bb4829c9eb9','de1bdcb1628cc4f4d62b7a381399f9ea5b73d654398d291f3bb08365244ce492',NULL,NULL);
CREATE TABLE keys (
	id VARCHAR(16) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "keys" VALUES('a4ff2af4b7c2cba4','default','active','2026-11-30T00:14:39.882505Z');
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
INSERT INTO "log_heads" VALUES('default',4,'de1bdcb1628cc4f4d62b7a381399f9ea5b73d654398d291f3bb08365244ce492',3,'a913ffd53e7001f4e45518b504860905ef56be3195650efce45cf34258a0c2fa','a4ff2af4b7c2cba4','dad041cdc31c582a687ad03be0d6e8f3eadb2ff7bb8c5cef7c5c1bb4829c9eb9');
CREATE TABLE members (
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, principal), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "members" VALUES('default','alice','owner','2026-11-30T00:14:39.882505Z');
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
INSERT INTO "store_meta" VALUES('schema_version','3');
INSERT INTO "store_meta" VALUES('program_version','0.1.0');
INSERT INTO "store_meta" VALUES('store_id','c58b5b3ab2ca405782645b12c6e637c5');
INSERT INTO "store_meta" VALUES('catalog_stamp','0.1.0-89bdaef0');
CREATE TABLE tenants (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, deleted_at TIMESTAMPTZ, 
	PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('default','default','a@example.com','2026-11-30T00:14:39.882505Z',NULL);
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
