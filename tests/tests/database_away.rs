//! A PostgreSQL server that goes away in a running fair, and comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base::db::testing;
use signaling_protocol::{ClientBody, EntryId, PageKind, ServerBody};
use sqlx::{Connection, PgConnection};
use tests::enrolled::{Enrolled, enroll};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::relay::DatabaseRelay;
use tests::server::{Server, scratch};
use tests::{http, wait};

/// Joins, passes the device test and applies at booth 0.
async fn applies(server: &Server, fair: &Fair, student: &Enrolled) -> Result<EntryId> {
    let http = &server.ready.http;
    let token = student.token(http, fair).await?;
    let mut person = Person::join(http, token, PageKind::Queues).await?;
    person.ask(passed_device_test()).await?;
    let booth = fair.booth(0);
    match person.ask(ClientBody::Apply { booth, job: None }).await? {
        ServerBody::Applied { entry } => Ok(entry),
        other => bail!("an answer to an application: {other:?}"),
    }
}

async fn is_ready(server: &Server) -> Result<bool> {
    Ok(http::get(&server.ready.operator, "/readyz").await?.0 == 200)
}

#[tokio::test]
async fn a_database_that_goes_away_is_told_of_and_all_goes_on_when_it_is_back() -> Result<()> {
    let folder = scratch("database-away")?;
    let database = testing::postgres().await;
    let mut fair = Fair::on_database(&folder, Some(&database.url), (1, 1))?;
    let students = enroll(&fair, 0..3).await?;
    let relay = DatabaseRelay::start(&database.url).await?;
    fair.move_database(&relay.url(&database.url)?);
    let server = fair.serve().await?;
    let mut acknowledged = BTreeSet::new();
    acknowledged.insert(applies(&server, &fair, &students[0]).await?);
    ensure!(is_ready(&server).await?);

    relay.cut(true);
    let answer = students[1]
        .asks_for_token(&server.ready.http, &fair)
        .await?;
    ensure!(answer.status == 503, "{answer:?}");
    ensure!(answer.head.contains("retry-after: "), "{answer:?}");
    ensure!(answer.body.contains("暂时无法保存"), "{answer:?}");
    wait::until("/readyz to say no", async || {
        Ok((!is_ready(&server).await?).then_some(()))
    })
    .await?;
    relay.cut(false);

    wait::until_within(Duration::from_secs(10), "/readyz to say yes", async || {
        Ok(is_ready(&server).await?.then_some(()))
    })
    .await?;
    for student in &students[1..] {
        let entry = wait::until("an application", async || {
            Ok(applies(&server, &fair, student).await.ok())
        })
        .await?;
        acknowledged.insert(entry);
    }
    let mut connection = PgConnection::connect(&database.url).await?;
    for entry in acknowledged {
        let stored: Option<(String,)> =
            sqlx::query_as("SELECT id FROM queue_entries WHERE id = $1")
                .bind(entry.to_string())
                .fetch_optional(&mut connection)
                .await?;
        stored.with_context(|| format!("the entry {entry} is lost"))?;
    }
    Ok(())
}
