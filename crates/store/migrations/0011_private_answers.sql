-- Whether an answer was made of what is private by its origin: memories, files, notes, identity details, or
-- an earlier answer of that kind. Nobody noted it before. This file is frozen: a later change is a new file.
ALTER TABLE messages ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));

UPDATE messages SET private = 1 WHERE role = 'assistant';
