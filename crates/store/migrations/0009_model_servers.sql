-- Servers of language models, in the order in which they are asked. A key lies here as all else does:
-- encrypted with the database, which the vault opens. This file is frozen: a later change is a new file.
CREATE TABLE model_servers (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    own_device INTEGER NOT NULL CHECK (own_device IN (0, 1)),
    turn INTEGER NOT NULL,
    key TEXT,
    added INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
