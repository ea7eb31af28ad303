-- One row that readiness writes, to learn whether the database stores.
CREATE TABLE heartbeats (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    beats  BIGINT NOT NULL
);
