-- What was said against a ban: once, by whom it keeps out or by his company's administrator.
-- Somebody else than who imposed it decides.
CREATE TABLE ban_appeals (
    ban_id        TEXT   NOT NULL PRIMARY KEY REFERENCES bans (id),
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    body          TEXT   NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    status        TEXT   NOT NULL CHECK (status IN ('open', 'granted', 'refused')),
    answer        TEXT   NOT NULL DEFAULT '' CHECK (length(answer) <= 2000),
    decided_by    TEXT   REFERENCES accounts (id),
    decided_ms    BIGINT,
    due_ms        BIGINT NOT NULL,
    created_ms    BIGINT NOT NULL,
    -- When people were last told that it is overdue.
    escalated_ms  BIGINT
);
CREATE INDEX ban_appeals_by_status ON ban_appeals (status, due_ms);
CREATE INDEX ban_appeals_by_account ON ban_appeals (account_id, created_ms);
