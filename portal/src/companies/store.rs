//! SQL of companies.

use base::db::{Db, Tx, on_db};

use super::rules::{CertificationData, Contact};
use crate::ids::{AccountId, CompanyId, SchoolId};

base::queries! {
    /// A new company, certified.
    ADD_COMPANY = "INSERT INTO companies (id, name, name_key, industry, nature, scale, city, intro,
            status, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'certified', $9, $9)";
    /// A company by its name.
    FIND_COMPANY = "SELECT id FROM companies WHERE name = $1";
    /// A company that registers itself: its name and its code are taken from now on.
    REGISTER_COMPANY = "INSERT INTO companies (id, name, name_key, uscc, org_code,
            source_school_id, status, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, 'submitted', $7, $7)";
    /// A company by its organisation code, and who its administrator is.
    KNOWN_BY_CODE = "SELECT c.id, c.name, COALESCE(c.uscc, c.org_code, '') AS code, c.status,
            a.real_name AS admin_name
        FROM companies c
        LEFT JOIN company_members m ON m.company_id = c.id AND m.role = 'admin'
            AND m.status = 'approved'
        LEFT JOIN accounts a ON a.id = m.account_id
        WHERE c.org_code = $1";
    /// A company by the key of its name, and who its administrator is.
    KNOWN_BY_NAME = "SELECT c.id, c.name, COALESCE(c.uscc, c.org_code, '') AS code, c.status,
            a.real_name AS admin_name
        FROM companies c
        LEFT JOIN company_members m ON m.company_id = c.id AND m.role = 'admin'
            AND m.status = 'approved'
        LEFT JOIN accounts a ON a.id = m.account_id
        WHERE c.name_key = $1";
    /// A company by its id, and who its administrator is.
    KNOWN_BY_ID = "SELECT c.id, c.name, COALESCE(c.uscc, c.org_code, '') AS code, c.status,
            a.real_name AS admin_name
        FROM companies c
        LEFT JOIN company_members m ON m.company_id = c.id AND m.role = 'admin'
            AND m.status = 'approved'
        LEFT JOIN accounts a ON a.id = m.account_id
        WHERE c.id = $1";
    /// Everything of a company's own pages.
    FIND_DETAILS = "SELECT id, name, COALESCE(uscc, org_code, '') AS code, status, industry, nature,
            scale, city, intro, province_code, city_code, nature_code, industry_code, address, tel,
            official_email, hr_email, postcode, version
        FROM companies WHERE id = $1";
    /// Data in force, all of them: the first certification.
    APPLY_FIRST = "UPDATE companies SET name = $2, name_key = $3, uscc = $4, org_code = $5,
            province_code = $6, city_code = $7, address = $8, nature_code = $9,
            industry_code = $10, city = $11, nature = $12, industry = $13, tel = $14,
            official_email = $15, hr_email = $16, postcode = $17,
            status = CASE WHEN status = 'frozen' THEN status ELSE 'certified' END,
            version = version + 1, updated_ms = $18
        WHERE id = $1";
    /// Data in force, those that a certification is about: a change.
    APPLY_CHANGE = "UPDATE companies SET name = $2, name_key = $3, uscc = $4, org_code = $5,
            province_code = $6, city_code = $7, address = $8, nature_code = $9,
            industry_code = $10, city = $11, nature = $12, industry = $13,
            version = version + 1, updated_ms = $14
        WHERE id = $1";
    /// Name and code of a company that is not certified yet: the ones that it hands in.
    RENAME_COMPANY = "UPDATE companies SET name = $2, name_key = $3, uscc = $4, org_code = $5,
            version = version + 1, updated_ms = $6
        WHERE id = $1 AND status IN ('draft', 'submitted', 'rejected')";
    /// Where a company that is not certified yet stands.
    SET_COMPANY_STATUS = "UPDATE companies SET status = $2, version = version + 1, updated_ms = $3
        WHERE id = $1 AND status IN ('draft', 'submitted', 'rejected')";
    /// 基本资料, unless somebody else saved meanwhile.
    SAVE_PROFILE = "UPDATE companies SET tel = $3, official_email = $4, hr_email = $5,
            postcode = $6, version = version + 1, updated_ms = $7
        WHERE id = $1 AND version = $2 RETURNING version";
    /// What 雇主品牌 says of the company beside its brand.
    SAVE_INTRO = "UPDATE companies SET scale = $2, intro = $3, updated_ms = $4 WHERE id = $1";
    /// Takes a company's lock until the end of the transaction: who administers it changes one
    /// transaction after another.
    LOCK_COMPANY = "UPDATE companies SET version = version + 1 WHERE id = $1 RETURNING status";
    /// The account that administers a company.
    FIND_ADMIN = "SELECT account_id FROM company_members
        WHERE company_id = $1 AND role = 'admin' AND status = 'approved'";
    /// A company's name.
    NAME_OF = "SELECT name FROM companies WHERE id = $1";
    /// Schools that a company can join.
    LIST_SCHOOLS = "SELECT id, code, name FROM schools WHERE enabled ORDER BY name, id LIMIT 1000";
    /// Reviews that run about a company on desks other than its own.
    REVIEWS_UNDER_WAY = "SELECT r.kind, COALESCE(s.name, r.title) AS title, r.state, r.due_ms,
            r.due_estimated, r.reason
        FROM reviews r LEFT JOIN schools s ON s.id = r.school_id
        WHERE r.company_id = $1 AND r.inbox <> 'company' AND r.state IN ('open', 'returned')
        ORDER BY r.due_ms, r.id LIMIT 50";
    /// The latest review of a thing.
    LATEST_REVIEW = "SELECT id, state, due_ms, due_estimated, reason, submitted_ms, decided_ms
        FROM reviews WHERE kind = $1 AND subject_id = $2
        ORDER BY submitted_ms DESC, id DESC LIMIT 1";
    /// Video fairs where a company has a booth, the latest first.
    FAIRS_OF_COMPANY = "SELECT f.id, f.title, f.starts_ms, f.ends_ms, s.name AS school_name,
            r.id AS booth, COALESCE(r.number, '') AS number
        FROM registrations r
        JOIN video_fairs f ON f.id = r.fair_id
        JOIN schools s ON s.id = f.school_id
        WHERE r.company_id = $1 AND r.status = 'approved' AND f.status = 'published'
            AND f.ends_ms > $2
        ORDER BY f.starts_ms, f.id LIMIT 50";
}

/// A new company.
#[derive(Debug, Clone, Default)]
pub struct NewCompany {
    /// 单位名称.
    pub name: String,
    /// 所属行业.
    pub industry: String,
    /// 单位性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 城市.
    pub city: String,
    /// 介绍.
    pub intro: String,
}

/// A company that somebody asks for by code or name.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// The company.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Its code; empty if it is not known.
    pub code: String,
    /// `draft`, `submitted`, `certified`, `rejected` or `frozen`.
    pub status: String,
    /// Its administrator's real name.
    pub admin_name: Option<String>,
}

/// A company as its own pages show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Details {
    /// The company.
    pub id: CompanyId,
    /// 单位名称.
    pub name: String,
    /// 18 or 9 characters; empty if it is not known.
    pub code: String,
    /// `draft`, `submitted`, `certified`, `rejected` or `frozen`.
    pub status: String,
    /// 所属行业.
    pub industry: String,
    /// 单位性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 城市.
    pub city: String,
    /// 介绍.
    pub intro: String,
    /// GB/T 2260, two digits.
    pub province_code: String,
    /// GB/T 2260, six digits.
    pub city_code: String,
    /// See `formats::lists::COMPANY_NATURES`.
    pub nature_code: String,
    /// See `formats::lists::INDUSTRIES`.
    pub industry_code: String,
    /// 单位地址.
    pub address: String,
    /// 固定电话.
    pub tel: String,
    /// 单位邮箱.
    pub official_email: String,
    /// 招聘邮箱.
    pub hr_email: String,
    /// 邮编.
    pub postcode: String,
    /// Counts changes.
    pub version: i64,
}

/// A school that a company can join.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SchoolOption {
    /// The school.
    pub id: SchoolId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A company's video fair that is not over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CompanyFair {
    /// The fair.
    pub id: crate::ids::FairId,
    /// Title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// Planned end, ms since 1970.
    pub ends_ms: i64,
    /// The school that holds it.
    pub school_name: String,
    /// The company's booth.
    pub booth: crate::ids::BoothId,
    /// Its number.
    pub number: String,
}

/// A review that runs about a company.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnderWay {
    /// What is under review.
    pub kind: crate::reviews::Kind,
    /// The school that decides, else the review's own title.
    pub title: String,
    /// Open or returned.
    pub state: crate::reviews::State,
    /// By when it should be decided, ms since 1970.
    pub due_ms: i64,
    /// The calendar of that year is not published yet.
    pub due_estimated: bool,
    /// Why it was returned.
    pub reason: String,
}

/// The latest review of a thing.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LatestReview {
    /// The review.
    pub id: crate::ids::ReviewId,
    /// Where it stands.
    pub state: crate::reviews::State,
    /// By when it should be decided, ms since 1970.
    pub due_ms: i64,
    /// The calendar of that year is not published yet.
    pub due_estimated: bool,
    /// Why it was returned or refused.
    pub reason: String,
    /// When it was handed in, ms since 1970.
    pub submitted_ms: i64,
    /// When it was decided, ms since 1970.
    pub decided_ms: Option<i64>,
}

/// Adds a company that needs no review (demo, import).
///
/// # Errors
/// The name is taken, or the database failed.
pub async fn add(
    tx: &mut Tx,
    id: CompanyId,
    company: &NewCompany,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_COMPANY)
        .bind(id)
        .bind(&company.name)
        .bind(formats::text::name_key(&company.name))
        .bind(&company.industry)
        .bind(&company.nature)
        .bind(&company.scale)
        .bind(&company.city)
        .bind(&company.intro)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// The company with this name.
///
/// # Errors
/// The database failed.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<CompanyId>, sqlx::Error> {
    let row: Option<(CompanyId,)> =
        on_db!(tx, c => sqlx::query_as(FIND_COMPANY).bind(name).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}

/// Adds a company that registers itself; it waits for its certification.
///
/// # Errors
/// Its name or its code is taken (another one may have been quicker by a moment), or the database
/// failed.
pub async fn register(
    tx: &mut Tx,
    id: CompanyId,
    data: &CertificationData,
    source: Option<SchoolId>,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(REGISTER_COMPANY)
        .bind(id)
        .bind(&data.name)
        .bind(formats::text::name_key(&data.name))
        .bind(data.uscc())
        .bind(data.org_code())
        .bind(source)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// The company of a code, else of a name: the code of whoever registered first is the truer one.
///
/// # Errors
/// The database failed.
pub async fn known(db: &Db, org_code: &str, name: &str) -> Result<Option<Known>, sqlx::Error> {
    let by_code: Option<Known> = on_db!(db, c => sqlx::query_as(KNOWN_BY_CODE)
        .bind(org_code).fetch_optional(c).await)?;
    if by_code.is_some() {
        return Ok(by_code);
    }
    on_db!(db, c => sqlx::query_as(KNOWN_BY_NAME)
        .bind(formats::text::name_key(name)).fetch_optional(c).await)
}

/// A company and who administers it.
///
/// # Errors
/// The database failed.
pub async fn known_by_id(db: &Db, id: CompanyId) -> Result<Option<Known>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(KNOWN_BY_ID).bind(id).fetch_optional(c).await)
}

/// Everything of a company's own pages.
///
/// # Errors
/// The database failed.
pub async fn details(db: &Db, id: CompanyId) -> Result<Option<Details>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_DETAILS).bind(id).fetch_optional(c).await)
}

/// Puts certified data in force. `first`: contact data too, and the company is certified.
///
/// # Errors
/// Another company has this name or code, or the database failed.
pub async fn apply(
    tx: &mut Tx,
    id: CompanyId,
    data: &CertificationData,
    first: bool,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let text = if first { APPLY_FIRST } else { APPLY_CHANGE };
    on_db!(tx, c => {
        let query = sqlx::query(text)
            .bind(id)
            .bind(&data.name)
            .bind(formats::text::name_key(&data.name))
            .bind(data.uscc())
            .bind(data.org_code())
            .bind(&data.province)
            .bind(&data.city)
            .bind(&data.address)
            .bind(&data.nature)
            .bind(&data.industry)
            .bind(data.city_zh())
            .bind(data.nature_zh())
            .bind(data.industry_zh());
        let query = if first {
            let contact = &data.contact;
            query
                .bind(&contact.tel)
                .bind(&contact.official_email)
                .bind(&contact.hr_email)
                .bind(&contact.postcode)
        } else {
            query
        };
        query.bind(now_ms).execute(c).await.map(drop)
    })
}

/// Takes over name and code of what a company that is not certified hands in again.
///
/// # Errors
/// Another company has them, or the database failed.
pub async fn rename(
    tx: &mut Tx,
    id: CompanyId,
    data: &CertificationData,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(RENAME_COMPANY)
        .bind(id)
        .bind(&data.name)
        .bind(formats::text::name_key(&data.name))
        .bind(data.uscc())
        .bind(data.org_code())
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// Where a company that is not certified yet stands; one that is stays as it is.
///
/// # Errors
/// The database failed.
pub async fn set_status(
    tx: &mut Tx,
    id: CompanyId,
    status: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SET_COMPANY_STATUS)
        .bind(id).bind(status).bind(now_ms).execute(c).await.map(drop))
}

/// Saves 基本资料. `None`: somebody else saved meanwhile.
///
/// # Errors
/// The database failed.
pub async fn save_profile(
    tx: &mut Tx,
    (id, version): (CompanyId, i64),
    contact: &Contact,
    now_ms: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_PROFILE)
        .bind(id)
        .bind(version)
        .bind(&contact.tel)
        .bind(&contact.official_email)
        .bind(&contact.hr_email)
        .bind(&contact.postcode)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.map(|(version,)| version))
}

/// Saves 规模 and 介绍.
///
/// # Errors
/// The database failed.
pub async fn save_intro(
    tx: &mut Tx,
    id: CompanyId,
    (scale, intro): (&str, &str),
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(SAVE_INTRO)
        .bind(id).bind(scale).bind(intro).bind(now_ms).execute(c).await.map(drop))
}

/// Locks a company until the transaction ends; the result is its status.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, id: CompanyId) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        on_db!(tx, c => sqlx::query_as(LOCK_COMPANY).bind(id).fetch_optional(c).await)?;
    Ok(row.map(|(status,)| status))
}

/// Who administers a company.
///
/// # Errors
/// The database failed.
pub async fn admin_of(tx: &mut Tx, id: CompanyId) -> Result<Option<AccountId>, sqlx::Error> {
    let row: Option<(AccountId,)> =
        on_db!(tx, c => sqlx::query_as(FIND_ADMIN).bind(id).fetch_optional(c).await)?;
    Ok(row.map(|(account,)| account))
}

/// A company's name.
///
/// # Errors
/// The database failed.
pub async fn name_of(tx: &mut Tx, id: CompanyId) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        on_db!(tx, c => sqlx::query_as(NAME_OF).bind(id).fetch_optional(c).await)?;
    Ok(row.map(|(name,)| name))
}

/// Schools that a company can join, by name.
///
/// # Errors
/// The database failed.
pub async fn schools(db: &Db) -> Result<Vec<SchoolOption>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_SCHOOLS).fetch_all(c).await)
}

/// Reviews that run about a company on other desks, the next due first.
///
/// # Errors
/// The database failed.
pub async fn under_way(db: &Db, id: CompanyId) -> Result<Vec<UnderWay>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(REVIEWS_UNDER_WAY).bind(id).fetch_all(c).await)
}

/// The latest review of a thing.
///
/// # Errors
/// The database failed.
pub async fn latest_review(
    db: &Db,
    kind: crate::reviews::Kind,
    subject: &str,
) -> Result<Option<LatestReview>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LATEST_REVIEW)
        .bind(kind).bind(subject).fetch_optional(c).await)
}

/// A company's video fairs that end after `now_ms`.
///
/// # Errors
/// The database failed.
pub async fn fairs(db: &Db, id: CompanyId, now_ms: i64) -> Result<Vec<CompanyFair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FAIRS_OF_COMPANY)
        .bind(id).bind(now_ms).fetch_all(c).await)
}
