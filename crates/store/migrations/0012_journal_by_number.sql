-- The events of agents lie by their numbers alone. This file is frozen: a later change is a new file.
--
-- An index by tree is another page for each tree that something happened in, and each page that a
-- transaction touches is encrypted anew. Now an event is written behind the last one of whatever tree, and
-- many are sorted by tree together, now and then.

-- No event refers to its tree, since that would need such an index; the store removes both together. No
-- AUTOINCREMENT either, whose table is one more page; see `agent_events_sorted`.
CREATE TABLE agent_events_by_number (
    number INTEGER PRIMARY KEY,
    tree BLOB NOT NULL CHECK (length(tree) = 16),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;

INSERT INTO agent_events_by_number (number, tree, at, kind, event)
    SELECT number, tree, at, kind, event FROM agent_events ORDER BY number;

-- The events up to the number `through` are sorted by tree. A number up to this one is never given to an
-- event again, though the event that had it may be removed.
CREATE TABLE agent_events_sorted (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    through INTEGER NOT NULL
) STRICT;

INSERT INTO agent_events_sorted (one, through)
    SELECT 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'agent_events'), 0);

DROP TABLE agent_events;
ALTER TABLE agent_events_by_number RENAME TO agent_events;

-- The sorted events: each of them, and none else.
CREATE TABLE agent_events_by_tree (
    tree BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (tree, number)
) STRICT, WITHOUT ROWID;

INSERT INTO agent_events_by_tree (tree, number)
    SELECT tree, number FROM agent_events ORDER BY tree, number;
