-- What a student shows and what a company offers.

CREATE TABLE resumes (
    student_id    TEXT    NOT NULL PRIMARY KEY REFERENCES students (account_id),
    -- JSON: intent, education, internships, projects, campus, certificates, languages, summary.
    sections      TEXT    NOT NULL,
    -- Percent; an admission to a queue asks for a threshold.
    completeness  BIGINT  NOT NULL CHECK (completeness BETWEEN 0 AND 100),
    visible       BOOLEAN NOT NULL DEFAULT TRUE,
    version       BIGINT  NOT NULL DEFAULT 1,
    updated_ms    BIGINT  NOT NULL
);

CREATE TABLE jobs (
    id            TEXT   NOT NULL PRIMARY KEY,
    company_id    TEXT   NOT NULL REFERENCES companies (id),
    title         TEXT   NOT NULL CHECK (length(title) BETWEEN 1 AND 50),
    category      TEXT   NOT NULL DEFAULT '',
    kind          TEXT   NOT NULL CHECK (kind IN ('full_time', 'internship')),
    headcount     BIGINT NOT NULL CHECK (headcount BETWEEN 1 AND 10000),
    degree        TEXT   NOT NULL CHECK (degree IN ('any', 'associate', 'bachelor', 'master', 'doctor')),
    -- JSON arrays of text.
    majors        TEXT   NOT NULL,
    cities        TEXT   NOT NULL,
    -- Fen a month; both unset: 面议.
    pay_min_fen   BIGINT CHECK (pay_min_fen >= 0),
    pay_max_fen   BIGINT,
    description   TEXT   NOT NULL DEFAULT '' CHECK (length(description) <= 5000),
    status        TEXT   NOT NULL CHECK (status IN ('draft', 'open', 'closed', 'deleted')),
    version       BIGINT NOT NULL DEFAULT 1,
    created_ms    BIGINT NOT NULL,
    updated_ms    BIGINT NOT NULL,
    CHECK ((pay_min_fen IS NULL AND pay_max_fen IS NULL) OR pay_min_fen <= pay_max_fen)
);
CREATE INDEX jobs_by_company ON jobs (company_id, status);
