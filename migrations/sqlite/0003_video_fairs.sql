-- Video fairs: who hosts, which companies have a booth, who sits there, who may come.

CREATE TABLE video_fairs (
    id          TEXT   NOT NULL PRIMARY KEY,
    school_id   TEXT   NOT NULL REFERENCES schools (id),
    title       TEXT   NOT NULL CHECK (length(title) BETWEEN 1 AND 80),
    starts_ms   BIGINT NOT NULL,
    ends_ms     BIGINT NOT NULL,
    -- Planned length of a call.
    slot_ms     BIGINT NOT NULL CHECK (slot_ms BETWEEN 1000 AND 7200000),
    -- Active entries that one student may have at once.
    max_queues  BIGINT NOT NULL CHECK (max_queues BETWEEN 1 AND 20),
    -- JSON: the setup's own rules beyond these columns, as the live core reads them.
    rules       TEXT   NOT NULL,
    status      TEXT   NOT NULL CHECK (status IN ('draft', 'registering', 'published', 'archived', 'cancelled')),
    version     BIGINT NOT NULL DEFAULT 1,
    created_ms  BIGINT NOT NULL,
    CHECK (starts_ms < ends_ms)
);
CREATE INDEX video_fairs_by_school ON video_fairs (school_id, starts_ms);

-- A company in a fair; an approved registration is a booth.
CREATE TABLE registrations (
    id           TEXT   NOT NULL PRIMARY KEY,
    fair_id      TEXT   NOT NULL REFERENCES video_fairs (id),
    company_id   TEXT   NOT NULL REFERENCES companies (id),
    -- The booth's number, such as B-017.
    number       TEXT   CHECK (length(number) BETWEEN 1 AND 16),
    mode         TEXT   NOT NULL CHECK (mode IN ('video', 'text')),
    status       TEXT   NOT NULL CHECK (status IN ('submitted', 'approved', 'rejected', 'cancelled')),
    version      BIGINT NOT NULL DEFAULT 1,
    created_ms   BIGINT NOT NULL,
    decided_ms   BIGINT,
    CHECK (status <> 'approved' OR (number IS NOT NULL AND decided_ms IS NOT NULL))
);
CREATE UNIQUE INDEX registrations_one_per_company ON registrations (fair_id, company_id)
    WHERE status IN ('submitted', 'approved');
CREATE UNIQUE INDEX registrations_by_number ON registrations (fair_id, number)
    WHERE status = 'approved';
CREATE INDEX registrations_by_company ON registrations (company_id);

CREATE TABLE registration_jobs (
    registration_id  TEXT   NOT NULL REFERENCES registrations (id),
    job_id           TEXT   NOT NULL REFERENCES jobs (id),
    ordinal          BIGINT NOT NULL,
    PRIMARY KEY (registration_id, job_id)
);
CREATE INDEX registration_jobs_by_job ON registration_jobs (job_id);

CREATE TABLE seats (
    id               TEXT   NOT NULL PRIMARY KEY,
    registration_id  TEXT   NOT NULL REFERENCES registrations (id),
    account_id       TEXT   NOT NULL REFERENCES accounts (id),
    ordinal          BIGINT NOT NULL,
    created_ms       BIGINT NOT NULL,
    UNIQUE (registration_id, account_id)
);
CREATE INDEX seats_by_account ON seats (account_id);

-- Students whom the school lets take part.
CREATE TABLE fair_admissions (
    fair_id      TEXT   NOT NULL REFERENCES video_fairs (id),
    student_id   TEXT   NOT NULL REFERENCES students (account_id),
    admitted_ms  BIGINT NOT NULL,
    PRIMARY KEY (fair_id, student_id)
);
CREATE INDEX fair_admissions_by_student ON fair_admissions (student_id);
