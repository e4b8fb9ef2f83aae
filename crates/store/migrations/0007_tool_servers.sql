-- What the servers of tools listed last, so that their tools are known before they are started.
ALTER TABLE mcp_servers ADD COLUMN tools TEXT NOT NULL DEFAULT '[]';

-- Keys that a server gets: values of its environment, or of headers. They lie here and nowhere else.
CREATE TABLE mcp_secrets (
    server TEXT NOT NULL REFERENCES mcp_servers (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (server, name)
) STRICT, WITHOUT ROWID;
