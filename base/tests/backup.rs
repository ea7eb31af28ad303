//! `base::db::backup`: a copy of a database that is being written.
#![allow(missing_docs, clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use base::config::Secret;
use base::db::backup::{BackupError, backup};
use base::db::{Db, DbConfig, on_db, testing};

fn config(url: &str) -> DbConfig {
    DbConfig {
        url: Secret::new(url),
        ..DbConfig::default()
    }
}

async fn count(db: &Db) -> i64 {
    let (n,): (i64,) =
        on_db!(db, c => sqlx::query_as("SELECT COUNT(*) FROM t").fetch_one(c).await).unwrap();
    n
}

#[tokio::test]
async fn a_copy_under_writes_holds_what_was_committed_before_it_began() {
    let test = testing::sqlite().await;
    on_db!(test.db.writer().await.unwrap(), c => {
        sqlx::query("CREATE TABLE t (x BIGINT PRIMARY KEY)").execute(c).await.map(drop)
    })
    .unwrap();
    let (written, over) = (
        Arc::new(AtomicI64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let (mine, ends, db) = (written.clone(), over.clone(), test.db.clone());
    let writing = tokio::spawn(async move {
        while !ends.load(Ordering::SeqCst) {
            let mut tx = db.begin().await.unwrap();
            on_db!(tx, c => sqlx::query("INSERT INTO t VALUES ($1)")
                .bind(mine.load(Ordering::SeqCst)).execute(c).await.map(drop))
            .unwrap();
            tx.commit().await.unwrap();
            mine.fetch_add(1, Ordering::SeqCst);
        }
    });
    while written.load(Ordering::SeqCst) < 50 {
        tokio::task::yield_now().await;
    }
    let before = written.load(Ordering::SeqCst);
    let folder = testing::TestFolder::new();
    let target = folder.path().join("copy.db");
    backup(&config(&test.url), &target).await.unwrap();
    let after = written.load(Ordering::SeqCst);
    over.store(true, Ordering::SeqCst);
    writing.await.unwrap();

    let mode = target.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let copy = Db::open(&config(&target.display().to_string()))
        .await
        .unwrap();
    let copied = count(&copy).await;
    assert!(
        (before..=after + 1).contains(&copied),
        "{before} {copied} {after}"
    );
    copy.close().await;
}

#[tokio::test]
async fn a_copy_replaces_no_file_and_leaves_none_behind() {
    let test = testing::sqlite().await;
    let folder = testing::TestFolder::new();
    let target = folder.path().join("copy.db");
    std::fs::write(&target, "precious").unwrap();
    let refused = backup(&config(&test.url), &target).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");

    let missing = config(&folder.path().join("none.db").display().to_string());
    let other = folder.path().join("other.db");
    let refused = backup(&missing, &other).await.unwrap_err();
    assert!(matches!(refused, BackupError::Missing(_)), "{refused}");

    let garbage = folder.path().join("garbage.db");
    std::fs::write(
        &garbage,
        "this is no database, however long it is".repeat(100),
    )
    .unwrap();
    let garbage = config(&garbage.display().to_string());
    backup(&garbage, &other).await.unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_server_is_copied_by_its_own_program() {
    let folder = testing::TestFolder::new();
    let target = folder.path().join("copy.db");
    let refused = backup(&config("postgres://host/pinhui"), &target).await;
    assert!(matches!(refused, Err(BackupError::Postgres)));
    assert!(!target.exists());
}
