//! SQL of notes, evaluations and feedback.

use base::db::{Db, Tx, on_db};
use signaling_protocol::Outcome;

use super::rules::OutcomeWord;
use crate::ids::{AccountId, BoothId, CallId, CompanyId, FairId};

base::queries! {
    /// Saves a note over the version that the page knows; 0: it knows of none. The same text
    /// again is no conflict: it comes from a page that did not hear the answer.
    SAVE_NOTE = "INSERT INTO call_notes
            (call_id, account_id, company_id, student_id, body, version, updated_ms)
        VALUES ($1, $2, $3, $4, $5, 1, $6)
        ON CONFLICT (call_id, account_id) DO UPDATE SET
            body = $5, version = call_notes.version + 1, updated_ms = $6
        WHERE call_notes.version = $7 OR call_notes.body = $5
        RETURNING version";
    /// An interviewer's own note.
    FIND_NOTE = "SELECT body, version, updated_ms FROM call_notes
        WHERE call_id = $1 AND account_id = $2";
    /// Saves the evaluation of a call; only the company that wrote it may change it.
    SAVE_EVALUATION = "INSERT INTO evaluations (call_id, fair_id, company_id, student_id,
            account_id, outcome, stars, note, version, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9)
        ON CONFLICT (call_id) DO UPDATE SET account_id = $5, outcome = $6, stars = $7, note = $8,
            version = evaluations.version + 1, updated_ms = $9
        WHERE evaluations.company_id = $3
        RETURNING version";
    /// A company's evaluation of a call.
    FIND_EVALUATION = "SELECT outcome, stars, note, version FROM evaluations
        WHERE call_id = $1 AND company_id = $2";
    /// Saves a student's feedback; only he may change it.
    SAVE_FEEDBACK = "INSERT INTO call_feedback
            (call_id, student_id, booth_id, stars, body, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (call_id) DO UPDATE SET stars = $4, body = $5, updated_ms = $6
        WHERE call_feedback.student_id = $2";
    /// A student's feedback on a call.
    FIND_FEEDBACK = "SELECT stars, body FROM call_feedback
        WHERE call_id = $1 AND student_id = $2";
}

/// Whose call it is.
#[derive(Debug, Clone, Copy)]
pub struct CallOf {
    /// The call.
    pub call: CallId,
    /// The fair.
    pub fair: FairId,
    /// The booth.
    pub booth: BoothId,
    /// The booth's company.
    pub company: CompanyId,
    /// The student.
    pub student: AccountId,
}

/// An interviewer's note.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Note {
    /// The text.
    pub body: String,
    /// Counts saves.
    pub version: i64,
    /// Last save, ms since 1970.
    pub updated_ms: i64,
}

/// What is said about a student after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// 通过, 待定, 不合适.
    pub outcome: Outcome,
    /// 1 to 5.
    pub stars: Option<i64>,
    /// Why.
    pub note: String,
}

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Evaluation {
    /// The judgement.
    pub outcome: OutcomeWord,
    /// 1 to 5.
    pub stars: Option<i64>,
    /// Why.
    pub note: String,
    /// Counts saves.
    pub version: i64,
}

/// Saves the note of the interviewer `me` over the version `known` (0: none yet) and gives the
/// new one; `None`: another page of his has saved another text since.
///
/// # Errors
/// The database failed.
pub async fn save_note(
    tx: &mut Tx,
    of: &CallOf,
    me: AccountId,
    (body, known): (&str, i64),
    now_ms: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_NOTE)
        .bind(of.call)
        .bind(me)
        .bind(of.company)
        .bind(of.student)
        .bind(body)
        .bind(now_ms)
        .bind(known)
        .fetch_optional(c).await)?;
    Ok(row.map(|(version,)| version))
}

/// The note of the interviewer `me`, inside a transaction.
///
/// # Errors
/// The database failed.
pub async fn note_in(
    tx: &mut Tx,
    call: CallId,
    me: AccountId,
) -> Result<Option<Note>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_NOTE).bind(call).bind(me).fetch_optional(c).await)
}

/// The note of the interviewer `me`.
///
/// # Errors
/// The database failed.
pub async fn note(db: &Db, call: CallId, me: AccountId) -> Result<Option<Note>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_NOTE).bind(call).bind(me).fetch_optional(c).await)
}

/// Saves an evaluation by `me`; `None`: another company's.
///
/// # Errors
/// The database failed.
pub async fn save_evaluation(
    tx: &mut Tx,
    of: &CallOf,
    me: AccountId,
    judgement: &Judgement,
    now_ms: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_EVALUATION)
        .bind(of.call)
        .bind(of.fair)
        .bind(of.company)
        .bind(of.student)
        .bind(me)
        .bind(OutcomeWord(judgement.outcome))
        .bind(judgement.stars)
        .bind(&judgement.note)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.map(|(version,)| version))
}

/// A company's evaluation of a call.
///
/// # Errors
/// The database failed.
pub async fn evaluation(
    db: &Db,
    call: CallId,
    company: CompanyId,
) -> Result<Option<Evaluation>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_EVALUATION)
        .bind(call).bind(company).fetch_optional(c).await)
}

/// Saves a student's feedback on a call at a booth. False: the call is another student's.
///
/// # Errors
/// The database failed.
pub async fn save_feedback(
    tx: &mut Tx,
    (call, student, booth): (CallId, AccountId, BoothId),
    (stars, body): (i64, &str),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    on_db!(tx, c => sqlx::query(SAVE_FEEDBACK)
        .bind(call)
        .bind(student)
        .bind(booth)
        .bind(stars)
        .bind(body)
        .bind(now_ms)
        .execute(c).await.map(|done| done.rows_affected() > 0))
}

/// A student's feedback on a call: stars and text.
///
/// # Errors
/// The database failed.
pub async fn feedback(
    db: &Db,
    call: CallId,
    student: AccountId,
) -> Result<Option<(i64, String)>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_FEEDBACK)
        .bind(call).bind(student).fetch_optional(c).await)
}
