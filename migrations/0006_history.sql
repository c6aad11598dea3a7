-- Samples in few bytes: as they come in `fresh`, later in `packs`, and in short in `days`.

-- A row for each write, with samples of several monitors; the key is about the time of the first (see storage/pack/fresh.rs).
CREATE TABLE fresh (
    key  INTEGER PRIMARY KEY,
    body BLOB    NOT NULL CHECK (length(body) BETWEEN 1 AND 16777216)
) STRICT;

-- Rows of `fresh` with keys up to `upto` are packed as far as they are of monitors with keys up to `done`.
-- `epoch` rises when monitors are forgotten, since their keys may be given again.
CREATE TABLE packing (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    upto  INTEGER NOT NULL,
    done  INTEGER NOT NULL,
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO packing VALUES (1, 0, 0, 0);

-- Samples of one monitor (see storage/pack/series.rs); `level` 0 as they were packed, 1 a day in one, 2 sixteen days.
CREATE TABLE packs (
    key     INTEGER PRIMARY KEY,
    monitor INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    since   INTEGER NOT NULL,
    until   INTEGER NOT NULL CHECK (until >= since),
    count   INTEGER NOT NULL CHECK (count > 0),
    level   INTEGER NOT NULL CHECK (level IN (0, 1, 2)),
    body    BLOB    NOT NULL CHECK (length(body) <= 16777216)
) STRICT;
CREATE INDEX packs_monitor ON packs (monitor, since);
CREATE INDEX packs_open ON packs (level, monitor, since) WHERE level < 2;

-- A monitor's UTC days: milliseconds in each state, NULL until the day is over, and its hours with their latencies.
CREATE TABLE days (
    monitor     INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    day         INTEGER NOT NULL,
    operational INTEGER,
    degraded    INTEGER,
    outage      INTEGER,
    maintenance INTEGER,
    unknown     INTEGER,
    hours       BLOB CHECK (length(hours) <= 1048576),
    PRIMARY KEY (monitor, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX days_open ON days (day) WHERE operational IS NULL;

-- From which day on days may still be missing, or still have their hours though they need not.
ALTER TABLE monitors ADD COLUMN counted INTEGER;
ALTER TABLE monitors ADD COLUMN folded INTEGER;

-- What there is already comes along, a hundred samples in a row; packing makes it small like all others.
INSERT INTO fresh (key, body)
SELECT number / 100 + 1, CAST(json_group_array(json(sample)) AS BLOB)
FROM (
    SELECT row_number() OVER (ORDER BY monitor, at) - 1 AS number,
           json_array(monitor, at, class, latency_ms, status, dns_ms, connect_ms, tls_ms, first_byte_ms, body_ms,
                      fault_kind, fault_origin, fault_status, fault_detail) AS sample
    FROM samples
)
GROUP BY number / 100;
DROP TABLE samples;
