-- The outbox: what somebody is to be told, on which channels, and what became of it.

-- One message to one person; it is also his message in the site.
CREATE TABLE notifications (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- Number in the catalogue, such as N3.
    event       TEXT   NOT NULL CHECK (length(event) BETWEEN 2 AND 8),
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    -- JSON object: what the templates name. Secrets leave it as soon as the sends are planned.
    args        TEXT   NOT NULL,
    -- Path of the page that it leads to; may be empty.
    link        TEXT   NOT NULL CHECK (length(link) <= 300),
    -- A second one with the same key is not made.
    dedupe_key  TEXT   UNIQUE,
    created_ms  BIGINT NOT NULL,
    read_ms     BIGINT,
    -- When it was worked out what is sent of it; unset: not yet.
    planned_ms  BIGINT
);
CREATE INDEX notifications_by_account ON notifications (account_id, created_ms);
CREATE INDEX notifications_unread ON notifications (account_id) WHERE read_ms IS NULL;
CREATE INDEX notifications_unplanned ON notifications (created_ms) WHERE planned_ms IS NULL;

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
    state            TEXT   NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'delivered', 'failed', 'dead', 'capped', 'unreachable', 'off', 'expired', 'void')),
    -- 0 first: what a person waits for at this moment.
    priority         BIGINT NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2),
    tries            BIGINT NOT NULL DEFAULT 0,
    -- Waiting: not before this. Sending: after this the sender is taken for dead.
    next_ms          BIGINT NOT NULL,
    -- No use after this: a code, a ring.
    expires_ms       BIGINT,
    error            TEXT   NOT NULL DEFAULT '',
    provider_id      TEXT,
    created_ms       BIGINT NOT NULL,
    done_ms          BIGINT
);
CREATE INDEX notification_sends_due ON notification_sends (channel, priority, next_ms) WHERE state = 'waiting';
CREATE INDEX notification_sends_running ON notification_sends (next_ms) WHERE state = 'sending';
CREATE INDEX notification_sends_by_state ON notification_sends (state, created_ms);
CREATE INDEX notification_sends_by_time ON notification_sends (created_ms);
CREATE INDEX notification_sends_by_provider ON notification_sends (provider_id);
-- Args that hold a secret are wiped after this time.
CREATE INDEX notification_sends_by_expiry ON notification_sends (expires_ms) WHERE args <> '{}';
-- A message goes out once on a channel.
CREATE UNIQUE INDEX notification_sends_once ON notification_sends (notification_id, channel)
    WHERE notification_id IS NOT NULL;

-- What a provider said about a message whose id was not yet known here.
CREATE TABLE notification_reports (
    provider_id  TEXT    NOT NULL PRIMARY KEY,
    delivered    BOOLEAN NOT NULL,
    error        TEXT    NOT NULL,
    received_ms  BIGINT  NOT NULL
);
CREATE INDEX notification_reports_by_time ON notification_reports (received_ms);

-- Messages to one person on one channel on one day in Beijing, for the caps.
CREATE TABLE notification_days (
    account_id  TEXT   NOT NULL REFERENCES accounts (id),
    channel     TEXT   NOT NULL,
    -- Number in the catalogue; * for all events together.
    event       TEXT   NOT NULL,
    -- Such as 2026-11-25.
    day         TEXT   NOT NULL CHECK (length(day) = 10),
    messages    BIGINT NOT NULL,
    PRIMARY KEY (account_id, channel, event, day)
);
CREATE INDEX notification_days_by_day ON notification_days (day);

-- What staff changed of the built-in rules and templates.
CREATE TABLE notification_rules (
    event       TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    -- Messages of this event and channel to one person in a day.
    daily_cap   BIGINT  NOT NULL CHECK (daily_cap BETWEEN 0 AND 1000),
    version     BIGINT  NOT NULL DEFAULT 1,
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
