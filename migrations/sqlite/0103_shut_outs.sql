-- Until when, in ms since 1970, join tokens and resume secrets of a person are void: whoever was
-- signed out or shut out does not come back after a restart either.
CREATE TABLE live_shut_outs (
    person_id TEXT   NOT NULL PRIMARY KEY,
    until_ms  BIGINT NOT NULL
);
