//! The schema's history, embedded: `migrations/sqlite` and `migrations/postgres` with equal
//! numbers and names. A file is never edited after it has landed.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Class, Db, Pools};

/// Migrations of both databases.
#[derive(Debug)]
pub struct Migrations {
    /// Those of SQLite.
    pub sqlite: Migrator,
    /// Those of PostgreSQL.
    pub postgres: Migrator,
}

/// The embedded migrations.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("../migrations/sqlite"),
    postgres: sqlx::migrate!("../migrations/postgres"),
};

/// Applies the migrations that `db` lacks.
///
/// # Errors
/// One failed, or a file that was applied here has changed since.
pub async fn run(db: &Db) -> Result<(), MigrateError> {
    match &db.shared.pools {
        Pools::Sqlite { writer, .. } => MIGRATIONS.sqlite.run(writer).await,
        Pools::Postgres(pools) => MIGRATIONS.postgres.run(pools.of(Class::Portal)).await,
    }
}
