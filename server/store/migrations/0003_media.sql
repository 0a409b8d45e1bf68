-- Blobs that came whole, and what was found when photos were looked at. The bytes lie beside the database.

-- Who holds a receipt has proved to have the bytes: knowing a hash is not enough to read what another site sent.
-- site is '' where the op names none.
CREATE TABLE receipts (
    sha256 TEXT NOT NULL,
    site TEXT NOT NULL,
    install TEXT NOT NULL,
    size INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    PRIMARY KEY (sha256, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE pictures (
    sha256 TEXT PRIMARY KEY,
    mime TEXT,
    width INTEGER,
    height INTEGER,
    refused TEXT,
    detail TEXT NOT NULL,
    checked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Photos whose bytes the centre has not spoken about yet.
CREATE INDEX photos_pending ON records (doc ->> 'blob')
    WHERE kind = 'photo' AND doc ->> 'arrived_at' IS NULL AND doc ->> 'refused' IS NULL;
