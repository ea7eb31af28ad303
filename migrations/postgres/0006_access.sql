-- How people come in: captchas, codes by SMS, one-time links, WeChat, devices; and what they may.

-- Pictures with digits that were answered, right or wrong: each is good for one answer. What it
-- shows and when it was made follow from its id, so none has a row before that.
CREATE TABLE spent_captchas (
    id        TEXT   NOT NULL PRIMARY KEY,
    spent_ms  BIGINT NOT NULL
);
CREATE INDEX spent_captchas_by_time ON spent_captchas (spent_ms);

-- Codes sent by SMS. The newest unused one of a mobile number and purpose is the one that counts.
CREATE TABLE sms_codes (
    id            TEXT   NOT NULL PRIMARY KEY,
    mobile        TEXT   NOT NULL CHECK (length(mobile) = 11),
    purpose       TEXT   NOT NULL CHECK (length(purpose) BETWEEN 1 AND 32),
    code_hash     TEXT   NOT NULL,
    -- Keyed hash of the address that asked: limits per address.
    address_hash  TEXT   NOT NULL,
    -- Wrong answers.
    tries         BIGINT NOT NULL DEFAULT 0,
    sent_ms       BIGINT NOT NULL,
    expires_ms    BIGINT NOT NULL,
    -- Spent by the right answer, by too many wrong ones, or by a newer code.
    used_ms       BIGINT
);
CREATE INDEX sms_codes_by_mobile ON sms_codes (mobile, sent_ms);
CREATE INDEX sms_codes_by_address ON sms_codes (address_hash, sent_ms);
CREATE INDEX sms_codes_by_time ON sms_codes (sent_ms);

-- When a mobile number last got a code: one request at a time passes here, so that two at once
-- cannot both find room under a limit.
CREATE TABLE sms_gates (
    mobile   TEXT   NOT NULL PRIMARY KEY CHECK (length(mobile) = 11),
    last_ms  BIGINT NOT NULL
);
CREATE INDEX sms_gates_by_time ON sms_gates (last_ms);

-- Links that set a password once.
CREATE TABLE password_links (
    token_hash  TEXT   NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    -- Who made it; unset: the account itself, by SMS code.
    made_by     TEXT   REFERENCES accounts (id),
    created_ms  BIGINT NOT NULL,
    expires_ms  BIGINT NOT NULL,
    used_ms     BIGINT
);
CREATE INDEX password_links_by_account ON password_links (account_id);

CREATE TABLE wechat_bindings (
    account_id  TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    openid      TEXT    NOT NULL UNIQUE CHECK (length(openid) BETWEEN 1 AND 64),
    -- False once the person no longer follows the official account.
    reachable   BOOLEAN NOT NULL,
    bound_ms    BIGINT  NOT NULL
);

-- A QR code that ties one WeChat user to one account, or signs him in, once. A login is
-- scanned, and then confirmed by a word to the official account.
CREATE TABLE wechat_scenes (
    nonce       TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL CHECK (kind IN ('bind', 'login')),
    -- Set for bind; for login it is filled in by the scan.
    account_id  TEXT   REFERENCES accounts (id),
    -- SHA-256 of the cookie of the browser that shows the code, and what it calls itself.
    browser     TEXT   NOT NULL,
    label       TEXT   NOT NULL CHECK (length(label) <= 120),
    openid      TEXT,
    state       TEXT   NOT NULL CHECK (state IN ('waiting', 'scanned', 'done', 'refused')),
    created_ms  BIGINT NOT NULL,
    expires_ms  BIGINT NOT NULL
);
CREATE INDEX wechat_scenes_by_openid ON wechat_scenes (openid, state);
CREATE INDEX wechat_scenes_by_expiry ON wechat_scenes (expires_ms);

-- Callbacks that were worked off: a repeated one changes nothing.
CREATE TABLE wechat_events (
    dedupe_key   TEXT   NOT NULL PRIMARY KEY,
    received_ms  BIGINT NOT NULL
);
CREATE INDEX wechat_events_by_time ON wechat_events (received_ms);

-- Browsers from which an account was used.
CREATE TABLE known_devices (
    account_id   TEXT   NOT NULL REFERENCES accounts (id),
    -- SHA-256 of the browser's own cookie.
    device_hash  TEXT   NOT NULL,
    label        TEXT   NOT NULL CHECK (length(label) <= 120),
    first_ms     BIGINT NOT NULL,
    last_ms      BIGINT NOT NULL,
    PRIMARY KEY (account_id, device_hash)
);

-- 账号注销: asked for, cooling off, done.
CREATE TABLE account_cancellations (
    account_id    TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    asked_ms      BIGINT NOT NULL,
    due_ms        BIGINT NOT NULL,
    withdrawn_ms  BIGINT,
    done_ms       BIGINT
);
CREATE INDEX account_cancellations_by_due ON account_cancellations (due_ms);

CREATE TABLE platform_staff (
    account_id  TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    role        TEXT   NOT NULL CHECK (role IN ('review', 'operations', 'finance', 'support')),
    created_ms  BIGINT NOT NULL
);

ALTER TABLE accounts ADD COLUMN avatar_file TEXT;

-- The browser that a session runs in, as in known_devices; empty: not known.
ALTER TABLE sessions ADD COLUMN device_hash TEXT NOT NULL DEFAULT '';
-- What the account may has changed: the next page brings a new secret.
ALTER TABLE sessions ADD COLUMN rotate BOOLEAN NOT NULL DEFAULT FALSE;

-- 校级 sees the whole school, 院系 the students of one faculty.
ALTER TABLE school_staff ADD COLUMN role TEXT NOT NULL DEFAULT 'school' CHECK (role IN ('school', 'faculty'));
ALTER TABLE school_staff ADD COLUMN faculty TEXT NOT NULL DEFAULT '';

ALTER TABLE company_members ADD COLUMN may_pay BOOLEAN NOT NULL DEFAULT FALSE;
-- Set: a guest who may sit at this fair's booth and nothing else.
ALTER TABLE company_members ADD COLUMN guest_fair_id TEXT REFERENCES video_fairs (id);
ALTER TABLE company_members ADD COLUMN guest_until_ms BIGINT;
ALTER TABLE company_members ADD COLUMN decided_ms BIGINT;
-- Why a request was refused.
ALTER TABLE company_members ADD COLUMN reason TEXT NOT NULL DEFAULT '';
