//! The encrypted SQLite store: conversations, settings, tokens, logs and search.
