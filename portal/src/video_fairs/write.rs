//! SQL that makes fairs: used by the demo's data and by `pinhui import`.

use base::db::{JsonText, Tx, on_db};
use serde_json::Value;

use crate::ids::{AccountId, BoothId, CompanyId, FairId, JobId, SchoolId, SeatId};

base::queries! {
    /// A new fair, published.
    ADD_FAIR = "INSERT INTO video_fairs (id, school_id, title, starts_ms, ends_ms, slot_ms,
            max_queues, rules, status, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'published', $9)";
    /// A new booth: a registration that is approved at once.
    ADD_BOOTH = "INSERT INTO registrations (id, fair_id, company_id, number, mode, status,
            created_ms, decided_ms)
        VALUES ($1, $2, $3, $4, 'video', 'approved', $5, $5)";
    /// A job at a booth.
    ADD_BOOTH_JOB = "INSERT INTO registration_jobs (registration_id, job_id, ordinal)
        VALUES ($1, $2, $3)";
    /// A seat at a booth.
    ADD_SEAT = "INSERT INTO seats (id, registration_id, account_id, ordinal, created_ms)
        VALUES ($1, $2, $3, $4, $5)";
    /// Admits a student.
    ADD_ADMISSION = "INSERT INTO fair_admissions (fair_id, student_id, admitted_ms)
        VALUES ($1, $2, $3) ON CONFLICT (fair_id, student_id) DO NOTHING";
}

/// A new fair.
#[derive(Debug, Clone)]
pub struct NewFair {
    /// Its id.
    pub id: FairId,
    /// Who holds it.
    pub school: SchoolId,
    /// Title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// End, ms since 1970.
    pub ends_ms: i64,
    /// Planned length of a call, ms.
    pub slot_ms: i64,
    /// Active entries that a student may have at once.
    pub max_queues: i64,
    /// Further rules of the live core; an empty object for its defaults.
    pub rules: Value,
}

/// Adds a published fair.
///
/// # Errors
/// The id is taken, a value is out of its range, or the database failed.
pub async fn add_fair(tx: &mut Tx, fair: &NewFair, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_FAIR)
        .bind(fair.id)
        .bind(fair.school)
        .bind(&fair.title)
        .bind(fair.starts_ms)
        .bind(fair.ends_ms)
        .bind(fair.slot_ms)
        .bind(fair.max_queues)
        .bind(JsonText(&fair.rules))
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Adds a booth.
///
/// # Errors
/// The company has one in this fair, the number is taken, or the database failed.
pub async fn add_booth(
    tx: &mut Tx,
    booth: (BoothId, &str),
    fair: FairId,
    company: CompanyId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_BOOTH)
        .bind(booth.0).bind(fair).bind(company).bind(booth.1).bind(now_ms)
        .execute(c).await.map(drop))
}

/// Adds a job to a booth, as number `ordinal` of its list.
///
/// # Errors
/// It is there already, or the database failed.
pub async fn add_booth_job(
    tx: &mut Tx,
    booth: BoothId,
    job: JobId,
    ordinal: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_BOOTH_JOB)
        .bind(booth).bind(job).bind(ordinal).execute(c).await.map(drop))
}

/// Adds a seat to a booth, as number `ordinal` of its list.
///
/// # Errors
/// The account has a seat there already, or the database failed.
pub async fn add_seat(
    tx: &mut Tx,
    seat: SeatId,
    booth: BoothId,
    account: AccountId,
    ordinal: i64,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_SEAT)
        .bind(seat).bind(booth).bind(account).bind(ordinal).bind(now_ms)
        .execute(c).await.map(drop))
}

/// Lets a student take part. Doing it twice changes nothing.
///
/// # Errors
/// The database failed.
pub async fn admit(
    tx: &mut Tx,
    fair: FairId,
    student: AccountId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_ADMISSION)
        .bind(fair).bind(student).bind(now_ms).execute(c).await.map(drop))
}
