-- What is written about a call. The call itself is the live side's: its id has no foreign key.

-- Notes taken during a call, saved by themselves; each interviewer has his own.
CREATE TABLE call_notes (
    call_id     TEXT   NOT NULL,
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    company_id  TEXT   NOT NULL REFERENCES companies (id),
    student_id  TEXT   NOT NULL REFERENCES accounts (id),
    body        TEXT   NOT NULL CHECK (length(body) <= 4000),
    -- Counts saves: a page that lags behind is told so instead of overwriting.
    version     BIGINT NOT NULL CHECK (version >= 1),
    updated_ms  BIGINT NOT NULL,
    PRIMARY KEY (call_id, account_id)
);
CREATE INDEX call_notes_by_company ON call_notes (company_id, student_id);

-- How the company judged: one per call.
CREATE TABLE evaluations (
    call_id      TEXT   NOT NULL PRIMARY KEY,
    fair_id      TEXT   NOT NULL REFERENCES video_fairs (id),
    company_id   TEXT   NOT NULL REFERENCES companies (id),
    student_id   TEXT   NOT NULL REFERENCES accounts (id),
    account_id   TEXT   NOT NULL REFERENCES accounts (id),
    outcome      TEXT   NOT NULL CHECK (outcome IN ('pass', 'undecided', 'fail')),
    stars        BIGINT CHECK (stars BETWEEN 1 AND 5),
    note         TEXT   NOT NULL CHECK (length(note) <= 4000),
    version      BIGINT NOT NULL CHECK (version >= 1),
    created_ms   BIGINT NOT NULL,
    updated_ms   BIGINT NOT NULL
);
CREATE INDEX evaluations_by_company ON evaluations (company_id, fair_id);

-- How it was for the student: one per call.
CREATE TABLE call_feedback (
    call_id     TEXT   NOT NULL PRIMARY KEY,
    student_id  TEXT   NOT NULL REFERENCES accounts (id),
    booth_id    TEXT   NOT NULL REFERENCES registrations (id),
    stars       BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    body        TEXT   NOT NULL CHECK (length(body) <= 1000),
    created_ms  BIGINT NOT NULL,
    updated_ms  BIGINT NOT NULL
);
CREATE INDEX call_feedback_by_booth ON call_feedback (booth_id);
