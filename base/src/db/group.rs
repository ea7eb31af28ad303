//! Group commit: the small writes of many people in one transaction.
//!
//! A commit costs a sync of the disk, whatever it holds. When thousands of people come at one
//! moment, their writes go together, and each of them is answered when his own is on the disk:
//! nothing is promised before it is kept.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Error;
use tokio::sync::{mpsc, oneshot};

use super::gate::Class;
use super::metrics::Refused;
use super::{Db, Tx, is_constraint};

/// A small write of one person.
pub trait Job: Send + Sync + 'static {
    /// What comes of it.
    type Done: Send + 'static;

    /// Writes. It may be asked again, in another transaction, when this one comes to nothing.
    fn write(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Done, Error>> + Send;
}

/// Jobs that may wait at once: everyone of a large fair, at the moment after a restart.
const MOST_WAITING: usize = 8_192;
/// Jobs of one transaction: some 10 ms of work, for which others wait.
const MOST_TOGETHER: usize = 128;
/// How long a job waits for the answer. Those of a large fair before it are dozens of transactions;
/// a database that does not store is told of as soon as the first of them fails.
const PATIENCE: Duration = Duration::from_secs(5);

type Answer<T> = oneshot::Sender<Result<T, Arc<Error>>>;

struct Waiting<J: Job> {
    job: J,
    answer: Answer<J::Done>,
}

/// Takes jobs and commits them together. Clones share the line; the task behind it ends with the
/// last of them.
pub struct Group<J: Job> {
    jobs: mpsc::Sender<Waiting<J>>,
    db: Db,
}

impl<J: Job> Clone for Group<J> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            db: self.db.clone(),
        }
    }
}

impl<J: Job> Group<J> {
    /// Starts the task that commits.
    pub fn start(db: &Db) -> Self {
        let db = db.in_class(Class::Crowd);
        let (jobs, line) = mpsc::channel(MOST_WAITING);
        tokio::spawn(work(db.clone(), line));
        Self { jobs, db }
    }

    /// Writes a job together with others. When this returns `Ok`, it outlives a power loss.
    ///
    /// # Errors
    /// It is not written; or nobody knows yet, as the answer did not come in time
    /// ([`sqlx::Error::PoolTimedOut`]).
    pub async fn commit(&self, job: J) -> Result<J::Done, Arc<Error>> {
        let (answer, answered) = oneshot::channel();
        if self.jobs.try_send(Waiting { job, answer }).is_err() {
            return Err(self.refuse(Refused::Crowded));
        }
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(done)) => done,
            // The task is gone: the process ends.
            Ok(Err(_)) => Err(Arc::new(Error::PoolClosed)),
            Err(_) => Err(self.refuse(Refused::Late)),
        }
    }

    fn refuse(&self, reason: Refused) -> Arc<Error> {
        self.db.shared.metrics.refuse(Class::Crowd, reason);
        Arc::new(Error::PoolTimedOut)
    }
}

async fn work<J: Job>(db: Db, mut line: mpsc::Receiver<Waiting<J>>) {
    let mut batch = Vec::new();
    while line.recv_many(&mut batch, MOST_TOGETHER).await > 0 {
        // Who has gone away wants nothing written.
        batch.retain(|waiting| !waiting.answer.is_closed());
        commit_all(&db, std::mem::take(&mut batch)).await;
    }
}

/// Commits what can be committed and answers everyone. A job that cannot be stored is taken out,
/// and the others are tried without it.
async fn commit_all<J: Job>(db: &Db, mut batch: Vec<Waiting<J>>) {
    while !batch.is_empty() {
        match together(db, &batch).await {
            Ok(done) => {
                for (waiting, done) in batch.into_iter().zip(done) {
                    drop(waiting.answer.send(Ok(done)));
                }
                return;
            }
            Err((Some(at), error)) if is_constraint(&error) => {
                drop(batch.swap_remove(at).answer.send(Err(Arc::new(error))));
            }
            Err((_, error)) => {
                let error = Arc::new(error);
                for waiting in batch {
                    drop(waiting.answer.send(Err(error.clone())));
                }
                return;
            }
        }
    }
}

/// One transaction; an error names the job that brought it, if one did.
async fn together<J: Job>(
    db: &Db,
    batch: &[Waiting<J>],
) -> Result<Vec<J::Done>, (Option<usize>, Error)> {
    let nobodys = |error| (None, error);
    let mut tx = db.begin().await.map_err(nobodys)?;
    let mut done = Vec::with_capacity(batch.len());
    for (at, waiting) in batch.iter().enumerate() {
        done.push(
            waiting
                .job
                .write(&mut tx)
                .await
                .map_err(|error| (Some(at), error))?,
        );
    }
    tx.commit().await.map_err(nobodys)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{on_db, testing};

    struct Put(i64);

    impl Job for Put {
        type Done = i64;

        async fn write(&self, tx: &mut Tx) -> Result<i64, Error> {
            on_db!(tx, c => sqlx::query("INSERT INTO t (x) VALUES ($1)")
                .bind(self.0).execute(c).await.map(drop))?;
            Ok(self.0)
        }
    }

    async fn table(db: &Db) {
        on_db!(db.writer().await.unwrap(), c => {
            sqlx::query("CREATE TABLE t (x BIGINT PRIMARY KEY CHECK (x < 1000))")
                .execute(c).await.map(drop)
        })
        .unwrap();
    }

    async fn count(db: &Db) -> i64 {
        let (n,): (i64,) = on_db!(db, c => {
            sqlx::query_as("SELECT COUNT(*) FROM t").fetch_one(c).await
        })
        .unwrap();
        n
    }

    fn commits(db: &Db) -> u64 {
        db.shared
            .metrics
            .commits
            .with_label_values(&[Class::Crowd.label()])
            .get()
    }

    #[tokio::test]
    async fn jobs_of_one_moment_share_commits() {
        for test in testing::both().await {
            table(&test.db).await;
            let group = Group::start(&test.db);
            // The first one is committed while the others come.
            let jobs: Vec<_> = (0..500)
                .map(|n| {
                    let group = group.clone();
                    tokio::spawn(async move { group.commit(Put(n)).await })
                })
                .collect();
            for (n, job) in (0..).zip(jobs) {
                assert_eq!(job.await.unwrap().unwrap(), n);
            }
            assert_eq!(count(&test.db).await, 500);
            assert!(commits(&test.db) < 50, "{}", commits(&test.db));
        }
    }

    #[tokio::test]
    async fn a_job_that_cannot_be_stored_fails_alone() {
        for test in testing::both().await {
            table(&test.db).await;
            let group = Group::start(&test.db);
            let jobs: Vec<_> = [1, 2, 5_000, 3, 2]
                .into_iter()
                .map(|n| {
                    let group = group.clone();
                    tokio::spawn(async move { group.commit(Put(n)).await })
                })
                .collect();
            let mut failed = 0;
            for job in jobs {
                if let Err(error) = job.await.unwrap() {
                    assert!(is_constraint(&error), "{error}");
                    failed += 1;
                }
            }
            assert_eq!((failed, count(&test.db).await), (2, 3));
        }
    }
}
