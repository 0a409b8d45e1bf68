-- Long work in the background, and the registers it takes in. Instants are milliseconds UTC.

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    -- queued, running, done, stopped (a person wanted it), failed, interrupted (the process ended).
    state TEXT NOT NULL,
    user TEXT NOT NULL,
    -- What it works on, such as the id of an import.
    subject TEXT,
    -- Saved work only: raised in the transaction that saves.
    done INTEGER NOT NULL,
    total INTEGER,
    note TEXT NOT NULL,
    -- JSON.
    result TEXT,
    problem TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
) STRICT;
CREATE INDEX jobs_created ON jobs (created_at);
CREATE INDEX jobs_subject ON jobs (subject) WHERE subject IS NOT NULL;

CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    -- The file's name as the person knows it.
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    user TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The newest seq when its plan was made; null before the first plan.
    planned_seq INTEGER,
    -- Its newest job.
    job TEXT
) STRICT;
CREATE INDEX imports_created ON imports (created_at);
