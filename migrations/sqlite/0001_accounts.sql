-- Schools, companies, the people who sign in, and their sessions.
-- Ids are UUIDs as TEXT, times are UTC milliseconds since 1970.

CREATE TABLE schools (
    id          TEXT   NOT NULL PRIMARY KEY,
    code        TEXT   NOT NULL UNIQUE CHECK (length(code) BETWEEN 2 AND 32),
    name        TEXT   NOT NULL CHECK (length(name) BETWEEN 2 AND 60),
    created_ms  BIGINT NOT NULL
);

CREATE TABLE companies (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- Unified social credit code (GB 32100); unknown for companies that came with an import.
    uscc        TEXT   CHECK (length(uscc) = 18),
    name        TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    industry    TEXT   NOT NULL DEFAULT '',
    nature      TEXT   NOT NULL DEFAULT '',
    scale       TEXT   NOT NULL DEFAULT '',
    city        TEXT   NOT NULL DEFAULT '',
    intro       TEXT   NOT NULL DEFAULT '' CHECK (length(intro) <= 2000),
    status      TEXT   NOT NULL CHECK (status IN ('draft', 'submitted', 'certified', 'rejected', 'frozen')),
    version     BIGINT NOT NULL DEFAULT 1,
    created_ms  BIGINT NOT NULL,
    updated_ms  BIGINT NOT NULL
);
CREATE UNIQUE INDEX companies_by_name ON companies (name);
CREATE UNIQUE INDEX companies_by_uscc ON companies (uscc) WHERE uscc IS NOT NULL;

CREATE TABLE accounts (
    id             TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL CHECK (kind IN ('student', 'company', 'school', 'platform', 'operator')),
    -- 11 digits, without a country code.
    mobile         TEXT   CHECK (length(mobile) = 11),
    -- Lower case.
    email          TEXT   CHECK (length(email) <= 254),
    -- PHC string of argon2id; '!' admits no password.
    password_hash  TEXT   NOT NULL,
    real_name      TEXT   NOT NULL CHECK (length(real_name) BETWEEN 1 AND 60),
    -- What students see of an interviewer instead of the name.
    nickname       TEXT   NOT NULL CHECK (length(nickname) BETWEEN 1 AND 60),
    department     TEXT   NOT NULL DEFAULT '',
    status         TEXT   NOT NULL CHECK (status IN ('active', 'disabled')),
    version        BIGINT NOT NULL DEFAULT 1,
    created_ms     BIGINT NOT NULL,
    last_login_ms  BIGINT
);
CREATE UNIQUE INDEX accounts_by_mobile ON accounts (mobile) WHERE mobile IS NOT NULL;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;

CREATE TABLE company_members (
    account_id  TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    company_id  TEXT   NOT NULL REFERENCES companies (id),
    role        TEXT   NOT NULL CHECK (role IN ('admin', 'member')),
    status      TEXT   NOT NULL CHECK (status IN ('pending', 'approved', 'refused', 'disabled')),
    created_ms  BIGINT NOT NULL
);
CREATE INDEX company_members_by_company ON company_members (company_id);
-- A company has one administrator.
CREATE UNIQUE INDEX company_members_one_admin ON company_members (company_id)
    WHERE role = 'admin' AND status = 'approved';

CREATE TABLE school_staff (
    account_id  TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    school_id   TEXT   NOT NULL REFERENCES schools (id),
    created_ms  BIGINT NOT NULL
);
CREATE INDEX school_staff_by_school ON school_staff (school_id);

CREATE TABLE students (
    account_id   TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    school_id    TEXT   NOT NULL REFERENCES schools (id),
    student_no   TEXT   NOT NULL CHECK (length(student_no) BETWEEN 1 AND 32),
    name         TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    degree       TEXT   NOT NULL CHECK (degree IN ('associate', 'bachelor', 'second_bachelor', 'master', 'doctor')),
    faculty      TEXT   NOT NULL,
    major        TEXT   NOT NULL,
    grad_year    BIGINT NOT NULL CHECK (grad_year BETWEEN 1990 AND 2100),
    -- The school confirmed number and name.
    verified_ms  BIGINT,
    UNIQUE (school_id, student_no)
);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's secret, hexadecimal: the table alone opens no session.
    token_hash  TEXT   NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    -- Goes with each form and each writing request of this session.
    csrf        TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    seen_ms     BIGINT NOT NULL,
    expires_ms  BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);

-- Failed logins by what was typed, whether or not an account has that name: a lock tells nobody
-- which accounts exist.
CREATE TABLE login_failures (
    -- SHA-256 of the normalised login name, hexadecimal.
    login_hash       TEXT   NOT NULL PRIMARY KEY CHECK (length(login_hash) = 64),
    failures         BIGINT NOT NULL CHECK (failures >= 0),
    last_ms          BIGINT NOT NULL,
    locked_until_ms  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX login_failures_by_time ON login_failures (last_ms);
