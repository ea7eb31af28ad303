//! SQL of schools themselves.

use base::db::{Db, Tx, on_db};

use crate::ids::SchoolId;

base::queries! {
    /// A new school.
    ADD_SCHOOL = "INSERT INTO schools (id, code, name, created_ms) VALUES ($1, $2, $3, $4)";
    /// A school by its code.
    FIND_SCHOOL = "SELECT id FROM schools WHERE code = $1";
    /// A school with its site, unless it is disabled.
    OPEN_SCHOOL = "SELECT id, code, name, host, intro, address, tel, email, province_code, enabled,
            version
        FROM schools WHERE code = $1 AND enabled";
    /// The school whose own site has this host name, unless it is disabled.
    SCHOOL_OF_HOST = "SELECT id, code, name, host, intro, address, tel, email, province_code,
            enabled, version
        FROM schools WHERE host = $1 AND enabled";
    /// A school by its id.
    SCHOOL_BY_ID = "SELECT id, code, name, host, intro, address, tel, email, province_code, enabled,
            version
        FROM schools WHERE id = $1";
    /// Schools that are open, by province.
    OPEN_SCHOOLS = "SELECT id, code, name, host, intro, address, tel, email, province_code, enabled,
            version
        FROM schools WHERE enabled AND ($1 = '' OR lower(name) LIKE $1 ESCAPE '\\')
        ORDER BY province_code, code LIMIT 500";
    /// What a school says of itself.
    SAVE_SITE = "UPDATE schools SET intro = $3, address = $4, tel = $5, email = $6,
            version = version + 1
        WHERE id = $1 AND version = $2 RETURNING version";
    /// Holds a school fast until the end of the transaction: changes of its staff come one after
    /// the other.
    LOCK_SCHOOL = "UPDATE schools SET created_ms = created_ms WHERE id = $1 RETURNING id";
}

/// A school with its site.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct School {
    /// The school.
    pub id: SchoolId,
    /// Its code in addresses.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Host name of its own site.
    pub host: Option<String>,
    /// What it says of itself.
    pub intro: String,
    /// Where it is.
    pub address: String,
    /// Telephone of the office.
    pub tel: String,
    /// Mail address of the office.
    pub email: String,
    /// GB/T 2260, two digits; may be empty.
    pub province_code: String,
    /// Open to the public.
    pub enabled: bool,
    /// Counts changes.
    pub version: i64,
}

impl School {
    /// Where its public site is on every host.
    pub fn path(&self) -> String {
        format!("/s/{}", self.code)
    }

    /// Its province, for pages; may be empty.
    pub fn province(&self) -> &'static str {
        formats::regions::province(&self.province_code).map_or("", |province| province.short)
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: SchoolId::new(),
            code: "demo".to_owned(),
            name: "赣江理工大学".to_owned(),
            host: Some("job.ganjiang.example".to_owned()),
            intro: "创办于 1958 年，现有 14 个学院、62 个本科专业，每年毕业生约 6,800 人。"
                .to_owned(),
            address: "江西省南昌市学府路 18 号 学生活动中心 301".to_owned(),
            tel: "0791-88880000".to_owned(),
            email: "job@ganjiang.example".to_owned(),
            province_code: "36".to_owned(),
            enabled: true,
            version: 1,
        }
    }
}

/// What a school says of itself on its site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteTexts {
    /// Introduction.
    pub intro: String,
    /// Address.
    pub address: String,
    /// Telephone.
    pub tel: String,
    /// Mail address.
    pub email: String,
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere; empty for an empty text.
pub fn like(text: &str) -> String {
    let text = formats::text::one_line(text).to_lowercase();
    if text.is_empty() {
        return String::new();
    }
    let mut pattern = String::from("%");
    for c in text.chars().take(LIKE_CHARS) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Characters of a keyword that are looked for.
const LIKE_CHARS: usize = 60;

/// Adds a school.
///
/// # Errors
/// The code is taken, or the database failed.
pub async fn add(
    tx: &mut Tx,
    id: SchoolId,
    code: &str,
    name: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_SCHOOL)
        .bind(id).bind(code).bind(name).bind(now_ms).execute(c).await.map(drop))
}

/// The school with this code.
///
/// # Errors
/// The database failed.
pub async fn by_code(db: &Db, code: &str) -> Result<Option<SchoolId>, sqlx::Error> {
    let row: Option<(SchoolId,)> =
        on_db!(db, c => sqlx::query_as(FIND_SCHOOL).bind(code).fetch_optional(c).await)?;
    Ok(row.map(|(id,)| id))
}

/// The school with this code, unless it is disabled.
///
/// # Errors
/// The database failed.
pub async fn open(db: &Db, code: &str) -> Result<Option<School>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(OPEN_SCHOOL).bind(code).fetch_optional(c).await)
}

/// The school whose own site has this host name, unless it is disabled.
///
/// # Errors
/// The database failed.
pub async fn of_host(db: &Db, host: &str) -> Result<Option<School>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SCHOOL_OF_HOST).bind(host).fetch_optional(c).await)
}

/// A school.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, id: SchoolId) -> Result<Option<School>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(SCHOOL_BY_ID).bind(id).fetch_optional(c).await)
}

/// A school, inside a transaction.
///
/// # Errors
/// The database failed.
pub async fn find_in(tx: &mut Tx, id: SchoolId) -> Result<Option<School>, sqlx::Error> {
    on_db!(tx, c => sqlx::query_as(SCHOOL_BY_ID).bind(id).fetch_optional(c).await)
}

/// Schools that are open, by province; `keyword` in the name, if it is not empty.
///
/// # Errors
/// The database failed.
pub async fn open_ones(db: &Db, keyword: &str) -> Result<Vec<School>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(OPEN_SCHOOLS).bind(like(keyword)).fetch_all(c).await)
}

/// Changes what a school says of itself. `false`: somebody else has changed it meanwhile.
///
/// # Errors
/// The database failed.
pub async fn save_site(
    tx: &mut Tx,
    (school, version): (SchoolId, i64),
    texts: &SiteTexts,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_SITE)
        .bind(school)
        .bind(version)
        .bind(&texts.intro)
        .bind(&texts.address)
        .bind(&texts.tel)
        .bind(&texts.email)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// Lets changes of a school's staff come one after the other.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &mut Tx, school: SchoolId) -> Result<(), sqlx::Error> {
    let _row: Option<(SchoolId,)> =
        on_db!(tx, c => sqlx::query_as(LOCK_SCHOOL).bind(school).fetch_optional(c).await)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_the_text_and_nothing_more() {
        assert_eq!(like(" 50%_A "), "%50\\%\\_a%");
        assert_eq!(like("  "), "");
    }
}
