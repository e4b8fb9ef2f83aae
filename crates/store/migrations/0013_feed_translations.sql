-- Entries of the feed in other languages than English. This file is frozen: a later change is a new file.

-- JSON of sentences by the codes of their languages; NULL where an entry is the person's own words.
ALTER TABLE feed ADD COLUMN translations TEXT;

-- The sentence in all languages, one behind the other: an entry is found by the words of each.
ALTER TABLE feed ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE feed SET words = text;

DROP TABLE feed_words;

CREATE VIRTUAL TABLE feed_words USING fts5 (
    words,
    content = 'feed',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO feed_words (feed_words) VALUES ('rebuild');
