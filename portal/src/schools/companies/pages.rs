//! The list of a school's companies.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::super::{text, times};
use super::store::{self, CompanyAtSchool};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::layout::{Chrome, Menu, Paging, Viewer};
use crate::state::AppState;
use crate::web::PageResult;

/// Companies on a page.
const PER_PAGE: i64 = 30;
/// Its place in the menu.
pub(super) const HERE: &str = "/school/companies";
/// States in the order of the tabs: word, label, colour.
const STATES: [(&str, &str, &str); 6] = [
    ("approved", "已入驻", "ok"),
    ("submitted", "待审核", "info"),
    ("returned", "退回修改", "warn"),
    ("rejected", "未通过", "bad"),
    ("cancelled", "已取消", "quiet"),
    ("blocked", "已拉黑", "bad"),
];

/// A company in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyRow {
    /// The company.
    pub id: String,
    /// Its name.
    pub name: String,
    /// City, nature, industry.
    pub facts: String,
    /// Its open jobs.
    pub jobs: i64,
    /// The word of its state.
    pub status: String,
    /// Its state for the reader.
    pub status_zh: &'static str,
    /// The colour of its tag.
    pub tone: &'static str,
    /// Why it is so; may be empty.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// The page of the review that runs.
    pub review: Option<String>,
    /// By when it is due.
    pub due: String,
    /// The platform has frozen the company.
    pub frozen: bool,
}

impl From<CompanyAtSchool> for CompanyRow {
    fn from(row: CompanyAtSchool) -> Self {
        let (status_zh, tone) = STATES
            .iter()
            .find(|(word, ..)| *word == row.status)
            .map_or(("", "quiet"), |(_, label, tone)| (*label, *tone));
        let facts: Vec<&str> = [&row.city, &row.nature, &row.industry, &row.scale]
            .into_iter()
            .map(String::as_str)
            .filter(|fact| !fact.is_empty())
            .collect();
        Self {
            id: row.company_id.to_string(),
            facts: facts.join(" · "),
            jobs: row.jobs,
            status_zh,
            tone,
            since: times::minute(row.decided_ms.unwrap_or(row.created_ms)),
            review: row.review_id.map(|id| format!("/school/reviews/{id}")),
            due: row.due_ms.map(times::minute).unwrap_or_default(),
            frozen: row.company_status == "frozen",
            name: row.name,
            status: row.status,
            reason: row.reason,
        }
    }
}

impl CompanyRow {
    /// First character of the name.
    pub fn initial(&self) -> String {
        crate::layout::initial(&self.name)
    }

    /// Ground of the company's mark.
    pub fn mark(&self) -> u32 {
        crate::layout::tone(&self.name)
    }
}

/// `/school/companies`
#[derive(Debug, Template)]
#[template(path = "school/companies.html")]
pub struct CompaniesPage {
    /// The frame.
    pub chrome: Chrome,
    /// States: word, label, how many.
    pub tabs: Vec<(&'static str, &'static str, i64)>,
    /// The state that is shown; empty: all.
    pub status: String,
    /// What is searched for.
    pub q: String,
    /// This page of them.
    pub companies: Vec<CompanyRow>,
    /// The other pages.
    pub paging: Paging,
    /// A reason that was not taken.
    pub fault: Option<ReasonFault>,
}

/// A reason that was not taken: it stands again where it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonFault {
    /// The company that it was about.
    pub company: String,
    /// `block` or `cancel`.
    pub step: &'static str,
    /// What was typed.
    pub reason: String,
    /// What is wrong with it.
    pub text: String,
}

impl CompaniesPage {
    /// What was typed as the reason of a step, and what is wrong with it.
    pub fn fault_of(&self, company: &str, step: &str) -> Option<(&str, &str)> {
        self.fault
            .as_ref()
            .filter(|fault| fault.company == company && fault.step == step)
            .map(|fault| (fault.reason.as_str(), fault.text.as_str()))
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |name: &str, status: &str, status_zh, tone, reason: &str| CompanyRow {
            id: "018f0000-0000-7000-8000-00000000000b".to_owned(),
            name: name.to_owned(),
            facts: "长沙 · 其他企业 · 制造业 · 500–999 人".to_owned(),
            jobs: 3,
            status: status.to_owned(),
            status_zh,
            tone,
            reason: reason.to_owned(),
            since: "2026-11-18 09:20".to_owned(),
            review: (status == "submitted").then(|| "/school/reviews/1".to_owned()),
            due: "2026-11-20 18:00".to_owned(),
            frozen: false,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "企业", Menu::School, HERE),
            tabs: STATES.map(|(word, label, _)| (word, label, 2)).to_vec(),
            status: String::new(),
            q: String::new(),
            companies: vec![
                row("澄源半导体（示例）", "approved", "已入驻", "ok", ""),
                row(
                    "中南轨道交通综合勘察设计研究有限责任公司（示例）",
                    "submitted",
                    "待审核",
                    "info",
                    "",
                ),
                row("某某咨询（示例）", "blocked", "已拉黑", "bad", "收取培训费"),
            ],
            paging: Paging::new(HERE, &[], 1, (3, PER_PAGE)),
            fault: Some(ReasonFault {
                company: "018f0000-0000-7000-8000-00000000000b".to_owned(),
                step: "cancel",
                reason: String::new(),
                text: "请填写原因".to_owned(),
            }),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    status: String,
    q: String,
    page: String,
}

/// `GET /school/companies`
pub(super) async fn show(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    Ok(Html(load(&state, &staff, &asked).await?.render()?))
}

/// The list as it is asked for.
pub(super) async fn load(
    state: &AppState,
    staff: &SchoolStaff,
    asked: &Asked,
) -> PageResult<CompaniesPage> {
    let (db, school) = (&state.db, staff.school);
    let status = STATES
        .iter()
        .find(|(word, ..)| *word == asked.status)
        .map_or("", |(word, ..)| *word);
    let q = text::cut(&asked.q, 40);
    let total = store::count(db, school, (status, &q)).await?;
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(
        HERE,
        &[("status", status), ("q", &q)],
        asked_page,
        (total, PER_PAGE),
    );
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let rows = store::list(db, school, (status, &q), slice).await?;
    let counts = store::states(db, school).await?;
    let count_of = |word: &str| {
        counts
            .iter()
            .find(|(state, _)| state == word)
            .map_or(0, |c| c.1)
    };
    Ok(CompaniesPage {
        chrome: Chrome::school(staff, "企业", HERE),
        tabs: STATES
            .map(|(word, label, _)| (word, label, count_of(word)))
            .to_vec(),
        status: status.to_owned(),
        q,
        companies: rows.into_iter().map(CompanyRow::from).collect(),
        paging,
        fault: None,
    })
}
