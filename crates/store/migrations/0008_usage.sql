-- What a token may be used for stands in its scopes; here is how much it may have. And how much the
-- models have worked for whom. This file is frozen: a later change is a new file.

ALTER TABLE tokens ADD COLUMN rate_per_minute INTEGER CHECK (rate_per_minute > 0);
ALTER TABLE tokens ADD COLUMN quota_tokens INTEGER CHECK (quota_tokens > 0);

-- Figures only: nothing that a person or a model wrote.
CREATE TABLE usage (
    -- Days since the first of January 1970, in UTC.
    day INTEGER NOT NULL,
    model TEXT NOT NULL,
    -- `own` for the person and their agents, `open` for programs without a token, else the token's id. A
    -- token may have been deleted.
    caller TEXT NOT NULL,
    requests INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    -- Of the time for which models worked, the part that was spent on these.
    busy_us INTEGER NOT NULL,
    -- Whether the model ran on this device.
    here INTEGER NOT NULL CHECK (here IN (0, 1)),
    -- Energy that was measured meanwhile, and for how much of that time; 0 where nothing measures it.
    measured_mj INTEGER NOT NULL,
    measured_us INTEGER NOT NULL,
    PRIMARY KEY (day, model, caller, here)
) STRICT, WITHOUT ROWID;
