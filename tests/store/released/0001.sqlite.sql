BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	sequence INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	hook_user TEXT NOT NULL, 
	patient TEXT NOT NULL, 
	hook_instance TEXT NOT NULL, 
	service TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	status INTEGER NOT NULL, 
	knowledge_version TEXT NOT NULL, 
	sources TEXT NOT NULL, 
	cards TEXT NOT NULL, 
	details TEXT NOT NULL, 
	milliseconds INTEGER NOT NULL, 
	previous_hash TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (sequence)
);
INSERT INTO "audit" VALUES(1,'2026-11-22',1795383602317671,'hook','north','ward','Practitioner/HTEST-9','HTEST-1','h-1','leg-soreness','cards',200,'2026.11','[{"key":"patient","came":"prefetch","resources":1},{"key":"labs","came":"fhir-server","resources":12}]','[{"uuid":"c4865eee-a344-4d9f-a2dd-b7589760c8aa","card":"ls-causes","rule":"ls-causes","version":"1.0.0","indicator":"info"}]','{}',12,'','a3e352745a779ca1b99d1d8d1958e2b18ab654f8242385fa1160651b13bf8764');
INSERT INTO "audit" VALUES(2,'2026-11-22',1795383602321593,'hook','north','ward','Practitioner/HTEST-9','HTEST-2','h-2','leg-soreness','cards',200,'2026.11','[{"key":"patient","came":"prefetch","resources":1},{"key":"labs","came":"fhir-server","resources":12}]','[{"uuid":"faf9198c-8cb6-45e8-95d2-d2d01293ad6c","card":"ls-causes","rule":"ls-causes","version":"1.0.0","indicator":"info"}]','{}',12,'a3e352745a779ca1b99d1d8d1958e2b18ab654f8242385fa1160651b13bf8764','8d713d408bf97f5af7ccb291e405e62034ac42e4a48eb3e5b1aed3e13365fc01');
INSERT INTO "audit" VALUES(3,'1970-01-01',6,'feedback','north','ward','','','','leg-soreness','stored',200,'','[]','[{"uuid":"c-1"}]','{"items":1,"repeated":0,"unknownCards":1}',0,'8d713d408bf97f5af7ccb291e405e62034ac42e4a48eb3e5b1aed3e13365fc01','f20be2079fc886c40549620c703cebe578cde945c230af61a0580d2fbb27073d');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	sequence BIGINT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,3,'f20be2079fc886c40549620c703cebe578cde945c230af61a0580d2fbb27073d');
CREATE TABLE card_shown (
	issuer TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	uuid TEXT NOT NULL, 
	service TEXT NOT NULL, 
	patient TEXT NOT NULL, 
	encounter TEXT NOT NULL, 
	hook_instance TEXT NOT NULL, 
	card TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	rule_version TEXT NOT NULL, 
	knowledge_version TEXT NOT NULL, 
	indicator TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	shown_at BIGINT NOT NULL, 
	CONSTRAINT pk_card_shown PRIMARY KEY (issuer, tenant, uuid)
);
INSERT INTO "card_shown" VALUES('north','ward','c4865eee-a344-4d9f-a2dd-b7589760c8aa','leg-soreness','HTEST-1','HTEST-7','h-1','ls-causes','ls-causes','1.0.0','2026.11','info','0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f',1795383602319669);
INSERT INTO "card_shown" VALUES('north','ward','faf9198c-8cb6-45e8-95d2-d2d01293ad6c','leg-soreness','HTEST-2','HTEST-7','h-2','ls-causes','ls-causes','1.0.0','2026.11','info','0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f',1795383602321782);
CREATE TABLE feedback (
	"key" BLOB NOT NULL, 
	issuer TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	service TEXT NOT NULL, 
	card_uuid TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reason_code TEXT, 
	reason_system TEXT, 
	comment TEXT, 
	accepted TEXT, 
	outcome_at BIGINT, 
	received_at BIGINT NOT NULL, 
	known_card BOOLEAN NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY ("key")
);
INSERT INTO "feedback" VALUES(X'01B079DDF5A7AB16C152C86CBFB5434C8C7BA00A6A058552BE5BAA6C4E29983D','north','ward','leg-soreness','c-1','overridden',NULL,NULL,'naïve 日本 🦵',NULL,5,6,0);
CREATE TABLE key_order (
	issuer TEXT NOT NULL, 
	kid TEXT NOT NULL, 
	ordered_at BIGINT NOT NULL, 
	CONSTRAINT pk_key_order PRIMARY KEY (issuer, kid)
);
CREATE TABLE store_fact (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_store_fact PRIMARY KEY (name)
);
INSERT INTO "store_fact" VALUES('pseudonym_key','plain');
INSERT INTO "store_fact" VALUES('tokens_known_since','1795383602');
INSERT INTO "store_fact" VALUES('probed_at','1795383602');
CREATE TABLE used_token (
	digest BLOB NOT NULL, 
	expires BIGINT NOT NULL, 
	CONSTRAINT pk_used_token PRIMARY KEY (digest)
);
INSERT INTO "used_token" VALUES(X'72656C6561736564',2000000000);
CREATE INDEX ix_card_shown_issuer_tenant_patient ON card_shown (issuer, tenant, patient);
CREATE INDEX ix_card_shown_shown_at ON card_shown (shown_at);
CREATE INDEX ix_feedback_issuer_tenant_card_uuid ON feedback (issuer, tenant, card_uuid);
CREATE INDEX ix_feedback_received_at ON feedback (received_at);
CREATE INDEX ix_used_token_expires ON used_token (expires);
CREATE INDEX ix_audit_day ON audit (day);
COMMIT;
