-- A memory as the first release wrote it, by its own code; `PRAGMA user_version` and the index words with it.
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE prompts (
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_prompts PRIMARY KEY (name)
);
CREATE TABLE queue (
	id INTEGER NOT NULL, 
	type VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	respond_to VARCHAR NOT NULL, 
	item_id INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	text VARCHAR, 
	platform_id VARCHAR, 
	attempts INTEGER NOT NULL, 
	lease_until VARCHAR(32), 
	due_at VARCHAR(32) NOT NULL, 
	idempotency_key VARCHAR NOT NULL, 
	error VARCHAR, 
	created_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	CONSTRAINT pk_queue PRIMARY KEY (id), 
	CONSTRAINT uq_queue_idempotency_key UNIQUE (idempotency_key), 
	CONSTRAINT ck_queue_job_type CHECK (type IN ('delivery', 'notice')), 
	CONSTRAINT ck_queue_job_state CHECK (state IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT ck_queue_channel CHECK (channel IN ('console', 'discord', 'email'))
);
CREATE TABLE scopes (
	number INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT pk_scopes PRIMARY KEY (number), 
	CONSTRAINT uq_scopes_name UNIQUE (name)
);
CREATE TABLE user_identities (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_user_identities PRIMARY KEY (id)
);
CREATE TABLE user_sessions (
	id INTEGER NOT NULL, 
	place_key VARCHAR NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	last_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), 
	conversation_from INTEGER NOT NULL, 
	CONSTRAINT pk_user_sessions PRIMARY KEY (id)
);
CREATE TABLE identity_links (
	kind VARCHAR(16) NOT NULL, 
	address VARCHAR NOT NULL, 
	identity_id INTEGER NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_identity_links PRIMARY KEY (kind, address), 
	CONSTRAINT fk_identity_links_identity_id FOREIGN KEY(identity_id) REFERENCES user_identities (id), 
	CONSTRAINT ck_identity_links_channel CHECK (kind IN ('console', 'discord', 'email'))
);
CREATE TABLE memories (
	id INTEGER NOT NULL, 
	owner_kind VARCHAR(16) NOT NULL, 
	owner_id INTEGER NOT NULL, 
	scope_id INTEGER NOT NULL, 
	owner_scope_id INTEGER NOT NULL, 
	trust VARCHAR(16) NOT NULL, 
	tier VARCHAR(16) NOT NULL, 
	content VARCHAR NOT NULL CONSTRAINT ck_memories_content CHECK (length(content) <= 4000), 
	language VARCHAR NOT NULL, 
	importance INTEGER NOT NULL CONSTRAINT ck_memories_importance CHECK (importance BETWEEN 1 AND 10), 
	confidence FLOAT NOT NULL CONSTRAINT ck_memories_confidence CHECK (confidence BETWEEN 0 AND 1), 
	source INTEGER, 
	created_at VARCHAR(32) NOT NULL, 
	valid_from VARCHAR(32) NOT NULL, 
	superseded_at VARCHAR(32), 
	superseded_by INTEGER, 
	CONSTRAINT pk_memories PRIMARY KEY (id), 
	CONSTRAINT fk_memories_owner_id FOREIGN KEY(owner_id) REFERENCES user_identities (id), 
	CONSTRAINT fk_memories_owner_scope_id FOREIGN KEY(owner_scope_id) REFERENCES scopes (number), 
	CONSTRAINT fk_memories_scope_id FOREIGN KEY(scope_id) REFERENCES scopes (number), 
	CONSTRAINT ck_memories_owner_kind CHECK (owner_kind IN ('person', 'agent')), 
	CONSTRAINT ck_memories_trust CHECK (trust IN ('said', 'derived', 'external')), 
	CONSTRAINT ck_memories_tier CHECK (tier IN ('working', 'episodic', 'semantic', 'shared'))
);
CREATE TABLE messages (
	id INTEGER NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	external_id VARCHAR, 
	direction VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	owner_kind VARCHAR(16) NOT NULL, 
	owner_id INTEGER NOT NULL, 
	scope_id INTEGER NOT NULL, 
	owner_scope_id INTEGER NOT NULL, 
	trust VARCHAR(16) NOT NULL, 
	session_id INTEGER NOT NULL, 
	turn_id INTEGER, 
	response_id INTEGER, 
	attempts INTEGER NOT NULL, 
	content VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	attachments VARCHAR NOT NULL, 
	notices VARCHAR NOT NULL, 
	receipt VARCHAR NOT NULL, 
	prompt_name VARCHAR, 
	prompt_version INTEGER, 
	created_at VARCHAR(32) NOT NULL, 
	forgotten_at VARCHAR(32), 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT fk_messages_owner_id FOREIGN KEY(owner_id) REFERENCES user_identities (id), 
	CONSTRAINT fk_messages_owner_scope_id FOREIGN KEY(owner_scope_id) REFERENCES scopes (number), 
	CONSTRAINT fk_messages_scope_id FOREIGN KEY(scope_id) REFERENCES scopes (number), 
	CONSTRAINT fk_messages_session_id FOREIGN KEY(session_id) REFERENCES user_sessions (id), 
	CONSTRAINT uq_messages_channel_external_id UNIQUE (channel, external_id), 
	CONSTRAINT ck_messages_channel CHECK (channel IN ('console', 'discord', 'email')), 
	CONSTRAINT ck_messages_direction CHECK (direction IN ('in', 'out')), 
	CONSTRAINT ck_messages_message_state CHECK (state IN ('received', 'answering', 'done', 'declined', 'streaming')), 
	CONSTRAINT ck_messages_owner_kind CHECK (owner_kind IN ('person', 'agent')), 
	CONSTRAINT ck_messages_trust CHECK (trust IN ('said', 'derived', 'external'))
);
CREATE TABLE model_usage_stats (
	id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	turn_id INTEGER NOT NULL, 
	identity_id INTEGER NOT NULL, 
	guild VARCHAR, 
	model VARCHAR NOT NULL, 
	reserved_input_tokens INTEGER NOT NULL, 
	reserved_output_tokens INTEGER NOT NULL, 
	input_tokens INTEGER, 
	cached_input_tokens INTEGER, 
	output_tokens INTEGER, 
	cost_usd FLOAT, 
	created_at VARCHAR(32) NOT NULL, 
	settled_at VARCHAR(32), 
	CONSTRAINT pk_model_usage_stats PRIMARY KEY (id), 
	CONSTRAINT fk_model_usage_stats_identity_id FOREIGN KEY(identity_id) REFERENCES user_identities (id), 
	CONSTRAINT ck_model_usage_stats_usage_state CHECK (state IN ('reserved', 'settled', 'released'))
);
CREATE TABLE prompt_history (
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	category VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	variables VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_prompt_history PRIMARY KEY (name, version), 
	CONSTRAINT fk_prompt_history_name FOREIGN KEY(name) REFERENCES prompts (name)
);
CREATE TABLE prompt_parts (
	owner_id INTEGER NOT NULL, 
	hash VARCHAR NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	text VARCHAR NOT NULL, 
	item_id INTEGER, 
	CONSTRAINT pk_prompt_parts PRIMARY KEY (owner_id, hash), 
	CONSTRAINT fk_prompt_parts_owner_id FOREIGN KEY(owner_id) REFERENCES user_identities (id), 
	CONSTRAINT ck_prompt_parts_part_kind CHECK (kind IN ('schema', 'system', 'line', 'reply', 'recalled', 'frame', 'words', 'call', 'result'))
);
CREATE TABLE steps (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	turn_id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	capability VARCHAR NOT NULL, 
	arguments VARCHAR NOT NULL, 
	effect VARCHAR, 
	result VARCHAR, 
	success BOOLEAN, 
	duration_ms INTEGER, 
	created_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_steps PRIMARY KEY (id), 
	CONSTRAINT fk_steps_owner_id FOREIGN KEY(owner_id) REFERENCES user_identities (id), 
	CONSTRAINT uq_steps_key UNIQUE ("key")
);
CREATE TABLE user_preferences (
	identity_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_user_preferences PRIMARY KEY (identity_id, name), 
	CONSTRAINT fk_user_preferences_identity_id FOREIGN KEY(identity_id) REFERENCES user_identities (id)
);
CREATE TABLE recalls (
	reply_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	step_id INTEGER, 
	score FLOAT NOT NULL, 
	reason VARCHAR NOT NULL, 
	CONSTRAINT pk_recalls PRIMARY KEY (reply_id, item_id), 
	CONSTRAINT fk_recalls_reply_id FOREIGN KEY(reply_id) REFERENCES messages (id)
);
CREATE VIRTUAL TABLE items_fts USING fts5(words, content='item_words', content_rowid='id', tokenize='ascii');
CREATE VIRTUAL TABLE items_vocab USING fts5vocab('items_fts', 'row');
CREATE VIEW item_words AS
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM memories
UNION ALL
SELECT id, keyed_words(content, language, scope_id, owner_scope_id) AS words FROM messages
WHERE content <> '';
CREATE INDEX ix_queue_due ON queue (state, due_at);
CREATE INDEX ix_queue_item_id ON queue (item_id);
CREATE INDEX ix_queue_respond_to ON queue (respond_to, state);
CREATE INDEX ix_user_sessions_place_key ON user_sessions (place_key);
CREATE INDEX ix_identity_links_identity_id ON identity_links (identity_id);
CREATE INDEX ix_memories_owner_scope_id ON memories (owner_scope_id);
CREATE INDEX ix_memories_scope_id ON memories (scope_id);
CREATE INDEX ix_memories_superseded_by ON memories (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX ix_memories_source ON memories (source) WHERE source IS NOT NULL;
CREATE INDEX ix_messages_owner_scope_id ON messages (owner_scope_id);
CREATE INDEX ix_messages_scope_id ON messages (scope_id);
CREATE INDEX ix_messages_session_id ON messages (session_id, id);
CREATE INDEX ix_messages_turn_id ON messages (turn_id);
CREATE INDEX ix_messages_unanswered ON messages (channel) WHERE state IN ('received', 'answering');
CREATE INDEX ix_model_usage_stats_reserved ON model_usage_stats (state) WHERE state = 'reserved';
CREATE INDEX ix_model_usage_stats_turn_id ON model_usage_stats (turn_id);
CREATE INDEX ix_prompt_parts_item_id ON prompt_parts (item_id);
CREATE INDEX ix_steps_effect ON steps (effect) WHERE effect IS NOT NULL;
CREATE INDEX ix_steps_turn_id ON steps (turn_id);
CREATE INDEX ix_recalls_item_id ON recalls (item_id);
INSERT INTO alembic_version (version_num)
VALUES ('0001');
INSERT INTO queue (id, type, state, channel, respond_to, item_id, part, attempts, due_at, idempotency_key, created_at)
VALUES (455952511795200007, 'delivery', 'pending', 'discord', 'discord:dm of EJ', 455952511795200006, 0, 0, '2026-11-21T09:05:00.000000+00:00', 'delivery:455952511795200006:0', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO queue (id, type, state, channel, respond_to, item_id, part, attempts, due_at, idempotency_key, created_at)
VALUES (455952511795200015, 'delivery', 'pending', 'discord', 'discord:dm of EJ', 455952511795200014, 0, 0, '2026-11-21T09:05:00.000000+00:00', 'delivery:455952511795200014:0', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO queue (id, type, state, channel, respond_to, item_id, part, attempts, due_at, idempotency_key, created_at)
VALUES (455952511795200016, 'delivery', 'pending', 'discord', 'discord:dm of EJ', 455952511795200014, 1, 0, '2026-11-21T09:05:00.000000+00:00', 'delivery:455952511795200014:1', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO queue (id, type, state, channel, respond_to, item_id, part, attempts, due_at, idempotency_key, created_at)
VALUES (455952511795200023, 'delivery', 'pending', 'discord', 'discord:general', 455952511795200022, 0, 0, '2026-11-21T09:05:00.000000+00:00', 'delivery:455952511795200022:0', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO queue (id, type, state, channel, respond_to, item_id, part, text, attempts, due_at, idempotency_key, created_at)
VALUES (455952511795200029, 'notice', 'pending', 'discord', 'discord:dm of EJ', 455952511795200030, 0, 'a notice', 0, '2026-11-21T09:05:00.000000+00:00', 'notice:1', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO scopes (number, name)
VALUES (1, 'private:455952511795200000');
INSERT INTO scopes (number, name)
VALUES (2, 'guild:guild');
INSERT INTO scopes (number, name)
VALUES (3, 'private:455952511795200001');
INSERT INTO scopes (number, name)
VALUES (4, 'channel:staff');
INSERT INTO user_identities (id, name, created_at)
VALUES (455952511795200000, 'EJ', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO user_identities (id, name, created_at)
VALUES (455952511795200001, 'Bo', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO user_sessions (id, place_key, started_at, last_at, conversation_from)
VALUES (455952511795200003, 'discord:dm of EJ', '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00', 0);
INSERT INTO user_sessions (id, place_key, started_at, last_at, conversation_from)
VALUES (455952511795200019, 'discord:general', '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00', 0);
INSERT INTO identity_links (kind, address, identity_id, created_at)
VALUES ('discord', 'address of EJ', 455952511795200000, '2026-11-21T09:05:00.000000+00:00');
INSERT INTO identity_links (kind, address, identity_id, created_at)
VALUES ('discord', 'address of Bo', 455952511795200001, '2026-11-21T09:05:00.000000+00:00');
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language, importance, confidence, source, created_at, valid_from, superseded_at, superseded_by)
VALUES (455952511795200009, 'person', 455952511795200000, 1, 1, 'said', 'semantic', 'EJ likes pizza', 'en', 5, 1.0, 455952511795200004, '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00', 455952511795200017);
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language, importance, confidence, created_at, valid_from)
VALUES (455952511795200017, 'person', 455952511795200000, 1, 1, 'said', 'semantic', 'EJ likes Grüße aus Napoli, not pizza', 'en', 5, 1.0, '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language, importance, confidence, created_at, valid_from)
VALUES (455952511795200024, 'person', 455952511795200001, 4, 3, 'external', 'episodic', 'the staff meets on Tuesday', 'en', 8, 0.5, '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, external_id, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, response_id, attempts, content, language, attachments, notices, receipt, created_at)
VALUES (455952511795200004, 'discord', 'external 1', 'in', 'done', 'person', 455952511795200000, 1, 1, 'said', 455952511795200003, 455952511795200005, 455952511795200006, 1, 'remember that I like pizza', 'en', '[]', '[]', '[]', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, attempts, content, language, attachments, notices, receipt, prompt_name, prompt_version, created_at)
VALUES (455952511795200006, 'discord', 'out', 'done', 'person', 455952511795200000, 1, 1, 'derived', 455952511795200003, 455952511795200005, 0, 'I''ll remember that: EJ likes pizza.', 'en', '[]', '["memory updated"]', '["6aed5d1ac4a198f89ca6a1c911a83b97c11b9dbda51f326ae77c3c916cc98e8f"]', 'ember', 1, '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, external_id, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, response_id, attempts, content, language, attachments, notices, receipt, created_at)
VALUES (455952511795200012, 'discord', 'external 2', 'in', 'done', 'person', 455952511795200000, 1, 1, 'said', 455952511795200003, 455952511795200013, 455952511795200014, 1, 'what do I like?', 'en', '[]', '[]', '[]', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, attempts, content, language, attachments, notices, receipt, prompt_name, prompt_version, created_at)
VALUES (455952511795200014, 'discord', 'out', 'done', 'person', 455952511795200000, 1, 1, 'derived', 455952511795200003, 455952511795200013, 0, 'You like pizza.', 'en', '[]', '[]', '["08649a1b5e8e2ab1d0f0d98400388b1014e17b64cdcf4ce2abb1da22d17e1f1f","6727567cc01b5eb26724b1e1f2c8c6bbca4a4ecb525a9b92014525befeda7f5d"]', 'ember', 1, '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, external_id, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, response_id, attempts, content, language, attachments, notices, receipt, created_at)
VALUES (455952511795200020, 'discord', 'external 3', 'in', 'done', 'person', 455952511795200001, 2, 3, 'said', 455952511795200019, 455952511795200021, 455952511795200022, 1, 'the secret word is tulip', 'en', '[]', '[]', '[]', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, turn_id, attempts, content, language, attachments, notices, receipt, created_at)
VALUES (455952511795200022, 'discord', 'out', 'done', 'person', 455952511795200001, 2, 3, 'derived', 455952511795200019, 455952511795200021, 0, 'Noted.', 'en', '[]', '[]', '[]', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO messages (id, channel, external_id, direction, state, owner_kind, owner_id, scope_id, owner_scope_id, trust, session_id, attempts, content, language, attachments, notices, receipt, created_at)
VALUES (455952511795200028, 'discord', 'external 4', 'in', 'received', 'person', 455952511795200000, 1, 1, 'said', 455952511795200003, 0, 'and nobody has answered this', 'en', '[]', '[]', '[]', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO prompt_parts (owner_id, hash, kind, text, item_id)
VALUES (455952511795200000, '6aed5d1ac4a198f89ca6a1c911a83b97c11b9dbda51f326ae77c3c916cc98e8f', 'words', 'remember that I like pizza', 455952511795200004);
INSERT INTO prompt_parts (owner_id, hash, kind, text, item_id)
VALUES (455952511795200000, '08649a1b5e8e2ab1d0f0d98400388b1014e17b64cdcf4ce2abb1da22d17e1f1f', 'recalled', 'EJ likes pizza', 455952511795200009);
INSERT INTO prompt_parts (owner_id, hash, kind, text, item_id)
VALUES (455952511795200000, '6727567cc01b5eb26724b1e1f2c8c6bbca4a4ecb525a9b92014525befeda7f5d', 'line', 'remember that I like pizza', 455952511795200004);
INSERT INTO steps (id, key, turn_id, owner_id, capability, arguments, effect, created_at)
VALUES (455952511795200008, 'step key', 455952511795200005, 455952511795200000, 'remember', '{"what":"EJ likes pizza"}', '455952511795200009', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO recalls (reply_id, item_id, score, reason)
VALUES (455952511795200014, 455952511795200009, 0.9, 'pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200009, '0000001ej 0000001like 0000001pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200017, '0000001ej 0000001like 0000001gruss 0000001aus 0000001napoli 0000001not 0000001pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200024, '0000004the 0000004staff 0000004meet 0000004on 0000004tuesday 0000003the 0000003staff 0000003meet 0000003on 0000003tuesday');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200004, '0000001rememb 0000001that 0000001i 0000001like 0000001pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200006, '0000001ill 0000001rememb 0000001that 0000001ej 0000001like 0000001pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200012, '0000001what 0000001do 0000001i 0000001like');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200014, '0000001you 0000001like 0000001pizza');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200020, '0000002the 0000002secret 0000002word 0000002is 0000002tulip 0000003the 0000003secret 0000003word 0000003is 0000003tulip');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200022, '0000002note 0000003note');
INSERT INTO items_fts (rowid, words) VALUES (455952511795200028, '0000001and 0000001nobodi 0000001has 0000001answer 0000001this');
PRAGMA user_version = 1;
