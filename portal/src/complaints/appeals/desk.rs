//! `/platform/complaints/bans/{ban}`: an appeal against a ban, on the support's desk.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Hearing;
use super::pages::{Line, due_of};
use super::store::{self, Case};
use crate::accounts::{PlatformStaff, SupportStaff};
use crate::audit;
use crate::complaints::bans;
use crate::complaints::desk::HERE;
use crate::complaints::rules::{Bar, TEXT_CHARS};
use crate::complaints::store::support;
use crate::ids::{AccountId, BanId};
use crate::layout::{Chrome, Menu, Viewer, moment};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

const CHANGED: PageError = PageError::Conflict("这件申诉刚刚有了变化，请刷新后再处理。");

/// An appeal in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The ban.
    pub line: Line,
    /// Whom it keeps out.
    pub name: String,
    /// When the appeal came in.
    pub filed: String,
    /// When it is due.
    pub due: String,
    /// It should be answered by now.
    pub overdue: bool,
    /// Another one has to decide.
    pub barred: bool,
}

impl Row {
    /// As `staff` sees it.
    pub fn new(case: &Case, staff: AccountId, now_ms: i64) -> Self {
        let waits = case.waits();
        Self {
            line: Line::from(case),
            name: case.name.clone(),
            filed: moment(case.appealed_ms),
            due: due_of(case),
            overdue: waits && case.due_ms < now_ms,
            barred: waits && case.bar(staff).is_some(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            line: Line {
                hearing: Hearing::Open.zh(),
                ..Line::sample()
            },
            name: "小林".to_owned(),
            filed: "2026-11-25 11:00".to_owned(),
            due: "2026-11-27 18:00".to_owned(),
            overdue: true,
            barred: true,
        }
    }
}

/// One appeal.
#[derive(Debug, Template)]
#[template(path = "platform-ban-appeal.html")]
pub struct AppealPage {
    /// The frame.
    pub chrome: Chrome,
    /// Head.
    pub row: Row,
    /// What was said.
    pub appeal: String,
    /// The answer so far, or what is in the form.
    pub answer: String,
    /// It can be decided.
    pub may_decide: bool,
    /// Why another one has to decide; empty: this staff member may.
    pub barred: &'static str,
    /// There is no other one.
    pub alone: bool,
    /// What happened to it: when and what.
    pub history: Vec<(String, &'static str)>,
    /// Faults.
    pub errors: FormErrors,
}

impl AppealPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "封禁申诉", Menu::Platform, HERE),
            row: Row::sample(),
            appeal: "当天我没有参加面试。".to_owned(),
            answer: String::new(),
            may_decide: true,
            barred: Bar::FirstDecision.zh(),
            alone: true,
            history: vec![("2026-11-25 10:12".to_owned(), "封禁")],
            errors: FormErrors::one("answer", "请写明处理结果"),
        }
    }
}

async fn page(state: &AppState, staff: &PlatformStaff, case: &Case) -> PageResult<AppealPage> {
    let waits = case.waits();
    let bar = case.bar(staff.id).filter(|_| waits);
    let alone = match bar {
        Some(_) => {
            let others = support(&state.db).await?;
            others.into_iter().all(|other| case.bar(other).is_some())
        }
        None => false,
    };
    let history = audit::of(&state.db, "ban", &case.ban.id.to_string()).await?;
    Ok(AppealPage {
        chrome: Chrome::platform(staff, "封禁申诉", HERE),
        row: Row::new(case, staff.id, state.now_ms()),
        appeal: case.body.clone(),
        answer: case.answer.clone(),
        may_decide: waits && bar.is_none(),
        barred: bar.map_or("", Bar::zh),
        alone,
        history: history
            .iter()
            .filter_map(|row| Some((moment(row.at_ms), action_zh(&row.action)?)))
            .collect(),
        errors: FormErrors::default(),
    })
}

/// Words of what changed; looks are left out.
fn action_zh(action: &str) -> Option<&'static str> {
    Some(match action {
        "ban.impose" => "封禁",
        "ban.appeal" => "申诉",
        "ban.grant" => "认定申诉成立",
        "ban.refuse" => "认定申诉不成立",
        "ban.lift" => "解除封禁",
        _ => return None,
    })
}

/// `GET /platform/complaints/bans/{ban}`: each look is in the audit log.
pub(crate) async fn show(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(ban): Path<BanId>,
) -> PageResult<Html<String>> {
    let case = store::find(&state.db, ban).await?;
    let page = page(&state, &staff, &case.ok_or(PageError::NotFound)?).await?;
    audit::Entry::by(staff.id, "ban.read", "ban", &ban)
        .write(&state.db, state.now_ms())
        .await?;
    Ok(Html(page.render()?))
}

/// A decision as it was typed.
#[derive(Debug, Deserialize)]
pub(crate) struct AnswerForm {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    answer: String,
}

/// `POST /platform/complaints/bans/{ban}/answer`
pub(crate) async fn answer(
    State(state): State<AppState>,
    SupportStaff(staff): SupportStaff,
    Path(ban): Path<BanId>,
    Form(form): Form<AnswerForm>,
) -> PageResult<Response> {
    let case = store::find(&state.db, ban).await?;
    let case = case.ok_or(PageError::NotFound)?;
    if let Some(bar) = case.bar(staff.id) {
        return Err(PageError::Conflict(bar.zh()));
    }
    let answer = form.answer.trim();
    let mut errors = FormErrors::default();
    let hearing = Hearing::decision(&form.outcome);
    if hearing.is_none() {
        errors.add("outcome", "请选择处理结果");
    }
    if answer.is_empty() || answer.chars().count() > TEXT_CHARS {
        let fault = format!("请写明核实情况和处理结果，最多 {TEXT_CHARS} 个字");
        errors.add("answer", fault);
    }
    let (Some(hearing), true) = (hearing, errors.is_empty()) else {
        let mut page = page(&state, &staff, &case).await?;
        page.errors = errors;
        page.answer = form.answer;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    decide(&state, (ban, staff.id), (hearing, answer)).await?;
    Ok(Redirect::to(&format!("{HERE}/bans/{ban}")).into_response())
}

/// Decides; what is granted lifts the ban, unless it has been lifted or is over.
async fn decide(
    state: &AppState,
    (ban, by): (BanId, AccountId),
    (hearing, answer): (Hearing, &str),
) -> PageResult<()> {
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::decide(&mut tx, (ban, by), (hearing, answer), now_ms).await? {
        return Err(CHANGED);
    }
    let granted = hearing == Hearing::Granted;
    let action = if granted { "ban.grant" } else { "ban.refuse" };
    audit::Entry::by(by, action, "ban", &ban)
        .write_in(&mut tx, now_ms)
        .await?;
    if granted {
        bans::lift_noted(&mut tx, ban, by, now_ms).await?;
    }
    tx.commit().await?;
    let counters = &state.privacy.complaints;
    counters.with_label_values(&[hearing.as_str()]).inc();
    Ok(())
}
