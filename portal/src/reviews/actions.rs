//! Taking, handing on and deciding one review.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as AxumState};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::desk::{DeskStaff, Seat};
use super::detail::{DecisionForm, page_of};
use super::rules::{Decision, Kind, REASON_CHARS};
use super::store::{self, DecideError};
use super::{Review, reasons};
use crate::ids::ReviewId;
use crate::state::AppState;
use crate::students::reviewed;
use crate::web::{FormErrors, PageError, PageResult};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecideFields {
    version: String,
    decision: String,
    usual: String,
    reason: String,
    /// The reviewer checked the code at 学信网.
    chsi: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AssignFields {
    version: String,
    to: String,
}

/// A decision from what someone chose and typed. Giving back and refusing need a reason.
pub(super) fn read_decision(
    decision: &str,
    usual: &str,
    own: &str,
) -> Result<Decision, FormErrors> {
    let reason = reasons::joined(usual, own);
    if reason.chars().count() > REASON_CHARS {
        let text = format!("理由最多 {REASON_CHARS} 个字");
        return Err(FormErrors::one("reason", text));
    }
    let needs = |reason: String| {
        if reason.is_empty() {
            Err(FormErrors::one("reason", "请选择或填写理由，申请人会看到"))
        } else {
            Ok(reason)
        }
    };
    match decision {
        "approve" => Ok(Decision::Approve),
        "return" => needs(reason).map(|reason| Decision::Return { reason }),
        "reject" => needs(reason).map(|reason| Decision::Reject { reason }),
        _ => Err(FormErrors::one("decision", "请选择通过、退回修改或不通过")),
    }
}

/// One decision in a transaction of its own, counted once it stands. `chsi`: whoever approves a
/// student's claim has checked its code at 学信网.
pub(super) async fn decide_one(
    state: &AppState,
    seat: Seat,
    page: (ReviewId, i64),
    decision: &Decision,
    chsi: bool,
) -> Result<Review, DecideError> {
    let mut tx = state.db.begin().await?;
    let now_ms = state.now_ms();
    let review = store::decide(&mut tx, page, seat.desk, seat.id, decision, now_ms).await?;
    if chsi && review.kind == Kind::Identity && *decision == Decision::Approve {
        reviewed::checked_at_chsi(&mut tx, &review).await?;
    }
    tx.commit().await?;
    state.reviews.decided(&review);
    tracing::info!(review = %review.id, kind = %review.kind, state = %review.state, "decided");
    Ok(review)
}

/// `POST …/reviews/{review}/decide`
pub(super) async fn decide<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Path(review): Path<ReviewId>,
    Form(fields): Form<DecideFields>,
) -> PageResult<Response> {
    let seat = staff.seat();
    let form = DecisionForm {
        usual: fields.usual,
        reason: fields.reason,
    };
    let decision = match read_decision(&fields.decision, &form.usual, &form.reason) {
        Ok(decision) => decision,
        Err(errors) => {
            let refused = Refusal::Invalid(errors);
            return again(&state, &staff, review, form, refused).await;
        }
    };
    let version = fields.version.parse().unwrap_or(0);
    let done = decide_one(
        &state,
        seat,
        (review, version),
        &decision,
        !fields.chsi.is_empty(),
    )
    .await;
    answer(&state, &staff, review, form, done).await
}

/// `POST …/reviews/{review}/assign`: takes it (`to` is oneself), hands it to a colleague, or
/// (`to` is empty) puts it back for all.
pub(super) async fn assign<S: DeskStaff>(
    AxumState(state): AxumState<AppState>,
    staff: S,
    Path(review): Path<ReviewId>,
    Form(fields): Form<AssignFields>,
) -> PageResult<Response> {
    let form = DecisionForm::default();
    let to = match fields.to.as_str() {
        "" => None,
        text => match text.parse() {
            Ok(to) => Some(to),
            Err(_) => {
                let errors = FormErrors::one("to", "请选择一位同事");
                return again(&state, &staff, review, form, Refusal::Invalid(errors)).await;
            }
        },
    };
    let Seat { desk, id, .. } = staff.seat();
    let page = (review, fields.version.parse().unwrap_or(0));
    let mut tx = state.db.begin().await?;
    let done = store::assign(&mut tx, page, desk, id, to, state.now_ms()).await;
    if done.is_ok() {
        tx.commit().await?;
    } else {
        tx.rollback().await?;
    }
    answer(&state, &staff, review, form, done).await
}

/// Why the page is shown again.
enum Refusal {
    /// What is wrong with the form.
    Invalid(FormErrors),
    /// Someone was quicker.
    Changed,
}

async fn answer<S: DeskStaff>(
    state: &AppState,
    staff: &S,
    review: ReviewId,
    form: DecisionForm,
    done: Result<Review, DecideError>,
) -> PageResult<Response> {
    let refusal = match done {
        Ok(_) => {
            let path = format!("{}/{review}", staff.seat().base);
            return Ok(Redirect::to(&path).into_response());
        }
        Err(DecideError::NotFound) => return Err(PageError::NotFound),
        Err(DecideError::Database(error)) => return Err(error.into()),
        Err(DecideError::Refused(text)) => Refusal::Invalid(FormErrors::one("decision", text)),
        Err(DecideError::Changed) => Refusal::Changed,
    };
    again(state, staff, review, form, refusal).await
}

/// The page as it is now, with what was typed.
async fn again<S: DeskStaff>(
    state: &AppState,
    staff: &S,
    review: ReviewId,
    form: DecisionForm,
    refusal: Refusal,
) -> PageResult<Response> {
    let mut page = page_of(state, staff, review).await?;
    page.form = form;
    let status = match refusal {
        Refusal::Invalid(errors) => {
            page.errors = errors;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::Changed => {
            page.conflict = true;
            StatusCode::CONFLICT
        }
    };
    Ok((status, Html(page.render()?)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_back_and_refusing_need_a_reason() {
        assert_eq!(read_decision("approve", "", ""), Ok(Decision::Approve));
        for decision in ["return", "reject"] {
            let errors = read_decision(decision, " ", "").unwrap_err();
            assert!(errors.get("reason").is_some());
            let given = read_decision(decision, "甲", "乙").unwrap();
            assert_eq!(given.reason(), "甲；乙");
        }
        let long = "字".repeat(REASON_CHARS + 1);
        assert!(read_decision("return", "", &long).is_err());
        assert!(
            read_decision("", "", "")
                .unwrap_err()
                .get("decision")
                .is_some()
        );
    }
}
