//! SQL of jobs.

use base::db::{JsonText, Tx, on_db};

use super::rules::{self, JobKind};
use crate::ids::{CompanyId, JobId};

base::queries! {
    /// A new job, open.
    ADD_JOB = "INSERT INTO jobs (id, company_id, title, category, kind, headcount, degree, majors,
            cities, pay_min_fen, pay_max_fen, description, status, created_ms, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open', $13, $13)";
    /// Whose job it is.
    COMPANY_OF_JOB = "SELECT company_id FROM jobs WHERE id = $1";
}

/// A new job.
#[derive(Debug, Clone, Default)]
pub struct NewJob {
    /// 名称.
    pub title: String,
    /// 类别.
    pub category: String,
    /// 用工类型.
    pub kind: JobKind,
    /// 人数.
    pub headcount: i64,
    /// `any`, `associate`, `bachelor`, `master` or `doctor`.
    pub degree: String,
    /// 专业.
    pub majors: Vec<String>,
    /// 城市.
    pub cities: Vec<String>,
    /// Lowest and highest pay a month, fen; `None`: 面议.
    pub pay_fen: Option<(i64, i64)>,
    /// 描述.
    pub description: String,
}

/// A job, as a booth's page shows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// 名称.
    pub title: String,
    /// 用工类型.
    pub kind: JobKind,
    /// 人数.
    pub headcount: i64,
    /// The word in SQL; see [`Job::degree_zh`].
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
}

impl Job {
    /// Pay for pages.
    pub fn pay(&self) -> String {
        rules::pay_text(self.pay_min_fen, self.pay_max_fen)
    }

    /// Degree for pages.
    pub fn degree_zh(&self) -> &'static str {
        rules::degree_zh(&self.degree)
    }

    /// Cities for pages.
    pub fn cities_text(&self) -> String {
        self.cities.0.join(" / ")
    }

    /// Majors for pages; 专业不限 if none is named.
    pub fn majors_text(&self) -> String {
        if self.majors.0.is_empty() {
            "专业不限".to_owned()
        } else {
            self.majors.0.join("、")
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: JobId::new(),
            title: "模拟电路设计工程师".to_owned(),
            kind: JobKind::FullTime,
            headcount: 6,
            degree: "master".to_owned(),
            majors: JsonText(vec!["集成电路工程".to_owned()]),
            cities: JsonText(vec!["长沙".to_owned(), "深圳".to_owned()]),
            pay_min_fen: Some(1_500_000),
            pay_max_fen: Some(2_200_000),
            description: "负责电源管理芯片的电路设计、仿真与测试验证。".to_owned(),
        }
    }
}

/// Adds an open job.
///
/// # Errors
/// The database failed.
pub async fn add(
    tx: &mut Tx,
    id: JobId,
    company: CompanyId,
    job: &NewJob,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    on_db!(tx, c => sqlx::query(ADD_JOB)
        .bind(id)
        .bind(company)
        .bind(&job.title)
        .bind(&job.category)
        .bind(job.kind)
        .bind(job.headcount)
        .bind(&job.degree)
        .bind(JsonText(&job.majors))
        .bind(JsonText(&job.cities))
        .bind(job.pay_fen.map(|(min, _)| min))
        .bind(job.pay_fen.map(|(_, max)| max))
        .bind(&job.description)
        .bind(now_ms)
        .execute(c).await.map(drop))
}

/// The company that a job belongs to; `None`: there is no such job.
///
/// # Errors
/// The database failed.
pub async fn company_of(tx: &mut Tx, id: JobId) -> Result<Option<CompanyId>, sqlx::Error> {
    let row: Option<(CompanyId,)> =
        on_db!(tx, c => sqlx::query_as(COMPANY_OF_JOB).bind(id).fetch_optional(c).await)?;
    Ok(row.map(|(company,)| company))
}
