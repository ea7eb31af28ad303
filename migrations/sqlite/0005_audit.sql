-- Who changed or saw what. Rows are only ever added; none holds a name or a phone number.
CREATE TABLE audit_log (
    id            TEXT   NOT NULL PRIMARY KEY,
    at_ms         BIGINT NOT NULL,
    -- Unset: the system, or someone who is not signed in.
    actor_id      TEXT,
    action        TEXT   NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
    subject_kind  TEXT   NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 32),
    subject_id    TEXT   NOT NULL,
    -- JSON object of ids and figures.
    detail        TEXT   NOT NULL
);
CREATE INDEX audit_log_by_time ON audit_log (at_ms);
CREATE INDEX audit_log_by_subject ON audit_log (subject_kind, subject_id, at_ms);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at_ms);
