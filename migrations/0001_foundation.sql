-- 'Gate' in ASCII: tells a Gatewatch database from any other SQLite file.
PRAGMA application_id = 1197569125;

CREATE TABLE monitors (
    key         INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url         TEXT    NOT NULL CHECK (length(url) <= 4096),
    interval_ms INTEGER NOT NULL CHECK (interval_ms BETWEEN 1 AND 4294967295),
    public      INTEGER NOT NULL CHECK (public IN (0, 1)),
    in_file     INTEGER NOT NULL CHECK (in_file IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

-- One probe each. Small integers for every code, see storage/codes.rs; NULL for a phase not reached.
CREATE TABLE samples (
    monitor       INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    at            INTEGER NOT NULL,
    class         INTEGER NOT NULL CHECK (class BETWEEN 0 AND 4),
    latency_ms    INTEGER NOT NULL CHECK (latency_ms BETWEEN 0 AND 4294967295),
    status        INTEGER CHECK (status BETWEEN 0 AND 65535),
    dns_ms        INTEGER,
    connect_ms    INTEGER,
    tls_ms        INTEGER,
    first_byte_ms INTEGER,
    body_ms       INTEGER,
    fault_kind    INTEGER CHECK (fault_kind BETWEEN 0 AND 14),
    fault_origin  INTEGER CHECK (fault_origin BETWEEN 0 AND 4),
    fault_status  INTEGER CHECK (fault_status BETWEEN 0 AND 65535),
    fault_detail  TEXT    CHECK (length(fault_detail) <= 400),
    PRIMARY KEY (monitor, at),
    CHECK ((fault_kind IS NULL) = (fault_origin IS NULL))
) STRICT, WITHOUT ROWID;

-- A state from `since` until the monitor's next row.
CREATE TABLE spans (
    monitor INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    since   INTEGER NOT NULL,
    state   INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    PRIMARY KEY (monitor, since)
) STRICT, WITHOUT ROWID;

-- Median latency of the successful probes of closed half hours.
CREATE TABLE latencies (
    at        INTEGER NOT NULL,
    monitor   INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    median_ms INTEGER NOT NULL CHECK (median_ms BETWEEN 0 AND 4294967295),
    count     INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (at, monitor)
) STRICT, WITHOUT ROWID;
CREATE INDEX latencies_monitor ON latencies (monitor);

CREATE TABLE incidents (
    id          TEXT    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    title       TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    impact      TEXT    NOT NULL CHECK (impact IN ('none', 'minor', 'major', 'critical')),
    phase       TEXT    NOT NULL CHECK (phase IN ('investigating', 'identified', 'monitoring', 'resolved')),
    started_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    withdrawn   INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    CHECK ((phase = 'resolved') = (resolved_at IS NOT NULL))
) STRICT;
CREATE INDEX incidents_started ON incidents (started_at);
CREATE INDEX incidents_resolved ON incidents (resolved_at);

CREATE TABLE incident_components (
    incident  TEXT    NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    component TEXT    NOT NULL CHECK (length(component) BETWEEN 1 AND 64),
    PRIMARY KEY (incident, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE updates (
    id        TEXT    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    incident  TEXT    NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    seq       INTEGER NOT NULL,
    phase     TEXT    NOT NULL CHECK (phase IN ('investigating', 'identified', 'monitoring', 'resolved')),
    body      TEXT    NOT NULL CHECK (length(CAST(body AS BLOB)) BETWEEN 1 AND 16384),
    at        INTEGER NOT NULL,
    edited_at INTEGER,
    version   INTEGER NOT NULL CHECK (version >= 1),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    UNIQUE (incident, seq)
) STRICT;

-- Earlier texts, for admins.
CREATE TABLE revisions (
    key         INTEGER PRIMARY KEY,
    incident    TEXT    NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    update_id   TEXT    REFERENCES updates (id) ON DELETE CASCADE,
    replaced_at INTEGER NOT NULL,
    by_name     TEXT    NOT NULL CHECK (length(by_name) <= 200),
    text        TEXT    NOT NULL CHECK (length(text) <= 20000)
) STRICT;
CREATE INDEX revisions_incident ON revisions (incident);
CREATE INDEX revisions_update ON revisions (update_id);

CREATE TABLE users (
    id            TEXT    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    name          TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
    password_hash TEXT    NOT NULL CHECK (length(password_hash) BETWEEN 1 AND 400),
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    user       TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user);

CREATE TABLE setup_links (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    id         TEXT    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    owner      TEXT    NOT NULL CHECK (length(owner) BETWEEN 1 AND 200),
    form       TEXT    NOT NULL CHECK (length(form) <= 200),
    fields     TEXT    NOT NULL CHECK (json_valid(fields) AND length(fields) <= 131072),
    error      TEXT    CHECK (json_valid(error) AND length(error) <= 8192),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX drafts_owner ON drafts (owner, created_at);

CREATE TABLE runs (
    id         TEXT    PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    state      TEXT    NOT NULL CHECK (state IN ('running', 'finished', 'interrupted')),
    url        TEXT    NOT NULL CHECK (length(url) <= 8192),
    title      TEXT,
    started_at INTEGER NOT NULL,
    by_user    TEXT,
    body       TEXT    NOT NULL CHECK (json_valid(body) AND length(body) <= 8388608)
) STRICT;
CREATE INDEX runs_started ON runs (started_at);
CREATE INDEX runs_state ON runs (state);

CREATE TABLE audit (
    key    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    who    TEXT    NOT NULL CHECK (length(who) <= 200),
    action TEXT    NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    detail TEXT    NOT NULL CHECK (length(detail) <= 2000)
) STRICT;
