//! `/platform/companies`: all companies; freezing one and setting it free.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use formats::{Fault, text};
use serde::Deserialize;

use super::companies_store::{self as store, CompanyRow, FreezeRow};
use super::search;
use crate::accounts::shut_out;
use crate::accounts::{PlatformRole, PlatformStaff};
use crate::audit::{self, texts};
use crate::ids::CompanyId;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

const PATH: &str = "/platform/companies";
/// Characters of a reason.
const REASON_CHARS: (usize, usize) = (2, 200);
/// What someone is told whose page is old.
const CHANGED: &str = "企业资料或状态刚刚有变化，请返回企业列表查看最新情况后再操作。";

/// Platform staff who may freeze a company: 审核 and 运营.
#[derive(Debug, Clone)]
pub struct CompanyKeeper(pub PlatformStaff);

impl FromRequestParts<AppState> for CompanyKeeper {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let staff = PlatformStaff::from_request_parts(parts, state).await?;
        match staff.role {
            PlatformRole::Review | PlatformRole::Operations => Ok(Self(staff)),
            PlatformRole::Finance | PlatformRole::Support => {
                Err(PageError::Forbidden("for reviewers and operations staff"))
            }
        }
    }
}

/// The list of companies.
#[derive(Debug, Template)]
#[template(path = "platform/companies.html")]
pub struct CompaniesPage {
    /// The frame.
    pub chrome: Chrome,
    /// The companies of this page.
    pub companies: Vec<CompanyRow>,
    /// States: code, word, how many companies.
    pub states: Vec<(&'static str, &'static str, i64)>,
    /// What is searched for.
    pub q: String,
    /// Chosen state; empty: all.
    pub status: String,
    /// Page, from 0.
    pub page: i64,
    /// There is a next page.
    pub more: bool,
}

impl CompaniesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let frozen = CompanyRow {
            status: "frozen".to_owned(),
            ..sample_row()
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "企业", Menu::Platform, PATH),
            companies: vec![sample_row(), frozen],
            states: states(&[("certified".to_owned(), 12), ("frozen".to_owned(), 1)]),
            q: "澄源".to_owned(),
            status: String::new(),
            page: 0,
            more: true,
        }
    }

    /// The address of a page of this list.
    pub fn link(&self, status: &str, page: i64) -> String {
        let page = if page > 0 {
            page.to_string()
        } else {
            String::new()
        };
        let pairs = [("q", self.q.as_str()), ("status", status), ("page", &page)];
        format!("{PATH}{}", search::query(&pairs))
    }
}

fn sample_row() -> CompanyRow {
    CompanyRow {
        id: CompanyId::new(),
        name: "澄源半导体（示例）".to_owned(),
        uscc: Some("91430100MA4L101010".to_owned()),
        org_code: None,
        city: "长沙".to_owned(),
        nature: "其他企业".to_owned(),
        industry: "制造业".to_owned(),
        status: "certified".to_owned(),
        version: 1,
        created_ms: 1_795_305_600_000,
        updated_ms: 1_795_305_600_000,
        members: 3,
    }
}

const STATES: [&str; 5] = ["draft", "submitted", "certified", "rejected", "frozen"];

fn states(counts: &[(String, i64)]) -> Vec<(&'static str, &'static str, i64)> {
    let count = |code: &str| {
        let found = counts.iter().find(|(status, _)| status == code);
        found.map_or(0, |(_, count)| *count)
    };
    STATES
        .into_iter()
        .map(|code| (code, store::status_zh(code), count(code)))
        .collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    page: String,
}

/// `GET /platform/companies`
pub(super) async fn list(
    State(state): State<AppState>,
    staff: PlatformStaff,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let page = asked.page.parse().unwrap_or(0).clamp(0, 10_000);
    let mut companies = store::list(&state.db, &asked.q, &asked.status, page).await?;
    let rows = usize::try_from(store::PAGE_ROWS).unwrap_or(usize::MAX);
    let more = companies.len() > rows;
    companies.truncate(rows);
    let page = CompaniesPage {
        chrome: Chrome::platform(&staff, "企业", PATH),
        companies,
        states: states(&store::counts(&state.db).await?),
        q: asked.q,
        status: asked.status,
        page,
        more,
    };
    Ok(Html(page.render()?))
}

/// One company, with the form that freezes it or sets it free.
#[derive(Debug, Template)]
#[template(path = "platform/company.html")]
pub struct CompanyPage {
    /// The frame.
    pub chrome: Chrome,
    /// The company.
    pub company: CompanyRow,
    /// When and why it was frozen.
    pub freezes: Vec<FreezeRow>,
    /// The viewer may freeze it.
    pub may_act: bool,
    /// What was typed as reason.
    pub reason: String,
    /// What is wrong with it.
    pub errors: FormErrors,
}

impl CompanyPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let freeze = FreezeRow {
            reason: "被多名学生投诉收取押金，核实中".to_owned(),
            created_ms: 1_795_305_600_000,
            by_name: "舒平".to_owned(),
            lifted_ms: Some(1_795_392_000_000),
            lifted_name: Some("祝安".to_owned()),
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "企业", Menu::Platform, PATH),
            company: sample_row(),
            freezes: vec![freeze],
            may_act: true,
            reason: String::new(),
            errors: FormErrors::one("reason", "至少 2 个字"),
        }
    }

    /// Beijing time for the page.
    pub fn at(&self, ms: &i64) -> String {
        texts::at(*ms)
    }
}

async fn page_of(
    state: &AppState,
    staff: &PlatformStaff,
    id: CompanyId,
) -> PageResult<CompanyPage> {
    let company = store::find(&state.db, id).await?;
    let company = company.ok_or(PageError::NotFound)?;
    Ok(CompanyPage {
        chrome: Chrome::platform(staff, &company.name, PATH),
        freezes: store::freezes(&state.db, id).await?,
        company,
        may_act: matches!(staff.role, PlatformRole::Review | PlatformRole::Operations),
        reason: String::new(),
        errors: FormErrors::default(),
    })
}

/// `GET /platform/companies/{company}`
pub(super) async fn show(
    State(state): State<AppState>,
    staff: PlatformStaff,
    Path(company): Path<CompanyId>,
) -> PageResult<Html<String>> {
    Ok(Html(page_of(&state, &staff, company).await?.render()?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    version: String,
    #[serde(default)]
    reason: String,
}

/// `POST /platform/companies/{company}/freeze`
pub(super) async fn freeze(
    State(state): State<AppState>,
    CompanyKeeper(staff): CompanyKeeper,
    Path(company): Path<CompanyId>,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let reason = match text::plain_line(&fields.reason, REASON_CHARS) {
        Ok(reason) => reason,
        Err(fault) => {
            let mut page = page_of(&state, &staff, company).await?;
            page.reason = fields.reason;
            page.errors = FormErrors::one("reason", fault.zh());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
    };
    let now_ms = state.now_ms();
    let seen = (company, fields.version.parse().unwrap_or(0));
    let mut tx = state.db.begin().await?;
    if !store::freeze(&mut tx, seen, &reason, staff.id, now_ms).await? {
        return Err(stale(&state, company).await?);
    }
    audit::Entry::by(staff.id, "company.freeze", "company", &company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    shut_out::company(&state, company).await?;
    tracing::info!(%company, "company frozen");
    Ok(Redirect::to(&format!("{PATH}/{company}")).into_response())
}

/// `POST /platform/companies/{company}/unfreeze`
pub(super) async fn unfreeze(
    State(state): State<AppState>,
    CompanyKeeper(staff): CompanyKeeper,
    Path(company): Path<CompanyId>,
    Form(fields): Form<Fields>,
) -> PageResult<Redirect> {
    let now_ms = state.now_ms();
    let seen = (company, fields.version.parse().unwrap_or(0));
    let mut tx = state.db.begin().await?;
    if !store::unfreeze(&mut tx, seen, staff.id, now_ms).await? {
        return Err(stale(&state, company).await?);
    }
    audit::Entry::by(staff.id, "company.unfreeze", "company", &company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    tracing::info!(%company, "company set free");
    Ok(Redirect::to(&format!("{PATH}/{company}")))
}

/// No such company, or one that has moved on.
async fn stale(state: &AppState, company: CompanyId) -> Result<PageError, sqlx::Error> {
    let found = store::find(&state.db, company).await?;
    Ok(found.map_or(PageError::NotFound, |_| PageError::Conflict(CHANGED)))
}
