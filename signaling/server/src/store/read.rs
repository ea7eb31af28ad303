//! Reading a fair back, and single calls for the portal.

use base::db::{Db, Text, on_db};
use signaling_core::{Code, EventRow, Rows};
use signaling_protocol::{
    BoothId, CallId, EntryId, FairId, JobId, Origin, PersonId, SeatId, Stage,
};

use super::columns::{
    CallColumns, CallSeatColumns, EntryColumns, FairColumns, PersonColumns, QueueColumns,
};
use super::{StoreError, queries};

/// A call, as far as a permission check needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// Its fair.
    pub fair: FairId,
    /// Its booth.
    pub booth: BoothId,
    /// Its entry.
    pub entry: EntryId,
    /// The student.
    pub student: PersonId,
    /// The seats in it, with their interviewers.
    pub seats: Vec<(SeatId, PersonId)>,
    /// Began, ms since 1970.
    pub started_ms: i64,
    /// Ended, ms since 1970.
    pub ended_ms: Option<i64>,
    /// Ended as DONE: an evaluation is due.
    pub done: bool,
}

/// Reads all rows of a list query and turns each into the core's type.
macro_rules! rows {
    ($db:expr, $query:expr, $fair:expr, $record:ty, $row:expr) => {{
        let records: Vec<$record> = on_db!($db, c => {
            sqlx::query_as($query).bind(Text($fair)).fetch_all(c).await
        })?;
        records.into_iter().map($row).collect::<Result<Vec<_>, StoreError>>()?
    }};
}

/// All rows of a fair, for restoring it.
///
/// # Errors
/// The database failed, or a row holds what this version does not know.
pub(crate) async fn read_rows(db: &Db, fair: FairId) -> Result<Rows, StoreError> {
    let own: Option<FairColumns> = on_db!(db, c => {
        sqlx::query_as(queries::FAIR).bind(Text(fair)).fetch_optional(c).await
    })?;
    Ok(Rows {
        fair: own.map(|record| record.row(fair)).transpose()?,
        queues: rows!(db, queries::QUEUES, fair, QueueColumns, |r| r.row(fair)),
        persons: rows!(db, queries::PERSONS, fair, PersonColumns, |r| r.row(fair)),
        entries: rows!(db, queries::ENTRIES, fair, EntryColumns, |r| r.row(fair)),
        calls: rows!(db, queries::CALLS, fair, CallColumns, |r| r.row(fair)),
        call_seats: rows!(
            db,
            queries::CALL_SEATS,
            fair,
            CallSeatColumns,
            CallSeatColumns::row
        ),
    })
}

/// Whose tokens and secrets are void, and until when, in ms since 1970: of those who were shut out
/// later than `after_ms`.
///
/// # Errors
/// The database failed.
pub(crate) async fn shut_outs(db: &Db, after_ms: i64) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let rows: Vec<(Text<PersonId>, i64)> = on_db!(db, c => {
        sqlx::query_as(queries::SHUT_OUTS).bind(after_ms).fetch_all(c).await
    })?;
    let persons = rows
        .into_iter()
        .map(|(person, until_ms)| (person.0, until_ms));
    Ok(persons.collect())
}

/// Is this event stored?
///
/// # Errors
/// The database failed.
pub(crate) async fn has_event(db: &Db, event: &EventRow) -> Result<bool, StoreError> {
    let booth = event
        .booth
        .map_or_else(String::new, |booth| booth.to_string());
    let number = i64::try_from(event.number).unwrap_or(i64::MAX);
    let found: Option<(i64,)> = on_db!(db, c => {
        sqlx::query_as(queries::HAS_EVENT)
            .bind(Text(event.fair))
            .bind(booth)
            .bind(number)
            .fetch_optional(c)
            .await
    })?;
    Ok(found.is_some())
}

/// Is the student called, or in a call, in another fair than this one?
///
/// # Errors
/// The database failed.
pub(crate) async fn is_busy_elsewhere(
    db: &Db,
    fair: FairId,
    person: PersonId,
) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = on_db!(db, c => {
        sqlx::query_as(queries::BUSY_ELSEWHERE)
            .bind(Text(person))
            .bind(Text(fair))
            .fetch_optional(c)
            .await
    })?;
    Ok(found.is_some())
}

/// Tokens that are spent and have not expired, with their end in ms since 1970.
///
/// # Errors
/// The database failed.
pub(crate) async fn spent_tokens(db: &Db, now_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
    on_db!(db.writer().await?, c => {
        sqlx::query(queries::FORGET_TOKENS).bind(now_ms).execute(c).await.map(drop)
    })?;
    Ok(on_db!(db, c => {
        sqlx::query_as(queries::SPENT_TOKENS).bind(now_ms).fetch_all(c).await
    })?)
}

#[derive(sqlx::FromRow)]
struct OneCall {
    fair_id: Text<FairId>,
    booth_id: Text<BoothId>,
    entry_id: Text<EntryId>,
    student_id: Text<PersonId>,
    started_ms: i64,
    ended_ms: Option<i64>,
    done: bool,
}

/// One call.
///
/// # Errors
/// The database failed.
pub(crate) async fn call_of(db: &Db, call: CallId) -> Result<Option<CallRecord>, StoreError> {
    let found: Option<OneCall> = on_db!(db, c => {
        sqlx::query_as(queries::CALL).bind(Text(call)).fetch_optional(c).await
    })?;
    let Some(found) = found else { return Ok(None) };
    let seats: Vec<(Text<SeatId>, Text<PersonId>)> = on_db!(db, c => {
        sqlx::query_as(queries::SEATS_OF_CALL).bind(Text(call)).fetch_all(c).await
    })?;
    Ok(Some(CallRecord {
        call,
        fair: found.fair_id.0,
        booth: found.booth_id.0,
        entry: found.entry_id.0,
        student: found.student_id.0,
        seats: seats
            .into_iter()
            .map(|(seat, person)| (seat.0, person.0))
            .collect(),
        started_ms: found.started_ms,
        ended_ms: found.ended_ms,
        done: found.done,
    }))
}

/// A queue entry, as far as a permission check needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRecord {
    /// The entry.
    pub entry: EntryId,
    /// Its fair.
    pub fair: FairId,
    /// Its booth.
    pub booth: BoothId,
    /// The student.
    pub student: PersonId,
    /// The job, if one was chosen.
    pub job: Option<JobId>,
    /// How it came to be.
    pub origin: Origin,
    /// Its stage.
    pub stage: Stage,
    /// Its call, if there was one.
    pub call: Option<CallId>,
}

#[derive(sqlx::FromRow)]
struct OneEntry {
    fair_id: Text<FairId>,
    booth_id: Text<BoothId>,
    person_id: Text<PersonId>,
    job_id: Option<Text<JobId>>,
    origin: String,
    stage: String,
    call_id: Option<Text<CallId>>,
}

/// One entry.
///
/// # Errors
/// The database failed, or the row holds what this version does not know.
pub(crate) async fn entry_of(db: &Db, entry: EntryId) -> Result<Option<EntryRecord>, StoreError> {
    let found: Option<OneEntry> = on_db!(db, c => {
        sqlx::query_as(queries::ENTRY).bind(Text(entry)).fetch_optional(c).await
    })?;
    let Some(found) = found else { return Ok(None) };
    let origin = Origin::from_code(&found.origin).ok_or_else(|| StoreError::Unknown {
        table: "queue_entries",
        column: "origin",
        value: found.origin.clone(),
    })?;
    let stage = Stage::from_code(&found.stage).ok_or_else(|| StoreError::Unknown {
        table: "queue_entries",
        column: "stage",
        value: found.stage.clone(),
    })?;
    Ok(Some(EntryRecord {
        entry,
        fair: found.fair_id.0,
        booth: found.booth_id.0,
        student: found.person_id.0,
        job: found.job_id.map(|job| job.0),
        origin,
        stage,
        call: found.call_id.map(|call| call.0),
    }))
}
