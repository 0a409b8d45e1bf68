-- Who may come in, and by what. Secrets are kept as SHA-256 (random ones) or scrypt (PINs), never as they are.
-- Instants are milliseconds UTC.

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    used_install TEXT,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX invitations_user ON invitations (user);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    name TEXT NOT NULL,
    transports TEXT NOT NULL,
    backed_up INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX passkeys_user ON passkeys (user);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user TEXT NOT NULL,
    install TEXT NOT NULL,
    via TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user);
CREATE INDEX sessions_install ON sessions (install);

CREATE TABLE pins (
    install TEXT NOT NULL,
    user TEXT NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    tries_left INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (install, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_user ON pins (user);

CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user);

CREATE TABLE challenges (
    hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    user TEXT,
    install TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_expiry ON challenges (expires_at);

-- What happened at the door. Ids only: no names, no addresses, no secrets.
CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    user TEXT,
    install TEXT,
    actor TEXT,
    detail TEXT
) STRICT;
CREATE INDEX audit_user ON audit (user);
