//! SQL of the platform's list of companies, and of freezing one.

use base::db::{Db, Tx, on_db};

use crate::ids::{AccountId, BanId, CompanyId};

/// Companies on one page.
pub const PAGE_ROWS: i64 = 50;

base::queries! {
    /// A page of companies, the latest change first.
    LIST_COMPANIES = "SELECT c.id, c.name, c.uscc, c.org_code, c.city, c.nature, c.industry,
            c.status, c.version, c.created_ms, c.updated_ms,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM company_members m
                WHERE m.company_id = c.id AND m.status = 'approved') AS members
        FROM companies c
        WHERE ($1 = '' OR lower(c.name) LIKE $1 ESCAPE '!' OR c.uscc = $2 OR c.org_code = $2)
            AND ($3 = '' OR c.status = $3)
        ORDER BY c.updated_ms DESC, c.id LIMIT $4 OFFSET $5";
    /// One of them.
    FIND_COMPANY_ROW = "SELECT c.id, c.name, c.uscc, c.org_code, c.city, c.nature, c.industry,
            c.status, c.version, c.created_ms, c.updated_ms,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM company_members m
                WHERE m.company_id = c.id AND m.status = 'approved') AS members
        FROM companies c WHERE c.id = $1";
    /// How many companies there are in each state.
    COUNT_STATUS = "SELECT status, CAST(COUNT(*) AS BIGINT) AS n FROM companies
        GROUP BY status ORDER BY status";
    /// Freezes a certified company, or sets a frozen one free.
    SET_STATUS = "UPDATE companies SET status = $4, version = version + 1, updated_ms = $5
        WHERE id = $1 AND version = $2 AND status = $3 RETURNING id";
    /// Why a company may not act.
    ADD_FREEZE = "INSERT INTO bans (id, kind, subject_kind, subject_id, reason, by_id,
            created_ms)
        VALUES ($1, 'freeze', 'company', $2, $3, $4, $5)";
    /// Ends every freeze of a company; a ban by support stands.
    LIFT_FREEZES = "UPDATE bans SET lifted_ms = $2, lifted_by = $3
        WHERE kind = 'freeze' AND subject_kind = 'company' AND subject_id = $1
            AND lifted_ms IS NULL";
    /// When and why a company was frozen, the latest first.
    LIST_FREEZES = "SELECT b.reason, b.created_ms, a.real_name AS by_name, b.lifted_ms,
            l.real_name AS lifted_name
        FROM bans b JOIN accounts a ON a.id = b.by_id LEFT JOIN accounts l ON l.id = b.lifted_by
        WHERE b.kind = 'freeze' AND b.subject_kind = 'company' AND b.subject_id = $1
        ORDER BY b.created_ms DESC, b.id LIMIT 50";
}

/// A company in the platform's list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CompanyRow {
    /// The company.
    pub id: CompanyId,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// 组织机构代码.
    pub org_code: Option<String>,
    /// 城市.
    pub city: String,
    /// 单位性质.
    pub nature: String,
    /// 所属行业.
    pub industry: String,
    /// Where it stands.
    pub status: String,
    /// Counts changes.
    pub version: i64,
    /// Registered, ms since 1970.
    pub created_ms: i64,
    /// Changed, ms since 1970.
    pub updated_ms: i64,
    /// Approved members.
    pub members: i64,
}

impl CompanyRow {
    /// The word for its state.
    pub fn status_zh(&self) -> &'static str {
        status_zh(&self.status)
    }

    /// The colour of its state.
    pub fn tone(&self) -> &'static str {
        match self.status.as_str() {
            "certified" => "ok",
            "submitted" => "info",
            "rejected" | "frozen" => "bad",
            _ => "quiet",
        }
    }

    /// Either code.
    pub fn code(&self) -> &str {
        let code = self.uscc.as_deref().or(self.org_code.as_deref());
        code.unwrap_or("未填")
    }
}

/// The word for a company's state.
pub fn status_zh(status: &str) -> &'static str {
    match status {
        "draft" => "未提交",
        "submitted" => "待审核",
        "certified" => "已认证",
        "rejected" => "未通过",
        "frozen" => "已冻结",
        _ => "未知",
    }
}

/// When and why a company was frozen.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FreezeRow {
    /// Why.
    pub reason: String,
    /// When, ms since 1970.
    pub created_ms: i64,
    /// Who did it.
    pub by_name: String,
    /// When it ended.
    pub lifted_ms: Option<i64>,
    /// Who ended it.
    pub lifted_name: Option<String>,
}

/// A page of companies, and one row more if there is a next page. `q`: part of the name, or the
/// whole code; `status`: empty for all.
///
/// # Errors
/// The database failed.
pub async fn list(
    db: &Db,
    q: &str,
    status: &str,
    page: i64,
) -> Result<Vec<CompanyRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_COMPANIES)
        .bind(super::search::pattern(q))
        .bind(q.trim().to_uppercase())
        .bind(status)
        .bind(PAGE_ROWS + 1)
        .bind(page.max(0) * PAGE_ROWS)
        .fetch_all(c).await)
}

/// One company.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, company: CompanyId) -> Result<Option<CompanyRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(FIND_COMPANY_ROW).bind(company).fetch_optional(c).await)
}

/// How many companies there are in each state.
///
/// # Errors
/// The database failed.
pub async fn counts(db: &Db) -> Result<Vec<(String, i64)>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COUNT_STATUS).fetch_all(c).await)
}

/// When and why a company was frozen, the latest first, 50 rows at most.
///
/// # Errors
/// The database failed.
pub async fn freezes(db: &Db, company: CompanyId) -> Result<Vec<FreezeRow>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(LIST_FREEZES)
        .bind(company.to_string()).fetch_all(c).await)
}

/// Freezes a certified company. `false`: it has changed meanwhile.
///
/// # Errors
/// The database failed.
pub async fn freeze(
    tx: &mut Tx,
    (company, version): (CompanyId, i64),
    reason: &str,
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    if !set_status(tx, (company, version), ("certified", "frozen"), now_ms).await? {
        return Ok(false);
    }
    on_db!(tx, c => sqlx::query(ADD_FREEZE)
        .bind(BanId::new())
        .bind(company.to_string())
        .bind(reason)
        .bind(by)
        .bind(now_ms)
        .execute(c).await.map(drop))?;
    Ok(true)
}

/// Sets a frozen company free. `false`: it has changed meanwhile.
///
/// # Errors
/// The database failed.
pub async fn unfreeze(
    tx: &mut Tx,
    page: (CompanyId, i64),
    by: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    if !set_status(tx, page, ("frozen", "certified"), now_ms).await? {
        return Ok(false);
    }
    on_db!(tx, c => sqlx::query(LIFT_FREEZES)
        .bind(page.0.to_string()).bind(now_ms).bind(by).execute(c).await.map(drop))?;
    Ok(true)
}

async fn set_status(
    tx: &mut Tx,
    (company, version): (CompanyId, i64),
    (from, to): (&str, &str),
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(CompanyId,)> = on_db!(tx, c => sqlx::query_as(SET_STATUS)
        .bind(company)
        .bind(version)
        .bind(from)
        .bind(to)
        .bind(now_ms)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}
