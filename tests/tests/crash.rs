//! Nobody is told of a place in a queue that a crash could take away.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use signaling_protocol::{BoothId, ClientBody, EntryId, PageKind, PersonId, ServerBody, Stage};
use tests::fair::Fair;
use tests::live::{Person, passed_device_test};
use tests::server::{Server, scratch};
use tests::wait;
use tokio::sync::Notify;

const BOOTHS: usize = 8;
const STUDENTS: usize = 200;
const BOOTHS_A_STUDENT: usize = 3;
/// The server is killed when so many places were acknowledged: in the middle of the storm.
const KILL_AFTER: usize = STUDENTS * BOOTHS_A_STUDENT / 2;

/// What the server acknowledged: who, where, which entry.
type Place = (PersonId, BoothId, EntryId);

/// The places that were acknowledged so far, and a bell that rings when they are half of all.
#[derive(Default)]
struct Acknowledged {
    places: Mutex<Vec<Place>>,
    half: Notify,
}

impl Acknowledged {
    fn add(&self, place: Place) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.push(place);
        if places.len() == KILL_AFTER {
            self.half.notify_one();
        }
    }

    fn all(&self) -> Vec<Place> {
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn storm(
    fair: Arc<Fair>,
    http: String,
    student: usize,
    acknowledged: Arc<Acknowledged>,
) -> Result<()> {
    let mut person = Person::join(&http, fair.student_token(student)?, PageKind::Queues).await?;
    ensure!(matches!(
        person.ask(passed_device_test()).await?,
        ServerBody::Done
    ));
    for n in 0..BOOTHS_A_STUDENT {
        let booth = fair.booth((student + n) % BOOTHS);
        match person.ask(ClientBody::Apply { booth, job: None }).await? {
            ServerBody::Applied { entry } => {
                acknowledged.add((fair.student(student), booth, entry));
            }
            other => bail!("student {student} was not taken at booth {n}: {other:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_acknowledged_place_survives_kill_in_a_join_storm() -> Result<()> {
    let folder = scratch("crash")?;
    let fair = Arc::new(Fair::new(&folder, BOOTHS, 1)?);
    let mut server = fair.serve().await?;
    let acknowledged = Arc::new(Acknowledged::default());
    let students: Vec<_> = (0..STUDENTS)
        .map(|n| {
            tokio::spawn(storm(
                fair.clone(),
                server.ready.http.clone(),
                n,
                acknowledged.clone(),
            ))
        })
        .collect();
    tokio::time::timeout(wait::PATIENCE, acknowledged.half.notified())
        .await
        .context("half the storm never came")?;
    server.kill()?;
    for student in students {
        // Cut off in the middle, as it should be; what was acknowledged is in the list.
        let _ = student.await?;
    }
    let kept = acknowledged.all();
    ensure!(
        kept.len() < STUDENTS * BOOTHS_A_STUDENT,
        "the storm was over before the kill: nothing was tested"
    );

    server.restart().await?;
    check_places(&fair, &server, &kept).await
}

/// Everyone who was told of a place comes back and finds it.
async fn check_places(fair: &Fair, server: &Server, kept: &[Place]) -> Result<()> {
    for n in 0..STUDENTS {
        let mine: BTreeSet<_> = kept.iter().filter(|k| k.0 == fair.student(n)).collect();
        if mine.is_empty() {
            continue;
        }
        let mut person =
            Person::join(&server.ready.http, fair.student_token(n)?, PageKind::Queues).await?;
        let view = person
            .hear_where(|body| match body {
                ServerBody::Student(view) => Some(view),
                _ => None,
            })
            .await?;
        for (_, booth, entry) in mine {
            let found = view
                .entries
                .iter()
                .find(|e| e.entry == *entry)
                .with_context(|| format!("student {n}: entry {entry} is gone"))?;
            ensure!(
                found.booth == *booth,
                "entry {entry} moved to another booth"
            );
            ensure!(
                found.stage == Stage::Applied,
                "entry {entry} is {:?}",
                found.stage
            );
        }
    }
    Ok(())
}
