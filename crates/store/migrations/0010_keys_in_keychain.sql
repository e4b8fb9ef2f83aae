-- Where the key of a model server lies: in the keychain of the operating system (1), or in `key` (0). This
-- file is frozen: a later change is a new file.
ALTER TABLE model_servers
    ADD COLUMN key_in_keychain INTEGER NOT NULL DEFAULT 0 CHECK (key_in_keychain IN (0, 1));
