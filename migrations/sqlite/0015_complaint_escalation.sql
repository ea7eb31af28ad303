-- When people were last told that a complaint is overdue.
ALTER TABLE complaints ADD COLUMN escalated_ms BIGINT;
