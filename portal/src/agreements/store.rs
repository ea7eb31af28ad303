//! SQL of agreements. There is no statement here that changes or deletes a version.

use std::fmt::Display;

use base::db::{Db, Tx, on_db};

use super::rules::BUILT_IN;
use crate::ids::AccountId;

base::queries! {
    /// A version that does not exist yet.
    ADD_AGREEMENT = "INSERT INTO agreements
            (code, version, title, body, published_ms, published_by)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (code, version) DO NOTHING";
    /// The newest version.
    LATEST_AGREEMENT = "SELECT code, version, title, body, published_ms FROM agreements
        WHERE code = $1 ORDER BY version DESC LIMIT 1";
    /// One version.
    FIND_AGREEMENT = "SELECT code, version, title, body, published_ms FROM agreements
        WHERE code = $1 AND version = $2";
    /// All versions of a text with the number of those who accepted them, the newest first.
    VERSIONS = "SELECT g.code, g.version, g.title, g.published_ms,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM agreement_acceptances x
                WHERE x.code = g.code AND x.version = g.version) AS accepted
        FROM agreements g WHERE g.code = $1 ORDER BY g.version DESC LIMIT 100";
    /// The newest version of each text, likewise.
    LATEST_OF_ALL = "SELECT g.code, g.version, g.title, g.published_ms,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM agreement_acceptances x
                WHERE x.code = g.code AND x.version = g.version) AS accepted
        FROM agreements g
        WHERE g.version = (SELECT MAX(v.version) FROM agreements v WHERE v.code = g.code)
        ORDER BY g.code LIMIT 100";
    /// The newest version of each text, and the newest one that someone accepted.
    STANDING = "SELECT g.code, g.title, g.version,
            COALESCE((SELECT MAX(x.version) FROM agreement_acceptances x
                WHERE x.account_id = $1 AND x.code = g.code), 0) AS accepted
        FROM agreements g
        WHERE g.version = (SELECT MAX(v.version) FROM agreements v WHERE v.code = g.code)
        ORDER BY g.code DESC LIMIT 100";
    /// Someone agrees; once is enough.
    ACCEPT = "INSERT INTO agreement_acceptances
            (account_id, code, version, accepted_ms, address)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, code, version) DO NOTHING";
    /// What someone accepted, the latest first.
    ACCEPTED_BY = "SELECT x.code, x.version, g.title, x.accepted_ms, x.address
        FROM agreement_acceptances x
        JOIN agreements g ON g.code = x.code AND g.version = x.version
        WHERE x.account_id = $1 ORDER BY x.accepted_ms DESC, x.code LIMIT 200";
}

/// One version of a text.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Agreement {
    /// Which text.
    pub code: String,
    /// Counts from 1.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Lines; `# ` begins a heading.
    pub body: String,
    /// When it was published, ms since 1970.
    pub published_ms: i64,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Which text.
    pub code: String,
    /// Counts from 1.
    pub version: i64,
    /// Title.
    pub title: String,
    /// When it was published, ms since 1970.
    pub published_ms: i64,
    /// People who accepted it.
    pub accepted: i64,
}

/// Where someone stands with one text.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Which text.
    pub code: String,
    /// Title of the newest version.
    pub title: String,
    /// The newest version.
    pub version: i64,
    /// The newest one that he accepted; 0: none.
    pub accepted: i64,
}

/// An acceptance.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Acceptance {
    /// Which text.
    pub code: String,
    /// Which version.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// When, ms since 1970.
    pub accepted_ms: i64,
    /// From which address.
    pub address: String,
}

/// Publishes the built-in texts as version 1, where there is none.
///
/// # Errors
/// The database failed.
pub async fn ensure(db: &Db, now_ms: i64) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    for (code, title, body) in BUILT_IN {
        if latest_in(&mut tx, code).await?.is_none() {
            let first = Agreement {
                code: code.to_owned(),
                version: 1,
                title: title.to_owned(),
                body: body.trim().to_owned(),
                published_ms: now_ms,
            };
            add(&mut tx, &first, None).await?;
        }
    }
    tx.commit().await
}

/// Adds a version. False: it exists, and stays as it is.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    agreement: &Agreement,
    by: Option<AccountId>,
) -> Result<bool, sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_AGREEMENT)
        .bind(&agreement.code)
        .bind(agreement.version)
        .bind(&agreement.title)
        .bind(&agreement.body)
        .bind(agreement.published_ms)
        .bind(by)
        .execute(c).await.map(|done| done.rows_affected() > 0))
}

/// The newest version of a text; `None`: there is no such text.
///
/// # Errors
/// The database failed.
pub async fn latest(db: &Db, code: &str) -> Result<Option<Agreement>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_AGREEMENT).bind(code).fetch_optional(c).await)
}

/// [`latest`] inside a transaction.
///
/// # Errors
/// The database failed.
pub async fn latest_in(tx: &mut Tx, code: &str) -> Result<Option<Agreement>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(LATEST_AGREEMENT).bind(code).fetch_optional(c).await)
}

/// One version of a text.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, code: &str, version: i64) -> Result<Option<Agreement>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_AGREEMENT)
        .bind(code).bind(version).fetch_optional(c).await)
}

/// All versions of a text, the newest first, 100 at most.
///
/// # Errors
/// The database failed.
pub async fn versions(db: &Db, code: &str) -> Result<Vec<Version>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(VERSIONS).bind(code).fetch_all(c).await)
}

/// The newest version of each text.
///
/// # Errors
/// The database failed.
pub async fn latest_of_all(db: &Db) -> Result<Vec<Version>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_OF_ALL).fetch_all(c).await)
}

/// Where someone stands with each text.
///
/// # Errors
/// The database failed.
pub async fn standing(db: &Db, account: AccountId) -> Result<Vec<Standing>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(STANDING).bind(account).fetch_all(c).await)
}

/// What someone accepted, the latest first, 200 at most.
///
/// # Errors
/// The database failed.
pub async fn accepted_by(db: &Db, account: AccountId) -> Result<Vec<Acceptance>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(ACCEPTED_BY).bind(account).fetch_all(c).await)
}

/// Records that someone agrees to a version, from which address.
///
/// # Errors
/// There is no such version, or the database failed.
pub async fn accept(
    tx: &mut Tx,
    account: AccountId,
    code: &str,
    version: i64,
    address: impl Display,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ACCEPT)
        .bind(account)
        .bind(code)
        .bind(version)
        .bind(now_ms)
        .bind(address.to_string())
        .execute(c).await.map(drop))
}
