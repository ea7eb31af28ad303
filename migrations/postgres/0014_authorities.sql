-- Each authority shuts out by a word of its own: a company and a school by the place that they
-- gave (`company_members.status`, `school_staff.status`), the platform by `accounts.status`.
-- Freezes and bans are told apart likewise, each lifted by its own act only.

ALTER TABLE school_staff ADD COLUMN status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled'));

-- Companies and schools used to write into `accounts.status`. Where the platform did not speak
-- last, and the account was not closed for good, the word becomes that of the place.
UPDATE school_staff SET status = 'disabled'
WHERE account_id IN (SELECT a.id FROM accounts a
        WHERE a.kind = 'school' AND a.status = 'disabled')
    AND account_id NOT IN (SELECT e.account_id FROM erasures e)
    AND account_id NOT IN (SELECT k.account_id FROM account_cancellations k
        WHERE k.done_ms IS NOT NULL)
    AND account_id NOT IN (SELECT l.subject_id FROM audit_log l
        WHERE l.subject_kind = 'account' AND l.action = 'account.disable' AND NOT EXISTS
            (SELECT 1 FROM audit_log x WHERE x.subject_kind = 'account'
                AND x.subject_id = l.subject_id AND x.action = 'account.enable'
                AND x.at_ms >= l.at_ms));

UPDATE accounts SET status = 'active', version = version + 1
WHERE status = 'disabled'
    AND (id IN (SELECT f.account_id FROM school_staff f WHERE f.status = 'disabled')
        OR id IN (SELECT m.account_id FROM company_members m WHERE m.status = 'disabled'))
    AND id NOT IN (SELECT e.account_id FROM erasures e)
    AND id NOT IN (SELECT k.account_id FROM account_cancellations k WHERE k.done_ms IS NOT NULL)
    AND id NOT IN (SELECT l.subject_id FROM audit_log l
        WHERE l.subject_kind = 'account' AND l.action = 'account.disable' AND NOT EXISTS
            (SELECT 1 FROM audit_log x WHERE x.subject_kind = 'account'
                AND x.subject_id = l.subject_id AND x.action = 'account.enable'
                AND x.at_ms >= l.at_ms));

-- `ban`: support keeps someone out. `freeze`: operations froze a company; it goes with
-- `companies.status`.
ALTER TABLE bans ADD COLUMN kind TEXT NOT NULL DEFAULT 'ban' CHECK (kind IN ('ban', 'freeze'));

-- A ban leaves its own row in the log, a freeze that of its company.
UPDATE bans SET kind = 'freeze'
WHERE subject_kind = 'company' AND complaint_id IS NULL AND until_ms IS NULL
    AND id NOT IN (SELECT l.subject_id FROM audit_log l
        WHERE l.subject_kind = 'ban' AND l.action = 'ban.impose');
