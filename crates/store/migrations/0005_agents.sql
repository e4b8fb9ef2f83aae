-- What agents do, may do and did. This file is frozen: a later change is a new file.

-- A tree of agents, named by the conversation it serves or by the agent at its root.
CREATE TABLE agent_trees (
    tree BLOB NOT NULL PRIMARY KEY CHECK (length(tree) = 16),
    started INTEGER NOT NULL,
    finished INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX agent_trees_unfinished ON agent_trees (started, tree) WHERE finished IS NULL;
CREATE INDEX agent_trees_finished ON agent_trees (finished) WHERE finished IS NOT NULL;

CREATE TABLE agent_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tree BLOB NOT NULL REFERENCES agent_trees (tree) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;

CREATE INDEX agent_events_by_tree ON agent_events (tree, number);

-- What became of a call of a tool: a call that has a row here is never run again.
CREATE TABLE action_outcomes (
    call BLOB NOT NULL PRIMARY KEY CHECK (length(call) = 16),
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX action_outcomes_by_age ON action_outcomes (at);

-- What a person lets a tool do without being asked again.
CREATE TABLE permissions (
    seq INTEGER PRIMARY KEY,
    tool TEXT NOT NULL,
    scope TEXT NOT NULL,
    -- The conversation that it is for; NULL means all.
    conversation BLOB REFERENCES conversations (id) ON DELETE CASCADE,
    choice TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX permissions_by_name
    ON permissions (tool, scope, coalesce(conversation, x''));
CREATE INDEX permissions_by_conversation
    ON permissions (conversation) WHERE conversation IS NOT NULL;

CREATE TABLE granted_folders (
    path TEXT NOT NULL PRIMARY KEY,
    access TEXT NOT NULL,
    granted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No secret lies here: where one is needed, `start` names where it is kept.
CREATE TABLE mcp_servers (
    name TEXT NOT NULL PRIMARY KEY,
    start TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    permissions TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a person is told of what the AI did. AUTOINCREMENT: an id is never used again, so that a reader
-- who follows the feed misses nothing.
CREATE TABLE feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    conversation BLOB CHECK (length(conversation) = 16),
    agent BLOB CHECK (length(agent) = 16),
    call BLOB CHECK (length(call) = 16),
    text TEXT NOT NULL,
    undo TEXT,
    undone INTEGER
) STRICT;

CREATE INDEX feed_by_kind ON feed (kind, id);
CREATE INDEX feed_by_conversation ON feed (conversation, id) WHERE conversation IS NOT NULL;
CREATE INDEX feed_by_agent ON feed (agent, id) WHERE agent IS NOT NULL;
CREATE INDEX feed_by_time ON feed (at);

-- The words are added and removed by the store, as those of the audit chain are.
CREATE VIRTUAL TABLE feed_words USING fts5 (
    text,
    content = 'feed',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);
