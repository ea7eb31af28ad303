//! Several reviews at once: each is a transaction of its own, and a page tells row by row what
//! became of it. The report is a row of the audit log, so that it can be looked at again.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as AxumState};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::actions::{decide_one, read_decision};
use super::desk::{DeskStaff, Seat};
use super::rules::{Decision, State};
use super::{DecideError, lists};
use crate::audit::{self, log};
use crate::ids::{AuditId, ReviewId};
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::{FormErrors, PageError, PageResult};

/// Reviews of one batch: as many as an inbox shows at once.
const BATCH: usize = 50;
/// Name of the audit row.
const ACTION: &str = "review.batch";

/// What became of one review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Done {
    id: ReviewId,
    outcome: Outcome,
}

/// How one of them ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved.
    Approved,
    /// Approved first; a second reviewer has to.
    FirstApproved,
    /// Given back.
    Returned,
    /// Someone was quicker, or the applicant changed it.
    Changed,
    /// Something about it is in doubt: it is approved on its own page only.
    Doubtful,
    /// It needs another reviewer, or its domain refuses.
    Refused,
    /// No such review on this desk.
    NotFound,
    /// The server's own fault.
    Failed,
}

impl Outcome {
    /// Words and colour.
    pub fn zh(self) -> (&'static str, &'static str) {
        match self {
            Self::Approved => ("已通过", "ok"),
            Self::FirstApproved => ("初审已通过，待另一位审核员复核", "ok"),
            Self::Returned => ("已退回修改", "ok"),
            Self::Changed => ("未处理：刚刚被他人处理，或申请人已修改", "warn"),
            Self::Doubtful => ("未处理：有疑点，须打开逐条核对", "warn"),
            Self::Refused => (
                "未处理：须由另一位审核员复核，或内容有冲突，请打开查看",
                "warn",
            ),
            Self::NotFound => ("未处理：不在本审核台", "bad"),
            Self::Failed => ("未处理：服务器出错，请重试", "bad"),
        }
    }
}

/// A row of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// The review.
    pub id: ReviewId,
    /// What it is called; empty: it is gone.
    pub title: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// What became of a batch, row by row.
#[derive(Debug, Template)]
#[template(path = "reviews/batch.html")]
pub struct BatchPage {
    /// The frame.
    pub chrome: Chrome,
    /// Path of the inbox.
    pub base: &'static str,
    /// When, Beijing time; empty: nothing was done.
    pub at: String,
    /// The rows.
    pub lines: Vec<ReportLine>,
    /// What was wrong with the form.
    pub errors: FormErrors,
    /// What was typed as reason.
    pub reason: String,
}

impl BatchPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let line = |title: &str, outcome| ReportLine {
            id: ReviewId::new(),
            title: title.to_owned(),
            outcome,
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "批量处理", Menu::Platform, ""),
            base: "/platform/reviews",
            at: "11-22 08:00".to_owned(),
            lines: vec![
                line("澄源半导体（示例）", Outcome::Approved),
                line("禾木生物（示例）", Outcome::Changed),
            ],
            errors: FormErrors::default(),
            reason: String::new(),
        }
    }

    /// How many were done.
    pub fn done(&self) -> usize {
        let done = |line: &&ReportLine| line.outcome.zh().1 == "ok";
        self.lines.iter().filter(done).count()
    }
}

/// `POST …/reviews/batch`: fields `pick` (id and version, several), `decision`, `reason`.
pub(super) async fn decide<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageResult<Response> {
    let seat = staff.seat();
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let picked: Vec<_> = fields
        .iter()
        .filter(|(name, _)| name == "pick")
        .filter_map(|(_, value)| read_pick(value))
        .collect();
    let read = match read_decision(field("decision"), "", field("reason")) {
        Ok(_) if picked.is_empty() => Err(FormErrors::one("pick", "请先勾选要处理的审核")),
        Ok(_) if picked.len() > BATCH => {
            Err(FormErrors::one("pick", format!("一次最多 {BATCH} 条")))
        }
        Ok(Decision::Reject { .. }) => Err(FormErrors::one("decision", "不通过须逐条处理")),
        other => other,
    };
    let decision = match read {
        Ok(decision) => decision,
        Err(errors) => {
            let reason = field("reason").to_owned();
            return refused(&state, &staff, (picked, errors, reason)).await;
        }
    };
    let mut report = Vec::new();
    for page in picked {
        let outcome = match is_doubtful(&state, seat, page.0, &decision).await? {
            true => Outcome::Doubtful,
            false => outcome_of(decide_one(&state, seat, page, &decision, false).await),
        };
        report.push(Done {
            id: page.0,
            outcome,
        });
    }
    let entry = audit::Entry::by(seat.id, "review.batch", "review", &seat.desk.as_str())
        .with(serde_json::json!({ "rows": report }));
    let id = entry.id();
    entry.write(&state.db, state.now_ms()).await?;
    Ok(Redirect::to(&format!("{}/batches/{id}", seat.base)).into_response())
}

/// Would something be approved that was flagged when it was handed in?
async fn is_doubtful(
    state: &AppState,
    seat: Seat,
    id: ReviewId,
    decision: &Decision,
) -> Result<bool, sqlx::Error> {
    if *decision != Decision::Approve {
        return Ok(false);
    }
    let review = lists::find(&state.db, id, seat.desk).await?;
    Ok(review.is_some_and(|review| !review.flags.0.is_empty()))
}

fn read_pick(value: &str) -> Option<(ReviewId, i64)> {
    let (id, version) = value.split_once('.')?;
    Some((id.parse().ok()?, version.parse().ok()?))
}

fn outcome_of(done: Result<super::Review, DecideError>) -> Outcome {
    match done {
        Ok(review) => match review.state {
            State::Open => Outcome::FirstApproved,
            State::Returned => Outcome::Returned,
            State::Approved | State::Rejected | State::Withdrawn => Outcome::Approved,
        },
        Err(DecideError::Changed) => Outcome::Changed,
        Err(DecideError::NotFound) => Outcome::NotFound,
        Err(DecideError::Refused(_)) => Outcome::Refused,
        Err(DecideError::Database(error)) => {
            tracing::error!(%error, "a decision of a batch failed");
            Outcome::Failed
        }
    }
}

/// The page of a batch that was not begun: what was wrong, and what was typed.
async fn refused<S: DeskStaff>(
    state: &AppState,
    staff: &S,
    (picked, errors, reason): (Vec<(ReviewId, i64)>, FormErrors, String),
) -> PageResult<Response> {
    let Seat { desk, base, .. } = staff.seat();
    let mut lines = Vec::new();
    for (id, _) in picked.into_iter().take(BATCH) {
        if let Some(review) = lists::find(&state.db, id, desk).await? {
            lines.push(ReportLine {
                id,
                title: review.title,
                outcome: Outcome::Changed,
            });
        }
    }
    let page = BatchPage {
        chrome: staff.chrome("批量处理"),
        base,
        at: String::new(),
        lines,
        errors,
        reason,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

#[derive(Deserialize)]
struct Report {
    rows: Vec<Done>,
}

/// `GET …/reviews/batches/{batch}`: what became of a batch of one's own.
pub(super) async fn report<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Path(batch): Path<AuditId>,
) -> PageResult<Html<String>> {
    let Seat { desk, id, base } = staff.seat();
    let row = log::own(&state.db, batch, id, ACTION).await?;
    let (at_ms, detail) = row.ok_or(PageError::NotFound)?;
    let report: Report = serde_json::from_value(detail.0)
        .map_err(|error| anyhow::Error::new(error).context("report of a batch"))?;
    let mut lines = Vec::new();
    for done in report.rows {
        let review = lists::find(&state.db, done.id, desk).await?;
        lines.push(ReportLine {
            id: done.id,
            title: review.map(|review| review.title).unwrap_or_default(),
            outcome: done.outcome,
        });
    }
    let page = BatchPage {
        chrome: staff.chrome("批量处理"),
        base,
        at: beijing(at_ms),
        lines,
        errors: FormErrors::default(),
        reason: String::new(),
    };
    Ok(Html(page.render()?))
}
