-- A school's public site, its notices, and its roster.

-- Host name of the school's own site, lower case.
ALTER TABLE schools ADD COLUMN host TEXT;
ALTER TABLE schools ADD COLUMN intro TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN tel TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN province_code TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN enabled BOOLEAN NOT NULL DEFAULT TRUE;
-- Counts changes of what stands above.
ALTER TABLE schools ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
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
-- Counts changes by staff.
ALTER TABLE students ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE INDEX students_by_faculty ON students (school_id, faculty);

-- A roster that was uploaded and checked. What is to be taken waits in `roster_parts`; it is taken
-- in slices, and `taken` says how far, so that a crash between two slices loses nothing.
CREATE TABLE roster_imports (
    id          TEXT   NOT NULL PRIMARY KEY,
    school_id   TEXT   NOT NULL REFERENCES schools (id),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    file_name   TEXT   NOT NULL CHECK (length(file_name) <= 120),
    state       TEXT   NOT NULL CHECK (state IN ('reading', 'checked', 'taking', 'done', 'dropped')),
    -- Rows of the file; of these: as they are already, new, changed, not good.
    row_count   BIGINT NOT NULL,
    same        BIGINT NOT NULL,
    new_count   BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    fault_count BIGINT NOT NULL,
    -- Rows that wait to be taken, and how many of them have been; of these: added, changed.
    to_take     BIGINT NOT NULL,
    taken       BIGINT NOT NULL DEFAULT 0,
    added       BIGINT NOT NULL DEFAULT 0,
    changed     BIGINT NOT NULL DEFAULT 0,
    created_ms  BIGINT NOT NULL,
    done_ms     BIGINT
);
CREATE INDEX roster_imports_by_school ON roster_imports (school_id, created_ms);

-- Rows that wait to be taken, and faults of those that were not good, a few hundred in each part:
-- no single write is long.
CREATE TABLE roster_parts (
    import_id  TEXT   NOT NULL REFERENCES roster_imports (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('row', 'fault')),
    -- Place of its first entry among those of its kind.
    first      BIGINT NOT NULL,
    -- JSON: the entries.
    entries    TEXT   NOT NULL,
    PRIMARY KEY (import_id, kind, first)
);

-- What a student whom the roster does not know says of himself. Until the school has confirmed
-- it, his row in `students` has a stand-in for the number: nobody can take another's number by
-- claiming it first.
CREATE TABLE identity_claims (
    id           TEXT   NOT NULL PRIMARY KEY,
    account_id   TEXT   NOT NULL UNIQUE REFERENCES accounts (id),
    school_id    TEXT   NOT NULL REFERENCES schools (id),
    student_no   TEXT   NOT NULL CHECK (length(student_no) BETWEEN 1 AND 32),
    name         TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    degree       TEXT   NOT NULL CHECK (degree IN ('associate', 'bachelor', 'second_bachelor', 'master', 'doctor')),
    faculty      TEXT   NOT NULL CHECK (length(faculty) <= 60),
    major        TEXT   NOT NULL CHECK (length(major) <= 60),
    class_name   TEXT   NOT NULL CHECK (length(class_name) <= 60),
    grad_year    BIGINT NOT NULL CHECK (grad_year BETWEEN 1990 AND 2100),
    -- 学信网在线验证码; may be empty.
    chsi_code    TEXT   NOT NULL CHECK (length(chsi_code) <= 32),
    note         TEXT   NOT NULL CHECK (length(note) <= 500),
    status       TEXT   NOT NULL CHECK (status IN ('submitted', 'returned', 'approved', 'rejected')),
    created_ms   BIGINT NOT NULL,
    changed_ms   BIGINT NOT NULL
);
CREATE INDEX identity_claims_by_school ON identity_claims (school_id, status);
