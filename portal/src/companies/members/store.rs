//! SQL of a company's members. Whose company it is stands in each `WHERE`.

use base::db::{Db, Tx, on_db};

use crate::accounts::sessions;
use crate::ids::{AccountId, CompanyId, FairId, ReviewId};

base::queries! {
    /// Someone's place, whatever became of it.
    FIND_STANDING = "SELECT m.company_id, c.name AS company_name, c.status AS company_status,
            m.role, m.status, m.may_pay, m.reason, m.guest_fair_id
        FROM company_members m JOIN companies c ON c.id = m.company_id
        WHERE m.account_id = $1";
    /// Members and former members of a company, the administrator first.
    LIST_MEMBERS = "SELECT m.account_id, a.real_name, a.nickname, a.department,
            COALESCE(a.mobile, '') AS mobile, m.role, m.status, m.may_pay, f.title AS guest_fair,
            m.guest_until_ms, a.last_login_ms
        FROM company_members m
        JOIN accounts a ON a.id = m.account_id
        LEFT JOIN video_fairs f ON f.id = m.guest_fair_id
        WHERE m.company_id = $1 AND m.status IN ('approved', 'disabled')
        ORDER BY CASE WHEN m.status = 'disabled' THEN 1 ELSE 0 END,
            CASE WHEN m.role = 'admin' THEN 0 WHEN m.guest_fair_id IS NULL THEN 1 ELSE 2 END,
            m.created_ms, m.account_id
        LIMIT 600";
    /// One member of a company.
    FIND_MEMBER_OF = "SELECT m.account_id, a.real_name, a.nickname, a.department,
            COALESCE(a.mobile, '') AS mobile, m.role, m.status, m.may_pay, f.title AS guest_fair,
            m.guest_until_ms, a.last_login_ms
        FROM company_members m
        JOIN accounts a ON a.id = m.account_id
        LEFT JOIN video_fairs f ON f.id = m.guest_fair_id
        WHERE m.company_id = $1 AND m.account_id = $2 AND m.status IN ('approved', 'disabled')";
    /// Requests to join that wait for the administrator, the next due first.
    LIST_REQUESTS = "SELECT r.id, r.version, r.submitted_ms, r.due_ms, r.due_estimated, r.state,
            a.real_name, a.department, COALESCE(a.mobile, '') AS mobile
        FROM reviews r
        JOIN company_members m ON m.account_id = r.subject_id AND m.company_id = r.company_id
        JOIN accounts a ON a.id = m.account_id
        WHERE r.company_id = $1 AND r.inbox = 'company' AND r.kind = 'membership'
            AND r.state = 'open'
        ORDER BY r.due_ms, r.id LIMIT 200";
    /// How many of them.
    COUNT_REQUESTS = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM reviews
        WHERE company_id = $1 AND inbox = 'company' AND kind = 'membership' AND state = 'open'";
    /// How many members a company has, guests among them.
    COUNT_MEMBERS = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM company_members
        WHERE company_id = $1 AND status <> 'refused'";
    /// Someone's place in a company.
    ADD_PLACE = "INSERT INTO company_members (account_id, company_id, role, status, may_pay,
            created_ms)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// The answer to a request that waits.
    ANSWER_REQUEST = "UPDATE company_members SET status = $3, reason = $4, decided_ms = $5
        WHERE account_id = $1 AND company_id = $2 AND status = 'pending' RETURNING account_id";
    /// Whoever took his request back is no member.
    WITHDRAW_REQUEST = "UPDATE company_members SET status = 'refused', reason = $2,
            decided_ms = $3
        WHERE account_id = $1 AND status = 'pending' RETURNING account_id";
    /// Asks again, the same company or another one; only someone who is nowhere a member. Nothing
    /// of an earlier place comes along.
    ASK_AGAIN = "UPDATE company_members SET company_id = $2, status = 'pending', reason = '',
            may_pay = FALSE, guest_fair_id = NULL, guest_until_ms = NULL, decided_ms = NULL,
            created_ms = $3
        WHERE account_id = $1 AND status IN ('pending', 'refused', 'disabled') AND role = 'member'
        RETURNING account_id";
    /// Name, nickname and department of a member or an applicant.
    RENAME_MEMBER = "UPDATE accounts SET real_name = $3, nickname = $4, department = $5,
            version = version + 1
        WHERE id = $1 AND EXISTS (SELECT 1 FROM company_members m
            WHERE m.account_id = accounts.id AND m.company_id = $2 AND m.status <> 'disabled')
        RETURNING id";
    /// Name and department of someone who asks again.
    RENAME_APPLICANT = "UPDATE accounts SET real_name = $2, department = $3,
            version = version + 1
        WHERE id = $1";
    /// Lets a member pay, or no longer.
    LET_PAY = "UPDATE company_members SET may_pay = $3
        WHERE account_id = $1 AND company_id = $2 AND status = 'approved'
            AND guest_fair_id IS NULL RETURNING account_id";
    /// Shuts a member out, or lets him in again; never the administrator. The account is the
    /// platform's: nobody is let in whom it has disabled, nor who is erased.
    SET_PLACE = "UPDATE company_members SET status = $3, decided_ms = $5
        WHERE account_id = $1 AND company_id = $2 AND role = 'member' AND status = $4
            AND ($3 = 'disabled' OR EXISTS (SELECT 1 FROM accounts a
                WHERE a.id = company_members.account_id AND a.status = 'active'))
        RETURNING account_id";
    /// The administrator becomes a member who pays only if his successor lets him: after a claim
    /// nobody at the company may want it, and after a transfer one click gives it back.
    STEP_DOWN = "UPDATE company_members SET role = 'member', may_pay = FALSE
        WHERE company_id = $1 AND role = 'admin' AND status = 'approved' RETURNING account_id";
    /// A person of the company becomes its administrator; a guest does not.
    STEP_UP = "UPDATE company_members SET role = 'admin', status = 'approved', reason = '',
            decided_ms = $3
        WHERE account_id = $2 AND company_id = $1 AND status <> 'disabled'
            AND guest_fair_id IS NULL
            AND EXISTS (SELECT 1 FROM accounts a
                WHERE a.id = company_members.account_id AND a.status = 'active')
        RETURNING account_id";
}

/// Someone's place in a company, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// The company.
    pub company_id: CompanyId,
    /// Its name.
    pub company_name: String,
    /// Where its certification stands.
    pub company_status: String,
    /// `admin` or `member`.
    pub role: String,
    /// `pending`, `approved`, `refused` or `disabled`.
    pub status: String,
    /// The administrator lets him pay.
    pub may_pay: bool,
    /// Why a request was refused.
    pub reason: String,
    /// A guest for this fair only.
    pub guest_fair_id: Option<FairId>,
}

/// A member as the administrator sees him.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MemberRow {
    /// The account.
    pub account_id: AccountId,
    /// Real name.
    pub real_name: String,
    /// What students see.
    pub nickname: String,
    /// Department.
    pub department: String,
    /// Mobile number; empty for accounts that came with an import.
    pub mobile: String,
    /// `admin` or `member`.
    pub role: String,
    /// `approved` or `disabled`.
    pub status: String,
    /// May pay for the company.
    pub may_pay: bool,
    /// A guest: the fair's title.
    pub guest_fair: Option<String>,
    /// A guest until then, ms since 1970.
    pub guest_until_ms: Option<i64>,
    /// Last login, ms since 1970.
    pub last_login_ms: Option<i64>,
}

/// A request to join that waits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestRow {
    /// Its review.
    pub id: ReviewId,
    /// The review's version.
    pub version: i64,
    /// When it came, ms since 1970.
    pub submitted_ms: i64,
    /// By when it should be decided, ms since 1970.
    pub due_ms: i64,
    /// The calendar of that year is not published yet.
    pub due_estimated: bool,
    /// Real name.
    pub real_name: String,
    /// Department.
    pub department: String,
    /// Mobile number.
    pub mobile: String,
}

/// A new place in a company.
#[derive(Debug, Clone, Copy)]
pub struct NewPlace {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub company: CompanyId,
    /// The administrator.
    pub admin: bool,
    /// Approved at once; else it waits.
    pub approved: bool,
    /// May pay for the company.
    pub may_pay: bool,
}

/// Someone's place, whatever became of it.
///
/// # Errors
/// The database failed.
pub async fn standing(db: &Db, account: AccountId) -> Result<Option<Standing>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_STANDING).bind(account).fetch_optional(c).await)
}

/// Members and former members of a company.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db, company: CompanyId) -> Result<Vec<MemberRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_MEMBERS).bind(company).fetch_all(c).await)
}

/// One member of a company.
///
/// # Errors
/// The database failed.
pub async fn find(
    db: &Db,
    company: CompanyId,
    account: AccountId,
) -> Result<Option<MemberRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_MEMBER_OF)
        .bind(company).bind(account).fetch_optional(c).await)
}

/// Requests to join that wait for the administrator.
///
/// # Errors
/// The database failed.
pub async fn requests(db: &Db, company: CompanyId) -> Result<Vec<RequestRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_REQUESTS).bind(company).fetch_all(c).await)
}

/// How many requests to join wait.
///
/// # Errors
/// The database failed.
pub async fn count_requests(db: &Db, company: CompanyId) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_REQUESTS)
        .bind(company).fetch_one(c).await)?;
    Ok(count)
}

/// How many people a company has, guests among them.
///
/// # Errors
/// The database failed.
pub async fn count(tx: &mut Tx, company: CompanyId) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(tx, c => sqlx::query_as(COUNT_MEMBERS)
        .bind(company).fetch_one(c).await)?;
    Ok(count)
}

/// Gives someone a place in a company.
///
/// # Errors
/// He has one, the company has an administrator, or the database failed.
pub async fn add(tx: &mut Tx, place: &NewPlace, now_ms: i64) -> Result<(), sqlx::Error> {
    let role = if place.admin { "admin" } else { "member" };
    let status = if place.approved {
        "approved"
    } else {
        "pending"
    };
    on_db!(tx, c => sqlx::query(ADD_PLACE)
        .bind(place.account)
        .bind(place.company)
        .bind(role)
        .bind(status)
        .bind(place.may_pay)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Answers a request that waits: `approved`, `refused`, or `pending` with a reason when it is
/// given back. `false`: it does not wait.
///
/// # Errors
/// The database failed.
pub async fn answer(
    tx: &mut Tx,
    (account, company): (AccountId, CompanyId),
    (status, reason): (&str, &str),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(ANSWER_REQUEST)
        .bind(account).bind(company).bind(status).bind(reason).bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Someone takes his request back. `false`: none waits.
///
/// # Errors
/// The database failed.
pub async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    reason: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(WITHDRAW_REQUEST)
        .bind(account).bind(reason).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Asks again, the same company or another one. `false`: he is a member, or shut out.
///
/// # Errors
/// The database failed.
pub async fn ask_again(
    tx: &mut Tx,
    account: AccountId,
    company: CompanyId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(ASK_AGAIN)
        .bind(account).bind(company).bind(now_ms).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Changes name, nickname and department. `false`: no such person of this company.
///
/// # Errors
/// The database failed.
pub async fn rename(
    tx: &mut Tx,
    (account, company): (AccountId, CompanyId),
    (name, nickname, department): (&str, &str, &str),
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(RENAME_MEMBER)
        .bind(account).bind(company).bind(name).bind(nickname).bind(department)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Name and department of someone who asks again.
///
/// # Errors
/// The database failed.
pub async fn rename_applicant(
    tx: &mut Tx,
    account: AccountId,
    (name, department): (&str, &str),
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(RENAME_APPLICANT)
        .bind(account).bind(name).bind(department).execute(c).await.map(drop))
}

/// Lets a member pay, or no longer. `false`: no such member.
///
/// # Errors
/// The database failed.
pub async fn let_pay(
    tx: &mut Tx,
    account: AccountId,
    company: CompanyId,
    may_pay: bool,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(LET_PAY)
        .bind(account).bind(company).bind(may_pay).fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Shuts a member out (`open` false) or lets him in again. Only his place changes, never his
/// account. `false`: no such member, the administrator, or to be let in without an active account.
///
/// # Errors
/// The database failed.
pub async fn set_open(
    tx: &mut Tx,
    account: AccountId,
    company: CompanyId,
    open: bool,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let (to, from) = if open {
        ("approved", "disabled")
    } else {
        ("disabled", "approved")
    };
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(SET_PLACE)
        .bind(account).bind(company).bind(to).bind(from).bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Makes `new` the administrator and the one before him a member, in one transaction: before and
/// after it there is exactly one. The caller holds the company's lock. The result is who stepped
/// down; `Err(())` inside: `new` is no one who could be.
///
/// # Errors
/// The database failed.
pub async fn swap_admin(
    tx: &mut Tx,
    company: CompanyId,
    new: AccountId,
    now_ms: i64,
) -> Result<Result<Option<AccountId>, ()>, sqlx::Error> {
    let old: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(STEP_DOWN)
        .bind(company).fetch_optional(c).await)?;
    let up: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(STEP_UP)
        .bind(company).bind(new).bind(now_ms).fetch_optional(c).await)?;
    if up.is_none() {
        return Ok(Err(()));
    }
    let old = old.map(|(id,)| id);
    for changed in old.into_iter().chain([new]) {
        sessions::rotate_all(tx, changed).await?;
    }
    Ok(Ok(old))
}
