//! Writers: what a full disk leaves behind, who goes first, and whether the database stores.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use base::db::{Db, Trouble, may_have_committed, on_db, testing, trouble};
use prometheus::Registry;
use sqlx::AssertSqlSafe;

async fn run(db: &Db, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    on_db!(db.writer().await.unwrap(), c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    let (n,): (i64,) = on_db!(db, c => sqlx::query_as(sql).fetch_one(c).await).unwrap();
    n
}

/// The sum of a figure's lines whose labels hold `label`.
fn figure(registry: &Registry, name: &str, label: &str) -> f64 {
    registry
        .gather()
        .iter()
        .filter(|family| family.name() == name)
        .flat_map(|family| family.get_metric())
        .filter(|metric| {
            label.is_empty() || metric.get_label().iter().any(|pair| pair.value() == label)
        })
        .map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
        .sum()
}

/// The file may not grow: SQLite says "full", as with a disk.
async fn fill_up(db: &Db) {
    let pages = number(db, "SELECT page_count FROM pragma_page_count").await;
    run(db, &format!("PRAGMA max_page_count = {pages}")).await;
}

#[tokio::test]
async fn a_full_disk_is_over_when_it_is_over() {
    let test = testing::sqlite().await;
    let registry = Registry::new();
    test.db.register(&registry).unwrap();
    run(&test.db, "CREATE TABLE t (x TEXT)").await;
    fill_up(&test.db).await;
    let large = "x".repeat(1 << 20);
    let mut tx = test.db.begin().await.unwrap();
    let full = on_db!(tx, c => {
        sqlx::query("INSERT INTO t VALUES ($1)").bind(&large).execute(c).await.map(drop)
    })
    .unwrap_err();
    assert_eq!(trouble(&full), Trouble::Full, "{full}");
    assert!(!may_have_committed(&full));
    drop(tx);
    // SQLite has rolled back by itself; the driver does not know.
    for _ in 0..3 {
        let mut tx = test.db.begin().await.unwrap();
        on_db!(tx, c => sqlx::query("INSERT INTO t VALUES ('small')").execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM t").await, 3);
    assert_eq!(
        figure(&registry, "pinhui_db_writers_replaced_total", ""),
        1.0
    );
}

#[tokio::test]
async fn readiness_asks_by_a_write() {
    for test in testing::both().await {
        let db = &test.db;
        db.check_writable().await.unwrap();
        // Asked again at once, the answer is the same one: a prober costs one write a second.
        db.check_writable().await.unwrap();
        assert_eq!(number(db, "SELECT beats FROM heartbeats").await, 1);
    }
}

#[tokio::test]
async fn a_database_that_only_reads_is_not_ready() {
    let test = testing::sqlite().await;
    let registry = Registry::new();
    test.db.register(&registry).unwrap();
    assert_eq!(figure(&registry, "pinhui_db_writable", ""), 1.0);
    run(&test.db, "PRAGMA query_only = ON").await;
    let error = test.db.check_writable().await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Away, "{error}");
    assert_eq!(figure(&registry, "pinhui_db_writable", ""), 0.0);
}

/// Forms that stand in line: each does a little and lets the next one go on.
async fn forms(db: &Db, registry: &Registry, count: u32) -> Vec<tokio::task::JoinHandle<bool>> {
    let mut forms = Vec::new();
    for _ in 0..count {
        let db = db.clone();
        forms.push(tokio::spawn(async move {
            match db.begin().await {
                Ok(tx) => tx.commit().await.is_ok(),
                Err(_) => false,
            }
        }));
    }
    let settled = || {
        figure(registry, "pinhui_db_writer_waiting", "portal")
            + figure(registry, "pinhui_db_writer_refused_total", "portal")
    };
    while settled() < f64::from(count) {
        tokio::task::yield_now().await;
    }
    forms
}

#[tokio::test]
async fn a_live_commit_goes_before_every_form_that_waits() {
    let test = testing::sqlite().await;
    let registry = Registry::new();
    test.db.register(&registry).unwrap();
    let holding = test.db.begin().await.unwrap();
    let forms = forms(&test.db, &registry, 100).await;
    let (live, figures) = (test.db.for_live(), registry.clone());
    let call = tokio::spawn(async move {
        let tx = live.begin().await.unwrap();
        let before = figure(&figures, "pinhui_db_commits_total", "portal");
        tx.commit().await.unwrap();
        before
    });
    while figure(&registry, "pinhui_db_writer_waiting", "live") < 1.0 {
        tokio::task::yield_now().await;
    }
    drop(holding);
    assert_eq!(call.await.unwrap(), 0.0, "forms went before the call");
    for form in forms {
        assert!(form.await.unwrap());
    }
}

#[tokio::test]
async fn more_forms_than_may_wait_are_told_at_once() {
    let test = testing::sqlite().await;
    let registry = Registry::new();
    test.db.register(&registry).unwrap();
    let holding = test.db.begin().await.unwrap();
    let forms = forms(&test.db, &registry, 300).await;
    let crowded = figure(&registry, "pinhui_db_writer_refused_total", "crowded");
    assert_eq!(crowded, 100.0);
    drop(holding);
    let mut stored = 0;
    for form in forms {
        stored += usize::from(form.await.unwrap());
    }
    assert_eq!(stored, 200);
}

#[tokio::test]
async fn forms_that_take_every_connection_leave_those_of_the_live_fairs() {
    let test = testing::postgres().await;
    let mut held = Vec::new();
    while let Ok(Ok(tx)) = tokio::time::timeout(Duration::from_secs(1), test.db.begin()).await {
        held.push(tx);
    }
    let tx = test.db.for_live().begin().await.unwrap();
    tx.commit().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = testing::TestFolder::new();
    let path = folder.path().join("new/pinhui.db");
    let db = Db::connect_sqlite(&path, 1).await.unwrap();
    run(&db, "CREATE TABLE t (x BIGINT)").await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for file in ["pinhui.db", "pinhui.db-wal", "pinhui.db-shm"] {
        assert_eq!(mode(&path.with_file_name(file)), 0o600, "{file}");
    }
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    db.close().await;
}
