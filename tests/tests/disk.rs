//! A disk that is full for a while, and one that is slow, below a fair that runs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use signaling_protocol::{ClientBody, EntryId, PageKind, ServerBody};
use tests::disk::Disk;
use tests::enrolled::{Enrolled, enroll};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::server::{Server, scratch};
use tests::{http, stored, wait};

/// How long the disk is full.
const FULL: Duration = Duration::from_secs(10);

/// A student who is through his device test applies; `None`: he is refused.
async fn applies(person: &mut Person, fair: &Fair, booth: usize) -> Result<Option<EntryId>> {
    let apply = ClientBody::Apply {
        booth: fair.booth(booth),
        job: None,
    };
    match person.ask(apply).await? {
        ServerBody::Applied { entry } => Ok(Some(entry)),
        ServerBody::Refused { .. } => Ok(None),
        other => bail!("an answer to an application: {other:?}"),
    }
}

/// Joins with a token of the portal's, and is through the device test.
async fn joins(http: &str, fair: &Fair, student: &Enrolled) -> Result<Person> {
    let token = student.token(http, fair).await?;
    let mut person = Person::join(http, token, PageKind::Queues).await?;
    let done = person.ask(passed_device_test()).await?;
    ensure!(matches!(done, ServerBody::Done), "{done:?}");
    Ok(person)
}

async fn is_ready(server: &Server) -> Result<bool> {
    let (status, _) = http::get(&server.ready.operator, "/readyz").await?;
    Ok(status == 200)
}

/// A write is answered with words, and when to come again.
async fn is_told_to_come_again(server: &Server, fair: &Fair, student: &Enrolled) -> Result<()> {
    let answer = student.asks_for_token(&server.ready.http, fair).await?;
    ensure!(answer.status == 503, "{answer:?}");
    ensure!(answer.head.contains("retry-after: "), "{answer:?}");
    ensure!(answer.body.contains("暂时无法保存"), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_told_of_and_is_over_with_the_first_free_byte() -> Result<()> {
    let folder = scratch("disk-full")?;
    let fair = Fair::new(&folder, 3, 1)?;
    let students = enroll(&fair, 0..6).await?;
    let disk = Disk::new(&folder, &fair.data())?;
    let server = fair.serve_on(&disk).await?;
    let http = server.ready.http.clone();
    let mut acknowledged = BTreeSet::new();
    let mut before = joins(&http, &fair, &students[0]).await?;
    acknowledged.extend(applies(&mut before, &fair, 0).await?);
    ensure!(acknowledged.len() == 1, "the first application was refused");
    ensure!(is_ready(&server).await?);

    disk.full(true)?;
    is_told_to_come_again(&server, &fair, &students[1]).await?;
    wait::until("/readyz to say no", async || {
        Ok((!is_ready(&server).await?).then_some(()))
    })
    .await?;
    // Pages that only read are there all the time; whoever writes is told the same each time.
    let full_since = tokio::time::Instant::now();
    while full_since.elapsed() < FULL {
        is_told_to_come_again(&server, &fair, &students[1]).await?;
        let (status, _) = http::get(&http, "/").await?;
        ensure!(status == 200, "the home page answers {status}");
    }
    disk.full(false)?;

    wait::until_within(Duration::from_secs(10), "/readyz to say yes", async || {
        Ok(is_ready(&server).await?.then_some(()))
    })
    .await?;
    for (n, student) in students.iter().enumerate().skip(1) {
        let mut person = joins(&http, &fair, student).await?;
        let entry = applies(&mut person, &fair, n % 3).await?;
        acknowledged.insert(entry.context("an application after the disk was full")?);
    }
    let mut again = joins(&http, &fair, &students[0]).await?;
    acknowledged.extend(applies(&mut again, &fair, 1).await?);
    let kept = stored::entries(&folder).await?;
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|entry| !kept.contains(&entry.to_string()))
        .collect();
    ensure!(lost.is_empty(), "acknowledged and not stored: {lost:?}");
    ensure!(acknowledged.len() == students.len() + 1);
    Ok(())
}

/// Students who come back at one moment.
const CROWD: usize = 2_500;
/// How long each sync of the disk takes, ms.
const SLOW_MS: u32 = 8;
/// Students whom the booth calls meanwhile.
const CALLED: usize = 3;

#[tokio::test]
async fn a_crowd_that_comes_back_on_a_slow_disk_is_let_in_while_a_booth_calls() -> Result<()> {
    let folder = scratch("disk-slow")?;
    let fair = Arc::new(Fair::new(&folder, 1, 1)?);
    let students = enroll(&fair, 0..CROWD + CALLED).await?;
    let disk = Disk::new(&folder, &fair.data())?;
    let server = fair.serve_on(&disk).await?;
    let http = server.ready.http.clone();
    let token = fair.interviewer_token(0, 0)?;
    let mut interviewer = Person::join(&http, token, PageKind::Room).await?;
    let mut queue = Vec::new();
    for student in &students[CROWD..] {
        let mut person = joins(&http, &fair, student).await?;
        let entry = applies(&mut person, &fair, 0).await?.context("an entry")?;
        is_done(&mut interviewer, ClientBody::Accept { entry }).await?;
        queue.push((person, entry));
    }

    disk.fsync_ms(SLOW_MS)?;
    let turns = "pinhui_db_writer_held_seconds_count";
    let before = server.figure(turns, "portal").await? + server.figure(turns, "crowd").await?;
    let coming = students[..CROWD]
        .iter()
        .map(|student| student.token(&http, &fair));
    let crowd = try_join_all(coming);
    let calling = calls_until_nobody_waits(&mut interviewer, queue);
    let (tokens, called) = tokio::try_join!(crowd, calling)?;
    ensure!(called == CALLED, "{called} were called");
    let tokens: BTreeSet<_> = tokens.into_iter().collect();
    ensure!(tokens.len() == CROWD, "everyone has a token of his own");

    let turns = server.figure(turns, "portal").await? + server.figure(turns, "crowd").await?;
    let writes = turns - before;
    ensure!(
        writes < 250.0,
        "{CROWD} tokens took {writes} turns to write"
    );
    ensure!(stored::consents(&folder).await? == CROWD + CALLED);
    Ok(())
}

/// Calls everyone in the queue; each is ready, and then leaves. Every request is done.
async fn calls_until_nobody_waits(
    interviewer: &mut Person,
    queue: Vec<(Person, EntryId)>,
) -> Result<usize> {
    let mut called = 0;
    for (mut student, entry) in queue {
        is_done(interviewer, ClientBody::CallNext).await?;
        is_done(&mut student, ClientBody::Ready { entry }).await?;
        is_done(&mut student, ClientBody::Leave { entry }).await?;
        called += 1;
    }
    Ok(called)
}

async fn is_done(person: &mut Person, body: ClientBody) -> Result<()> {
    let answer = person.ask(body.clone()).await?;
    ensure!(matches!(answer, ServerBody::Done), "{body:?}: {answer:?}");
    Ok(())
}
