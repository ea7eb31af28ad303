//! Prepares registered queries on both databases and compares what comes out: replaces the
//! compile-time check of `query!`, which can know only one database. Finds those that would keep
//! the writer long.

use sqlx::{AssertSqlSafe, Column, Either, Executor, SqlSafeStr, Statement, TypeInfo};

use super::{Class, Db, Pools, Query, on_db, testing};

/// What a database says of a prepared query.
struct Shape {
    columns: Vec<(String, String)>,
    parameters: usize,
}

/// Prepares every query on a fresh SQLite and a fresh PostgreSQL database and returns the
/// faults: one that does not prepare, other column names or numbers of parameters, types that
/// do not read alike, or a PostgreSQL type that `i64` cannot read.
///
/// # Panics
/// If a test database cannot be had.
pub async fn check(queries: &[Query]) -> Vec<String> {
    let sqlite = testing::sqlite().await;
    let postgres = testing::postgres().await;
    let mut faults = Vec::new();
    for query in queries {
        let pair = (
            shape(&sqlite.db, query).await,
            shape(&postgres.db, query).await,
        );
        match pair {
            (Ok(lite), Ok(pg)) => compare(query.name, &lite, &pg, &mut faults),
            (lite, pg) => {
                faults.extend(
                    lite.err()
                        .map(|e| format!("{}: on SQLite: {e}", query.name)),
                );
                faults.extend(
                    pg.err()
                        .map(|e| format!("{}: on PostgreSQL: {e}", query.name)),
                );
            }
        }
    }
    faults
}

/// Plans every query that changes rows on a fresh SQLite database, and returns those that read one
/// of `tables` from end to end: others wait for the writer meanwhile.
///
/// # Panics
/// If the test database cannot be had, or a query does not prepare.
pub async fn scans(queries: &[Query], tables: &[&str]) -> Vec<String> {
    let test = testing::sqlite().await;
    let mut faults = Vec::new();
    for query in queries.iter().filter(|query| changes(query.sqlite)) {
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query.sqlite));
        let plan: Vec<(i64, i64, i64, String)> =
            on_db!(test.db, c => sqlx::query_as(sql).fetch_all(c).await)
                .unwrap_or_else(|error| panic!("{}: {error}", query.name));
        let steps = plan.into_iter().map(|(.., step)| step);
        faults.extend(
            steps
                .filter(|step| reads_all(step, query.sqlite, tables))
                .map(|step| format!("{}: {step}", query.name)),
        );
    }
    faults
}

/// Does a step of a plan read one of `tables` from end to end? In the order of an index and up to a
/// limit, it does not.
fn reads_all(step: &str, sql: &str, tables: &[&str]) -> bool {
    let Some(scanned) = step.strip_prefix("SCAN ") else {
        return false;
    };
    let (table, how) = scanned.split_once(' ').unwrap_or((scanned, ""));
    tables.contains(&table) && !(how.contains("INDEX") && sql.contains("LIMIT"))
}

fn changes(sql: &str) -> bool {
    let sql = sql.trim_start();
    sql.starts_with("UPDATE") || sql.starts_with("DELETE") || sql.starts_with("INSERT")
}

async fn shape(db: &Db, query: &Query) -> Result<Shape, sqlx::Error> {
    match &db.shared.pools {
        Pools::Sqlite { writer, .. } => Ok(shape_of(
            &writer.prepare(query.sqlite.into_sql_str()).await?,
        )),
        Pools::Postgres(pools) => {
            let pool = pools.of(Class::Portal);
            Ok(shape_of(
                &pool.prepare(query.postgres.into_sql_str()).await?,
            ))
        }
    }
}

fn shape_of<S: Statement>(statement: &S) -> Shape {
    let columns = statement
        .columns()
        .iter()
        .map(|column| {
            (
                column.name().to_owned(),
                column.type_info().name().to_owned(),
            )
        })
        .collect();
    let parameters = match statement.parameters() {
        Some(Either::Left(types)) => types.len(),
        Some(Either::Right(count)) => count,
        None => 0,
    };
    Shape {
        columns,
        parameters,
    }
}

fn compare(name: &str, lite: &Shape, pg: &Shape, faults: &mut Vec<String>) {
    if lite.parameters != pg.parameters {
        faults.push(format!(
            "{name}: {} parameters on SQLite, {} on PostgreSQL",
            lite.parameters, pg.parameters
        ));
    }
    let names = |shape: &Shape| -> Vec<String> {
        shape
            .columns
            .iter()
            .map(|(column, _)| column.clone())
            .collect()
    };
    if names(lite) != names(pg) {
        faults.push(format!(
            "{name}: columns {:?} and {:?}",
            names(lite),
            names(pg)
        ));
        return;
    }
    for ((column, lite), (_, pg)) in lite.columns.iter().zip(&pg.columns) {
        if !reads_alike(lite, pg) {
            faults.push(format!("{name}: column {column} is {lite} and {pg}"));
        }
    }
}

/// Does a column of these types read into the same Rust type on both? SQLite knows no type for
/// an expression (`NULL`); PostgreSQL's must still be one that the house uses.
fn reads_alike(lite: &str, pg: &str) -> bool {
    match pg {
        "INT8" => matches!(lite, "INTEGER" | "BIGINT" | "NULL"),
        "TEXT" => matches!(lite, "TEXT" | "NULL"),
        "BOOL" => matches!(lite, "BOOLEAN" | "INTEGER" | "NULL"),
        "FLOAT8" => matches!(lite, "REAL" | "NULL"),
        "BYTEA" => matches!(lite, "BLOB" | "NULL"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn finds_a_change_that_reads_a_whole_table() {
        let faults = scans(
            &[
                Query::same("BY_KEY", "UPDATE heartbeats SET beats = 0 WHERE id = $1"),
                Query::same("ALL", "UPDATE heartbeats SET beats = 0 WHERE beats > $1"),
                Query::same("READS", "SELECT beats FROM heartbeats WHERE beats > $1"),
            ],
            &["heartbeats"],
        )
        .await;
        assert_eq!(faults, ["ALL: SCAN heartbeats"]);
    }

    #[tokio::test]
    async fn finds_what_differs_between_the_databases() {
        let faults = check(&[
            Query::same("GOOD", "SELECT CAST($1 AS BIGINT) AS n"),
            Query::same("NARROW", "SELECT CAST(1 AS INT) AS n"),
            Query::same("UNKNOWN_TABLE", "SELECT x FROM no_such_table"),
            Query {
                name: "OTHER_COLUMNS",
                sqlite: "SELECT CAST(1 AS BIGINT) AS a",
                postgres: "SELECT CAST(1 AS BIGINT) AS b",
            },
        ])
        .await;
        let about = |name: &str| {
            faults
                .iter()
                .filter(|fault| fault.starts_with(name))
                .count()
        };
        assert_eq!(
            (
                about("GOOD"),
                about("NARROW"),
                about("UNKNOWN_TABLE"),
                about("OTHER_COLUMNS")
            ),
            (0, 1, 2, 1),
            "{faults:#?}"
        );
    }
}
