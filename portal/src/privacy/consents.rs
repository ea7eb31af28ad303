//! Consents: for one purpose and one receiver, with the version of the text, the time and the
//! address (C1). What was given can be withdrawn as easily.

use std::fmt::Display;

use base::db::{Db, Tx, on_db};

use super::rules::{Last, Purpose};
use crate::agreements;
use crate::ids::{AccountId, CompanyId, ConsentId, EntryId};

base::queries! {
    /// A new consent.
    ADD_CONSENT = "INSERT INTO consents (id, account_id, purpose, company_id, text_code,
            text_version, given_ms, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The version of a text that someone had accepted at a moment; else the one that was in force
    /// then, else the first one.
    TEXT_VERSION_AT = "SELECT COALESCE(
            (SELECT MAX(x.version) FROM agreement_acceptances x
                WHERE x.account_id = $1 AND x.code = $2 AND x.accepted_ms <= $3),
            (SELECT MAX(g.version) FROM agreements g WHERE g.code = $2 AND g.published_ms <= $3),
            (SELECT MIN(g.version) FROM agreements g WHERE g.code = $2), 0) AS version";
    /// The newest consent for a company and purpose.
    LAST_CONSENT = "SELECT given_ms, withdrawn_ms FROM consents
        WHERE account_id = $1 AND company_id = $2 AND purpose = $3
        ORDER BY given_ms DESC, id DESC LIMIT 1";
    /// Whom and what for a consent is, if it is this person's and holds.
    FIND_CONSENT = "SELECT purpose, company_id FROM consents
        WHERE id = $1 AND account_id = $2 AND withdrawn_ms IS NULL";
    /// Ends all that hold for a company and purpose.
    END_CONSENTS = "UPDATE consents SET withdrawn_ms = $4
        WHERE account_id = $1 AND company_id = $2 AND purpose = $3 AND withdrawn_ms IS NULL";
    /// All of a person's consents, the latest first.
    CONSENTS_OF = "SELECT t.id, t.purpose, t.company_id, c.name AS company, t.text_code,
            t.text_version, t.given_ms, t.withdrawn_ms, t.address
        FROM consents t LEFT JOIN companies c ON c.id = t.company_id
        WHERE t.account_id = $1 ORDER BY t.given_ms DESC, t.id DESC LIMIT 500";
    /// When a student last agreed to each company by applying or by taking an invitation.
    AGREED_BY_ENTRIES = "SELECT r.company_id,
            MAX(CASE WHEN q.origin = 'applied' THEN q.made_ms ELSE q.joined_ms END) AS agreed_ms
        FROM queue_entries q JOIN registrations r ON r.id = q.booth_id
        WHERE q.person_id = $1 AND q.stage <> 'withdrawn'
            AND (q.origin = 'applied' OR q.joined_ms IS NOT NULL)
        GROUP BY r.company_id";
    /// When the student of one entry agreed; none in the row: he has only been invited.
    AGREED_BY_ENTRY = "SELECT CASE WHEN origin = 'applied' THEN made_ms ELSE joined_ms END
            AS agreed_ms
        FROM queue_entries WHERE id = $1";
    /// A slice of consents that are over by their age.
    EXPIRE_CONSENTS = "UPDATE consents SET withdrawn_ms = $2
        WHERE withdrawn_ms IS NULL AND id IN (SELECT id FROM consents
            WHERE withdrawn_ms IS NULL AND company_id IS NOT NULL AND given_ms < $1
            ORDER BY given_ms, id LIMIT $3)";
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// What for.
    pub purpose: Purpose,
    /// The company that receives.
    pub company_id: Option<CompanyId>,
    /// Its name.
    pub company: Option<String>,
    /// The text that was shown.
    pub text_code: String,
    /// Its version.
    pub text_version: i64,
    /// When it was given, ms since 1970.
    pub given_ms: i64,
    /// When it was withdrawn or expired, ms since 1970.
    pub withdrawn_ms: Option<i64>,
    /// From which address; empty: with an application in the live fair.
    pub address: String,
}

/// A student agrees that `company` receives what `purpose` says. While one holds, a second is not
/// written. The text is the one that he had accepted at `given_ms`, which may be before now.
///
/// # Errors
/// The database failed.
pub async fn give(
    tx: &mut Tx,
    account: AccountId,
    (company, purpose): (CompanyId, Purpose),
    address: impl Display,
    given_ms: i64,
) -> Result<bool, sqlx::Error> {
    if last_in(tx, account, company, purpose)
        .await?
        .is_some_and(Last::holds)
    {
        return Ok(false);
    }
    let code = agreements::rules::PRIVACY;
    let (version,): (i64,) = on_db!(tx, c => sqlx::query_as(TEXT_VERSION_AT)
        .bind(account).bind(code).bind(given_ms).fetch_one(c).await)?;
    on_db!(tx, c => sqlx::query(ADD_CONSENT)
        .bind(ConsentId::new())
        .bind(account)
        .bind(purpose)
        .bind(company)
        .bind(code)
        .bind(version)
        .bind(given_ms)
        .bind(address.to_string())
        .execute(c).await.map(drop))?;
    Ok(true)
}

/// Withdraws a consent of `account`. Gives whom it was for and what for; `None`: it is not his,
/// or does not hold. Without the résumé, contact data are no longer shown either.
///
/// # Errors
/// The database failed.
pub async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    consent: ConsentId,
    now_ms: i64,
) -> Result<Option<(CompanyId, Purpose)>, sqlx::Error> {
    let row: Option<(Purpose, Option<CompanyId>)> = on_db!(tx, c => sqlx::query_as(FIND_CONSENT)
        .bind(consent).bind(account).fetch_optional(c).await)?;
    let Some((purpose, Some(company))) = row else {
        return Ok(None);
    };
    let ended: &[Purpose] = match purpose {
        Purpose::Resume => &[Purpose::Resume, Purpose::Contact],
        Purpose::Contact => &[Purpose::Contact],
    };
    for one in ended {
        on_db!(tx, c => sqlx::query(END_CONSENTS)
            .bind(account).bind(company).bind(*one).bind(now_ms)
            .execute(c).await.map(drop))?;
    }
    Ok(Some((company, purpose)))
}

/// Does a consent for this company and purpose hold?
///
/// # Errors
/// The database failed.
pub async fn holds(
    db: &Db,
    account: AccountId,
    company: CompanyId,
    purpose: Purpose,
) -> Result<bool, sqlx::Error> {
    let last = last(db, account, company, purpose).await?;
    Ok(last.is_some_and(Last::holds))
}

/// The newest consent for this company and purpose.
///
/// # Errors
/// The database failed.
pub async fn last(
    db: &Db,
    account: AccountId,
    company: CompanyId,
    purpose: Purpose,
) -> Result<Option<Last>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LAST_CONSENT)
        .bind(account).bind(company).bind(purpose).fetch_optional(c).await)
}

async fn last_in(
    tx: &mut Tx,
    account: AccountId,
    company: CompanyId,
    purpose: Purpose,
) -> Result<Option<Last>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(LAST_CONSENT)
        .bind(account).bind(company).bind(purpose).fetch_optional(c).await)
}

/// All of a person's consents, the latest first, 500 at most.
///
/// # Errors
/// The database failed.
pub async fn of(db: &Db, account: AccountId) -> Result<Vec<Consent>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(CONSENTS_OF).bind(account).fetch_all(c).await)
}

/// When the student of an entry agreed that the booth's company reads his résumé, ms since 1970.
///
/// # Errors
/// The database failed.
pub async fn agreed_by(db: &Db, entry: EntryId) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(Option<i64>,)> = on_db!(db, c => sqlx::query_as(AGREED_BY_ENTRY)
        .bind(entry).fetch_optional(c).await)?;
    Ok(row.and_then(|(agreed,)| agreed))
}

/// Writes down what a student agreed to by applying and by taking invitations, as far as that is
/// not written yet; says how many.
///
/// # Errors
/// The database failed.
pub async fn record_entries(tx: &mut Tx, student: AccountId) -> Result<u64, sqlx::Error> {
    let rows: Vec<(CompanyId, i64)> = on_db!(tx, c => sqlx::query_as(AGREED_BY_ENTRIES)
        .bind(student).fetch_all(c).await)?;
    let mut given = 0;
    for (company, agreed_ms) in rows {
        let last = last_in(tx, student, company, Purpose::Resume).await?;
        let over = last.and_then(|last| last.withdrawn_ms);
        if over.is_none_or(|over| over < agreed_ms) {
            let what = (company, Purpose::Resume);
            given += u64::from(give(tx, student, what, "", agreed_ms).await?);
        }
    }
    Ok(given)
}

/// Ends up to `slice` consents for companies that were given before `before_ms`; says how many.
///
/// # Errors
/// The database failed.
pub async fn expire(
    tx: &mut Tx,
    before_ms: i64,
    now_ms: i64,
    slice: i64,
) -> Result<u64, sqlx::Error> {
    on_db!(tx, c => sqlx::query(EXPIRE_CONSENTS)
        .bind(before_ms).bind(now_ms).bind(slice)
        .execute(c).await.map(|done| done.rows_affected()))
}
