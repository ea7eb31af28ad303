-- A school's public site, its notices, and its roster.

-- Host name of the school's own site, lower case.
ALTER TABLE schools ADD COLUMN host TEXT;
ALTER TABLE schools ADD COLUMN intro TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN tel TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN province_code TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN enabled BOOLEAN NOT NULL DEFAULT TRUE;
CREATE UNIQUE INDEX schools_by_host ON schools (host) WHERE host IS NOT NULL;

-- What the school publishes: 通知公告, and 宣讲会 as announcements with time and place.
CREATE TABLE school_notices (
    id            TEXT   NOT NULL PRIMARY KEY,
    school_id     TEXT   NOT NULL REFERENCES schools (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('notice', 'talk')),
    title         TEXT   NOT NULL CHECK (length(title) BETWEEN 1 AND 80),
    body          TEXT   NOT NULL CHECK (length(body) <= 20000),
    -- talk: when and where.
    starts_ms     BIGINT,
    place         TEXT   NOT NULL DEFAULT '' CHECK (length(place) <= 80),
    status        TEXT   NOT NULL CHECK (status IN ('draft', 'published', 'withdrawn')),
    author_id     TEXT   NOT NULL REFERENCES accounts (id),
    version       BIGINT NOT NULL DEFAULT 1,
    created_ms    BIGINT NOT NULL,
    published_ms  BIGINT,
    CHECK (kind <> 'talk' OR starts_ms IS NOT NULL)
);
CREATE INDEX school_notices_by_school ON school_notices (school_id, status, published_ms);

ALTER TABLE students ADD COLUMN class_name TEXT NOT NULL DEFAULT '';
-- What a letter of the roster says: 在读, 毕业, 离校.
ALTER TABLE students ADD COLUMN standing TEXT NOT NULL DEFAULT 'enrolled' CHECK (standing IN ('enrolled', 'graduated', 'left'));
-- How number and name were confirmed.
ALTER TABLE students ADD COLUMN verified_by TEXT NOT NULL DEFAULT 'roster' CHECK (verified_by IN ('roster', 'chsi', 'staff'));

CREATE TABLE roster_imports (
    id          TEXT   NOT NULL PRIMARY KEY,
    school_id   TEXT   NOT NULL REFERENCES schools (id),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    file_name   TEXT   NOT NULL CHECK (length(file_name) <= 120),
    row_count   BIGINT NOT NULL,
    added       BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    -- JSON: number, text and value of each row that was not taken.
    faults      TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL
);
CREATE INDEX roster_imports_by_school ON roster_imports (school_id, created_ms);
