//! The administrator answers requests to join (A11).

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::pages;
use crate::accounts::CompanyAdmin;
use crate::companies::fields::Fields;
use crate::ids::ReviewId;
use crate::reviews::rules::REASON_CHARS;
use crate::reviews::{DecideError, Decision, Inbox, store as reviews};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// `POST /company/members/requests/{review}`
pub(super) async fn decide(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Path(review): Path<ReviewId>,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let (decision, done) = match read(&fields) {
        Ok(read) => read,
        Err(text) => {
            let mut page = pages::build(&state, &admin, "").await?;
            let id = review.to_string();
            for line in page.requests.iter_mut().filter(|line| line.id == id) {
                line.reason = (fields.own("reason"), Some(text.clone()));
            }
            let page = Html(page.render()?);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let desk = Inbox::Company(admin.company);
    let mut tx = state.db.begin().await?;
    let of = (review, fields.version());
    reviews::decide(&mut tx, of, desk, admin.id, &decision, state.now_ms())
        .await
        .map_err(page_error)?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/company/members?done={done}")).into_response())
}

/// The decision, and the word for what was done; `Err`: what is wrong with the reason.
fn read(fields: &Fields) -> Result<(Decision, &'static str), String> {
    if fields.text("decision") == "approve" {
        return Ok((Decision::Approve, "approved"));
    }
    let reason = fields.text("reason").trim().to_owned();
    if reason.is_empty() {
        return Err("请填写拒绝的理由，对方会看到".to_owned());
    }
    if reason.chars().count() > REASON_CHARS {
        return Err(format!("最多 {REASON_CHARS} 个字"));
    }
    Ok((Decision::Reject { reason }, "rejected"))
}

fn page_error(error: DecideError) -> PageError {
    match error {
        DecideError::NotFound => PageError::NotFound,
        DecideError::Changed => PageError::Conflict("这条申请已被处理或撤回，请刷新页面。"),
        DecideError::Refused(text) => PageError::Conflict(text),
        DecideError::Database(error) => error.into(),
    }
}
