//! `/complaints/bans/{ban}`: a ban as whom it keeps out sees it, and his word against it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Hearing;
use super::store::{self, Case};
use crate::accounts::{Session, SignedIn};
use crate::audit;
use crate::complaints::bans::until_zh;
use crate::complaints::rules::{DUE_WORKING_DAYS, TEXT_CHARS};
use crate::dictionaries::calendar;
use crate::ids::{AccountId, BanId};
use crate::layout::{Chrome, StudentTab, Viewer, chrome_of, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// A ban in the list of whom it keeps out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// `单位` or `账号`.
    pub kind: &'static str,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: String,
    /// Until when.
    pub until: String,
    /// Where the appeal stands; empty: nobody appealed.
    pub hearing: &'static str,
    /// The tag's colour.
    pub tone: &'static str,
}

impl From<&Case> for Line {
    fn from(case: &Case) -> Self {
        let company = case.ban.subject_kind == "company";
        Self {
            id: case.ban.id.to_string(),
            kind: if company { "单位" } else { "账号" },
            reason: case.ban.reason.clone(),
            since: moment(case.ban.created_ms),
            until: until_zh(case.ban.until_ms),
            hearing: case.hearing.map_or("", Hearing::zh),
            tone: case.hearing.map_or("bad", Hearing::tone),
        }
    }
}

impl Line {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            id: "018f0000-0000-7000-8000-000000000401".to_owned(),
            kind: "账号",
            reason: "多次辱骂面试官，经核实成立。".to_owned(),
            since: "2026-11-25 10:12".to_owned(),
            until: "2026-12-25 10:12".to_owned(),
            hearing: "",
            tone: "bad",
        }
    }
}

/// One ban, for whom it keeps out.
#[derive(Debug, Template)]
#[template(path = "ban-of-mine.html")]
pub struct MinePage {
    /// The frame.
    pub chrome: Chrome,
    /// What it is.
    pub line: Line,
    /// What was said against it, by the reader or by another one of his company.
    pub appeal: String,
    /// When that is answered at the latest; empty: nothing waits.
    pub due: String,
    /// The answer.
    pub answer: String,
    /// The form for an appeal is shown.
    pub may_appeal: bool,
    /// Faults.
    pub errors: FormErrors,
}

impl MinePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::student(Viewer::sample(), "使用限制", StudentTab::Other, None),
            line: Line::sample(),
            appeal: String::new(),
            due: String::new(),
            answer: String::new(),
            may_appeal: true,
            errors: FormErrors::one("appeal", "请写明申诉理由"),
        }
    }
}

/// When an appeal is answered at the latest; empty: none waits.
pub(super) fn due_of(case: &Case) -> String {
    if case.waits() {
        moment(case.due_ms)
    } else {
        String::new()
    }
}

async fn found(state: &AppState, me: AccountId, ban: BanId) -> PageResult<Case> {
    let case = store::find_of(&state.db, me, ban).await?;
    case.ok_or(PageError::NotFound)
}

async fn page(state: &AppState, session: &Session, case: &Case) -> PageResult<MinePage> {
    Ok(MinePage {
        chrome: chrome_of(state, session, "使用限制", "/complaints").await?,
        line: Line::from(case),
        appeal: case.body.clone(),
        due: due_of(case),
        answer: case.answer.clone(),
        may_appeal: case.may_appeal(state.now_ms()),
        errors: FormErrors::default(),
    })
}

/// `GET /complaints/bans/{ban}`
pub(crate) async fn show(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(ban): Path<BanId>,
) -> PageResult<Html<String>> {
    let case = found(&state, session.account.id, ban).await?;
    Ok(Html(page(&state, &session, &case).await?.render()?))
}

/// An appeal as it was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct AppealForm {
    #[serde(default)]
    appeal: String,
}

/// `POST /complaints/bans/{ban}/appeal`
pub(crate) async fn appeal(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Path(ban): Path<BanId>,
    Form(form): Form<AppealForm>,
) -> PageResult<Response> {
    const ONCE: PageError = PageError::Conflict("这次限制现在不能申诉，请刷新后查看。");
    let (me, now_ms) = (session.account.id, state.now_ms());
    let case = found(&state, me, ban).await?;
    if !case.may_appeal(now_ms) {
        return Err(ONCE);
    }
    let text = form.appeal.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS {
        let mut page = page(&state, &session, &case).await?;
        let fault = format!("请写明申诉理由，最多 {TEXT_CHARS} 个字");
        page.errors = FormErrors::one("appeal", fault);
        page.appeal = form.appeal;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let mut tx = state.db.begin().await?;
    let due = calendar::due(&mut tx, now_ms, DUE_WORKING_DAYS).await?;
    if !store::add(&mut tx, (ban, me), text, due.at_ms, now_ms).await? {
        return Err(ONCE);
    }
    audit::Entry::by(me, "ban.appeal", "ban", &ban)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    let counters = &state.privacy.complaints;
    counters.with_label_values(&["appealed"]).inc();
    Ok(Redirect::to(&format!("/complaints/bans/{ban}")).into_response())
}
