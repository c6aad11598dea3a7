-- What was seen when a monitor's state changed, written with the change itself. The same again is one row: `mark` is a
-- hash of what makes it the same, and the body that of the newest. For admins only; what is secret was left out before.
CREATE TABLE evidence (
    key      INTEGER PRIMARY KEY,
    monitor  INTEGER NOT NULL REFERENCES monitors (key) ON DELETE CASCADE,
    state    INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    mark     BLOB    NOT NULL CHECK (length(mark) = 32),
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL CHECK (last_at >= first_at),
    count    INTEGER NOT NULL CHECK (count > 0),
    body     TEXT    NOT NULL CHECK (json_valid(body) AND length(body) <= 32768),
    UNIQUE (monitor, state, mark)
) STRICT;
CREATE INDEX evidence_newest ON evidence (monitor, last_at);
CREATE INDEX evidence_last ON evidence (last_at);
