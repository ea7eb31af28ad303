-- What a company is certified by, who claims its administration, which schools it has joined.

-- Key for uniqueness: brackets, width, case and spaces of the name do not count.
ALTER TABLE companies ADD COLUMN name_key TEXT;
-- Organisation code (GB 11714), for companies that have not yet given an 18-digit one.
ALTER TABLE companies ADD COLUMN org_code TEXT CHECK (length(org_code) = 9);
ALTER TABLE companies ADD COLUMN province_code TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN city_code TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN nature_code TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN industry_code TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN tel TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN official_email TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN hr_email TEXT NOT NULL DEFAULT '';
ALTER TABLE companies ADD COLUMN postcode TEXT NOT NULL DEFAULT '';
-- The school at whose site it registered.
ALTER TABLE companies ADD COLUMN source_school_id TEXT REFERENCES schools (id);
CREATE UNIQUE INDEX companies_by_key_of_name ON companies (name_key) WHERE name_key IS NOT NULL;
CREATE UNIQUE INDEX companies_by_org_code ON companies (org_code) WHERE org_code IS NOT NULL;

-- 认证信息 as handed in. What is in force stands in `companies`; a change waits here meanwhile.
CREATE TABLE certifications (
    id            TEXT   NOT NULL PRIMARY KEY,
    company_id    TEXT   NOT NULL REFERENCES companies (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('first', 'change')),
    -- JSON: the form's fields, and the ids of the licence and the letter.
    data          TEXT   NOT NULL,
    status        TEXT   NOT NULL CHECK (status IN ('submitted', 'returned', 'approved', 'rejected', 'withdrawn')),
    submitted_by  TEXT   NOT NULL REFERENCES accounts (id),
    created_ms    BIGINT NOT NULL,
    decided_ms    BIGINT
);
CREATE INDEX certifications_by_company ON certifications (company_id, created_ms);
CREATE UNIQUE INDEX certifications_one_open ON certifications (company_id)
    WHERE status IN ('submitted', 'returned');

CREATE TABLE admin_claims (
    id           TEXT   NOT NULL PRIMARY KEY,
    company_id   TEXT   NOT NULL REFERENCES companies (id),
    account_id   TEXT   NOT NULL REFERENCES accounts (id),
    -- The stamped authorization letter.
    letter_file  TEXT   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('submitted', 'returned', 'approved', 'rejected', 'withdrawn')),
    created_ms   BIGINT NOT NULL,
    decided_ms   BIGINT
);
CREATE UNIQUE INDEX admin_claims_one_open ON admin_claims (company_id)
    WHERE status IN ('submitted', 'returned');
CREATE INDEX admin_claims_by_account ON admin_claims (account_id);

-- 入驻高校.
CREATE TABLE school_joins (
    id          TEXT   NOT NULL PRIMARY KEY,
    company_id  TEXT   NOT NULL REFERENCES companies (id),
    school_id   TEXT   NOT NULL REFERENCES schools (id),
    status      TEXT   NOT NULL CHECK (status IN ('waiting', 'submitted', 'returned', 'approved', 'rejected', 'cancelled', 'blocked')),
    reason      TEXT   NOT NULL DEFAULT '',
    created_ms  BIGINT NOT NULL,
    decided_ms  BIGINT,
    UNIQUE (company_id, school_id)
);
CREATE INDEX school_joins_by_school ON school_joins (school_id, status);

-- 雇主品牌.
CREATE TABLE company_brands (
    company_id  TEXT   NOT NULL PRIMARY KEY REFERENCES companies (id),
    short_name  TEXT   NOT NULL CHECK (length(short_name) <= 20),
    logo_file   TEXT,
    website     TEXT   NOT NULL,
    video_url   TEXT   NOT NULL,
    -- JSON: benefits (texts), album (ids of files).
    data        TEXT   NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    updated_ms  BIGINT NOT NULL
);

-- 开票资料.
CREATE TABLE invoice_profiles (
    company_id  TEXT   NOT NULL PRIMARY KEY REFERENCES companies (id),
    -- JSON: kind, title, tax id, bank and address, delivery.
    data        TEXT   NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,
    updated_ms  BIGINT NOT NULL
);
