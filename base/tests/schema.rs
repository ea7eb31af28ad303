//! Both databases have the same migrations and come to the same tables.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use base::db::{Db, MIGRATIONS, On, on_db, testing};
use sqlx::AssertSqlSafe;

/// Table → column → (kind of type, may it be null).
type Schema = BTreeMap<String, BTreeMap<String, (String, bool)>>;

#[test]
fn both_folders_have_the_same_numbers_and_names() {
    let list = |migrator: &sqlx::migrate::Migrator| -> Vec<(i64, String)> {
        migrator
            .iter()
            .map(|file| (file.version, file.description.to_string()))
            .collect()
    };
    assert_eq!(list(&MIGRATIONS.sqlite), list(&MIGRATIONS.postgres));
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let [sqlite, postgres] = testing::both().await;
    pretty_equal(
        schema_of_sqlite(&sqlite.db).await,
        schema_of_postgres(&postgres.db).await,
    );
    assert_eq!(
        names(
            &sqlite.db,
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        )
        .await,
        names(
            &postgres.db,
            "SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = 'public' \
             AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key' \
             AND tablename <> '_sqlx_migrations'",
        )
        .await,
        "indexes"
    );
}

#[tokio::test]
async fn a_commit_on_sqlite_is_synced() {
    let test = testing::sqlite().await;
    let mut writer = test.db.writer().await.unwrap();
    let On::Sqlite(writer) = writer.on() else {
        panic!("not SQLite")
    };
    let (mode,): (String,) = sqlx::query_as("PRAGMA journal_mode")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    let (sync,): (i64,) = sqlx::query_as("PRAGMA synchronous")
        .fetch_one(writer)
        .await
        .unwrap();
    assert_eq!((mode.as_str(), sync), ("wal", 2), "2 is FULL");
}

#[tokio::test]
async fn readers_cannot_write_on_sqlite() {
    let test = testing::sqlite().await;
    let On::Sqlite(readers) = test.db.on() else {
        panic!("not SQLite")
    };
    let error = sqlx::query("CREATE TABLE t (x BIGINT)")
        .execute(readers)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    for test in testing::both().await {
        let db = &test.db;
        on_db!(db.writer().await.unwrap(), c => sqlx::query("CREATE TABLE t (x BIGINT)").execute(c).await.map(drop))
            .unwrap();
        let mut tx = db.begin().await.unwrap();
        on_db!(tx, c => sqlx::query("INSERT INTO t VALUES ($1)").bind(1_i64).execute(c).await.map(drop))
            .unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        on_db!(tx, c => sqlx::query("INSERT INTO t VALUES ($1)").bind(2_i64).execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let rows: Vec<(i64,)> =
            on_db!(db, c => sqlx::query_as("SELECT x FROM t").fetch_all(c).await).unwrap();
        assert_eq!(rows, [(2,)], "{}", db.kind());
    }
}

async fn schema_of_sqlite(db: &Db) -> Schema {
    let tables = names(
        db,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name <> '_sqlx_migrations'",
    )
    .await;
    let On::Sqlite(readers) = db.on() else {
        panic!("not SQLite")
    };
    let mut schema = Schema::new();
    for table in tables {
        let columns: Vec<(String, String, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')"
        )))
        .fetch_all(readers)
        .await
        .unwrap();
        let columns = columns
            .into_iter()
            .map(|(name, kind, not_null, key)| (name, (kind, not_null == 0 && key == 0)))
            .collect();
        schema.insert(table, columns);
    }
    schema
}

async fn schema_of_postgres(db: &Db) -> Schema {
    let On::Postgres(pool) = db.on() else {
        panic!("not PostgreSQL")
    };
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), \
         UPPER(CAST(data_type AS TEXT)), is_nullable = 'YES' \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut schema = Schema::new();
    for (table, column, kind, nullable) in rows {
        let kind = if kind == "BYTEA" {
            "BLOB".to_owned()
        } else {
            kind
        };
        schema
            .entry(table)
            .or_default()
            .insert(column, (kind, nullable));
    }
    schema
}

async fn names(db: &Db, sql: &'static str) -> Vec<String> {
    let mut names: Vec<(String,)> =
        on_db!(db, c => sqlx::query_as(sql).fetch_all(c).await).unwrap();
    names.sort();
    names.into_iter().map(|(name,)| name).collect()
}

fn pretty_equal(sqlite: Schema, postgres: Schema) {
    for table in sqlite.keys().chain(postgres.keys()) {
        assert_eq!(
            sqlite.get(table),
            postgres.get(table),
            "table {table}: SQLite, PostgreSQL"
        );
    }
}
