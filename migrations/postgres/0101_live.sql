-- The live fair: one row per thing that the live core restores from, and its appended events.
-- No table here points at one of the portal's: the live side may run on hosts of its own.
-- Times are ms since 1970, ids are UUIDs as text.

CREATE TABLE live_fairs (
    id               TEXT   NOT NULL PRIMARY KEY,
    -- Grows with each start of the fair on a node; first half of a client's sequence.
    epoch            BIGINT NOT NULL,
    -- The node that decides for this fair, until when, and how often that changed: a commit with
    -- an older fence is refused.
    lease_owner      TEXT   NOT NULL,
    lease_fence      BIGINT NOT NULL,
    lease_until_ms   BIGINT NOT NULL,
    -- Last sign of life; deadlines move by the time that the server was down.
    alive_at_ms      BIGINT NOT NULL,
    -- Unset until the fair has run here.
    phase            TEXT   CHECK (phase IN ('upcoming', 'running', 'overrun', 'ended')),
    ends_ms          BIGINT,
    overrun_until_ms BIGINT,
    -- Number of the fair's own last event.
    events           BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE live_queues (
    -- The booth.
    id              TEXT   NOT NULL PRIMARY KEY,
    fair_id         TEXT   NOT NULL REFERENCES live_fairs (id),
    state           TEXT   NOT NULL CHECK (state IN ('open', 'paused', 'closing', 'closed')),
    paused_until_ms BIGINT,
    message         TEXT,
    events          BIGINT NOT NULL,
    service_ms      BIGINT NOT NULL,
    deviation_ms    BIGINT NOT NULL,
    learned         BIGINT NOT NULL,
    call_ups        BIGINT NOT NULL,
    unanswered      BIGINT NOT NULL
);
CREATE INDEX live_queues_of_fair ON live_queues (fair_id);

CREATE TABLE live_persons (
    fair_id          TEXT   NOT NULL REFERENCES live_fairs (id),
    person_id        TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    headline         TEXT   NOT NULL,
    device_test_ms   BIGINT,
    away_until_ms    BIGINT,
    aways            BIGINT NOT NULL,
    offline_since_ms BIGINT,
    PRIMARY KEY (fair_id, person_id)
);

CREATE TABLE queue_entries (
    id          TEXT   NOT NULL PRIMARY KEY,
    fair_id     TEXT   NOT NULL REFERENCES live_fairs (id),
    booth_id    TEXT   NOT NULL,
    person_id   TEXT   NOT NULL,
    job_id      TEXT,
    origin      TEXT   NOT NULL CHECK (origin IN ('applied', 'invited')),
    stage       TEXT   NOT NULL CHECK (stage IN (
        'applied', 'invited', 'waiting', 'called', 'ready', 'in_call',
        'done', 'declined', 'withdrawn', 'missed', 'left', 'removed', 'expired')),
    rank        BIGINT,
    made_ms     BIGINT NOT NULL,
    joined_ms   BIGINT,
    since_ms    BIGINT NOT NULL,
    deadline_ms BIGINT,
    ready_ms    BIGINT,
    seat_id     TEXT,
    call_id     TEXT,
    misses      BIGINT NOT NULL,
    laters      BIGINT NOT NULL,
    held_by     TEXT,
    skipped_ms  BIGINT,
    waited_ms   BIGINT,
    cause       TEXT,
    reason      TEXT,
    -- Who waits has a place.
    CHECK (stage <> 'waiting' OR rank IS NOT NULL)
);
CREATE INDEX queue_entries_of_fair ON queue_entries (fair_id);
-- One active entry of a student at a booth.
CREATE UNIQUE INDEX queue_entries_one_active ON queue_entries (person_id, booth_id)
    WHERE stage IN ('applied', 'invited', 'waiting', 'called', 'ready', 'in_call');
-- A student is called to, or in, one call at a time, over all fairs.
CREATE UNIQUE INDEX queue_entries_one_busy ON queue_entries (person_id)
    WHERE stage IN ('called', 'ready', 'in_call');

CREATE TABLE calls (
    id          TEXT    NOT NULL PRIMARY KEY,
    fair_id     TEXT    NOT NULL REFERENCES live_fairs (id),
    booth_id    TEXT    NOT NULL,
    entry_id    TEXT    NOT NULL REFERENCES queue_entries (id),
    student_id  TEXT    NOT NULL,
    seat_id     TEXT    NOT NULL,
    started_ms  BIGINT  NOT NULL,
    length_ms   BIGINT  NOT NULL,
    extended    BOOLEAN NOT NULL,
    used_ms     BIGINT  NOT NULL,
    clock_at_ms BIGINT  NOT NULL,
    clock_runs  BOOLEAN NOT NULL,
    ended_ms    BIGINT,
    done        BOOLEAN NOT NULL,
    outcome     TEXT    CHECK (outcome IN ('pass', 'undecided', 'fail')),
    CHECK (NOT done OR ended_ms IS NOT NULL)
);
CREATE INDEX calls_of_fair ON calls (fair_id);
-- A student is in one call at a time.
CREATE UNIQUE INDEX calls_one_running ON calls (student_id) WHERE ended_ms IS NULL;

CREATE TABLE call_seats (
    call_id   TEXT   NOT NULL REFERENCES calls (id),
    seat_id   TEXT   NOT NULL,
    person_id TEXT   NOT NULL,
    joined_ms BIGINT NOT NULL,
    PRIMARY KEY (call_id, seat_id)
);

CREATE TABLE live_events (
    fair_id  TEXT   NOT NULL REFERENCES live_fairs (id),
    -- Empty: the fair's own journal.
    booth_id TEXT   NOT NULL,
    number   BIGINT NOT NULL CHECK (number > 0),
    at_ms    BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    actor_id TEXT,
    entry_id TEXT,
    call_id  TEXT,
    seat_id  TEXT,
    stage    TEXT,
    place    BIGINT,
    text     TEXT,
    PRIMARY KEY (fair_id, booth_id, number)
);
CREATE INDEX live_events_of_entry ON live_events (entry_id);

-- Join tokens that were spent and have not expired: a restart must not make them good again.
CREATE TABLE live_tokens (
    jti        TEXT   NOT NULL PRIMARY KEY,
    expires_ms BIGINT NOT NULL
);
