//! Fresh databases for tests, on both kinds.
//!
//! PostgreSQL: one private cluster per test process, in a folder of its own, without a network
//! port; or the server that [`SERVER_VARIABLE`] names. A missing server fails the test: it is
//! never skipped.

mod cluster;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use super::{Db, migrate};

/// `postgres://…` of a server on which databases may be made and dropped.
pub const SERVER_VARIABLE: &str = "PINHUI_TEST_POSTGRES";
/// A database with all migrations, from which the others are copied.
const TEMPLATE: &str = "pinhui_template";

/// A database for one test, empty but for the migrations.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// What to give to another process, as `database.url`.
    pub url: String,
    _folder: Option<TestFolder>,
}

/// A folder that goes away with this value.
#[derive(Debug)]
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// A fresh folder under the system's folder for temporary files.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "pinhui-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for temporary files can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for TestFolder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A fresh SQLite database in a file.
///
/// # Panics
/// If it cannot be made.
pub async fn sqlite() -> TestDb {
    let folder = TestFolder::new();
    let path = folder.path().join("test.db");
    let db = Db::connect_sqlite(&path, 4)
        .await
        .expect("a SQLite file can be made");
    migrate::run(&db)
        .await
        .expect("the migrations apply to SQLite");
    TestDb {
        db,
        url: path.display().to_string(),
        _folder: Some(folder),
    }
}

/// A fresh PostgreSQL database.
///
/// # Panics
/// If there is no PostgreSQL server to be had: install one, or set [`SERVER_VARIABLE`].
pub async fn postgres() -> TestDb {
    let server = server().await;
    let name = format!("pinhui_test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = connect(server).await;
    create(&mut connection, &name, TEMPLATE)
        .await
        .expect("a test database can be made");
    let options = server.clone().database(&name);
    let db = Db::connect_postgres(options.clone(), (8, 4))
        .await
        .expect("the test database opens");
    TestDb {
        db,
        url: url_of(&options, &name),
        _folder: None,
    }
}

/// One of each.
///
/// # Panics
/// As [`sqlite`] and [`postgres`].
pub async fn both() -> [TestDb; 2] {
    [sqlite().await, postgres().await]
}

/// The server, with the template database on it.
async fn server() -> &'static PgConnectOptions {
    static SERVER: OnceCell<PgConnectOptions> = OnceCell::const_new();
    SERVER.get_or_init(prepare_server).await
}

async fn prepare_server() -> PgConnectOptions {
    let options = match std::env::var(SERVER_VARIABLE) {
        Ok(url) => PgConnectOptions::from_str(&url)
            .unwrap_or_else(|error| panic!("{SERVER_VARIABLE} cannot be read: {error}")),
        Err(_) => tokio::task::spawn_blocking(cluster::start)
            .await
            .expect("invariant: starting the cluster does not panic")
            .unwrap_or_else(|fault| {
                panic!(
                    "tests need PostgreSQL: {fault}. Install it (Debian: `apt-get install \
                     postgresql`), or set {SERVER_VARIABLE} to the URL of a server on which \
                     databases may be made."
                )
            }),
    };
    let template = if std::env::var(SERVER_VARIABLE).is_ok() {
        prepare_shared(&options).await
    } else {
        let mut connection = connect(&options).await;
        create(&mut connection, TEMPLATE, "template0")
            .await
            .expect("the template can be made");
        options.clone().database(TEMPLATE)
    };
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(template)
        .await
        .expect("the template database opens");
    migrate::MIGRATIONS
        .postgres
        .run(&pool)
        .await
        .expect("the migrations apply to PostgreSQL");
    pool.close().await;
    options
}

/// On a server that outlives the run: makes the template anew and drops what earlier runs left.
async fn prepare_shared(options: &PgConnectOptions) -> PgConnectOptions {
    let mut connection = connect(options).await;
    let old: Vec<(String,)> =
        sqlx::query_as("SELECT datname FROM pg_database WHERE datname LIKE 'pinhui\\_te%'")
            .fetch_all(&mut connection)
            .await
            .expect("the server lists its databases");
    for (name,) in old {
        // One that another test process is using stays.
        drop(
            connection
                .execute(AssertSqlSafe(format!("DROP DATABASE \"{name}\"")))
                .await,
        );
    }
    drop(create(&mut connection, TEMPLATE, "template0").await);
    options.clone().database(TEMPLATE)
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options)
        .await
        .unwrap_or_else(|error| panic!("tests need PostgreSQL, but it does not answer: {error}"))
}

async fn create(connection: &mut PgConnection, name: &str, from: &str) -> sqlx::Result<()> {
    // The names are this module's own, so no text of a stranger is in the statement. The server
    // copies one template at a time; another copy under way is waited for.
    let statement = format!(
        "CREATE DATABASE \"{name}\" TEMPLATE \"{from}\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

fn url_of(options: &PgConnectOptions, name: &str) -> String {
    let user = options.get_username();
    match options.get_socket() {
        Some(folder) => {
            format!(
                "postgres://{user}@localhost/{name}?host={}",
                folder.display()
            )
        }
        None => std::env::var(SERVER_VARIABLE).map_or_else(
            |_| String::new(),
            |server| match server.split_once('?') {
                Some((path, options)) => format!("{}/{name}?{options}", parent(path)),
                None => format!("{}/{name}", parent(&server)),
            },
        ),
    }
}

/// `postgres://host/name` without the name.
fn parent(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    match url[after_scheme..].find('/') {
        Some(at) => &url[..after_scheme + at],
        None => url,
    }
}
