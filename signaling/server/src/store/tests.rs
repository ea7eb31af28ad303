//! The live tables on both databases.

use base::db::testing;
use base::db::{Db, on_db};
use signaling_core::rows::{CallRow, EntryRow, EventRow, FairRow, PersonRow, QueueStateRow};
use signaling_core::{EventKind, QueueCode, Row, Rows};
use signaling_protocol::{
    BoothId, CallId, EntryId, FairId, FairPhase, Origin, Outcome, PersonId, SeatId, Stage,
};
use uuid::Uuid;

use super::lease::{LEASE_MS, LeaseError};
use super::*;

const FAIR: FairId = FairId(Uuid::from_u128(1));
const BOOTH: BoothId = BoothId(Uuid::from_u128(2));
const SEAT: SeatId = SeatId(Uuid::from_u128(3));
const NOW: i64 = 1_000_000;

fn entry(number: u128, person: u128, booth: u128, stage: Stage) -> EntryRow {
    EntryRow {
        entry: EntryId(Uuid::from_u128(number)),
        fair: FAIR,
        booth: BoothId(Uuid::from_u128(booth)),
        person: PersonId(Uuid::from_u128(person)),
        job: None,
        origin: Origin::Applied,
        stage,
        rank: Some(i64::try_from(number).unwrap()),
        made_ms: NOW,
        joined_ms: Some(NOW),
        since_ms: NOW,
        deadline_ms: None,
        ready_ms: None,
        seat: Some(SEAT),
        call: None,
        misses: 1,
        laters: 2,
        held_by: None,
        skipped_ms: None,
        waited_ms: Some(60_000),
        cause: None,
        reason: Some("网络不好".to_owned()),
    }
}

fn event(number: u64) -> EventRow {
    EventRow {
        fair: FAIR,
        booth: Some(BOOTH),
        number,
        at_ms: NOW,
        kind: EventKind::Applied,
        actor: None,
        entry: None,
        call: None,
        seat: None,
        stage: Some(Stage::Applied),
        place: Some(0),
        text: None,
    }
}

/// A row of each table.
fn sample() -> Rows {
    let call = CallRow {
        call: CallId(Uuid::from_u128(50)),
        fair: FAIR,
        booth: BOOTH,
        entry: EntryId(Uuid::from_u128(10)),
        student: PersonId(Uuid::from_u128(20)),
        seat: SEAT,
        started_ms: NOW,
        length_ms: 480_000,
        extended: true,
        used_ms: 7,
        clock_at_ms: NOW,
        clock_runs: false,
        ended_ms: Some(NOW + 1),
        done: true,
        outcome: Some(Outcome::Pass),
    };
    Rows {
        fair: Some(FairRow {
            fair: FAIR,
            phase: FairPhase::Running,
            ends_ms: NOW + 1,
            overrun_until_ms: None,
            events: 3,
        }),
        queues: vec![QueueStateRow {
            fair: FAIR,
            booth: BOOTH,
            state: QueueCode::Paused,
            paused_until_ms: Some(NOW),
            message: Some("午休".to_owned()),
            events: 4,
            service_ms: 1,
            deviation_ms: 2,
            learned: 3,
            call_ups: 4,
            unanswered: 5,
        }],
        persons: vec![PersonRow {
            fair: FAIR,
            person: PersonId(Uuid::from_u128(20)),
            name: "学生".to_owned(),
            headline: "硕士".to_owned(),
            device_test_ms: Some(NOW),
            away_until_ms: None,
            aways: 1,
            offline_since_ms: Some(NOW),
        }],
        entries: vec![entry(10, 20, 2, Stage::Done)],
        calls: vec![call],
        call_seats: Vec::new(),
    }
}

async fn lease(db: &Db) -> Lease {
    acquire(db, FAIR, "node", NOW).await.unwrap()
}

async fn put(db: &Db, lease: &Lease, entries: &[EntryRow]) -> Result<(), StoreError> {
    let mut work = Work::default();
    for row in entries {
        work.put(Row::Entry(row.clone()));
    }
    commit(db, lease, NOW, &work).await
}

#[tokio::test]
async fn every_query_is_the_same_on_both_databases() {
    let faults = base::db::conformance::check(queries::QUERIES).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn rows_read_back_as_they_were_written() {
    for test in testing::both().await {
        let (db, lease) = (&test.db, lease(&test.db).await);
        let rows = sample();
        let mut work = Work::default();
        work.put(Row::Fair(rows.fair.clone().unwrap()));
        work.put(Row::Queue(rows.queues[0].clone()));
        work.put(Row::Person(rows.persons[0].clone()));
        work.put(Row::Entry(rows.entries[0].clone()));
        work.put(Row::Call(rows.calls[0].clone()));
        // Twice: the second time each row is replaced.
        for _ in 0..2 {
            commit(db, &lease, NOW, &work).await.unwrap();
        }
        assert_eq!(read_rows(db, FAIR).await.unwrap(), rows, "{}", db.kind());
        let found = entry_of(db, EntryId(Uuid::from_u128(10)))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.booth, found.stage), (BOOTH, Stage::Done));
        assert_eq!(entry_of(db, EntryId(Uuid::nil())).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_student_has_one_active_entry_a_booth_and_is_busy_once() {
    for test in testing::both().await {
        let (db, lease) = (&test.db, lease(&test.db).await);
        put(db, &lease, &[entry(1, 20, 2, Stage::Waiting)])
            .await
            .unwrap();
        let again = put(db, &lease, &[entry(2, 20, 2, Stage::Applied)]).await;
        assert!(again.is_err(), "{}: a second active entry", db.kind());
        put(db, &lease, &[entry(3, 20, 4, Stage::Called)])
            .await
            .unwrap();
        let busy = put(db, &lease, &[entry(1, 20, 2, Stage::Ready)]).await;
        assert!(busy.is_err(), "{}: called twice", db.kind());
        // In one batch the two may change places, in whatever order they come.
        put(
            db,
            &lease,
            &[
                entry(1, 20, 2, Stage::Called),
                entry(3, 20, 4, Stage::Waiting),
            ],
        )
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_failed_batch_leaves_nothing() {
    for test in testing::both().await {
        let (db, lease) = (&test.db, lease(&test.db).await);
        let mut work = Work::default();
        work.put(Row::Entry(entry(1, 20, 2, Stage::Applied)));
        work.record(event(1));
        work.record(event(1));
        assert!(
            commit(db, &lease, NOW, &work).await.is_err(),
            "an event number twice"
        );
        assert_eq!(
            read_rows(db, FAIR).await.unwrap().entries,
            [],
            "{}",
            db.kind()
        );
    }
}

#[tokio::test]
async fn one_node_decides_at_a_time_and_an_old_fence_cannot_commit() {
    for test in testing::both().await {
        let db = &test.db;
        let first = acquire(db, FAIR, "a", NOW).await.unwrap();
        assert_eq!((first.epoch, first.down_ms), (1, 0));
        assert!(matches!(
            acquire(db, FAIR, "b", NOW + 1).await,
            Err(LeaseError::Taken(FAIR))
        ));
        // The same node after a crash goes on at once; what is left of its earlier run may not.
        let again = acquire(db, FAIR, "a", NOW + 2_000).await.unwrap();
        assert_eq!((again.epoch, again.down_ms), (2, 2_000));
        let work = Work::default();
        assert!(matches!(
            commit(db, &first, NOW, &work).await,
            Err(StoreError::LeaseLost { fair: FAIR })
        ));
        commit(db, &again, NOW + 3_000, &work).await.unwrap();
        let other = acquire(db, FAIR, "b", NOW + 3_001 + LEASE_MS)
            .await
            .unwrap();
        assert_eq!(other.epoch, 3, "a silent node loses the fair");
        assert!(commit(db, &again, NOW, &work).await.is_err());
    }
}

#[tokio::test]
async fn two_nodes_at_once_cannot_both_take_a_fair() {
    for test in testing::both().await {
        let db = &test.db;
        let tries = ["a", "b", "c", "d"].map(|node| acquire(db, FAIR, node, NOW));
        let [a, b, c, d] = tries;
        let results: [_; 4] = tokio::join!(a, b, c, d).into();
        let won = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "{}: {results:?}", db.kind());
    }
}

#[tokio::test]
async fn spent_tokens_outlive_a_restart_until_they_expire() {
    for test in testing::both().await {
        let (db, lease) = (&test.db, lease(&test.db).await);
        let mut work = Work::default();
        work.spend("one".to_owned(), NOW + 10);
        work.spend("two".to_owned(), NOW - 10);
        commit(db, &lease, NOW, &work).await.unwrap();
        let tokens = spent_tokens(db, NOW).await.unwrap();
        assert_eq!(tokens, [("one".to_owned(), NOW + 10)]);
        let left: (i64,) = on_db!(db, c => {
            sqlx::query_as("SELECT count(*) FROM live_tokens").fetch_one(c).await
        })
        .unwrap();
        assert_eq!(left, (1,));
    }
}

#[tokio::test]
async fn a_stage_that_is_not_known_is_refused_by_the_table() {
    for test in testing::both().await {
        let (db, lease) = (&test.db, lease(&test.db).await);
        put(db, &lease, &[entry(1, 20, 2, Stage::Waiting)])
            .await
            .unwrap();
        let mut wrong = entry(2, 21, 2, Stage::Waiting);
        wrong.rank = None;
        assert!(
            put(db, &lease, &[wrong]).await.is_err(),
            "{}: no place",
            db.kind()
        );
        let result = on_db!(db.writer().await.unwrap(), c => {
            sqlx::query("UPDATE queue_entries SET stage = 'lost'").execute(c).await.map(drop)
        });
        assert!(result.is_err(), "{}", db.kind());
    }
}
