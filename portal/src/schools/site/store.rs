//! SQL of the public sites. Each query names the school, and only what is public of it: published
//! notices and fairs, open jobs of certified companies that joined.

use base::db::{Db, JsonText, on_db};

use super::super::rules::NoticeKind;
use super::super::store::like;
use crate::complaints::bans::company_is_banned;
use crate::ids::{JobId, NoticeId, SchoolId};
use crate::jobs::{JobKind, rules as job_rules};

base::queries! {
    /// Published notices of a school, the latest first.
    PUBLIC_NOTICES = "SELECT id, kind, title, body, starts_ms, place, published_ms
        FROM school_notices
        WHERE school_id = $1 AND kind = 'notice' AND status = 'published'
        ORDER BY published_ms DESC, id DESC LIMIT $2 OFFSET $3";
    /// How many there are.
    COUNT_PUBLIC_NOTICES = "SELECT COUNT(*) AS total FROM school_notices
        WHERE school_id = $1 AND kind = 'notice' AND status = 'published'";
    /// Talks that are to come, the next first.
    COMING_TALKS = "SELECT id, kind, title, body, starts_ms, place, published_ms
        FROM school_notices
        WHERE school_id = $1 AND kind = 'talk' AND status = 'published' AND starts_ms >= $2
        ORDER BY starts_ms, id LIMIT $3";
    /// Talks that are over, the latest first.
    PAST_TALKS = "SELECT id, kind, title, body, starts_ms, place, published_ms
        FROM school_notices
        WHERE school_id = $1 AND kind = 'talk' AND status = 'published' AND starts_ms < $2
        ORDER BY starts_ms DESC, id DESC LIMIT $3";
    /// A published notice or talk of a school.
    PUBLIC_NOTICE = "SELECT id, kind, title, body, starts_ms, place, published_ms
        FROM school_notices WHERE id = $1 AND school_id = $2 AND status = 'published'";
    /// Published fairs of a school, the latest first, with the number of their companies.
    PUBLIC_FAIRS = "SELECT f.title, f.starts_ms, f.ends_ms,
            (SELECT COUNT(*) FROM registrations r
                WHERE r.fair_id = f.id AND r.status = 'approved') AS companies
        FROM video_fairs f WHERE f.school_id = $1 AND f.status = 'published'
        ORDER BY f.starts_ms DESC, f.id LIMIT $2";
    /// Open jobs at a school by the filters of the page.
    PUBLIC_JOBS = concat!("SELECT j.id, j.title, j.category, j.kind, j.headcount, j.degree, j.majors,
            j.cities, j.pay_min_fen, j.pay_max_fen, j.description, j.updated_ms,
            c.name AS company, c.industry, c.nature, c.scale, c.intro
        FROM school_joins sj
        JOIN companies c ON c.id = sj.company_id
        JOIN jobs j ON j.company_id = c.id
        WHERE sj.school_id = $1 AND sj.status = 'approved' AND c.status = 'certified'
            AND NOT ", company_is_banned!("c.id", "$8"), "
            AND j.status = 'open'
            AND ($2 = '' OR lower(j.title) LIKE $2 ESCAPE '\\' OR lower(c.name) LIKE $2 ESCAPE '\\'
                OR lower(j.category) LIKE $2 ESCAPE '\\' OR lower(j.majors) LIKE $2 ESCAPE '\\')
            AND ($3 = '' OR lower(j.cities) LIKE $3 ESCAPE '\\')
            AND ($4 = '' OR j.kind = $4) AND ($5 = '' OR j.degree = $5)
        ORDER BY j.updated_ms DESC, j.id LIMIT $6 OFFSET $7");
    /// How many there are.
    COUNT_PUBLIC_JOBS = concat!("SELECT COUNT(*) AS total
        FROM school_joins sj
        JOIN companies c ON c.id = sj.company_id
        JOIN jobs j ON j.company_id = c.id
        WHERE sj.school_id = $1 AND sj.status = 'approved' AND c.status = 'certified'
            AND NOT ", company_is_banned!("c.id", "$6"), "
            AND j.status = 'open'
            AND ($2 = '' OR lower(j.title) LIKE $2 ESCAPE '\\' OR lower(c.name) LIKE $2 ESCAPE '\\'
                OR lower(j.category) LIKE $2 ESCAPE '\\' OR lower(j.majors) LIKE $2 ESCAPE '\\')
            AND ($3 = '' OR lower(j.cities) LIKE $3 ESCAPE '\\')
            AND ($4 = '' OR j.kind = $4) AND ($5 = '' OR j.degree = $5)");
    /// One open job at a school.
    PUBLIC_JOB = concat!("SELECT j.id, j.title, j.category, j.kind, j.headcount, j.degree, j.majors,
            j.cities, j.pay_min_fen, j.pay_max_fen, j.description, j.updated_ms,
            c.name AS company, c.industry, c.nature, c.scale, c.intro
        FROM school_joins sj
        JOIN companies c ON c.id = sj.company_id
        JOIN jobs j ON j.company_id = c.id
        WHERE j.id = $1 AND sj.school_id = $2 AND sj.status = 'approved'
            AND c.status = 'certified'
            AND NOT ", company_is_banned!("c.id", "$3"), " AND j.status = 'open'");
    /// Where the open jobs at a school are.
    PUBLIC_CITIES = concat!("SELECT j.cities
        FROM school_joins sj
        JOIN companies c ON c.id = sj.company_id
        JOIN jobs j ON j.company_id = c.id
        WHERE sj.school_id = $1 AND sj.status = 'approved' AND c.status = 'certified'
            AND NOT ", company_is_banned!("c.id", "$2"), "
            AND j.status = 'open' LIMIT 2000");
    /// Companies that joined a school.
    COUNT_JOINED = concat!("SELECT COUNT(*) AS total
        FROM school_joins sj JOIN companies c ON c.id = sj.company_id
        WHERE sj.school_id = $1 AND sj.status = 'approved' AND c.status = 'certified'
            AND NOT ", company_is_banned!("c.id", "$2"));
}

/// A notice or talk as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    /// The notice.
    pub id: NoticeId,
    /// What it is.
    pub kind: NoticeKind,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Begin of a talk, ms since 1970.
    pub starts_ms: Option<i64>,
    /// Place of a talk; may be empty.
    pub place: String,
    /// When it was published, ms since 1970.
    pub published_ms: Option<i64>,
}

/// A fair as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PublicFair {
    /// Title.
    pub title: String,
    /// Begin, ms since 1970.
    pub starts_ms: i64,
    /// End, ms since 1970.
    pub ends_ms: i64,
    /// Companies in it.
    pub companies: i64,
}

/// A job as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PublicJob {
    /// The job.
    pub id: JobId,
    /// 名称.
    pub title: String,
    /// 类别; may be empty.
    pub category: String,
    /// 用工类型.
    pub kind: JobKind,
    /// 人数.
    pub headcount: i64,
    /// The word in SQL.
    pub degree: String,
    /// 专业.
    pub majors: JsonText<Vec<String>>,
    /// 城市.
    pub cities: JsonText<Vec<String>>,
    /// Lowest pay a month, fen.
    pub pay_min_fen: Option<i64>,
    /// Highest pay a month, fen.
    pub pay_max_fen: Option<i64>,
    /// 描述.
    pub description: String,
    /// Last change, ms since 1970.
    pub updated_ms: i64,
    /// 单位名称.
    pub company: String,
    /// 所属行业.
    pub industry: String,
    /// 单位性质.
    pub nature: String,
    /// 规模.
    pub scale: String,
    /// 单位介绍.
    pub intro: String,
}

impl PublicJob {
    /// Pay for pages.
    pub fn pay(&self) -> String {
        job_rules::pay_text(self.pay_min_fen, self.pay_max_fen)
    }

    /// Degree for pages.
    pub fn degree_zh(&self) -> &'static str {
        job_rules::degree_zh(&self.degree)
    }

    /// Cities for pages.
    pub fn cities_text(&self) -> String {
        self.cities.0.join("、")
    }

    /// Majors for pages.
    pub fn majors_text(&self) -> String {
        if self.majors.0.is_empty() {
            "专业不限".to_owned()
        } else {
            self.majors.0.join("、")
        }
    }

    /// First character of the company's name.
    pub fn initial(&self) -> String {
        crate::layout::initial(&self.company)
    }

    /// Ground of the company's mark.
    pub fn tone(&self) -> u32 {
        crate::layout::tone(&self.company)
    }

    /// Nature, industry and size of the company, as far as they are known.
    pub fn company_facts(&self) -> String {
        let facts = [&self.nature, &self.industry, &self.scale];
        let known: Vec<&str> = facts
            .into_iter()
            .map(String::as_str)
            .filter(|fact| !fact.is_empty())
            .collect();
        known.join(" · ")
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: JobId::new(),
            title: "模拟电路设计工程师".to_owned(),
            category: "集成电路".to_owned(),
            kind: JobKind::FullTime,
            headcount: 6,
            degree: "master".to_owned(),
            majors: JsonText(vec![
                "微电子科学与工程".to_owned(),
                "集成电路工程".to_owned(),
            ]),
            cities: JsonText(vec!["长沙".to_owned(), "深圳".to_owned()]),
            pay_min_fen: Some(1_500_000),
            pay_max_fen: Some(2_200_000),
            description:
                "负责电源管理芯片的电路设计、仿真与测试验证。\n\n熟悉带隙基准、LDO 中的一种。"
                    .to_owned(),
            updated_ms: 1_795_305_600_000,
            company: "澄源半导体（示例）".to_owned(),
            industry: "制造业".to_owned(),
            nature: "其他企业".to_owned(),
            scale: "500–999 人".to_owned(),
            intro: "专注于工业与汽车电源管理芯片的设计公司。".to_owned(),
        }
    }
}

/// Filters of the jobs, as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// In title, company, category or majors.
    pub q: String,
    /// City.
    pub city: String,
    /// `full_time` or `internship`.
    pub kind: String,
    /// The word of a degree.
    pub degree: String,
}

/// A school's notices, the latest first.
///
/// # Errors
/// The database failed.
pub async fn notices(
    db: &Db,
    school: SchoolId,
    (limit, offset): (i64, i64),
) -> Result<Vec<Notice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PUBLIC_NOTICES)
        .bind(school).bind(limit).bind(offset).fetch_all(c).await)
}

/// How many notices a school has published.
///
/// # Errors
/// The database failed.
pub async fn count_notices(db: &Db, school: SchoolId) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_PUBLIC_NOTICES)
        .bind(school).fetch_one(c).await)?;
    Ok(total)
}

/// Talks from `from_ms` on, the next first.
///
/// # Errors
/// The database failed.
pub async fn coming_talks(
    db: &Db,
    school: SchoolId,
    from_ms: i64,
    limit: i64,
) -> Result<Vec<Notice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(COMING_TALKS)
        .bind(school).bind(from_ms).bind(limit).fetch_all(c).await)
}

/// Talks before `from_ms`, the latest first.
///
/// # Errors
/// The database failed.
pub async fn past_talks(
    db: &Db,
    school: SchoolId,
    from_ms: i64,
    limit: i64,
) -> Result<Vec<Notice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PAST_TALKS)
        .bind(school).bind(from_ms).bind(limit).fetch_all(c).await)
}

/// A published notice or talk of a school.
///
/// # Errors
/// The database failed.
pub async fn notice(
    db: &Db,
    school: SchoolId,
    id: NoticeId,
) -> Result<Option<Notice>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PUBLIC_NOTICE).bind(id).bind(school).fetch_optional(c).await)
}

/// A school's published fairs, the latest first.
///
/// # Errors
/// The database failed.
pub async fn fairs(db: &Db, school: SchoolId, limit: i64) -> Result<Vec<PublicFair>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PUBLIC_FAIRS).bind(school).bind(limit).fetch_all(c).await)
}

/// Open jobs at a school, the latest first.
///
/// # Errors
/// The database failed.
pub async fn jobs(
    db: &Db,
    school: SchoolId,
    filter: &JobFilter,
    (limit, offset): (i64, i64),
    now_ms: i64,
) -> Result<Vec<PublicJob>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PUBLIC_JOBS)
        .bind(school)
        .bind(like(&filter.q))
        .bind(like(&filter.city))
        .bind(&filter.kind)
        .bind(&filter.degree)
        .bind(limit)
        .bind(offset)
        .bind(now_ms)
        .fetch_all(c).await)
}

/// How many open jobs fit the filter.
///
/// # Errors
/// The database failed.
pub async fn count_jobs(
    db: &Db,
    school: SchoolId,
    filter: &JobFilter,
    now_ms: i64,
) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_PUBLIC_JOBS)
        .bind(school)
        .bind(like(&filter.q))
        .bind(like(&filter.city))
        .bind(&filter.kind)
        .bind(&filter.degree)
        .bind(now_ms)
        .fetch_one(c).await)?;
    Ok(total)
}

/// An open job at a school.
///
/// # Errors
/// The database failed.
pub async fn job(
    db: &Db,
    school: SchoolId,
    id: JobId,
    now_ms: i64,
) -> Result<Option<PublicJob>, sqlx::Error> {
    on_db!(db, c => sqlx::query_as(PUBLIC_JOB)
        .bind(id).bind(school).bind(now_ms).fetch_optional(c).await)
}

/// The cities in which most open jobs at a school are, `most` of them.
///
/// # Errors
/// The database failed.
pub async fn cities(
    db: &Db,
    school: SchoolId,
    most: usize,
    now_ms: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(JsonText<Vec<String>>,)> = on_db!(db, c => sqlx::query_as(PUBLIC_CITIES)
            .bind(school).bind(now_ms).fetch_all(c).await)?;
    let mut counts: Vec<(String, usize)> = Vec::new();
    for city in rows.into_iter().flat_map(|(JsonText(cities),)| cities) {
        match counts.iter_mut().find(|(name, _)| *name == city) {
            Some((_, count)) => *count += 1,
            None => counts.push((city, 1)),
        }
    }
    counts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    Ok(counts
        .into_iter()
        .take(most)
        .map(|(name, _)| name)
        .collect())
}

/// How many companies joined a school.
///
/// # Errors
/// The database failed.
pub async fn count_joined(db: &Db, school: SchoolId, now_ms: i64) -> Result<i64, sqlx::Error> {
    let (total,): (i64,) = on_db!(db, c => sqlx::query_as(COUNT_JOINED)
            .bind(school).bind(now_ms).fetch_one(c).await)?;
    Ok(total)
}
