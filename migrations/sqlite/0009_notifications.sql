-- The outbox: what somebody is to be told, on which channels, and what became of it.

-- One message to one person; it is also his message in the site.
CREATE TABLE notifications (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- Number in the catalogue, such as N3.
    event       TEXT   NOT NULL CHECK (length(event) BETWEEN 2 AND 8),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    -- JSON object: what the templates name.
    args        TEXT   NOT NULL,
    -- Path of the page that it leads to; may be empty.
    link        TEXT   NOT NULL CHECK (length(link) <= 300),
    -- A second one with the same key is not made.
    dedupe_key  TEXT   UNIQUE,
    created_ms  BIGINT NOT NULL,
    read_ms     BIGINT
);
CREATE INDEX notifications_by_account ON notifications (account_id, created_ms);

-- One attempt chain on one channel outside the site.
CREATE TABLE notification_sends (
    id               TEXT   NOT NULL PRIMARY KEY,
    -- Unset for codes, which belong to a mobile number and not to an account.
    notification_id  TEXT   REFERENCES notifications (id),
    event            TEXT   NOT NULL CHECK (length(event) BETWEEN 2 AND 8),
    channel          TEXT   NOT NULL CHECK (channel IN ('wechat', 'sms', 'email')),
    -- Unset: looked up from the account when it is sent.
    target           TEXT,
    args             TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'dead', 'capped', 'unreachable', 'off')),
    tries            BIGINT NOT NULL DEFAULT 0,
    next_ms          BIGINT NOT NULL,
    -- No use after this: a code, a ring.
    expires_ms       BIGINT,
    error            TEXT   NOT NULL DEFAULT '',
    provider_id      TEXT,
    created_ms       BIGINT NOT NULL,
    done_ms          BIGINT
);
CREATE INDEX notification_sends_by_time ON notification_sends (state, next_ms);
CREATE INDEX notification_sends_by_notification ON notification_sends (notification_id);
CREATE INDEX notification_sends_by_provider ON notification_sends (provider_id);

-- What staff changed of the built-in rules and templates.
CREATE TABLE notification_rules (
    event       TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    -- Messages of this event and channel to one person in a day.
    daily_cap   BIGINT  NOT NULL CHECK (daily_cap BETWEEN 0 AND 1000),
    changed_ms  BIGINT  NOT NULL,
    PRIMARY KEY (event, channel)
);
CREATE TABLE notification_templates (
    event              TEXT   NOT NULL,
    channel            TEXT   NOT NULL,
    title              TEXT   NOT NULL CHECK (length(title) <= 60),
    body               TEXT   NOT NULL CHECK (length(body) <= 2000),
    -- The template's id at WeChat or at the SMS provider.
    provider_template  TEXT   NOT NULL CHECK (length(provider_template) <= 64),
    version            BIGINT NOT NULL DEFAULT 1,
    changed_ms         BIGINT NOT NULL,
    PRIMARY KEY (event, channel)
);

-- What a person switched off or on.
CREATE TABLE notification_settings (
    account_id  TEXT    NOT NULL REFERENCES accounts (id),
    event       TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, event, channel)
);
