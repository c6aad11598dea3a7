-- What is to be told to whom, written with the change of state itself and kept until it was delivered.
CREATE TABLE outbox (
    key       INTEGER PRIMARY KEY,
    id        TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    channel   TEXT    NOT NULL CHECK (length(channel) BETWEEN 1 AND 64),
    component TEXT    NOT NULL CHECK (length(component) BETWEEN 1 AND 64),
    state     INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    since     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    about     TEXT    NOT NULL CHECK (json_valid(about) AND length(about) <= 8192),
    attempts  INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at    INTEGER NOT NULL,
    problem   TEXT    CHECK (length(problem) <= 400),
    done_at   INTEGER,
    sent      INTEGER CHECK (sent IN (0, 1)),
    UNIQUE (channel, component, since, state),
    CHECK ((done_at IS NULL) = (sent IS NULL))
) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, key) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

-- What each channel was last told of each component.
CREATE TABLE alerts_told (
    channel   TEXT    NOT NULL CHECK (length(channel) BETWEEN 1 AND 64),
    component TEXT    NOT NULL CHECK (length(component) BETWEEN 1 AND 64),
    state     INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    since     INTEGER NOT NULL,
    PRIMARY KEY (channel, component)
) STRICT, WITHOUT ROWID;
