//! SQL of guest interviewers: accounts that may sit at one fair's booth and nothing else.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, BoothId, CompanyId, FairId};

base::queries! {
    /// Was a guest invited since a moment?
    INVITED_SINCE = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM audit_log
        WHERE subject_kind = 'account' AND subject_id = $1 AND action = 'guest.invite'
            AND at_ms > $2";
    /// Who has a mobile number.
    FIND_BY_MOBILE = "SELECT a.id, m.company_id, m.guest_fair_id
        FROM accounts a LEFT JOIN company_members m ON m.account_id = a.id
        WHERE a.mobile = $1";
    /// A guest for one fair.
    ADD_GUEST = "INSERT INTO company_members (account_id, company_id, role, status, guest_fair_id,
            guest_until_ms, created_ms)
        VALUES ($1, $2, 'member', 'approved', $3, $4, $5)";
    /// A guest of an earlier fair comes again once that is over: nobody is taken away from the
    /// booth at which he sits. The same fair may invite him again, and his company may once it
    /// shut him out.
    RENEW_GUEST = "UPDATE company_members SET company_id = $2, guest_fair_id = $3,
            guest_until_ms = $4, status = 'approved'
        WHERE account_id = $1 AND guest_fair_id IS NOT NULL
            AND (guest_until_ms <= $5 OR (company_id = $2
                AND (guest_fair_id = $3 OR status = 'disabled')))
        RETURNING account_id";
    /// A guest by his link.
    FIND_GUEST = "SELECT a.id, COALESCE(a.mobile, '') AS mobile, a.nickname, m.guest_fair_id,
            m.guest_until_ms, c.name AS company, f.title AS fair, f.starts_ms, f.ends_ms
        FROM company_members m
        JOIN accounts a ON a.id = m.account_id
        JOIN companies c ON c.id = m.company_id
        JOIN video_fairs f ON f.id = m.guest_fair_id
        WHERE m.account_id = $1 AND m.guest_fair_id = $2 AND m.status = 'approved'
            AND a.status = 'active' AND c.status = 'certified'";
    /// Guests of a company for one fair.
    COUNT_GUESTS = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM company_members
        WHERE company_id = $1 AND guest_fair_id = $2 AND status = 'approved'";
    /// A company's booth in a fair that is not over, and the next free place at it.
    BOOTH_FOR_GUEST = "SELECT r.id AS booth, f.title, f.ends_ms,
            (SELECT COALESCE(MAX(s.ordinal), -1) + 1 FROM seats s WHERE s.registration_id = r.id)
                AS ordinal
        FROM registrations r JOIN video_fairs f ON f.id = r.fair_id
        WHERE r.company_id = $1 AND r.fair_id = $2 AND r.status = 'approved'
            AND f.status = 'published' AND f.ends_ms > $3";
    /// Does someone have a seat at a booth?
    HAS_SEAT = "SELECT CAST(COUNT(*) AS BIGINT) AS total FROM seats
        WHERE registration_id = $1 AND account_id = $2";
}

/// Whose a mobile number is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MobileOwner {
    /// The account.
    pub id: AccountId,
    /// Its company, if it has one.
    pub company_id: Option<CompanyId>,
    /// A guest of this fair.
    pub guest_fair_id: Option<FairId>,
}

/// A guest, as his link shows him.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Guest {
    /// The account.
    pub id: AccountId,
    /// Mobile number.
    pub mobile: String,
    /// Nickname.
    pub nickname: String,
    /// The fair.
    pub guest_fair_id: Option<FairId>,
    /// Until then, ms since 1970.
    pub guest_until_ms: Option<i64>,
    /// The company.
    pub company: String,
    /// The fair's title.
    pub fair: String,
    /// Its begin, ms since 1970.
    pub starts_ms: i64,
    /// Its planned end, ms since 1970.
    pub ends_ms: i64,
}

/// A booth to which a guest can be invited.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GuestBooth {
    /// The booth.
    pub booth: BoothId,
    /// The fair's title.
    pub title: String,
    /// The fair's planned end, ms since 1970.
    pub ends_ms: i64,
    /// The next free place.
    pub ordinal: i64,
}

/// Whose a mobile number is.
///
/// # Errors
/// The database failed.
pub async fn by_mobile(tx: &mut Tx, mobile: &str) -> Result<Option<MobileOwner>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(FIND_BY_MOBILE).bind(mobile).fetch_optional(c).await)
}

/// Makes an account a guest of one fair, until `until_ms`.
///
/// # Errors
/// It has a place in a company, or the database failed.
pub async fn add_guest(
    tx: &mut Tx,
    (account, company): (AccountId, CompanyId),
    (fair, until_ms): (FairId, i64),
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_GUEST)
        .bind(account).bind(company).bind(fair).bind(until_ms).bind(now_ms)
        .execute(c).await.map(drop))
}

/// Invites a guest of an earlier fair again, though a company had shut him out; what the platform
/// disabled stays disabled. `false`: he is another company's, at another fair
/// that is not over, or no guest.
///
/// # Errors
/// The database failed.
pub async fn renew_guest(
    tx: &mut Tx,
    (account, company): (AccountId, CompanyId),
    (fair, until_ms): (FairId, i64),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(AccountId,)> = on_db!(tx, c => sqlx::query_as(RENEW_GUEST)
        .bind(account).bind(company).bind(fair).bind(until_ms).bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// A guest by account and fair, as his link names them.
///
/// # Errors
/// The database failed.
pub async fn guest(
    db: &Db,
    account: AccountId,
    fair: FairId,
) -> Result<Option<Guest>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_GUEST)
        .bind(account).bind(fair).fetch_optional(c).await)
}

/// How many guests a company has at a fair.
///
/// # Errors
/// The database failed.
pub async fn count_guests(
    tx: &mut Tx,
    company: CompanyId,
    fair: FairId,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = on_db!(tx, c => sqlx::query_as(COUNT_GUESTS)
        .bind(company).bind(fair).fetch_one(c).await)?;
    Ok(count)
}

/// A company's booth in a fair that is not over.
///
/// # Errors
/// The database failed.
pub async fn booth_for_guest(
    tx: &mut Tx,
    company: CompanyId,
    fair: FairId,
    now_ms: i64,
) -> Result<Option<GuestBooth>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(BOOTH_FOR_GUEST)
        .bind(company).bind(fair).bind(now_ms).fetch_optional(c).await)
}

/// Does someone have a seat at a booth?
///
/// # Errors
/// The database failed.
pub async fn has_seat(
    tx: &mut Tx,
    booth: BoothId,
    account: AccountId,
) -> Result<bool, sqlx::Error> {
    let (count,): (i64,) = on_db!(tx, c => sqlx::query_as(HAS_SEAT)
        .bind(booth).bind(account).fetch_one(c).await)?;
    Ok(count > 0)
}

/// Was this guest invited since a moment?
///
/// # Errors
/// The database failed.
pub async fn invited_since(
    tx: &mut Tx,
    guest: AccountId,
    since_ms: i64,
) -> Result<bool, sqlx::Error> {
    let (invited,): (i64,) = on_db!(tx, c => sqlx::query_as(INVITED_SINCE)
        .bind(guest).bind(since_ms).fetch_one(c).await)?;
    Ok(invited > 0)
}
