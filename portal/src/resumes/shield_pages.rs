//! `/resume/shields`: companies from which a student hides.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::shields::{self, SHIELDS};
use crate::accounts::Student;
use crate::audit;
use crate::ids::CompanyId;
use crate::layout::{Chrome, StudentTab, Viewer, day};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

const HERE: &str = "/resume/shields";
/// Characters of a search that are looked at.
const QUERY_CHARS: usize = 60;

/// A company as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Since when; empty for one that was only found.
    pub since: String,
}

impl From<shields::Shield> for Row {
    fn from(shield: shields::Shield) -> Self {
        Self {
            id: shield.company_id.to_string(),
            since: if shield.created_ms > 0 {
                day(shield.created_ms)
            } else {
                String::new()
            },
            name: shield.name,
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "resume-shields.html")]
pub struct ShieldsPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is searched for.
    pub query: String,
    /// What was found.
    pub found: Vec<Row>,
    /// Companies that are hidden from.
    pub rows: Vec<Row>,
    /// Faults.
    pub errors: FormErrors,
}

impl ShieldsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = |name: &str, since: &str| Row {
            id: "018f".to_owned(),
            name: name.to_owned(),
            since: since.to_owned(),
        };
        Self {
            chrome: Chrome::student(Viewer::sample(), "屏蔽企业", StudentTab::Resume, None),
            query: "智能".to_owned(),
            found: vec![row("远航智能装备（示例）股份有限公司长沙分公司", "")],
            rows: vec![row("澄源半导体（示例）", "2026-11-22")],
            errors: FormErrors::default(),
        }
    }
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

async fn page(state: &AppState, student: &Student, query: &str) -> PageResult<ShieldsPage> {
    let query: String = query.trim().chars().take(QUERY_CHARS).collect();
    let found = if query.is_empty() {
        Vec::new()
    } else {
        shields::search(&state.db, student.id, &query).await?
    };
    let rows = shields::of(&state.db, student.id).await?;
    let viewer = Viewer::of_student(student);
    Ok(ShieldsPage {
        chrome: Chrome::student(viewer, "屏蔽企业", StudentTab::Resume, None),
        query,
        found: found.into_iter().map(Row::from).collect(),
        rows: rows.into_iter().map(Row::from).collect(),
        errors: FormErrors::default(),
    })
}

/// `GET /resume/shields`
pub(super) async fn list(
    State(state): State<AppState>,
    student: Student,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let page = page(&state, &student, &asked.q).await?;
    Ok(Html(page.render()?))
}

/// A company.
#[derive(Debug, Deserialize)]
pub(super) struct CompanyForm {
    company: CompanyId,
}

/// `POST /resume/shields`
pub(super) async fn add(
    State(state): State<AppState>,
    student: Student,
    Form(form): Form<CompanyForm>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if shields::add(&mut tx, student.id, form.company, now_ms).await? {
        audit::Entry::by(student.id, "resume.shield", "student", &student.id)
            .with(serde_json::json!({ "company": form.company }))
            .write_in(&mut tx, now_ms)
            .await?;
        tx.commit().await?;
        return Ok(Redirect::to(HERE).into_response());
    }
    drop(tx);
    let mut page = page(&state, &student, "").await?;
    if page.rows.len() < usize::try_from(SHIELDS).unwrap_or(usize::MAX) {
        // It was hidden from already, or is no company: there is nothing to do.
        return Ok(Redirect::to(HERE).into_response());
    }
    page.errors = FormErrors::one("company", format!("最多屏蔽 {SHIELDS} 家企业"));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// `POST /resume/shields/remove`
pub(super) async fn remove(
    State(state): State<AppState>,
    student: Student,
    Form(form): Form<CompanyForm>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !shields::remove(&mut tx, student.id, form.company).await? {
        return Err(PageError::NotFound);
    }
    audit::Entry::by(student.id, "resume.unshield", "student", &student.id)
        .with(serde_json::json!({ "company": form.company }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE))
}
