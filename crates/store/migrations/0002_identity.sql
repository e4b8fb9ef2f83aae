-- What an owner has signed, and small facts of a hub. This file is frozen: a later change is a new file.

CREATE TABLE certificates (
    serial BLOB NOT NULL PRIMARY KEY CHECK (length(serial) = 16),
    device_key BLOB NOT NULL CHECK (length(device_key) = 32),
    bytes BLOB NOT NULL,
    added INTEGER NOT NULL,
    revoked INTEGER,
    revocation BLOB,
    CHECK ((revoked IS NULL) = (revocation IS NULL))
) STRICT;

CREATE TABLE rotations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    bytes BLOB NOT NULL UNIQUE,
    added INTEGER NOT NULL
) STRICT;

CREATE TABLE marks (
    name TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
