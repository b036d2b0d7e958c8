INSERT INTO scopes (number, name) VALUES (1, 'private:1152921504606846976');
INSERT INTO user_identities (id, name, created_at)
VALUES (1152921504606846976, 'EJ', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO identity_links (kind, address, identity_id, created_at)
VALUES ('discord', 'address of EJ', 1152921504606846976, '2026-11-21T09:05:00.000000+00:00');
INSERT INTO memories (id, owner_kind, owner_id, scope_id, owner_scope_id, trust, tier, content, language,
                      importance, confidence, created_at, valid_from)
VALUES (1152921504606846977, 'person', 1152921504606846976, 1, 1, 'said', 'semantic', 'EJ likes pizza', 'en',
        5, 1.0, '2026-11-21T09:05:00.000000+00:00', '2026-11-21T09:05:00.000000+00:00');
INSERT INTO items_fts (rowid, words) VALUES (1152921504606846977, '0000001ej 0000001like 0000001pizza');
