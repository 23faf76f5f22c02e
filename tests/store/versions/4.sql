-- A store as schema version 4 left it; what its tests need is in test_migrations.py.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "connector_catalog" VALUES('08ed2deb-cd51-53b5-a6e6-10f752c0133f','wordpress','WordPress (self-hosted)','Posts and pages on your own WordPress site, through its REST API.','Web','brand-wordpress','basic','{"post_text": true, "post_title": true, "formats": ["html"], "post_image": true, "post_video": true, "draft": true, "schedule": true, "tags": true, "categories": true}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress settings", "description": "The site to publish on.", "type": "object", "properties": {"site_url": {"title": "Site URL", "description": "The site''s address, without a slash at the end.", "type": "string", "minLength": 1, "format": "uri", "pattern": "^https?://[^\\s]+[^/\\s]$", "x-pattern-description": "a web address without a slash at the end", "examples": ["https://blog.example.com"]}, "account_label": {"title": "Account label", "description": "Your own name for this account, shown on its card.", "type": "string", "minLength": 1, "maxLength": 100, "examples": ["Company blog"]}}, "required": ["site_url"], "additionalProperties": false}','{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "WordPress credentials", "description": "A user of the site, with an application password for this program.", "type": "object", "properties": {"username": {"title": "Username", "description": "The user''s login name.", "type": "string", "minLength": 1, "examples": ["alice"]}, "application_password": {"title": "Application password", "description": "Create one in the site''s admin area under Users, Profile, Application Passwords; its spaces do not matter.", "type": "string", "minLength": 8, "writeOnly": true, "examples": ["xxxx xxxx xxxx xxxx xxxx xxxx"]}}, "required": ["username", "application_password"], "additionalProperties": false}','{"grant": "application_password", "authorization_url": "{config.site_url}/wp-admin/authorize-application.php", "authorize_params": {"app_name": "{app.name}", "app_id": "9f2a6f0e-5d1b-4c7e-8a3d-1e6b0c4d7f58"}, "redirect_params": {"success_url": "{app.redirect_uri}", "reject_url": "{app.redirect_uri}&error=access_denied"}, "save": {"auth.username": "user_login", "auth.application_password": "password"}, "site_param": "site_url", "shown": "auth.application_password", "revocation": {"method": "DELETE", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/{step.uuid}", "auth": "send", "steps": [{"method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me/application-passwords/introspect", "auth": "send", "save": {"step.uuid": "uuid"}}]}}','{"protocol": "https", "method": "GET", "url": "{config.site_url}/wp-json/wp/v2/users/me", "send": {"as": "basic", "username": "{auth.username}", "password": "{auth.application_password}"}, "expect_status": 200, "identity": {"id": "id", "label": "name"}, "note": "An answer counts only when it is JSON with an id: security plugins and web servers can drop the Authorization header, or answer a page of HTML with status 200."}','active',NULL,'builtin','5968efabcec3623562d8b90639575b04e565716c475f0e4117bbcee29a647963','2026-11-30T01:24:41.592590Z');
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
	deleted_at TIMESTAMPTZ, revision INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(catalog_id) REFERENCES connector_catalog (id)
);
INSERT INTO "connectors" VALUES('53acce72-40e6-4115-9b7e-fb82b89a09f5','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','blog','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrDNBZMZt5sBGw3R7xusG5FbLLkK8uSArmWSKTb8byVCmwQ0quOlQLMzPMKAarA_xcaueaZVLmnMj7JYRORnIKPD9pERttO9-f0KxBlya61zCE9gKBNuoAyXBzsULGd5tzjjHVJxB_yR0Sj1OfOpCVCN7oJw==", "username": "gAAAAABrDNBZn_D5y6UbijWrM_fKXtsCrPkiarCWvfuvIJY8vuoNDqP1izNLDMrjOKdTCJgILlVU_zBPJhPL93fmsZqX385CvdLLMMQ-o4FBlPz21vp5G3g8eLgmKIl-hEw32vwNKO1p"}','{"application_password": "4bab5dcf210aff471a82afc9f2098c7b", "username": "bbe2265ccf7bbe7ebde99fd00b7c3c7c"}','2:BBXrWzPNzpSuQ5ZFdqoAr-D_99_AHr5q6Dwb_N2bL4k=','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'maintainers@users.noreply.r-seed-6a1dcf56.example','Seed 6a1dcf56 maintainers','2026-11-30T01:24:41.758337Z','maintainers@users.noreply.r-seed-6a1dcf56.example','Seed 6a1dcf56 maintainers','2026-11-30T01:24:41.758337Z',NULL,NULL,NULL,1);
INSERT INTO "connectors" VALUES('a9f51f4a-2c57-4fc9-95c5-e18265badba5','default','08ed2deb-cd51-53b5-a6e6-10f752c0133f','gone','active','{"site_url": "https://blog.example.com"}','{"application_password": "gAAAAABrDNBcKc9wbD2X9D5HUDejKutplQxOtdlmaqyMygu4FrcyxYrK_BpStSfwXWc2TN1uf6aGWyb9ykqQEuaaUYVsJGjacR8A2zTxS5a2RFjjstg3cXtH7zwPs6izhmukqBB5PCkv6vuEKCt8g883OeKoVTbLpQ==", "username": "gAAAAABrDNBcide6NleQd_jUl6lX9HhmNE8mlEv0F7Am3hMtQavjyz8ysmPa4ZJ2YFvmCgLxamtDyyI0veCs8q2EM9gZQKOax011pvl-Cj8AW-_v_BiDQBrpLOCWVbKF-JyT-sNoM2TA"}','{"application_password": "dd99dba40a19cbc9f6c765a5d36ec005", "username": "7362c47b8be957e8907edb2031a46f23"}','2:nCAba754AogRjKRIrPl084mAenJeE6Kh1stynarDZQg=','a4ff2af4b7c2cba4','[]',1,NULL,NULL,'maintainers@users.noreply.r-seed-6a1dcf56.example','Seed 6a1dcf56 maintainers','2026-11-30T01:24:44.512590Z','maintainers@users.noreply.r-seed-6a1dcf56.example','Seed 6a1dcf56 maintainers','2026-11-30T01:24:44.512590Z','maintainers@users.noreply.r-seed-6a1dcf56.example','Seed 6a1dcf56 maintainers','2026-11-30T01:24:46.930523Z',2);
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
INSERT INTO "events" VALUES(1,'2026-11-30T01:24:41.671872Z','default','root','maintainers@users.noreply.r-seed-6a1dcf56.example','tenant.create','default','ok','{}',NULL,'11e84077a012947cdde764596db45ab0b2e42683e82c5984eabb7b31ebd44e11','74651d65f19072023c766bdfb2c327fb0d8e676568c0edd5ca3e1fb0530ce56b','a4ff2af4b7c2cba4',NULL,NULL);
INSERT INTO "events" VALUES(2,'2026-11-30T01:24:41.772555Z','default','root','maintainers@users.noreply.r-seed-6a1dcf56.example','connector.install','blog','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "53acce72-40e6-4115-9b7e-fb82b89a09f5", "version": 1, "revision": 1}','11e84077a012947cdde764596db45ab0b2e42683e82c5984eabb7b31ebd44e11','fcc33a848e4743093bf414182fe7295495d5263f38d66100224dacc340ee1141','b40bf1d393f8cd758a0d3ef50a6b5b51d1b37f23a4149335e4ce7b41fc28a664','a4ff2af4b7c2cba4','53acce72-40e6-4115-9b7e-fb82b89a09f5',1);
INSERT INTO "events" VALUES(3,'2026-11-30T01:24:44.534960Z','default','root','maintainers@users.noreply.r-seed-6a1dcf56.example','connector.install','gone','ok','{"type": "wordpress", "change": "installed", "fields": [], "id": "a9f51f4a-2c57-4fc9-95c5-e18265badba5", "version": 1, "revision": 1}','fcc33a848e4743093bf414182fe7295495d5263f38d66100224dacc340ee1141','41aeb2e4fc21992199f9cbbe149c9a89887202348880efd1da8fc9687eadb936','815e5d53f5ffd97ad5e56f8e3e671debea3fcfa16dfc388b3eb868a17caabefb','a4ff2af4b7c2cba4','a9f51f4a-2c57-4fc9-95c5-e18265badba5',1);
INSERT INTO "events" VALUES(4,'2026-11-30T01:24:46.941710Z','default','root','maintainers@users.noreply.r-seed-6a1dcf56.example','connector.remove','gone','ok','{"id": "a9f51f4a-2c57-4fc9-95c5-e18265badba5", "revision": 2}','41aeb2e4fc21992199f9cbbe149c9a89887202348880efd1da8fc9687eadb936','f32777c9a68d90a60530e2b79516eaa53aa6ff1ab138911a975758a74fdae1f3','79a7af8c87f6315719dbef8a4649ea6e37d75f6809358c2a3861fc106c708ed1','a4ff2af4b7c2cba4','a9f51f4a-2c57-4fc9-95c5-e18265badba5',2);
CREATE TABLE keys (
	id VARCHAR(16) NOT NULL, 
	tenant_id VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "keys" VALUES('a4ff2af4b7c2cba4','default','active','2026-11-30T01:24:41.649498Z');
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
INSERT INTO "log_heads" VALUES('default',4,'f32777c9a68d90a60530e2b79516eaa53aa6ff1ab138911a975758a74fdae1f3',4,'c0678f47533e9b623a239382795cde77c02e7b5efc836c9bf8135d0ae015a07d','a4ff2af4b7c2cba4','f32777c9a68d90a60530e2b79516eaa53aa6ff1ab138911a975758a74fdae1f3');
CREATE TABLE members (
	tenant_id VARCHAR(64) NOT NULL, 
	principal VARCHAR(255) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, 
	PRIMARY KEY (tenant_id, principal), 
	FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "members" VALUES('default','alice','owner','2026-11-30T01:24:41.649498Z');
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
INSERT INTO "store_meta" VALUES('schema_version','4');
INSERT INTO "store_meta" VALUES('program_version','0.1.0');
INSERT INTO "store_meta" VALUES('store_id','7ab14654fa8346f6b1f1ef43ee3acda6');
INSERT INTO "store_meta" VALUES('catalog_stamp','0.1.0-b074cd11');
CREATE TABLE tenants (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	created_by_email VARCHAR(255) NOT NULL, 
	created_at TIMESTAMPTZ NOT NULL, deleted_at TIMESTAMPTZ, 
	PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('default','default','maintainers@users.noreply.r-seed-6a1dcf56.example','2026-11-30T01:24:41.649498Z',NULL);
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
