-- The log of ops and what is merged from it. See docs/protocol.md. Instants are milliseconds UTC.

CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE installs (
    id TEXT PRIMARY KEY,
    spki BLOB NOT NULL,
    genesis BLOB NOT NULL,
    status TEXT NOT NULL DEFAULT 'active',
    device TEXT,
    enrolled_at INTEGER NOT NULL,
    seen_at INTEGER,
    stats TEXT
) STRICT;

-- Everybody who ever signed in on an install: an op's author must be one of them.
CREATE TABLE install_users (
    install TEXT NOT NULL REFERENCES installs (id),
    user TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (install, user)
) STRICT, WITHOUT ROWID;

-- Every signed head, for ever.
CREATE TABLE heads (
    n INTEGER PRIMARY KEY,
    install TEXT NOT NULL,
    at INTEGER NOT NULL,
    head BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE ops (
    seq INTEGER PRIMARY KEY,
    h BLOB NOT NULL UNIQUE,
    install TEXT NOT NULL,
    n INTEGER NOT NULL,
    prev BLOB NOT NULL,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    user TEXT NOT NULL,
    header BLOB,
    payload BLOB,
    salt BLOB,
    header_hash BLOB NOT NULL,
    pc BLOB NOT NULL,
    verdict TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- The verdict at seq, where a later one replaced it.
    first_verdict TEXT,
    group_first INTEGER,
    rules INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    log_head BLOB NOT NULL
) STRICT;
CREATE INDEX ops_install ON ops (install, n);
CREATE INDEX ops_record ON ops (record);

-- Where each install's chain ends (fork 0), and where it divides (fork 1).
CREATE TABLE tips (
    install TEXT NOT NULL,
    n INTEGER NOT NULL,
    h BLOB NOT NULL,
    fork INTEGER NOT NULL,
    PRIMARY KEY (install, n, h)
) STRICT, WITHOUT ROWID;

-- Later verdicts: each takes its own place in the log.
CREATE TABLE rejudged (
    seq INTEGER PRIMARY KEY,
    h BLOB NOT NULL,
    verdict TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    at INTEGER NOT NULL,
    log_head BLOB NOT NULL
) STRICT;

CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    scopes TEXT NOT NULL,
    doc TEXT NOT NULL,
    writers TEXT NOT NULL,
    h TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX records_kind ON records (kind, id);
CREATE INDEX records_site ON records (kind, doc ->> 'site') WHERE kind IN ('space', 'asset', 'round', 'document');
CREATE INDEX records_round ON records (kind, doc ->> 'round')
    WHERE kind IN ('inspection', 'photo', 'signature', 'document');
CREATE INDEX records_asset ON records (kind, doc ->> 'asset') WHERE kind IN ('inspection', 'photo', 'document', 'label');
CREATE INDEX records_source ON records (kind, doc ->> 'source')
    WHERE kind IN ('customer', 'site', 'space', 'category', 'asset');
CREATE INDEX records_serial ON records (kind, doc ->> 'serial') WHERE kind = 'asset';
CREATE INDEX records_blob ON records (kind, doc ->> 'blob') WHERE kind IN ('photo', 'document');
CREATE INDEX records_statement ON records (kind, doc ->> 'statement') WHERE kind = 'signature';
CREATE INDEX records_copy ON records (kind, doc ->> 'copy') WHERE kind = 'signature';

CREATE TABLE feed (
    scope TEXT NOT NULL,
    seq INTEGER NOT NULL,
    record TEXT NOT NULL,
    gone INTEGER NOT NULL,
    PRIMARY KEY (scope, seq, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (key, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    user TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (user, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE op_blobs (
    sha256 TEXT NOT NULL,
    h BLOB NOT NULL,
    install TEXT NOT NULL,
    site TEXT,
    size INTEGER,
    PRIMARY KEY (sha256, h)
) STRICT, WITHOUT ROWID;
