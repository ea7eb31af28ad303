//! Consents: for one purpose and one receiver, with the version of the text, the time and the
//! address (C1). What was given can be withdrawn as easily.

use std::fmt::Display;

use base::db::{Db, Tx, on_db};

use super::rules::{Last, Purpose};
use crate::agreements;
use crate::ids::{AccountId, CompanyId, ConsentId, EntryId, FairId};

base::queries! {
    /// A new consent.
    ADD_CONSENT = "INSERT INTO consents (id, account_id, purpose, company_id, text_code,
            text_version, given_ms, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// A consent for a fair; while one holds, a second is not written.
    ADD_AT_FAIR = "INSERT INTO consents (id, account_id, purpose, fair_id, text_code,
            text_version, given_ms, address)
        VALUES ($1, $2, 'fair', $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
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
    FIND_CONSENT = "SELECT purpose, company_id, fair_id FROM consents
        WHERE id = $1 AND account_id = $2 AND withdrawn_ms IS NULL";
    /// Ends all that hold for a company and purpose.
    END_CONSENTS = "UPDATE consents SET withdrawn_ms = $4
        WHERE account_id = $1 AND company_id = $2 AND purpose = $3 AND withdrawn_ms IS NULL";
    /// Ends the one for a fair, and those for the companies at which he stood there.
    END_AT_FAIR = "UPDATE consents SET withdrawn_ms = $3
        WHERE account_id = $1 AND withdrawn_ms IS NULL AND (fair_id = $2 OR company_id IN
            (SELECT r.company_id FROM queue_entries q JOIN registrations r ON r.id = q.booth_id
                WHERE q.person_id = $1 AND q.fair_id = $2))";
    /// A page of a person's consents that hold or are over, the latest first, each with the number
    /// of those that hold for the same company and contact data.
    CONSENTS_OF = "SELECT t.id, t.purpose, t.company_id, c.name AS company, f.title AS fair,
            t.text_code, t.text_version, t.given_ms, t.withdrawn_ms, t.address,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM consents o
                WHERE o.account_id = t.account_id AND o.company_id = t.company_id
                    AND o.purpose = 'contact' AND o.withdrawn_ms IS NULL) AS contacts
        FROM consents t LEFT JOIN companies c ON c.id = t.company_id
        LEFT JOIN video_fairs f ON f.id = t.fair_id
        WHERE t.account_id = $1
            AND CASE WHEN t.withdrawn_ms IS NULL THEN 'running' ELSE 'over' END = $2
        ORDER BY t.given_ms DESC, t.id DESC LIMIT $3 OFFSET $4";
    /// How many of a person's consents hold, and how many are over.
    COUNT_CONSENTS = "SELECT CAST(COUNT(*) - COUNT(withdrawn_ms) AS BIGINT) AS running,
            CAST(COUNT(withdrawn_ms) AS BIGINT) AS ended
        FROM consents WHERE account_id = $1";
    /// When a student agreed to companies by applying or by taking an invitation, with the consent
    /// of the fair where he did; the latest first.
    AGREED_BY_ENTRIES = "SELECT r.company_id,
            CASE WHEN q.origin = 'applied' THEN q.made_ms ELSE q.joined_ms END AS agreed_ms,
            t.text_version, t.address
        FROM queue_entries q
        JOIN registrations r ON r.id = q.booth_id
        JOIN consents t ON t.account_id = q.person_id AND t.fair_id = q.fair_id
            AND t.withdrawn_ms IS NULL
        WHERE q.person_id = $1 AND q.stage <> 'withdrawn'
            AND (q.origin = 'applied' OR q.joined_ms IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM consents o WHERE o.account_id = q.person_id
                AND o.fair_id = q.fair_id AND o.withdrawn_ms >=
                    CASE WHEN q.origin = 'applied' THEN q.made_ms ELSE q.joined_ms END)
        ORDER BY agreed_ms DESC, q.id";
    /// When the student of one entry agreed (none: he has only been invited), since when his
    /// consent for the fair holds, and when one last ended.
    AGREED_BY_ENTRY = "SELECT
            CASE WHEN q.origin = 'applied' THEN q.made_ms ELSE q.joined_ms END AS agreed_ms,
            (SELECT MAX(t.given_ms) FROM consents t WHERE t.account_id = q.person_id
                AND t.fair_id = q.fair_id AND t.withdrawn_ms IS NULL) AS given_ms,
            (SELECT MAX(t.withdrawn_ms) FROM consents t WHERE t.account_id = q.person_id
                AND t.fair_id = q.fair_id) AS over_ms
        FROM queue_entries q WHERE q.id = $1";
    /// A slice of consents that are over by their age.
    EXPIRE_CONSENTS = "UPDATE consents SET withdrawn_ms = $2
        WHERE withdrawn_ms IS NULL AND id IN (SELECT id FROM consents
            WHERE withdrawn_ms IS NULL AND (company_id IS NOT NULL OR fair_id IS NOT NULL)
                AND given_ms < $1
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
    /// The fair that it is for.
    pub fair: Option<String>,
    /// The text that was shown.
    pub text_code: String,
    /// Its version.
    pub text_version: i64,
    /// When it was given, ms since 1970.
    pub given_ms: i64,
    /// When it was withdrawn or expired, ms since 1970.
    pub withdrawn_ms: Option<i64>,
    /// From which address; empty: the account was wiped.
    pub address: String,
    /// Consents of the same person that hold for the same company's looking at contact data.
    pub contacts: i64,
}

/// Whether consents hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They hold.
    Running,
    /// They were withdrawn or expired.
    Over,
}

impl Standing {
    /// The word in SQL.
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Over => "over",
        }
    }
}

/// How many consents someone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Those that hold.
    pub running: i64,
    /// Those that are over.
    #[sqlx(rename = "ended")]
    pub over: i64,
}

impl Counts {
    /// Those of one standing.
    pub fn of(self, standing: Standing) -> i64 {
        match standing {
            Standing::Running => self.running,
            Standing::Over => self.over,
        }
    }
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
    let version = text_version(tx, account, given_ms).await?;
    let text = (version, address.to_string());
    add(tx, account, (company, purpose), text, given_ms).await?;
    Ok(true)
}

/// A student takes part in `fair`, and with that agrees that the companies there to which he
/// applies, or whose invitation he takes, read his résumé. False: he has agreed already.
///
/// # Errors
/// The database failed.
pub async fn give_at_fair(
    tx: &mut Tx,
    student: AccountId,
    fair: FairId,
    address: impl Display,
    given_ms: i64,
) -> Result<bool, sqlx::Error> {
    let version = text_version(tx, student, given_ms).await?;
    let added = on_db!(tx, c => sqlx::query(ADD_AT_FAIR)
        .bind(ConsentId::new())
        .bind(student)
        .bind(fair)
        .bind(agreements::rules::PRIVACY)
        .bind(version)
        .bind(given_ms)
        .bind(address.to_string())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

/// The version of the text that someone had accepted at a moment.
async fn text_version(tx: &mut Tx, account: AccountId, at_ms: i64) -> Result<i64, sqlx::Error> {
    let (version,): (i64,) = on_db!(tx, c => sqlx::query_as(TEXT_VERSION_AT)
        .bind(account).bind(agreements::rules::PRIVACY).bind(at_ms).fetch_one(c).await)?;
    Ok(version)
}

async fn add(
    tx: &mut Tx,
    account: AccountId,
    (company, purpose): (CompanyId, Purpose),
    (version, address): (i64, String),
    given_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_CONSENT)
        .bind(ConsentId::new())
        .bind(account)
        .bind(purpose)
        .bind(company)
        .bind(agreements::rules::PRIVACY)
        .bind(version)
        .bind(given_ms)
        .bind(address)
        .execute(c).await.map(drop))
}

/// Withdraws a consent of `account`. Gives whom it was for, if for a company, and what for;
/// `None`: it is not his, or does not hold. Without the résumé, contact data are no longer shown
/// either; without the fair, no company there sees the résumé.
///
/// # Errors
/// The database failed.
pub async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    consent: ConsentId,
    now_ms: i64,
) -> Result<Option<(Option<CompanyId>, Purpose)>, sqlx::Error> {
    let row: Option<(Purpose, Option<CompanyId>, Option<FairId>)> = on_db!(tx, c => {
        sqlx::query_as(FIND_CONSENT).bind(consent).bind(account).fetch_optional(c).await
    })?;
    let (purpose, company) = match row {
        Some((Purpose::Fair, _, Some(fair))) => {
            on_db!(tx, c => sqlx::query(END_AT_FAIR)
                .bind(account).bind(fair).bind(now_ms).execute(c).await.map(drop))?;
            return Ok(Some((None, Purpose::Fair)));
        }
        Some((purpose, Some(company), _)) => (purpose, company),
        Some((_, None, _)) | None => return Ok(None),
    };
    let ended: &[Purpose] = match purpose {
        Purpose::Resume => &[Purpose::Resume, Purpose::Contact],
        Purpose::Contact => &[Purpose::Contact],
        Purpose::Fair => &[],
    };
    for one in ended {
        on_db!(tx, c => sqlx::query(END_CONSENTS)
            .bind(account).bind(company).bind(*one).bind(now_ms)
            .execute(c).await.map(drop))?;
    }
    Ok(Some((Some(company), purpose)))
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

/// `most` of a person's consents behind the first `offset` ones, the latest first.
///
/// # Errors
/// The database failed.
pub async fn of(
    db: &Db,
    account: AccountId,
    standing: Standing,
    (most, offset): (i64, i64),
) -> Result<Vec<Consent>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(CONSENTS_OF)
        .bind(account).bind(standing.as_str()).bind(most).bind(offset).fetch_all(c).await)
}

/// How many consents someone has.
///
/// # Errors
/// The database failed.
pub async fn count(db: &Db, account: AccountId) -> Result<Counts, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_CONSENTS).bind(account).fetch_one(c).await)
}

/// What the student of an entry agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// He has only been invited.
    No,
    /// He applied or took the invitation, and no consent for the fair is written: it gives nothing.
    Unwritten,
    /// He applied or took the invitation then, ms since 1970, and his consent for the fair holds.
    At(i64),
    /// He withdrew his consent for the fair after that.
    Withdrawn,
}

/// Did the student of an entry agree that the booth's company reads his résumé?
///
/// # Errors
/// The database failed.
pub async fn agreed_by(db: &Db, entry: EntryId) -> Result<Agreed, sqlx::Error> {
    type Row = (Option<i64>, Option<i64>, Option<i64>);
    let row: Option<Row> = on_db!(db, c => sqlx::query_as(AGREED_BY_ENTRY)
        .bind(entry).fetch_optional(c).await)?;
    let (agreed_ms, given_ms, over_ms) = row.unwrap_or_default();
    Ok(match (agreed_ms, given_ms) {
        (None, _) => Agreed::No,
        (Some(agreed), _) if over_ms.is_some_and(|over| over >= agreed) => Agreed::Withdrawn,
        (Some(agreed), Some(_)) => Agreed::At(agreed),
        (Some(_), None) => Agreed::Unwritten,
    })
}

/// Writes down which companies a student's consents for fairs have reached by his applying and
/// taking invitations, as far as that is not written yet, so that he can withdraw each; says how
/// many. Text and address are those of the consent for the fair.
///
/// # Errors
/// The database failed.
pub async fn record_entries(tx: &mut Tx, student: AccountId) -> Result<u64, sqlx::Error> {
    let rows: Vec<(CompanyId, i64, i64, String)> = on_db!(tx, c => {
        sqlx::query_as(AGREED_BY_ENTRIES).bind(student).fetch_all(c).await
    })?;
    let mut given = 0;
    for (company, agreed_ms, version, address) in rows {
        let last = last_in(tx, student, company, Purpose::Resume).await?;
        if last.is_none_or(|last| last.withdrawn_ms.is_some_and(|over| over < agreed_ms)) {
            let what = (company, Purpose::Resume);
            add(tx, student, what, (version, address), agreed_ms).await?;
            given += 1;
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
