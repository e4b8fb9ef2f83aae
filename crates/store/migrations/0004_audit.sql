-- The audit chain: what happened, in rows that are never changed. This file is frozen: a later change
-- is a new file.

-- `hash` is over the hash of the row before and over this row; `audit.rs` says how. `details` is a JSON
-- object whose keys are sorted.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest BLOB CHECK (digest IS NULL OR length(digest) = 32),
    details TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_by_kind ON audit (kind, number);
CREATE INDEX audit_by_time ON audit (at, number);

-- The last row's number and hash: the end of the chain cannot be cut off unseen.
CREATE TABLE audit_end (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO audit_end (only_one, number, hash) VALUES (1, 0, zeroblob(32));

-- Where the chain begins since its old rows were removed: the last row that is gone.
CREATE TABLE audit_anchors (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    at INTEGER NOT NULL
) STRICT;

-- The last row of a day (days since 1970, in UTC), signed by the owner.
CREATE TABLE audit_heads (
    day INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    signature BLOB NOT NULL
) STRICT;

-- A row follows the one before it. This also stops `INSERT OR REPLACE`, which would remove a row
-- without a word.
CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit
WHEN new.number IS NOT (SELECT number + 1 FROM audit_end) BEGIN
    SELECT RAISE(ABORT, 'an audit row follows the last one');
END;

CREATE TRIGGER audit_end_follows AFTER INSERT ON audit BEGIN
    UPDATE audit_end SET number = new.number, hash = new.hash;
END;

CREATE TRIGGER audit_rows_stay_the_same BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'an audit row is never changed');
END;

-- Old rows go when an anchor keeps the hash of the last of them.
CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
WHEN old.number > (SELECT coalesce(max(number), 0) FROM audit_anchors) BEGIN
    SELECT RAISE(ABORT, 'an audit row is removed only behind an anchor');
END;

CREATE TRIGGER audit_anchor_is_a_row BEFORE INSERT ON audit_anchors
WHEN NOT EXISTS (SELECT 1 FROM audit WHERE number = new.number AND hash = new.hash) BEGIN
    SELECT RAISE(ABORT, 'an audit anchor is a row of the chain');
END;

CREATE TRIGGER audit_anchors_stay_the_same BEFORE UPDATE ON audit_anchors BEGIN
    SELECT RAISE(ABORT, 'an audit anchor is never changed');
END;

CREATE TRIGGER audit_heads_stay_the_same BEFORE UPDATE ON audit_heads BEGIN
    SELECT RAISE(ABORT, 'a signed head is never changed');
END;

CREATE TRIGGER audit_heads_stay BEFORE DELETE ON audit_heads BEGIN
    SELECT RAISE(ABORT, 'a signed head is never removed');
END;

-- The words are added and removed by the store, those of many rows at once: in a trigger, FTS5 would
-- write out a piece of its index with every row, which takes ten times as long as the row.
CREATE VIRTUAL TABLE audit_words USING fts5 (
    actor,
    subject,
    details,
    content = 'audit',
    content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2'
);
