-- What people agreed to, whom they hide from, what they complain of.

-- The résumé as a PDF of the student's own.
ALTER TABLE resumes ADD COLUMN file_id TEXT;

CREATE TABLE resume_shields (
    student_id  TEXT   NOT NULL REFERENCES students (account_id),
    company_id  TEXT   NOT NULL REFERENCES companies (id),
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (student_id, company_id)
);
CREATE INDEX resume_shields_by_company ON resume_shields (company_id);

-- Texts with versions. A published version is never changed.
CREATE TABLE agreements (
    code          TEXT   NOT NULL CHECK (length(code) BETWEEN 1 AND 32),
    version       BIGINT NOT NULL CHECK (version >= 1),
    title         TEXT   NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    body          TEXT   NOT NULL CHECK (length(body) <= 40000),
    published_ms  BIGINT NOT NULL,
    published_by  TEXT   REFERENCES accounts (id),
    PRIMARY KEY (code, version)
);
CREATE TABLE agreement_acceptances (
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    code          TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    accepted_ms   BIGINT NOT NULL,
    address       TEXT   NOT NULL,
    PRIMARY KEY (account_id, code, version),
    FOREIGN KEY (code, version) REFERENCES agreements (code, version)
);

-- Consent for one purpose and one receiver (PIPL art. 13–15, 23).
CREATE TABLE consents (
    id             TEXT   NOT NULL PRIMARY KEY,
    account_id     TEXT   NOT NULL REFERENCES accounts (id),
    purpose        TEXT   NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    -- The company that receives; unset: the platform.
    company_id     TEXT   REFERENCES companies (id),
    -- Code and version of the text that was shown.
    text_code      TEXT   NOT NULL,
    text_version   BIGINT NOT NULL,
    given_ms       BIGINT NOT NULL,
    withdrawn_ms   BIGINT,
    address        TEXT   NOT NULL
);
CREATE INDEX consents_by_account ON consents (account_id, given_ms);
CREATE INDEX consents_by_company ON consents (company_id, account_id);

CREATE TABLE complaints (
    id            TEXT   NOT NULL PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    subject_kind  TEXT   NOT NULL CHECK (subject_kind IN ('company', 'account', 'job', 'call', 'platform')),
    subject_id    TEXT   NOT NULL,
    category      TEXT   NOT NULL CHECK (length(category) BETWEEN 1 AND 32),
    body          TEXT   NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    status        TEXT   NOT NULL CHECK (status IN ('open', 'handling', 'upheld', 'dismissed', 'appealed', 'closed')),
    -- The company that it is about, if there is one.
    company_id    TEXT   REFERENCES companies (id),
    answer        TEXT   NOT NULL DEFAULT '' CHECK (length(answer) <= 2000),
    -- How it was decided; an appeal is decided anew.
    outcome       TEXT   NOT NULL DEFAULT '' CHECK (outcome IN ('', 'upheld', 'dismissed')),
    handler_id    TEXT   REFERENCES accounts (id),
    decided_ms    BIGINT,
    -- One appeal, by the complainer or by whom it is about.
    appeal        TEXT   NOT NULL DEFAULT '' CHECK (length(appeal) <= 2000),
    appealed_by   TEXT   REFERENCES accounts (id),
    due_ms        BIGINT NOT NULL,
    created_ms    BIGINT NOT NULL,
    changed_ms    BIGINT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX complaints_by_account ON complaints (account_id, created_ms);
CREATE INDEX complaints_by_status ON complaints (status, due_ms);
CREATE INDEX complaints_by_company ON complaints (company_id, created_ms);

-- Who may not use the platform, since when, until when.
CREATE TABLE bans (
    id            TEXT   NOT NULL PRIMARY KEY,
    subject_kind  TEXT   NOT NULL CHECK (subject_kind IN ('company', 'account')),
    subject_id    TEXT   NOT NULL,
    reason        TEXT   NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    complaint_id  TEXT   REFERENCES complaints (id),
    by_id         TEXT   NOT NULL REFERENCES accounts (id),
    created_ms    BIGINT NOT NULL,
    -- Unset: until it is lifted.
    until_ms      BIGINT,
    lifted_ms     BIGINT,
    lifted_by     TEXT   REFERENCES accounts (id)
);
CREATE INDEX bans_by_subject ON bans (subject_kind, subject_id);

-- Accounts that were wiped. Their skeleton (when, with whom, for how long) is purged later.
CREATE TABLE erasures (
    account_id  TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    erased_ms   BIGINT NOT NULL,
    purged_ms   BIGINT
);
CREATE INDEX erasures_by_time ON erasures (erased_ms);

CREATE TABLE feature_flags (
    code        TEXT    NOT NULL PRIMARY KEY,
    enabled     BOOLEAN NOT NULL,
    changed_by  TEXT    NOT NULL REFERENCES accounts (id),
    changed_ms  BIGINT  NOT NULL
);
