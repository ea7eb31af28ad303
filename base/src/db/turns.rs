//! Taking a turn to write, within limits: how many wait, and for how long.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus::IntGauge;
use sqlx::Error;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use super::gate::{Class, Turn};
use super::metrics::Refused;
use super::{Db, On, Pools, Shared, Tx, Writer};

/// Writes of forms and chores that may wait at once. With a commit of 8 ms, which is a slow disk,
/// these take the time that one waits for at most; whoever comes then is told at once.
pub(super) const PORTAL_WAITING: i64 = 200;
/// How long a form or a chore waits for its turn, or for a connection: its page has to say within
/// 2 s that nothing could be stored.
pub(super) const PORTAL_WAIT: Duration = Duration::from_millis(1_500);
/// How long a live commit waits before it fails.
pub(super) const LIVE_WAIT: Duration = Duration::from_secs(5);

/// A turn that is being used.
pub(super) struct Held {
    class: Class,
    since: Instant,
    shared: Arc<Shared>,
    _turn: Option<Turn>,
}

/// Counts as waiting while it lives.
struct Waiting(IntGauge);

impl Waiting {
    fn new(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Held {
    pub(super) fn note_commit(&self, committed: &Result<(), Error>) {
        let metrics = &self.shared.metrics;
        metrics.note(committed);
        if committed.is_ok() {
            metrics.note_commit(self.class);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared
            .metrics
            .held_seconds
            .with_label_values(&[self.class.label()])
            .observe(self.since.elapsed().as_secs_f64());
    }
}

impl Class {
    fn waits(self) -> Duration {
        match self {
            Self::Live => LIVE_WAIT,
            Self::Crowd | Self::Portal => PORTAL_WAIT,
        }
    }
}

/// Waits for a turn to write. In a box, so that it is no part of the futures of all who write.
pub type Taking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Db {
    /// Begins a write transaction (`BEGIN IMMEDIATE` on SQLite).
    ///
    /// # Errors
    /// Too many wait, it was not our turn in time (both [`sqlx::Error::PoolTimedOut`]), or the
    /// connection failed. Nothing is written.
    pub fn begin(&self) -> Taking<'_, Tx> {
        Box::pin(async {
            let begun = self.in_time(self.begin_in_turn()).await;
            self.shared.metrics.note(&begun);
            begun
        })
    }

    /// The writer, for a single statement.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub fn writer(&self) -> Taking<'_, Writer> {
        Box::pin(async {
            let taken = self.in_time(self.connection_in_turn()).await;
            self.shared.metrics.note(&taken);
            taken
        })
    }

    /// Waits for `taking`, a turn and what is made of it, within the limits.
    async fn in_time<T>(&self, taking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let (class, metrics) = (self.class, &self.shared.metrics);
        let label = [class.label()];
        let waiting = metrics.waiting.with_label_values(&label);
        if class == Class::Portal && waiting.get() >= PORTAL_WAITING {
            metrics.refuse(class, Refused::Crowded);
            return Err(Error::PoolTimedOut);
        }
        let since = Instant::now();
        let counted = Waiting::new(waiting);
        let taken = tokio::time::timeout(class.waits(), taking).await;
        drop(counted);
        metrics
            .wait_seconds
            .with_label_values(&label)
            .observe(since.elapsed().as_secs_f64());
        taken.unwrap_or_else(|_| {
            metrics.refuse(class, Refused::Late);
            Err(Error::PoolTimedOut)
        })
    }

    async fn turn(&self) -> Held {
        let turn = match &self.shared.pools {
            Pools::Sqlite { .. } => Some(self.shared.gate.turn(self.class).await),
            Pools::Postgres(_) => None,
        };
        Held {
            class: self.class,
            since: Instant::now(),
            shared: self.shared.clone(),
            _turn: turn,
        }
    }

    async fn begin_in_turn(&self) -> Result<Tx, Error> {
        let mut held = self.turn().await;
        let open = match self.writers() {
            On::Sqlite(pool) => On::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            On::Postgres(pool) => On::Postgres(pool.begin().await?),
        };
        held.since = Instant::now();
        Ok(Tx { open, held })
    }

    async fn connection_in_turn(&self) -> Result<Writer, Error> {
        let mut held = self.turn().await;
        let connection = match self.writers() {
            On::Sqlite(pool) => On::Sqlite(pool.acquire().await?),
            On::Postgres(pool) => On::Postgres(pool.acquire().await?),
        };
        held.since = Instant::now();
        Ok(Writer {
            connection,
            _held: held,
        })
    }

    fn writers(&self) -> On<&SqlitePool, &PgPool> {
        match &self.shared.pools {
            Pools::Sqlite { writer, .. } => On::Sqlite(writer),
            Pools::Postgres(pools) => On::Postgres(pools.of(self.class)),
        }
    }
}
