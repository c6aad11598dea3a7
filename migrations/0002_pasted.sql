-- Output of commands that admins pasted into a run, kept as it came.
CREATE TABLE run_pastes (
    run       TEXT    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL CHECK (number > 0),
    step      TEXT    NOT NULL CHECK (step IN ('refresh', 'server', 'dns', 'logs', 'network', 'upstream')),
    pasted_at INTEGER NOT NULL,
    by_user   TEXT,
    told      TEXT    NOT NULL CHECK (length(told) <= 8192),
    body      TEXT    NOT NULL CHECK (length(body) <= 1048576),
    PRIMARY KEY (run, number)
) STRICT;
