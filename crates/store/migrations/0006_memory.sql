-- What the AI knows about the person and from documents; notes and reminders. This file is frozen: a
-- later change is a new file.

-- Where something was learned is kept by name only: the memory stays when its source is deleted.
CREATE TABLE memories (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    source_conversation BLOB CHECK (length(source_conversation) = 16),
    source_message BLOB CHECK (length(source_message) = 16),
    source_document BLOB CHECK (length(source_document) = 16),
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    used INTEGER,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX memories_by_update ON memories (updated, id);

CREATE VIRTUAL TABLE memory_words USING fts5 (
    text,
    content = 'memories',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER memories_added AFTER INSERT ON memories BEGIN
    INSERT INTO memory_words (rowid, text) VALUES (new.seq, new.text);
END;

CREATE TRIGGER memories_removed AFTER DELETE ON memories BEGIN
    INSERT INTO memory_words (memory_words, rowid, text) VALUES ('delete', old.seq, old.text);
END;

CREATE TRIGGER memories_changed AFTER UPDATE OF text ON memories BEGIN
    INSERT INTO memory_words (memory_words, rowid, text) VALUES ('delete', old.seq, old.text);
    INSERT INTO memory_words (rowid, text) VALUES (new.seq, new.text);
END;

-- A vector is of length one; its numbers are 16-bit integers, little-endian, 32,767 for one. In a table
-- of its own, so that looking through all vectors reads no text.
CREATE TABLE memory_vectors (
    owner INTEGER PRIMARY KEY REFERENCES memories (seq) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;

CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- The conversation that it was given to; NULL means all.
    conversation BLOB REFERENCES conversations (id) ON DELETE CASCADE,
    added INTEGER NOT NULL
) STRICT;

CREATE INDEX documents_by_conversation ON documents (conversation, seq);
CREATE INDEX documents_by_hash ON documents (sha256);

CREATE TABLE chunks (
    seq INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    page INTEGER,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX chunks_by_document ON chunks (document, seq);

-- The words of new chunks are added by the store, as those of the audit chain are.
CREATE VIRTUAL TABLE chunk_words USING fts5 (
    text,
    content = 'chunks',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN
    INSERT INTO chunk_words (chunk_words, rowid, text) VALUES ('delete', old.seq, old.text);
END;

CREATE TABLE chunk_vectors (
    owner INTEGER PRIMARY KEY REFERENCES chunks (seq) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;

CREATE TABLE notes (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    title TEXT NOT NULL,
    tags TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX notes_by_update ON notes (updated, id);

CREATE VIRTUAL TABLE note_words USING fts5 (
    title,
    text,
    tags,
    content = 'notes',
    content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN
    INSERT INTO note_words (rowid, title, text, tags)
        VALUES (new.seq, new.title, new.text, new.tags);
END;

CREATE TRIGGER notes_removed AFTER DELETE ON notes BEGIN
    INSERT INTO note_words (note_words, rowid, title, text, tags)
        VALUES ('delete', old.seq, old.title, old.text, old.tags);
END;

CREATE TRIGGER notes_changed AFTER UPDATE OF title, text, tags ON notes BEGIN
    INSERT INTO note_words (note_words, rowid, title, text, tags)
        VALUES ('delete', old.seq, old.title, old.text, old.tags);
    INSERT INTO note_words (rowid, title, text, tags)
        VALUES (new.seq, new.title, new.text, new.tags);
END;

CREATE TABLE reminders (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    text TEXT NOT NULL,
    due INTEGER NOT NULL,
    created INTEGER NOT NULL,
    done INTEGER,
    told INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_by_time ON reminders (due, id);
CREATE INDEX reminders_to_tell ON reminders (due, id) WHERE told IS NULL AND done IS NULL;
