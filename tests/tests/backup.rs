//! A backup of a running fair, and a server that is restored from it: docs/backup.md, followed by
//! the letter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};
use base::db::testing;
use signaling_protocol::{ClientBody, EntryId, PageKind, ServerBody};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::server::{Server, binary, scratch};
use tests::wait;
use tokio::sync::Mutex;

const BOOTHS: usize = 3;
/// Applications that are acknowledged before the backup begins.
const BEFORE: usize = 12;

/// Students that apply one after the other, until told to end. Gives what was acknowledged.
struct Crowd {
    acknowledged: Arc<Mutex<Vec<(usize, EntryId)>>>,
    over: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Result<()>>,
}

impl Crowd {
    fn start(fair: Arc<Fair>, http: String) -> Self {
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (mine, ends) = (acknowledged.clone(), over.clone());
        let task = tokio::spawn(async move {
            for n in 0.. {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                let entry = applies(&fair, &http, n).await?;
                mine.lock().await.push((n, entry));
            }
            Ok(())
        });
        Self {
            acknowledged,
            over,
            task,
        }
    }

    async fn is_busy(&self) -> Result<Vec<(usize, EntryId)>> {
        wait::until("applications", async || {
            let acknowledged = self.acknowledged.lock().await.clone();
            Ok((acknowledged.len() >= BEFORE).then_some(acknowledged))
        })
        .await
    }

    async fn end(self) -> Result<()> {
        self.over.store(true, Ordering::SeqCst);
        self.task.await?
    }
}

async fn applies(fair: &Fair, http: &str, n: usize) -> Result<EntryId> {
    let mut person = Person::join(http, fair.student_token(n)?, PageKind::Queues).await?;
    person.ask(passed_device_test()).await?;
    let booth = fair.booth(n % BOOTHS);
    match person.ask(ClientBody::Apply { booth, job: None }).await? {
        ServerBody::Applied { entry } => Ok(entry),
        other => bail!("student {n} was not taken: {other:?}"),
    }
}

/// Everyone whose application was acknowledged finds it on the restored server.
async fn finds_all(server: &Server, fair: &Fair, acknowledged: &[(usize, EntryId)]) -> Result<()> {
    for (n, entry) in acknowledged {
        let token = fair.student_token(*n)?;
        let mut person = Person::join(&server.ready.http, token, PageKind::Queues).await?;
        let view = person
            .hear_where(|body| match body {
                ServerBody::Student(view) => Some(view),
                _ => None,
            })
            .await?;
        let found: BTreeSet<_> = view.entries.iter().map(|entry| entry.entry).collect();
        ensure!(
            found.contains(entry),
            "student {n}: {entry} is not restored"
        );
    }
    Ok(())
}

/// Copies what lies beside the database: keys and uploads.
fn copy_the_rest(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        if name == "objects" || name.ends_with(".key") {
            let status = Command::new("cp").arg("-a").arg(&path).arg(to).status()?;
            ensure!(status.success(), "cp {name} ended with {status}");
        }
    }
    Ok(())
}

fn run(program: &Path, arguments: &[String]) -> Result<()> {
    let done = Command::new(program).args(arguments).output()?;
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{}: {said}", program.display());
    Ok(())
}

#[tokio::test]
async fn a_copy_of_a_running_fair_starts_whole() -> Result<()> {
    let folder = scratch("backup")?;
    let fair = Arc::new(Fair::new(&folder, BOOTHS, 1)?);
    let mut server = fair.serve().await?;
    let crowd = Crowd::start(fair.clone(), server.ready.http.clone());
    let acknowledged = crowd.is_busy().await?;

    let restored = folder.join("restored");
    let data = restored.join("data");
    std::fs::create_dir_all(&data)?;
    let copy = data.join("pinhui.db");
    let mut arguments = vec!["backup".to_owned(), copy.display().to_string()];
    arguments.extend(fair.place());
    run(&binary()?, &arguments)?;
    copy_the_rest(&fair.data(), &data)?;
    crowd.end().await?;
    ensure!(
        run(&binary()?, &arguments).is_err(),
        "a backup replaced the one before"
    );
    server.kill()?;

    let arguments = ["serve", "--port", "0", "--data"];
    let data = data.display().to_string();
    let server = Server::start(&restored, &[&arguments[..], &[data.as_str()]].concat()).await?;
    finds_all(&server, &fair, &acknowledged).await
}

/// PostgreSQL's programs: of the newest version of Debian's, or of the path.
fn program(name: &str) -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

#[tokio::test]
async fn a_dump_of_a_running_fair_starts_whole() -> Result<()> {
    let folder = scratch("dump")?;
    let database = testing::postgres().await;
    let fair = Fair::on_database(&folder, Some(&database.url), (BOOTHS, 1))?;
    let fair = Arc::new(fair);
    let mut server = fair.serve().await?;
    let crowd = Crowd::start(fair.clone(), server.ready.http.clone());
    let acknowledged = crowd.is_busy().await?;

    let dump = folder.join("pinhui.dump");
    let mut arguments = vec!["backup".to_owned(), dump.display().to_string()];
    arguments.extend(fair.place());
    let refused = run(&binary()?, &arguments).err().context("a copy")?;
    ensure!(refused.to_string().contains("pg_dump"), "{refused:#}");

    let to_file = format!("--file={}", dump.display());
    let arguments = ["--format=custom".to_owned(), to_file, database.url.clone()];
    run(&program("pg_dump"), &arguments)?;
    let restored = folder.join("restored");
    let data = restored.join("data");
    std::fs::create_dir_all(&data)?;
    copy_the_rest(&fair.data(), &data)?;
    crowd.end().await?;
    server.kill()?;

    let name = format!("pinhui_restored_{}", std::process::id());
    let mut connection = PgConnection::connect(&database.url).await?;
    let create = format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0");
    connection.execute(AssertSqlSafe(create)).await?;
    let (path, options) = database.url.split_once('?').unwrap_or((&database.url, ""));
    let server_only = path.rsplit_once('/').context("a name in the URL")?.0;
    let url = format!("{server_only}/{name}?{options}");
    let arguments = [
        "--exit-on-error".to_owned(),
        "--no-owner".to_owned(),
        format!("--dbname={url}"),
        dump.display().to_string(),
    ];
    run(&program("pg_restore"), &arguments)?;
    let (data, setting) = (data.display().to_string(), format!("database.url={url:?}"));
    let arguments = ["serve", "--port", "0", "--data", &data, "--set", &setting];
    let server = Server::start(&restored, &arguments).await?;
    finds_all(&server, &fair, &acknowledged).await
}
