-- The first schema. This file is frozen: a later change is a new file with the next number.
--
-- Ids are the sixteen bytes of a UUID version 7; times are milliseconds since 1970. No foreign key
-- is deferred, since jobs share a transaction and a deferred one would fail its neighbours too.

CREATE TABLE conversations (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    title TEXT NOT NULL,
    model TEXT,
    head BLOB REFERENCES messages (id) ON DELETE SET NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;

CREATE INDEX conversations_by_update ON conversations (updated, id);
CREATE INDEX conversations_by_head ON conversations (head) WHERE head IS NOT NULL;

-- A parent is not removed by cascade: a chain longer than SQLite's limit of nested triggers (1000)
-- could then not be deleted. All messages of a conversation go in one statement instead.
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    conversation BLOB NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent BLOB,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    model TEXT,
    ran_on TEXT,
    usage TEXT,
    fault TEXT,
    text TEXT NOT NULL,
    reasoning TEXT,
    UNIQUE (conversation, id),
    FOREIGN KEY (conversation, parent) REFERENCES messages (conversation, id)
) STRICT;

CREATE INDEX messages_by_parent ON messages (conversation, parent);
CREATE INDEX messages_in_writing ON messages (id) WHERE state = 'writing';

-- Full-text search keeps no second copy of the texts. An answer is indexed when it has ended:
-- indexing each new piece of a growing text would cost its whole length every time.
CREATE VIEW searchable_messages AS SELECT seq, text FROM messages WHERE state <> 'writing';

CREATE VIRTUAL TABLE message_words USING fts5 (
    text,
    content = 'searchable_messages',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER messages_added AFTER INSERT ON messages WHEN new.state <> 'writing' BEGIN
    INSERT INTO message_words (rowid, text) VALUES (new.seq, new.text);
END;

CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.state <> 'writing' BEGIN
    INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', old.seq, old.text);
END;

CREATE TRIGGER messages_changed AFTER UPDATE OF text, state ON messages
WHEN old.state <> 'writing' OR new.state <> 'writing' BEGIN
    INSERT INTO message_words (message_words, rowid, text)
        SELECT 'delete', old.seq, old.text WHERE old.state <> 'writing';
    INSERT INTO message_words (rowid, text)
        SELECT new.seq, new.text WHERE new.state <> 'writing';
END;

CREATE VIRTUAL TABLE title_words USING fts5 (
    title,
    content = 'conversations',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER titles_added AFTER INSERT ON conversations BEGIN
    INSERT INTO title_words (rowid, title) VALUES (new.seq, new.title);
END;

CREATE TRIGGER titles_removed AFTER DELETE ON conversations BEGIN
    INSERT INTO title_words (title_words, rowid, title) VALUES ('delete', old.seq, old.title);
END;

CREATE TRIGGER titles_changed AFTER UPDATE OF title ON conversations BEGIN
    INSERT INTO title_words (title_words, rowid, title) VALUES ('delete', old.seq, old.title);
    INSERT INTO title_words (rowid, title) VALUES (new.seq, new.title);
END;

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The secret of a token is never kept, only its SHA-256.
CREATE TABLE tokens (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    label TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER,
    expires INTEGER,
    revoked INTEGER
) STRICT;

-- AUTOINCREMENT: an id is never used again, so that a reader who follows the log misses nothing.
CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    level INTEGER NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    fields TEXT
) STRICT;

CREATE INDEX logs_by_time ON logs (at);
CREATE INDEX logs_by_source ON logs (source, id);
