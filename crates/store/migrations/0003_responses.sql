-- Answers that programs asked the API to keep, so that a later request can go on from them.
-- This file is frozen: a later change is a new file.

CREATE TABLE responses (
    id TEXT NOT NULL PRIMARY KEY,
    -- The token of the program; NULL on loopback where none is needed.
    token BLOB CHECK (token IS NULL OR length(token) = 16),
    -- The answer that this one goes on from. It may have been deleted.
    previous TEXT,
    created INTEGER NOT NULL,
    input TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX responses_by_age ON responses (created);
