-- Everything that somebody has to approve, with its clock; working days; lists that staff edit.

CREATE TABLE reviews (
    id             TEXT    NOT NULL PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
    -- The thing under review, in the table of its kind.
    subject_id     TEXT    NOT NULL,
    -- Whose desk it lies on: the platform's, a school's (school_id), a company's (company_id).
    inbox          TEXT    NOT NULL CHECK (inbox IN ('platform', 'school', 'company')),
    school_id      TEXT    REFERENCES schools (id),
    -- The company that it is about, if there is one.
    company_id     TEXT    REFERENCES companies (id),
    title          TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
    -- JSON: soft findings that the reviewer should look at.
    flags          TEXT    NOT NULL,
    submitted_by   TEXT    NOT NULL REFERENCES accounts (id),
    submitted_ms   BIGINT  NOT NULL,
    due_ms         BIGINT  NOT NULL,
    -- The calendar of that year was not published when the date was worked out.
    due_estimated  BOOLEAN NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('open', 'returned', 'approved', 'rejected', 'withdrawn')),
    assignee_id    TEXT    REFERENCES accounts (id),
    escalated_ms   BIGINT,
    -- Four eyes: who approved first, where two have to.
    first_by       TEXT    REFERENCES accounts (id),
    decided_by     TEXT    REFERENCES accounts (id),
    decided_ms     BIGINT,
    reason         TEXT    NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    version        BIGINT  NOT NULL DEFAULT 1,
    CHECK (due_ms > submitted_ms)
);
CREATE UNIQUE INDEX reviews_one_open ON reviews (kind, subject_id) WHERE state IN ('open', 'returned');
CREATE INDEX reviews_by_inbox ON reviews (inbox, state, due_ms);
CREATE INDEX reviews_by_school ON reviews (school_id, state, due_ms);
CREATE INDEX reviews_by_company ON reviews (company_id, submitted_ms);
CREATE INDEX reviews_by_due ON reviews (state, due_ms);
CREATE INDEX reviews_by_decision ON reviews (decided_ms);

CREATE TABLE review_events (
    id         TEXT   NOT NULL PRIMARY KEY,
    review_id  TEXT   NOT NULL REFERENCES reviews (id),
    at_ms      BIGINT NOT NULL,
    -- Unset: the clock.
    actor_id   TEXT   REFERENCES accounts (id),
    event      TEXT   NOT NULL CHECK (event IN ('submitted', 'resubmitted', 'assigned', 'first_approved', 'returned', 'approved', 'rejected', 'withdrawn', 'escalated', 'rescheduled')),
    reason     TEXT   NOT NULL CHECK (length(reason) <= 500)
);
CREATE INDEX review_events_by_review ON review_events (review_id, at_ms);

-- Years whose days off are published: a row here replaces what is built in for that year.
CREATE TABLE holiday_years (
    year        BIGINT NOT NULL PRIMARY KEY CHECK (year BETWEEN 2000 AND 2100),
    source      TEXT   NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    changed_ms  BIGINT NOT NULL
);

-- Days that are not what their weekday says, by the year whose notice speaks of them: New Year's
-- may begin in the December before.
CREATE TABLE holidays (
    year  BIGINT  NOT NULL REFERENCES holiday_years (year),
    -- YYYY-MM-DD.
    day   TEXT    NOT NULL CHECK (length(day) = 10),
    name  TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    off   BOOLEAN NOT NULL,
    PRIMARY KEY (year, day)
);

-- Lists (province, city, nature, industry …): what staff added to or changed of the built-in ones.
CREATE TABLE dictionary_entries (
    list        TEXT    NOT NULL CHECK (length(list) BETWEEN 1 AND 32),
    code        TEXT    NOT NULL CHECK (length(code) BETWEEN 1 AND 32),
    label       TEXT    NOT NULL CHECK (length(label) BETWEEN 1 AND 60),
    parent      TEXT    NOT NULL DEFAULT '',
    ordinal     BIGINT  NOT NULL,
    enabled     BOOLEAN NOT NULL,
    changed_ms  BIGINT  NOT NULL,
    PRIMARY KEY (list, code)
);
