//! SQL of companies.

use base::db::{Tx, on_db};

use crate::ids::CompanyId;

base::queries! {
    /// A new company, certified.
    ADD_COMPANY = "INSERT INTO companies (id, name, industry, nature, scale, city, intro, status,
            created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'certified', $8, $8)";
    /// A company by its name.
    FIND_COMPANY = "SELECT id FROM companies WHERE name = $1";
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
