//! What every server crate of Pinhui stands on: database, ids, clock, configuration, telemetry, shutdown.
