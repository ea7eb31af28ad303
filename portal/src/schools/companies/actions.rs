//! Shutting a company out, letting it ask again, ending its joining.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::super::rules;
use super::pages::{self, Asked, HERE, ReasonFault};
use super::store::{self, Step};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::audit;
use crate::ids::CompanyId;
use crate::notifications::{self, Event, Notice};
use crate::reviews::{self, Kind};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Longest reason, characters.
const REASON_CHARS: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReasonForm {
    reason: String,
}

/// `POST /school/companies/{company}/block`
pub(super) async fn block(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(company): Path<CompanyId>,
    Form(form): Form<ReasonForm>,
) -> PageResult<Response> {
    with_reason(&state, &staff, company, (Step::Block, form.reason)).await
}

/// `POST /school/companies/{company}/cancel`
pub(super) async fn cancel(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(company): Path<CompanyId>,
    Form(form): Form<ReasonForm>,
) -> PageResult<Response> {
    with_reason(&state, &staff, company, (Step::Cancel, form.reason)).await
}

/// `POST /school/companies/{company}/unblock`
pub(super) async fn unblock(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(company): Path<CompanyId>,
) -> PageResult<Redirect> {
    take(&state, &staff, company, (Step::Unblock, "")).await
}

/// A step that the company is told a reason for; without one the list comes back with the form.
async fn with_reason(
    state: &AppState,
    staff: &SchoolStaff,
    company: CompanyId,
    (step, typed): (Step, String),
) -> PageResult<Response> {
    let text = match rules::short_text(&typed, REASON_CHARS) {
        Ok(reason) if !reason.is_empty() => {
            let done = take(state, staff, company, (step, &reason)).await?;
            return Ok(done.into_response());
        }
        Ok(_) => "请填写原因".to_owned(),
        Err(fault) => fault,
    };
    let mut page = pages::load(state, staff, &Asked::default()).await?;
    page.fault = Some(ReasonFault {
        company: company.to_string(),
        step: if step == Step::Block {
            "block"
        } else {
            "cancel"
        },
        reason: typed,
        text,
    });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

async fn take(
    state: &AppState,
    staff: &SchoolStaff,
    company: CompanyId,
    (step, reason): (Step, &str),
) -> PageResult<Redirect> {
    let (action, result) = match step {
        Step::Block => ("school_join.block", "已拉黑"),
        Step::Unblock => ("school_join.unblock", "已解除拉黑，可重新申请入驻"),
        Step::Cancel => ("school_join.cancel", "已取消入驻"),
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::is_known(&mut tx, staff.school, company).await? {
        return Err(PageError::NotFound);
    }
    let join = store::take(&mut tx, (staff.school, company), (step, reason), now_ms)
        .await?
        .ok_or(PageError::Conflict(
            "这家企业的状态已经变化，请返回列表刷新后再操作。",
        ))?;
    if step == Step::Block {
        let subject = join.to_string();
        reviews::store::withdraw(&mut tx, Kind::SchoolJoin, &subject, staff.id, now_ms).await?;
    }
    if let Some(to) = store::admin(&mut tx, company).await? {
        let notice = Notice {
            event: Event::SchoolJoinDecided,
            to,
            args: json!({ "school": staff.school_name, "result": result, "reason": reason }),
            link: "/company/schools".to_owned(),
            dedupe: None,
        };
        notifications::enqueue(&mut tx, &notice, now_ms).await?;
    }
    audit::Entry::by(staff.id, action, "school_join", &join)
        .with(json!({ "company": company, "school": staff.school }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to(HERE))
}
