//! SQL of claims of identity.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, IdentityClaimId, ReviewId, SchoolId};
use crate::students::list::store::Facts;
use crate::students::register::ClaimText;
use crate::students::rules::{Degree, Standing};

/// Columns of a [`Claim`].
macro_rules! columns {
    () => {
        "id, account_id, school_id, student_no, name, degree, faculty, major, class_name, \
         grad_year, chsi_code, note, status, created_ms, changed_ms"
    };
}

base::queries! {
    /// What a student says of himself.
    ADD_CLAIM = "INSERT INTO identity_claims (id, account_id, school_id, student_no, name, degree,
            faculty, major, class_name, grad_year, chsi_code, note, status, created_ms, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'submitted', $13, $13)";
    /// A student's claim.
    CLAIM_OF = concat!("SELECT ", columns!(), " FROM identity_claims WHERE account_id = $1");
    /// A claim by its id.
    FIND_CLAIM = concat!("SELECT ", columns!(), " FROM identity_claims WHERE id = $1");
    /// Said anew, after the school gave it back or refused.
    SAVE_CLAIM = "UPDATE identity_claims SET student_no = $2, name = $3, degree = $4, faculty = $5,
            major = $6, class_name = $7, grad_year = $8, chsi_code = $9, note = $10,
            status = 'submitted', changed_ms = $11
        WHERE id = $1 AND status IN ('returned', 'rejected') RETURNING id";
    /// What the school made of it.
    SET_CLAIM_STATUS = "UPDATE identity_claims SET status = $2, changed_ms = $3 WHERE id = $1";
    /// The unconfirmed student follows what he says.
    FOLLOW_CLAIM = "UPDATE students SET name = $2, degree = $3, faculty = $4, major = $5,
            class_name = $6, grad_year = $7, version = version + 1
        WHERE account_id = $1 AND verified_ms IS NULL";
    /// The latest review of a student's claim.
    LATEST_REVIEW = "SELECT r.id, r.state, r.due_ms, r.reason, r.submitted_ms
        FROM identity_claims c JOIN reviews r ON r.kind = 'identity' AND r.subject_id = c.id
        WHERE c.account_id = $1 ORDER BY r.submitted_ms DESC, r.id DESC LIMIT 1";
    /// The review that runs for a student's claim.
    RUNNING_REVIEW = "SELECT r.id
        FROM identity_claims c JOIN reviews r ON r.kind = 'identity' AND r.subject_id = c.id
        WHERE c.account_id = $1 AND r.state IN ('open', 'returned')";
    /// The student whom the roster has under a number, in the transaction that decides.
    ROSTER_ROW = "SELECT st.account_id, st.name, st.degree, st.faculty, st.major, st.class_name,
            st.grad_year, st.standing, a.password_hash <> '!' AS claimed,
            (a.last_login_ms IS NOT NULL OR EXISTS (SELECT 1 FROM resumes r
                WHERE r.student_id = st.account_id)) AS used
        FROM students st JOIN accounts a ON a.id = st.account_id
        WHERE st.school_id = $1 AND st.student_no = $2 AND st.verified_ms IS NOT NULL";
    /// The student is confirmed under his number.
    CONFIRM_STUDENT = "UPDATE students SET student_no = $2, name = $3, degree = $4, faculty = $5,
            major = $6, class_name = $7, grad_year = $8, standing = $9, verified_ms = $10,
            verified_by = $11, version = version + 1
        WHERE account_id = $1 AND verified_ms IS NULL RETURNING account_id";
    /// The reviewer compared what was claimed with 学信网.
    CHECKED_AT_CHSI = "UPDATE students SET verified_by = 'chsi'
        WHERE verified_by = 'staff' AND account_id IN (SELECT c.account_id FROM identity_claims c
            WHERE c.id = $1 AND c.chsi_code <> '')";
    /// Fairs to which the school let the row of the roster in are open to the student himself.
    MOVE_ADMISSIONS = "INSERT INTO fair_admissions (fair_id, student_id, admitted_ms)
        SELECT fair_id, CAST($2 AS TEXT), admitted_ms FROM fair_admissions WHERE student_id = $1
        ON CONFLICT (fair_id, student_id) DO NOTHING";
    /// See above.
    DROP_ADMISSIONS = "DELETE FROM fair_admissions WHERE student_id = $1";
    /// The row of the roster goes: the student has an account of his own.
    DROP_STUDENT = "DELETE FROM students WHERE account_id = $1";
    /// So does the account that waited in it.
    DROP_ACCOUNT = "DELETE FROM accounts WHERE id = $1 AND password_hash = '!'
        AND last_login_ms IS NULL";
}

/// What a student says of himself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claim {
    /// Its id.
    pub id: IdentityClaimId,
    /// The account.
    pub account_id: AccountId,
    /// The school.
    pub school_id: SchoolId,
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: i64,
    /// 学信网在线验证码; may be empty.
    pub chsi_code: String,
    /// A note; may be empty.
    pub note: String,
    /// `submitted`, `returned`, `approved` or `rejected`.
    pub status: String,
    /// ms since 1970.
    pub created_ms: i64,
    /// ms since 1970.
    pub changed_ms: i64,
}

/// The latest review of a claim.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReviewLine {
    /// The review.
    pub id: ReviewId,
    /// Where it stands.
    pub state: String,
    /// By when it is due, ms since 1970.
    pub due_ms: i64,
    /// Why not.
    pub reason: String,
    /// ms since 1970.
    pub submitted_ms: i64,
}

/// The row of the roster under a number.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RosterRow {
    /// The account.
    pub account_id: AccountId,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级.
    pub class_name: String,
    /// 届别.
    pub grad_year: i64,
    /// 在读, 毕业, 离校.
    pub standing: Standing,
    /// Somebody has registered with it.
    pub claimed: bool,
    /// Somebody was in it once.
    pub used: bool,
}

/// Keeps what a student says of himself.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    (id, account, school): (IdentityClaimId, AccountId, SchoolId),
    text: &ClaimText,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let facts = &text.facts;
    on_db!(tx, c => sqlx::query(ADD_CLAIM)
        .bind(id)
        .bind(account)
        .bind(school)
        .bind(&facts.student_no)
        .bind(&facts.name)
        .bind(facts.degree)
        .bind(&facts.faculty)
        .bind(&facts.major)
        .bind(&facts.class_name)
        .bind(facts.grad_year)
        .bind(&text.chsi_code)
        .bind(&text.note)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// A student's claim.
///
/// # Errors
/// The database failed.
pub async fn of_account(db: &Db, account: AccountId) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(CLAIM_OF).bind(account).fetch_optional(c).await)
}

/// The student of a claim with a code is confirmed by 学信网.
///
/// # Errors
/// The database failed.
pub async fn checked_at_chsi(tx: &mut Tx, claim: &str) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(CHECKED_AT_CHSI).bind(claim).execute(c).await.map(drop))
}

/// A claim.
///
/// # Errors
/// The database failed.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Claim>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_CLAIM).bind(id).fetch_optional(c).await)
}

/// Says it anew. `false`: the school looks at it, or has confirmed it.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    (id, account): (IdentityClaimId, AccountId),
    text: &ClaimText,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let facts = &text.facts;
    let row: Option<(IdentityClaimId,)> = on_db!(tx, c => sqlx::query_as(SAVE_CLAIM)
        .bind(id)
        .bind(&facts.student_no)
        .bind(&facts.name)
        .bind(facts.degree)
        .bind(&facts.faculty)
        .bind(&facts.major)
        .bind(&facts.class_name)
        .bind(facts.grad_year)
        .bind(&text.chsi_code)
        .bind(&text.note)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    if row.is_some() {
        follow(tx, account, facts).await?;
    }
    Ok(row.is_some())
}

async fn follow(tx: &mut Tx, account: AccountId, facts: &Facts) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(FOLLOW_CLAIM)
        .bind(account)
        .bind(&facts.name)
        .bind(facts.degree)
        .bind(&facts.faculty)
        .bind(&facts.major)
        .bind(&facts.class_name)
        .bind(facts.grad_year)
        .execute(c).await.map(drop))
}

/// What the school made of a claim.
///
/// # Errors
/// The database failed.
pub async fn set_status(
    tx: &mut Tx,
    id: IdentityClaimId,
    status: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_CLAIM_STATUS)
        .bind(id).bind(status).bind(now_ms).execute(c).await.map(drop))
}

/// The latest review of a student's claim.
///
/// # Errors
/// The database failed.
pub async fn latest_review(db: &Db, account: AccountId) -> Result<Option<ReviewLine>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_REVIEW).bind(account).fetch_optional(c).await)
}

/// The review that runs for a student's claim.
///
/// # Errors
/// The database failed.
pub async fn review_of(db: &Db, account: AccountId) -> Result<Option<ReviewId>, sqlx::Error> {
    let row: Option<(ReviewId,)> =
        on_db!(db, c => sqlx::query_as(RUNNING_REVIEW).bind(account).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}

/// The row of a school's roster under a number.
///
/// # Errors
/// The database failed.
pub async fn in_roster(
    tx: &mut Tx,
    school: SchoolId,
    student_no: &str,
) -> Result<Option<RosterRow>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(ROSTER_ROW)
        .bind(school).bind(student_no).fetch_optional(c).await)
}

/// The row of the roster gives way to the student's own account, with the fairs it was let in to.
///
/// # Errors
/// Something else hangs on the row, or the database failed.
pub async fn replace(tx: &mut Tx, row: AccountId, student: AccountId) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(MOVE_ADMISSIONS)
        .bind(row).bind(student).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(DROP_ADMISSIONS).bind(row).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(DROP_STUDENT).bind(row).execute(c).await.map(drop))?;
    on_db!(tx, c => sqlx::query(DROP_ACCOUNT).bind(row).execute(c).await.map(drop))
}

/// Confirms a student. `false`: he is confirmed already.
///
/// # Errors
/// The number is another student's, or the database failed.
pub async fn confirm(
    tx: &mut Tx,
    student: AccountId,
    (facts, standing): (&Facts, Standing),
    verified_by: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(CONFIRM_STUDENT)
        .bind(student)
        .bind(&facts.student_no)
        .bind(&facts.name)
        .bind(facts.degree)
        .bind(&facts.faculty)
        .bind(&facts.major)
        .bind(&facts.class_name)
        .bind(facts.grad_year)
        .bind(standing)
        .bind(now_ms)
        .bind(verified_by)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}
