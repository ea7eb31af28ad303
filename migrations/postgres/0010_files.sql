-- Uploads. The bytes are in the object store under `object_key`.
CREATE TABLE files (
    id            TEXT   NOT NULL PRIMARY KEY,
    purpose       TEXT   NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    -- Who uploaded it; unset: someone who is registering.
    owner_id      TEXT   REFERENCES accounts (id),
    -- As the person's disk calls it, for the download.
    name          TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    mime          TEXT   NOT NULL CHECK (length(mime) BETWEEN 1 AND 120),
    bytes         BIGINT NOT NULL CHECK (bytes >= 0),
    sha256        TEXT   NOT NULL CHECK (length(sha256) = 64),
    object_key    TEXT   NOT NULL UNIQUE,
    -- loose: uploaded and not yet part of anything; swept after a day.
    state         TEXT   NOT NULL CHECK (state IN ('loose', 'attached', 'removed')),
    -- What it became part of.
    subject_kind  TEXT   NOT NULL DEFAULT '',
    subject_id    TEXT   NOT NULL DEFAULT '',
    created_ms    BIGINT NOT NULL,
    changed_ms    BIGINT NOT NULL
);
CREATE INDEX files_by_state ON files (state, changed_ms);
CREATE INDEX files_by_subject ON files (subject_kind, subject_id);
CREATE INDEX files_by_owner ON files (owner_id);
