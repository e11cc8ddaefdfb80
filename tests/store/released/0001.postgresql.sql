SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.audit (
    sequence bigint NOT NULL,
    day text NOT NULL,
    at bigint NOT NULL,
    event text NOT NULL,
    issuer text NOT NULL,
    tenant text NOT NULL,
    hook_user text NOT NULL,
    patient text NOT NULL,
    hook_instance text NOT NULL,
    service text NOT NULL,
    outcome text NOT NULL,
    status integer NOT NULL,
    knowledge_version text NOT NULL,
    sources text NOT NULL,
    cards text NOT NULL,
    details text NOT NULL,
    milliseconds integer NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);
CREATE TABLE public.audit_head (
    id integer NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL
);
CREATE TABLE public.card_shown (
    issuer text NOT NULL,
    tenant text NOT NULL,
    uuid text NOT NULL,
    service text NOT NULL,
    patient text NOT NULL,
    encounter text NOT NULL,
    hook_instance text NOT NULL,
    card text NOT NULL,
    rule text NOT NULL,
    rule_version text NOT NULL,
    knowledge_version text NOT NULL,
    indicator text NOT NULL,
    fingerprint text NOT NULL,
    shown_at bigint NOT NULL
);
CREATE TABLE public.feedback (
    key bytea NOT NULL,
    issuer text NOT NULL,
    tenant text NOT NULL,
    service text NOT NULL,
    card_uuid text NOT NULL,
    outcome text NOT NULL,
    reason_code text,
    reason_system text,
    comment text,
    accepted text,
    outcome_at bigint,
    received_at bigint NOT NULL,
    known_card boolean NOT NULL
);
CREATE TABLE public.key_order (
    issuer text NOT NULL,
    kid text NOT NULL,
    ordered_at bigint NOT NULL
);
CREATE TABLE public.store_fact (
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.used_token (
    digest bytea NOT NULL,
    expires bigint NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.audit VALUES (1, '2026-11-22', 1795383603266192, 'hook', 'north', 'ward', 'Practitioner/HTEST-9', 'HTEST-1', 'h-1', 'leg-soreness', 'cards', 200, '2026.11', '[{"key":"patient","came":"prefetch","resources":1},{"key":"labs","came":"fhir-server","resources":12}]', '[{"uuid":"a4810125-b01b-4d80-8670-48aeb8cc473a","card":"ls-causes","rule":"ls-causes","version":"1.0.0","indicator":"info"}]', '{}', 12, '', 'ba1fe5313ca4575b34ce0d165446b2c33b26d661843990241749212e6b4ea915');
INSERT INTO public.audit VALUES (2, '2026-11-22', 1795383603271684, 'hook', 'north', 'ward', 'Practitioner/HTEST-9', 'HTEST-2', 'h-2', 'leg-soreness', 'cards', 200, '2026.11', '[{"key":"patient","came":"prefetch","resources":1},{"key":"labs","came":"fhir-server","resources":12}]', '[{"uuid":"026c160c-98df-490c-8f8b-fdc92ce4f6ba","card":"ls-causes","rule":"ls-causes","version":"1.0.0","indicator":"info"}]', '{}', 12, 'ba1fe5313ca4575b34ce0d165446b2c33b26d661843990241749212e6b4ea915', 'd724561185da0a0a0c5ef187f78bfbb95cf29f9298b95195495db0b16ec86bf7');
INSERT INTO public.audit VALUES (3, '1970-01-01', 6, 'feedback', 'north', 'ward', '', '', '', 'leg-soreness', 'stored', 200, '', '[]', '[{"uuid":"c-1"}]', '{"items":1,"repeated":0,"unknownCards":1}', 0, 'd724561185da0a0a0c5ef187f78bfbb95cf29f9298b95195495db0b16ec86bf7', '5539f6292399ec6c53b48b8745c9f7c35b0fac6771d8c5ce78a35b70cf879efc');
INSERT INTO public.audit_head VALUES (1, 3, '5539f6292399ec6c53b48b8745c9f7c35b0fac6771d8c5ce78a35b70cf879efc');
INSERT INTO public.card_shown VALUES ('north', 'ward', 'a4810125-b01b-4d80-8670-48aeb8cc473a', 'leg-soreness', 'HTEST-1', 'HTEST-7', 'h-1', 'ls-causes', 'ls-causes', '1.0.0', '2026.11', 'info', '0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f', 1795383603268821);
INSERT INTO public.card_shown VALUES ('north', 'ward', '026c160c-98df-490c-8f8b-fdc92ce4f6ba', 'leg-soreness', 'HTEST-2', 'HTEST-7', 'h-2', 'ls-causes', 'ls-causes', '1.0.0', '2026.11', 'info', '0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f', 1795383603272249);
INSERT INTO public.feedback VALUES ('\x01b079ddf5a7ab16c152c86cbfb5434c8c7ba00a6a058552be5baa6c4e29983d', 'north', 'ward', 'leg-soreness', 'c-1', 'overridden', NULL, NULL, 'naïve 日本 🦵', NULL, 5, 6, false);
INSERT INTO public.store_fact VALUES ('pseudonym_key', 'plain');
INSERT INTO public.store_fact VALUES ('tokens_known_since', '1795383603');
INSERT INTO public.store_fact VALUES ('probed_at', '1795383603');
INSERT INTO public.used_token VALUES ('\x72656c6561736564', 2000000000);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (sequence);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT pk_audit_head PRIMARY KEY (id);
ALTER TABLE ONLY public.card_shown
    ADD CONSTRAINT pk_card_shown PRIMARY KEY (issuer, tenant, uuid);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT pk_feedback PRIMARY KEY (key);
ALTER TABLE ONLY public.key_order
    ADD CONSTRAINT pk_key_order PRIMARY KEY (issuer, kid);
ALTER TABLE ONLY public.store_fact
    ADD CONSTRAINT pk_store_fact PRIMARY KEY (name);
ALTER TABLE ONLY public.used_token
    ADD CONSTRAINT pk_used_token PRIMARY KEY (digest);
CREATE INDEX ix_audit_day ON public.audit USING btree (day);
CREATE INDEX ix_card_shown_issuer_tenant_patient ON public.card_shown USING btree (issuer, tenant, patient);
CREATE INDEX ix_card_shown_shown_at ON public.card_shown USING btree (shown_at);
CREATE INDEX ix_feedback_issuer_tenant_card_uuid ON public.feedback USING btree (issuer, tenant, card_uuid);
CREATE INDEX ix_feedback_received_at ON public.feedback USING btree (received_at);
CREATE INDEX ix_used_token_expires ON public.used_token USING btree (expires);
