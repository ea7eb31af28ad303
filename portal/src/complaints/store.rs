//! SQL of complaints.

use base::db::{Db, Tx, on_db};

use super::rules::{Bar, Outcome, Status};
use crate::ids::{AccountId, CompanyId, ComplaintId, FileId};

/// SQL: decided complaints about account `$1`, or about a company that it administers.
macro_rules! about {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, account_id, subject_kind, subject_id, company_id, category, body,
                status, outcome, answer, appeal, appealed_by, handler_id, decided_ms, due_ms,
                created_ms, version
            FROM complaints
            WHERE account_id <> $1 AND outcome <> '' AND (
                (subject_kind = 'account' AND subject_id = $1)
                OR company_id IN (SELECT m.company_id FROM company_members m
                    WHERE m.account_id = $1 AND m.role = 'admin' AND m.status = 'approved'))",
            $rest
        )
    };
}

base::queries! {
    /// A company to complain of.
    SUBJECT_COMPANY = "SELECT c.name AS name, c.id AS company_id FROM companies c WHERE c.id = $1";
    /// A person, by the name that strangers see.
    SUBJECT_ACCOUNT = "SELECT a.nickname AS name, m.company_id FROM accounts a
        LEFT JOIN company_members m ON m.account_id = a.id AND m.status = 'approved'
        WHERE a.id = $1";
    /// A job.
    SUBJECT_JOB = "SELECT j.title AS name, j.company_id AS company_id FROM jobs j WHERE j.id = $1";
    /// A call, for those who were in it.
    SUBJECT_CALL = "SELECT c.name AS name, c.id AS company_id
        FROM calls l
        JOIN registrations r ON r.id = l.booth_id
        JOIN companies c ON c.id = r.company_id
        WHERE l.id = $1 AND (l.student_id = $2 OR EXISTS (SELECT 1 FROM call_seats s
            WHERE s.call_id = l.id AND s.person_id = $2))";
    /// What an existing complaint is about, whoever asks.
    SUBJECT_NAME = "SELECT COALESCE(
            (SELECT c.name FROM companies c WHERE c.id = p.company_id),
            (SELECT a.nickname FROM accounts a WHERE p.subject_kind = 'account'
                AND a.id = p.subject_id), '') AS name
        FROM complaints p WHERE p.id = $1";
    /// A new complaint.
    ADD_COMPLAINT = "INSERT INTO complaints (id, number, account_id, subject_kind, subject_id,
            company_id, category, body, status, due_ms, created_ms, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $10)";
    /// How many someone filed since a moment.
    COMPLAINTS_SINCE = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM complaints
        WHERE account_id = $1 AND created_ms > $2";
    /// What someone filed, the latest first.
    COMPLAINTS_OF = "SELECT id, number, account_id, subject_kind, subject_id, company_id, category,
            body, status, outcome, answer, appeal, appealed_by, handler_id, decided_ms, due_ms,
            created_ms, version
        FROM complaints WHERE account_id = $1 ORDER BY created_ms DESC, id LIMIT $2 OFFSET $3";
    /// How many those are.
    COUNT_COMPLAINTS_OF = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM complaints
        WHERE account_id = $1";
    /// Decided complaints about an account, or about a company whose administrator it is.
    COMPLAINTS_ABOUT = about!(" ORDER BY created_ms DESC, id LIMIT 100");
    /// One of those.
    FIND_ABOUT = about!(" AND id = $2");
    /// Those to be worked on, the most urgent first.
    COMPLAINTS_TO_DO = "SELECT id, number, account_id, subject_kind, subject_id, company_id,
            category, body, status, outcome, answer, appeal, appealed_by, handler_id, decided_ms,
            due_ms, created_ms, version
        FROM complaints WHERE status IN ('open', 'handling', 'appealed')
        ORDER BY due_ms, id LIMIT $1 OFFSET $2";
    /// How many those are.
    COUNT_TO_DO = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM complaints
        WHERE status IN ('open', 'handling', 'appealed')";
    /// Those that are decided, the latest first.
    COMPLAINTS_DONE = "SELECT id, number, account_id, subject_kind, subject_id, company_id,
            category, body, status, outcome, answer, appeal, appealed_by, handler_id, decided_ms,
            due_ms, created_ms, version
        FROM complaints WHERE status IN ('upheld', 'dismissed', 'closed')
        ORDER BY changed_ms DESC, id LIMIT $1 OFFSET $2";
    /// How many those are.
    COUNT_DONE = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM complaints
        WHERE status IN ('upheld', 'dismissed', 'closed')";
    /// One of them.
    FIND_COMPLAINT = "SELECT id, number, account_id, subject_kind, subject_id, company_id,
            category, body, status, outcome, answer, appeal, appealed_by, handler_id, decided_ms,
            due_ms, created_ms, version
        FROM complaints WHERE id = $1";
    /// The support.
    SUPPORT = "SELECT p.account_id FROM platform_staff p
        JOIN accounts a ON a.id = p.account_id AND a.status = 'active'
        WHERE p.role = 'support' ORDER BY p.account_id LIMIT 200";
    /// Someone takes it.
    TAKE_COMPLAINT = "UPDATE complaints SET status = $3, handler_id = $4, changed_ms = $5,
            version = version + 1
        WHERE id = $1 AND version = $2 RETURNING version";
    /// It is decided.
    DECIDE_COMPLAINT = "UPDATE complaints SET status = $3, outcome = $4, answer = $5,
            handler_id = $6, decided_ms = $7, changed_ms = $7, version = version + 1
        WHERE id = $1 AND version = $2 RETURNING version";
    /// Someone appeals; it is due anew.
    APPEAL_COMPLAINT = "UPDATE complaints SET status = $3, appeal = $4, appealed_by = $5,
            due_ms = $6, changed_ms = $7, version = version + 1
        WHERE id = $1 AND version = $2 AND appealed_by IS NULL RETURNING version";
    /// Files that came with it.
    EVIDENCE_OF = "SELECT id, name, mime FROM files
        WHERE subject_kind = 'complaint' AND subject_id = $1 AND state = 'attached'
        ORDER BY created_ms, id LIMIT 10";
}

/// What a complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// The company that it belongs to.
    pub company_id: Option<CompanyId>,
}

/// A complaint.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Complaint {
    /// Its id.
    pub id: ComplaintId,
    /// Its number, for the telephone.
    pub number: String,
    /// Who filed it.
    pub account_id: AccountId,
    /// Kind of what it is about.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// The company behind it.
    pub company_id: Option<CompanyId>,
    /// Code of the category.
    pub category: String,
    /// What happened.
    pub body: String,
    /// Where it stands.
    pub status: Status,
    /// `upheld` or `dismissed`, once decided.
    pub outcome: String,
    /// The answer.
    pub answer: String,
    /// The appeal's text.
    pub appeal: String,
    /// Who appealed.
    pub appealed_by: Option<AccountId>,
    /// Who works on it.
    pub handler_id: Option<AccountId>,
    /// When it was last decided, ms since 1970.
    pub decided_ms: Option<i64>,
    /// When it is due, ms since 1970.
    pub due_ms: i64,
    /// When it was filed, ms since 1970.
    pub created_ms: i64,
    /// Counts changes.
    pub version: i64,
}

impl Complaint {
    /// Why this member of the support may not work on it; none: he may.
    pub fn bar(&self, staff: AccountId) -> Option<Bar> {
        let about_him = self.subject_kind == "account" && self.subject_id == staff.to_string();
        if self.account_id == staff || about_him {
            Some(Bar::Side)
        } else if self.status == Status::Appealed && self.handler_id == Some(staff) {
            Some(Bar::FirstDecision)
        } else {
            None
        }
    }
}

/// A file that came with a complaint.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Evidence {
    /// The file.
    pub id: FileId,
    /// As the person's disk calls it.
    pub name: String,
    /// Its type.
    pub mime: String,
}

/// A complaint to be filed.
#[derive(Debug, Clone)]
pub struct NewComplaint {
    /// Its id.
    pub id: ComplaintId,
    /// Its number.
    pub number: String,
    /// Who files it.
    pub by: AccountId,
    /// Kind of what it is about.
    pub subject_kind: &'static str,
    /// Its id.
    pub subject_id: String,
    /// The company behind it.
    pub company: Option<CompanyId>,
    /// Code of the category.
    pub category: String,
    /// What happened.
    pub body: String,
    /// When it is due, ms since 1970.
    pub due_ms: i64,
}

/// A company by its id.
///
/// # Errors
/// The database failed.
pub async fn company(db: &Db, id: &str) -> Result<Option<Subject>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SUBJECT_COMPANY).bind(id).fetch_optional(c).await)
}

/// A person by his id.
///
/// # Errors
/// The database failed.
pub async fn account(db: &Db, id: &str) -> Result<Option<Subject>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SUBJECT_ACCOUNT).bind(id).fetch_optional(c).await)
}

/// A job by its id.
///
/// # Errors
/// The database failed.
pub async fn job(db: &Db, id: &str) -> Result<Option<Subject>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SUBJECT_JOB).bind(id).fetch_optional(c).await)
}

/// A call in which `me` was, by its id.
///
/// # Errors
/// The database failed.
pub async fn call(db: &Db, id: &str, me: AccountId) -> Result<Option<Subject>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SUBJECT_CALL).bind(id).bind(me).fetch_optional(c).await)
}

/// What a complaint is about, by name; empty for the platform.
///
/// # Errors
/// The database failed.
pub async fn subject_name(db: &Db, id: ComplaintId) -> Result<String, sqlx::Error> {
    let row: Option<(String,)> =
        on_db!(db, c => sqlx::query_as(SUBJECT_NAME).bind(id).fetch_optional(c).await)?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}

/// Files a complaint.
///
/// # Errors
/// The number is taken, or the database failed.
pub async fn add(tx: &mut Tx, new: &NewComplaint, now_ms: i64) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_COMPLAINT)
        .bind(new.id)
        .bind(&new.number)
        .bind(new.by)
        .bind(new.subject_kind)
        .bind(&new.subject_id)
        .bind(new.company)
        .bind(&new.category)
        .bind(&new.body)
        .bind(new.due_ms)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// How many complaints someone filed after `since_ms`.
///
/// # Errors
/// The database failed.
pub async fn filed_since(
    tx: &mut Tx,
    account: AccountId,
    since_ms: i64,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(tx, c => sqlx::query_as(COMPLAINTS_SINCE)
        .bind(account).bind(since_ms).fetch_one(c).await)?;
    Ok(count)
}

/// How many complaints someone filed.
///
/// # Errors
/// The database failed.
pub async fn count_of(db: &Db, account: AccountId) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_COMPLAINTS_OF)
        .bind(account).fetch_one(c).await)?;
    Ok(count)
}

/// A slice of what someone filed, the latest first.
///
/// # Errors
/// The database failed.
pub async fn of(
    db: &Db,
    account: AccountId,
    (limit, offset): (i64, i64),
) -> Result<Vec<Complaint>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COMPLAINTS_OF)
        .bind(account).bind(limit).bind(offset).fetch_all(c).await)
}

/// Decided complaints about someone, or about the company that he administers: the latest 100.
///
/// # Errors
/// The database failed.
pub async fn about(db: &Db, account: AccountId) -> Result<Vec<Complaint>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COMPLAINTS_ABOUT).bind(account).fetch_all(c).await)
}

/// One of all those.
///
/// # Errors
/// The database failed.
pub async fn find_about(
    db: &Db,
    account: AccountId,
    id: ComplaintId,
) -> Result<Option<Complaint>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_ABOUT).bind(account).bind(id).fetch_optional(c).await)
}

/// How many are to be worked on, or are decided.
///
/// # Errors
/// The database failed.
pub async fn count(db: &Db, done: bool) -> Result<i64, sqlx::Error> {
    let query = if done { COUNT_DONE } else { COUNT_TO_DO };
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(query).fetch_one(c).await)?;
    Ok(count)
}

/// A slice of those to be worked on, the most urgent first; or of those that are decided, the
/// latest first.
///
/// # Errors
/// The database failed.
pub async fn inbox(
    db: &Db,
    done: bool,
    (limit, offset): (i64, i64),
) -> Result<Vec<Complaint>, sqlx::Error> {
    let query = if done {
        COMPLAINTS_DONE
    } else {
        COMPLAINTS_TO_DO
    };
    on_db!(db, c => sqlx::query_as(query).bind(limit).bind(offset).fetch_all(c).await)
}

/// One complaint. Who may see it is the caller's question.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: ComplaintId) -> Result<Option<Complaint>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_COMPLAINT).bind(id).fetch_optional(c).await)
}

/// Who works at the support's desk.
///
/// # Errors
/// The database failed.
pub async fn support(db: &Db) -> Result<Vec<AccountId>, sqlx::Error> {
    let rows: Vec<(AccountId,)> = on_db!(db, c => sqlx::query_as(SUPPORT).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// `by` takes the complaint as it was at `version`. False: it has changed.
///
/// # Errors
/// The database failed.
pub async fn take(
    tx: &mut Tx,
    (id, version): (ComplaintId, i64),
    status: Status,
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(TAKE_COMPLAINT)
        .bind(id).bind(version).bind(status).bind(by).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// A decision.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Where the complaint stands then.
    pub status: Status,
    /// For or against.
    pub outcome: Outcome,
    /// Why.
    pub answer: &'a str,
    /// Who decides.
    pub by: AccountId,
}

/// Decides the complaint as it was at `version`. False: it has changed.
///
/// # Errors
/// The database failed.
pub async fn decide(
    tx: &mut Tx,
    (id, version): (ComplaintId, i64),
    decision: Decision<'_>,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(DECIDE_COMPLAINT)
        .bind(id)
        .bind(version)
        .bind(decision.status)
        .bind(decision.outcome.as_str())
        .bind(decision.answer)
        .bind(decision.by)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// An appeal.
#[derive(Debug, Clone, Copy)]
pub struct Appeal<'a> {
    /// Where the complaint stands then.
    pub status: Status,
    /// Why.
    pub text: &'a str,
    /// Who appeals.
    pub by: AccountId,
    /// When it is due, ms since 1970.
    pub due_ms: i64,
}

/// Appeals against the decision as it was at `version`. False: it has changed.
///
/// # Errors
/// The database failed.
pub async fn appeal(
    tx: &mut Tx,
    (id, version): (ComplaintId, i64),
    appeal: Appeal<'_>,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(APPEAL_COMPLAINT)
        .bind(id)
        .bind(version)
        .bind(appeal.status)
        .bind(appeal.text)
        .bind(appeal.by)
        .bind(appeal.due_ms)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Files that came with a complaint.
///
/// # Errors
/// The database failed.
pub async fn evidence(db: &Db, id: ComplaintId) -> Result<Vec<Evidence>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(EVIDENCE_OF).bind(id).fetch_all(c).await)
}
