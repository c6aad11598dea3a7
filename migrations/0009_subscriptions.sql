-- Visitors who want to be told of what the page tells; unconfirmed ones are removed after two days.
CREATE TABLE subscriptions (
    key          INTEGER PRIMARY KEY,
    channel      TEXT    NOT NULL CHECK (channel IN ('email', 'webhook')),
    target       TEXT    NOT NULL CHECK (length(target) BETWEEN 3 AND 2048),
    -- What the limits of one target are counted by.
    mark         BLOB    NOT NULL CHECK (length(mark) = 32),
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    UNIQUE (channel, target)
) STRICT;

-- Of which components; of everything where there is no row.
CREATE TABLE subscription_components (
    subscription INTEGER NOT NULL REFERENCES subscriptions (key) ON DELETE CASCADE,
    component    TEXT    NOT NULL CHECK (length(component) BETWEEN 1 AND 64),
    PRIMARY KEY (subscription, component)
) STRICT, WITHOUT ROWID;

-- The links of messages that were sent, as hashes.
CREATE TABLE subscription_tokens (
    hash         BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    subscription INTEGER NOT NULL REFERENCES subscriptions (key) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_tokens_subscription ON subscription_tokens (subscription);
CREATE INDEX subscription_tokens_created ON subscription_tokens (created_at);

-- How often a target was named, and until when its owner wants no more of that.
CREATE TABLE subscription_asks (
    mark    BLOB    PRIMARY KEY CHECK (length(mark) = 32),
    since   INTEGER NOT NULL,
    count   INTEGER NOT NULL CHECK (count > 0),
    last_at INTEGER NOT NULL,
    closed_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What is to be told to whom, written with the note itself and kept until it was delivered.
CREATE TABLE subscription_outbox (
    key          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
    subscription INTEGER NOT NULL REFERENCES subscriptions (key) ON DELETE CASCADE,
    what         TEXT    NOT NULL CHECK (what IN ('confirm', 'manage', 'note', 'maintenance')),
    update_id    TEXT    REFERENCES updates (id) ON DELETE CASCADE,
    about        TEXT    CHECK (json_valid(about) AND length(about) <= 32768),
    at           INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at       INTEGER NOT NULL,
    problem      TEXT    CHECK (length(problem) <= 400),
    CHECK ((what = 'note') = (update_id IS NOT NULL)),
    CHECK ((what = 'maintenance') = (about IS NOT NULL))
) STRICT;
CREATE INDEX subscription_outbox_order ON subscription_outbox (subscription, key);
CREATE INDEX subscription_outbox_due ON subscription_outbox (due_at);
CREATE INDEX subscription_outbox_update ON subscription_outbox (update_id) WHERE update_id IS NOT NULL;

-- Windows of announced work that were told.
CREATE TABLE subscription_windows (
    plan      TEXT    NOT NULL CHECK (length(plan) BETWEEN 1 AND 64),
    begins_at INTEGER NOT NULL,
    PRIMARY KEY (plan, begins_at)
) STRICT, WITHOUT ROWID;
