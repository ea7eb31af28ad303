//! Group commit: the rows and events of a batch in one transaction.

use std::collections::BTreeMap;

use base::db::{Db, Text, Tx, on_db};
use signaling_core::Row;
use signaling_core::codes::Code;
use signaling_core::rows::{
    CallRow, CallSeatRow, EntryRow, EventRow, FairRow, PersonRow, QueueStateRow,
};
use signaling_protocol::{BoothId, CallId, EntryId, PersonId, SeatId, Stage};

use super::{Lease, StoreError, lease, queries};

/// What a batch writes. Of each row only the last state is kept.
#[derive(Debug, Default)]
pub(crate) struct Work {
    fair: Option<FairRow>,
    queues: BTreeMap<BoothId, QueueStateRow>,
    persons: BTreeMap<PersonId, PersonRow>,
    entries: BTreeMap<EntryId, EntryRow>,
    calls: BTreeMap<CallId, CallRow>,
    call_seats: BTreeMap<(CallId, SeatId), CallSeatRow>,
    events: Vec<EventRow>,
    tokens: Vec<(String, i64)>,
}

impl Work {
    /// Adds a row's new state.
    pub(crate) fn put(&mut self, row: Row) {
        match row {
            Row::Fair(row) => self.fair = Some(row),
            Row::Queue(row) => drop(self.queues.insert(row.booth, row)),
            Row::Person(row) => drop(self.persons.insert(row.person, row)),
            Row::Entry(row) => drop(self.entries.insert(row.entry, row)),
            Row::Call(row) => drop(self.calls.insert(row.call, row)),
            Row::CallSeat(row) => drop(self.call_seats.insert((row.call, row.seat), row)),
        }
    }

    /// Adds an event.
    pub(crate) fn record(&mut self, event: EventRow) {
        self.events.push(event);
    }

    /// Adds a token that is spent, with its end in ms since 1970.
    pub(crate) fn spend(&mut self, jti: String, expires_ms: i64) {
        self.tokens.push((jti, expires_ms));
    }

    /// Students with an entry in this stage.
    pub(crate) fn in_stage(&self, stage: Stage) -> impl Iterator<Item = PersonId> {
        let rows = self.entries.values().filter(move |row| row.stage == stage);
        rows.map(|row| row.person)
    }

    /// The stages that entries come to: those that end first, as a student may be called anew.
    pub(crate) fn stages(&self) -> Vec<(PersonId, EntryId, Stage)> {
        let mut stages: Vec<_> = self
            .entries
            .values()
            .map(|row| (row.person, row.entry, row.stage))
            .collect();
        stages.sort_by_key(|(_, _, stage)| is_busy(*stage));
        stages
    }

    /// The events, in order.
    pub(crate) fn events(&self) -> &[EventRow] {
        &self.events
    }

    /// Is there nothing to write?
    pub(crate) fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// Rows and events to write.
    pub(crate) fn rows(&self) -> usize {
        usize::from(self.fair.is_some())
            + self.queues.len()
            + self.persons.len()
            + self.entries.len()
            + self.calls.len()
            + self.call_seats.len()
            + self.events.len()
            + self.tokens.len()
    }
}

/// Commits a batch. When this returns `Ok`, everyone may be told.
///
/// # Errors
/// Nothing was written: the lease is lost, or the database failed.
pub(crate) async fn commit(
    db: &Db,
    lease: &Lease,
    now_ms: i64,
    work: &Work,
) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    lease::hold(&mut tx, lease, now_ms).await?;
    write(&mut tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps who was shut out when, in ms since 1970.
///
/// # Errors
/// The database failed.
pub(crate) async fn put_shut_out(db: &Db, person: PersonId, at_ms: i64) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    on_db!(tx, c => {
        sqlx::query(queries::PUT_SHUT_OUT).bind(Text(person)).bind(at_ms).execute(c).await.map(drop)
    })?;
    tx.commit().await
}

/// Forgets who was shut out before then.
///
/// # Errors
/// The database failed.
pub(crate) async fn forget_shut_outs(db: &Db, before_ms: i64) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    on_db!(tx, c => {
        sqlx::query(queries::FORGET_SHUT_OUTS).bind(before_ms).execute(c).await.map(drop)
    })?;
    tx.commit().await
}

async fn write(tx: &mut Tx, work: &Work) -> Result<(), StoreError> {
    if let Some(row) = &work.fair {
        put_fair(tx, row).await?;
    }
    for row in work.queues.values() {
        put_queue(tx, row).await?;
    }
    for row in work.persons.values() {
        put_person(tx, row).await?;
    }
    // The partial unique indexes look at each statement: who gives a place up goes first.
    let (takes, gives): (Vec<_>, Vec<_>) =
        work.entries.values().partition(|row| is_busy(row.stage));
    let (takes_later, ends): (Vec<_>, Vec<_>) =
        gives.into_iter().partition(|row| is_active(row.stage));
    for row in ends.into_iter().chain(takes_later).chain(takes) {
        put_entry(tx, row).await?;
    }
    let (ended, running): (Vec<_>, Vec<_>) =
        work.calls.values().partition(|row| row.ended_ms.is_some());
    for row in ended.into_iter().chain(running) {
        put_call(tx, row).await?;
    }
    for row in work.call_seats.values() {
        put_call_seat(tx, row).await?;
    }
    for event in &work.events {
        add_event(tx, event).await?;
    }
    for (jti, expires_ms) in &work.tokens {
        on_db!(tx, c => {
            sqlx::query(queries::SPEND_TOKEN).bind(jti).bind(expires_ms).execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// CALLED, READY, IN_CALL: at most one per student.
fn is_busy(stage: Stage) -> bool {
    matches!(stage, Stage::Called | Stage::Ready | Stage::InCall)
}

/// Not ended: at most one per student and booth.
fn is_active(stage: Stage) -> bool {
    matches!(stage, Stage::Applied | Stage::Invited | Stage::Waiting) || is_busy(stage)
}

/// A count as SQL knows it; the fair's limits keep it far below the maximum.
fn big(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn put_fair(tx: &mut Tx, row: &FairRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_FAIR)
            .bind(Text(row.fair))
            .bind(row.phase.code())
            .bind(row.ends_ms)
            .bind(row.overrun_until_ms)
            .bind(big(row.events))
            .execute(c)
            .await
            .map(drop)
    })
}

async fn put_queue(tx: &mut Tx, row: &QueueStateRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_QUEUE)
            .bind(Text(row.booth))
            .bind(Text(row.fair))
            .bind(row.state.code())
            .bind(row.paused_until_ms)
            .bind(row.message.as_deref())
            .bind(big(row.events))
            .bind(row.service_ms)
            .bind(row.deviation_ms)
            .bind(i64::from(row.learned))
            .bind(i64::from(row.call_ups))
            .bind(i64::from(row.unanswered))
            .execute(c)
            .await
            .map(drop)
    })
}

async fn put_person(tx: &mut Tx, row: &PersonRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_PERSON)
            .bind(Text(row.fair))
            .bind(Text(row.person))
            .bind(row.name.as_str())
            .bind(row.headline.as_str())
            .bind(row.device_test_ms)
            .bind(row.away_until_ms)
            .bind(i64::from(row.aways))
            .bind(row.offline_since_ms)
            .execute(c)
            .await
            .map(drop)
    })
}

async fn put_entry(tx: &mut Tx, row: &EntryRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_ENTRY)
            .bind(Text(row.entry))
            .bind(Text(row.fair))
            .bind(Text(row.booth))
            .bind(Text(row.person))
            .bind(row.job.map(Text))
            .bind(row.origin.code())
            .bind(row.stage.code())
            .bind(row.rank)
            .bind(row.made_ms)
            .bind(row.joined_ms)
            .bind(row.since_ms)
            .bind(row.deadline_ms)
            .bind(row.ready_ms)
            .bind(row.seat.map(Text))
            .bind(row.call.map(Text))
            .bind(i64::from(row.misses))
            .bind(i64::from(row.laters))
            .bind(row.held_by.map(Text))
            .bind(row.skipped_ms)
            .bind(row.waited_ms)
            .bind(row.cause.map(Code::code))
            .bind(row.reason.as_deref())
            .execute(c)
            .await
            .map(drop)
    })
}

async fn put_call(tx: &mut Tx, row: &CallRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_CALL)
            .bind(Text(row.call))
            .bind(Text(row.fair))
            .bind(Text(row.booth))
            .bind(Text(row.entry))
            .bind(Text(row.student))
            .bind(Text(row.seat))
            .bind(row.started_ms)
            .bind(row.length_ms)
            .bind(row.extended)
            .bind(row.used_ms)
            .bind(row.clock_at_ms)
            .bind(row.clock_runs)
            .bind(row.ended_ms)
            .bind(row.done)
            .bind(row.outcome.map(Code::code))
            .execute(c)
            .await
            .map(drop)
    })
}

async fn put_call_seat(tx: &mut Tx, row: &CallSeatRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::PUT_CALL_SEAT)
            .bind(Text(row.call))
            .bind(Text(row.seat))
            .bind(Text(row.person))
            .bind(row.joined_ms)
            .execute(c)
            .await
            .map(drop)
    })
}

async fn add_event(tx: &mut Tx, event: &EventRow) -> Result<(), sqlx::Error> {
    on_db!(tx, c => {
        sqlx::query(queries::ADD_EVENT)
            .bind(Text(event.fair))
            .bind(event.booth.map_or_else(String::new, |booth| booth.to_string()))
            .bind(big(event.number))
            .bind(event.at_ms)
            .bind(event.kind.code())
            .bind(event.actor.map(Text))
            .bind(event.entry.map(Text))
            .bind(event.call.map(Text))
            .bind(event.seat.map(Text))
            .bind(event.stage.map(Code::code))
            .bind(event.place.map(i64::from))
            .bind(event.text.as_deref())
            .execute(c)
            .await
            .map(drop)
    })
}
